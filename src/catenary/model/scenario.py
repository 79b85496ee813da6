"""What could happen, and what one could do about it: changes to a world, as data."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal, cast

import numpy as np

from catenary.errors import Problem, ScenarioError, SourceError, did_you_mean, listed
from catenary.maths.recovery import CURVES, Curve, remaining
from catenary.model.schema import MATRICES, SCHEMA

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.model.timeline import Timeline
    from catenary.model.world import World

__all__ = ["CAPACITIES", "Change", "Recovery", "Scenario"]

CAPACITIES: Final = ("producers.capacity", "producers.capital")
"""Targets on which every change is a loss, and losses add."""

_OPERATIONS: Final = ("multiply", "set", "add")
_DISTRIBUTIONS: Final = {
    "uniform": ("low", "high"),
    "triangular": ("low", "mode", "high"),
    "normal": ("mean", "sd"),
    "lognormal": ("mean", "sd"),
}
_UNCERTAIN: Final = ("multiply", "set", "add", "start", "days")
_COSTS: Final = ("usd", "co2e_t")


def _number(value: Any, what: str, least: float = -np.inf, most: float = np.inf) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        bounds = f" between {least:g} and {most:g}" if least > -np.inf or most < np.inf else ""
        raise ScenarioError(f"{what} is {value!r}", hint=f"give a number{bounds}")
    return float(value)


def _only(given: Mapping[str, Any], known: Sequence[str], what: str) -> None:
    for key in given:
        if key not in known:
            raise ScenarioError(f"{what} has the unknown key {key!r}", hint=did_you_mean(key, known))


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """How a change fades once its days are over.

    Parameters
    ----------
    curve
        linear, convex, convex_scaled, concave or step (see `catenary.maths.recovery`); or own.
    days
        Days recovery takes; for `own` the number of values.
    half_days
        For concave: days after which half is left.
    values
        For own: share of the change left on each day after the last full one, 0..1.
    """

    curve: Curve | Literal["own"] = "linear"
    days: float = 1.0
    half_days: float | None = None
    values: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        """Check the numbers."""
        if self.curve not in (*CURVES, "own"):
            raise ScenarioError(
                f"unknown recovery curve {self.curve!r}", hint=did_you_mean(self.curve, (*CURVES, "own"))
            )
        if (self.curve == "own") != bool(self.values):
            raise ScenarioError(
                f"recovery.values and the curve {self.curve!r} do not belong together",
                hint="curve 'own' needs values; the other curves need days",
            )
        values = tuple(_number(v, "a recovery value", 0, 1) for v in self.values)
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "days", float(len(values)) if values else self.days)
        _number(self.days, "recovery.days", 1e-9)
        if self.half_days is not None and not 1 < self.half_days < self.days:
            raise ScenarioError(
                f"recovery.half_days is {self.half_days!r}",
                hint=f"give more than 1 and less than recovery.days ({self.days:g})",
            )

    def left(self, elapsed: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the share left `elapsed` days after the last full day."""
        if self.values:
            places = np.clip(np.ceil(elapsed).astype(int) - 1, 0, len(self.values))
            return np.append(self.values, 0.0)[places]
        return remaining(cast("Curve", self.curve), elapsed, self.days, self.half_days)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One number of some rows or cells, changed for a while.

    A shock is a change that happens; a measure is one that somebody pays for.

    Parameters
    ----------
    target
        `table.column`, or the name of a matrix.
    where
        Column → label, glob, group or a list of them, all of which must hold; `within` =
        {lon, lat, km}. For a matrix: `row` and `column`, each such a mapping.
    multiply, set, add
        Exactly one: what is done to the number.
    start, days
        First day, and on how many days it holds in full (None: for ever).
    recovery
        How it fades after that; None: at once.
    kind, cost, uncertain, source, note
        `shock` or `measure`; what a measure costs {usd, co2e_t}; distributions of numbers
        {multiply: {distribution, …}}; id of the source; anything else worth saying.
    """

    target: str
    where: Mapping[str, Any] = field(default_factory=dict)
    multiply: float | None = None
    set: float | None = None
    add: float | None = None
    start: float = 0
    days: float | None = None
    recovery: Recovery | None = None
    kind: Literal["shock", "measure"] = "shock"
    cost: Mapping[str, float] = field(default_factory=dict)
    uncertain: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    source: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        """Check that the target exists and is a number, and every number given."""
        self._check_target()
        given = [name for name in _OPERATIONS if getattr(self, name) is not None]
        if len(given) != 1:
            raise ScenarioError(
                f"the change of {self.target} has {listed(given) or 'none'} of {listed(_OPERATIONS)}",
                hint="give exactly one of them",
            )
        number = _number(getattr(self, given[0]), f"{given[0]} on {self.target}")
        if given[0] == "multiply" and number < 0:
            raise ScenarioError(
                f"multiply on {self.target} is {number:g}", hint="give a factor of 0 or more"
            )
        _number(self.start, f"start on {self.target}", 0)
        if self.days is not None:
            _number(self.days, f"days on {self.target}", 0)
        if self.recovery is not None and self.days is None:
            raise ScenarioError(
                f"the change of {self.target} recovers but never ends",
                hint="say for how many days it holds in full: days = …",
            )
        if self.kind not in ("shock", "measure"):
            raise ScenarioError(
                f"unknown kind {self.kind!r}", hint=did_you_mean(self.kind, ("shock", "measure"))
            )
        _only(self.cost, _COSTS, "cost")
        for key, value in self.cost.items():
            _number(value, f"cost.{key}")
        self._check_uncertain()
        for name in ("where", "cost", "uncertain"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    def _check_target(self) -> None:
        table, _, column = str(self.target).partition(".")
        if not column and table in MATRICES:
            return
        if table not in SCHEMA or not column:
            known = [*SCHEMA, *MATRICES]
            raise ScenarioError(
                f"unknown target {self.target!r}",
                hint=f"write table.column or the name of a matrix; {did_you_mean(table, known)}",
            )
        columns = SCHEMA[table]
        numbers = [name for name, c in columns.items() if c.type == "number" and name != "year"]
        if column not in numbers:
            raise ScenarioError(
                f"{self.target!r} is not a number that can change",
                hint=did_you_mean(column, numbers),
            )

    def _check_uncertain(self) -> None:
        _only(self.uncertain, _UNCERTAIN, "uncertain")
        for key, spread in self.uncertain.items():
            if getattr(self, key) is None:
                raise ScenarioError(
                    f"uncertain.{key} is given, but {key} is not", hint=f"give {key} = … as well"
                )
            kind = spread.get("distribution") if isinstance(spread, Mapping) else spread
            if kind not in _DISTRIBUTIONS:
                raise ScenarioError(
                    f"uncertain.{key} has the unknown distribution {kind!r}",
                    hint=did_you_mean(kind, _DISTRIBUTIONS),
                )
            needs = _DISTRIBUTIONS[kind]
            _only(spread, ("distribution", *needs), f"uncertain.{key}")
            numbers = [_number(spread.get(n), f"uncertain.{key}.{n}") for n in needs]
            ordered = sorted(numbers) == numbers if "low" in needs else numbers[-1] >= 0
            if not ordered:
                raise ScenarioError(
                    f"uncertain.{key} has {listed(f'{n} = {v:g}' for n, v in zip(needs, numbers, strict=True))}",
                    hint="low ≤ mode ≤ high, and sd ≥ 0",
                )

    @property
    def operation(self) -> Literal["multiply", "set", "add"]:
        """Which of multiply, set and add is given."""
        return next(
            cast("Literal['multiply', 'set', 'add']", n)
            for n in _OPERATIONS
            if getattr(self, n) is not None
        )

    @property
    def value(self) -> float:
        """The number that goes with the operation."""
        return float(getattr(self, self.operation))

    @property
    def end(self) -> float:
        """First day on which nothing of it is left (inf: never; the curves with a rest: inf)."""
        if self.days is None:
            return np.inf
        if self.recovery is None:
            return self.start + self.days
        rest = self.recovery.curve in ("convex", "convex_scaled", "concave")
        return np.inf if rest else self.start + self.days + self.recovery.days

    def strength(self, days: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how much of the change is in force on each day, 0..1.

        All of it on the days start … start + days − 1; on the k-th day after those, what the
        recovery curve leaves after k days.

        Examples
        --------
        >>> change = Change(target="producers.capacity", multiply=0.5, start=1, days=2,
        ...                 recovery=Recovery(curve="linear", days=4))
        >>> change.strength(np.arange(8.0))
        array([0.  , 1.  , 1.  , 0.75, 0.5 , 0.25, 0.  , 0.  ])
        """
        held = (days >= self.start).astype(float)
        if self.days is None:
            return held
        elapsed = days + 1 - (self.start + self.days)
        if self.recovery is None:
            return np.where(elapsed <= 0, held, 0.0)
        return np.where(elapsed <= 0, held, held * self.recovery.left(elapsed))


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
            raise SourceError(
                f"cannot read the scenario {str(path)!r}: {getattr(error, 'strerror', None) or error}",
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
            data = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise ScenarioError(
                f"scenario {name!r} is not TOML: {error}",
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
        problems: list[Problem] = []
        name = str(data.get("name", "scenario"))

        def note(where: str, error: ScenarioError) -> None:
            problems.append(Problem(where, error.args[0], error.hint))

        try:
            _only(data, [f.name for f in fields(cls)], f"scenario {name!r}")
        except ScenarioError as error:
            note(name, error)
        changes = []
        for place, item in enumerate(data.get("changes", ())):
            try:
                changes.append(_change(item))
            except ScenarioError as error:
                note(f"{name}, change {place + 1}", error)
        sources = data.get("sources", ())
        known = {str(source.get("id")) for source in sources}
        for place, change in enumerate(changes):
            if change.source and change.source not in known:
                hint = did_you_mean(change.source, known)
                message = f"its source {change.source!r} is not among [[sources]]"
                problems.append(Problem(f"{name}, change {place + 1}", message, hint))
        if problems:
            raise ScenarioError.of(problems)
        texts = {k: str(data.get(k, "")) for k in ("title", "description", "world")}
        return cls(name, tuple(changes), sources=tuple(sources), **texts)

    def compile(self, world: World) -> Timeline:
        """Resolve every label once; engines read the timeline.

        Raises
        ------
        ScenarioError
            If a change matches nothing, or losses on one producer exceed 100 %.
        """
        from catenary.model.timeline import Timeline  # noqa: PLC0415  a timeline knows scenarios

        return Timeline.of(self, world)

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
        changes = []
        for change in self.changes:
            drawn = {k: _draw(rng, spread) for k, spread in change.uncertain.items()}
            drawn = {k: v if k in ("set", "add") else max(0.0, v) for k, v in drawn.items()}
            changes.append(replace(change, **cast("Any", drawn)))
        return replace(self, changes=tuple(changes))

    def to_dict(self) -> dict[str, Any]:
        """Return plain data; `Scenario.of` reads it back."""
        plain: dict[str, Any] = {"name": self.name}
        plain |= {k: getattr(self, k) for k in ("title", "description", "world") if getattr(self, k)}
        plain["sources"] = [dict(s) for s in self.sources]
        plain["changes"] = [_plain(change) for change in self.changes]
        return plain


def _draw(rng: np.random.Generator, spread: Mapping[str, Any]) -> float:
    kind = spread["distribution"]
    a, *rest = (float(spread[name]) for name in _DISTRIBUTIONS[kind])
    if kind == "lognormal":  # mean and sd of the number itself, not of its logarithm
        variance = np.log1p((rest[0] / a) ** 2)
        return float(rng.lognormal(np.log(a) - variance / 2, np.sqrt(variance)))
    if rest[-1] == a:
        return a
    return float(getattr(rng, kind)(a, *rest))


def _plain(change: Change) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for item in fields(change):
        value = getattr(change, item.name)
        if isinstance(value, Recovery):
            value = {f.name: getattr(value, f.name) for f in fields(value)}
            value = {k: list(v) if isinstance(v, tuple) else v for k, v in value.items() if v}
            if value["curve"] == "own":
                del value["days"]
        elif isinstance(value, Mapping):
            value = dict(value)
        if value is not None and value != "" and value != {}:
            plain[item.name] = value
    return plain


def _change(item: Any) -> Change:
    if not isinstance(item, Mapping):
        raise ScenarioError(f"{item!r} is not a change", hint="write each as a [[changes]] table")
    _only(item, [f.name for f in fields(Change)], "the change")
    if "target" not in item:
        raise ScenarioError("the change has no target", hint='for example "producers.capacity"')
    data = dict(item)
    if "recovery" in data:
        recovery = data["recovery"]
        if not isinstance(recovery, Mapping):
            raise ScenarioError(
                f"recovery is {recovery!r}", hint='write recovery = { curve = "linear", days = 60 }'
            )
        _only(recovery, [f.name for f in fields(Recovery)], "recovery")
        if recovery.get("curve") != "own" and "days" not in recovery:
            raise ScenarioError("recovery has no days", hint="say how many days it takes")
        data["recovery"] = Recovery(**{**recovery, "values": tuple(recovery.get("values", ()))})
    for key in ("where", "cost", "uncertain"):
        if key in data and not isinstance(data[key], Mapping):
            raise ScenarioError(f"{key} is {data[key]!r}", hint=f"write {key} = {{ … }}")
    return Change(**data)
