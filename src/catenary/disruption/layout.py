"""From the tables of a world to the arrays of the engine, and back."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy import sparse

from catenary.errors import MissingDataError
from catenary.languages import say
from catenary.maths.grouping import sum_by
from catenary.maths.inventory import network_of
from catenary.maths.network import in_rows, positive
from catenary.model.balance import daily

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.maths.inventory import Network
    from catenary.model import World
    from catenary.model.timeline import Timeline

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["FinalDemand", "Layout", "layout_of"]

_ONE_STEP: Final = 2.0  # days of stock of what cannot be stored: what is on the way


@dataclass(frozen=True, kw_only=True, eq=False)
class FinalDemand:
    """Who finally buys how much a day from which producer; one entry per pair.

    Parameters
    ----------
    supplier, region, group
        Producer of the network, region and priority group of each entry, (E,).
    quantity
        Demand a day, (E,).
    origin, share
        Cell of `final` or row of `demand` each entry comes from, and its share of it, (E,).
    """

    supplier: Integers
    region: Integers
    group: Integers
    quantity: Array
    origin: Integers
    share: Array
    refused: Array | None = None
    """Demand a day that nobody may serve, (E,); None: none."""

    def by_producer(self, producers: int, groups: int) -> Array:
        """Return final demand by producer and group, (N, G)."""
        place = self.supplier * groups + self.group
        return sum_by(place, self.quantity, producers * groups).reshape(producers, groups)


@dataclass(frozen=True, kw_only=True, eq=False)
class Layout:
    """A network, and where its producers stand in the world.

    Parameters
    ----------
    network
        For the engine.
    producers
        Row of `producers` for each producer of the network, (N,).
    final
        Final demand on a normal day.
    extra_final
        Constant demand of producers without output, by producer, (N,).
    warnings
        What was set aside to get here.
    """

    network: Network
    producers: Integers
    final: FinalDemand
    extra_final: Array
    deliveries: Integers
    """Row of `supplies` (or a number) of each delivery the network was made of."""
    rebuild_group: int
    """Priority group that rebuilding is served with."""
    warnings: tuple[str, ...]

    @property
    def places(self) -> Integers:
        """Producer of the network for each row of `producers`, (N,)."""
        places = np.empty_like(self.producers)
        places[self.producers] = np.arange(len(self.producers))
        return places

    def final_on(self, world: World, timeline: Timeline, day: int) -> tuple[FinalDemand, int]:
        """Return final demand as a scenario has it on one day, and how much of it fell below 0."""
        if "intermediate" in world:
            matrix = timeline.cells("final", world.matrix("final"), day)
            matrix = matrix.aligned_to(world.ids("producers"), world.ids("consumers"))
            matrix = matrix.in_unit(world.matrix("intermediate").unit)
            numbers = matrix.dense.ravel() * daily(matrix)
        else:
            base_row = world.part("demand").numbers("quantity")
            numbers = timeline.numbers("demand.quantity", base_row, day)
        numbers = numbers[self.final.origin]
        quantity = np.maximum(numbers, 0.0) * self.final.share
        return replace(self.final, quantity=quantity), int((numbers < 0).sum())


@dataclass(frozen=True, eq=False)
class _Deliveries:
    """Deliveries as lists, and those of suppliers of many as rows of a table."""

    supplier: Integers
    buyer: Integers
    flow: Array
    group: NDArray[np.int8] | None
    table: Array | None
    scale: float
    given: Integers = field(default_factory=lambda: np.zeros(0, np.int64))

    def output(self, count: int) -> Array:
        """Return what each producer delivers a day, (N,)."""
        output = sum_by(self.supplier, self.flow, count)
        if self.table is not None:
            taken = in_rows(positive(self.table), lists=False)
            output[taken] += _sums(self.table, taken)
        return output * self.scale

    def without(self, muted: NDArray[np.bool_], warnings: list[str]) -> tuple[_Deliveries, Array]:
        """Return what is not delivered to some buyers, and what is, by supplier, (N,).

        Buyers without output use nothing: their purchases go on as final demand does.
        """
        idle = muted[self.buyer]
        extra = sum_by(self.supplier[idle], self.flow[idle], len(muted))
        buying = np.zeros(len(muted), bool)
        buying[self.buyer[idle]] = True
        if self.table is not None and muted.any():
            taken = in_rows(positive(self.table), lists=False)
            to_muted = np.maximum(self.table[np.ix_(taken, muted)], 0.0)
            extra[taken] += to_muted.sum(axis=1)
            buying[np.flatnonzero(muted)[to_muted.any(axis=0)]] = True
        extra *= self.scale
        if buying.any():
            warnings.append(
                say(
                    "{producers} producers without output buy inputs ({amount:.3g} a day); these "
                    "purchases are treated as final demand",
                    producers=int(buying.sum()),
                    amount=extra.sum(),
                )
            )
        kept = replace(
            self,
            supplier=self.supplier[~idle],
            buyer=self.buyer[~idle],
            flow=self.flow[~idle],
            group=None if self.group is None else self.group[~idle],
            given=np.flatnonzero(~idle),
        )
        return kept, extra


def layout_of(
    world: World,
    *,
    stock_days: float,
    rationing: str = "stated",
    lists: bool = False,
    touched: NDArray[np.bool_] | None = None,
) -> Layout:
    """Build the network of a world: of a table, a chain or a list of supplies.

    Parameters
    ----------
    world
        Needs `producers` and either the matrices `intermediate` and `final`, or the tables
        `supplies` and `demand`.
    stock_days
        Days of stock of inputs for which the world says nothing.
    rationing
        Who is served first: `stated` as priorities say, `final_last`, `final_first`; else alike.
    lists
        Whether every delivery must stand in a list, where it can have a lane of its own.
    touched
        Cells of `final` that a scenario changes, (producers, consumers); they count even if 0.

    Raises
    ------
    MissingDataError
        If the world says neither who supplies whom nor who finally buys.
    """
    producers = world.part("producers")
    count, products = len(producers.index), len(world.ids("products"))
    product = producers.codes("product").astype(np.int64)
    warnings: list[str] = []
    scale, table = 1.0, None
    if "intermediate" in world:
        supplier, buyer, flow, table = _intermediate(world, warnings, lists=lists)
        scale = daily(world.matrix("intermediate"))
        final = _final_matrix(world, warnings, touched)
        group = None
    elif "supplies" in world:
        supplies = world.part("supplies")
        supplier = supplies.codes("supplier").astype(np.int64)
        buyer = supplies.codes("buyer").astype(np.int64)
        flow = supplies.numbers("quantity")
        group = supplies.numbers("priority").astype(np.int8)
        final = _demand_table(world, product)
    else:
        raise MissingDataError(
            "this world does not say who supplies whom",
            hint="stress needs the table 'supplies' or the matrix 'intermediate'",
        )
    group, by_buyer, final, rebuild = _ranked(world, rationing, group, final)
    ranks = [r.max(initial=0) for r in (group, by_buyer, final.group) if r is not None]
    groups = int(max(ranks))
    by_producer = final.by_producer(count, groups + 1)
    goods = _Deliveries(supplier, buyer, flow, group, table, scale)
    muted = goods.output(count) + by_producer.sum(axis=1) <= 0
    goods, extra = goods.without(muted, warnings)
    by_producer[:, 0] += extra
    network, order = network_of(
        product,
        goods.supplier,
        goods.buyer,
        goods.flow,
        products=products,
        final=by_producer,
        group=goods.group,
        buyer_group=by_buyer,
        scale=scale,
        lists=lists,
        table=table,
        muted=muted,
    )
    layout = Layout(
        network=network, producers=order, final=final, extra_final=extra[order],
        deliveries=goods.given, rebuild_group=rebuild, warnings=tuple(warnings),
    )  # fmt: skip
    places = layout.places
    final = replace(final, supplier=places[final.supplier])
    network = _with_behaviour(network, world, order, places, stock_days, warnings)
    return replace(layout, network=network, final=final, warnings=tuple(warnings))


def _ranked(
    world: World, rationing: str, group: NDArray[np.int8] | None, final: FinalDemand
) -> tuple[NDArray[np.int8] | None, NDArray[np.int8] | None, FinalDemand, int]:
    """Return the ranks of deliveries, of buyers and of final demand, and that of rebuilding."""
    nothing = np.zeros_like(final.group)
    if rationing == "final_last":
        return None, None, replace(final, group=nothing + 1), 1
    count = len(world.ids("producers"))
    if rationing == "final_first":
        return None, np.ones(count, np.int8), replace(final, group=nothing), 0
    if rationing != "stated":
        return None, None, replace(final, group=nothing), 0
    by_buyer: NDArray[np.int8] | None = world.part("producers").numbers("priority").astype(np.int8)
    if group is not None and group.any():
        by_buyer = None
    elif by_buyer is None or not by_buyer.any():
        by_buyer = group = None
    else:
        group = None
    ranks = [r.max(initial=0) for r in (group, by_buyer, final.group) if r is not None]
    return group, by_buyer, final, int(max(ranks))


def _of(part: float, whole: float) -> float:
    return part / whole if whole > 0 else 0.0


def _intermediate(
    world: World, warnings: list[str], *, lists: bool
) -> tuple[Integers, Integers, Array, Array | None]:
    """Return deliveries as lists; of a dense table those of suppliers of few, and the table."""
    ids = world.ids("producers")
    matrix = world.matrix("intermediate").aligned_to(ids, ids)
    numbers = matrix.numbers
    low = sum(float(row[row < 0].sum()) for row in np.atleast_2d(numbers))
    if low < 0:
        high = sum(float(row[row > 0].sum()) for row in np.atleast_2d(numbers))
        below = sum(int((row < 0).sum()) for row in np.atleast_2d(numbers))
        warnings.append(
            say(
                "{cells:,} negative cells of intermediate were taken as 0 ({share:.2%} of all)",
                cells=below,
                share=_of(low, high),
            )
        )
    if isinstance(matrix.values, np.ndarray):
        thick = in_rows(positive(matrix.values), lists=lists)
        table = matrix.values if thick.any() else None
        thin = np.flatnonzero(~thick)
        place, buyer = np.nonzero(matrix.values[thin] > 0)
        supplier = thin[place]
        return supplier, buyer, matrix.values[supplier, buyer], table
    cells = sparse.coo_array(matrix.values)
    keep = cells.data > 0
    rows, columns = (axis[keep].astype(np.int64) for axis in cells.coords)
    return rows, columns, cells.data[keep], None


def _sums(table: Array, rows: NDArray[np.bool_]) -> Array:
    """Return the sums of some rows without what is negative."""
    return np.array([float(np.maximum(table[row], 0.0).sum()) for row in np.flatnonzero(rows)])


def _final_matrix(
    world: World, warnings: list[str], touched: NDArray[np.bool_] | None
) -> FinalDemand:
    matrix = world.matrix("final").aligned_to(world.ids("producers"), world.ids("consumers"))
    matrix = matrix.in_unit(world.matrix("intermediate").unit)
    cells = matrix.dense.ravel()
    below = cells < 0
    if below.any():
        warnings.append(
            say(
                "{cells:,} negative cells of final were taken as 0 ({share:.2%} of all); baseline "
                "output is higher by as much",
                cells=int(below.sum()),
                share=_of(cells[below].sum(), cells[~below].sum()),
            )
        )
    origin = np.flatnonzero(cells > 0 if touched is None else (cells > 0) | touched.ravel())
    supplier, consumer = np.divmod(origin, len(matrix.columns))
    return FinalDemand(
        supplier=supplier,
        region=world.part("consumers").codes("region")[consumer].astype(np.int64),
        group=world.part("consumers").numbers("priority")[consumer].astype(np.int64),
        quantity=np.maximum(cells[origin], 0.0) * daily(matrix),
        origin=origin,
        share=np.ones(len(origin)),
    )


def _demand_table(world: World, product: Integers) -> FinalDemand:
    if "demand" not in world:
        raise MissingDataError(
            "this world does not say who finally buys", hint="add the table 'demand'"
        )
    demand = world.part("demand")
    output = world.part("producers").numbers("output")
    made = sum_by(product, output, len(world.ids("products")))
    named = demand.codes("supplier").astype(np.int64)
    asked = demand.codes("product").astype(np.int64)
    open_rows = np.flatnonzero(named < 0)  # served by everyone who makes the product
    makers = np.argsort(product, kind="stable")
    first = np.searchsorted(product[makers], np.arange(len(made) + 1))
    each = np.diff(first)[asked[open_rows]]
    within = np.arange(each.sum()) - np.repeat(np.cumsum(each) - each, each)
    pooled_supplier = makers[np.repeat(first[asked[open_rows]], each) + within]
    origin = np.concatenate([np.flatnonzero(named >= 0), np.repeat(open_rows, each)])
    supplier = np.concatenate([named[named >= 0], pooled_supplier])
    pooled = named[origin] < 0
    share = np.ones(len(origin))
    total = made[product[supplier]]
    share[pooled] = (output[supplier] / np.where(total > 0, total, 1.0))[pooled]
    return FinalDemand(
        supplier=supplier.astype(np.int64),
        region=demand.codes("region")[origin].astype(np.int64),
        group=demand.numbers("priority")[origin].astype(np.int64),
        quantity=demand.numbers("quantity")[origin] * share,
        origin=origin,
        share=share,
    )


def _with_behaviour(
    network: Network,
    world: World,
    order: Integers,
    places: Integers,
    stock_days: float,
    warnings: list[str],
) -> Network:
    """Fill in capacity, stocks and criticality from the tables of the world."""
    producers, products = world.part("producers"), world.part("products")
    product = producers.codes("product").astype(np.int64)
    capacity, output = producers.numbers("capacity"), producers.numbers("output")
    baseline = network.output()
    spare = np.divide(capacity, output, out=np.ones(len(order)), where=output > 0)
    spare = np.where(np.isnan(capacity), 1.0, spare)[order]
    slot_product, buyer = network.slot_product.astype(np.int64), network.slot_buyer
    days = products.numbers("stock_days")[slot_product]
    of_buyer = producers.numbers("stock_days")[order][buyer]  # a producer's own comes first
    days = np.where(np.isnan(of_buyer), days, of_buyer)
    days = np.where(np.isnan(days), stock_days, days)
    days = np.where(products.frame["storable"].to_numpy()[slot_product], days, _ONE_STEP)
    criticality = np.ones(len(buyer))
    on_hand = np.full(len(buyer), np.nan)
    if "recipes" in world:
        recipes = world.part("recipes")
        made, used = recipes.codes("product").astype(int), recipes.codes("input").astype(int)
        who, c = recipes.codes("producer").astype(int), recipes.numbers("criticality")
        of_product = np.ones((len(products.index), len(products.index)))
        of_product[made[who < 0], used[who < 0]] = c[who < 0]
        criticality = of_product[product[order][buyer], slot_product]
        named = who >= 0
        lost = _put(criticality, network, places[who[named]], used[named], c[named])
        _unused(warnings, "recipes", lost)
    if "stocks" in world:
        stocks = world.part("stocks")
        holder = places[stocks.codes("producer")]
        used = stocks.codes("input").astype(int)
        lost = _put(days, network, holder, used, stocks.numbers("target_days"))
        _unused(warnings, "stocks", lost)
        _put(on_hand, network, holder, used, stocks.numbers("on_hand"))
    return replace(
        network,
        region=producers.codes("region").astype(np.int64)[order],
        capacity=baseline * spare,
        stock_days=days,
        criticality=criticality,
        on_hand=on_hand,
    )


def _unused(warnings: list[str], table: str, rows: int) -> None:
    if rows:
        warnings.append(
            say(
                "{rows:,} rows of {table} name inputs that their producer buys from nobody; they "
                "change nothing",
                rows=rows,
                table=table,
            )
        )


def _put(values: Array, network: Network, buyer: Integers, used: Integers, given: Array) -> int:
    """Write what is given for (buyer, input) pairs into the slots that exist; count the others."""
    count = network.producers
    keys = network.slot_product.astype(np.int64) * count + network.slot_buyer
    wanted = np.asarray(used, np.int64) * count + buyer
    found = np.isin(wanted, keys)
    values[np.searchsorted(keys, wanted[found])] = given[found]
    return int((~found).sum())
