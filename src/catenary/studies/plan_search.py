"""How a plan is found: the search, and the plans that it stands beside."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from catenary.errors import OptionError, did_you_mean, listed
from catenary.languages import say
from catenary.maths.greedy import choose, chosen_quickly
from catenary.maths.selection import Task
from catenary.studies.judging import Judge
from catenary.studies.plan_cases import mean_of
from catenary.studies.plan_items import clashes_of, evenly, items_of
from catenary.studies.sampling import Case

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from catenary.maths.selection import Choice, Known, Question
    from catenary.model import Scenario, World
    from catenary.studies.linear import LinearPlan
    from catenary.studies.plan_cases import Futures
    from catenary.studies.plan_items import Asked, Item
    from catenary.studies.weighing import Weights

    Array = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Set = frozenset[int]

__all__ = ["MEASURES", "Found", "offered_against", "planned", "shares_of"]


_EXACT_MEAN: Final = 256  # sets that are all tried for the mean case


MEASURES: Final = (
    "stock,stage_stock,second_source,capacity,substitution,recycling,support,training,border,"
    "border_post"
)
"""What the stress engine reads: upgrades of the network are left to `upgrades`."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Found:
    """A plan, and what it stands beside.

    Parameters
    ----------
    asked, task
        What was asked.
    items
        What sets consist of: measures, or their parts.
    choice, known
        What was chosen, and every judgement.
    sets
        Plans by name: nothing, even and chosen.
    losses, fresh
        Loss in every case and every fresh case with each of them.
    steps
        The set after each step of the plan.
    runs
        Scenarios that the engine ran.
    linear
        What the linear model proves, if it chose.
    warnings
        What a reader should know.
    """

    asked: Asked
    task: Task
    items: Sequence[Item]
    choice: Choice
    known: Known
    sets: Mapping[str, Set]
    losses: Mapping[str, Array]
    fresh: Mapping[str, Array]
    steps: Sequence[Set]
    runs: int
    linear: LinearPlan | None
    warnings: Sequence[str]


def planned(
    asked: Asked, on_step: Callable[[int], None], judging: Callable[..., Judge] = Judge
) -> Found:
    """Return the plan; `judging` makes its judge.

    Raises
    ------
    OptionError
        If the budget is below any measure, or required measures cannot be taken.
    ScenarioError
        If a measure matches nothing or contradicts itself.
    """
    clash = clashes_of(asked.world, asked.measures)
    items = [one for number in range(len(asked.measures)) for one in items_of(asked, number)]
    task = _task(asked, items, clash)
    _check_budget(asked, task, items)
    even = evenly(asked, task, items)
    average = mean_of(asked.futures)
    cases_judged, chance = list(asked.futures.cases), asked.futures.chance
    if average is not None:  # the mean of all cases is one more, of no chance
        cases_judged.append(Case(number=len(cases_judged), scenario=average))
        chance = np.append(chance, 0.0)
    judge = judging(
        world=asked.world, cases=cases_judged, chance=chance,
        measures=[one.measure for one in items], kinds=[one.number for one in items],
        days=asked.days, options=asked.options, weights=asked.weights,
    )  # fmt: skip
    mean = None
    if average is not None:
        one = replace(task, chance=np.ones(1), aversion=0.0)
        mean = chosen_quickly(one, _Last(judge), exact_cases=_EXACT_MEAN)
    proven = _proven(asked, task, items) if asked.judge == "linear" else None
    choice, known = choose(
        task, judge, exact_cases=asked.exact_cases, thorough=asked.thorough,
        others=[even, *([] if mean is None else [mean])], on_step=on_step,
        given=None if proven is None else proven[0],
    )  # fmt: skip
    sets: dict[str, Set] = {"nothing": frozenset(), "even": even}
    sets |= {} if mean is None else {"mean": mean}
    sets["chosen"] = choice.chosen
    cases = np.arange(len(asked.futures.cases))
    losses = dict(zip(sets, judge.losses([(one, cases) for one in sets.values()]), strict=True))
    later = replace(judge, cases=asked.futures.fresh, chance=asked.futures.fresh_chance)
    cases = np.arange(len(asked.futures.fresh))
    fresh = dict(zip(sets, later.losses([(one, cases) for one in sets.values()]), strict=True))
    steps = _steps(task, items, choice)
    known.all_of(steps)
    found = Found(
        asked=asked, task=task, items=items, choice=choice, known=known, sets=sets, losses=losses,
        fresh=fresh, steps=steps, runs=judge.runs + later.runs,
        linear=None if proven is None else proven[1],
        warnings=[],
    )  # fmt: skip
    return replace(found, warnings=list(_warnings(found)))


def offered_against(
    world: World, futures: Futures, weights: Weights, *, days: int, options: Mapping[str, Any],
    regions: str,
) -> Scenario:  # fmt: skip
    """Return measures of the built-in catalogue where most is lost if nothing is done."""
    from catenary.planning import offered  # noqa: PLC0415  reads the catalogue

    judge = Judge(
        world=world, cases=futures.cases, chance=futures.chance, measures=[], kinds=[], days=days,
        options=options, weights=weights,
    )  # fmt: skip
    lost = judge.at_stake() * weights.output
    return offered(world, regions=regions, kinds=MEASURES, weights=np.maximum(lost, 0.0))


