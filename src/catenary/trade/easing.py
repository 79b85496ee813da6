"""Links as they are and as a scenario of borders makes them, and what that saves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from catenary.errors import MissingDataError, ScenarioError
from catenary.languages import say
from catenary.trade.barriers import Wedges, completed, painted, refuse_other_targets
from catenary.trade.timing import day_values

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.model import Scenario, World
    from catenary.trade.valued import Valued

    Array = NDArray[np.float64]

__all__ = ["TARGETS", "Eased", "Saved", "based", "eased", "unknown", "unlinked", "uses_of"]

TARGETS: Final = ("links.duration", "links.iceberg", "links.rent")
"""What facilitation may change."""

_LEFT: Final = 5e-4  # of trade: more than this is told
_HAIR: Final = 1e-9  # below 0 by less than this is rounding


def uses_of(world: World) -> int:
    """Return 2 if links tell inputs and final goods apart, else 1.

    Examples
    --------
    >>> from catenary.testing import two_regions
    >>> uses_of(two_regions())
    1
    """
    if "links" not in world or "use" not in world.part("links").frame:
        return 1
    return 2 if world.part("links").frame["use"].astype("str").ne("").any() else 1


def based(
    world: World,
    scenario: Scenario,
    *,
    duration: float | None = None,
    iceberg: float | None = None,
) -> tuple[World, int]:
    """Return the world with every link that a scenario may mean, and how many were assumed.

    Parameters
    ----------
    world, scenario
        Any; matrices stay as they are.
    duration, iceberg
        What links between regions have that the world gives 0 or nothing.

    Raises
    ------
    ScenarioError
        If the scenario changes what facilitation does not read.
    MissingDataError
        If there are no regions with links or trade.

    Examples
    --------
    >>> from catenary import Change, Scenario
    >>> from catenary.testing import two_regions
    >>> quick = Scenario("quick", (Change(target="links.duration", add=-1),))
    >>> whole, assumed = based(two_regions(), quick, duration=20)
    >>> whole.table("links")["duration"].tolist(), assumed
    ([20.0, 20.0], 2)
    """
    refuse_other_targets(scenario, TARGETS, "facilitation")
    whole = completed(world.without(*world.matrices), scenario)
    if "links" not in whole or not len(whole.ids("links")):
        raise MissingDataError(
            "this world has no links, and no trade that would show which there are",
            hint="add a table links (origin, destination, duration, …), or flows between regions",
        )
    if "links" in world and duration is None and iceberg is None:
        whole = _only_linked(world, whole)
    frame = whole.table("links")
    apart = (
        frame["origin"].astype("str").to_numpy() != frame["destination"].astype("str").to_numpy()
    )
    assumed = np.zeros(len(frame), bool)
    for column, value in (("duration", duration), ("iceberg", iceberg)):
        if value is None:
            continue
        numbers = whole.part("links").numbers(column)
        blank = apart & (numbers == 0)
        assumed |= blank
        frame = frame.assign(**{column: np.where(blank, value, numbers)})
    return whole.with_(links=frame), int(assumed.sum())


def _only_linked(world: World, whole: World) -> World:
    """Leave out links of all products that were made beside own links of single ones.

    A table by product says of each product how it travels; what it does not name has no link.
    """
    own, frame = world.table("links"), whole.table("links")
    ends = ["origin", "destination"]
    pairs = pd.MultiIndex.from_frame(own[ends].astype("str"))
    made = np.arange(len(frame)) >= len(own)
    made &= frame["product"].astype("str").fillna("").eq("").to_numpy()
    made &= pd.MultiIndex.from_frame(frame[ends].astype("str")).isin(pairs)
    return whole.with_(links=frame[~made].reset_index(drop=True)) if made.any() else whole


def unlinked(whole: World, trade: Valued, uses: int) -> list[str]:
    """Say how much trade between regions no link speaks of.

    Examples
    --------
    >>> from catenary.testing import two_regions
    >>> from catenary.trade.valued import Valued
    >>> world = two_regions().with_(links=pd.DataFrame({"origin": ["AAA"], "destination": ["BBB"]}))
    >>> unlinked(world, Valued.of(world, uses=1), 1)[0][:30]
    'no link speaks of 44.44% of th'
    """
    if trade.values is None:
        return []
    named = painted(whole, trade.regions, uses, {"named": 0.0})["named"]
    across = trade.values * ~np.eye(len(trade.regions), dtype=bool)
    every = float(across.sum())
    left = float((across * (named == 0)).sum())
    if left <= _LEFT * every:
        return []
    return [
        say(
            "no link speaks of {share:.2%} of the trade between regions; it is left out",
            share=left / every,
        )
    ]


def unknown(whole: Scenario, now: Wedges) -> list[str]:
    """Say that a share was asked for of what is not known here."""
    told: list[str] = []
    for column, numbers in (("iceberg", now.iceberg), ("rent", now.rent)):
        target = f"links.{column}"
        asked = [c for c in whole.changes if c.target == target and c.operation == "multiply"]
        if asked and not numbers.any():
            told.append(
                say(
                    "a share of {target} was asked for, and it is 0 or unknown on every link here, "
                    "so that nothing is saved on it: give it first ({ways})",
                    target=target, ways=f"{target}, --iceberg" if column == "iceberg" else target,
                )
            )  # fmt: skip
    return told


def eased(whole: World, scenario: Scenario, day: float = 0) -> World:
    """Return a world whose links are as a scenario makes them.

    Raises
    ------
    ScenarioError
        If a duration or a cost would fall below 0; the first such link is named.

    Examples
    --------
    >>> from catenary import Change, Scenario
    >>> from catenary.testing import two_regions
    >>> quick = Scenario("quick", (Change(target="links.duration", add=-1),))
    >>> whole, _ = based(two_regions(), quick, duration=20)
    >>> eased(whole, quick).table("links")["duration"].tolist()
    [19.0, 19.0]
    """
    timeline = scenario.compile(whole)
    frame, links = whole.table("links"), whole.part("links")
    for target in sorted(timeline.targets):
        column = target.partition(".")[2]
        numbers = timeline.numbers(target, links.numbers(column), day)
        wrong = np.flatnonzero(numbers < -_HAIR)
        if len(wrong):
            row = frame.iloc[int(wrong[np.argmin(numbers[wrong])])]
            named = f"{row['origin']} to {row['destination']}"
            product = str(row["product"]) if row["product"] == row["product"] else ""
            before = float(links.numbers(column)[wrong[np.argmin(numbers[wrong])]])
            raise ScenarioError(
                f"scenario {scenario.name!r} would make {target} of {named}"
                f"{f' ({product})' if product else ''} {numbers.min():g}, from {before:g} "
                f"({len(wrong):,} such links)",
                hint=f"give what it is today in {target}, or the option {column!r} for links of "
                "which the world says nothing; or save less",
            )
        frame = frame.assign(**{column: np.maximum(numbers, 0.0)})
    return whole.with_(links=frame)


@dataclass(frozen=True, kw_only=True, eq=False)
class Saved:
    """What links save, by use, product, buyer and seller, (U, J, N, N) each."""

    days: Array
    time: Array
    """Factor of costs from days."""
    iceberg: Array
    """Factor of costs from what uses resources up otherwise."""
    rent: Array
    """Factor of what buyers pay from rents; tariffs are in its base."""
    rents: Array
    """Change of rents as a share of the price before tariffs."""

    @property
    def cost(self) -> Array:
        """Factor of the cost of delivered goods: the product of the three."""
        return self.time * self.iceberg * self.rent

    @property
    def resources(self) -> Array:
        """Share of the value of deliveries that is no longer used up."""
        return 1 - self.time * self.iceberg


@dataclass(frozen=True, kw_only=True, eq=False)
class Eased:
    """Links before and after a scenario, as arrays."""

    now: Wedges
    then: Wedges
    values: Array
    """What a day costs each product, (J,)."""

    @classmethod
    def of(cls, worlds: tuple[World, World], trade: Valued, day_value: float, uses: int) -> Eased:
        """Read the links of a world before and after."""
        now, then = (Wedges.of(one, trade.regions, uses=uses) for one in worlds)
        return cls(
            now=now, then=then, values=day_values(worlds[0], now.duration, day_value)
        )  # fmt: skip

    def saved(self) -> Saved:
        """Return what is saved; nothing where nothing changes."""
        now, then = self.now, self.then
        days = now.duration - then.duration
        return Saved(
            days=days,
            time=np.exp(-self.values[:, None, None] * days),
            iceberg=(1 + then.iceberg) / (1 + now.iceberg),
            rent=(1 + then.levied) / (1 + now.levied),
            rents=then.rent - now.rent,
        )
