"""The built-in world `chains`: seven critical product chains as stages x countries.

Semiconductors, batteries, solar power, wind power, rare-earth magnets, medicines and vaccines.
Every row is read from the CSV files in `chains/`, which keep source, year and address of every
number. The unit is an index: the world makes 100 of every stage per day.

How one of several figures is chosen
------------------------------------
* **Shares.** `shares.csv` and `demand.csv` hold one consistent set of producers (or users) per
  stage: it is chosen. Whatever else was found stands in `shares_other.csv` and
  `demand_other.csv` and becomes a claim that is not chosen. No two sets are averaged.
* **Projections** (a year after the year of publication, or a note that says forecast or planned)
  are claims of kind `projection` and are never chosen. An assumption that carries an old
  proportion into a newer year stays an assumption.
* **Remainder.** What the chosen shares of a stage leave below 1 is one producer in region `ROW`.
  Aggregates that are no country (`REG_...`) are part of it. `EU27` is split over its members in
  proportion to GDP. Shares that add up to more than 1 by rounding are scaled to 1 and say so.
* **Stock days.** Only operating inventory counts (no lead time, public reserve, exchange
  warehouse or level during a shortage); a fact before an assumption, then the widest scope
  (world, an industry, a region or country, a firm), then the latest year.
* **Worth of a tonne** (`worth.csv`) tells what flies from what sails: an order of magnitude. Mass
  and price of an index point are not known and stay blank. Software does not travel, nor what end
  users have bought.
* **Recipes.** Criticality as coded in the facts. An input used by n stages is divided equally.

Who buys from whom is not a fact, and decides the answer: `tables` takes the sourcing pattern as
its argument, and a careful reader runs both.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pandas as pd

from catenary.errors import BalanceError, DataError, OptionError, did_you_mean
from catenary.worlds import _sourcing

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Sourcing", "links", "product_names", "sources", "tables", "world_names"]

Sourcing = Literal["pooled", "home-first"]
"""`pooled`: one world market. `home-first`: home buyers are supplied, and served, first."""

WORLD_OUTPUT: Final = 100.0
"""Index points per day that the world makes of every stage."""

_FOLDER: Final = Path(__file__).parent / "chains"
_NUMBERS: Final = (
    "year", "share", "days", "breadth", "criticality", "cost_share", "gdp_usd", "published",
    "value",
)  # fmt: skip
_CITATION: Final = {"source_title", "publisher", "source_year", "url"}
"""Columns that the row of `sources` repeats."""
_STAYS: Final = ("eda", "end_use")
"""Stages whose product does not travel: software, and what is used where it is bought."""
_RECIPE: Final = ("id", "product", "input", "amount", "criticality")
_CITED: Final = ("source", "year", "note")
_ROUNDING: Final = 0.01
"""Excess of a sum of shares over 1 that rounding of the sources may explain."""


def tables(sourcing: Sourcing) -> dict[str, pd.DataFrame]:
    """Return the tables of the world `chains`.

    Parameters
    ----------
    sourcing
        Who buys from whom: `pooled` or `home-first`. Neither is a fact; each is a bound.

    Returns
    -------
    dict
        Frames regions, products, producers, demand, recipes, supplies, claims, concordances and
        sources, with columns as in the schema. Quantities are index points per day.

    Raises
    ------
    OptionError
        If the pattern is unknown.
    DataError
        If a shipped table contradicts the rules of this module.

    Examples
    --------
    >>> world = tables("pooled")
    >>> made = world["producers"].set_index("id")["output"]
    >>> float(made["CHN.solar.wafers"])
    97.0
    """
    if sourcing not in _sourcing.PATTERNS:
        raise OptionError(
            f"unknown sourcing {sourcing!r}", hint=did_you_mean(sourcing, _sourcing.PATTERNS)
        )
    same, recipes, sources = _shared()
    supplies = _supplies(sourcing, recipes, same["producers"])
    found = {name: frame.copy(deep=False) for name, frame in same.items()}
    result = {**found, "supplies": supplies}
    cited = {label for frame in result.values() for label in frame["source"].unique()}
    gdp = set(_read("gdp")["source"])
    result["sources"] = sources[sources["id"].isin(cited | gdp)].reset_index(drop=True)
    return result


@cache
def _shared() -> tuple[dict[str, pd.DataFrame], pd.DataFrame, pd.DataFrame]:
    """Return the tables that do not depend on sourcing, whole recipes, and all sources."""
    stages = _read("stages")
    node = dict(
        zip(zip(stages["chain"], stages["stage"], strict=True), stages["product"], strict=True)
    )
    shares, demand = _located("shares", node), _located("demand", node)
    producers = _producers(pd.concat([shares, demand], ignore_index=True))
    recipes = _recipes(node)
    stock = _stock()
    same = {
        "regions": _regions(producers["region"]),
        "products": _products(stages, stock[stock["chosen"]]),
        "producers": producers,
        "demand": _demand(producers),
        "recipes": recipes[[*_RECIPE, *_CITED]],
        "claims": _claims(shares, demand, node, recipes, stock),
        "concordances": _read("hs").rename(columns={"description": "name"})[
            ["product", "standard", "code", "name", "source", "year", "note"]
        ],
    }
    return same, recipes, _read("sources")


def links(sourcing: Sourcing) -> pd.DataFrame:
    """Return a table of open links: one per origin, destination and product that trade.

    A world needs it only for changes of `links` (export bans, closed borders). Duration and cost
    are left at their defaults: no fact about them is in this world.

    Parameters
    ----------
    sourcing
        As in `tables`.

    Returns
    -------
    pandas.DataFrame
        Columns origin, destination, product, open, source.
    """
    world = tables(sourcing)
    return _sourcing.links(world["supplies"], world["producers"])


def product_names() -> dict[str, str]:
    """Return product → name, without building a world.

    Examples
    --------
    >>> product_names()["semiconductors.silicon_wafers"]
    'Silicon wafers'
    """
    stages = _read("stages")
    return dict(zip(stages["product"], stages["name"], strict=True))


def world_names() -> dict[str, dict[str, str]]:
    """Return sourcing pattern → language → name.

    Examples
    --------
    >>> world_names()["pooled"]["en"]
    'pooled sourcing'
    """
    rows = _read("worlds").set_index("id")
    return {str(label): {str(k): str(v) for k, v in row.items()} for label, row in rows.iterrows()}


def sources() -> pd.DataFrame:
    """Return every source of the tables, without building a world."""
    return _read("sources")


def _read(name: str) -> pd.DataFrame:
    """Return a shipped table without its citations; text stays text, blank numbers are missing."""
    frame = pd.read_csv(
        _FOLDER / f"{name}.csv",
        dtype=str,
        keep_default_na=False,
        usecols=lambda column: name == "sources" or column not in _CITATION,
    )
    for column in frame.columns.intersection(pd.Index(_NUMBERS)):
        frame[column] = pd.to_numeric(frame[column])
    return frame


def _located(name: str, node: dict[tuple[str, str], str]) -> pd.DataFrame:
    """Return shares with the product they are shares of; users make the stage `end_use`."""
    frame = _read(name).rename(columns={"iso3": "region"})
    if "stage" not in frame:
        frame["stage"] = "end_use"
    frame["own"] = frame["chain"] + "." + frame["stage"]
    keys = zip(frame["chain"], frame["stage"], strict=True)
    frame["product"] = [node.get(key, own) for key, own in zip(keys, frame["own"], strict=True)]
    return frame


def _producers(made: pd.DataFrame) -> pd.DataFrame:
    """Return one producer per stage and country, and one for the rest of the world."""
    if (made["kind"] == "projection").any():
        raise DataError("shares.csv or demand.csv holds a projection", hint="move it to _other")
    made = made[(made["own"] == made["product"]) & ~made["region"].str.startswith("REG_")]
    made = _split_union(made[["product", "region", "share", "source", "year", "note"]])
    made = _complete(made)
    made["output"] = _points(made["share"])
    rest = made["region"] == "ROW"
    others = made["output"].where(~rest, 0.0).groupby(made["product"]).transform("sum")
    made.loc[rest, "output"] = WORLD_OUTPUT - others[rest]
    made.insert(0, "id", made["region"] + "." + made["product"])
    if made["id"].duplicated().any():
        raise DataError(f"two chosen shares for {made['id'][made['id'].duplicated()].iloc[0]!r}")
    return made[["id", "region", "product", "output", "source", "year", "note"]]


def _points(share: pd.Series) -> pd.Series:
    """Return index points per day; 0.558 is 55.8 and not 55.800000000000004."""
    points = share * WORLD_OUTPUT
    plain = points.round(6)
    return points.where((points - plain).abs() > 1e-12, plain)


def _split_union(made: pd.DataFrame) -> pd.DataFrame:
    """Split rows of EU27 over its members by GDP."""
    whole = made[made["region"] == "EU27"]
    gdp = _read("gdp")
    both = made["product"].isin(whole["product"]) & made["region"].isin(gdp["iso3"])
    if both.any():
        raise DataError(f"{made['product'][both].iloc[0]!r} has shares of EU27 and of a member")
    gdp["weight"] = gdp["gdp_usd"] / gdp["gdp_usd"].sum()
    parts = whole.merge(gdp[["iso3", "weight"]], how="cross")
    parts["note"] = [
        f"{weight:.4f} of the EU's {share:g} (total: {total}; GDP: {gdp['source'].iloc[0]})"
        for weight, share, total in zip(
            parts["weight"], parts["share"], parts["source"], strict=True
        )
    ]
    parts["share"] *= parts["weight"]
    parts = parts.assign(region=parts["iso3"], source="assumed-eu27-split")
    return pd.concat([made[made["region"] != "EU27"], parts[made.columns]], ignore_index=True)


def _complete(made: pd.DataFrame) -> pd.DataFrame:
    """Add the rest of the world to every stage whose shares stay below 1; scale those above."""
    stated = made.groupby("product")["share"].transform("sum")
    if (stated > 1 + _ROUNDING).any():
        product = made["product"].iloc[int(stated.argmax())]
        raise BalanceError(f"shares of {product!r} sum to {stated.max():.4f}, above 1")
    above = stated > 1 + 1e-9
    made.loc[above, "note"] += "; scaled so that the shares of the stage sum to 1"
    made["share"] = made["share"].where(~above, made["share"] / stated)
    left = 1 - made.groupby("product", as_index=False)["share"].sum().set_index("product")["share"]
    left = left[left > 1e-9]
    rest = pd.DataFrame(
        {
            "product": left.index,
            "region": "ROW",
            "share": left.to_numpy(),
            "source": "assumed-remainder",
            "year": np.nan,
            "note": "what the chosen sources leave unstated",
        }
    )
    return pd.concat([made, rest], ignore_index=True)


def _regions(used: Iterable[str]) -> pd.DataFrame:
    """Return the regions that produce or use something, and the group EU27."""
    known = _read("regions")
    missing = sorted(set(used) - set(known["id"]))
    if missing:
        raise DataError(f"regions.csv has no name for {missing[0]!r}")
    kept = known[known["id"].isin({*used, "EU27"})].reset_index(drop=True)
    return kept.assign(source="assumed-regions")


def _products(stages: pd.DataFrame, stock: pd.DataFrame) -> pd.DataFrame:
    """Return chains and, below them, their stages with the stock days chosen for them."""
    alone = stages["stage"] == ""
    chains = stages[~alone].groupby("product")["chain"].agg(";".join)
    own = stages[alone | (stages["chain"] + "." + stages["stage"] == stages["product"])]
    days = stock.set_index("product")
    frame = own[["product", "name"]].rename(columns={"product": "id"}).reset_index(drop=True)
    frame["parent"] = frame["id"].map(chains).fillna("")
    frame["unit"] = "index"
    frame["stock_days"] = frame["id"].map(days["days"])
    frame["value"] = frame["id"].map(_read("worth").set_index("product")["value"])
    frame["mode"] = frame["id"].str.rpartition(".")[2].isin(_STAYS).map({True: "none", False: ""})
    frame["source"] = frame["id"].map(days["source"])
    frame["source"] = frame["source"].fillna(
        frame["parent"].eq("").map({True: "assumed-index", False: "assumed-stages"})
    )
    frame["year"] = frame["id"].map(days["year"])
    unit = own["unit"].where(own["unit"] == "", "; physical unit: " + own["unit"])
    held = "; stock: " + days["scope"] + ", " + days["note"]
    frame["note"] = (own["description"] + unit).to_numpy()
    frame["note"] += frame["id"].map(held).fillna("")
    return frame


def _demand(producers: pd.DataFrame) -> pd.DataFrame:
    """Return final demand: what the users of a region take is consumed there."""
    users = producers[producers["product"].str.endswith(".end_use")]
    frame = users.rename(columns={"output": "quantity"}).assign(supplier=users["id"])
    columns = ["id", "product", "region", "supplier", "quantity", "source", "year", "note"]
    return frame[columns].reset_index(drop=True)


def _recipes(node: dict[tuple[str, str], str]) -> pd.DataFrame:
    """Return recipes: an input's world output is divided equally among the stages that use it."""
    frame = _read("recipes")
    for column, stage in (("product", "output_stage"), ("input", "input_stage")):
        keys = zip(frame["chain"], frame[stage], strict=True)
        frame[column] = [node[key] for key in keys]
    users = frame.groupby("input")["product"].transform("nunique")
    frame["amount"] = 1.0 / users
    frame["id"] = frame["product"] + "<" + frame["input"]
    # where a row states a cost share, its source is about that and the criticality is coded
    frame["cost_source"] = frame["source"]
    frame["source"] = frame["source"].where(frame["cost_share"].isna(), "assumed-criticality")
    cost = "cost share " + frame["cost_share"].map("{:g}".format) + ", not used ("
    cost += frame["cost_source"] + "); "
    split = "; amount by equal split among " + users.astype(str) + " (assumed-equal-split)"
    frame["note"] = cost.where(frame["cost_share"].notna(), "") + frame["note"] + split
    return frame


