"""Dependency indicators of the European Commission and of CEPII, and how long they persist."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from catenary.errors import listed
from catenary.languages import say
from catenary.maths.concentration import shares_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from catenary.economy.deliveries import Deliveries

    Array = NDArray[np.float64]

__all__ = ["CONCENTRATED", "MOSTLY", "dependence", "persistence"]

CONCENTRATED: Final = 0.4
"""Herfindahl index above which imports, or world exports, are concentrated."""
MOSTLY: Final = 0.5
"""Share of imports from outside a group above which it relies on the outside."""
WINDOW: Final = 3
ENOUGH: Final = 2
"""Years of the window in which a product has to be dependent."""


def dependence(
    every: Deliveries, destination: NDArray[np.bool_], product: NDArray[np.bool_]
) -> pd.DataFrame:
    """Return the indicators of every destination, product and year with imports.

    With m imports from outside, i imports from other members of a merged group, x exports to the
    outside: CDI1 = Herfindahl index of m by supplier, CDI2 = m / (m + i), CDI3 = m / (x + i).
    Dependent: CDI1 > 0.4, CDI2 > 0.5 and CDI3 > 1. GeoDep (CEPII): CDI1 > 0.4, Herfindahl index of
    world exports > 0.4 and m / x > 1. Trade within merged groups is no export of the world.

    Parameters
    ----------
    every
        All deliveries, by region.
    destination, product
        Which to list.

    Returns
    -------
    pandas.DataFrame
        destination, product, year, imports, cdi1, cdi2, cdi3, export_hhi, imports_to_exports,
        dependent, geodep. Ratios to exports that do not exist are infinite.
    """
    years, products = len(every.years), len(every.products)
    if not destination.any():  # buyers or suppliers are no regions
        return _empty(_DEPENDENCE)
    size = len(every.buyers) * products * years
    good = every.product * years + every.year
    outside, known = ~every.home & ~every.inner, every.buyer >= 0
    bought = (outside & known & product[every.product]).nonzero()[0]
    bought = bought[destination[every.buyer[bought]]] if len(bought) else bought
    shares = shares_of(
        every.buyer[bought] * products * years + good[bought],
        every.supplier[bought],
        every.amount[bought],
        len(every.suppliers),
    )
    group = shares.groups
    sold = _sums(every.supplier, good, every.amount, outside, products * years, size)[group]
    inner = _sums(every.supplier, good, every.amount, every.inner, products * years, size)[group]
    world = shares_of(
        good[outside], every.supplier[outside], every.amount[outside], len(every.suppliers)
    )
    hhi = np.zeros(products * years)
    hhi[world.groups] = world.hhi
    imports = shares.total
    to_all, to_outside = _ratio(imports, sold + inner), _ratio(imports, sold)
    export_hhi = hhi[group % (products * years)]
    frame = pd.DataFrame(
        {
            "destination": pd.Categorical.from_codes(
                group // (products * years), categories=every.buyers
            ),
            "product": pd.Categorical.from_codes(
                group // years % products, categories=every.products
            ),
            "year": np.asarray(every.years)[group % years],
            "imports": imports,
            "cdi1": shares.hhi,
            "cdi2": imports / (imports + inner),
            "cdi3": to_all,
            "export_hhi": export_hhi,
            "imports_to_exports": to_outside,
        }
    )
    frame["dependent"] = (
        (frame["cdi1"] > CONCENTRATED) & (frame["cdi2"] > MOSTLY) & (frame["cdi3"] > 1)
    )
    frame["geodep"] = (
        (frame["cdi1"] > CONCENTRATED)
        & (frame["export_hhi"] > CONCENTRATED)
        & (frame["imports_to_exports"] > 1)
    )
    return frame.sort_values(
        ["dependent", "geodep", "imports"], ascending=False, kind="stable", ignore_index=True
    )


def _sums(
    region: NDArray[np.int64],
    good: NDArray[np.int64],
    amount: Array,
    kept: NDArray[np.bool_],
    goods: int,
    size: int,
) -> Array:
    """Return amounts by region, product and year."""
    total = np.bincount(region[kept] * goods + good[kept], amount[kept], size)
    return total.astype(np.float64, copy=False)


def _ratio(imports: Array, exports: Array) -> Array:
    return np.divide(imports, exports, out=np.full_like(imports, np.inf), where=exports > 0)


def persistence(rows: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return who depends on what in at least two of the last three years, and what to know of it.

    A product that a destination does not import in a year is not dependent in it; a destination
    without any imports in a year is left out, and a warning names it.

    Parameters
    ----------
    rows
        What `dependence` returns; without years, or with one, nothing persists.

    Examples
    --------
    >>> rows = pd.DataFrame({"destination": "A", "product": "p", "year": [1.0, 2.0, 3.0],
    ...     "dependent": [True, False, True], "geodep": [True, False, False]})
    >>> persistence(rows)[0][["dependent", "geodep"]].to_numpy().tolist()
    [[True, False]]
    """
    kinds = ["dependent", "geodep"]
    stated = rows[rows["year"].notna()]
    years = sorted(stated["year"].unique())[-WINDOW:]
    columns = ["destination", "product", "first_year", "last_year", "years"]
    columns += [f"{kind}_years" for kind in kinds] + kinds
    empty = _empty(columns)
    if len(years) < 2:
        return empty, ()
    stated = stated[stated["year"].isin(years)]
    told = []
    if len(rows) > 0 and rows["year"].isna().any():
        told.append(
            say(
                "{count:,} rows name no year and do not count towards what persists",
                count=int(rows["year"].isna().sum()),
            )
        )
    if len(years) < WINDOW:
        told.append(
            say("only {count} years are known; two of three are asked for", count=len(years))
        )
    seen = stated.groupby("destination", observed=True)["year"].nunique()
    absent = seen.index[seen < len(years)]
    if len(absent):
        told.append(
            say(
                "{names} import nothing in some of the last {count} years, so that what persists "
                "there is unknown",
                names=listed(absent, most=5),
                count=len(years),
            )
        )
        stated = stated[~stated["destination"].isin(absent)]
    if not len(stated):
        return empty, tuple(told)
    grouped = stated.groupby(["destination", "product"], as_index=False, sort=True, observed=True)
    found = grouped.agg(
        years=("year", "size"),  # each year once
        dependent_years=("dependent", "sum"),
        geodep_years=("geodep", "sum"),
    )
    found = found.assign(first_year=years[0], last_year=years[-1])
    for kind in kinds:
        found[kind] = found[f"{kind}_years"] >= ENOUGH
    order = [*kinds, *(f"{kind}_years" for kind in kinds)]
    return found[columns].sort_values(
        order, ascending=False, kind="stable", ignore_index=True
    ), tuple(told)


def _empty(columns: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype=_TYPES.get(name, "float64")) for name in columns})


_DEPENDENCE: Final = (
    "destination", "product", "year", "imports", "cdi1", "cdi2", "cdi3", "export_hhi",
    "imports_to_exports", "dependent", "geodep",
)  # fmt: skip
_TYPES: Final = {
    "destination": "str",
    "product": "str",
    "years": "int64",
    "dependent_years": "int64",
    "geodep_years": "int64",
    "dependent": "bool",
    "geodep": "bool",
}
