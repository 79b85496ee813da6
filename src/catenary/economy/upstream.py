"""Looking through suppliers: where that comes from which they make their deliveries of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from scipy import sparse

from catenary.economy.accounts import Accounts
from catenary.economy.deliveries import final_rows
from catenary.errors import MissingDataError, OptionError
from catenary.languages import say
from catenary.maths.concentration import embodied
from catenary.maths.grouping import sum_by

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.economy.deliveries import Deliveries
    from catenary.model import World

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["Origins", "looked_through", "used_per_unit", "uses"]

_CELLS: Final = 50_000_000
"""Producers times purchases that are followed at once."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Origins:
    """What is inside deliveries: amounts by purchase, stage and the place that it was made in."""

    stages: pd.Index
    """Labels of stages."""
    purchase: Integers
    """Buyer, product and year as one code, (U,)."""
    stage: Integers
    """(U,)."""
    supplier: Integers
    """Code of the supplier of the stage, (U,)."""
    amount: Array
    """In the unit of the stage, (U,)."""
    warnings: tuple[str, ...] = ()


def looked_through(
    world: World, every: Deliveries, bought: Deliveries, purchase: Integers
) -> Origins:
    """Return the upstream stages of purchases.

    Supplies are followed to every stage; flows of an input-output table to the value added inside;
    `trade_flows` and `trade` by one stage, to the purchases of the supplier.

    Parameters
    ----------
    world
        The world that the deliveries were read from.
    every
        All of its deliveries.
    bought
        Those to look through.
    purchase
        Code of buyer, product and year of each of them, (D,).

    Raises
    ------
    MissingDataError
        If trade by product comes without recipes.
    OptionError
        If a matrix `trade` has no diagonal, or there is too much to follow at once.
    """
    if bought.basis == "supplies":
        return _supplied(world, bought, purchase)
    if bought.basis == "intermediate":
        return _earned(world, bought, purchase)
    if bought.basis == "trade":
        return _traded(every, bought, purchase)
    return _processed(world, every, bought, purchase)


def used_per_unit(world: World) -> tuple[sparse.csr_array, Array]:
    """Return A, what a producer delivers per unit of another's output, (N, N), and output, (N,).

    Output is what is delivered. A producer that delivers nothing uses nothing for others.

    Raises
    ------
    MissingDataError
        If the world has neither `supplies` nor `intermediate`.

    Examples
    --------
    >>> from catenary.testing import serial_chain
    >>> used_per_unit(serial_chain(2, output=3.0))[0].toarray().tolist()
    [[0.0, 1.0], [0.0, 0.0]]
    """
    if "intermediate" in world:
        accounts = Accounts.of(world)
        return sparse.csr_array(accounts.coefficients), accounts.output
    supplies, count = world.part("supplies"), len(world.ids("producers"))
    supplier = supplies.codes("supplier").astype(np.int64)
    buyer = supplies.codes("buyer").astype(np.int64)
    quantity = supplies.numbers("quantity")
    maker, _, final = final_rows(world)
    output = sum_by(supplier, quantity, count) + sum_by(maker, final, count)
    share = np.divide(quantity, output[buyer], out=np.zeros_like(quantity), where=output[buyer] > 0)
    return sparse.csr_array((share, (supplier, buyer)), shape=(count, count)), output


def uses(world: World) -> NDArray[np.bool_]:
    """Return which products are a use and nothing made: their id ends in `end_use`, (P,).

    The last stage of a chain may say who uses what the chain brings forth, as in `chains`.

    Examples
    --------
    >>> import catenary
    >>> int(uses(catenary.load("chains:pooled")).sum())
    7
    """
    found: NDArray[np.bool_] = np.asarray(world.ids("products").str.fullmatch(r"(.*\.)?end_use"))
    return found


def _supplied(world: World, bought: Deliveries, purchase: Integers) -> Origins:
    """Follow supplies to every stage above the product bought."""
    per_unit, _ = used_per_unit(world)
    codes, column = np.unique(purchase, return_inverse=True)
    if per_unit.shape[0] * len(codes) > _CELLS:
        raise OptionError(
            f"{len(codes):,} purchases of {per_unit.shape[0]:,} producers are too many to look "
            "through at once",
            hint="choose destination or product",
        )
    wanted = np.zeros((per_unit.shape[0], len(codes)))
    np.add.at(wanted, (bought.producer, column), bought.amount)
    output = embodied(per_unit, wanted, names=world.ids("producers").tolist())
    made = world.part("producers").codes("product").astype(np.int64)
    places = len(bought.suppliers)
    key, row = np.unique(made * places + bought.maker, return_inverse=True)
    total = np.asarray(
        sparse.csr_array((np.ones(len(row)), (row, np.arange(len(row)))), (len(key), len(row)))
        @ output
    )
    product = np.zeros(len(codes), np.int64)
    product[column] = bought.product
    which, who = np.nonzero(total > 0)
    above = key[which] // places != product[who]
    which, who = which[above], who[above]
    return Origins(
        stages=bought.products,
        purchase=codes[who],
        stage=key[which] // places,
        supplier=key[which] % places,
        amount=total[which, who],
    )


