"""How much of trade tariffs, days and borders hold back, estimated from a world's own flows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pandas as pd

from catenary.errors import OptionError, did_you_mean
from catenary.languages import joined, say
from catenary.model import Result, Run, World
from catenary.model.analysis import analysis
from catenary.trade.barriers import Wedges
from catenary.trade.estimation import estimate
from catenary.trade.flows import Flows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["Gravity", "gravity"]

_TERMS: Final = ("tariff", "duration", "iceberg", "border")


@dataclass(frozen=True, kw_only=True, eq=False)
class Gravity(Result):
    """A gravity regression of a world's flows."""

    terms: pd.DataFrame
    """What holds trade back, and by how much."""
    flows: pd.DataFrame
    """Flows as they are and as the regression expects them."""
    basis: pd.DataFrame
    """What it rests on: one row."""

    def figures(self) -> pd.DataFrame:
        """Return the estimates."""
        kept = ["world"] if "world" in self.terms else []
        named = self.terms.rename(columns={"term": "figure", "estimate": "value"})
        return named.assign(unit="elasticity")[["figure", "unit", "value", *kept]]

    def summary(self) -> str:
        """Return every estimate with its error."""
        if "world" not in self.terms:
            return joined(_told(self.terms, self.basis), "\n")
        lines = []
        for label, terms in self.terms.groupby("world", sort=False):
            basis = self.basis[self.basis["world"] == label]
            text = joined(_told(terms, basis), " ")
            lines.append(say("{label}: {text}", label=str(label), text=text))
        return joined(lines, "\n")


def _told(terms: pd.DataFrame, basis: pd.DataFrame) -> list[str]:
    """Return sentences on the estimates of one world."""
    lines: list[str] = [
        say(
            "{term}: {estimate:+.3f} (standard error {error:.3f}).",
            term=str(row["term"]),
            estimate=row["estimate"],
            error=row["error"],
        )
        for _, row in terms.iterrows()
    ]
    elasticity, day = (float(basis[name].iloc[0]) for name in ("elasticity", "day_value"))
    if np.isfinite(elasticity):
        lines.append(say("Trade elasticity: {value:.2f}.", value=elasticity))
    if np.isfinite(day):
        lines.append(say("A day costs {value:.2%} of the value of goods.", value=day))
    return lines


@analysis("see")
def gravity(
    world: World,
    *,
    terms: str = "border",
    method: Literal["ppml", "ols"] = "ppml",
    pair_effects: bool = False,
) -> Gravity:
    """Estimate what holds trade back, with fixed effects of origin and destination by product.

    Own sales count, so that borders can be told from distance to everybody. The estimates are
    what `counterfactual` takes: a trade elasticity from tariffs, the cost of a day from durations.

    Parameters
    ----------
    world
        Needs `intermediate` and `final`, in money before tariffs; `links` for what the terms need.
    terms
        What to estimate, separated by commas: tariff (logarithm of 1 + tariff + rent), duration
        (days), iceberg (logarithm of 1 + cost), border (1 for trade between regions).
    method
        ppml: Poisson pseudo-likelihood, zeros included; ols: logarithms of what is above 0.
    pair_effects
        Whether pairs of regions get fixed effects, so that only what differs by product counts.

    Returns
    -------
    Gravity
        Estimates with errors clustered by pair, and expected flows.

    Raises
    ------
    OptionError
        If there is no such term.
    DataError
        If fixed effects leave nothing of a term.
    ComputationError
        If the search does not end.

    References
    ----------
    Santos Silva, J. & Tenreyro, S. (2006), Review of Economics and Statistics 88(4), 641-658;
    Yotov, Y. et al. (2016), An Advanced Guide to Trade Policy Analysis, ch. 1.

    Examples
    --------
    >>> import catenary
    >>> from catenary.testing import two_regions
    >>> catenary.gravity(two_regions()).terms[["term", "estimate"]].round(3).to_numpy().tolist()
    [['border', -0.741]]
    """
    wanted = list(dict.fromkeys(word.strip() for word in terms.split(",") if word.strip()))
    for word in wanted:
        if word not in _TERMS:
            raise OptionError(f"there is no term {word!r}", hint=did_you_mean(word, _TERMS))
    flows = Flows.of(world)
    frame = _frame(flows, Wedges.of(world, flows.regions, uses=1))
    found = estimate(
        frame,
        terms=wanted,
        flow="flow",
        effects=(("origin", "product"), ("destination", "product")),
        pair_effects=pair_effects,
        method=method,
    )
    # flows are before tariffs, so that tariffs count once more than costs do
    theta = -found.of("tariff") - 1 if "tariff" in wanted else np.nan
    day = -found.of("duration") / theta if {"tariff", "duration"} <= set(wanted) else np.nan
    told = []
    if "tariff" in wanted and theta <= 0:
        told.append(
            say(
                "trade does not fall as tariffs rise, so that there is no trade elasticity "
                "(estimate {value:.3f})",
                value=found.of("tariff"),
            )
        )
        theta, day = np.nan, np.nan
    if found.left_out:
        told.append(
            say(
                "{count:,} flows say nothing beside the fixed effects and are left out",
                count=found.left_out,
            )
        )
    basis = {
        "method": [method],
        "unit": [flows.unit],
        "rows": [found.rows],
        "left_out": [found.left_out],
        "clusters": [found.clusters],
        "elasticity": [theta],
        "day_value": [day],
    }
    return Gravity(
        run=Run(analysis="gravity", options={}, world="", warnings=(*flows.warnings, *told)),
        terms=found.terms,
        flows=frame[["origin", "destination", "product", "flow"]].assign(
            expected=found.fitted.to_numpy()
        ),
        basis=pd.DataFrame(basis),
    )


def _frame(flows: Flows, wedges: Wedges) -> pd.DataFrame:
    """Return one row per origin, destination and product."""
    product, buyer, seller = np.indices(flows.sales.shape[1:]).reshape(3, -1)

    def column(array: Array) -> Array:
        return np.asarray(array[0].ravel())

    return pd.DataFrame(
        {
            "origin": pd.Categorical.from_codes(seller, categories=flows.regions),
            "destination": pd.Categorical.from_codes(buyer, categories=flows.regions),
            "product": pd.Categorical.from_codes(product, categories=flows.products),
            "flow": column(flows.sales),
            "tariff": np.log1p(column(wedges.levied)),
            "duration": column(wedges.duration),
            "iceberg": np.log1p(column(wedges.iceberg)),
            "border": (buyer != seller).astype(np.float64),
        }
    )
