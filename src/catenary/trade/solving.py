"""From a world and a scenario to two equilibria: the baseline and the counterfactual."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from catenary.errors import ComputationError, OptionError, ScenarioError, UnitError, listed
from catenary.languages import say
from catenary.maths.equilibrium import Barriers, Equilibrium
from catenary.maths.equilibrium_search import Deficits, solve
from catenary.model.units import parse_unit
from catenary.trade.barriers import Wedges, completed, refuse_free_goods, refuse_other_targets
from catenary.trade.elasticities import trade_elasticities
from catenary.trade.flows import Flows
from catenary.trade.openness import check_paid
from catenary.trade.timing import day_values

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.model import Scenario, World

    Array = NDArray[np.float64]

__all__ = [
    "TARGETS",
    "Case",
    "Question",
    "Solved",
    "check",
    "check_open",
    "moved",
    "nobody_left",
    "solved",
]

TARGETS: Final = (
    "elasticities.trade",
    "links.duration",
    "links.iceberg",
    "links.open",
    "links.rent",
    "links.tariff",
    "producers.capital",
    "producers.productivity",
)
"""What a scenario may change."""

_MONEY: Final = re.compile(r"[A-Z]{3}(\(\d{4}\))?$")
_RESIDUAL: Final = 1e-10
_NOTICED: Final = 5e-5  # change of an income that a reader should know of


@dataclass(frozen=True, kw_only=True)
class Question:
    """The options of a counterfactual."""

    scenario: Scenario
    deficits: Deficits
    uses: int
    elasticity: float | None
    day_value: float | None
    capital_share: float | None
    day: float
    after: World | None = None
    """What the scenario makes of the tables, if somebody has applied it already."""
    must_change: bool = False
    """Whether to refuse a scenario that changes nothing."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Solved:
    """Two equilibria of the same flows."""

    flows: Flows
    before: Equilibrium
    """The table at the tariffs of the world and the deficits asked for."""
    after: Equilibrium
    wedges: tuple[Wedges, Wedges]
    """Barriers before and after."""
    money: float
    """Value added of the world, the unit of both equilibria, in the unit of flows."""
    warnings: tuple[str, ...]


def solved(world: World, question: Question) -> Solved:
    """Solve the baseline and the counterfactual of a scenario.

    Raises
    ------
    ScenarioError
        If the scenario changes what has no meaning here.
    OptionError
        If it needs a value of time or a share of capital that is not given.
    DataError
        If flows, elasticities or barriers are lacking or cannot be.
    ComputationError
        If there is no equilibrium, or none is found; the country with the largest gap is named.
    """
    flows = Flows.of(world, uses=question.uses)
    _check_money(flows)
    case = Case.of(world, question, flows)
    idle = _idle(world, question, case, flows)
    economy, told = flows.economy(case.now.levied)
    before = solve(
        economy, Barriers(tariffs=case.now.levied), case.theta, deficits=question.deficits
    )
    check(before, flows, say("the baseline"))
    told += moved(before, flows)
    base = before.as_baseline()
    barriers = case.barriers(base.labour)
    check_open(base.shares, barriers, flows)
    check_paid(flows, case.iceberg, question.deficits, say("the counterfactual"))
    after = solve(base, barriers, case.theta, deficits=question.deficits)
    check(after, flows, say("the counterfactual"))
    return Solved(
        flows=flows,
        before=before,
        after=after,
        wedges=(case.now, case.then),
        money=float((flows.sales.sum(axis=(0, 2)) * economy.labour).sum()),
        warnings=(*flows.warnings, *told, *idle),
    )


def _idle(world: World, question: Question, case: Case, flows: Flows) -> list[str]:
    """Return warnings of changes that change nothing, if somebody asks for them."""
    from catenary.trade.idle import refuse_idle  # noqa: PLC0415  it reads cases

    return refuse_idle(world, question, case, flows) if question.must_change else []


@dataclass(frozen=True, kw_only=True, eq=False)
class Case:
    """What one scenario makes of barriers and elasticities."""

    now: Wedges
    then: Wedges
    theta: Array
    """(J,)."""
    iceberg: Array
    """d̂, (U, J, N, N)."""
    productivity: Array
    """(J, N)."""
    capital: Array
    """What more capital adds to the yield of value added, (J, N)."""

    @classmethod
    def of(cls, world: World, question: Question, flows: Flows) -> Case:
        """Read a scenario of a world."""
        scenario = question.scenario
        refuse_other_targets(scenario, TARGETS, "counterfactual")
        whole = world.without(*world.matrices)  # flows stay as they are
        if question.after is None:
            whole = completed(whole, scenario)
            timeline = scenario.compile(whole)
            refuse_free_goods(whole, timeline, question.day)
            changed = timeline.applied(whole, question.day)
        else:
            changed = question.after
        now = Wedges.of(whole, flows.regions, uses=question.uses)
        then = Wedges.of(changed, flows.regions, uses=question.uses)
        return cls(
            now=now,
            then=then,
            theta=trade_elasticities(changed, flows.traded, question.elasticity),
            iceberg=_iceberg(now, then, question, whole),
            productivity=_productivity(whole, changed, question, flows),
            capital=_capital(whole, question, flows),
        )

    def barriers(self, labour: Array) -> Barriers:
        """Return what differs from the baseline; labour is the share of value added, (J, N)."""
        return Barriers(
            tariffs=self.then.levied,
            iceberg=self.iceberg,
            productivity=self.productivity * self.capital**labour,
        )


def _check_money(flows: Flows) -> None:
    """Refuse flows in tonnes or pieces: shares of spending are shares of money."""
    if not _MONEY.match(parse_unit(flows.unit).kind):
        raise UnitError(
            f"the flows of this world are in {flows.unit}, and spending is money",
            hint="give `intermediate` and `final` in money, such as MUSD(2011)/year",
        )


