"""The built-in worlds and scenarios, and how they were made; every number has its source."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from catenary.errors import OptionError, did_you_mean
from catenary.model import Scenario, World, Worlds

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["NAMES", "load", "product_names", "scenario", "scenarios", "sources", "world_names"]

NAMES: Final = ("chains", "sea", "transport")
"""Names of the built-in worlds."""

_SCENARIOS: Final = Path(__file__).parent / "scenarios"


def load(name: str) -> World | Worlds:
    """Return a built-in world; `chains` comes in both sourcing patterns, the others are one world.

    Raises
    ------
    OptionError
        If there is none of that name.

    Examples
    --------
    >>> load("chains")
    Worlds(pooled, home-first)
    """
    if name in ("sea", "transport"):
        return _single(name)
    chains = _module(name)  # tables are read only when asked for
    pooled = World(chains.tables("pooled"), name="chains:pooled")
    other = chains.tables("home-first")
    changed = {name: other[name] for name in ("supplies", "sources")}
    home = World({**pooled.tables, **changed}, name="chains:home-first", _kept=pooled.tables)
    return Worlds({"pooled": pooled, "home-first": home}, name="chains")


@cache
def _single(name: str) -> World:
    """Return a name's only world; worlds never change."""
    return World(_module(name).tables(), name=name)


def product_names(name: str) -> dict[str, str]:
    """Return product → name of a built-in world, without building it.

    Raises
    ------
    OptionError
        If there is none of that name.
    """
    names: dict[str, str] = _module(name).product_names()
    return names


def world_names(name: str) -> dict[str, dict[str, str]]:
    """Return what each of several worlds of a built-in name is called: label → language → name.

    Raises
    ------
    OptionError
        If there is none of that name.

    Examples
    --------
    >>> world_names("chains")["home-first"]["en"]
    'home first'
    """
    names: dict[str, dict[str, str]] = _module(name).world_names()
    return names


def sources(name: str) -> pd.DataFrame:
    """Return every source of a built-in world, without building it.

    Raises
    ------
    OptionError
        If there is none of that name.
    """
    cited: pd.DataFrame = _module(name).sources()
    return cited


def _module(name: str) -> Any:
    """Return the module that makes a built-in world."""
    if name not in NAMES:
        raise OptionError(f"there is no built-in world {name!r}", hint=did_you_mean(name, NAMES))
    return import_module(f"catenary.worlds.{name}")


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
