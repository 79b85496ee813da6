"""What stands between two regions, read from `links`, as it is and as a scenario makes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from catenary.errors import OptionError, ScenarioError, listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from catenary.model import Scenario, World
    from catenary.model.timeline import Timeline

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = [
    "USES",
    "Wedges",
    "completed",
    "painted",
    "refuse_free_goods",
    "refuse_other_targets",
    "trading",
]

USES: Final = ("inputs", "final")
"""What goods are bought for, in the order of the axis of uses."""

_KEYS: Final = ["origin", "destination", "product", "use"]
_DEFAULTS: Final = {"tariff": 0.0, "rent": 0.0, "iceberg": 0.0, "duration": 0.0, "open": 1.0}


@dataclass(frozen=True, kw_only=True, eq=False)
class Wedges:
    """Barriers by use, product, buyer and seller, (U, J, N, N) each."""

    tariff: Array
    """Applied tariff, share of the price before it."""
    rent: Array
    """What else buyers pay that is somebody's income at the destination, share of the price."""
    iceberg: Array
    """What uses up resources, share."""
    duration: Array
    """Days on the way."""
    open: Array
    """1 = open, 0 = banned."""

    @property
    def levied(self) -> Array:
        """Tariff and rent."""
        return self.tariff + self.rent

    @classmethod
    def of(cls, world: World, regions: pd.Index, *, uses: int) -> Wedges:
        """Read the barriers of a world; what no link names is open and free.

        A row with a product counts before one without, then a row with a use before one without.

        Parameters
        ----------
        world
            Its table `links` may be missing.
        regions
            Ids of regions in the order of the axes, (N,).
        uses
            1 or 2; with 2 inputs come first.

        Raises
        ------
        OptionError
            If links tell uses apart, and `uses` is 1.

        Examples
        --------
        >>> import pandas as pd
        >>> from catenary.testing import two_regions
        >>> world = two_regions().with_(links=pd.DataFrame(
        ...     {"origin": ["AAA"], "destination": ["BBB"], "tariff": [0.1]}))
        >>> Wedges.of(world, world.ids("regions"), uses=1).tariff[0, 0].tolist()
        [[0.0, 0.0], [0.1, 0.0]]
        """
        return cls(**painted(world, regions, uses, _DEFAULTS))


def painted(
    world: World, regions: pd.Index, uses: int, columns: Mapping[str, float]
) -> dict[str, Array]:
    """Return columns of links by use, product, buyer and seller, (U, J, N, N) each.

    Parameters
    ----------
    world, regions, uses
        As for `Wedges.of`.
    columns
        Column of numbers → what holds where no link is; `named` gets 1 where one is.

    Raises
    ------
    OptionError
        If links tell uses apart, and `uses` is 1.

    Examples
    --------
    >>> import pandas as pd
    >>> from catenary.testing import two_regions
    >>> world = two_regions().with_(links=pd.DataFrame(
    ...     {"origin": ["AAA"], "destination": ["BBB"], "bound": [0.2]}))
    >>> painted(world, world.ids("regions"), 1, {"bound": float("nan")})["bound"][0, 0].tolist()
    [[nan, nan], [0.2, nan]]
    """
    shape = (uses, len(world.ids("products")), len(regions), len(regions))
    found = {name: np.full(shape, value) for name, value in columns.items()}
    if "links" not in world:
        return found
    links = world.part("links")
    place = np.append(regions.get_indexer(world.ids("regions")), -1)
    seller, buyer = place[links.codes("origin")], place[links.codes("destination")]
    use = _use_of(links.frame)
    if uses == 1 and (use >= 0).any():
        raise OptionError(
            "some links hold for inputs or for final goods alone",
            hint="choose uses = 'apart', or leave links.use blank",
        )
    product = links.codes("product").astype(np.int64)
    for named, meant in ((False, False), (False, True), (True, False), (True, True)):
        rows = np.flatnonzero(
            ((product >= 0) == named) & ((use >= 0) == meant) & (seller >= 0) & (buyer >= 0)
        )
        first: Any = use[rows] if meant else slice(None)
        second: Any = product[rows] if named else slice(None)
        for name, array in found.items():
            numbers = np.ones(len(rows)) if name == "named" else links.numbers(name)[rows]
            _paint(array, (first, second), buyer[rows], seller[rows], numbers)
    return found


def _use_of(links: pd.DataFrame) -> Integers:
    """Return the use of each link: 0, 1, or −1 for both."""
    if "use" not in links:
        return np.full(len(links), -1)
    codes: Integers = (
        pd.Index(USES).get_indexer(pd.Index(links["use"].astype("str"))).astype(np.int64)
    )
    return codes


def _paint(array: Array, where: tuple[Any, Any], buyer: Any, seller: Any, numbers: Array) -> None:
    """Write numbers of pairs, for some uses and products or for all of them."""
    use, product = where
    wide = isinstance(use, slice), isinstance(product, slice)
    if wide == (True, True):
        array[:, :, buyer, seller] = numbers
    elif wide == (True, False):
        array[:, product, buyer, seller] = numbers
    elif wide == (False, True):
        array.swapaxes(0, 1)[:, use, buyer, seller] = numbers
    else:
        array[use, product, buyer, seller] = numbers


