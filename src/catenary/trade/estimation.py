"""Gravity estimated from any table of flows: one row per origin, destination and whatever else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pandas as pd

from catenary.errors import DataError, MissingDataError, OptionError, did_you_mean, listed
from catenary.maths.gravity_regression import regress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["Estimate", "estimate"]

_HALF: Final = 1.959963984540054  # of a 95 % interval, in standard errors


@dataclass(frozen=True, kw_only=True, eq=False)
class Estimate:
    """What a gravity regression found."""

    terms: pd.DataFrame
    """Term, estimate, error, low, high (95 %)."""
    fitted: pd.Series
    """Expected flow of each row; missing where it was left out."""
    rows: int
    """Rows that count."""
    left_out: int
    """Rows whose groups have no flow, or that are alone in a group; for `ols` zeros too."""
    clusters: int
    rounds: int

    def of(self, term: str) -> float:
        """Return the estimate of one term.

        Raises
        ------
        OptionError
            If it was not estimated.
        """
        found = self.terms.loc[self.terms["term"] == term, "estimate"]
        if found.empty:
            raise OptionError(
                f"{term!r} was not estimated", hint=did_you_mean(term, self.terms["term"])
            )
        return float(found.iloc[0])


def estimate(
    flows: pd.DataFrame,
    *,
    terms: Sequence[str],
    flow: str = "trade",
    effects: Sequence[Sequence[str]] = (("origin", "year"), ("destination", "year")),
    pair: tuple[str, str] = ("origin", "destination"),
    pair_effects: bool = False,
    method: Literal["ppml", "ols"] = "ppml",
) -> Estimate:
    """Estimate flow = exp(terms β + fixed effects) · error, errors clustered by undirected pair.

    Parameters
    ----------
    flows
        One row per observation.
    terms
        Columns that explain flows, as they enter: logarithms where they are meant.
    flow
        Column of flows, 0 or more.
    effects
        Columns whose values together make a group, for each set of fixed effects. Origin and
        destination, by year and product where there are several, are what theory asks for.
    pair
        Columns of the two ends.
    pair_effects
        Whether undirected pairs get fixed effects too: for terms that change over time.
    method
        `ppml`: Poisson pseudo-likelihood, zeros included; `ols`: logarithms of what is above 0.

    Raises
    ------
    MissingDataError
        If a column is missing.
    DataError
        If a number is missing or negative, or fixed effects leave nothing of a term.
    ComputationError
        If the search does not end.

    References
    ----------
    Yotov, Y. et al. (2016), An Advanced Guide to Trade Policy Analysis, ch. 1.

    Examples
    --------
    >>> import itertools
    >>> frame = pd.DataFrame(itertools.product("ABCD", "ABCD"), columns=["origin", "destination"])
    >>> frame["border"] = (frame["origin"] != frame["destination"]).astype(float)
    >>> frame["trade"] = 10 * np.exp(-1.5 * frame["border"])
    >>> found = estimate(frame, terms=["border"], effects=[["origin"], ["destination"]])
    >>> round(found.of("border"), 6)
    -1.5
    """
    needed = [flow, *terms, *pair, *(name for group in effects for name in group)]
    lacking = [name for name in dict.fromkeys(needed) if name not in flows]
    if lacking:
        raise MissingDataError(
            f"the table of flows has no column {listed(lacking)}",
            hint=f"it has {listed(flows.columns, most=20)}",
        )
    if not terms:
        raise OptionError("no term is to be estimated", hint="name at least one column")
    x = np.column_stack([_numbers(flows, name) for name in terms])
    ends = flows[list(pair)].astype("str").to_numpy(dtype=object)
    undirected = pd.DataFrame(np.sort(ends, axis=1))
    groups = [_group(flows[list(group)]) for group in effects]
    cluster = _group(undirected)
    try:
        found = regress(
            _numbers(flows, flow),
            x,
            [*groups, cluster] if pair_effects else groups,
            cluster,
            method=method,
        )
    except DataError as error:
        text = str(error.args[0])
        place = text.rpartition("term ")[2]
        if not place.isdigit():
            raise
        name = terms[int(place) - 1]
        raise DataError(f"fixed effects leave nothing of {name!r}", hint=error.hint) from None
    return Estimate(
        terms=pd.DataFrame(
            {
                "term": list(terms),
                "estimate": found.coefficients,
                "error": found.errors,
                "low": found.coefficients - _HALF * found.errors,
                "high": found.coefficients + _HALF * found.errors,
            }
        ),
        fitted=pd.Series(found.fitted, index=flows.index),
        rows=int(found.kept.sum()),
        left_out=int((~found.kept).sum()),
        clusters=found.clusters,
        rounds=found.rounds,
    )


def _numbers(flows: pd.DataFrame, name: str) -> NDArray[np.float64]:
    """Return a column of numbers, or say that it is none."""
    try:
        numbers = flows[name].to_numpy(np.float64, na_value=np.nan)
    except (TypeError, ValueError):
        raise DataError(
            f"the column {name!r} is not of numbers", hint="give numbers, such as logarithms"
        ) from None
    bad = ~np.isfinite(numbers)
    if bad.any():
        raise DataError(
            f"{int(bad.sum()):,} rows have no finite {name!r} (first: row {flows.index[bad][0]})",
            hint="leave these rows out, or fill them in",
        )
    return numbers


def _group(columns: pd.DataFrame) -> NDArray[np.int64]:
    """Return one number for each combination of values."""
    groups = columns.groupby(list(columns.columns), sort=False, observed=True, dropna=False)
    return np.asarray(groups.ngroup(), np.int64)
