"""Who delivers which product to whom, from whatever a world says of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import pandas as pd

from catenary.economy.accounts import Accounts, merged_regions
from catenary.economy.groups import absent_members
from catenary.errors import MissingDataError, OptionError, did_you_mean, listed
from catenary.languages import say
from catenary.maths.grouping import sum_by
from catenary.model.labels import hint_for
from catenary.worlds.groups import members

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.model import World
    from catenary.model.matrix import Matrix

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["Basis", "Deliveries", "chosen", "final_rows"]

Basis = Literal["any", "trade_flows", "supplies", "intermediate", "trade"]
"""Part of a world that says who delivers to whom; `any` = the first that it has."""

_BASES: Final = ("trade_flows", "supplies", "intermediate", "trade")

WHOLE: Final = "all"
"""The product of a matrix `trade`, which does not tell products apart."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Deliveries:
    """Amounts from supplier to buyer by product and year; made by `Deliveries.of`."""

    basis: str
    """Part of the world that they are read from."""
    suppliers: pd.Index
    """Labels of suppliers: regions, firms or producers."""
    buyers: pd.Index
    """Labels of buyers."""
    products: pd.Index
    years: tuple[float, ...]
    """Years told apart, ascending; NaN = not said."""
    supplier: Integers
    """Code of the supplier, (D,)."""
    buyer: Integers
    """Code of the buyer, (D,); -1 = not known."""
    product: Integers
    """(D,)."""
    year: Integers
    """(D,)."""
    producer: Integers
    """Position of the producer that delivers, (D,); -1 = only its region is known."""
    maker: Integers
    """Code that each producer of the world has as a supplier, (N,)."""
    amount: Array
    """(D,), more than 0."""
    home: NDArray[np.bool_]
    """Whether it stays in the region it comes from, (D,)."""
    inner: NDArray[np.bool_]
    """Whether it crosses a border within a merged group of regions, (D,)."""
    unit: str
    warnings: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        world: World,
        *,
        basis: Basis = "any",
        suppliers: Literal["region", "firm", "producer"] = "region",
        buyers: Literal["region", "firm", "producer"] = "region",
        merge: str = "",
    ) -> Deliveries:
        """Read who delivers to whom.

        Parameters
        ----------
        world
            Needs `trade_flows`, `supplies`, `intermediate` and `final`, or `trade`.
        basis
            Which of them; `any` = the first that there is.
        suppliers, buyers
            What a supplier and a buyer is. Firms and producers are known of `supplies` alone.
        merge
            Groups of regions to see as one region, separated by commas.

        Raises
        ------
        MissingDataError
            If the world has none of these parts.
        OptionError
            If it lacks the one asked for, or does not know firms or producers.

        Examples
        --------
        >>> from catenary.testing import two_regions
        >>> found = Deliveries.of(two_regions())
        >>> found.amount.tolist(), found.home.tolist(), found.unit
        ([11.0, 5.0, 4.0, 8.0], [True, False, False, True], 'USD/year')
        """
        part = _part(world, basis)
        if part != "supplies" and (suppliers, buyers) != ("region", "region"):
            raise OptionError(
                f"{part} of this world knows suppliers and buyers by region only",
                hint="firms and producers are known of the table 'supplies'",
            )
        if part == "supplies":
            found = _of_supplies(world, merge, suppliers, buyers)
        else:
            read = {"trade_flows": _of_flows, "trade": _of_matrix, "intermediate": _of_accounts}
            found = read[part](world, merge)
        return replace(found, warnings=found.warnings + absent_members(world, merge))

    def only(self, kept: NDArray[np.bool_]) -> Deliveries:
        """Return some of the deliveries."""
        return replace(
            self,
            supplier=self.supplier[kept],
            buyer=self.buyer[kept],
            product=self.product[kept],
            year=self.year[kept],
            producer=self.producer[kept],
            amount=self.amount[kept],
            home=self.home[kept],
            inner=self.inner[kept],
        )


def _part(world: World, basis: str) -> str:
    there = [name for name in _BASES if name in world]
    if basis != "any" and basis not in there:
        hint = f"it has {listed(there)}" if there else "give it one of " + listed(_BASES)
        raise OptionError(f"this world has no {basis!r}", hint=hint)
    if not there:
        raise MissingDataError(
            "this world does not say who delivers to whom",
            hint=f"add one of {listed(_BASES)}",
        )
    return there[0] if basis == "any" else basis


