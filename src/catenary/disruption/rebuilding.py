"""Capital that was destroyed and is rebuilt: who is asked for how much."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from catenary.errors import ScenarioError, did_you_mean, listed
from catenary.maths.grouping import sum_by
from catenary.maths.inventory import Rebuilding
from catenary.model.labels import matching

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from catenary.disruption.layout import Layout
    from catenary.model import World
    from catenary.model.timeline import Step, Timeline

    Array = NDArray[np.float64]

__all__ = ["capital_of", "rebuilding_of"]

_KNOWN: Final = 0.99  # share of the damaged producers' output whose capital must be known


def capital_of(world: World, layout: Layout, ratio: float) -> Array:
    """Return the capital of each producer of the network, (N,).

    Where the world does not say it, `ratio` years of value added: output less inputs.
    """
    network = layout.network
    stated = world.part("producers").numbers("capital")[layout.producers]
    inputs = np.bincount(network.slot_buyer, network.use(), network.producers)
    added = np.maximum(0.0, network.output() - inputs)
    return np.where(np.isnan(stated), ratio * 365.0 * added, stated)


def rebuilding_of(
    world: World, layout: Layout, timeline: Timeline, *, ratio: float
) -> tuple[Rebuilding, ...]:
    """Return what every change that is rebuilt destroys, and who is asked to rebuild it.

    A supplier's share is its share of what the damaged producer, or the region's final buyers,
    buy of the product on a normal day; of nothing bought, its share of all output.

    Raises
    ------
    ScenarioError
        If a product that rebuilds is unknown or nobody makes it.
    """
    return tuple(
        _one(world, layout, step, capital_of(world, layout, ratio))
        for step in timeline.steps
        if step.change.recovery is not None and step.change.recovery.curve == "rebuild"
    )


def _one(world: World, layout: Layout, step: Step, capital: Array) -> Rebuilding:
    change = step.change
    network, recovery = layout.network, change.recovery
    assert recovery is not None  # noqa: S101  the caller chose such changes
    shares = _shares(world, recovery.products)
    makers = np.flatnonzero(shares[network.product] > 0)
    made = network.product[makers]
    if change.target == "consumers.capital":
        regions = world.part("consumers").codes("region")[step.rows]
        held = world.part("consumers").numbers("capital")[step.rows]
        damage = _lost(change.operation, change.value, held, change.target)
        bought = _by_region(layout, makers, regions)
        damaged, lost, where = np.zeros(0, np.int64), np.zeros(0), regions
    else:
        damaged = layout.places[step.rows]
        held, where = capital[damaged], network.region[damaged]
        _require_capital(world, layout, damaged, held)
        damage = _lost(change.operation, change.value, held, change.target)
        damage = damage * (1.0 - world.part("producers").numbers("protection")[step.rows])
        lost = np.divide(damage, held, out=np.zeros(len(held)), where=held > 0)
        bought = _by_buyer(layout, makers, damaged)
    normal = network.output()[makers]
    everywhere = sum_by(made, normal, len(shares))
    if (everywhere[shares > 0] <= 0).any():
        raise ScenarioError(
            f"nobody makes some of {', '.join(recovery.products)}, which rebuild {change.target}",
            hint="name products that the world makes",
        )
    of_product = np.stack([sum_by(made, column, len(shares)) for column in bought.T], axis=1)
    by_normal = (normal / np.where(everywhere > 0, everywhere, 1.0)[made])[:, None]
    total = of_product[made]
    split = np.where(total > 0, bought / np.where(total > 0, total, 1.0), by_normal)
    need = split * shares[made][:, None] * damage[None, :] * recovery.factor
    return Rebuilding(
        start=int(np.ceil(change.start)),
        hold=int(np.ceil(change.days or 0)),
        days=float(recovery.days),
        damaged=damaged,
        share=lost,
        suppliers=makers,
        need=np.ascontiguousarray(need),
        where=np.asarray(where, np.int64),
    )


def _require_capital(world: World, layout: Layout, damaged: NDArray[np.int64], held: Array) -> None:
    """Refuse to destroy capital that nobody knows of."""
    output = layout.network.output()[damaged]
    if float(output[held > 0].sum()) >= _KNOWN * float(output.sum()):
        return
    blank = layout.producers[damaged[(held <= 0) & (output > 0)]]
    names = listed(world.ids("producers")[blank], most=3)
    raise ScenarioError(
        f"capital is to be rebuilt, but {len(blank):,} of the {len(damaged):,} damaged producers "
        "have none: producers.capital is 0, or blank where output less inputs is not above 0 "
        f"({names})",
        hint="fill in producers.capital, in the unit of output",
    )


def _shares(world: World, products: Mapping[str, float]) -> Array:
    """Return the share of rebuilding that is asked of each product, (P,)."""
    ids = world.ids("products")
    shares = np.zeros(len(ids))
    for word, share in products.items():
        hits = matching(word, ids) | world.members("products", word)
        if not hits.any():
            raise ScenarioError(
                f"recovery.products names {word!r}, which this world does not have",
                hint=did_you_mean(word, ids),
            )
        shares[hits] += share / hits.sum()
    return shares


def _lost(operation: str, value: float, held: Array, target: str) -> Array:
    """Return how much capital a change destroys."""
    if operation == "multiply":
        lost = held * (1.0 - value)
    else:
        lost = held - value if operation == "set" else np.full(len(held), -value)
    if (lost < 0).any() or (lost > held * (1 + 1e-9)).any():
        raise ScenarioError(
            f"{operation} {value:g} on {target} destroys less than nothing or more than there is",
            hint="capital that is rebuilt can lose 0 to all of itself",
        )
    if np.isnan(lost).any():
        raise ScenarioError(
            f"{target} is blank where it is to be destroyed",
            hint="fill in the column, or write add = −amount",
        )
    return lost


def _by_buyer(layout: Layout, makers: NDArray[np.intp], buyers: NDArray[np.int64]) -> Array:
    """Return what these buyers take from these suppliers on a normal day, (F, M)."""
    network = layout.network
    bought = np.zeros((len(makers), len(buyers)))
    place = np.full(network.producers, -1)
    place[makers] = np.arange(len(makers))
    row = np.flatnonzero(network.is_dense)
    mine = np.flatnonzero(place[row] >= 0)
    bought[place[row[mine]]] = network.dense[np.ix_(mine, buyers)] * network.scale
    column = np.full(network.producers, -1)
    column[buyers] = np.arange(len(buyers))
    supplier = np.repeat(np.arange(network.producers), np.diff(network.pointer))
    slot = np.repeat(network.slot_start[network.product], np.diff(network.pointer)) + network.column
    at, of = column[network.slot_buyer[slot]], place[supplier]
    keep = (at >= 0) & (of >= 0)
    np.add.at(bought, (of[keep], at[keep]), network.flow[keep])
    return bought


def _by_region(layout: Layout, makers: NDArray[np.intp], regions: NDArray[np.integer]) -> Array:
    """Return what final buyers of these regions take from these suppliers, (F, H)."""
    place = np.full(layout.network.producers, -1)
    place[makers] = np.arange(len(makers))
    bought = np.zeros((len(makers), len(regions)))
    final = layout.final
    for column, region in enumerate(regions):
        keep = (final.region == region) & (place[final.supplier] >= 0)
        np.add.at(bought[:, column], place[final.supplier[keep]], final.quantity[keep])
    return bought
