"""The tables of a plan."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from catenary.maths.selection import tail_mean
from catenary.studies.plan_search import shares_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from catenary.model import Change
    from catenary.studies.plan_search import Found

    Array = NDArray[np.float64]
    Set = frozenset[int]

__all__ = ["tables_of"]

_PLANS: Final = ("nothing", "even", "mean", "chosen")


def tables_of(found: Found) -> dict[str, pd.DataFrame]:
    """Return every table of the result."""
    return {
        "plans": _plans(found),
        "measures": _measures(found),
        "steps": _steps(found),
        "front": _front(found),
        "scenarios": _scenarios(found),
        "fresh": _fresh(found),
        "changes": _changes(found),
        "proof": _proof(found),
    }


def _texts(values: Sequence[Any]) -> pd.Series:
    return pd.Series([str(value) for value in values], dtype="str")


def _spent(found: Found, chosen: Set) -> tuple[float, float, int]:
    """Return what a set costs, emits, and of how many measures it is."""
    shares, every = shares_of(found, chosen), found.asked.measures
    cost = sum(share * every[number].usd for number, share in shares.items())
    emitted = sum(share * every[number].co2e for number, share in shares.items())
    return cost, emitted, len(shares)


def _valued(found: Found, losses: Array, chance: Array, emitted: float) -> tuple[float, ...]:
    """Return mean, mean of the worst, and what is made small."""
    task = found.task
    mean, worst = float(chance @ losses), tail_mean(losses, chance, task.tail)
    return mean, worst, mean + task.aversion * worst + task.carbon_price * emitted


def _plans(found: Found) -> pd.DataFrame:
    futures = found.asked.futures
    rows = []
    for name in found.sets:
        cost, emitted, count = _spent(found, found.sets[name])
        mean, worst, value = _valued(found, found.losses[name], futures.chance, emitted)
        row = {
            "plan": name, "measures": count, "cost": cost, "co2e": emitted, "loss": mean,
            "worst": worst, "value": value,
        }  # fmt: skip
        if len(futures.fresh):
            later = _valued(found, found.fresh[name], futures.fresh_chance, emitted)
        else:
            later = (np.nan,) * 3
        rows.append(row | dict(zip(("fresh_loss", "fresh_worst", "fresh_value"), later,
                                   strict=True)))  # fmt: skip
    frame = pd.DataFrame(rows)
    frame["plan"] = _texts(frame["plan"].tolist())
    nothing = frame["loss"].iloc[0]
    frame.insert(5, "saved", nothing - frame["loss"])
    return frame


def _measures(found: Found) -> pd.DataFrame:
    """Return every measure; what it saves is that of its first or next part."""
    choice, every = found.choice, found.asked.measures
    shares = shares_of(found, choice.chosen)
    steps = {number: place + 1 for place, number in enumerate(_numbers(found))}
    first, following = dict[int, int](), dict[int, int]()
    for place, item in enumerate(found.items[: len(found.task.cost)]):
        first.setdefault(item.number, place)
        if place in choice.chosen or item.number not in following:
            following[item.number] = place  # the last part taken, else the first
    count = len(every)
    head = np.array([first[number] for number in range(count)])
    nearest = np.array([following[number] for number in range(count)])
    cost = np.array([one.usd for one in every])
    part = found.task.cost[head]
    with np.errstate(divide="ignore", invalid="ignore"):
        each = np.where(part > 0, np.maximum(choice.alone[head], 0.0) / part, np.nan)
    frame = pd.DataFrame(
        {
            "measure": _texts([one.name for one in every]),
            "target": _texts([", ".join(sorted(one.targets)) for one in every]),
            "cost": cost,
            "co2e": [one.co2e for one in every],
            "chosen": [number in shares for number in range(count)],
            "share": [shares.get(number, 0.0) for number in range(count)],
            "step": [float(steps.get(number, np.nan)) for number in range(count)],
            "alone": choice.alone[head],
            "alone_sure": choice.sure_alone[head],
            "adds": choice.adds[nearest],
            "adds_sure": choice.sure_adds[nearest],
            "per_usd": each,
        }
    )
    order = np.lexsort((-choice.alone[head], frame["step"].fillna(np.inf)))
    return frame.iloc[order].reset_index(drop=True)


def _numbers(found: Found) -> list[int]:
    """Return the measures of the plan in the order of its steps."""
    before, order = frozenset[int](), list[int]()
    for now in found.steps:
        order.append(found.items[min(now - before)].number)
        before = now
    return order


def _steps(found: Found) -> pd.DataFrame:
    """Return what is left of the loss as one measure after another is taken."""
    rows, before, spent = [], found.known.value(frozenset()), 0.0
    shares, every = shares_of(found, found.choice.chosen), found.asked.measures
    for place, (number, now) in enumerate(zip(_numbers(found), found.steps, strict=True)):
        value, losses = found.known.value(now), found.known.losses(now)
        share, measure = shares[number], every[number]
        spent += share * measure.usd
        rows.append(
            {
                "step": place + 1, "measure": measure.name, "share": share,
                "cost": share * measure.usd, "spent": spent, "co2e": share * measure.co2e,
                "saves": before - value, "loss": float(found.task.chance @ losses),
                "value": value,
            }
        )  # fmt: skip
        before = value
    columns = ["step", "measure", "share", "cost", "spent", "co2e", "saves", "loss", "value"]
    frame = pd.DataFrame(rows, columns=columns)
    frame["measure"] = _texts(frame["measure"].tolist())
    return frame.astype({"step": int, **dict.fromkeys(columns[2:], float)})


def _front(found: Found) -> pd.DataFrame:
    """Return the judged sets that no other beats in cost, value and carbon at once."""
    known, task = found.known, found.task
    rows = []
    for chosen, losses in known.found.items():
        if np.isnan(losses).any() or not task.can_pay(chosen) or not task.required <= chosen:
            continue
        if any(task.clashes(a, b) for a in chosen for b in chosen if a < b):
            continue
        emitted = float(task.emissions[sorted(chosen)].sum())
        mean, worst, value = _valued(found, losses, task.chance, emitted)
        rows.append((task.price(chosen), emitted, value, mean, worst, chosen))
    rows.sort(key=lambda row: (row[0], row[1], row[2], sorted(row[5])))
    kept: list[Any] = []
    for row in rows:  # whoever comes before costs no more
        if not any(one[1] <= row[1] and one[2] <= row[2] for one in kept):
            kept.append(row)
    return pd.DataFrame(
        {
            "cost": [row[0] for row in kept],
            "co2e": [row[1] for row in kept],
            "loss": [row[3] for row in kept],
            "worst": [row[4] for row in kept],
            "value": [row[2] for row in kept],
            "count": [len(shares_of(found, row[5])) for row in kept],
            "chosen": [row[5] == found.choice.chosen for row in kept],
            "measures": _texts([_named(found, row[5]) for row in kept]),
        }
    )


def _named(found: Found, chosen: Set) -> str:
    every = found.asked.measures
    return "; ".join(
        every[number].name if share == 1 else f"{every[number].name} ({share:.0%})"
        for number, share in sorted(shares_of(found, chosen).items())
    )


def _least(found: Found, carbon_price: float = 0.0) -> Array:
    """Return the least loss, with its carbon, that any judged set leaves in each case."""
    task = found.task
    sets = [
        np.where(np.isnan(losses), np.inf, losses) + carbon_price
        * float(task.emissions[sorted(chosen)].sum())
        for chosen, losses in found.known.found.items()
        if task.can_pay(chosen)
    ]  # fmt: skip
    return np.asarray(np.min(sets, axis=0))


def _scenarios(found: Found) -> pd.DataFrame:
    cases = found.asked.futures.cases
    frame = pd.DataFrame(
        {
            "case": np.arange(len(cases)),
            "scenario": _texts([case.scenario.name for case in cases]),
            "chance": found.task.chance,
            **{name: found.losses.get(name, np.nan) for name in _PLANS},
            "least": _least(found),
        }
    )
    return frame.sort_values("nothing", ascending=False, kind="stable", ignore_index=True)


def _fresh(found: Found) -> pd.DataFrame:
    """Return what the plans are worth in each set of fresh cases."""
    futures, rows = found.asked.futures, []
    for part in range(int(futures.parts.max(initial=-1)) + 1):
        mine = futures.parts == part
        chance = futures.fresh_chance[mine] / futures.fresh_chance[mine].sum()
        values = {
            name: _valued(found, losses[mine], chance, _spent(found, found.sets[name])[1])[2]
            for name, losses in found.fresh.items()
        }
        better = values["chosen"] <= min(values["nothing"], values["even"])
        values.setdefault("mean", np.nan)
        rows.append({"set": part + 1, "cases": int(mine.sum()), **values, "better": better})
    columns = ["set", "cases", *_PLANS, "better"]
    kinds = {"set": int, "cases": int, **dict.fromkeys(_PLANS, float), "better": bool}
    return pd.DataFrame(rows, columns=columns).astype(kinds)


def _changes(found: Found) -> pd.DataFrame:
    """Return every change of the plan."""
    top = {found.items[m].number: found.items[m] for m in sorted(found.choice.chosen)}
    rows = [
        (found.asked.measures[number].name, change)
        for number in _numbers(found)
        for change in top[number].measure.changes
    ]
    return pd.DataFrame(
        {
            "measure": _texts([name for name, _ in rows]),
            "target": _texts([change.target for _, change in rows]),
            "where": _texts([_where(change.where) for _, change in rows]),
            "operation": _texts([change.operation for _, change in rows]),
            "number": np.array([change.value for _, change in rows], dtype=float),
            "cost": np.array([float(c.cost.get("usd", 0.0)) for _, c in rows], dtype=float),
            "co2e": np.array([float(c.cost.get("co2e_t", 0.0)) for _, c in rows], dtype=float),
            "source": _texts([change.source for _, change in rows]),
            "note": _texts([change.note for _, change in rows]),
            "change": _texts([json.dumps(_plain(name, change)) for name, change in rows]),
        }
    )


def _plain(name: str, change: Change) -> dict[str, Any]:
    return {**change.to_dict(), "measure": name}


def _where(where: Mapping[str, Any]) -> str:
    def told(value: Any) -> str:
        if isinstance(value, str):
            return value
        if hasattr(value, "items"):
            return ", ".join(f"{key} {told(one)}" for key, one in value.items())
        return ", ".join(map(str, value)) if isinstance(value, tuple) else f"{value:g}"

    return "; ".join(f"{key} {told(value)}" for key, value in where.items())


def _knowing(found: Found) -> float:
    """Return what knowing the future would save, at least (EVPI)."""
    if found.linear is not None:
        return found.linear.evpi
    least = _least(found, found.task.carbon_price)
    best = _valued(found, least, found.task.chance, 0.0)[2]
    return max(0.0, found.choice.value - best)


def _planning(found: Found) -> float:
    """Return what the plan saves over one for the mean of all cases (VSS); nan: no such mean."""
    if found.linear is not None:
        return found.linear.vss
    if "mean" not in found.sets:
        return np.nan
    return found.known.value(found.sets["mean"]) - found.choice.value


def _proof(found: Found) -> pd.DataFrame:
    task, choice = found.task, found.choice
    nothing = found.known.value(frozenset())
    gap = (choice.value - choice.bound) / nothing if nothing > 0 else 0.0
    return pd.DataFrame(
        {
            "unit": _texts([found.asked.weights.unit]),
            "normal": [found.asked.weights.normal],
            "budget": [task.budget],
            "spent": [task.price(choice.chosen)],
            "value": [choice.value],
            "bound": [choice.bound],
            "gap": [gap],
            "exact": [choice.exact],
            "helped": [choice.helped],
            "knowing": [_knowing(found)],
            "planning": [_planning(found)],
            "linear": [np.nan if found.linear is None else found.linear.objective],
            "linear_bound": [np.nan if found.linear is None else found.linear.bound],
            "cases": [len(found.asked.futures.cases)],
            "fresh": [len(found.asked.futures.fresh)],
            "judged": [found.known.asked],
            "runs": [found.runs],
        }
    )