def _made(raw_from: Integers, raw_to: Integers, kept: Integers, **given: Any) -> Deliveries:
    """Return deliveries whose regions are merged and which are more than nothing."""
    origin = kept[raw_from]
    destination = np.where(raw_to >= 0, kept[raw_to], -1)
    count = len(origin)
    found = {
        "supplier": origin,
        "buyer": destination,
        "year": np.zeros(count, np.int64),
        "years": (np.nan,),
        "producer": np.full(count, -1, np.int64),
        "maker": np.zeros(0, np.int64),
        "home": raw_from == raw_to,
        "inner": (origin == destination) & (raw_from != raw_to),
        **given,
    }
    all_of_them = Deliveries(**found)
    return all_of_them.only(all_of_them.amount > 0)


def _of_flows(world: World, merge: str) -> Deliveries:
    """Return the rows of `trade_flows`."""
    flows = world.part("trade_flows")
    regions, kept = merged_regions(world, merge)
    origin, destination, product = (
        flows.codes(name).astype(np.int64) if name in flows.frame else np.full(len(flows.index), -1)
        for name in ("origin", "destination", "product")
    )
    stated = flows.numbers("year") if "year" in flows.frame else np.full(len(origin), np.nan)
    years, year = np.unique(stated, return_inverse=True)
    told = []
    key = (origin * (len(kept) + 1) + destination + 1) * len(world.ids("products")) + product
    ordered = np.sort(key * len(years) + year)
    twice = int((ordered[1:] == ordered[:-1]).sum())
    if twice:
        told.append(
            say(
                "{count:,} rows of trade_flows repeat an origin, destination, product and year; "
                "they are added up",
                count=twice,
            )
        )
    if (destination < 0).any() and (destination >= 0).any():
        told.append(
            say(
                "{count:,} rows of trade_flows name no destination: they count as exports only",
                count=int((destination < 0).sum()),
            )
        )
    return _made(
        origin,
        destination,
        kept,
        basis="trade_flows",
        suppliers=regions,
        buyers=regions,
        products=world.ids("products"),
        years=tuple(years.tolist()),
        product=product,
        year=year.astype(np.int64),
        amount=flows.numbers("value"),
        unit="USD/year",
        warnings=tuple(told),
    )


def _of_matrix(world: World, merge: str) -> Deliveries:
    """Return the cells of `trade`; its diagonal is what regions supply themselves."""
    matrix: Matrix = world.matrix("trade")
    labels, kept = merged_regions(world, merge)
    ids = world.ids("regions")
    cells = matrix.aligned_to(ids, ids).dense
    origin, destination = (place.ravel() for place in np.indices(cells.shape))
    return _made(
        origin.astype(np.int64),
        destination.astype(np.int64),
        kept,
        basis="trade",
        suppliers=labels,
        buyers=labels,
        products=pd.Index([WHOLE], dtype="str"),
        product=np.zeros(cells.size, np.int64),
        amount=np.maximum(cells.ravel(), 0.0),
        unit=matrix.unit,
        warnings=_negative(cells),
    )


def _negative(cells: Array) -> tuple[str, ...]:
    below = cells < 0
    if not below.any():
        return ()
    return (
        say(
            "{count:,} negative deliveries, {share:.2%} of all, are taken as 0",
            count=int(below.sum()),
            share=-cells[below].sum() / max(float(np.abs(cells).sum()), 1e-300),
        ),
    )


def _of_accounts(world: World, merge: str) -> Deliveries:
    """Return what producers deliver to each region, inputs and final goods together."""
    plain = Accounts.of(world)
    regions, kept = merged_regions(world, merge)
    to = np.zeros((len(plain.regions), len(plain.producers)))
    for buyer in range(len(plain.regions)):
        to[buyer] = plain.flows[:, plain.region == buyer].sum(axis=1)
    cells: Array = to.T + plain.final
    producer, destination = (place.ravel() for place in np.indices(cells.shape))
    return _made(
        plain.region[producer],
        destination.astype(np.int64),
        kept,
        basis="intermediate",
        suppliers=regions,
        buyers=regions,
        products=plain.products,
        product=plain.product[producer],
        producer=producer.astype(np.int64),
        maker=kept[plain.region],
        amount=np.maximum(cells.ravel(), 0.0),
        unit=plain.unit,
        warnings=plain.warnings + _negative(cells),
    )


