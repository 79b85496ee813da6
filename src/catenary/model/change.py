"""One change of a world: a number of some rows or cells, changed for a while."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal, Self, cast

import numpy as np

from catenary.errors import ScenarioError, did_you_mean, listed
from catenary.maths.recovery import CURVES, Curve, remaining
from catenary.model.schema import MATRICES, SCHEMA

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["CAPACITIES", "Change", "Recovery", "a_text", "only_known", "told"]

CAPACITIES: Final = ("producers.capacity", "producers.capital", "producers.labour")
"""Targets on which every change is a loss, and losses add."""

_OPERATIONS: Final = ("multiply", "set", "add")
_REBUILT: Final = ("producers.capital", "consumers.capital")
_DISTRIBUTIONS: Final = {
    "uniform": ("low", "high"),
    "triangular": ("low", "mode", "high"),
    "normal": ("mean", "sd"),
    "lognormal": ("mean", "sd"),
}
_UNCERTAIN: Final = ("multiply", "set", "add", "start", "days")
_COSTS: Final = ("usd", "co2e_t")
_WIDEST: Final = 100.0  # sd over mean of a lognormal number
_MOST: Final = 1e300  # beyond it a product with a quantity may overflow
_LATE: Final = 1e12  # days after which nothing is left of anything


def _number(value: Any, what: str, least: float = -np.inf, most: float = np.inf) -> float:
    number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if not number or not max(least, -_MOST) <= value <= min(most, _MOST):  # nan neither
        bounds = f" between {least:g} and {most:g}" if least > -np.inf or most < np.inf else ""
        raise ScenarioError(f"{what} is {told(value)}", hint=f"give a number{bounds}")
    return float(value)


def told(value: Any) -> str:
    """Return a value as a short text."""
    try:
        text = repr(value)
    except ValueError:  # Python does not print integers of thousands of digits
        text = "a number of thousands of digits"
    return text if len(text) <= 80 else f"{text[:77]}…"


def a_text(value: Any, what: str) -> str:
    """Return a text, or say that it is none."""
    if not isinstance(value, str):
        raise ScenarioError(f"{what} is {told(value)}", hint="write it in quotes")
    return value


def _selection(where: Mapping[str, Any], what: str = "where") -> MappingProxyType[str, Any]:
    """Return what `where` says, frozen: labels, lists of labels, and tables of these."""
    frozen: dict[str, Any] = {}
    for key, value in where.items():
        path = f"{what}.{key}"
        if key == "within" and isinstance(value, Mapping):
            only_known(value, ("lon", "lat", "km"), path)
            frozen[key] = MappingProxyType({k: _number(v, f"{path}.{k}") for k, v in value.items()})
        elif key in ("row", "column") and isinstance(value, Mapping):
            frozen[key] = _selection(value, path)
        elif isinstance(value, str):
            frozen[key] = value
        elif isinstance(value, Sequence) and value and all(isinstance(v, str) for v in value):
            frozen[key] = tuple(value)
        else:
            hint = "give a label in quotes, or a list of labels"
            hint = f"write {path} = {{ … }}" if key in ("row", "column", "within") else hint
            raise ScenarioError(f"{path} is {told(value)}", hint=hint)
    return MappingProxyType(frozen)


def only_known(given: Mapping[str, Any], known: Sequence[str], what: str) -> None:
    """Refuse keys that mean nothing; `what` says where they stand."""
    for key in given:
        if key not in known:
            raise ScenarioError(
                f"{what} has the unknown key {key!r}", hint=did_you_mean(key, known)
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """How a change fades once its days are over.

    Parameters
    ----------
    curve
        linear, convex, convex_scaled, concave or step (see `catenary.maths.recovery`); own; or
        rebuild: capital comes back as products for it are delivered.
    days
        Days recovery takes; for `own` the number of values; for `rebuild` the days over which
        what is left is asked for.
    half_days
        For concave: days after which half is left.
    values
        For own: share of the change left on each day after the last full one, 0..1.
    products, factor
        For rebuild: product → its share in what rebuilds (shares add up to 1), and how much has to
        be delivered per unit of capital.
    """

    curve: Curve | Literal["own", "rebuild"] = "linear"
    days: float = 1.0
    half_days: float | None = None
    values: tuple[float, ...] = ()
    products: Mapping[str, float] = field(default_factory=dict)
    factor: float = 1.0

    def __post_init__(self) -> None:
        """Check the numbers."""
        a_text(self.curve, "recovery.curve")
        if self.curve not in (*CURVES, "own", "rebuild"):
            raise ScenarioError(
                f"unknown recovery curve {self.curve!r}",
                hint=did_you_mean(self.curve, (*CURVES, "own", "rebuild")),
            )
        self._check_products()
        if (self.curve == "own") != bool(self.values):
            raise ScenarioError(
                f"recovery.values and the curve {self.curve!r} do not belong together",
                hint="curve 'own' needs values; the other curves need days",
            )
        values = tuple(_number(v, "a recovery value", 0, 1) for v in self.values)
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "days", float(len(values)) if values else self.days)
        _number(self.days, "recovery.days", 1e-9)
        if self.half_days is not None:
            _number(self.half_days, "recovery.half_days")
        if self.half_days is not None and self.curve != "concave":
            raise ScenarioError(
                f"recovery.half_days does not belong to the curve {self.curve!r}",
                hint="leave it out, or choose the curve concave",
            )
        if self.half_days is not None and not 1 < self.half_days < self.days:
            raise ScenarioError(
                f"recovery.half_days is {self.half_days!r}",
                hint=f"give more than 1 and less than recovery.days ({self.days:g})",
            )

    def _check_products(self) -> None:
        if (self.curve == "rebuild") != bool(self.products):
            raise ScenarioError(
                f"recovery.products and the curve {self.curve!r} do not belong together",
                hint="curve 'rebuild' needs products = { construction = 0.7, machinery = 0.3 }",
            )
        _number(self.factor, "recovery.factor", 0)
        if self.factor == 0:
            raise ScenarioError(
                "recovery.factor is 0, so that nothing would be rebuilt",
                hint="give more than 0, or leave the recovery out",
            )
        if not isinstance(self.products, Mapping):
            raise ScenarioError(
                f"recovery.products is {told(self.products)}", hint="write { product = share }"
            )
        shares = [_number(v, f"recovery.products.{k}", 0, 1) for k, v in self.products.items()]
        if shares and abs(sum(shares) - 1) > 1e-6:
            raise ScenarioError(
                f"the shares of recovery.products add up to {sum(shares):g}",
                hint="they must add up to 1",
            )
        object.__setattr__(self, "products", MappingProxyType(dict(self.products)))

    @classmethod
    def of(cls, data: Any) -> Self:
        """Build a recovery from plain data (as read from TOML or JSON).

        Raises
        ------
        ScenarioError
            If anything in it is wrong.
        """
        if not isinstance(data, Mapping):
            raise ScenarioError(
                f"recovery is {told(data)}", hint='write recovery = { curve = "linear", days = 60 }'
            )
        only_known(data, [f.name for f in fields(cls)], "recovery")
        if data.get("curve") != "own" and "days" not in data:
            raise ScenarioError("recovery has no days", hint="say how many days it takes")
        values = data.get("values", ())
        if isinstance(values, str) or not isinstance(values, Sequence):
            hint = "give a list of shares, as in [0.8, 0.4, 0.1]"
            raise ScenarioError(f"recovery.values is {told(values)}", hint=hint)
        return cls(**{**data, "values": tuple(values)})

    def to_dict(self) -> dict[str, Any]:
        """Return plain data; `Recovery.of` reads it back."""
        plain = {f.name: getattr(self, f.name) for f in fields(self)}
        plain["products"] = dict(self.products)
        if self.factor == 1:
            del plain["factor"]
        plain = {k: list(v) if isinstance(v, tuple) else v for k, v in plain.items() if v}
        if self.curve == "own":  # its days are the number of values
            del plain["days"]
        return plain

    def left(self, elapsed: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the share left `elapsed` days after the last full day."""
        if self.curve == "rebuild":  # until it is known what is delivered: all
            return np.ones(len(elapsed))
        if self.values:
            places = np.clip(np.ceil(elapsed).astype(int) - 1, 0, len(self.values))
            shares: NDArray[np.float64] = np.array([*self.values, 0.0])[places]
            return shares
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
    kind, measure, cost, uncertain, source, note
        `shock` or `measure`; name of the measure it is a part of; what a measure costs {usd,
        co2e_t}; distributions of numbers {multiply: {distribution, …}}; id of the source; anything
        else worth saying.
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
    measure: str = ""
    cost: Mapping[str, float] = field(default_factory=dict)
    uncertain: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    source: str = ""
    note: str = ""

    @classmethod
    def of(cls, data: Any) -> Self:
        """Build a change from plain data (as read from TOML or JSON).

        Raises
        ------
        ScenarioError
            If anything in it is wrong.
        """
        if not isinstance(data, Mapping):
            raise ScenarioError(
                f"{data!r} is not a change", hint="write each as a [[changes]] table"
            )
        only_known(data, [f.name for f in fields(cls)], "the change")
        if "target" not in data:
            raise ScenarioError("the change has no target", hint='for example "producers.capacity"')
        given = dict(data)
        if "recovery" in given:
            given["recovery"] = Recovery.of(given["recovery"])
        for key in ("where", "cost", "uncertain"):
            if key in given and not isinstance(given[key], Mapping):
                hint = f"write {key} = {{ … }}"
                raise ScenarioError(f"{key} is {told(given[key])}", hint=hint)
        return cls(**given)

    def __post_init__(self) -> None:
        """Check that the target exists and is a number, and every number given."""
        for name in ("target", "kind", "measure", "source", "note"):
            a_text(getattr(self, name), name)
        self._check_target()
        given = [name for name in _OPERATIONS if getattr(self, name) is not None]
        if len(given) != 1:
            raise ScenarioError(
                f"the change of {self.target} has {listed(given) or 'none'} of "
                f"{listed(_OPERATIONS)}",
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
        self._check_rebuilding()
        if self.kind not in ("shock", "measure"):
            raise ScenarioError(
                f"unknown kind {self.kind!r}", hint=did_you_mean(self.kind, ("shock", "measure"))
            )
        only_known(self.cost, _COSTS, "cost")
        for key, value in self.cost.items():
            _number(value, f"cost.{key}")
        self._check_uncertain()
        object.__setattr__(self, "where", _selection(self.where))
        for name in ("cost", "uncertain"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    def _check_rebuilding(self) -> None:
        rebuilt = self.recovery is not None and self.recovery.curve == "rebuild"
        if rebuilt and self.target not in _REBUILT:
            raise ScenarioError(
                f"the curve 'rebuild' is not for {self.target}",
                hint=f"only {listed(_REBUILT)} can be rebuilt",
            )
        if self.target == "consumers.capital" and not rebuilt:
            raise ScenarioError(
                "capital of consumers is lost and says nothing of how it comes back",
                hint='write recovery = { curve = "rebuild", days = …, products = { … } }',
            )

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
        only_known(self.uncertain, _UNCERTAIN, "uncertain")
        spreads: Mapping[str, Any] = self.uncertain
        for key, spread in spreads.items():
            if getattr(self, key) is None:
                raise ScenarioError(
                    f"uncertain.{key} is given, but {key} is not", hint=f"give {key} = … as well"
                )
            kind = spread.get("distribution") if isinstance(spread, Mapping) else spread
            kind = str(kind)
            if not isinstance(spread, Mapping) or kind not in _DISTRIBUTIONS:
                raise ScenarioError(
                    f"uncertain.{key} has the unknown distribution {told(kind)}",
                    hint=did_you_mean(kind, _DISTRIBUTIONS),
                )
            needs = _DISTRIBUTIONS[kind]
            only_known(spread, ("distribution", *needs), f"uncertain.{key}")
            numbers = [_number(spread.get(n), f"uncertain.{key}.{n}") for n in needs]
            if "low" in needs:
                wide = sorted(numbers) == numbers and numbers[0] < numbers[-1]
            else:
                wide = numbers[-1] > 0
            if kind == "lognormal":  # a wider one has no numbers of any meaning
                wide = wide and numbers[0] > 0 and numbers[1] <= _WIDEST * numbers[0]
            if not wide:
                have = listed(f"{n} = {v:g}" for n, v in zip(needs, numbers, strict=True))
                raise ScenarioError(
                    f"uncertain.{key} ({kind}) has {have}",
                    hint="low ≤ mode ≤ high with low < high; sd > 0; for lognormal mean > 0 and "
                    f"sd at most {_WIDEST:g} times the mean",
                )

    @property
    def operation(self) -> Literal["multiply", "set", "add"]:
        """Which of multiply, set and add is given."""
        return next(name for name in _OPERATIONS if getattr(self, name) is not None)

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
        rest = self.recovery.curve in ("convex", "convex_scaled", "concave", "rebuild")
        return np.inf if rest else self.start + self.days + self.recovery.days

    def strength(self, days: NDArray[np.float64], stretch: float = 1.0) -> NDArray[np.float64]:
        """Return how much of the change is in force on each day, 0..1.

        All of it on the days start … start + days − 1; on the k-th day after those, what the
        recovery curve leaves after k days; if recovery takes `stretch` times as long, after
        k / stretch days (0: it ends at once).

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
        if self.recovery is None or stretch == 0:
            return np.where(elapsed <= 0, held, 0.0)
        if stretch != 1:  # rounded: whole days must not miss a step by the last bit
            with np.errstate(over="ignore"):
                sooner = np.clip(elapsed / stretch, -_LATE, _LATE)
            elapsed = np.round(sooner, 9).astype(np.float64)
        return np.where(elapsed <= 0, held, held * self.recovery.left(elapsed))

    def sampled(self, rng: np.random.Generator) -> Change:
        """Return the change with every uncertain number drawn once."""
        drawn = {key: _draw(rng, spread) for key, spread in self.uncertain.items()}
        drawn = {k: v if k in ("set", "add") else max(0.0, v) for k, v in drawn.items()}
        return replace(self, **cast("Any", drawn))

    def to_dict(self) -> dict[str, Any]:
        """Return plain data; `Change.of` reads it back."""
        plain: dict[str, Any] = {}
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, Recovery):
                value = value.to_dict()
            elif isinstance(value, Mapping):
                value = _plain(value)
            if value not in (None, "", {}):
                plain[item.name] = value
        return plain


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return list(value) if isinstance(value, tuple) else value


def _draw(rng: np.random.Generator, spread: Mapping[str, Any]) -> float:
    kind = spread["distribution"]
    a, *rest = (float(spread[name]) for name in _DISTRIBUTIONS[kind])
    if kind == "lognormal":  # mean and sd of the number itself, not of its logarithm
        variance = np.log1p((rest[0] / a) ** 2)
        return float(rng.lognormal(np.log(a) - variance / 2, np.sqrt(variance)))
    return float(getattr(rng, kind)(a, *rest))
