"""Measures chosen before anybody knows what will happen, and the best use of what is left after.

A network of producers over a few periods, a planner who knows each scenario from its start, and
measures that are taken as a whole or not at all: a two-stage stochastic programme with whole
numbers in its first stage, solved to proof. Equations: `docs/methods.md`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from catenary.errors import ComputationError
from catenary.maths.two_stage_cuts import Search
from catenary.maths.two_stage_problem import (
    Best,
    Option,
    Rules,
    TwoStage,
    objective_of,
    tail_mean,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = [
    "Best", "Knowing", "Option", "Rules", "Search", "TwoStage", "evaluate", "knowing",
    "objective_of", "solve", "tail_mean", "values",
]  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class Knowing:
    """What it is worth to know the scenario, and to think of more than the mean of all."""

    sets: NDArray[np.bool_]
    """The best measures of each scenario were it known, (W, M)."""
    losses: Array
    """Loss of each scenario with its own, (W,)."""
    known: float
    """Objective with these."""
    evpi: float
    """What knowing the scenario before choosing would save at most."""
    exact: bool
    """Whether `known` is proved least; with both a carbon price and aversion to risk it is not,
    and `evpi` is the least that knowing saves."""
    by_mean: NDArray[np.bool_]
    """The best measures for the mean of all scenarios, (M,)."""
    vss: float
    """What thinking of all scenarios saves against these."""


def evaluate(problem: TwoStage, chosen: Array, *, workers: int = 1) -> Array:
    """Return the loss of every scenario under some measures, (W,).

    Parameters
    ----------
    chosen
        Which are taken, (M,); shares between 0 and 1 where they are divisible.

    Examples
    --------
    A mill feeds a baker; the mill stops for ten days and flour lasts four.

    >>> problem = TwoStage(
    ...     supplier=np.array([0]), slot=np.array([0]), flow=np.array([1.0]), buyer=np.array([1]),
    ...     criticality=np.ones(1), stock=np.array([4.0]), output=np.ones(2),
    ...     days=np.array([10.0]), able=np.array([[[0.0], [10.0]]]), lost=np.zeros((1, 2, 1)),
    ...     final=np.array([[[0.0], [10.0]]]), weight=np.ones(2), chance=np.ones(1))
    >>> evaluate(problem, np.zeros(0)).tolist()
    [6.0]
    """
    return Search(problem, Rules(), workers=workers).losses(np.asarray(chosen, np.float64))


def solve(
    problem: TwoStage,
    rules: Rules,
    *,
    method: Literal["auto", "extensive", "cuts"] = "auto",
    gap: float = 0.0,
    workers: int = 1,
) -> Best:
    """Return the best set of measures.

    Measures that change nothing are left out, the dearest first.

    Parameters
    ----------
    method
        extensive: one programme of all scenarios; cuts: the L-shaped method with one cut a
        component of a scenario; auto: the first where it is small.
    gap
        How far from the best the set may be, as a share.
    workers
        Threads.

    Raises
    ------
    ComputationError
        If what is required and excluded contradicts each other or the budget; it names what does.

    References
    ----------
    Van Slyke, R. M. & Wets, R. (1969), L-shaped linear programs. SIAM Journal on Applied
    Mathematics 17(4), 638-663; Birge, J. R. & Louveaux, F. V. (1988), A multicut algorithm for
    two-stage stochastic linear programs. European Journal of Operational Research 34(3), 384-392.
    """
    search = Search(problem, rules, workers=workers)
    return search.best(gap=gap, extensive=search.prefers(method))


def knowing(search: Search, best: Best) -> Knowing:
    """Return what perfect information is worth, and what thinking of all scenarios is.

    Parameters
    ----------
    search
        The problem, with what was learned of it.
    best
        Its best measures.

    References
    ----------
    Birge, J. R. & Louveaux, F. V. (2011), Introduction to Stochastic Programming, 2nd ed.,
    chapter 4.
    """
    problem, rules = search.problem, search.rules
    W = len(problem.chance)
    sets, losses = np.zeros((W, len(problem.options)), bool), np.zeros(W)
    for w in range(W):
        alone = np.zeros(W)
        alone[w] = 1.0
        chosen = search.thrifty(search.least(alone, 0.0)[0], alone, 0.0)
        sets[w], losses[w] = chosen > 0, search.losses(chosen)[w]
    loss = float(problem.chance @ losses)
    if rules.aversion:
        loss += rules.aversion * tail_mean(losses, problem.chance, rules.tail)
    carbon = rules.carbon_price * float(problem.chance @ (sets @ problem.co2e))
    known = rules.worth * loss + carbon
    by_mean = Search(_mean(problem), rules).best().chosen
    value = search.objective(by_mean.astype(float))
    return Knowing(
        sets=sets, losses=losses, known=known, evpi=max(0.0, best.objective - known),
        exact=not (rules.aversion and rules.carbon_price), by_mean=by_mean,
        vss=max(0.0, value - best.objective),
    )  # fmt: skip


def values(search: Search, best: Best) -> Array:
    """Return what the best objective rises by without each measure taken, with each other, (M,).

    inf: nothing else is possible then.
    """
    found = np.full(len(best.chosen), np.inf)
    for m, taken in enumerate(best.chosen.tolist()):
        if taken and m in search.rules.required:
            continue
        try:
            value = search.least(
                search.problem.chance, search.rules.aversion,
                without=(m,) * taken, taken=(m,) * (not taken),
            )[1]  # fmt: skip
        except ComputationError:
            continue
        found[m] = max(0.0, value - best.objective)
    return found


def _mean(problem: TwoStage) -> TwoStage:
    """Return the problem with the mean of all scenarios as the only one."""

    def mean(array: Array) -> Array:
        if len(array) == 1:
            return array
        return np.asarray(np.tensordot(problem.chance, array, 1)[None])

    def of(array: Array | None) -> Array | None:
        return None if array is None else mean(array)

    options = tuple(
        replace(one, added=of(one.added), averted=of(one.averted)) for one in problem.options
    )
    return replace(
        problem, chance=np.ones(1), options=options, able=mean(problem.able),
        lost=mean(problem.lost), final=mean(problem.final),
    )  # fmt: skip