def completed(world: World, scenario: Scenario) -> World:
    """Return the world with every link that a scenario may mean.

    Tables of trade name few links or none. Here every pair of regions gets one, and one more for
    each product and use that the scenario names; they are as the more general link says.

    Examples
    --------
    >>> from catenary import Change, Scenario
    >>> from catenary.testing import two_regions
    >>> wall = Scenario("wall", (Change(target="links.tariff", where={"origin": "AAA"}, set=0.1),))
    >>> completed(two_regions(), wall).table("links")[["origin", "destination"]].to_numpy().tolist()
    [['AAA', 'BBB'], ['BBB', 'AAA']]
    """
    changed = [change for change in scenario.changes if change.target.startswith("links.")]
    if not changed:
        return world
    products = ["", *_named(world, changed)]
    uses = ["", *USES] if any("use" in change.where for change in changed) else [""]
    regions = [str(region) for region in trading(world)]
    grid = pd.MultiIndex.from_product([products, uses, regions, regions])
    wanted = grid.to_frame(index=False, name=["product", "use", "origin", "destination"])[_KEYS]
    wanted = wanted[wanted["origin"] != wanted["destination"]]
    if "links" not in world:
        return world.with_(links=wanted.reset_index(drop=True))
    links = world.table("links").reset_index(drop=True)
    for key in ("product", "use"):
        links[key] = "" if key not in links else links[key].astype("str").fillna("")
    links[_KEYS[:2]] = links[_KEYS[:2]].astype("str")
    known = links.drop_duplicates(_KEYS, keep="last").set_index(_KEYS)
    present = known.index.get_indexer(pd.MultiIndex.from_frame(wanted)) >= 0
    if present.all():
        return world
    added = _like_the_general(wanted[~present].reset_index(drop=True), known)
    return world.with_(links=pd.concat([links, added], ignore_index=True))


def trading(world: World) -> pd.Index:
    """Return the regions that make or use anything; all that links name if none does.

    Examples
    --------
    >>> from catenary.testing import two_regions
    >>> trading(two_regions()).tolist()
    ['AAA', 'BBB']
    """
    active = np.zeros(len(world.ids("regions")), np.bool_)
    sides = {
        "producers": ("region",),
        "consumers": ("region",),
        "demand": ("region",),
        "trade_flows": ("origin", "destination"),
    }
    for tables in (sides, {"links": ("origin", "destination")}):
        for table, columns in tables.items():
            for column in columns if table in world else ():
                codes = world.part(table).codes(column)
                active[codes[codes >= 0]] = True
        if active.any():
            break
    return world.ids("regions")[active]


def _named(world: World, changes: Iterable[Any]) -> list[str]:
    """Return the products that changes of links name."""
    ids = world.ids("products")
    named = np.zeros(len(ids), np.bool_)
    for change in changes:
        words = change.where.get("product", ())
        for word in (words,) if isinstance(words, str) else words:
            named |= world.matches("products", word)
    return [str(product) for product in ids[named]]


def _like_the_general(wanted: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """Return rows for links that are not there, with what the next more general link says."""
    filled: pd.DataFrame | None = None
    for blank in (["use"], ["product"], ["product", "use"]):
        keys = pd.MultiIndex.from_frame(wanted.assign(**dict.fromkeys(blank, "")))
        found = known.reindex(keys).reset_index(drop=True)
        filled = found if filled is None else filled.combine_first(found)
    kept = [name for name in _DEFAULTS if filled is not None and name in filled]
    return pd.concat([wanted, filled[kept]], axis=1) if filled is not None else wanted


def refuse_other_targets(scenario: Scenario, targets: Iterable[str], analysis: str) -> None:
    """Refuse changes of what an analysis does not read.

    Raises
    ------
    ScenarioError
        If there is one.
    """
    known = sorted(targets)
    for place, change in enumerate(scenario.changes):
        if change.target not in known:
            raise ScenarioError(
                f"scenario {scenario.name!r}, change {place + 1}: {analysis} does not read "
                f"{change.target}",
                hint=f"it reads {listed(known, most=20)}",
            )


def refuse_free_goods(world: World, timeline: Timeline, day: float) -> None:
    """Refuse tariffs and other barriers below 0, by the name of who trades.

    Parameters
    ----------
    world
        Has every link that the scenario means.
    timeline
        The scenario, compiled for it.
    day
        Day that is looked at.

    Raises
    ------
    ScenarioError
        If a tariff, rent, iceberg cost or duration is below 0; at −100 % goods would be free.
    """
    if "links" not in world:
        return
    links, regions = world.part("links"), world.ids("regions")
    for name in ("tariff", "rent", "iceberg", "duration"):
        if not any(timeline.on(f"links.{name}")):
            continue
        numbers = timeline.numbers(f"links.{name}", links.numbers(name), day)
        below = np.flatnonzero(numbers < 0)
        if not len(below):
            continue
        worst = int(below[numbers[below].argmin()])
        seller, buyer = (regions[links.codes(key)[worst]] for key in ("origin", "destination"))
        if name == "duration":
            before = float(links.numbers(name)[worst])
            raise ScenarioError(
                f"links.duration of what {buyer} buys from {seller} would be {numbers[worst]:.4g} "
                f"days, from {before:.4g} ({len(below):,} such)",
                hint="give what it is today in links.duration; or save less",
            )
        free = ", so that goods would be free" if numbers[worst] <= -1 else ""
        raise ScenarioError(
            f"links.{name} of what {buyer} buys from {seller} would be {numbers[worst]:.4g}, "
            f"{100 * numbers[worst]:.4g} %{free} ({len(below):,} such)",
            hint=f"0 is no {name} at all; multiply by 0 or set 0 to take it away"
            if links.numbers(name)[below].any()
            else f"what {name} is today is not known there and counts as 0: give it in "
            f"links.{name}, and only then lower it",
        )
