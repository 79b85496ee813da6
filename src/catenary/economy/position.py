"""How far producers, regions and products are from final use and from primary inputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pandas as pd

from catenary.economy.accounts import Accounts
from catenary.economy.levels import (
    by_label,
    coded,
    idle,
    large,
    largest_first,
    level_of,
    of_category,
    views,
)
from catenary.errors import OptionError, listed
from catenary.languages import joined, say
from catenary.maths.position import Positions, propagation_lengths, without_stocks
from catenary.model import Result, Run, World
from catenary.model.analysis import analysis

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.economy.levels import Level

    Array = NDArray[np.float64]

__all__ = ["Position", "position"]

_MOST_ROWS: Final = 5_000_000


@dataclass(frozen=True, kw_only=True, eq=False)
class Position(Result):
    """Stages to final use and since primary inputs."""

    producers: pd.DataFrame
    """Upstreamness and downstreamness of every producer, most upstream first."""
    regions: pd.DataFrame
    """The same of the table collapsed by region."""
    products: pd.DataFrame
    """The same of the table collapsed by product."""
    lengths: pd.DataFrame
    """Average propagation lengths between pairs, strongest link first."""

    def figures(self) -> pd.DataFrame:
        """Return mean stages, weighted by value added."""
        rows = []
        for label, tables in views(self.tables):
            made = tables["producers"]
            rows.append(
                {
                    "world": label,
                    "figure": say("mean upstreamness"),
                    "unit": "number",
                    "value": made["output"].sum() / made["value_added"].sum(),
                }
            )
        frame = pd.DataFrame(rows)
        return frame if "world" in self.producers else frame.drop(columns="world")

    def summary(self) -> str:
        """Return who is most upstream and most downstream."""
        lines: list[str] = []
        for label, tables in views(self.tables):
            made = tables["producers"]
            shown = large(made, made["final"])
            most = shown.iloc[int(shown["upstreamness"].argmax())]
            down = shown.iloc[int(shown["downstreamness"].argmax())]
            line = say(
                "{mean:.2f} stages on average from value added to final use. Farthest from final "
                "use: {first} ({up:.2f}); farthest from primary inputs: {last} ({down:.2f}).",
                mean=made["output"].sum() / made["value_added"].sum(),
                first=str(most["producer"]),
                up=most["upstreamness"],
                last=str(down["producer"]),
                down=down["downstreamness"],
            )
            lines.append(say("{label}: {text}", label=label, text=line) if label else line)
        return joined(lines, "\n")


@analysis("see")
def position(
    world: World,
    *,
    inventories: str = "",
    lengths: Literal["region", "product", "producer"] = "region",
    merge: str = "",
) -> Position:
    """Count the stages from each producer to final use, and since primary inputs.

    Upstreamness is (I − x̂⁻¹ Z)⁻¹ 1 and downstreamness (I − Aᵀ)⁻¹ 1. Weighted by value added and by
    final use, the means of both are output / GDP. For regions and products the table is collapsed
    first.

    Parameters
    ----------
    world
        Needs `intermediate` and `final`.
    inventories
        Category of consumers that stands for changes of stocks (`inventories` in WIOD): flows
        are then taken as if what went into stocks had been used as all else; blank = stocks are
        final use.
    lengths
        Between what average propagation lengths are listed.
    merge
        Groups of regions to see as one region, and their industries as one for each product
        (EU27.c15), separated by commas (EU27, LDC, landlocked, islands, or groups of the world).

    Returns
    -------
    Position
        Upstreamness and downstreamness by producer, region and product; propagation lengths.

    Raises
    ------
    MissingDataError
        If the world lacks a matrix.
    OptionError
        If a category or group is unknown, or the pairs are too many.
    DataError
        If nothing is made.

    References
    ----------
    Antràs, P. & Chor, D. (2018), On the measurement of upstreamness and downstreamness in global
    value chains, NBER Working Paper 24185; Dietzenbacher, E. & Romero, I. (2007), Production
    chains in an interregional framework, International Regional Science Review 30(4), 362-383.

    Examples
    --------
    >>> import catenary
    >>> from catenary.testing import two_regions
    >>> catenary.position(two_regions()).producers[["producer", "upstreamness"]].round(4)
        producer  upstreamness
    0  AAA.goods        3.6667
    1  BBB.goods        2.6667
    """
    accounts = Accounts.of(world, merge=merge, industries=True)
    told = [*accounts.warnings, *idle(accounts)]
    stocks = np.zeros(len(accounts.producers))
    if inventories:
        stocks = of_category(accounts, world, inventories)
    found: dict[str, tuple[Level, Positions]] = {}
    for by in ("producer", "region", "product"):
        level = level_of(accounts, by)
        flows, kept = without_stocks(level.flows, level.output, level.sums(stocks))
        if (kept & (level.output > 0)).any():
            told.append(
                say(
                    "all that {names} make, or more, went into stocks; their flows stay as they "
                    "are",
                    names=listed(level.labels[kept & (level.output > 0)], most=3),
                )
            )
        found[by] = (level, Positions(flows, level.output, level.labels.tolist()))
    return Position(
        run=Run(analysis="position", options={}, world="", warnings=tuple(told)),
        producers=_producers(accounts, found["producer"][1]),
        regions=_collapsed("region", *found["region"]),
        products=_collapsed("product", *found["product"]),
        lengths=_lengths(*found[lengths]),
    )


def _measures(stages: Positions, kept: NDArray[np.bool_]) -> dict[str, Array]:
    return {
        "output": stages.x[kept],
        "value_added": stages.value_added[kept],
        "final": stages.final[kept],
        "upstreamness": stages.upstreamness[kept],
        "downstreamness": stages.downstreamness[kept],
    }


def _producers(accounts: Accounts, stages: Positions) -> pd.DataFrame:
    kept = stages.x > 0
    frame = pd.DataFrame({**by_label(accounts, kept), **_measures(stages, kept)})
    return largest_first(frame, "upstreamness")


def _collapsed(name: str, level: Level, stages: Positions) -> pd.DataFrame:
    kept = stages.x > 0
    frame = pd.DataFrame({name: level.labels[kept], **_measures(stages, kept)})
    return largest_first(frame, "upstreamness")


def _lengths(level: Level, stages: Positions) -> pd.DataFrame:
    """Return all pairs that some chain links."""
    count = len(level.labels)
    if count**2 > _MOST_ROWS:
        raise OptionError(
            f"{count:,} producers make {count**2:,} pairs, more than {_MOST_ROWS:,}",
            hint="choose lengths='region' or 'product'",
        )
    lengths, strength = propagation_lengths(stages.system, count)
    supplier, buyer = np.nonzero(strength)
    frame = pd.DataFrame(
        {
            "supplier": coded(supplier, level.labels),
            "buyer": coded(buyer, level.labels),
            "length": lengths[supplier, buyer],
            "strength": strength[supplier, buyer],
        }
    )
    return frame.sort_values("strength", ascending=False, kind="stable", ignore_index=True)
