"""Which changes of a scenario change nothing, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from catenary.errors import ScenarioError
from catenary.languages import say
from catenary.trade.barriers import completed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from catenary.languages import Message
    from catenary.model import Scenario, World
    from catenary.model.change import Change
    from catenary.model.timeline import Step
    from catenary.trade.flows import Flows
    from catenary.trade.solving import Case, Question

    Array = NDArray[np.float64]
    Flags = NDArray[np.bool_]

__all__ = ["idle_changes", "moves", "refuse_idle"]

_ORDER: Final = ("set", "multiply", "add")  # as a timeline applies them
_BARRIERS: Final = ("tariff", "rent", "iceberg", "duration")
_MOST_TOLD: Final = 3


def moves(case: Case, flows: Flows) -> bool:
    """Return whether a case changes what anybody pays or makes.

    Examples
    --------
    >>> from catenary import Scenario
    >>> from catenary.testing import two_regions
    >>> from catenary.trade.flows import Flows
    >>> from catenary.trade.solving import Case, Question
    >>> question = Question(scenario=Scenario("nothing"), deficits="fixed", uses=1, elasticity=4.0,
    ...                     day_value=None, capital_share=None, day=0)
    >>> flows = Flows.of(two_regions())
    >>> moves(Case.of(two_regions(), question, flows), flows)
    False
    """
    paid = (case.then.levied != case.now.levied) | (case.iceberg != 1)
    made = (case.productivity != 1) | (case.capital != 1)
    return bool((paid & (flows.sales > 0)).any() or made.any())


def refuse_idle(world: World, question: Question, case: Case, flows: Flows) -> list[str]:
    """Refuse a scenario that changes nothing; return warnings of changes that do not.

    Raises
    ------
    ScenarioError
        If the scenario has changes, and no flow or producer feels any of them.
    """
    scenario = question.scenario
    if not scenario.changes:
        return []
    idle = idle_changes(world, scenario, flows, question.day)
    if moves(case, flows) or _worth_nothing(question, idle):
        return _warnings(scenario, idle)
    reasons = [str(reason) for reason in list(idle.values())[:_MOST_TOLD]]
    if len(idle) > _MOST_TOLD:
        reasons.append(f"and {len(idle) - _MOST_TOLD:,} more")
    told = f": {'; '.join(dict.fromkeys(reasons))}" if reasons else ""
    raise ScenarioError(
        f"scenario {scenario.name!r} changes no barrier of any flow of this world{told}",
        hint=_hint(world, scenario, question.day),
    )


def _worth_nothing(question: Question, idle: dict[int, Message]) -> bool:
    """Return whether something changes of which the options say that it is worth nothing."""
    free = {
        target
        for target, worth in (
            ("producers.capital", question.capital_share),
            ("links.duration", question.day_value),
        )
        if worth == 0
    }
    changes = enumerate(question.scenario.changes)
    return any(change.target in free for place, change in changes if place not in idle)


def _warnings(scenario: Scenario, idle: dict[int, Message]) -> list[str]:
    told: list[str] = [
        say(
            "change {number} of scenario {name} changes nothing: {reason}", number=place + 1,
            name=scenario.name, reason=reason,
        )
        for place, reason in list(idle.items())[:_MOST_TOLD]
    ]  # fmt: skip
    if len(idle) > _MOST_TOLD:
        told.append(
            say(
                "{count:,} of {all:,} changes of scenario {name} change nothing, in all",
                count=len(idle), all=len(scenario.changes), name=scenario.name,
            )
        )  # fmt: skip
    return told


def idle_changes(world: World, scenario: Scenario, flows: Flows, day: float) -> dict[int, Message]:
    """Return the places of changes that change nothing on a day → why.

    Changes are looked at one after the other, as a timeline applies them: one that repeats what
    another has done already changes nothing.

    Parameters
    ----------
    world
        Its links are completed first.
    scenario
        Any that `counterfactual` reads.
    flows
        What is traded: a change of links that carry nothing changes nothing.
    day
        Day that is looked at.

    Examples
    --------
    >>> from catenary import Change, Scenario
    >>> from catenary.testing import two_regions
    >>> from catenary.trade.flows import Flows
    >>> free = Scenario("free", (Change(target="links.tariff", multiply=0),))
    >>> idle_changes(two_regions(), free, Flows.of(two_regions()), 0)[0]
    'links.tariff multiply 0: tariff is 0 there, as far as this world says'
    """
    whole = completed(world.without(*world.matrices), scenario)
    timeline = scenario.compile(whole)
    place = {id(step): number for number, step in enumerate(timeline.steps)}
    found: dict[int, Message] = {}
    for target in sorted(timeline.targets):
        table, _, column = target.partition(".")
        numbers = whole.part(table).numbers(column).copy()
        felt = _carrying(whole, flows) if table == "links" else np.ones(len(numbers), np.bool_)
        for step in _in_order(timeline.on(target)):
            reason = _applied(step, numbers, felt, day)
            if reason is not None:
                change = step.change
                found[place[id(step)]] = say(
                    "{target} {operation} {value:g}: {reason}", target=target,
                    operation=change.operation, value=change.value, reason=reason,
                )  # fmt: skip
    return dict(sorted(found.items()))


def _in_order(steps: Iterator[Step]) -> list[Step]:
    every = list(steps)
    return [step for one in _ORDER for step in every if step.change.operation == one]


def _applied(step: Step, numbers: Array, felt: Flags, day: float) -> Message | None:
    """Apply a step to numbers; return why it changes nothing, or None where it does."""
    change, column = step.change, step.change.target.partition(".")[2]
    share = float(change.strength(np.array([day], dtype=float))[0])
    if share == 0:
        return say("it is not in force on day {day:g}", day=day)
    old, felt = numbers[step.rows], felt[step.rows]
    if change.target.startswith("producers."):
        old = np.where(np.isnan(old), 1.0, old)  # blank = as usual
    new = _value(change, old, share)
    numbers[step.rows] = new
    if ((new != old) & felt).any():
        return None
    if not felt.any():
        return say("nothing that it names crosses a border")
    if change.operation == "multiply" and not np.nan_to_num(old).any():
        return say("{column} is 0 there, as far as this world says", column=column)
    return say("{column} has that value already", column=column)


def _value(change: Change, values: Array, share: float) -> Array:
    if change.operation == "set":
        return np.where(np.isnan(values), change.value, values + share * (change.value - values))
    if change.operation == "multiply":
        return values * (1 + share * (change.value - 1))
    return values + share * change.value


def _carrying(world: World, flows: Flows) -> Flags:
    """Return which links goods go over, by product if they name one."""
    links = world.part("links")
    place = np.append(flows.regions.get_indexer(world.ids("regions")), -1)
    seller, buyer = place[links.codes("origin")], place[links.codes("destination")]
    product = links.codes("product").astype(np.int64)
    sold = flows.sales.sum(axis=0) > 0
    by_product = sold[product, buyer, seller]  # −1 reads the last, and is not used
    kept: Flags = np.where(product < 0, sold.any(axis=0)[buyer, seller], by_product)
    kept &= (seller >= 0) & (buyer >= 0)
    return kept


def _hint(world: World, scenario: Scenario, day: float) -> str:
    """Return what is known of barriers here, and what to do."""
    later = [change.start for change in scenario.changes if change.start > day]
    if len(later) == len(scenario.changes):
        return f"look at a day on which it holds: day = {min(later):g} or later"
    if all(change.target == "elasticities.trade" for change in scenario.changes):
        return "elasticities hold before and after; change a barrier as well"
    if "links" not in world:
        known = "this world has no table links, so that every barrier counts as 0"
    else:
        part = world.part("links")
        counts = [(name, int((part.numbers(name) > 0).sum())) for name in _BARRIERS]
        some = [f"{name} above 0 on {count:,}" for name, count in counts if count]
        known = f"of {len(world.ids('links')):,} links of this world, " + (
            ", ".join(some) if some else "none has a tariff, rent, iceberg cost or duration"
        )
    return (
        f"{known}; add links (origin, destination, product) with what holds today, use set or add "
        "instead of multiply, and name links and products that carry trade"
    )
