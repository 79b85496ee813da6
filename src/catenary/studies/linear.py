"""The plan of measures where the model is linear: exact, with a proof."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from catenary.errors import OptionError, ScenarioError, did_you_mean
from catenary.languages import say
from catenary.maths.two_stage import Rules, Search, knowing, objective_of, values
from catenary.model import Scenario
from catenary.studies.linear_arrays import LINEAR, Reading, periods_of, require_linear

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from catenary.maths.two_stage_problem import TwoStage
    from catenary.model import World
    from catenary.model.measures import Measure
    from catenary.studies.sampling import Case

    Array = NDArray[np.float64]

__all__ = ["LINEAR", "LinearPlan", "linear_plan"]


@dataclass(frozen=True, kw_only=True, eq=False)
class LinearPlan:
    """The best set of measures for some scenarios, and what can be said of it."""

    chosen: tuple[str, ...]
    """Names of the measures to take, in their order."""
    measures: pd.DataFrame
    """Per measure: cost, emissions, whether it is taken (also for the mean scenario), in what share
    of scenarios it would be were these known, and what the objective rises by without it (taken) or
    with it (not taken; inf: nothing else is possible then)."""
    scenarios: pd.DataFrame
    """Per scenario: its chance, and the loss with nothing, with the plan, and with its own best."""
    objective: float
    nothing: float
    """The objective without any measure."""
    bound: float
    """No set of measures has a lower objective."""
    gap: float
    marginal: float
    """What one more unit of budget lowers the objective by, were measures divisible."""
    evpi: float
    """What knowing the scenario before choosing would save."""
    exact: bool
    """Whether `evpi` is proved; else it is the least that knowing saves."""
    vss: float
    """What the plan saves against the best one for the mean of all scenarios."""
    rounds: int
    """How often the first stage was solved."""
    warnings: tuple[str, ...]


def linear_plan(
    world: World,
    cases: Sequence[Scenario] | Sequence[Case],
    measures: Sequence[Measure],
    *,
    budget: float,
    chance: Sequence[float] | None = None,
    days: int = 365,
    period: int | Sequence[int] = 30,
    aversion: float = 0.0,
    tail: float = 0.05,
    worth: float = 1.0,
    carbon_price: float = 0.0,
    required: Iterable[str] = (),
    exclusive: Iterable[Sequence[str]] = (),
    weight: Array | None = None,
    counted: Literal["unmet", "output"] = "unmet",
    stock_days: float = 90.0,
    overproduction: float = 1.25,
    criticality: Literal["stated", "leontief"] = "stated",
    substitution: float = np.inf,
    closing: float = 0.0,
    gap: float = 0.0,
    method: Literal["auto", "extensive", "cuts"] = "cuts",
    explain: bool = True,
    workers: int = 1,
) -> LinearPlan:
    """Choose measures under a budget so that expected loss, risk and carbon cost least: exactly.

    The second stage is not the engine of `stress` but a planner who knows each scenario from its
    start and uses what is left as well as possible. With the same overproduction, free
    substitution and no closing stock no day of `stress` loses less: a lower bound of its losses.

    Parameters
    ----------
    world
        As for `stress`.
    cases
        Scenarios that change `producers.capacity`, `.capital`, `.labour` or final demand; or cases
        of an ensemble, of which overproduction and other drawn options are not read.
    measures
        What may be done; their targets have to be among `LINEAR`.
    budget
        Most that the measures may cost, USD.
    chance
        Probability of each scenario; None: all alike.
    days, period
        Horizon, and the length of its periods: one for all, or one each, in days.
    aversion, tail
        Weight of CVaR, and the share of worst cases it is the mean of.
    worth
        USD per unit of loss.
    carbon_price
        USD per t CO2e.
    required, exclusive
        Names of measures that must be taken; groups of which at most one may be. Measures that set
        the same number exclude each other anyway.
    weight
        Loss per unit of final demand not met (or of output), by producer of the world, (N,);
        None: losses are in days of final demand (or output) of the whole world.
    counted
        What is lost: final demand not met, or output below normal.
    stock_days, overproduction, criticality
        As in `stress`; capacity can be stretched at once.
    substitution
        Most that a supplier delivers to a buyer as a multiple of normal; inf: whatever both can.
    closing
        Share of opening stocks that must be there at the end.
    gap
        How far from the best the plan may be, as a share.
    method
        cuts: the L-shaped method; extensive: one programme of everything; auto: that if small.
    explain
        Whether to find what knowing is worth, and what each measure is.
    workers
        Threads.

    Returns
    -------
    LinearPlan
        The plan, its bound, and what knowing, the budget and every measure are worth.

    Raises
    ------
    ScenarioError
        If a scenario or measure is not linear or unknown; it names them.
    OptionError
        If a number is out of range.
    ComputationError
        If what is required, excluded and the budget contradict each other.

    References
    ----------
    Equations: `docs/methods.md`, "Plans: the linear model".

    Examples
    --------
    >>> from catenary.model import Change, Scenario, measures_of
    >>> from catenary.testing import serial_chain
    >>> stop = Scenario("stop", (Change(target="producers.capacity", where={"id": "AAA.s0"},
    ...                                 set=0, days=60),))
    >>> mine = measures_of(Scenario("mine", tuple(
    ...     Change(target="products.stock_days", where={"id": "s0"}, set=days, kind="measure",
    ...            measure=f"{days} days", cost={"usd": days}) for days in (20, 40))))
    >>> plan = linear_plan(serial_chain(2), [stop], mine, budget=50, days=90, overproduction=1)
    >>> plan.chosen, round(plan.nothing), round(plan.objective)
    (('40 days',), 50, 20)
    """
    scenarios = [one if isinstance(one, Scenario) else one.scenario for one in cases]
    if not scenarios:
        raise OptionError("there are no scenarios", hint="give one or more")
    require_linear(scenarios, measures)
    reading = Reading(
        world, days=days, periods=periods_of(days, period), stock_days=stock_days,
        overproduction=overproduction, criticality=criticality,
    )  # fmt: skip
    problem = reading.problem(
        scenarios, measures, _chances(chance, len(scenarios)), counted=counted,
        weight=_weights(reading, weight, counted), substitution=substitution, closing=closing,
    )  # fmt: skip
    alternatives = reading.alternatives(measures, problem.options)
    groups = [tuple(_place(name, measures) for name in group) for group in exclusive]
    rules = Rules(
        budget=budget, aversion=aversion, tail=tail, worth=worth, carbon_price=carbon_price,
        required=tuple(_place(name, measures) for name in required),
        exclusive=(*groups, *alternatives),
    )  # fmt: skip
    search = Search(problem, rules, workers=workers)
    best = search.best(gap=gap, extensive=search.prefers(method))
    none = np.zeros(len(measures))
    before = search.losses(none)
    found = knowing(search, best) if explain else None
    table: dict[str, Any] = {
        "measure": [one.name for one in measures], "usd": problem.cost, "co2e": problem.co2e,
        "taken": best.chosen,
    }  # fmt: skip
    losses: dict[str, Any] = {
        "scenario": [one.name for one in scenarios], "chance": problem.chance, "nothing": before,
        "plan": best.losses,
    }  # fmt: skip
    if found is not None:
        table["by_mean"] = found.by_mean
        table["if_known"] = problem.chance @ found.sets
        table["value"] = values(search, best)
        losses["known"] = found.losses
    return LinearPlan(
        chosen=tuple(one.name for one, y in zip(measures, best.chosen, strict=True) if y),
        measures=pd.DataFrame(table), scenarios=pd.DataFrame(losses), objective=best.objective,
        nothing=objective_of(problem, rules, none, before), bound=best.bound, gap=best.gap,
        marginal=best.marginal, evpi=found.evpi if found else np.nan,
        exact=found.exact if found else False, vss=found.vss if found else np.nan,
        rounds=best.rounds, warnings=(*reading.layout.warnings, *_overlaps(problem)),
    )  # fmt: skip


def _chances(chance: Sequence[float] | None, count: int) -> Array:
    if chance is None:
        return np.full(count, 1.0 / count)
    given = np.array(chance, dtype=np.float64)
    if len(given) != count or not (given >= 0).all() or not given.sum() > 0:
        raise OptionError(
            f"there are {len(given)} chances for {count} scenarios, or one is below 0",
            hint="give one number of 0 or more for each scenario",
        )
    return np.asarray(given / given.sum())


def _weights(reading: Reading, weight: Array | None, counted: str) -> Array:
    """Return the loss per unit by producer of the world, (N,)."""
    network = reading.layout.network
    if weight is None:
        daily = network.final.sum() if counted == "unmet" else network.output().sum()
        return np.full(network.producers, 1.0 / daily if daily > 0 else 0.0)
    given = np.asarray(weight, np.float64)
    if given.shape != (network.producers,):
        raise OptionError(
            f"weight has the shape {given.shape}",
            hint=f"give one number for each of the {network.producers} producers",
        )
    return given


def _place(name: str, measures: Sequence[Measure]) -> int:
    names = [one.name for one in measures]
    if name not in names:
        raise ScenarioError(f"there is no measure {name!r}", hint=did_you_mean(name, names))
    return names.index(name)


def _overlaps(problem: TwoStage) -> list[str]:
    """Say where measures avert losses of the same producer, which do not simply add up."""
    seen = np.zeros(len(problem.output), int)
    for one in problem.options:
        if one.averted is not None:
            seen[one.producers] += 1
    if not (seen > 1).any():
        return []
    return [
        say(
            "losses of {producers:,} producers are averted by more than one measure each; the "
            "linear model adds up what each averts alone, up to all that is lost",
            producers=int((seen > 1).sum()),
        )
    ]
