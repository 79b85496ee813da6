"""Many counterfactuals of one world at once: scenarios are one axis of every array."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pandas as pd

from catenary.languages import say
from catenary.maths.equilibrium import Barriers
from catenary.maths.equilibrium_search import solve
from catenary.trade.flows import Flows
from catenary.trade.openness import check_paid
from catenary.trade.solving import Case, Question, check, check_open, moved

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from catenary.maths.equilibrium import Economy, Equilibrium
    from catenary.model import Scenario, World

    Array = NDArray[np.float64]

__all__ = ["Together", "many", "together"]

_MEGABYTES: Final = 4  # of one array of flows of a batch: more no longer stay in the cache


def many(world: World, scenarios: Sequence[Scenario], question: Question) -> pd.DataFrame:
    """Return what many scenarios do to every region.

    Flows are read once, and all of a batch are solved together.

    Parameters
    ----------
    world, question
        As for `catenary.trade.solving.solved`; the scenario of the question is not used.
    scenarios
        The scenarios, such as draws of one with uncertain numbers.

    Returns
    -------
    DataFrame
        Columns run (position of the scenario), region, real_income, real_wage, wage, price.

    Raises
    ------
    CatenaryError
        As for one scenario, if any of them has no equilibrium.

    Examples
    --------
    >>> from catenary import Change, Scenario
    >>> from catenary.testing import two_regions
    >>> walls = [Scenario("wall", (Change(target="links.tariff", set=rate),))
    ...          for rate in (0.0, 0.2)]
    >>> question = Question(scenario=walls[0], deficits="fixed", uses=1, elasticity=4.0,
    ...                     day_value=None, capital_share=None, day=0)
    >>> many(two_regions(), walls, question)["real_income"].round(3).abs().tolist()
    [0.0, 0.0, 0.049, 0.043]
    """
    flows = Flows.of(world, uses=question.uses)
    cases = [Case.of(world, replace(question, scenario=one), flows) for one in scenarios]
    found, _ = together(flows, cases, question, [scenario.name for scenario in scenarios])
    count = len(flows.regions)
    return pd.DataFrame(
        {
            "run": np.repeat(np.arange(len(cases)), count),
            "region": pd.Categorical.from_codes(
                np.tile(np.arange(count), len(cases)), categories=flows.regions
            ),
            "real_income": found.real_income.ravel() - 1,
            "real_wage": found.real_wage.ravel() - 1,
            "wage": found.wage.ravel() - 1,
            "price": found.price.ravel() - 1,
        }
    )


class Together(NamedTuple):
    """What S cases do to N countries, as ratios to the baseline, (S, N) each."""

    real_income: Array
    real_wage: Array
    wage: Array
    price: Array
    """Of consumers."""
    income: Array
    """At the baseline, in shares of the value added of the world."""


def together(
    flows: Flows,
    cases: Sequence[Case],
    question: Question,
    labels: Sequence[str],
    *,
    same_elasticities: bool | None = None,
) -> tuple[Together, list[str]]:
    """Solve cases of the same flows, a batch at a time; return warnings of the baseline too.

    Cases with the same elasticities share a baseline. Where elasticities differ, each case is
    solved from the table with its own baseline beside it: changes from the table over changes of
    the baseline are the changes from the baseline.

    Parameters
    ----------
    flows
        Of the world.
    cases
        What each changes; S of them. They may be made when they are asked for.
    question
        What is asked; its scenario is not used.
    labels
        What to call each case in an error, (S,).
    same_elasticities
        Whether all cases have the same; None: look.

    Raises
    ------
    CatenaryError
        As for one scenario, if any of them has no equilibrium.
    """
    found = Together(*(np.empty((len(cases), len(flows.regions))) for _ in Together._fields))
    first = cases[0]
    same = same_elasticities
    if same is None:
        same = all(np.array_equal(case.theta, first.theta) for case in cases)
    economy, told = flows.economy(first.now.levied)
    free = Barriers(tariffs=first.now.levied)
    if same:
        before = solve(economy, free, first.theta, deficits=question.deficits)
        check(before, flows, say("the baseline"))
        told += moved(before, flows)
        economy = before.as_baseline()
    size = max(1, int(_MEGABYTES * 2**20 // max(flows.sales.nbytes, 1)))
    for start in range(0, len(cases), size):
        batch = range(start, min(start + size, len(cases)))
        chosen = [cases[place] for place in batch]
        after = _solved(economy, chosen, question, flows, [labels[place] for place in batch])
        old: Equilibrium | None = None
        if not same:
            theta = np.stack([case.theta for case in chosen])
            old = solve(economy, free, theta, deficits=question.deficits)
            check(old, flows, say("the baseline"))
            told += moved(old, flows) if start == 0 else []
        for part, numbers in zip(found, _ratios(after, old), strict=True):
            part[batch.start : batch.stop] = numbers
    return found, told


def _ratios(after: Equilibrium, before: Equilibrium | None) -> Together:
    """Return changes from the baseline: that of `after`, or another from the same table."""
    if before is None:
        income = np.broadcast_to(after.baseline_income, after.wage.shape)
        return Together(
            after.real_income, after.real_wage, after.wage, after.consumer_price, income
        )
    return Together(
        after.real_income / before.real_income,
        after.real_wage / before.real_wage,
        after.wage / before.wage,
        after.consumer_price / before.consumer_price,
        before.income,
    )


def _solved(
    base: Economy, cases: Sequence[Case], question: Question, flows: Flows, labels: Sequence[str]
) -> Equilibrium:
    """Solve cases that start from the same economy."""
    each = [case.barriers(base.labour) for case in cases]
    for case, barriers, label in zip(cases, each, labels, strict=True):
        check_open(base.shares, barriers, flows)
        called = say("the counterfactual {name}", name=label)
        check_paid(flows, case.iceberg, question.deficits, called)
    several = Barriers(
        tariffs=np.stack([barriers.tariffs for barriers in each]),
        iceberg=np.stack([np.asarray(barriers.iceberg) for barriers in each]),
        productivity=np.stack([np.asarray(barriers.productivity) for barriers in each]),
    )
    theta = np.stack([case.theta for case in cases])
    theta = theta[:1] if (theta == theta[0]).all() else theta
    after = solve(base, several, theta, deficits=question.deficits)
    worst = int(np.nan_to_num(np.maximum(after.residual, after.walras), nan=np.inf).argmax())
    check(after, flows, say("the counterfactual {name}", name=labels[worst]))
    return after
