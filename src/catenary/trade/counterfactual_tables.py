"""The tables of a counterfactual: regions, groups, products, flows, partners, elasticities."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from catenary.maths.equilibrium_effects import first_order
from catenary.trade.elasticities import errors_of
from catenary.trade.groups import by_group, groups_in

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.maths.equilibrium import Equilibrium
    from catenary.model import World
    from catenary.trade.solving import Question, Solved

    Array = NDArray[np.float64]

__all__ = [
    "elasticities_table", "flows_table", "groups_table", "partners_table", "products_table",
    "regions_table",
]  # fmt: skip


def regions_table(found: Solved) -> pd.DataFrame:
    """Return real income and what it comes from, largest gain first."""
    before, after, money = found.before, found.after, found.money
    linear = first_order(after)
    levied = [_levied(side, wedges) for side, wedges in _sides(found)]
    traded = [_exports_imports(side.flows[0]) for side in (before, after)]
    frame = pd.DataFrame(
        {
            "region": found.flows.regions,
            "real_income": after.real_income[0] - 1,
            "gain": before.income[0] * (after.real_income[0] - 1) * money,
            "first_order": linear.total[0],
            "terms_of_trade": linear.terms_of_trade[0],
            "volume": linear.volume[0],
            "resources": linear.resources[0],
            "real_wage": after.real_wage[0] - 1,
            "wage": after.wage[0] - 1,
            "price": after.consumer_price[0] - 1,
            "income_before": before.income[0] * money,
            "income": after.income[0] * money,
            "tariffs_before": levied[0][0] * money,
            "tariffs": levied[1][0] * money,
            "rents_before": levied[0][1] * money,
            "rents": levied[1][1] * money,
            "exports_before": traded[0][0] * money,
            "exports": traded[1][0] * money,
            "imports_before": traded[0][1] * money,
            "imports": traded[1][1] * money,
            "deficit": after.deficit[0] * money,
        }
    )
    return frame.sort_values("real_income", ascending=False, kind="stable", ignore_index=True)


NOTHING = 1e-9
"""Change of real income that is none."""

EMITTED = ("production_before", "production", "consumption_before", "consumption")


def _sides(found: Solved) -> list[tuple[Equilibrium, tuple[Array, Array]]]:
    """Return each equilibrium with its tariffs and rents."""
    now, then = found.wedges
    return [(found.before, (now.tariff, now.rent)), (found.after, (then.tariff, then.rent))]


def _levied(side: Equilibrium, wedges: tuple[Array, Array]) -> tuple[Array, Array]:
    """Return tariffs and rents of each region."""
    paid = side.flows[0]
    tariffs, rents = ((paid * share).sum(axis=(0, 1, 3)) for share in wedges)
    return tariffs, rents


def _exports_imports(flows: Array) -> tuple[Array, Array]:
    """Return what each region sells to others and buys of them."""
    across = flows.sum(axis=(0, 1))
    np.fill_diagonal(across, 0.0)
    return across.sum(axis=0), across.sum(axis=1)


def products_table(found: Solved) -> pd.DataFrame:
    """Return output and prices of every product in every region."""
    before, after = found.before, found.after
    made, kinds = before.output[0], found.flows.products
    product, region = np.nonzero((made > 0) | (after.spending[0].sum(axis=0) > 0))
    return pd.DataFrame(
        {
            "region": pd.Categorical.from_codes(region, categories=found.flows.regions),
            "product": pd.Categorical.from_codes(product, categories=kinds),
            "before": made[product, region] * found.money,
            "after": after.output[0][product, region] * found.money,
            "cost": after.cost[0][product, region] - 1,
            "price_inputs": after.price[0, 0][product, region] - 1,
            "price_final": after.price[0, -1][product, region] - 1,
        }
    )


def flows_table(found: Solved) -> pd.DataFrame:
    """Return deliveries by product, and what is levied on them."""
    (before, old), (after, new) = _sides(found)
    was, now = before.flows[0], after.flows[0]
    total = was.sum(axis=0)
    product, buyer, seller = np.nonzero(total > 0)
    regions, place = found.flows.regions, (product, buyer, seller)
    return pd.DataFrame(
        {
            "origin": pd.Categorical.from_codes(seller, categories=regions),
            "destination": pd.Categorical.from_codes(buyer, categories=regions),
            "product": pd.Categorical.from_codes(product, categories=found.flows.products),
            "before": total[place] * found.money,
            "after": now.sum(axis=0)[place] * found.money,
            "levied_before": (was * (old[0] + old[1])).sum(axis=0)[place] * found.money,
            "levied": (now * (new[0] + new[1])).sum(axis=0)[place] * found.money,
        }
    )


def partners_table(found: Solved) -> pd.DataFrame:
    """Return trade of all products between each two regions, largest change first."""
    was, now = (
        side.flows[0].sum(axis=(0, 1)) * found.money for side in (found.before, found.after)
    )
    buyer, seller = np.nonzero((was > 0) & ~np.eye(len(was), dtype=bool))
    before, after = was[buyer, seller], now[buyer, seller]
    regions = found.flows.regions
    frame = pd.DataFrame(
        {
            "origin": pd.Categorical.from_codes(seller, categories=regions),
            "destination": pd.Categorical.from_codes(buyer, categories=regions),
            "before": before,
            "after": after,
            "change": after / before - 1,
        }
    )
    order = np.argsort(-np.abs(after - before), kind="stable")
    return frame.iloc[order].reset_index(drop=True)


def groups_table(
    world: World, found: Solved, regions: pd.DataFrame, emitted: pd.DataFrame
) -> pd.DataFrame:
    """Return what becomes of the world and of groups of regions."""
    ids = found.flows.regions
    own = regions.set_index("region").loc[ids]
    income = own["income_before"].to_numpy()
    wages = found.before.wage[0] * found.before.economy.income * found.money
    weights = {"real_income": income, "first_order": income, "terms_of_trade": income,
               "real_wage": wages}  # fmt: skip
    sums = {
        name: own[name].to_numpy()
        for name in ("gain", "income_before", "income", "tariffs_before", "tariffs",
                     "exports_before", "exports", "imports_before", "imports")
    }  # fmt: skip
    change = own["real_income"].to_numpy()
    sums |= {"winners": (change > NOTHING) * 1.0, "losers": (change < -NOTHING) * 1.0}
    if len(emitted):
        caused = emitted.set_index("region").loc[ids]
        sums |= {name: caused[name].to_numpy() for name in EMITTED}
    groups = groups_in(world, ids)
    means = {name: (own[name].to_numpy(), weight) for name, weight in weights.items()}
    frame = by_group(groups, means=means, sums=sums)
    frame[["winners", "losers"]] = frame[["winners", "losers"]].astype(np.int64)
    return frame if len(emitted) else frame.assign(**dict.fromkeys(EMITTED, np.nan))


def elasticities_table(world: World, found: Solved, question: Question, error: float | None
                       ) -> pd.DataFrame:  # fmt: skip
    """Return the trade elasticity of every product that crosses a border, and its error."""
    traded = found.flows.traded
    share = errors_of(world, traded, question.elasticity, error)
    theta = found.after.theta[0]
    frame = pd.DataFrame(
        {"product": found.flows.products, "trade": theta, "error": theta * share}
    )  # fmt: skip
    return frame[traded].reset_index(drop=True)