def final_rows(world: World) -> tuple[Integers, Integers, Array]:
    """Return supplier, region and quantity of every final delivery of the table `demand`.

    Rows that name no supplier are served by all who make the product, in proportion to output.

    Examples
    --------
    >>> from catenary.testing import serial_chain
    >>> [part.tolist() for part in final_rows(serial_chain(2))]
    [[1], [0], [1.0]]
    """
    if "demand" not in world:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
    demand, producers = world.part("demand"), world.part("producers")
    product = producers.codes("product").astype(np.int64)
    output = producers.numbers("output")
    made = sum_by(product, output, len(world.ids("products")))
    named, asked, region = (
        demand.codes(name).astype(np.int64) for name in ("supplier", "product", "region")
    )
    quantity = demand.numbers("quantity")
    open_ = np.flatnonzero(named < 0)
    able = np.flatnonzero(output > 0)
    able = able[np.argsort(product[able], kind="stable")]
    first = np.searchsorted(product[able], np.arange(len(made) + 1))
    each = np.diff(first)[asked[open_]]
    rows = np.repeat(np.arange(len(open_)), each)
    within = np.arange(len(rows)) - np.repeat(np.cumsum(each) - each, each)
    makers = able[first[asked[open_]][rows] + within]
    share = output[makers] / made[product[makers]]
    return (
        np.concatenate([named[named >= 0], makers]),
        np.concatenate([region[named >= 0], region[open_][rows]]),
        np.concatenate([quantity[named >= 0], quantity[open_][rows] * share]),
    )


def _of_supplies(world: World, merge: str, suppliers: str, buyers: str) -> Deliveries:
    """Return the rows of `supplies` and, where buyers are regions, of `demand`."""
    supplies, producers = world.part("supplies"), world.part("producers")
    supplier = supplies.codes("supplier").astype(np.int64)
    buyer = supplies.codes("buyer").astype(np.int64)
    amount = supplies.numbers("quantity")
    region = producers.codes("region").astype(np.int64)
    regions, kept = merged_regions(world, merge)
    to = region[buyer]
    if buyers == "region":
        maker, place, quantity = final_rows(world)
        supplier, to = np.concatenate([supplier, maker]), np.concatenate([to, place])
        amount = np.concatenate([amount, quantity])
    who, sources = _named(world, suppliers)
    whom, names = _named(world, buyers)
    units = sorted(set(world.table("products")["unit"]))
    found = _made(
        region[supplier],
        to,
        kept,
        basis="supplies",
        suppliers=regions if suppliers == "region" else sources,
        buyers=regions if buyers == "region" else names,
        products=world.ids("products"),
        product=producers.codes("product").astype(np.int64)[supplier],
        producer=supplier,
        maker=kept[region] if suppliers == "region" else who,
        amount=amount,
        unit=f"{units[0] if len(units) == 1 else 'product unit'}/day",
    )
    delivered = amount > 0
    if suppliers != "region":
        found = replace(found, supplier=who[supplier][delivered])
    if buyers != "region":
        found = replace(found, buyer=whom[buyer][delivered])
    return found


def _named(world: World, kind: str) -> tuple[Integers, pd.Index]:
    """Return the firm of every producer, itself if it has none, or the producer itself."""
    producers = world.part("producers")
    if kind != "firm" or "firm" not in producers.frame:
        return np.arange(len(producers.index), dtype=np.int64), producers.index
    firm = producers.frame["firm"].astype("str")
    own = firm.isna() | (firm == "")
    label = np.where(own, producers.index.astype("str"), firm)
    code, names = pd.factorize(label)
    return code.astype(np.int64), pd.Index(names, dtype="str")


def chosen(world: World, table: str, labels: pd.Index, words: str) -> NDArray[np.bool_]:
    """Return which labels are meant by ids or groups separated by commas; blank = all.

    Raises
    ------
    OptionError
        If one of the words means nothing.

    Examples
    --------
    >>> from catenary.testing import two_regions
    >>> world = two_regions()
    >>> chosen(world, "regions", world.ids("regions"), "BBB").tolist()
    [False, True]
    """
    found = np.zeros(len(labels), np.bool_)
    wanted = [part.strip() for part in words.split(",") if part.strip()]
    for word in wanted:
        hits = np.asarray(labels == word)
        if table in world:
            hits |= np.asarray(labels.isin(world.ids(table)[world.members(table, word)]))
        if not hits.any() and table == "regions":
            hits = np.asarray(labels.isin(members().get(word, ())))
        if not hits.any():
            kind = table.removesuffix("s")
            hint = hint_for(word, labels, table=table) if len(labels) else did_you_mean(word, ())
            raise OptionError(f"there is no {kind} {word!r} here", hint=hint)
        found |= hits
    return found if wanted else ~found
