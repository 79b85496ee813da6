"""The tables of a closure: what was closed, who waited, what the detour cost and emitted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from catenary.disruption.transport import touched_links
from catenary.languages import say
from catenary.maths.grouping import sum_by
from catenary.model.units import parse_unit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.disruption.preparing import Prepared
    from catenary.disruption.rerouting import Rerouting
    from catenary.logistics.carriage import Carriage, Found
    from catenary.logistics.telling_ways import Ways
    from catenary.maths.inventory import Path
    from catenary.model import World

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["CLOSURES", "DETOURS", "closures_table", "detours_table", "told"]

CLOSURES: Final = {
    "thing": "str", "kind": "str", "first_day": "Int32", "last_day": "Int32", "open": "float64",
    "delay": "float64",
}  # fmt: skip
DETOURS: Final = {
    "origin": "str", "destination": "str", "product": "str", "mode": "str", "mode_instead": "str",
    "passages": "str", "passages_instead": "str", "quantity": "float64", "duration": "float64",
    "first_day": "Int32", "days": "Int32", "extra_duration": "float64", "extra_cost": "float64",
    "extra_emissions": "float64", "open": "float64", "late": "float64", "lost": "float64",
    "cost": "float64", "time_cost": "float64", "emissions": "float64",
}  # fmt: skip


def closures_table(ready: Prepared) -> pd.DataFrame:
    """Return what a scenario closes, opens or delays, and when; empty where it does not."""
    if ready.rerouted is None:
        return pd.DataFrame(columns=list(CLOSURES)).astype(CLOSURES)
    table = ready.rerouted.closing.table
    days = ready.rerouted.late.shape[0]
    return pd.DataFrame(table[table["first_day"] < days]).reset_index(drop=True).astype(CLOSURES)


def detours_table(ready: Prepared, path: Path) -> pd.DataFrame:
    """Return a row for each link with trade whose goods come late, dearer or not at all.

    What travels is the trade of a normal day times what its makers still make.
    """
    rerouted = ready.rerouted
    if rerouted is None:
        return pd.DataFrame(columns=list(DETOURS)).astype(DETOURS)
    trade = _trade(ready, rerouted)
    column = trade["link"].to_numpy()
    made = _made(ready, path, trade)
    flow = trade["quantity"].to_numpy() * made
    open_, extra = rerouted.open[:, column], rerouted.extra[:, :, column]
    share = rerouted.touched[:, column]
    touched = (share > 0) | (open_ < 1)
    sent = flow * open_
    hit = sent * share  # what comes later, dearer or dirtier
    tonnes = sent * _tonnes(ready.world)[trade["product_code"].to_numpy()]
    whole = hit.sum(axis=0)
    mean = [np.divide((one * sent).sum(axis=0), whole, where=whole > 0, out=np.zeros(len(column)))
            for one in extra]  # fmt: skip
    behind = np.where(extra[0] > 0, hit, 0.0)
    first = np.where(touched.any(axis=0), touched.argmax(axis=0), -1)
    found = pd.DataFrame({
        "origin": trade["origin"], "destination": trade["destination"],
        "product": trade["product"], **_ways(rerouted, column),
        "quantity": trade["quantity"], "duration": rerouted.planned[0, column],
        "first_day": first, "days": touched.sum(axis=0), "extra_duration": mean[0],
        "extra_cost": mean[1], "extra_emissions": mean[2], "open": open_.min(axis=0),
        "late": behind.sum(axis=0),
        "lost": (flow * (1.0 - open_)).sum(axis=0),
        "cost": (tonnes * extra[1]).sum(axis=0),
        "time_cost": (tonnes * extra[0]).sum(axis=0) * _a_day(rerouted)[column],
        "emissions": (tonnes * extra[2]).sum(axis=0) / 1e3,
    })[list(DETOURS)]  # fmt: skip
    found = found[(found["days"] > 0) & (found["quantity"] > 0)]
    held = found["late"] * found["extra_duration"] + found["lost"] * found["duration"]
    order = np.argsort(-held.to_numpy(), kind="stable")
    return found.iloc[order].reset_index(drop=True).astype(DETOURS)


def _trade(ready: Prepared, rerouted: Rerouting) -> pd.DataFrame:
    """Return the trade of a normal day on the links touched: producers' and final buyers'."""
    network, world = ready.layout.network, ready.world
    listed = np.repeat(np.arange(network.producers), np.diff(network.pointer))
    slot = np.repeat(network.slot_start[network.product], np.diff(network.pointer)) + network.column
    final = ready.layout.final
    supplier = np.concatenate([listed, final.supplier])
    buyer = np.concatenate([network.region[network.slot_buyer[slot]], final.region])
    quantity = np.concatenate([network.flow, final.quantity])
    origin, product = network.region[supplier], network.product[supplier]
    link = touched_links(world, rerouted, origin, buyer, product)
    hit = link >= 0
    regions, products = len(world.ids("regions")), len(world.ids("products"))
    key = (origin[hit] * regions + buyer[hit]) * products + product[hit]
    keys, row = np.unique(key, return_inverse=True)
    pair = keys // products
    links = np.zeros(len(keys), np.int64)
    links[row] = link[hit]
    names = world.ids("regions").to_numpy()
    return pd.DataFrame({
        "origin": names[pair // regions], "destination": names[pair % regions],
        "product": world.ids("products").to_numpy()[keys % products],
        "origin_code": pair // regions, "product_code": keys % products, "link": links,
        "quantity": sum_by(row, quantity[hit], len(keys)),
    })  # fmt: skip


def _made(ready: Prepared, path: Path, trade: pd.DataFrame) -> Array:
    """Return the share of normal that the makers of each row make, by day, (D, N)."""
    network = ready.layout.network
    products = len(ready.world.ids("products"))
    place = network.region * products + network.product
    places, code = np.unique(place, return_inverse=True)
    wanted = np.searchsorted(
        places, trade["origin_code"].to_numpy() * products + trade["product_code"].to_numpy()
    )
    sums = np.zeros((len(places), len(path.output)))
    np.add.at(sums, code, path.output.T)
    normal = sum_by(code, path.baseline, len(places))
    share = np.divide(sums.T, normal, out=np.zeros(sums.T.shape), where=normal > 0)
    return np.asarray(share[:, wanted])


def _tonnes(world: World) -> Array:
    """Return the mass of a unit of each product, (P,): stated, or from money; NaN where neither."""
    from catenary.logistics.hauling import worth_of  # noqa: PLC0415  brings the network
    from catenary.logistics.linking import VALUE  # noqa: PLC0415

    table = world.part("products")
    mass = table.numbers("mass").copy()
    units = table.frame["unit"].astype("str").tolist()
    if "intermediate" in world:
        units = [world.matrix("intermediate").unit] * len(mass)
    worth = np.nan_to_num(worth_of(table), nan=VALUE)
    for k in np.flatnonzero(np.isnan(mass)).tolist():
        unit = parse_unit(units[k])
        if unit.kind == "mass":
            mass[k] = unit.scale
        elif unit.kind.startswith("USD"):
            mass[k] = unit.scale / worth[k]
    return mass


def _a_day(rerouted: Rerouting) -> Array:
    """Return what a day costs a tonne on each link, (L,)."""
    goods = rerouted.made.carriage.goods
    return np.asarray(np.array([one.day for one in goods])[rerouted.links[0]])


def _ways(rerouted: Rerouting, column: Integers) -> dict[str, list[str]]:
    """Return mode and passages of each link as planned and instead."""
    from catenary.logistics.telling_ways import Ways  # noqa: PLC0415  brings the network

    carriage = rerouted.made.carriage
    known: dict[int, tuple[Ways, list[Any]]] = {}

    def told_of(by: Carriage, found: Found, at: int) -> tuple[str, str]:
        if id(found) not in known:
            ways = Ways(by, found)
            known[id(found)] = ways, [ways.mode(q) for q in range(len(by.goods))]
        ways, modes = known[id(found)]
        q, i, j = rerouted.links[:, at].tolist()
        return str(modes[q][i, j]), ";".join(ways.passages(q, i, j))

    planned: dict[int, tuple[str, str]] = {}
    instead: dict[int, tuple[str, str]] = {}
    for at in np.unique(column).tolist():
        planned[at] = told_of(carriage, carriage.base, at)
        other = rerouted.instead[at]
        instead[at] = planned[at] if other is None else told_of(other[0], other[1], at)
    rows = column.tolist()
    return {
        "mode": [planned[at][0] for at in rows],
        "mode_instead": [instead[at][0] for at in rows],
        "passages": [planned[at][1] for at in rows],
        "passages_instead": [instead[at][1] for at in rows],
    }


def told(ready: Prepared, detours: pd.DataFrame) -> list[str]:
    """Return what a reader of the tables has to know."""
    if ready.rerouted is None:
        idle = say(
            "the changes of the transport network alter nothing: what they change is 0, or as it "
            "is already"
        )
        return [idle] if ready.idle else []
    warnings = list(ready.rerouted.made.warnings)
    if len(detours) and detours["cost"].isna().any():
        warnings.append(
            say(
                "what {products:,} products cost and emit more is stated by the tonne only: "
                "nobody says what a unit of them weighs or is worth",
                products=int(detours.loc[detours["cost"].isna(), "product"].nunique()),
            )
        )
    return warnings
