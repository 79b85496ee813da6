"""What a loss counts: output or final demand, of which regions and products, in money or days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from catenary.errors import MissingDataError, OptionError, UnitError
from catenary.languages import say
from catenary.model.labels import hint_for
from catenary.model.units import parse_unit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.disruption.layout import Layout
    from catenary.model import World

    Array = NDArray[np.float64]
    Flags = NDArray[np.bool_]

__all__ = ["Loss", "Weights", "chosen_rows", "prices_of", "weights_of"]

Loss = Literal["output", "demand", "value_added"]

_YEAR: Final = 365.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Weights:
    """What is counted, and how much.

    Parameters
    ----------
    kind
        Output, final demand or value added.
    output
        What a unit of output lost of each producer of the world counts, (N,).
    price
        What a unit of final demand missed of each producer counts, (N,).
    buyers
        Regions whose final demand counts, (R,).
    unit
        USD or day.
    normal
        What a day of all that counts is worth in that unit.
    warnings
        What a reader should know of these.
    """

    kind: Loss
    output: Array
    price: Array
    buyers: Flags
    unit: str
    normal: float
    warnings: tuple[str, ...] = ()

    def of_demand(self, layout: Layout) -> Array:
        """Return what a day of the final demand of each producer of a network counts, (N,)."""
        final = layout.final
        counted = final.quantity * self.buyers[final.region]
        sums = np.bincount(final.supplier, counted, minlength=len(layout.producers))
        return np.asarray(sums * self.price[layout.producers])

    def loss(self, layout: Layout, lost: Array, missed: Array) -> float:
        """Return what a run lost.

        Parameters
        ----------
        layout
            Its network.
        lost
            Output lost over all days by producer of the network, (N,).
        missed
            Final demand not met over all days, (N,).
        """
        if self.kind == "demand":
            asked = layout.network.final.sum(axis=1)
            each = np.divide(self.of_demand(layout), asked, out=np.zeros(len(asked)),
                             where=asked > 0)  # fmt: skip
            return float(missed @ each)
        return float(lost @ self.output[layout.producers])


def chosen_rows(world: World, table: Literal["regions", "products"], words: str) -> Flags:
    """Return the rows that an option names: ids, globs and groups, parted by commas; blank = all.

    Raises
    ------
    OptionError
        If one matches nothing.

    Examples
    --------
    >>> from catenary.testing import two_regions
    >>> chosen_rows(two_regions(), "regions", "BBB").tolist()
    [False, True]
    """
    wanted = [word.strip() for word in words.split(",") if word.strip()]
    found = np.full(len(world.ids(table)), not wanted)
    for word in wanted:
        hits = world.matches(table, word)
        if not hits.any():
            raise OptionError(
                f"{table} names {word!r}, which matches none of this world",
                hint=hint_for(word, world.ids(table), table=table),
            )
        found |= hits
    return found


def prices_of(world: World) -> Array | None:
    """Return what a unit of each producer's output is worth, USD, (N,); None: nobody says it.

    Examples
    --------
    >>> from catenary.testing import two_regions
    >>> prices_of(two_regions())
    array([1., 1.])
    """
    product = world.part("producers").codes("product")
    if "intermediate" in world:
        unit = world.matrix("intermediate").unit
        scale = _dollars(unit)
        return None if scale is None else np.full(len(product), scale)
    products = world.part("products")
    given = products.numbers("price")
    units = [_dollars(str(unit)) for unit in products.frame["unit"]]
    price = np.where(
        np.isnan(given), np.array([np.nan if one is None else one for one in units]), given
    )[product]
    output = world.part("producers").numbers("output")
    return None if np.isnan(price[output > 0]).any() else np.nan_to_num(price)


def _dollars(unit: str) -> float | None:
    try:
        found = parse_unit(unit)
    except UnitError:
        return None
    return found.scale if found.kind.partition("(")[0] == "USD" else None


def weights_of(
    world: World, *, loss: Loss, regions: str, products: str, worth: float | None
) -> Weights:
    """Return what a loss counts in a world.

    Parameters
    ----------
    world
        As for `stress`.
    loss
        Output, final demand, or value added (worlds with that matrix).
    regions, products
        Whose: producers for output and value added; buyers, and products, for demand.
    worth
        USD that a day of all of it is worth; None: as the world says, else it counts as a day.

    Raises
    ------
    OptionError
        If a region or product matches nothing, or nothing that counts is left.
    MissingDataError
        If the world has no value added.
    """
    producers = world.part("producers")
    mine = chosen_rows(world, "regions", regions)
    made = chosen_rows(world, "products", products)[producers.codes("product")]
    told: tuple[str, ...] = ()
    price = prices_of(world)
    if price is None and worth is None:
        price, told = _catalogued(world, made)
    unit = "day" if price is None and worth is None else "USD"
    each = np.ones(len(made)) if price is None else price
    share = np.ones(len(made))
    output = producers.numbers("output")
    if loss == "value_added":
        share = _value_added_share(world, output)
    here = mine[producers.codes("region")] if loss != "demand" else np.ones(len(made), bool)
    weight = np.where(made & here, each * share, 0.0)
    weights = Weights(
        kind=loss, output=weight, price=np.where(made, each, 0.0), buyers=mine, unit=unit,
        normal=1.0,
    )  # fmt: skip
    normal = _of_a_day(world, weights)
    if not normal > 0:
        raise OptionError(
            f"nothing that counts is made or bought: loss={loss!r}, regions={regions!r}, "
            f"products={products!r}",
            hint="name regions and products of which something is lost; blank means all",
        )
    wanted = worth if worth is not None else normal if unit == "USD" else 1.0
    scale = wanted / normal
    return Weights(
        kind=loss, output=weight * scale, price=weights.price * scale, buyers=mine, unit=unit,
        normal=wanted, warnings=told,
    )  # fmt: skip


def _catalogued(world: World, counted: Flags) -> tuple[Array | None, tuple[str, ...]]:
    """Return worths of units by producer as the built-in catalogue has them, and what to tell."""
    from catenary.planning.worth import Worths  # noqa: PLC0415
    from catenary.worlds.measures import catalogue  # noqa: PLC0415  reads files

    worths = Worths.of(world, {}, catalogue().worth)
    producers = world.part("producers")
    price = worths.price[producers.codes("product")]
    if np.isnan(price[counted & (producers.numbers("output") > 0)]).any():
        return None, ()
    told = say(
        "what output is worth is of the built-in catalogue, for the most part assumed (`catenary "
        "measures` lists it): say worth=… to replace it"
    )
    return np.nan_to_num(price), (told,)


def _of_a_day(world: World, weights: Weights) -> float:
    from catenary.disruption.layout import layout_of  # noqa: PLC0415  brings the engine

    layout = layout_of(world, stock_days=1.0)
    if weights.kind == "demand":
        return float(weights.of_demand(layout).sum())
    return float(layout.network.output() @ weights.output[layout.producers])


def _value_added_share(world: World, output: Array) -> Array:
    """Return value added per unit of output, (N,)."""
    if "value_added" not in world:
        raise MissingDataError(
            "this world has no value added", hint="choose loss=output or loss=demand"
        )
    from catenary.model.balance import daily  # noqa: PLC0415

    matrix = world.matrix("value_added")
    matrix = matrix.aligned_to(matrix.rows, world.ids("producers"))
    matrix = matrix.in_unit(world.matrix("intermediate").unit)
    added = np.asarray(matrix.dense.sum(axis=0)) * daily(matrix)
    return np.divide(np.maximum(added, 0.0), output, out=np.zeros(len(output)), where=output > 0)
