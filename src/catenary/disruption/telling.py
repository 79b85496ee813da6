"""The answer of a stress test in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["headline"]

_CAUSES = {"capacity": "capacity lost", "demand": "orders lost"}


def _day(value: object) -> str:
    return "–" if value is None or pd.isna(value) else f"{int(value)}"  # type: ignore[call-overload]


def _cause(producer: pd.Series) -> str:
    limit = str(producer["limited_by"])
    return _CAUSES.get(limit, f"lacking {limit}")


def _hardest_hit(products: pd.DataFrame, losses: pd.DataFrame, days: int) -> list[str]:
    hit = products[products["first_day"].notna()]
    if hit.empty:
        return [f"Nothing breaks: in {days} days no product falls 0.1% below normal."]
    worst = hit.iloc[0]
    producers = losses[losses["first_day"].notna()]
    maker = producers[producers["product"] == worst["product"]].iloc[0]
    first = producers.iloc[0]
    back = (
        f"back to normal on day {_day(worst['recovered_day'])}"
        if pd.notna(worst["recovered_day"])
        else f"not back to normal within {days} days"
    )
    return [
        (
            f"{len(hit)} of {len(products)} products fall below normal. Hardest hit: "
            f"{worst['product']}, {worst['deepest']:.1%} below on day {_day(worst['deepest_day'])} "
            f"({_cause(maker)}), from day {_day(worst['first_day'])}, {back}; "
            f"{worst['loss_days']:.1f} days of world output lost."
        ),
        (
            f"{len(producers):,} of {len(losses):,} producers fall below normal. Hardest hit: "
            f"{first['producer']}, {first['deepest']:.1%} below on day "
            f"{_day(first['deepest_day'])} ({_cause(first)})."
        ),
    ]


def _short(shortages: pd.DataFrame) -> list[str]:
    if shortages.empty:
        return []
    early = shortages.iloc[0]
    return [
        (
            f"First shortage of an input: day {_day(early['first_day'])}, {early['producer']} "
            f"lacks {early['input']} for {early['days']} days; {len(shortages):,} such shortages "
            "in all."
        )
    ]


def _unmet(demand: pd.DataFrame) -> list[str]:
    unmet = demand["unmet"].sum()
    if not unmet > 0:
        return []
    regions = demand.groupby("region", observed=True)[["unmet", "demand"]].sum()
    share = (regions["unmet"] / regions["demand"]).sort_values(ascending=False)
    return [
        (
            f"{unmet / demand['demand'].sum():.2%} of final demand is not met, most in "
            f"{share.index[0]} ({share.iloc[0]:.2%})."
        )
    ]


def headline(tables: Mapping[str, pd.DataFrame]) -> str:
    """Return what breaks, when, where and for how long, for every world of a result.

    Parameters
    ----------
    tables
        The tables of a stress result, with a column `world` if it is of several worlds.
    """
    labels = tables["products"]["world"].unique() if "world" in tables["products"] else [""]
    told = []
    for label in labels:
        products, losses, shortages, demand, checks = (
            frame[frame["world"] == label] if label else frame
            for frame in (
                tables[name] for name in ("products", "losses", "shortages", "demand", "checks")
            )
        )
        lines = [
            *_hardest_hit(products, losses, len(checks)),
            *_short(shortages),
            *_unmet(demand),
        ]
        told.append((f"{label}: " if label else "") + "\n  ".join(lines))
    return "\n".join(told)
