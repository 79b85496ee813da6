"""The tables of support: whom, in what order, and what each group gets and loses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from catenary.studies.plan_search import shares_of
from catenary.studies.plan_tables import tables_of as plan_tables
from catenary.studies.support_candidates import KINDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from catenary.studies.floors import Floors
    from catenary.studies.keeping import Kept
    from catenary.studies.ledger import Ledger
    from catenary.studies.plan_search import Found
    from catenary.studies.support_candidates import Candidate, Pricing

    Array = NDArray[np.float64]
    Set = frozenset[int]

__all__ = ["Settled", "tables_of", "tallies_of"]

_LOSSES = ("output", "jobs")


@dataclass(frozen=True, kw_only=True, eq=False)
class Settled:
    """What was found, and what it was found with."""

    found: Found
    ledger: Ledger
    kept: Kept
    floors: Floors
    candidates: Sequence[Candidate]
    pricing: Pricing

    def lost(self, chosen: Set) -> Array:
        """Return mean output and jobs lost by group, (G + 2, 2): floors, others, all."""
        chance = self.found.task.chance
        told = self.ledger.told(chosen)[: len(chance)]  # without the mean of all cases
        return np.asarray((chance @ told).reshape(-1, len(_LOSSES)))

    def whole(self, number: int) -> Set:
        """Return a candidate in full, as a set."""
        count = len(self.found.task.cost)
        last = max(m for m, one in enumerate(self.found.items[:count]) if one.number == number)
        return frozenset([last])


def tallies_of(kept: Kept, floors: Floors) -> Array:
    """Return what a unit of each producer's output counts in each group, (N, 2 (G + 2)).

    Groups are those with floors, the others, and all; output and jobs of each.
    """
    jobs = np.zeros(len(kept.mine)) if kept.jobs is None else kept.jobs
    inside = [*floors.inside, ~floors.inside.any(axis=0), np.ones(len(kept.mine), bool)]
    counted = (kept.output.output, jobs)
    return np.array(
        [np.where(one & kept.mine, count, 0.0) for one in inside for count in counted]
    ).T


def tables_of(settled: Settled) -> dict[str, pd.DataFrame]:
    """Return every table of the result."""
    ready = plan_tables(settled.found)
    alone = [
        settled.lost(frozenset())[-1] - settled.lost(settled.whole(number))[-1]
        for number in range(len(settled.candidates))
    ]
    candidates = _candidates(settled, ready["measures"], np.array(alone))
    proof = ready["proof"]
    proof.insert(0, "keep", _texts([settled.kept.keep]))
    proof.insert(1, "output_unit", _texts([settled.kept.output.unit]))
    return {
        "candidates": candidates,
        "steps": _steps(settled, ready["steps"]),
        "training": _training(candidates),
        "groups": _groups(settled),
        "plans": _plans(settled, ready["plans"]),
        "scenarios": ready["scenarios"],
        "changes": ready["changes"],
        "numbers": _numbers(settled.pricing),
        "proof": proof,
    }


def _texts(values: Sequence[Any]) -> pd.Series:
    return pd.Series([str(value) for value in values], dtype="str")


def _jobs(settled: Settled, values: Array) -> Array:
    """Return jobs, blank where nobody knows any."""
    return values if settled.kept.jobs is not None else np.full(values.shape, np.nan)


def _candidates(settled: Settled, measures: pd.DataFrame, alone: Array) -> pd.DataFrame:
    mine = measures.set_index("measure")
    every = settled.candidates
    plan = mine.loc[[one.measure.name for one in every]].reset_index(drop=True)
    cost = np.array([one.cost for one in every])
    value = [settled.found.known.value(frozenset()) - settled.found.known.value(
        settled.whole(number)) for number in range(len(every))]  # fmt: skip
    frame = pd.DataFrame(
        {
            "measure": _texts([one.measure.name for one in every]),
            "who": _texts([one.who for one in every]),
            "kind": _texts([one.kind for one in every]),
            "group": _texts([one.group for one in every]),
            "producers": [len(one.rows) for one in every],
            "base": [one.base for one in every],
            "cost": cost,
            "co2e": [one.measure.co2e for one in every],
            "output": alone[:, 0],
            "jobs": _jobs(settled, alone[:, 1]),
            "alone": value,
            "per_usd": np.divide(value, cost, out=np.full(len(cost), np.nan), where=cost > 0),
            "chosen": plan["chosen"],
            "share": plan["share"],
            "step": plan["step"],
            "adds": plan["adds"],
            "adds_sure": plan["adds_sure"],
            "source": _texts([";".join(one.sources) for one in every]),
        }
    )
    order = np.lexsort((-frame["alone"], frame["step"].fillna(np.inf)))
    return frame.iloc[order].reset_index(drop=True)


def _steps(settled: Settled, steps: pd.DataFrame) -> pd.DataFrame:
    """Return what is left lost as one candidate after another is supported."""
    by_name = {one.measure.name: one for one in settled.candidates}
    every = [by_name[name] for name in steps["measure"]]
    left = np.array([settled.lost(now)[-1] for now in settled.found.steps]).reshape(-1, 2)
    return pd.DataFrame(
        {
            "step": steps["step"],
            "measure": steps["measure"],
            "who": _texts([one.who for one in every]),
            "kind": _texts([one.kind for one in every]),
            "group": _texts([one.group for one in every]),
            "share": steps["share"],
            "cost": steps["cost"],
            "spent": steps["spent"],
            "saves": steps["saves"],
            "loss": steps["loss"],
            "output": left[:, 0],
            "jobs": _jobs(settled, left[:, 1]),
        }
    )


def _training(candidates: pd.DataFrame) -> pd.DataFrame:
    """Return where training pays first: most for its cost."""
    mine = candidates[candidates["kind"] == "training"]
    order = np.lexsort((mine["measure"], -mine["per_usd"].fillna(np.inf)))
    mine = mine.iloc[order].reset_index(drop=True)
    return pd.DataFrame(
        {
            "rank": np.arange(1, len(mine) + 1),
            "who": mine["who"],
            "group": mine["group"],
            "people": mine["base"],
            "cost": mine["cost"],
            "output": mine["output"],
            "jobs": mine["jobs"],
            "per_usd": mine["per_usd"],
            "chosen": mine["chosen"],
        }
    )


def _groups(settled: Settled) -> pd.DataFrame:
    """Return what each group gets and loses; others only where there are floors."""
    floors, budget = settled.floors, settled.found.task.budget
    before, after = settled.lost(frozenset()), settled.lost(settled.found.choice.chosen)
    shares = shares_of(settled.found, settled.found.choice.chosen)
    spent = [
        sum(part * settled.candidates[number].cost for number, part in shares.items()
            if name in settled.candidates[number].groups)
        for name in floors.names
    ]  # fmt: skip
    rest = sum(part * settled.candidates[number].cost for number, part in shares.items()
               if not settled.candidates[number].groups)  # fmt: skip
    total = sum(part * settled.candidates[number].cost for number, part in shares.items())
    floor = np.array([*floors.shares, 0.0, 1.0])
    frame = pd.DataFrame(
        {
            "group": _texts([*floors.names, "others", "all"]),
            "floor": floor,
            "reserved": floor * budget,
            "spent": np.array([*spent, rest, total], np.float64),
            "output_without": before[:, 0],
            "output": after[:, 0],
            "jobs_without": _jobs(settled, before[:, 1]),
            "jobs": _jobs(settled, after[:, 1]),
        }
    )
    return frame if floors.names else frame[frame["group"] == "all"].reset_index(drop=True)


def _plans(settled: Settled, plans: pd.DataFrame) -> pd.DataFrame:
    """Return the plan beside nothing and spending evenly, with output and jobs."""
    lost = np.array([settled.lost(settled.found.sets[str(name)])[-1] for name in plans["plan"]])
    jobs = _jobs(settled, lost[:, 1])
    extra = {
        "output": lost[:, 0],
        "output_kept": lost[0, 0] - lost[:, 0],
        "jobs": jobs,
        "jobs_kept": jobs[0] - jobs,
    }
    for place, (name, values) in enumerate(extra.items()):
        plans.insert(4 + place, name, values)
    return plans


def _numbers(pricing: Pricing) -> pd.DataFrame:
    """Return the numbers of the catalogue that costs rest on, with their sources."""
    frame = pricing.known.figures()
    if pricing.rate != pricing.known.rate.value:  # an option has no source
        row = frame["figure"] == "rate"
        frame.loc[row, ["value", "low", "high"]] = pricing.rate
        frame.loc[row, ["source", "basis"]] = ""
    kept = frame[frame["template"].isin(KINDS) | (frame["figure"] == "rate")]
    texts = ["template", "kind", "figure", "source", "basis"]
    return kept.reset_index(drop=True).astype(dict.fromkeys(texts, "str"))
