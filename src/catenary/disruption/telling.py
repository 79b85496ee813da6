"""The answer of a stress test in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from catenary.disruption.stress import Stress

__all__ = ["headline"]

_CAUSES = {"capacity": "capacity lost", "demand": "orders lost"}


def _day(value: object) -> str:
    return "–" if value is None or pd.isna(value) else f"{int(value)}"  # type: ignore[call-overload]


def _cause(producer: pd.Series) -> str:
    limit = str(producer["limited_by"])
    return _CAUSES.get(limit, f"lacking {limit}")


def _one(result: Stress, label: str) -> list[str]:
    """Tell one world of a result."""

    def of(frame: pd.DataFrame) -> pd.DataFrame:
        return frame[frame["world"] == label] if label else frame

    products, losses, shortages, demand, checks = map(
        of, (result.products, result.losses, result.shortages, result.demand, result.checks)
    )
    days = len(checks)
    hit = products[products["first_day"].notna()]
    lines = []
    if hit.empty:
        lines.append(f"Nothing breaks: in {days} days no product falls 0.1 % below normal.")
    else:
        worst = hit.iloc[0]
        makers = losses[(losses["product"] == worst["product"]) & losses["first_day"].notna()]
        until = (
            f"is back to normal on day {_day(worst['recovered_day'])}"
            if pd.notna(worst["recovered_day"])
            else f"is not back to normal within {days} days"
        )
        lines.append(
            f"{len(hit)} of {len(products)} products fall short. Hardest hit: {worst['product']}, "
            f"{worst['deepest']:.1%} below normal on day {_day(worst['deepest_day'])} "
            f"({_cause(makers.iloc[0])}); it falls short from day {_day(worst['first_day'])}, "
            f"{until}, and loses {worst['loss_days']:.1f} days of world output."
        )
        producers = losses[losses["first_day"].notna()]
        first = producers.iloc[0]
        lines.append(
            f"{len(producers):,} of {len(losses):,} producers fall short. Hardest hit: "
            f"{first['producer']}, {first['deepest']:.1%} below normal on day "
            f"{_day(first['deepest_day'])} "
            f"({_cause(first)})."
        )
    if len(shortages):
        early = shortages.iloc[0]
        lines.append(
            f"First shortage of an input: day {_day(early['first_day'])}, {early['producer']} "
            f"lacks {early['input']} for {early['days']} days; {len(shortages):,} such shortages "
            "in all."
        )
    unmet = demand["unmet"].sum()
    if unmet > 0:
        regions = demand.groupby("region", observed=True)[["unmet", "demand"]].sum()
        share = (regions["unmet"] / regions["demand"]).sort_values(ascending=False)
        lines.append(
            f"Final demand not met: {unmet / demand['demand'].sum():.2%} of {days} days, most in "
            f"{share.index[0]} ({share.iloc[0]:.2%})."
        )
    if not hit.empty:
        lines.append(
            f"Output lost: {losses['loss'].sum() / losses['baseline'].sum():.2f} normal days."
        )
    return lines


def headline(result: Stress) -> str:
    """Return what breaks, when, where and for how long."""
    if "world" not in result.products:
        return "\n".join(_one(result, ""))
    labels = result.products["world"].unique()
    return "\n".join(f"{label}: " + "\n  ".join(_one(result, str(label))) for label in labels)
