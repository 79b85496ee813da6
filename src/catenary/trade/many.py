"""Many counterfactuals of one world at once: scenarios are one axis of every array."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from catenary.languages import say
from catenary.maths.equilibrium import Barriers
from catenary.maths.equilibrium_search import solve
from catenary.trade.flows import Flows
from catenary.trade.solving import Case, Question, check, check_open

if TYPE_CHECKING:
    from collections.abc import Sequence

    from catenary.maths.equilibrium import Economy
    from catenary.model import Scenario, World

__all__ = ["many"]

_MEGABYTES: Final = 64  # of one array of flows of a batch


def many(world: World, scenarios: Sequence[Scenario], question: Question) -> pd.DataFrame:
    """Return what many scenarios do to every region.

    Flows are read once. Scenarios with the same elasticities share one baseline; all of a batch
    are solved together.

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
    keys = [case.theta.tobytes() + case.now.levied.tobytes() for case in cases]
    found = []
    size = max(1, int(_MEGABYTES * 2**20 // max(flows.sales.nbytes, 1)))
    for key in dict.fromkeys(keys):
        alike = [place for place, other in enumerate(keys) if other == key]
        first = cases[alike[0]]
        economy, _ = flows.economy(first.now.levied)
        before = solve(
            economy, Barriers(tariffs=first.now.levied), first.theta, deficits=question.deficits
        )
        check(before, flows, say("the baseline"))
        base = before.as_baseline()
        for start in range(0, len(alike), size):
            batch = alike[start : start + size]
            found.append(_batch(base, [cases[place] for place in batch], batch, question, flows))
    return pd.concat(found).sort_values("run", kind="stable", ignore_index=True)


def _batch(
    base: Economy, cases: Sequence[Case], runs: Sequence[int], question: Question, flows: Flows
) -> pd.DataFrame:
    """Solve cases that share a baseline."""
    each = [case.barriers(base.labour) for case in cases]
    for barriers in each:
        check_open(base.shares, barriers, flows)
    together = Barriers(
        tariffs=np.stack([barriers.tariffs for barriers in each]),
        iceberg=np.stack([np.asarray(barriers.iceberg) for barriers in each]),
        productivity=np.stack([np.asarray(barriers.productivity) for barriers in each]),
    )
    after = solve(base, together, cases[0].theta, deficits=question.deficits)
    check(after, flows, say("the counterfactual"))
    count = len(flows.regions)
    return pd.DataFrame(
        {
            "run": np.repeat(np.asarray(runs), count),
            "region": pd.Categorical.from_codes(
                np.tile(np.arange(count), len(cases)), categories=flows.regions
            ),
            "real_income": after.real_income.ravel() - 1,
            "real_wage": after.real_wage.ravel() - 1,
            "wage": after.wage.ravel() - 1,
            "price": after.consumer_price.ravel() - 1,
        }
    )
