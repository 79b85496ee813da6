"""What could happen, and what one could do about it: changes to a world, as data."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from catenary.errors import Problem, ScenarioError, SourceError, did_you_mean
from catenary.model.assembly import source_problems
from catenary.model.change import CAPACITIES, Change, Recovery, a_text, only_known, told
from catenary.model.timeline import Timeline
from catenary.model.writing import toml

if TYPE_CHECKING:
    from catenary.model.world import World

__all__ = ["CAPACITIES", "Change", "Recovery", "Scenario"]


@dataclass(frozen=True, slots=True)
class Scenario:
    """A named list of changes: shocks, measures or both.

    Parameters
    ----------
    name
        Short name.
    changes
        The changes, in order.
    title, description, world
        One line; a few sentences; the world it is meant for.
    sources
        Rows of the table `sources`: where its numbers come from.

    Examples
    --------
    >>> scenario = Scenario.parse('''
    ... name = "wafers"
    ... [[changes]]
    ... target = "producers.capacity"
    ... where = { region = "JPN" }
    ... multiply = 0.5
    ... ''')
    >>> scenario.changes[0].operation
    'multiply'
    """

    name: str
    changes: tuple[Change, ...] = ()
    title: str = ""
    description: str = ""
    world: str = ""
    sources: tuple[Mapping[str, Any], ...] = ()

    def __post_init__(self) -> None:
        """Fix the order of what was given."""
        object.__setattr__(self, "changes", tuple(self.changes))
        object.__setattr__(self, "sources", tuple(MappingProxyType(dict(s)) for s in self.sources))

    @classmethod
    def read(cls, path: str | Path) -> Scenario:
        """Read a scenario from a TOML file.

        Raises
        ------
        SourceError
            If the file cannot be read.
        ScenarioError
            If it is not TOML, or anything in it is wrong.
        """
        file = Path(path)
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or error
            raise SourceError(
                f"cannot read the scenario {str(path)!r}: {reason}",
                hint="give the path of a TOML file, or a name that `catenary show` lists",
            ) from None
        return cls.parse(text, name=file.stem)

    @classmethod
    def parse(cls, text: str, *, name: str = "scenario") -> Scenario:
        """Read a scenario from TOML text.

        Raises
        ------
        ScenarioError
            If it is not TOML, or anything in it is wrong; its `problems` list everything found.
        """
        try:
            data = tomllib.loads(a_text(text, "the text of a scenario"))
        except (ValueError, RecursionError) as error:  # TOML's own error is a ValueError
            if isinstance(error, ScenarioError):
                raise
            reason = "it is nested too deeply" if isinstance(error, RecursionError) else error
            raise ScenarioError(
                f"scenario {name!r} is not TOML: {reason}",
                hint="see docs/scenarios.md for a file to start from",
            ) from None
        return cls.of({"name": name, **data})

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Scenario:
        """Build a scenario from plain data (as read from TOML or JSON).

        Raises
        ------
        ScenarioError
            If anything in it is wrong; its `problems` list everything found.
        """
        if not isinstance(data, Mapping):
            raise ScenarioError(f"a scenario is {told(data)}", hint="give a mapping, as from TOML")
        problems: list[Problem] = []
        texts = {k: a_text(data.get(k, ""), k) for k in ("title", "description", "world")}
        name = a_text(data.get("name", "scenario"), "name")

        def note(where: str, error: ScenarioError) -> None:
            problems.append(Problem(where, error.args[0], error.hint))

        try:
            only_known(data, [f.name for f in fields(cls)], f"scenario {name!r}")
        except ScenarioError as error:
            note(name, error)
        changes = []
        for place, item in enumerate(_listed(data, "changes")):
            try:
                changes.append(Change.of(item))
            except ScenarioError as error:
                note(f"{name}, change {place + 1}", error)
        sources = _listed(data, "sources")
        _check_sources(sources)
        rows = [{"title": source.get("id", ""), **source} for source in sources]
        problems += source_problems(pd.DataFrame(rows)) if rows else []
        known = {str(source.get("id")) for source in sources}
        for place, change in enumerate(changes):
            if change.source and change.source not in known:
                hint = did_you_mean(change.source, known)
                message = f"its source {change.source!r} is not among [[sources]]"
                problems.append(Problem(f"{name}, change {place + 1}", message, hint))
        if problems:
            raise ScenarioError.of(problems)
        return cls(name, tuple(changes), sources=tuple(sources), **texts)

    def compile(self, world: World) -> Timeline:
        """Resolve every label once; engines read the timeline.

        Raises
        ------
        ScenarioError
            If a change matches nothing, or losses on one producer exceed 100 %.
        """
        return Timeline.of(self.name, self.changes, world)

    def apply(self, world: World, day: float = 0) -> World:
        """Return the world as it is on one day; every untouched part is shared.

        Raises
        ------
        ScenarioError
            As for `compile`.
        """
        return self.compile(world).applied(world, day)

    def sampled(self, seed: int) -> Scenario:
        """Return the scenario with every uncertain number drawn once.

        Examples
        --------
        >>> change = Change(target="producers.capacity", multiply=0.5, uncertain={
        ...     "multiply": {"distribution": "uniform", "low": 0.4, "high": 0.6}})
        >>> 0.4 <= Scenario("s", (change,)).sampled(1).changes[0].multiply <= 0.6
        True
        """
        rng = np.random.default_rng(seed)
        return replace(self, changes=tuple(change.sampled(rng) for change in self.changes))

    def to_dict(self) -> dict[str, Any]:
        """Return plain data; `Scenario.of` reads it back."""
        plain: dict[str, Any] = {"name": self.name}
        plain |= {
            k: getattr(self, k) for k in ("title", "description", "world") if getattr(self, k)
        }
        plain["sources"] = [dict(s) for s in self.sources]
        plain["changes"] = [change.to_dict() for change in self.changes]
        return plain

    def to_toml(self, *, comment: str = "") -> str:
        """Return the scenario as a TOML file; `Scenario.parse` reads it back.

        Parameters
        ----------
        comment
            What stands at its top, behind #.

        Examples
        --------
        >>> change = Change(target="producers.capacity", where={"region": "JPN"}, multiply=0.5)
        >>> print(Scenario("half", (change,)).to_toml(), end="")
        name = "half"
        <BLANKLINE>
        [[changes]]
        target = "producers.capacity"
        where = { region = "JPN" }
        multiply = 0.5
        """
        plain = {key: value for key, value in self.to_dict().items() if value != []}
        usual = {"kind": "shock", "start": 0}
        for change in plain.get("changes", ()):
            for key, value in usual.items():
                if change[key] == value:
                    del change[key]
        return toml(plain, comment=comment)


def _listed(data: Mapping[str, Any], key: str) -> list[Any]:
    """Return what a file says under [[key]]."""
    items = data.get(key, ())
    wrong = items if isinstance(items, str) or not isinstance(items, Sequence) else None
    if wrong is None:
        wrong = next((item for item in items if not isinstance(item, Mapping)), None)
    if wrong is not None:
        raise ScenarioError(
            f"{key} of a scenario is or holds {told(wrong)}",
            hint=f"write each as a [[{key}]] table",
        )
    return list(items)


def _check_sources(sources: Sequence[Mapping[str, Any]]) -> None:
    for source in sources:
        for key, value in source.items():
            if not isinstance(value, str | int) or isinstance(value, bool):
                hint = "give a text, or a year"
                raise ScenarioError(f"{key} of a source is {told(value)}", hint=hint)
