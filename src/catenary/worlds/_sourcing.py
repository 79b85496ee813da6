"""Who buys from whom in a world of shares: the two bounds, as arithmetic on frames.

No source says which country's cells use which country's wafers. Two patterns enclose what is
possible without a preference for any foreign supplier: everybody buys from one world pool, or
everybody buys at home first. Both deliver exactly what each buyer uses and each supplier makes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["PATTERNS", "home_first", "links", "needs", "pooled"]

_NOTHING: Final = 1e-12
"""Index points per day below which a delivery is rounding."""


def needs(recipes: pd.DataFrame, producers: pd.DataFrame) -> pd.DataFrame:
    """Return what each producer uses of each input per day.

    Parameters
    ----------
    recipes
        Columns product, input, amount.
    producers
        Columns id, region, product, output.

    Returns
    -------
    pandas.DataFrame
        Columns buyer, region, input, need.

    Examples
    --------
    >>> recipes = pd.DataFrame({"product": ["cell"], "input": ["wafer"], "amount": [2.0]})
    >>> made = {"id": ["A.cell"], "region": ["A"], "product": ["cell"], "output": [10.0]}
    >>> needs(recipes, pd.DataFrame(made))["need"].tolist()
    [20.0]
    """
    both = recipes[["product", "input", "amount"]].merge(producers, on="product")
    both["need"] = both["amount"] * both["output"]
    return both[both["need"] > 0].rename(columns={"id": "buyer"})[
        ["buyer", "region", "input", "need"]
    ]


def _suppliers(producers: pd.DataFrame) -> pd.DataFrame:
    renamed = producers.rename(columns={"id": "supplier", "product": "input"})
    return renamed.loc[renamed["output"] > 0, ["supplier", "region", "input", "output"]]


def _pool(offers: pd.DataFrame, wants: pd.DataFrame, priority: int) -> pd.DataFrame:
    """Deliver `want` to every buyer from every supplier in proportion to `offer`."""
    offers = offers[offers["offer"] > _NOTHING]
    wants = wants[wants["want"] > _NOTHING]
    share = offers["offer"] / offers.groupby("input")["offer"].transform("sum")
    pairs = offers.assign(share=share)[["supplier", "input", "share"]].merge(wants, on="input")
    return pd.DataFrame(
        {
            "supplier": pairs["supplier"],
            "buyer": pairs["buyer"],
            "quantity": pairs["want"] * pairs["share"],
            "priority": priority,
        }
    )


def pooled(producers: pd.DataFrame, wants: pd.DataFrame) -> pd.DataFrame:
    """Let every buyer buy from every supplier in proportion to output.

    Parameters
    ----------
    producers
        Columns id, region, product, output.
    wants
        What `needs` returns.

    Returns
    -------
    pandas.DataFrame
        Columns supplier, buyer, quantity, priority (0 for all).
    """
    offers = _suppliers(producers).rename(columns={"output": "offer"})
    return _pool(offers, wants.rename(columns={"need": "want"}), 0)


def home_first(producers: pd.DataFrame, wants: pd.DataFrame) -> pd.DataFrame:
    """Let buyers take first what their own region makes, and the rest from what is left over.

    A region has at most one producer of a product. Home deliveries are served first when goods
    are short (priority 0), exports after them (priority 1).

    Parameters
    ----------
    producers
        Columns id, region, product, output.
    wants
        What `needs` returns.

    Returns
    -------
    pandas.DataFrame
        Columns supplier, buyer, quantity, priority.
    """
    place = ["input", "region"]
    offers = _suppliers(producers)
    used = wants.groupby(place)["need"].sum().rename("used").reset_index()
    offers = offers.merge(used, on=place, how="left").fillna({"used": 0.0})
    offers["taken"] = np.minimum(offers["output"], offers["used"])
    offers["offer"] = offers["output"] - offers["taken"]
    buyers = wants.merge(used, on=place).merge(
        offers[[*place, "supplier", "taken"]], on=place, how="left"
    )
    buyers = buyers.fillna({"taken": 0.0})
    buyers["home"] = buyers["need"] * buyers["taken"] / buyers["used"]
    buyers["want"] = buyers["need"] * (buyers["used"] - buyers["taken"]) / buyers["used"]
    home = buyers.loc[buyers["home"] > _NOTHING, ["supplier", "buyer", "home"]]
    home = home.rename(columns={"home": "quantity"}).assign(priority=0)
    abroad = _pool(offers, buyers[["buyer", "input", "want"]], 1)
    return pd.concat([home, abroad], ignore_index=True)


def links(supplies: pd.DataFrame, producers: pd.DataFrame) -> pd.DataFrame:
    """Return one open link per origin, destination and product that cross a border.

    Parameters
    ----------
    supplies
        Columns supplier, buyer.
    producers
        Columns id, region, product.

    Returns
    -------
    pandas.DataFrame
        Columns origin, destination, product, open, source. Sorted.
    """
    of = producers.set_index("id")
    pairs = pd.DataFrame(
        {
            "origin": supplies["supplier"].map(of["region"]),
            "destination": supplies["buyer"].map(of["region"]),
            "product": supplies["supplier"].map(of["product"]),
            "source": supplies["source"],
        }
    )
    crossing = pairs[pairs["origin"] != pairs["destination"]].drop_duplicates()
    crossing = crossing.sort_values(["product", "origin", "destination"], ignore_index=True)
    return crossing.assign(open=1.0)[["origin", "destination", "product", "open", "source"]]


PATTERNS: Final[dict[str, Callable[[pd.DataFrame, pd.DataFrame], pd.DataFrame]]] = {
    "pooled": pooled,
    "home-first": home_first,
}
"""Name of a sourcing pattern → how it fills the table of supplies."""
