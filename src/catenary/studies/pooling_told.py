"""What keeping stock or capacity alone, in competition and together costs, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from catenary.languages import joined, say
from catenary.model.money import told_amount

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

__all__ = ["told"]

_NAMED: Final = 3
_NOTHING: Final = 1e-9


def told(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """Return the answer.

    Parameters
    ----------
    tables
        Of one world.
    """
    one, members = tables["pool"].iloc[0], tables["members"]
    unit = str(one["money"])
    about = {
        "count": int(one["members"]), "product": str(one["product"]),
        "alone": told_amount(one["alone"], unit), "joint": told_amount(one["joint"], unit),
        "competing": told_amount(one["competing"], unit),
        "worth": told_amount(one["worth"], unit), "share": one["worth_share"],
    }  # fmt: skip
    if one["over"] == "stocks":
        first = say(
            "Stock of {product} that {count:,} members keep, and what they lack, costs {alone} if "
            "each is alone, {competing} if they compete for what is left, {joint} together.",
            **about,
        )
    else:
        first = say(
            "Spare capacity for {product} that {count:,} members keep, and what they lack, costs "
            "{alone} if each is alone, {competing} if they compete for what is left, {joint} "
            "together.",
            **about,
        )
    if one["worth"] <= _NOTHING * max(float(one["alone"]), _NOTHING):
        return [first, say("Sharing is worth nothing here.")]
    each = [
        say(
            "{member} {saving}", member=str(row["member"]),
            saving=told_amount(row["saving"], unit),
        )
        for _, row in members.head(_NAMED).iterrows()
    ]  # fmt: skip
    lines: list[str] = [
        first,
        say("Sharing is worth {worth}, {share:.1%} of the cost alone.", **about),
        say(
            "Split by what each adds (Shapley value), most goes to {names}.",
            names=joined(each, say(", ")),
        ),
    ]
    lines.append(_stability(one, unit))
    return lines


def _stability(one: pd.Series, unit: str) -> str:
    if one["leave"] > 0:
        return say(
            "By that split {names} would pay {gain} less on their own; at the prices of the joint "
            "plan nobody would.",
            names=str(one["leavers"]), gain=told_amount(one["leave"], unit),
        )  # fmt: skip
    if one["orders"]:
        return say(
            "Of the {count:,} coalitions that were valued, none would pay less on its own.",
            count=int(one["coalitions"]),
        )
    return say("No member and no group would pay less on its own.")
