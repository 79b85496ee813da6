"""The answer of a stress test in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["COLLAPSED", "figures_of", "headline"]

COLLAPSED: Final = 0.5
"""Share of normal world output below which a chain has collapsed."""

_NOTICED: Final = 1e-6
_CAUSES = {"capacity": "capacity lost", "demand": "orders lost"}


def _day(value: object) -> str:
    return "–" if value is None or pd.isna(value) else f"{int(value)}"  # type: ignore[call-overload]


def _cause(row: pd.Series) -> str:
    limit = str(row["limited_by"])
    return _CAUSES.get(limit, f"lacking {limit}")


def _collapse(checks: pd.DataFrame) -> list[str]:
    below = checks["output"] < COLLAPSED
    if not below.any():
        return []
    return [
        (
            "COLLAPSE: world output falls below half of normal on day "
            f"{_day(checks['day'][below].iloc[0])}. What follows says that the chain breaks, not "
            "by how much."
        )
    ]


def _one(row: pd.Series, days: int) -> str:
    back = (
        f"back to normal on day {_day(row['recovered_day'])}"
        if pd.notna(row["recovered_day"])
        else f"not back to normal within {days} days"
    )
    return (
        f"{row['product']}, {row['deepest']:.1%} below normal on day {_day(row['deepest_day'])} "
        f"({_cause(row)}), from day {_day(row['first_day'])}, {back}; {row['loss_days']:.1f} days "
        "of output lost"
    )


def _products(products: pd.DataFrame, days: int) -> list[str]:
    hit = products[products["first_day"].notna()]
    if hit.empty:
        return [f"In {days} days no product falls 0.1% below normal."]
    lost = hit["limited_by"].astype(str) == "demand"
    lines = []
    if (~lost).any():
        lines.append(
            f"{int((~lost).sum())} of {len(products)} products cannot be made as on a normal day. "
            f"Hardest hit: {_one(hit[~lost].iloc[0], days)}."
        )
    if lost.any():
        lines.append(
            f"{int(lost.sum())} products lose orders. Most: {_one(hit[lost].iloc[0], days)}."
        )
    return lines


def _producers(losses: pd.DataFrame) -> list[str]:
    hit = losses[losses["first_day"].notna()]
    short = hit[hit["limited_by"].astype(str) != "demand"]
    if short.empty:
        return []
    worst = short.iloc[0]
    return [
        (
            f"{len(hit):,} of {len(losses):,} producers fall below normal, {len(short):,} of them "
            f"for lack of capacity or inputs. Hardest hit: {worst['producer']}, "
            f"{worst['deepest']:.1%} below on day {_day(worst['deepest_day'])} ({_cause(worst)})."
        )
    ]


def _shortages(shortages: pd.DataFrame) -> list[str]:
    if shortages.empty:
        return []
    early = shortages.iloc[0]
    return [
        (
            f"First shortage of an input: day {_day(early['first_day'])}, {early['producer']} is "
            f"held down by its stock of {early['input']} on {early['days']} days; "
            f"{len(shortages):,} such shortages in all."
        )
    ]


def _unmet(demand: pd.DataFrame) -> list[str]:
    sums = demand.groupby("product", observed=True)[["unmet", "demand"]].sum()
    share = (sums["unmet"] / sums["demand"]).sort_values(ascending=False)
    missed = share[share > _NOTICED]
    if missed.empty:
        return []
    rows = demand[demand["product"] == missed.index[0]]
    regions = rows["unmet"] / rows["demand"]
    return [
        (
            f"Final demand is not met for {len(missed)} of {len(share)} products, most for "
            f"{missed.index[0]}: {missed.iloc[0]:.1%} of it, and {regions.max():.1%} in "
            f"{rows['region'][regions.idxmax()]}."
        )
    ]


def _by_world(tables: Mapping[str, pd.DataFrame]) -> Iterator[tuple[str, dict[str, pd.DataFrame]]]:
    labels = tables["products"]["world"].unique() if "world" in tables["products"] else [""]
    for label in labels:
        yield (
            str(label),
            {n: f[f["world"] == label] if label else f for n, f in tables.items() if n != "output"},
        )


def headline(tables: Mapping[str, pd.DataFrame]) -> str:
    """Return what breaks, when, where and for how long, for every world of a result.

    Parameters
    ----------
    tables
        The tables of a stress result, with a column `world` if it is of several worlds.
    """
    told = []
    for label, of in _by_world(tables):
        lines = [
            *_collapse(of["checks"]),
            *_products(of["products"], len(of["checks"])),
            *_producers(of["losses"]),
            *_shortages(of["shortages"]),
            *_unmet(of["demand"]),
        ]
        if len(lines) == 1 and lines[0].startswith("In "):
            lines = [f"Nothing breaks. {lines[0]}"]
        told.append((f"{label}: " if label else "") + "\n  ".join(lines))
    return "\n".join(told)


def figures_of(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the few numbers that answer the question, for every world of a result."""
    rows = []
    for label, of in _by_world(tables):
        products, losses, shortages = of["products"], of["losses"], of["shortages"]
        by_product = of["demand"].groupby("product", observed=True)[["unmet", "demand"]].sum()
        worst = (by_product["unmet"] / by_product["demand"]).max() if len(by_product) else 0.0
        first = shortages["first_day"].min() if len(shortages) else float("nan")
        figures = [
            ("products below normal", "number", products["first_day"].notna().sum()),
            ("producers below normal", "number", losses["first_day"].notna().sum()),
            ("largest loss of a product", "day", products["loss_days"].max()),
            ("shortages of inputs", "number", len(shortages)),
            ("first shortage of an input", "day", first),
            ("largest share of a product's final demand not met", "share", worst),
            ("least world output", "share of normal", of["checks"]["output"].min()),
        ]
        rows += [
            {"world": label, "figure": f, "unit": unit, "value": float(value)}
            for f, unit, value in figures
        ]
    frame = pd.DataFrame(rows)
    return frame if frame["world"].any() else frame.drop(columns="world")
