"""Early warning: what should have arrived and has not, and movements of which an event is missing."""

from __future__ import annotations

import time
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import pandas as pd

from catenary.errors import OptionError
from catenary.exchange.flows.books import sent_in_sight
from catenary.exchange.flows.building import moment
from catenary.exchange.flows.lasting import days_of, lasted
from catenary.exchange.flows.ledger import DAY, OUTSIDE
from catenary.exchange.flows.making import moment_of_option
from catenary.exchange.flows.telling import warnings_of_events
from catenary.languages import joined, say
from catenary.model import Result, Run
from catenary.model.analysis import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from catenary.exchange.flows.ledger import Gap, Ledger, Way
    from catenary.exchange.flows.making import Shipments
    from catenary.exchange.flows.things import Amount
    from catenary.model import World

__all__ = ["LEAST", "EarlyWarning", "watch"]

LEAST: Final = 5
"""Deliveries from which a distribution is trusted; an assumption."""
_NAMED: Final = 3
_COLUMNS: Final = {
    "kind": "str", "origin": "str", "destination": "str", "product": "str", "departed": "str",
    "expected": "str", "seen": "str", "days": "float64", "quantity": "float64", "unit": "str",
    "value": "float64", "basis": "str", "deliveries": "float64", "thing": "str", "order": "str",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class EarlyWarning(Result):
    """Shipments that are late, and movements of which an event is missing."""

    shipments: pd.DataFrame
    """What is late or missing: late first, the longest first."""
    links: pd.DataFrame
    """How long deliveries take from place to place, and how many are under way."""

    def figures(self) -> pd.DataFrame:
        """Return how many shipments are late or lack an event, and what the late ones hold."""
        kinds = self.shipments["kind"]
        late = self.shipments[kinds.isin(["late", "unreceived"])]
        rows = [
            ("late", "number", float((kinds == "late").sum())),
            ("shipped and never received", "number", float((kinds == "unreceived").sum())),
            ("received and never shipped", "number", float((kinds == "unshipped").sum())),
            ("gaps", "number", float((kinds == "gap").sum())),
            ("longest delay", "day", late["days"].max() if len(late) else np.nan),
            ("value of what is late", "USD", late["value"].sum(min_count=1)),
        ]
        return pd.DataFrame(rows, columns=["figure", "unit", "value"])

    def summary(self) -> str:
        """Return how much is late, and what is latest."""
        figures = self.figures().set_index("figure")["value"]
        late = int(figures["late"] + figures["shipped and never received"])
        if not len(self.shipments):
            return say("Nothing is late, and no event is missing.")
        lines = [
            say(
                "{late:,} shipments are late, of which {never:,} take longer than any before; "
                "{unshipped:,} were received and never shipped, {gaps:,} turned up elsewhere.",
                late=late,
                never=int(figures["shipped and never received"]),
                unshipped=int(figures["received and never shipped"]),
                gaps=int(figures["gaps"]),
            )
        ]
        worst = self.shipments[self.shipments["kind"].isin(["late", "unreceived"])].head(_NAMED)
        for row in worst.itertuples():
            lines.append(
                say(
                    "{product} from {origin} to {destination}: {quantity:,.6g} {unit}, "
                    "{days:,.3g} days late.",
                    product=str(row.product) or "?",
                    origin=str(row.origin) or "?",
                    destination=str(row.destination) or "?",
                    quantity=float(row.quantity),  # type: ignore[arg-type]
                    unit=str(row.unit),
                    days=float(row.days),  # type: ignore[arg-type]
                )
            )
        return joined(lines, "\n")


class _Expected(NamedTuple):
    """How long a shipment may take."""

    kept: float
    longest: float
    deliveries: int
    basis: str


class _Experience:
    """How long deliveries took, from the finest to the coarsest basis.

    Parameters
    ----------
    ledger
        What was counted.
    least
        Deliveries from which a basis is used.
    """

    def __init__(self, ledger: Ledger, least: int) -> None:
        self.least = least
        self.times: dict[tuple[str, ...], array[int]] = {}
        for (origin, place, product), times in lasted(ledger).items():
            if not product:  # of all products of a link
                for key in (("link", origin, place), ("origin", origin), ("all",)):
                    self.times.setdefault(key, array("q")).extend(times)
            else:
                for key in (("product", origin, place, product), ("goods", origin, product)):
                    self.times.setdefault(key, array("q")).extend(times)
        self.known: dict[tuple[str, ...], _Expected] = {}

    def of(self, origin: str, place: str, product: str) -> _Expected | None:
        """Return what to expect of a shipment; None if nothing has ever arrived."""
        ends: list[tuple[str, ...]] = []
        if place:
            ends += [("product", origin, place, product), ("link", origin, place)]
        ends += [("goods", origin, product), ("origin", origin), ("all",)]
        there = [key for key in ends if key in self.times]
        key = next((one for one in there if len(self.times[one]) >= self.least), None)
        key = key or (there[0] if there else None)
        if key is None:
            return None
        if key not in self.known:
            times = self.times[key]
            self.known[key] = _Expected(
                days_of(times)[1] * DAY, float(max(times)), len(times), key[0]
            )
        return self.known[key]


def watch(
    shipments: Shipments, *, now: str, least: int = LEAST, world: World | None = None
) -> EarlyWarning:
    """Say which shipments are late, and of which an event is missing.

    A shipment is expected after the days that nine of ten deliveries keep (`late` from then on,
    `unreceived` once it takes longer than any before). Goods that were received and never shipped
    (`unshipped`), or turned up elsewhere without being received (`gap`), lack an event. What left
    for where nobody shares events is not expected.

    Parameters
    ----------
    shipments
        The events; those after `now` are left out.
    now
        The time to look from, with its offset; never the clock of this computer.
    least
        Deliveries from which the distribution of a link and product is used; else that of the
        link, of all that leaves the origin, or of everything. The default is an assumption.
    world
        Where prices of products stand; None = values stay unknown.

    Raises
    ------
    OptionError
        If `now` is no time, or before the first event.
    DataError, UnitError
        As `Shipments.follow`.

    Examples
    --------
    >>> from catenary.exchange.flows import Shipments, watch
    >>> def event(day, step, place, serial):
    ...     return {
    ...         "type": "ObjectEvent", "action": "OBSERVE", "bizStep": step,
    ...         "eventTime": f"2026-01-{day:02}T00:00:00Z", "eventTimeZoneOffset": "+00:00",
    ...         "epcList": [f"urn:epc:id:sgtin:4012345.011111.{serial}"],
    ...         "bizLocation": {"id": f"urn:epc:id:sgln:4012345.{place:05}.0"},
    ...     }
    >>> with Shipments() as made:
    ...     made.add([event(1, "shipping", 5, 1), event(3, "receiving", 6, 1)])
    ...     made.add([event(4, "shipping", 5, 2)])
    ...     found = watch(made, now="2026-01-10T00:00:00Z")
    >>> found.shipments[["kind", "expected", "days"]].to_numpy().tolist()
    [['unreceived', '2026-01-06T00:00:00Z', 4.0]]
    """
    began = time.perf_counter()
    if isinstance(least, bool) or not isinstance(least, int) or least < 1:
        raise OptionError(f"least is {least!r}", hint="give a whole number from 1")
    at = moment_of_option("now", now)
    ledger = shipments.follow(until=now, keep=True)
    prices = _prices(world)
    experience = _Experience(ledger, least)
    is_expected = sent_in_sight(ledger)
    rows, aside, unknown = [], 0, 0
    for way, product, quantity, name in ledger.open:
        expected = experience.of(way.origin, way.destination, product)
        if not is_expected(way, product):
            aside += 1
        elif expected is None:
            unknown += 1
        elif at > way.time + expected.kept:
            rows.append(_late(ledger, way, product, quantity, name, expected, at, prices))
    outside = 0
    for gap in ledger.gaps:
        if gap.since < 0 and (gap.origin == OUTSIDE or gap.origin not in ledger.sites):
            outside += 1
        else:
            rows.append(_gap(ledger, gap, at, prices))
    warnings = [*warnings_of_events(ledger, shipments.seen), *shipments.warnings]
    warnings += _told(aside, unknown, outside)
    run = Run(
        analysis="watch", options={"now": now, "least": least}, world=shipments.seen.digest,
        world_name="events", version=VERSION, warnings=tuple(warnings),
        seconds=time.perf_counter() - began,
    )  # fmt: skip
    return EarlyWarning(run=run, shipments=_framed(rows), links=_links(ledger))


def _prices(world: World | None) -> dict[str, float]:
    """Return the price of every product that a world knows."""
    if world is None or "products" not in world:
        return {}
    prices = world.part("products").numbers("price")
    ids = world.ids("products").astype(str)
    return {one: float(p) for one, p in zip(ids, prices, strict=True) if np.isfinite(p)}


def _row(
    ledger: Ledger, kind: str, origin: str, place: str, product: str, quantity: Amount,
    prices: dict[str, float],
) -> dict[str, Any]:  # fmt: skip
    return {
        "kind": kind,
        "origin": origin,
        "destination": place,
        "product": product,
        "quantity": float(quantity),
        "unit": ledger.units.get(product, "container"),
        "value": float(quantity) * prices.get(product, np.nan),
    }


def _late(
    ledger: Ledger, way: Way, product: str, quantity: Amount, name: str, expected: _Expected,
    now: int, prices: dict[str, float],
) -> dict[str, Any]:  # fmt: skip
    kind = "late" if now - way.time <= expected.longest else "unreceived"
    return _row(ledger, kind, way.origin, way.destination, product, quantity, prices) | {
        "departed": moment(way.time),
        "expected": moment(int(way.time + expected.kept)),
        "days": (now - way.time - expected.kept) / DAY,
        "basis": expected.basis,
        "deliveries": float(expected.deliveries),
        "thing": name,
        "order": min(way.orders, default=""),
    }


def _gap(ledger: Ledger, gap: Gap, now: int, prices: dict[str, float]) -> dict[str, Any]:
    """Return a row; days since goods came unshipped, or between the two times they were seen."""
    kind = "unshipped" if gap.kind == "unshipped" else "gap"
    since = gap.since if gap.since >= 0 else None
    days = (now - gap.until) if kind == "unshipped" or since is None else gap.until - since
    return _row(ledger, kind, gap.origin, gap.destination, gap.product, gap.quantity, prices) | {
        "departed": moment(since) if gap.kind == "unreceived" and since is not None else "",
        "seen": moment(gap.until),
        "days": days / DAY,
        "thing": gap.thing,
        "order": min(gap.orders, default=""),
    }


def _framed(rows: list[dict[str, Any]]) -> pd.DataFrame:
    rank = {"unreceived": 0, "late": 1, "unshipped": 2, "gap": 3}
    rows.sort(key=lambda row: (rank[row["kind"]], -row["days"], row["origin"], row["thing"]))
    frame = pd.DataFrame(rows, columns=list(_COLUMNS))
    for name, kind in _COLUMNS.items():
        column = frame[name].astype(object)
        frame[name] = (column.where(column.notna(), "") if kind == "str" else column).astype(kind)
    return frame


def _links(ledger: Ledger) -> pd.DataFrame:
    """Return lead times of every link and product, and what is under way on it."""
    open_: dict[tuple[str, str, str], int] = {}
    for way, product, _, _ in ledger.open:
        key = (way.origin, way.destination, product)
        open_[key] = open_.get(key, 0) + 1
    rows = []
    for key in sorted({*ledger.links, *open_}):
        link = ledger.links.get(key)
        mean, p90 = days_of(link.lasted if link else None)
        rows.append(
            {
                "origin": key[0],
                "destination": key[1],
                "product": key[2],
                "quantity": float(link.quantity) if link else 0.0,
                "unit": ledger.units.get(key[2], "container"),
                "deliveries": len(link.lasted) if link else 0,
                "mean": mean,
                "p90": p90,
                "longest": max(link.lasted) / DAY if link and len(link.lasted) else np.nan,
                "under_way": open_.get(key, 0),
                "unrecorded": float(link.unrecorded) if link else 0.0,
            }
        )
    return pd.DataFrame(rows)


def _told(aside: int, unknown: int, outside: int) -> Iterator[str]:
    if aside:
        yield say(
            "{count:,} shipments left for where nobody shares events; they are not expected",
            count=aside,
        )
    if unknown:
        yield say(
            "{count:,} shipments are under way and nothing has ever arrived, so that nobody can "
            "say when they should",
            count=unknown,
        )
    if outside:
        yield say(
            "{count:,} deliveries came from outside, where nobody shares events",
            count=outside,
        )
    yield say(
        "expected times are those of deliveries that have arrived; what is still under way is not "
        "among them"
    )
