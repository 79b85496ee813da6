"""Links between regions: lead time, cost, emissions, passages and mode by product."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final

import numpy as np
import pandas as pd

from catenary.errors import OptionError, listed
from catenary.languages import joined, recognised, say
from catenary.logistics.defaults import VALUE_OF_TIME, VESSEL
from catenary.logistics.hauling import Goal  # noqa: TC001  options are read when it runs
from catenary.logistics.linking import VALUE, Linking, linking, rows_of, unrouted
from catenary.logistics.shutting import closed_in
from catenary.model import Result, Run, World
from catenary.model.analysis import Number, analysis

if TYPE_CHECKING:
    from catenary.logistics.carriage import Closed

__all__ = ["Links", "joined_links", "linked", "links"]

_MOST: Final = 5_000_000  # rows
_KEPT: Final = ("open", "tariff", "bound")


@dataclass(frozen=True, kw_only=True, eq=False)
class Links(Result):
    """How goods of each product travel between regions."""

    links: pd.DataFrame
    """One row per product, origin and destination that are joined by some way."""
    unrouted: pd.DataFrame
    """Pairs without a way, with their share of the trade in the product."""

    def figures(self) -> pd.DataFrame:
        """Return how many links there are, by what mode, and what they take on average."""
        rows = []
        for label, one in self.by_world():
            frame, lost = one["links"], one["unrouted"]
            rerouted = frame["extra_cost"].ne(0) | frame["extra_duration"].ne(0)
            for name, unit, value in (
                (say("links"), "number", float(len(frame))),
                (say("pairs without a way"), "number", float(len(lost))),
                (say("mean days on the way"), "day", _mean(frame["duration"])),
                (say("mean freight"), "USD/t", _mean(frame["cost"])),
                (say("mean emissions"), "kg CO2e/t", _mean(frame["emissions"])),
                (say("links that closures change"), "number", float(rerouted.sum())),
            ):
                row = {"figure": str(name), "unit": unit, "value": value}
                rows.append(({"world": label} if label else {}) | row)
        return pd.DataFrame(rows)

    def summary(self) -> str:
        """Return how many links go by which mode, and what closures change."""
        lines: list[str] = []
        for label, one in self.by_world():
            frame, lost = one["links"], one["unrouted"]
            counts = frame["mode"].value_counts()
            told = [
                say(
                    "{links:,} links: {modes}; {lost:,} pairs have no way.",
                    links=len(frame),
                    modes=joined(
                        [
                            say("{count:,} by {mode}", count=int(n), mode=_MODES[str(mode)])
                            for mode, n in counts.items()
                        ],
                        say(", "),
                    ),
                    lost=len(lost),
                )
            ]
            worse = frame[frame["extra_duration"].gt(0) | frame["extra_cost"].gt(0)]
            if len(worse):
                told.append(
                    say(
                        "Closures change {links:,} links: {days:.1f} days and {cost:,.0f} USD/t "
                        "more on average.",
                        links=len(worse),
                        days=_mean(worse["extra_duration"]),
                        cost=_mean(worse["extra_cost"]),
                    )
                )
            line = joined(told, " ")
            lines.append(
                say("{label}: {text}", label=recognised(label), text=line) if label else line
            )
        return joined(lines, "\n")


_MODES: Final = {
    "sea": say("sea"),
    "road": say("road"),
    "rail": say("rail"),
    "waterway": say("waterway"),
    "air": say("air"),
}


def _mean(values: pd.Series) -> float:
    return float(values.mean()) if len(values) else 0.0


@analysis("see")
def links(
    world: World,
    *,
    by: Goal = "generalised",
    closed: str = "",
    opened: str = "",
    value_of_time: Annotated[float, Number("share/day", 0, 1)] = VALUE_OF_TIME,
    goods_value: Annotated[float, Number("USD/t", 0, 1e9)] = VALUE,
    vessel: str = VESSEL,
) -> Links:
    """Say how goods travel between regions: days, freight, emissions, passages and mode.

    Each product takes the way that is best for it, by land, sea or air. In generalised cost a day
    counts the value of a tonne (price over mass, else `value`) times the value of time, so that
    chips fly and ore sails. After a closure, goods that would come earlier than planned wait.

    Parameters
    ----------
    world
        Regions are ISO 3166-1 alpha-3 codes; its own `lanes`, `facilities`, `passages`, `haulage`,
        `gateways` and `vessels` come before those built in.
    by
        Goal that ways are best by.
    closed
        What is closed: passages, borders, corridors, ports, airports, terminals; parted by commas.
    opened
        Passages that are open whatever the tables say, parted by commas.
    value_of_time
        Share of the value of goods that a day costs; 0.006 to 0.021 by the source.
    goods_value
        Value of a tonne of products that neither price and mass nor `value` say it of.
    vessel
        Row of `vessels` that goods sail by.

    Returns
    -------
    Links
        A row for each product, origin and destination, and the pairs without a way.

    Raises
    ------
    MissingDataError
        If the world has no regions that a place is known of.
    OptionError
        If something closed or opened is unknown, or there are too many links.

    References
    ----------
    Hummels, D. L. & Schaur, G. (2013), Time as a trade barrier. American Economic Review 103(7),
    2935–2959.

    Examples
    --------
    >>> import catenary, pandas as pd
    >>> regions = pd.DataFrame({"id": ["CHN", "DEU"]})
    >>> products = pd.DataFrame(
    ...     {"id": ["chips", "ore"], "mass": [1e-5, 1.0], "price": [100.0, 100.0]}
    ... )
    >>> world = catenary.World({"regions": regions, "products": products})
    >>> catenary.links(world).links["mode"].tolist()
    ['air', 'air', 'sea', 'sea']
    """
    made = linking(
        world, by=by, opened=opened, value_of_time=value_of_time, goods_value=goods_value,
        vessel=vessel,
    )  # fmt: skip
    if made.pairs * len(made.products) > _MOST:
        raise OptionError(
            f"{len(made.regions):,} regions and {len(made.products):,} products are "
            f"{made.pairs * len(made.products):,} links",
            hint=f"take a world with {_MOST:,} at most",
        )
    table, lost = rows_of(made, made.carriage.reroute(closed_in(world, closed)))
    missing = unrouted(world, made, lost)
    warnings = [*made.warnings, *_lost(missing)]
    run = Run(analysis="links", options={}, world="", warnings=tuple(warnings))
    return Links(run=run, links=table, unrouted=missing)


def _lost(missing: pd.DataFrame) -> list[Any]:
    """Return what to say of pairs without a way."""
    if missing.empty:
        return []
    pairs = missing[["origin", "destination"]].drop_duplicates()
    shown = [f"{a} to {b}" for a, b in pairs.head(3).itertuples(index=False)]
    worst = missing["share"].max()
    return [
        say(
            "{links:,} links between {pairs:,} pairs of regions have no way, such as {such}: up to "
            "{share:.2%} of the trade in a product; see the table unrouted",
            links=len(missing),
            pairs=len(pairs),
            such=listed(shown),
            share=0.0 if np.isnan(worst) else float(worst),
        )
    ]


def linked(
    world: World, *, closed: str | Closed = "", by: Goal = "generalised", opened: str = "",
    value_of_time: float = VALUE_OF_TIME, goods_value: float = VALUE, vessel: str = VESSEL,
) -> World:  # fmt: skip
    """Return the world with the table `links` as `links` finds them, for `stress` to use.

    `open`, `tariff` and `bound` of links that the world has already stay as they are; links of
    pairs that no way is known of stay altogether. A link that a closure leaves without any way has
    open = 0 and the days it had before.

    Parameters
    ----------
    world, closed, by, opened, value_of_time, goods_value, vessel
        As in `links`; `closed` may be what `closed_in` returns.

    Raises
    ------
    MissingDataError, OptionError
        As in `links`.

    Examples
    --------
    >>> import catenary, pandas as pd
    >>> world = catenary.World({"regions": pd.DataFrame({"id": ["CHN", "DEU"]})})
    >>> table = linked(world, closed="suez").table("links")
    >>> "cape_good_hope" in table["passages"].iloc[0]
    True
    """
    made = linking(
        world, by=by, opened=opened, value_of_time=value_of_time, goods_value=goods_value,
        vessel=vessel,
    )  # fmt: skip
    shut = closed_in(world, closed) if isinstance(closed, str) else closed
    return joined_links(world, made, shut)


def joined_links(world: World, made: Linking, closed: Closed) -> World:
    """Return the world with links as they are while something is closed; see `linked`."""
    base, _ = rows_of(made, made.carriage.base)
    now, _ = rows_of(made, made.carriage.reroute(closed)) if closed else (base, None)
    keys = ["origin", "destination", "product"]
    table = base.set_index(keys)
    if closed:
        cut = ~table.index.isin(pd.MultiIndex.from_frame(now[keys]))
        table.update(now.set_index(keys)[["duration", "cost", "emissions"]])
        for name in ("passages", "mode"):
            table[name] = now.set_index(keys)[name].reindex(table.index).fillna(table[name])
        table["open"] = np.where(cut, 0.0, 1.0)
    else:
        table["open"] = 1.0
    columns = ["open", "duration", "cost", "emissions", "passages", "mode"]
    found = table[columns].reset_index()
    return world.with_(links=_with_own(world, found), warnings=made.warnings)


def _with_own(world: World, found: pd.DataFrame) -> pd.DataFrame:
    """Return new links with what the world says of the same, and its others as they are."""
    if "links" not in world:
        return found
    keys = ["origin", "destination", "product"]
    own = world.table("links").reset_index(drop=True)
    for name in keys:
        own[name] = own[name].astype("str").fillna("")
    own = own.drop_duplicates(keys)
    named = own.set_index(keys)
    wide = own[own["product"] == ""].set_index(keys[:2])
    for name in _KEPT:
        exact = named[name].reindex(pd.MultiIndex.from_frame(found[keys])).to_numpy()
        blank = wide[name].reindex(pd.MultiIndex.from_frame(found[keys[:2]])).to_numpy()
        said = np.where(np.isnan(exact), blank, exact)
        if name == "open":
            found[name] = found[name] * np.where(np.isnan(said), 1.0, said)
        else:
            found[name] = np.where(np.isnan(said), 0.0 if name == "tariff" else np.nan, said)
    kept = ~pd.MultiIndex.from_frame(own[keys]).isin(pd.MultiIndex.from_frame(found[keys]))
    return pd.concat([found, own[kept]], ignore_index=True)
