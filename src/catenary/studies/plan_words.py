"""The answer of a plan in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from catenary.languages import joined, say
from catenary.model.money import told_amount

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from catenary.languages import Message
    from catenary.model import Result

__all__ = ["amount", "figures", "how_sure", "summary", "what_for"]

_TOLD: Final = 12  # measures in a sentence


def amount(value: float, unit: str) -> Message:
    """Return a loss in words: dollars, or days of what counts.

    Examples
    --------
    >>> amount(2.5e9, "USD"), amount(1.25, "day")
    ('2.50 billion USD', '1.25 days')
    """
    return told_amount(value, "USD") if unit == "USD" else say("{days:.3g} days", days=value)


def figures(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the few numbers that answer the question, one row each."""
    rows = []
    for _, proof in tables["proof"].iterrows():
        plans = _mine(tables["plans"], proof)
        chosen, nothing = _row(plans, "chosen"), _row(plans, "nothing")
        rows += [
            ("spent", "USD", proof["spent"], proof),
            ("loss without measures", proof["unit"], nothing["loss"], proof),
            ("loss with the plan", proof["unit"], chosen["loss"], proof),
            ("loss if spent evenly", proof["unit"], _row(plans, "even")["loss"], proof),
            ("gap to the bound", "share", proof["gap"], proof),
        ]
    frame = pd.DataFrame([row[:3] for row in rows], columns=["figure", "unit", "value"])
    if rows and "world" in rows[0][3]:
        frame.insert(0, "world", [row[3]["world"] for row in rows])
    return frame


def _mine(frame: pd.DataFrame, proof: pd.Series) -> pd.DataFrame:
    return frame[frame["world"] == proof["world"]] if "world" in frame else frame


def _row(plans: pd.DataFrame, name: str) -> pd.Series:
    return plans[plans["plan"] == name].iloc[0]


def summary(result: Result) -> str:
    """Return what to do, what it costs and saves, and how sure that is."""
    lines = []
    for label, tables in result.by_world():
        text = joined(list(_sentences(tables)), "\n")
        lines.append(say("{label}: {text}", label=label, text=text) if label else text)
    return joined(lines, "\n")


def how_sure(proof: Mapping[str, Any] | pd.Series) -> Message:
    """Return how much better any other set could be, from the row of the table `proof`."""
    if pd.notna(proof.get("linear")):
        return say(
            "Chosen by the linear model, solved to the end; what it leaves is told by the stress "
            "engine, in which another set may be better."
        )
    if proof["exact"]:
        return say("Every set of measures that the budget allows was tried: none is better.")
    if proof["helped"]:
        return say(
            "Measures help each other here, so that only this is sure: all of them together, "
            "whatever they cost, would save {gap:.1%} of the loss more.",
            gap=proof["gap"],
        )
    return say(
        "No other set for that budget can save more than {gap:.1%} of the loss beyond it, as "
        "long as measures save together no more than each apart.",
        gap=proof["gap"],
    )


def what_for(proof: pd.Series, names: Sequence[str]) -> Message:
    """Return what is spent on which measures."""
    more = say(" and {count} more", count=len(names) - _TOLD) if len(names) > _TOLD else ""
    return say(
        "For {spent} of {budget}: {names}{more}.",
        spent=told_amount(proof["spent"], "USD"), budget=told_amount(proof["budget"], "USD"),
        names=joined(list(names[:_TOLD]), say(", ")), more=more,
    )  # fmt: skip


def _sentences(tables: Mapping[str, pd.DataFrame]) -> Iterator[Message]:
    proof, plans = tables["proof"].iloc[0], tables["plans"]
    unit = str(proof["unit"])
    chosen, nothing, even = (_row(plans, name) for name in ("chosen", "nothing", "even"))
    names = [str(name) for name in tables["steps"]["measure"]]
    if not names:
        yield say(
            "No measure within {budget} saves anything: {loss} are lost on average.",
            budget=told_amount(proof["budget"], "USD"), loss=amount(nothing["loss"], unit),
        )  # fmt: skip
        return
    yield what_for(proof, names)
    yield say(
        "That leaves {chosen} of a mean loss of {nothing} ({share:.0%} less); the same budget "
        "spent evenly leaves {even}. In the worst cases {worst} of {before} are left.",
        chosen=amount(chosen["loss"], unit), nothing=amount(nothing["loss"], unit),
        share=chosen["saved"] / nothing["loss"] if nothing["loss"] > 0 else 0.0,
        even=amount(even["loss"], unit), worst=amount(chosen["worst"], unit),
        before=amount(nothing["worst"], unit),
    )  # fmt: skip
    if unit == "USD" and chosen["saved"] < proof["spent"]:
        yield say(
            "On average that saves less than it costs: {saved} for {spent}. Losses are those of "
            "one case, costs as the measures say.",
            saved=amount(chosen["saved"], unit), spent=told_amount(proof["spent"], "USD"),
        )  # fmt: skip
    yield how_sure(proof)
    fresh = tables["fresh"]
    if len(fresh):
        yield say(
            "In {cases:,} cases that it was not chosen for {left} are lost on average ({nothing} "
            "without, {even} spent evenly); it is no worse than both in {better} of {sets} sets.",
            cases=int(proof["fresh"]), left=amount(chosen["fresh_loss"], unit),
            nothing=amount(nothing["fresh_loss"], unit), even=amount(even["fresh_loss"], unit),
            better=int(fresh["better"].sum()), sets=len(fresh),
        )  # fmt: skip
