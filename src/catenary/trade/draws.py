"""How sure gains are: elasticities and other uncertain numbers drawn, all draws at once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from catenary.errors import OptionError
from catenary.maths.sampling import points_of, quantile
from catenary.trade.elasticities import errors_of
from catenary.trade.many import together
from catenary.trade.solving import Case

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from catenary.model import Scenario, World
    from catenary.trade.flows import Flows
    from catenary.trade.solving import Question

    Array = NDArray[np.float64]

__all__ = ["drawn", "no_draws"]

_QUANTILES: Final = {"q05": 0.05, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q95": 0.95}
_NOTHING: Final = 1e-9  # change of real income that is none


def drawn(
    world: World,
    flows: Flows,
    question: Question,
    *,
    runs: int,
    seed: int,
    error: float | None,
) -> tuple[pd.DataFrame, pd.DataFrame, list[str]]:
    """Return the range of real income by region, real income by draw, and warnings.

    Elasticities are drawn from lognormal distributions, which never fall to 0, with the mean and
    standard error that the table `elasticities` states; what is uncertain in the scenario from its
    own distributions. Points are those of a Sobol sequence.

    Parameters
    ----------
    world, flows, question
        As for `catenary.trade.many.together`.
    runs, seed
        How many draws, and where they begin.
    error
        Standard error of elasticities of which the table says nothing.

    Raises
    ------
    OptionError
        If nothing is uncertain.
    CatenaryError
        As for one scenario, if a draw has no equilibrium.
    """
    scenario = question.scenario
    keys = [
        (place, key, spread)
        for place, change in enumerate(scenario.changes)
        for key, spread in change.uncertain.items()
    ]
    error_of = errors_of(world, flows.traded, question.elasticity, error)
    unsure = _alike(world, error_of)
    if not keys and not unsure:
        raise OptionError(
            "nothing is uncertain: no elasticity has a standard error, and the scenario no range",
            hint="give elasticities.error in the world, or the option elasticity_error",
        )
    points = points_of("sobol", len(keys) + len(unsure), runs, seed)
    factors = np.ones((runs, len(flows.products)))
    for place, products in enumerate(unsure):
        share = float(error_of[products[0]])
        spread = {"distribution": "lognormal", "mean": 1.0, "sd": share}
        factors[:, products] = quantile(spread, points[:, place])[:, None]
    numbers = [
        quantile(spread, points[:, len(unsure) + i]) for i, (_, _, spread) in enumerate(keys)
    ]
    base = Case.of(world, question, flows)
    cases = []
    for run in range(runs):
        one = base
        if keys:
            changed = _sampled(scenario, [(p, k, n[run]) for (p, k, _), n in zip(
                keys, numbers, strict=True)])  # fmt: skip
            one = Case.of(world, replace(question, scenario=changed), flows)
        cases.append(replace(one, theta=one.theta * factors[run]))
    labels = [f"{scenario.name} (draw {run + 1})" for run in range(runs)]
    solved, told = together(flows, cases, question, labels)
    found = solved.real_income - 1
    return _ranges(found, flows), _draws(found, flows), told


def no_draws() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return both tables without a row."""
    ranges = pd.DataFrame({"region": pd.Series(dtype="str")})
    columns = ["mean", *_QUANTILES, "gains", "loses"]
    ranges = ranges.assign(**{name: pd.Series(dtype="float64") for name in columns})
    draws = pd.DataFrame({"draw": pd.Series(dtype="int64"), "region": pd.Series(dtype="str")})
    return ranges, draws.assign(real_income=pd.Series(dtype="float64"))


def _alike(world: World, share: Array) -> list[NDArray[np.int64]]:
    """Return products whose elasticities are drawn together: those that no row names are one."""
    named = np.zeros(len(share), np.bool_)
    if "elasticities" in world:
        product = world.part("elasticities").codes("product")
        named[product[product >= 0]] = True
    unsure = np.flatnonzero((share > 0) & named)
    rest = np.flatnonzero((share > 0) & ~named)
    return [np.array([one]) for one in unsure] + ([rest] if len(rest) else [])


def _sampled(scenario: Scenario, numbers: list[tuple[int, str, float]]) -> Scenario:
    """Return a scenario with some of its numbers drawn."""
    changes = list(scenario.changes)
    for place, key, number in numbers:
        value: Any = max(0.0, float(number)) if key != "add" else float(number)
        changes[place] = replace(changes[place], **{key: value})
    return replace(scenario, changes=tuple(changes))


def _ranges(found: Array, flows: Flows) -> pd.DataFrame:
    frame = pd.DataFrame({"region": flows.regions, "mean": found.mean(axis=0)})
    for name, share in _QUANTILES.items():
        frame[name] = np.quantile(found, share, axis=0)
    frame["gains"] = (found > _NOTHING).mean(axis=0)
    frame["loses"] = (found < -_NOTHING).mean(axis=0)
    return frame.sort_values("q50", ascending=False, kind="stable", ignore_index=True)


def _draws(found: Array, flows: Flows) -> pd.DataFrame:
    runs, count = found.shape
    return pd.DataFrame(
        {
            "draw": np.repeat(np.arange(1, runs + 1), count),
            "region": pd.Categorical.from_codes(
                np.tile(np.arange(count), runs), categories=flows.regions
            ),
            "real_income": found.ravel(),
        }
    )
