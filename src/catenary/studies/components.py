"""What the scorecard of a country is made of, and how each part is measured on a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from catenary.disruption import stress
from catenary.disruption.many import FIGURES, Many
from catenary.economy import value_added
from catenary.languages import say
from catenary.maths.centrality import page_rank
from catenary.model.analysis import options_of
from catenary.studies.batching import in_batches, on_threads
from catenary.studies.sampling import Case, family_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.economy.accounts import Accounts
    from catenary.model import World

    Array = NDArray[np.float64]

__all__ = ["BUILT_IN", "PILLARS", "Component", "Shocks", "connection", "resilience"]

PILLARS: Final = ("connection", "resilience", "innovation", "promotion")

_TABLE: Final = say("the input-output table itself")


@dataclass(frozen=True, kw_only=True, slots=True)
class Component:
    """One indicator of the scorecard."""

    id: str
    pillar: str
    unit: str
    better: str
    """higher or lower."""
    statement: str
    """What it measures, in words."""
    source: str = _TABLE


BUILT_IN: Final = (
    Component(
        id="upstream_links",
        pillar="connection",
        unit="share",
        better="higher",
        statement=say("foreign value added in what the country's producers sell to final buyers"),
    ),
    Component(
        id="midstream_links",
        pillar="connection",
        unit="share",
        better="higher",
        statement=say(
            "gross exports that cross two borders or more (participation in global value "
            "chains, Borin & Mancini 2019)"
        ),
    ),
    Component(
        id="downstream_links",
        pillar="connection",
        unit="share",
        better="higher",
        statement=say("value added of the country that final buyers abroad absorb"),
    ),
    Component(
        id="centrality",
        pillar="connection",
        unit="share",
        better="higher",
        statement=say(
            "PageRank in the network of value added from country to country of absorption"
        ),
    ),
    Component(
        id="partners",
        pillar="connection",
        unit="partners",
        better="higher",
        statement=say("effective number of partners in value added sent and received (1 / HHI)"),
    ),
    Component(
        id="supplier_diversity",
        pillar="resilience",
        unit="share",
        better="higher",
        statement=say(
            "1 - HHI of the countries that foreign inputs come from, product by product, "
            "weighted with value"
        ),
    ),
    Component(
        id="substitutability",
        pillar="resilience",
        unit="share",
        better="higher",
        statement=say(
            "share of world exports of the same product that other countries than the "
            "supplier make, weighted with the value of foreign inputs"
        ),
    ),
    Component(
        id="fall",
        pillar="resilience",
        unit="share",
        better="lower",
        statement=say("largest daily loss of own output in the standard shocks abroad, mean"),
    ),
    Component(
        id="worst_loss",
        pillar="resilience",
        unit="day",
        better="lower",
        statement=say("days of own output lost in the worst of these shocks"),
    ),
    Component(
        id="recovery",
        pillar="resilience",
        unit="day",
        better="lower",
        statement=say(
            "days from the first noticeable loss (0.1 %) until output is normal again, mean "
            "over the shocks that are noticed; to the end of the run where it is not"
        ),
    ),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Shocks:
    """The standard set of shocks: each other country loses capacity in turn."""

    share: float
    """Of the capacity of every producer there."""
    days: float
    recovery_days: float
    """Over which capacity comes back linearly."""
    run_days: int
    stock_days: float
    """Of inputs for which the world says nothing."""
    spared: frozenset[str]
    """Regions that are not hit: the rest of the world is no country."""


def connection(world: World, accounts: Accounts) -> dict[str, Array]:
    """Return the components of connection by region, (R,) each; NaN where there is no trade.

    References
    ----------
    Johnson, R. C. & Noguera, G. (2012), Accounting for intermediates. Journal of International
    Economics 86(2), 224-236. Borin, A. & Mancini, M. (2019), World Bank WPS 8804.
    """
    share, final = accounts.value_added_share, accounts.final
    origin = accounts.by_region(share[:, None] * accounts.inverse)
    inside = accounts.by_region((origin * final.sum(axis=1)).T).T  # by country of last producer
    absorbed = accounts.by_region(share[:, None] * accounts.system.output_for(final))
    away = absorbed - np.diag(np.diag(absorbed))
    partners = away + away.T
    return {
        "upstream_links": 1.0 - _per(np.diag(inside), inside.sum(axis=0)),
        "midstream_links": _participation(world, accounts),
        "downstream_links": _per(away.sum(axis=1), absorbed.sum(axis=1)),
        "centrality": np.where(partners.sum(axis=1) > 0, page_rank(np.maximum(away, 0.0)), np.nan),
        "partners": _per(partners.sum(axis=1) ** 2, (partners**2).sum(axis=1)),
    }


def _participation(world: World, accounts: Accounts) -> Array:
    """Return the participation of each region in global value chains; NaN where there is none."""
    if not accounts.is_traded:
        return np.full(len(accounts.regions), np.nan)
    table = value_added(world).exporters
    exporters = table.set_index(table["region"].astype(str))["participation"]
    return exporters.reindex(accounts.regions).to_numpy(float)


def _per(part: Array, whole: Array) -> Array:
    """Return shares; NaN where there is nothing to share."""
    found: Array = np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)
    return found


def resilience(
    world: World, accounts: Accounts, shocks: Shocks
) -> tuple[dict[str, Array], pd.DataFrame]:
    """Return the components of resilience by region, and what each shock does to each region."""
    inputs = _foreign_inputs(accounts)
    whole = inputs.sum(axis=(0, 1))
    by_product = inputs.sum(axis=1, keepdims=True)
    shares = np.divide(inputs, by_product, out=np.zeros_like(inputs), where=by_product > 0)
    hhi = (shares**2).sum(axis=1)
    exported = np.zeros((len(accounts.products), len(accounts.regions)))
    np.add.at(exported, (accounts.product, accounts.region), accounts.exports.sum(axis=1))
    world_exports = exported.sum(axis=1, keepdims=True)
    others = 1.0 - np.divide(
        exported, world_exports, out=np.ones_like(exported), where=world_exports > 0
    )
    measured = {
        "supplier_diversity": _per(((1.0 - hhi) * by_product[:, 0]).sum(axis=0), whole),
        "substitutability": _per((others[:, :, None] * inputs).sum(axis=(0, 1)), whole),
    }
    outcomes = _outcomes(world, shocks)
    return measured | _felt(outcomes, accounts.regions), outcomes


def _foreign_inputs(accounts: Accounts) -> Array:
    """Return inputs bought abroad by product, supplier's region and buyer's region, (P, R, R)."""
    by_buyer = accounts.by_region(accounts.flows.T).T
    found = np.zeros((len(accounts.products), len(accounts.regions), len(accounts.regions)))
    np.add.at(found, (accounts.product, accounts.region), by_buyer)
    here = np.arange(len(accounts.regions))
    found[:, here, here] = 0.0
    return found


def _outcomes(world: World, shocks: Shocks) -> pd.DataFrame:
    """Run the standard shocks; return what each does to every region but the one that is hit."""
    family = family_of(
        world, "region", share=shocks.share, days=shocks.days, recovery_days=shocks.recovery_days
    )
    scenarios = [one for one in family if one.name not in shocks.spared]
    defaults = {
        name: default
        for name, (_, default) in options_of(stress).items()
        if name not in ("scenario", "measures", "days")
    }
    many = Many(world, shocks.run_days, {**defaults, "stock_days": shocks.stock_days})
    cases = [Case(number=k, scenario=one) for k, one in enumerate(scenarios)]
    found = on_threads(many, in_batches(cases, "cpu"), None, None) if cases else []
    ids = world.ids("regions")
    figures = np.concatenate([np.zeros((0, len(ids), len(FIGURES))), *(f.regions for f in found)])
    table = pd.DataFrame(figures.reshape(-1, len(FIGURES)), columns=list(FIGURES))
    table.insert(0, "region", np.tile(ids.to_numpy(object), len(scenarios)))
    table.insert(1, "shocked", np.repeat([one.name for one in scenarios], len(ids)))
    table = table[table["region"] != table["shocked"]].reset_index(drop=True)
    noticed, back = table["first_day"] >= 0, table["recovered_day"] >= 0
    until = table["recovered_day"].where(back, shocks.run_days) - table["first_day"]
    table["recovery"] = until.where(noticed, 0.0)
    table["recovered"] = back | ~noticed
    return table[["region", "shocked", "deepest", "loss_days", "recovery", "recovered"]]


def _felt(outcomes: pd.DataFrame, regions: pd.Index) -> dict[str, Array]:
    """Return the components that rest on the shocks, by region."""
    every = outcomes.groupby("region").agg({"deepest": "mean", "loss_days": "max"})
    noticed = outcomes[outcomes["recovery"] > 0].groupby("region")["recovery"].mean()
    found = {
        "fall": every["deepest"],
        "worst_loss": every["loss_days"],
        "recovery": noticed.reindex(every.index).fillna(0.0),
    }
    return {name: values.reindex(regions).to_numpy(float) for name, values in found.items()}
