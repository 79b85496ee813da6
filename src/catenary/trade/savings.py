"""Tables of what shorter and cheaper links save."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from catenary.trade.barriers import USES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from catenary.model import World
    from catenary.trade.border_scenario import Measure
    from catenary.trade.easing import Eased, Saved
    from catenary.trade.valued import Valued

    Array = NDArray[np.float64]

__all__ = [
    "by_product",
    "by_region",
    "changed_links",
    "link_rows",
    "measure_row",
    "measure_rows",
    "totals",
]

_LINKS: Final = (
    "origin", "destination", "product", "use", "duration", "open", "cost", "emissions", "passages",
    "mode", "tariff", "rent", "iceberg", "bound",
)  # fmt: skip
_MEASURES: Final = (
    "measure", "name", "links", "days_most", "cost_most", "worth", "title", "statement", "address",
    "note",
)  # fmt: skip


def _changing(trade: Valued, saved: Saved) -> NDArray[np.bool_]:
    """Return which links, products and uses change, and carry trade if it is known."""
    moved: NDArray[np.bool_] = (
        (saved.days != 0) | (saved.iceberg != 1) | (saved.rent != 1) | (saved.rents != 0)
    )
    moved &= ~np.eye(len(trade.regions), dtype=bool)
    return moved if trade.values is None else moved & (trade.values > 0)


def _apart(trade: Valued) -> Array | None:
    """Return trade between regions, (U, J, N, N)."""
    if trade.values is None:
        return None
    return trade.values * ~np.eye(len(trade.regions), dtype=bool)


def _ratio(part: Any, whole: Any) -> Any:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(np.asarray(whole) > 0, np.divide(part, whole), np.nan)


def _most(values: Array) -> float:
    """Return the largest change, of either sign."""
    return float(values[np.abs(values).argmax()]) if len(values) else 0.0


def changed_links(trade: Valued, told: Eased, saved: Saved) -> pd.DataFrame:
    """Return every link, product and use whose cost changes, the most valuable first.

    Where nobody knows what trade is worth, those that save most days come first.
    """
    changing = _changing(trade, saved)
    place = np.nonzero(changing)
    use, product, buyer, seller = place
    values = np.full(len(use), np.nan) if trade.values is None else trade.values[place]
    uses = ("",) if changing.shape[0] == 1 else USES
    frame = pd.DataFrame(
        {
            "origin": pd.Categorical.from_codes(seller, categories=trade.regions),
            "destination": pd.Categorical.from_codes(buyer, categories=trade.regions),
            "product": pd.Categorical.from_codes(product, categories=trade.products),
            "use": pd.Categorical.from_codes(use, categories=pd.Index(uses)),
            "days_before": told.now.duration[place],
            "days_saved": saved.days[place],
            "time_cost": saved.time[place] - 1,
            "iceberg_cost": saved.iceberg[place] - 1,
            "rent_cost": saved.rent[place] - 1,
            "cost": saved.cost[place] - 1,
            "trade": values,
            "worth": values * saved.resources[place],
            "rents": values * saved.rents[place],
        }
    )
    by = "days_saved" if trade.values is None else "worth"
    return frame.sort_values(by, ascending=False, kind="stable", ignore_index=True)


def by_region(trade: Valued, saved: Saved) -> pd.DataFrame:
    """Return what each region saves on what it buys and sells, largest first."""
    values = _apart(trade)
    if values is None:
        empty = {name: pd.Series(dtype="float64") for name in _REGIONS}
        return pd.DataFrame({"region": pd.Series(dtype="str"), **empty})
    worth, days, rents = values * saved.resources, values * saved.days, values * saved.rents
    imports, exports = values.sum(axis=(0, 1, 3)), values.sum(axis=(0, 1, 2))
    bought, sold = worth.sum(axis=(0, 1, 3)), worth.sum(axis=(0, 1, 2))
    columns = (
        bought, _ratio(bought, imports), _ratio(days.sum(axis=(0, 1, 3)), imports), imports,
        exports, sold, rents.sum(axis=(0, 1, 3)),
    )  # fmt: skip
    frame = pd.DataFrame(
        {
            "region": trade.regions.astype("str"),
            **dict(zip(_REGIONS, columns, strict=True)),
        }
    )
    return frame.sort_values("worth_imports", ascending=False, kind="stable", ignore_index=True)


_REGIONS: Final = (
    "worth_imports", "share", "days_saved", "imports", "exports", "worth_exports", "rents",
)  # fmt: skip


def by_product(trade: Valued, saved: Saved, day_values: Array) -> pd.DataFrame:
    """Return what is saved on each product that crosses a border, largest first."""
    values = _apart(trade)
    traded = trade.traded()
    blank = np.full(len(trade.products), np.nan)
    amount = blank if values is None else values.sum(axis=(0, 2, 3))
    worth = blank if values is None else (values * saved.resources).sum(axis=(0, 2, 3))
    days = blank if values is None else (values * saved.days).sum(axis=(0, 2, 3))
    frame = pd.DataFrame(
        {
            "product": trade.products.astype("str"),
            "day_value": day_values,
            "days_saved": _ratio(days, amount),
            "trade": amount,
            "worth": worth,
            "share": _ratio(worth, amount),
        }
    )[traded]
    return frame.sort_values("worth", ascending=False, kind="stable", ignore_index=True)


def measure_row(measure: Measure, trade: Valued, saved: Saved) -> list[dict[str, Any]]:
    """Return what a measure saves alone: a row for each of its sources."""
    changing, values = _changing(trade, saved), _apart(trade)
    row = {
        "measure": measure.name,
        "name": measure.title,
        "links": int(changing.sum()),
        "days_most": _most(saved.days[changing]),
        "cost_most": _most(saved.cost[changing] - 1),
        "worth": np.nan if values is None else float((values * saved.resources).sum()),
        "note": measure.note,
    }
    cited = measure.sources or ({},)
    return [
        row
        | {
            "title": str(one.get("title", "")),
            "statement": str(one.get("statement", "")),
            "address": str(one.get("url", "")),
        }
        for one in cited
    ]


def measure_rows(rows: Sequence[list[dict[str, Any]]]) -> pd.DataFrame:
    """Return the rows of all measures."""
    return pd.DataFrame([row for one in rows for row in one], columns=list(_MEASURES))


def link_rows(world: World) -> pd.DataFrame:
    """Return the links of a world with the columns of the schema."""
    frame = world.table("links").reset_index(drop=True)
    kept = frame[[name for name in _LINKS if name in frame]]
    words = [
        n for n in kept if n in {"origin", "destination", "product", "use", "passages", "mode"}
    ]
    return kept.assign(**{name: kept[name].astype("str").fillna("") for name in words})


def totals(trade: Valued, saved: Saved, links: int, assumed: int, day_value: float) -> pd.DataFrame:
    """Return sums over all links: one row."""
    values, changing = _apart(trade), _changing(trade, saved)
    known = values is not None and values.sum() > 0
    amount = float(values.sum()) if values is not None else np.nan
    worth = float((values * saved.resources).sum()) if values is not None else np.nan
    days = float((values * saved.days).sum()) if values is not None else np.nan
    rents = float((values * saved.rents).sum()) if values is not None else np.nan
    return pd.DataFrame(
        {
            "unit": [trade.unit],
            "day_value": [day_value],
            "links": [links],
            "assumed": [assumed],
            "days_most": [_most(saved.days[changing])],
            "cost_most": [_most(saved.cost[changing] - 1)],
            "days_saved": [days / amount if known else np.nan],
            "trade": [amount],
            "worth": [worth],
            "worth_share": [worth / amount if known else np.nan],
            "rents": [rents],
        }
    )
