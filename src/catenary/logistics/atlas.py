"""Tables of transport: the world's own where it has them, else those of the built-in sea."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from catenary.errors import OptionError, did_you_mean
from catenary.worlds import load, sea

if TYPE_CHECKING:
    from typing import Any

    from catenary.model import Scenario, World
    from catenary.model.table import Table
    from catenary.worlds.sea import SeaLanes

__all__ = ["network", "part", "row_of", "sea_world", "with_passages"]


def sea_world() -> World:
    """Return the built-in sea."""
    return cast("World", load("sea"))


def network() -> SeaLanes:
    """Return the lanes of the built-in sea."""
    return sea.lanes()


def part(world: World, name: str) -> Table:
    """Return a table of the world, or that of the built-in sea if the world has none.

    Examples
    --------
    >>> from catenary.testing import serial_chain
    >>> "suez" in part(serial_chain(), "passages").index
    True
    """
    return world.part(name) if name in world else sea_world().part(name)


def with_passages(world: World, *scenarios: Scenario | None) -> World:
    """Return the world with the passages of the built-in sea, if a scenario changes such.

    Examples
    --------
    >>> from catenary.model import Change, Scenario
    >>> from catenary.testing import two_regions
    >>> shut = Scenario("shut", (Change(target="passages.open", where={"id": "suez"}, set=0),))
    >>> "suez" in with_passages(two_regions(), shut).ids("passages")
    True
    """
    if "passages" in world or "lanes" in world:
        return world
    changes = [change for one in scenarios if one is not None for change in one.changes]
    if not any(change.target.startswith("passages.") for change in changes):
        return world
    frame = sea_world().part("passages").frame
    return world.with_(passages=frame.drop(columns=["source"], errors="ignore").reset_index())


def row_of(world: World, name: str, label: str, *, option: str) -> dict[str, Any]:
    """Return one row of such a table as column → value: the world's own, else that built in.

    Raises
    ------
    OptionError
        If neither has that id; it names the nearest ones.

    Examples
    --------
    >>> from catenary.testing import tiny_sea_world
    >>> float(row_of(tiny_sea_world(), "vessels", "vlcc", option="vessel")["draft"])
    20.0
    """
    known: list[str] = []
    for owner in (world, sea_world()):
        if name in owner:
            table = owner.part(name)
            if label in table.index:
                return {str(k): v for k, v in table.frame.loc[label].items()}
            known += map(str, table.index)
    raise OptionError(
        f"{option} is {label!r}, which is no row of {name}", hint=did_you_mean(label, known)
    )