def check(found: Equilibrium, flows: Flows, what: str) -> None:
    """Refuse what is no equilibrium.

    Raises
    ------
    ComputationError
        It names the country with the largest gap, or those that would lend more than they earn.
    """
    poor = np.asarray((found.income <= 0).any(axis=0))
    if poor.any() and np.isfinite(found.income).all():
        raise ComputationError(
            f"in {what} {listed(flows.regions[poor], most=5)} would have to lend more than it "
            "earns",
            hint="choose deficits = 'zero'",
        )
    gaps = np.maximum(found.residual, found.walras)
    residual = float(gaps.max())
    if not residual <= _RESIDUAL:
        worst = flows.regions[int(found.worst[int(gaps.argmax())])]
        raise ComputationError(
            f"{what} was not found in {found.iterations:,} iterations: "
            + (
                f"the largest gap is {residual:.3g}, in {worst}, and has to be at most "
                f"{_RESIDUAL:g}"
                if np.isfinite(residual)
                else f"wages and prices run out of bounds, first in {worst}"
            ),
            hint="look at the flows and elasticities of that region; try deficits = 'zero', or "
            "smaller changes",
        )


def moved(before: Equilibrium, flows: Flows) -> list[str]:
    """Say by how much the baseline differs from the table, at most over its cases."""
    shift = np.abs(before.income / before.baseline_income - 1).max(axis=0)
    if shift.max() <= _NOTICED:
        return []
    return [
        say(
            "the baseline was solved first, because the table does not balance or its deficits "
            "are changed: incomes move by up to {most:.2%} ({region})",
            most=shift.max(),
            region=str(flows.regions[int(shift.argmax())]),
        )
    ]


def _iceberg(now: Wedges, then: Wedges, question: Question, world: World) -> Array:
    """Return the change of costs that use resources up."""
    days = then.duration - now.duration
    hat: Array = (1 + then.iceberg) / (1 + now.iceberg)
    if days.any():
        hat = hat * np.exp(day_values(world, days, question.day_value)[:, None, None] * days)
    part = (then.open != now.open) & (then.open > 0)
    if part.any():
        raise ScenarioError(
            f"scenario {question.scenario.name!r} opens or closes {int(part.sum()):,} flows in "
            "part",
            hint="only a full ban has a meaning here: set links.open to 0; or change links.iceberg",
        )
    return np.where((then.open == 0) & (now.open > 0), np.inf, hat)


def _productivity(now: World, then: World, question: Question, flows: Flows) -> Array:
    """Return the change of yields, (J, N), weighed by output where producers are many."""
    if not any(c.target == "producers.productivity" for c in question.scenario.changes):
        return np.ones((len(flows.products), len(flows.regions)))
    old, new = (w.part("producers").numbers("productivity") for w in (now, then))
    if ((old <= 0) | (new <= 0)).any():
        raise ScenarioError(
            f"scenario {question.scenario.name!r} leaves producers without any productivity",
            hint="give more than 0",
        )
    return _by_cell(now, np.log(new / old), flows)


def _capital(world: World, question: Question, flows: Flows) -> Array:
    """Return what more capital adds to the yield of value added, (J, N).

    With value added of the form L^(1−β) K^β, K times k makes costs fall by k^(−β γ).
    """
    target = "producers.capital"
    if not any(change.target == target for change in question.scenario.changes):
        return np.ones((len(flows.products), len(flows.regions)))
    if question.capital_share is None:
        raise OptionError(
            "the scenario changes capital, and nothing says what share of value added it earns",
            hint="give capital_share, with its source; about a third is usual",
        )
    lost = question.scenario.compile(world).losses(world, target, np.array([question.day]))
    left = np.ones(len(world.ids("producers")))
    left[lost.producers] -= lost.by_day[0]
    if (left <= 0).any():
        raise ScenarioError(
            f"scenario {question.scenario.name!r} leaves producers without any capital",
            hint="leave some",
        )
    return _by_cell(world, question.capital_share * np.log(left), flows)


def _by_cell(world: World, logarithms: Array, flows: Flows) -> Array:
    """Return the factors of products in regions, (J, N), of the logarithms of producers."""
    producers = world.part("producers")
    names = world.ids("regions")[producers.codes("region")]
    cell = producers.codes("product").astype(np.int64) * len(flows.regions)
    cell += flows.regions.get_indexer(names)
    size = len(flows.products) * len(flows.regions)
    weight = np.maximum(producers.numbers("output"), 1e-300)
    total = np.bincount(cell, weight, size)
    mean = np.bincount(cell, weight * logarithms, size) / np.where(total > 0, total, 1)
    return np.exp(mean).reshape(len(flows.products), len(flows.regions))


def nobody_left(shares: Array, iceberg: Array) -> NDArray[np.bool_]:
    """Return which purchases bans leave without any seller, (U, J, N)."""
    left = np.where(np.isinf(iceberg), 0.0, shares).sum(axis=-1)
    none: NDArray[np.bool_] = (left <= 0) & (shares.sum(axis=-1) > 0)
    return none


def check_open(shares: Array, barriers: Barriers, flows: Flows) -> None:
    """Refuse bans that leave somebody nobody to buy from.

    Raises
    ------
    ComputationError
        It names the first product and region.
    """
    none = nobody_left(shares, np.asarray(barriers.iceberg))
    if none.any():
        _, product, buyer = (int(axis[0]) for axis in np.nonzero(none))
        raise ComputationError(
            f"nobody is left to sell {flows.products[product]} to {flows.regions[buyer]} "
            f"({int(none.sum()):,} such)",
            hint="leave one seller open: without any, the price of what is bought has no bound",
        )
