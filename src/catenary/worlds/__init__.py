"""The built-in worlds and scenarios, and how they were made; every number has its source."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from catenary.errors import OptionError, did_you_mean
from catenary.model import Scenario, World, Worlds

__all__ = ["NAMES", "load", "scenario", "scenarios"]

NAMES: Final = ("chains",)
"""Names of the built-in worlds."""

_SCENARIOS: Final = Path(__file__).parent / "scenarios"


def load(name: str) -> World | Worlds:
    """Return a built-in world; `chains` comes in both sourcing patterns.

    Raises
    ------
    OptionError
        If there is none of that name.

    Examples
    --------
    >>> load("chains")
    Worlds(pooled, home-first)
    """
    if name not in NAMES:
        raise OptionError(f"there is no built-in world {name!r}", hint=did_you_mean(name, NAMES))
    from catenary.worlds import chains  # noqa: PLC0415  tables are read only when asked for

    return Worlds(
        {
            "pooled": World(chains.tables("pooled"), name="chains:pooled"),
            "home-first": World(chains.tables("home-first"), name="chains:home-first"),
        },
        name="chains",
    )


def scenarios() -> list[str]:
    """Return the names of the built-in scenarios."""
    return sorted(path.stem for path in _SCENARIOS.glob("*.toml"))


def scenario(name: str) -> Scenario:
    """Return a built-in scenario.

    Raises
    ------
    OptionError
        If there is none of that name.

    Examples
    --------
    >>> scenario("tohoku-2011").name
    'tohoku-2011'
    """
    path = _SCENARIOS / f"{name}.toml"
    if name not in scenarios():
        hint = did_you_mean(name, scenarios())
        raise OptionError(f"there is no built-in scenario {name!r}", hint=hint)
    return Scenario.read(path)