@dataclass(frozen=True)
class _Last:
    """A judge of the last case alone."""

    judge: Judge

    def losses(self, questions: Sequence[Question]) -> list[Array]:
        """Return for each set the loss in the last case."""
        last = np.array([len(self.judge.cases) - 1])
        return self.judge.losses([(chosen, last) for chosen, _ in questions])


def _proven(asked: Asked, task: Task, items: Sequence[Item]) -> tuple[Set, LinearPlan]:
    """Return the best set of the linear model, and its proof."""
    from catenary.studies.linear import linear_plan  # noqa: PLC0415  brings HiGHS

    weights = asked.weights
    if asked.parts > 1 or asked.caps:
        raise OptionError(
            "judge='linear' takes measures as a whole", hint="leave out parts, or let it simulate"
        )
    if weights.kind == "demand" and not weights.buyers.all():
        raise OptionError(
            "judge='linear' counts the final demand of all regions",
            hint="leave out regions, or choose loss=output",
        )
    names = [one.measure.name for one in items]
    found = linear_plan(
        asked.world, asked.futures.cases, asked.measures, budget=task.budget,
        chance=asked.futures.chance.tolist(), days=asked.days, aversion=task.aversion,
        tail=task.tail, carbon_price=task.carbon_price,
        required=[names[m] for m in sorted(task.required)],
        exclusive=[(names[a], names[b]) for a, b in np.argwhere(np.triu(task.clash)).tolist()],
        weight=weights.price if weights.kind == "demand" else weights.output,
        counted="unmet" if weights.kind == "demand" else "output",
        stock_days=asked.options["stock_days"], overproduction=asked.options["overproduction"],
        criticality=asked.options["criticality"], closing=1.0,
    )  # fmt: skip
    return frozenset(names.index(name) for name in found.chosen), found


def _steps(task: Task, items: Sequence[Item], choice: Choice) -> list[Set]:
    """Return the set after each step: one measure after another, as far as the plan takes it."""
    order = dict.fromkeys(items[m].number for m in (*sorted(task.required), *choice.order))
    now, steps = frozenset[int](), []
    for number in order:
        now |= {m for m in choice.chosen if items[m].number == number}
        steps.append(now)
    return steps


def _task(asked: Asked, items: Sequence[Item], clash: Flags) -> Task:
    names = [one.name for one in asked.measures]
    required = set[int]()
    for word in filter(None, (word.strip() for word in asked.required.split(","))):
        if word not in names:
            raise OptionError(f"required names {word!r}", hint=did_you_mean(word, names))
        required.add(names.index(word))
    number = np.array([one.number for one in items])
    again = np.append(False, number[1:] == number[:-1]) if len(number) else np.zeros(0, bool)
    step = np.array([one.share for one in items])
    step[again] -= step[np.flatnonzero(again) - 1]
    caps = tuple((mine[number], limit) for mine, limit in asked.caps)
    return Task(
        cost=np.array([one.usd for one in asked.measures])[number] * step,
        emissions=np.array([one.co2e for one in asked.measures])[number] * step,
        chance=asked.futures.chance,
        budget=asked.budget,
        aversion=asked.aversion,
        tail=asked.tail,
        carbon_price=asked.carbon_price,
        clash=clash[np.ix_(number, number)],
        required=frozenset(m for m, one in enumerate(items) if one.number in required),
        caps=caps,
        after=np.where(again, np.arange(len(items)) - 1, -1),
    )


def _check_budget(asked: Asked, task: Task, items: Sequence[Item]) -> None:
    """Refuse what cannot be paid for, or taken together."""
    names = [asked.measures[one.number].name for one in items]
    for a, b in combinations(sorted(task.required), 2):
        if task.clashes(a, b):
            raise OptionError(
                f"{names[a]!r} and {names[b]!r} are both required, and contradict each other: "
                "they set the same number to different values",
                hint="require one of them",
            )
    price = task.price(task.required)
    if price > task.budget * (1 + 1e-12):
        raise OptionError(
            f"the required measures cost {price:,.6g} USD, and the budget is {task.budget:,.6g}",
            hint="raise it, or require fewer of "
            + listed(dict.fromkeys(names[m] for m in sorted(task.required))),
        )
    cheapest = int(np.argmin(task.cost))
    if 0 < task.budget < task.cost[cheapest]:
        raise OptionError(
            f"a budget of {task.budget:,.6g} USD is below any measure",
            hint=f"the cheapest is {names[cheapest]!r} for {task.cost[cheapest]:,.6g} USD",
        )


def shares_of(found: Found, chosen: Set) -> dict[int, float]:
    """Return how much of which measures a set takes, by number."""
    shares: dict[int, float] = {}
    for one in sorted(chosen):
        item = found.items[one]
        shares[item.number] = max(shares.get(item.number, 0.0), item.share)
    return shares


def _warnings(found: Found) -> Iterator[str]:
    """Yield what a reader should know before trusting the plan."""
    asked, choice = found.asked, found.choice
    values = {name: found.known.value(one) for name, one in found.sets.items()}
    best = min(values, key=lambda name: values[name])
    if found.linear is not None and values[best] < values["chosen"] * (1 - 1e-9):
        yield say(
            "the stress engine leaves less with another set ({name}) than with the one that the "
            "linear model chose",
            name=best,
        )
    if not asked.futures.fresh and asked.futures.wanted:
        yield say(
            "nothing is uncertain and the scenarios are few: the plan was not tried on others"
        )
    if choice.helped and not choice.exact:
        yield say(
            "measures saved more next to others than before in {count} cases: the bound is only "
            "what all of them together leave",
            count=choice.helped,
        )