def _earned(world: World, bought: Deliveries, purchase: Integers) -> Origins:
    """Split purchases by the region whose value added is inside them."""
    accounts = Accounts.of(world)
    places = len(bought.suppliers)
    by_place = np.zeros((len(accounts.producers), places))
    by_place[np.arange(len(by_place)), bought.maker] = accounts.value_added_share
    content = accounts.system.intensities(by_place)
    codes, column = np.unique(purchase, return_inverse=True)
    total = np.zeros((len(codes), places))
    for k in range(places):
        total[:, k] = np.bincount(column, bought.amount * content[bought.producer, k], len(codes))
    below = -np.minimum(total, 0.0).sum()
    told: tuple[str, ...] = ()
    if below > 1e-9 * np.abs(total).sum():
        told = (
            say(
                "{share:.2%} of the value added inside purchases is negative and taken as 0",
                share=below / np.abs(total).sum(),
            ),
        )
    who, place = np.nonzero(total > 0)
    return Origins(
        stages=pd.Index(["value_added"], dtype="str"),
        purchase=codes[who],
        stage=np.zeros(len(who), np.int64),
        supplier=place.astype(np.int64),
        amount=total[who, place],
        warnings=told,
    )


def _traded(every: Deliveries, bought: Deliveries, purchase: Integers) -> Origins:
    """Split purchases by where the supplier itself buys, its own region included."""
    if not every.home.any():
        raise OptionError(
            "the matrix 'trade' does not say how much regions supply themselves, so nobody can "
            "look through them",
            hint="put it on the diagonal, or use a table with flows between producers",
        )
    count = len(every.suppliers)
    use = np.zeros((count, count))
    np.add.at(use, (every.supplier, every.buyer), every.amount)
    total = use.sum(axis=0)
    share = np.divide(use, total, out=np.eye(count), where=total > 0)
    row, origin = np.nonzero(share.T[bought.supplier] > 0)
    return Origins(
        stages=pd.Index(["suppliers of suppliers"], dtype="str"),
        purchase=purchase[row],
        stage=np.zeros(len(row), np.int64),
        supplier=origin.astype(np.int64),
        amount=bought.amount[row] * share[origin, bought.supplier[row]],
    )


def _processed(world: World, every: Deliveries, bought: Deliveries, purchase: Integers) -> Origins:
    """Split purchases of a product by where its supplier buys the inputs of its recipe."""
    if "recipes" not in world:
        raise MissingDataError(
            "trade_flows can be looked through only with the table 'recipes', which says what a "
            "product is made of",
            hint="add recipes (product, input), or leave `through` out",
        )
    recipes = world.part("recipes")
    steps = pd.DataFrame({"product": recipes.codes("product"), "stage": recipes.codes("input")})
    own = pd.DataFrame(
        {
            "supplier": every.buyer,
            "stage": every.product,
            "year": every.year,
            "origin": every.supplier,
            "sourced": every.amount,
        }
    ).query("supplier >= 0")
    own = own.groupby(["supplier", "stage", "year", "origin"])["sourced"].sum().reset_index()
    own["sourced"] /= own.groupby(["supplier", "stage", "year"])["sourced"].transform("sum")
    rows = pd.DataFrame(
        {
            "purchase": purchase,
            "product": bought.product,
            "supplier": bought.supplier,
            "year": bought.year,
            "amount": bought.amount,
        }
    ).merge(steps.drop_duplicates(), on="product")
    rows = rows.merge(own, on=["supplier", "stage", "year"], how="left")
    lacking = rows["origin"].isna()
    inside = rows["amount"] * rows["sourced"].fillna(1.0)
    told = []
    if not every.home.any():
        told.append(
            say(
                "trade_flows does not say what regions supply themselves: looking through "
                "suppliers counts only what they import"
            )
        )
    if lacking.any():
        told.append(
            say(
                "suppliers of {share:.1%} of the purchases looked through buy none of the input: "
                "they count as its origin",
                share=inside[lacking].sum() / inside.sum(),
            )
        )
    origin = rows["origin"].fillna(rows["supplier"]).to_numpy(np.int64)
    return Origins(
        stages=bought.products,
        purchase=rows["purchase"].to_numpy(np.int64),
        stage=rows["stage"].to_numpy(np.int64),
        supplier=origin,
        amount=inside.to_numpy(),
        warnings=tuple(told),
    )
