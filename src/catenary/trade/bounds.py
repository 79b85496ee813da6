"""Bound rates beside applied tariffs: every line of a world, and every member to its bound rate."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

import numpy as np
import pandas as pd

from catenary.errors import MissingDataError
from catenary.model import Change, Scenario
from catenary.trade.barriers import USES, painted, trading
from catenary.trade.easing import uses_of
from catenary.trade.valued import Valued

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from catenary.model import World

    Array = NDArray[np.float64]

__all__ = ["KEYS", "Lines", "bound_scenario"]

KEYS: Final = ("origin", "destination", "product", "use")
"""What a line is called by."""

_BOUND: Final = {"tariff": 0.0, "bound": np.nan, "named": 0.0}
_HAIR: Final = 1e-12


@dataclass(frozen=True, kw_only=True, eq=False)
class Lines:
    """Every pair of regions and product that a link speaks of."""

    frame: pd.DataFrame
    """Columns origin, destination, product, use, trade, and the columns of links asked for."""
    unit: str
    """Of trade; blank = unknown."""
    covered: float
    """Share of trade between regions that a link speaks of; NaN = unknown."""
    warnings: tuple[str, ...]

    @classmethod
    def of(cls, world: World, columns: Mapping[str, float] = _BOUND) -> Lines:
        """Read the lines of a world: products that cross a border, between different regions.

        Parameters
        ----------
        world
            Needs `links`.
        columns
            Columns of links to read → what holds where nothing is said.

        Raises
        ------
        MissingDataError
            If there are no links.

        Examples
        --------
        >>> from catenary.testing import two_regions
        >>> world = two_regions().with_(links=pd.DataFrame({
        ...     "origin": ["AAA"], "destination": ["BBB"], "tariff": [0.1], "bound": [0.3]}))
        >>> Lines.of(world).frame[["origin", "tariff", "bound", "trade"]].to_numpy().tolist()
        [['AAA', 0.1, 0.3, 5.0]]
        """
        if "links" not in world or not len(world.ids("links")):
            raise MissingDataError(
                "this world has no links, so that nobody knows its tariffs",
                hint="add a table links with origin, destination, product, tariff and bound",
            )
        uses = uses_of(world)
        trade = Valued.of(world, uses=uses)
        found = painted(world, trade.regions, uses, {**columns, "named": 0.0})
        apart = ~np.eye(len(trade.regions), dtype=bool)
        traded = trade.traded()[:, None, None]
        place = np.nonzero((found["named"] > 0) & apart & traded)
        use, product, buyer, seller = place
        values = np.full(len(use), np.nan)
        covered = np.nan
        if trade.values is not None:
            values = trade.values[place]
            every = float((trade.values * apart).sum())
            covered = float(values.sum()) / every if every > 0 else np.nan
        if not len(use):
            raise MissingDataError(
                "no link of this world is between two regions, for a product that crosses a border",
                hint="add rows to links: origin, destination, product, tariff and bound",
            )
        labels = ("",) if uses == 1 else USES
        frame = pd.DataFrame(
            {
                "origin": pd.Categorical.from_codes(seller, categories=trade.regions),
                "destination": pd.Categorical.from_codes(buyer, categories=trade.regions),
                "product": pd.Categorical.from_codes(product, categories=trade.products),
                "use": pd.Categorical.from_codes(use, categories=pd.Index(labels)),
                "trade": values,
                **{name: found[name][place] for name in columns if name != "named"},
            }
        )
        told = trade.warnings if trade.values is not None else ()
        return cls(frame=frame, unit=trade.unit, covered=covered, warnings=told)


def bound_scenario(world: World) -> Scenario:
    """Return the scenario "every member to its bound rate": `counterfactual` runs it.

    Each tariff becomes the bound rate of its link, be it above or below the applied one; what is
    not bound stays as it is. A link of one product counts before one of all products.

    Parameters
    ----------
    world
        Needs `links` with some bound rate.

    Raises
    ------
    MissingDataError
        If nothing is bound.

    Examples
    --------
    >>> from catenary.testing import two_regions
    >>> world = two_regions().with_(links=pd.DataFrame({
    ...     "origin": ["AAA"], "destination": ["BBB"], "tariff": [0.1], "bound": [0.3]}))
    >>> change, = bound_scenario(world).changes
    >>> change.target, change.set, dict(change.where)["destination"]
    ('links.tariff', 0.3, ('BBB',))
    """
    rows = _rows(world)
    every = {str(region) for region in trading(world)}
    ends = world.table("links")[["origin", "destination"]].astype("str")
    inside = (ends["origin"] == ends["destination"]).any()  # all sellers would be one too many
    groups = rows.groupby(["product", "use", "destination", "rate"], sort=False)["origin"]
    by_buyer: dict[tuple[str, str, float, tuple[str, ...]], list[str]] = defaultdict(list)
    for key, origins in groups:
        product, use, buyer, rate = cast("tuple[str, str, str, float]", key)
        whole = not inside and set(origins) == every - {buyer}
        by_buyer[product, use, rate, () if whole else tuple(sorted(origins))].append(buyer)
    by_product: dict[tuple[str, float, tuple[str, ...], tuple[str, ...], bool], list[str]]
    by_product = defaultdict(list)
    for (product, use, rate, sellers), buyers in by_buyer.items():
        by_product[use, rate, sellers, tuple(sorted(buyers)), product == ""].append(product)
    changes = [
        (
            (not general, use != ""),
            Change(
                target="links.tariff",
                where={
                    **({"origin": list(sellers)} if sellers else {}),
                    "destination": list(buyers),
                    **({} if general else {"product": products}),
                    **({"use": use} if use else {}),
                },
                set=rate,
            ),
        )
        for (use, rate, sellers, buyers, general), products in by_product.items()
    ]
    changes.sort(key=lambda one: one[0])  # what is said of all products first
    return Scenario(
        "bound",
        tuple(change for _, change in changes),
        title="Every member to its bound rate",
        description="Applied tariffs become the bound rates of links; what is unbound stays.",
    )


def _rows(world: World) -> pd.DataFrame:
    """Return origin, destination, product, use and rate of every link that has to be set."""
    if "links" not in world or not np.isfinite(world.part("links").numbers("bound")).any():
        raise MissingDataError(
            "no link of this world has a bound rate",
            hint="fill links.bound: the most that a member may levy on imports; blank = unbound",
        )
    links = world.part("links")
    frame = pd.DataFrame(
        {key: _plain(links.frame, key) for key in KEYS}
        | {"tariff": links.numbers("tariff"), "bound": links.numbers("bound")}
    )
    frame = frame[frame["origin"] != frame["destination"]]
    known = frame["bound"].notna()
    # what is said of one product or use is set again where a wider link is set before it
    bound = frame[known]
    pairs = pd.MultiIndex.from_frame(bound.loc[bound["product"] == "", ["origin", "destination"]])
    goods = pd.MultiIndex.from_frame(bound.loc[bound["use"] == "", list(KEYS[:3])])
    under = pd.MultiIndex.from_frame(frame[["origin", "destination"]]).isin(pairs)
    under &= (frame["product"] != "").to_numpy()
    again = pd.MultiIndex.from_frame(frame[list(KEYS[:3])]).isin(goods)
    under |= again & (frame["use"] != "").to_numpy()
    kept = frame[(known & (frame["bound"] != frame["tariff"])) | under]
    return kept.assign(rate=kept["bound"].where(kept["bound"].notna(), kept["tariff"]))


def _plain(frame: pd.DataFrame, key: str) -> Iterable[str]:
    return frame[key].astype("str").fillna("").to_numpy() if key in frame else ""
