"""How strongly each industry pulls its suppliers and pushes its buyers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from catenary.economy.accounts import Accounts
from catenary.economy.levels import (
    by_label,
    idle,
    indicator,
    large,
    largest_first,
    level_of,
    views,
)
from catenary.languages import joined, say
from catenary.maths.leontief import LeontiefSystem, input_coefficients
from catenary.maths.linkages import ghosh_inverse, normalised, variation
from catenary.model import Result, Run, World
from catenary.model.analysis import analysis

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.economy.levels import Level

    Array = NDArray[np.float64]

__all__ = ["Linkages", "linkages"]

_ROUNDING: Final = 1e-9


@dataclass(frozen=True, kw_only=True, eq=False)
class Linkages(Result):
    """Backward linkages by Leontief, forward ones by Ghosh as an index."""

    producers: pd.DataFrame
    """Linkages of every producer, strongest backward first."""
    regions: pd.DataFrame
    """The same of the table collapsed by region."""
    products: pd.DataFrame
    """The same of the table collapsed by product."""

    def summary(self) -> str:
        """Return how many industries are key, and the strongest."""
        lines: list[str] = []
        for label, tables in views(self.tables):
            made = tables["producers"]
            shown = large(made, (1 - made["direct_forward"]) * made["output"])
            back = shown.iloc[int(shown["backward"].argmax())]
            forward = shown.iloc[int(shown["forward"].argmax())]
            line = say(
                "{key} of {count} industries pull and push more than the mean. Strongest "
                "backward: {back} ({pull:.2f}); strongest forward: {ahead} ({push:.2f}).",
                key=int((made["kind"] == "key").sum()),
                count=len(made),
                back=str(back["producer"]),
                pull=back["backward"],
                ahead=str(forward["producer"]),
                push=forward["forward"],
            )
            lines.append(say("{label}: {text}", label=label, text=line) if label else line)
        return joined(lines, "\n")


@analysis("see")
def linkages(world: World, *, merge: str = "") -> Linkages:
    """Measure how strongly each industry pulls its suppliers and pushes its buyers.

    Backward linkages are column sums of A and of (I − A)⁻¹: the output that a unit of final demand
    calls for. Forward linkages are row sums of x̂⁻¹ Z and of its Ghosh inverse; these are an index
    of where output goes, not a forecast of what would be made.

    Parameters
    ----------
    world
        Needs `intermediate` and `final`.
    merge
        Groups of regions to see as one region, and their industries as one for each product
        (EU27.c15), separated by commas (EU27, LDC, landlocked, islands, or groups of the world).

    Returns
    -------
    Linkages
        By producer, and of the table collapsed by region and by product.

    Raises
    ------
    MissingDataError
        If the world lacks a matrix.
    OptionError
        If a group is unknown.
    DataError
        If nothing is made.

    References
    ----------
    Miller, R. E. & Blair, P. D. (2009), Input-Output Analysis, ch. 12; Rasmussen, P. N. (1956),
    Studies in Inter-sectoral Relations; Ghosh, A. (1958), Economica 25(97), 58-64.

    Examples
    --------
    >>> import catenary
    >>> from catenary.testing import two_regions
    >>> catenary.linkages(two_regions()).producers["backward"].round(4).tolist()
    [3.4667, 2.9333]
    """
    accounts = Accounts.of(world, merge=merge, industries=True)
    told = (*accounts.warnings, *idle(accounts))
    made = accounts.output > 0
    region = level_of(accounts, "region")
    product = level_of(accounts, "product")
    measures = _measures(level_of(accounts, "producer"), accounts.region, len(accounts.regions))
    producers = pd.DataFrame({**by_label(accounts, made), **measures})
    return Linkages(
        run=Run(analysis="linkages", options={}, world="", warnings=told),
        producers=_sorted(producers),
        regions=_sorted(
            pd.DataFrame(
                {
                    "region": region.labels[region.output > 0],
                    **_measures(region, np.arange(len(region.labels)), len(region.labels)),
                }
            )
        ),
        products=_sorted(
            pd.DataFrame(
                {
                    "product": product.labels[product.output > 0],
                    **_measures(product, np.zeros(len(product.labels), np.int64), 1),
                }
            )
        ),
    )


def _measures(
    level: Level, region: NDArray[np.int64], regions: int
) -> dict[str, Array | NDArray[np.str_]]:
    """Return the linkages of those that make anything; means are over them."""
    kept = level.output > 0
    x = level.output[kept]
    flows = level.flows[np.ix_(kept, kept)]
    inputs = input_coefficients(flows, x)
    pull = LeontiefSystem(inputs, level.labels[kept].tolist()).output_for(np.eye(len(x)))
    push = ghosh_inverse(pull, x)
    home = indicator(region[kept], regions)
    backward, forward = pull.sum(axis=0), push.sum(axis=1)
    rows = pull.sum(axis=1)
    strong, wide = normalised(backward), normalised(forward)
    pulls, pushes = (linkage >= 1 - _ROUNDING for linkage in (strong, wide))
    kind = np.select(
        [pulls & pushes, pulls, pushes],
        ["key", "backward", "forward"],
        "weak",
    )
    return {
        "output": x,
        "direct_backward": inputs.sum(axis=0),
        "direct_forward": (flows / x[:, None]).sum(axis=1),
        "backward": backward,
        "backward_home": np.einsum("nr,nr->n", pull.T @ home, home),
        "backward_normal": strong,
        "backward_variation": variation(pull, 0),
        "forward": forward,
        "forward_home": np.einsum("nr,nr->n", push @ home, home),
        "forward_normal": wide,
        "forward_variation": variation(push, 1),
        "sensitivity": rows,
        "sensitivity_normal": normalised(rows),
        "kind": kind,
    }


def _sorted(frame: pd.DataFrame) -> pd.DataFrame:
    frame["kind"] = frame["kind"].astype("str")
    return largest_first(frame, "backward")