def _stock() -> pd.DataFrame:
    """Return all stock days found, and which of them the rule in the module docstring chooses."""
    frame = _read("stock")
    usable = frame[(frame["not_operating"] == "") & (frame["kind"] != "projection")]
    best = usable.assign(assumed=usable["kind"] == "assumption", age=-usable["year"].fillna(0))
    best = best.sort_values(["product", "assumed", "breadth", "age"], kind="stable")
    frame["chosen"] = frame.index.isin(best.drop_duplicates("product").index)
    return frame


def _supplies(sourcing: Sourcing, recipes: pd.DataFrame, producers: pd.DataFrame) -> pd.DataFrame:
    """Return who delivers to whom under a pattern."""
    wants = _sourcing.needs(recipes, producers[["id", "region", "product", "output"]])
    frame = _sourcing.PATTERNS[sourcing](producers, wants)
    frame = frame.sort_values(["supplier", "buyer"], ignore_index=True)
    return frame.assign(source=f"assumed-{sourcing}")


def _claims(
    shares: pd.DataFrame,
    demand: pd.DataFrame,
    node: dict[tuple[str, str], str],
    recipes: pd.DataFrame,
    stock: pd.DataFrame,
) -> pd.DataFrame:
    """Return every figure found, chosen or not, in the units of the column it speaks of."""
    parts = []
    for name, chosen in (("shares", shares), ("demand", demand)):
        found = pd.concat(
            [chosen.assign(chosen=True), _located(f"{name}_other", node).assign(chosen=False)],
            ignore_index=True,
        )
        parts.append(_share_claims(found, set(node.values())))
    for column, source in (
        ("amount", "assumed-equal-split"), ("criticality", None), ("cost_share", None),
    ):  # fmt: skip
        part = recipes[recipes[column].notna()]
        cost = column == "cost_share"
        parts.append(
            pd.DataFrame(
                {
                    "table": "recipes",
                    "row": part["id"],
                    "column": column,
                    "value": part[column],
                    "measure": "input over output, by value" if cost else "",
                    "chosen": not cost,
                    "source": source or part["cost_source" if cost else "source"],
                    "year": part["year"] if cost else np.nan,
                    "note": part["note"],
                }
            )
        )
    held = stock.rename(columns={"product": "row", "days": "value"})
    held["measure"] = held["what"] + ", " + held["scope"]
    why = held["not_operating"].where(held["not_operating"] == "", held["not_operating"] + "; ")
    held["note"] = why + held["note"]
    parts.append(held.assign(table="products", column="stock_days"))
    worth = _read("worth").rename(columns={"product": "row"})
    worth = worth.assign(table="products", column="value", measure="USD/t, rounded", chosen=True)
    parts.append(worth)
    columns = ["table", "row", "column", "value", "measure", "chosen", "source", "year", "note"]
    return pd.concat([part[columns] for part in parts], ignore_index=True)


def _share_claims(found: pd.DataFrame, products: set[str]) -> pd.DataFrame:
    """Return claims about outputs and final demand; say why an aggregate or a copy is none."""
    use = found["stage"] == "end_use"
    reasons = {
        "an aggregate that is no country: part of ROW": found["region"].str.startswith("REG_"),
        "the same node under another name": found["own"] != found["product"],
        "not a stage of this world": ~found["product"].isin(products),
    }
    for reason, holds in reasons.items():
        found["note"] = found["note"].where(~holds, found["note"] + "; " + reason)
        found["chosen"] &= ~holds
    return found.assign(
        table=np.where(use, "demand", "producers"),
        column=np.where(use, "quantity", "output"),
        row=found["region"] + "." + found["product"],
        value=_points(found["share"]),
        measure=found.get("measure", "use"),
    )
