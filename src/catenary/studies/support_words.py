"""Support in words: whom, what it keeps, where training pays first, and who gets what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from catenary.languages import joined, say
from catenary.model.money import told_amount
from catenary.studies.plan_words import amount, how_sure, what_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from catenary.languages import Message
    from catenary.model import Result

__all__ = ["figures", "summary"]

_TOLD: Final = 8  # candidates in a sentence
_FIRST: Final = 3  # places where training pays first


def figures(result: Result) -> pd.DataFrame:
    """Return the few numbers that answer the question, one row each."""
    parts = []
    for label, tables in result.by_world():
        proof = tables["proof"].iloc[0]
        plans = tables["plans"].set_index("plan")
        unit = proof["output_unit"]
        rows = [
            ("spent", "USD", proof["spent"]),
            ("output lost without support", unit, plans.loc["nothing", "output"]),
            ("output kept", unit, plans.loc["chosen", "output_kept"]),
            ("output kept if spent evenly", unit, plans.loc["even", "output_kept"]),
            ("jobs lost without support", "job day", plans.loc["nothing", "jobs"]),
            ("jobs kept", "job day", plans.loc["chosen", "jobs_kept"]),
            ("gap to the bound", "share", proof["gap"]),
        ]
        frame = pd.DataFrame(rows, columns=["figure", "unit", "value"]).dropna()
        parts.append(frame.assign(world=label) if label else frame)
    return pd.concat(parts, ignore_index=True)


def summary(result: Result) -> str:
    """Return whom to support, what that keeps, and where training pays first."""
    lines = []
    for label, tables in result.by_world():
        text = joined(list(_sentences(tables)), "\n")
        lines.append(say("{label}: {text}", label=label, text=text) if label else text)
    return joined(lines, "\n")


def _named(row: pd.Series) -> Message:
    who = say("{who} ({group})", who=row["who"], group=row["group"]) if row["group"] else row["who"]
    if row["kind"] == "support":
        return say("support of {who}", who=who)
    return say("training in {who}", who=who)


def _sentences(tables: Mapping[str, pd.DataFrame]) -> Iterator[Message]:
    proof, plans = tables["proof"].iloc[0], tables["plans"]
    unit = str(proof["output_unit"])
    nothing, chosen, even = (
        plans[plans["plan"] == name].iloc[0] for name in ("nothing", "chosen", "even")
    )
    steps = [_named(row) for _, row in tables["steps"].iterrows()]
    if not steps:
        yield say(
            "Nothing within {budget} keeps anything: {lost} of output are lost on average.",
            budget=told_amount(proof["budget"], "USD"), lost=amount(nothing["output"], unit),
        )  # fmt: skip
    else:
        yield what_for(proof, steps)
        yield say(
            "That keeps {kept} of {lost} of output lost on average ({share:.1%}); the same money "
            "spent evenly keeps {even}.",
            kept=amount(chosen["output_kept"], unit), lost=amount(nothing["output"], unit),
            share=chosen["output_kept"] / nothing["output"] if nothing["output"] > 0 else 0.0,
            even=amount(even["output_kept"], unit),
        )  # fmt: skip
        if np.isfinite(chosen["jobs_kept"]):
            yield say(
                "Of {lost:,.0f} days of jobs lost it keeps {kept:,.0f}; spent evenly {even:,.0f}.",
                lost=nothing["jobs"], kept=chosen["jobs_kept"], even=even["jobs_kept"],
            )  # fmt: skip
        yield how_sure(proof)
    training = tables["training"]
    useful = training[training["output"] > 0].head(_FIRST)
    if len(useful):
        yield say(
            "Training pays first in {names}.",
            names=joined(
                [
                    say("{who} ({group})", who=row["who"], group=row["group"])
                    if row["group"]
                    else str(row["who"])
                    for _, row in useful.iterrows()
                ],
                say(", "),
            ),
        )
    groups = tables["groups"]
    for _, row in groups[(groups["group"] != "all") & (groups["floor"] > 0)].iterrows():
        yield say(
            "{group}: {spent} of at least {reserved}; it loses {after} of output instead of "
            "{before}.",
            group=row["group"], spent=told_amount(row["spent"], "USD"),
            reserved=told_amount(row["reserved"], "USD"), after=amount(row["output"], unit),
            before=amount(row["output_without"], unit),
        )  # fmt: skip
