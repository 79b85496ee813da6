"""Early warning: what should have arrived and has not, and movements that lack an event."""

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

    from catenary.exchange.flows.ledger import Ledger, Way
    from catenary.exchange.flows.making import Shipments
    from catenary.exchange.flows.things import Amount
    from catenary.model import World

__all__ = ["LEAST", "EarlyWarning", "watch"]

LEAST: Final = 5
"""Deliveries from which a distribution is trusted; an assumption."""
_NAMED: Final = 3
_NUMBERS: Final = ("days", "quantity", "value", "deliveries")
_COLUMNS: Final = [
    "kind", "origin", "destination", "product", "departed", "expected", "seen", "days", "quantity",
    "unit", "value", "basis", "deliveries", "thing", "order",
]  # fmt: skip


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
        lines += [
            say(
                "{product} from {origin} to {destination}: {quantity:,.6g} {unit}, "
                "{days:,.3g} days late.",
                product=str(row["product"]) or "?",
                origin=str(row["origin"]) or "?",
                destination=str(row["destination"]) or "?",
                quantity=float(row["quantity"]),
                unit=str(row["unit"]),
                days=float(row["days"]),
            )
            for _, row in worst.iterrows()
        ]
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
                bases: list[tuple[str, ...]] = [("link", origin, place), ("origin", origin)]
                bases.append(("all",))
            else:
                bases = [("product", origin, place, product), ("goods", origin, product)]
            for key in bases:
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
    if least < 1:
        raise OptionError(f"least is {least}", hint="give a whole number from 1")
    at = moment_of_option("now", now)
    ledger = shipments.follow(until=now, keep=True)
    rows = _Rows(ledger, at, _prices(world))
    rows.add_open(_Experience(ledger, least))
    rows.add_gaps()
    warnings = [*warnings_of_events(ledger, shipments.seen), *shipments.warnings, *rows.told()]
    run = Run(
        analysis="watch", options={"now": now, "least": least}, world=shipments.seen.digest,
        world_name="events", version=VERSION, warnings=tuple(warnings),
        seconds=time.perf_counter() - began,
    )  # fmt: skip
    return EarlyWarning(run=run, shipments=_framed(rows.rows), links=_links(ledger))


def _prices(world: World | None) -> dict[str, float]:
    """Return the price of every product that a world knows."""
    if world is None or "products" not in world:
        return {}
    prices = world.part("products").numbers("price")
    ids = world.ids("products").astype(str)
    return {one: float(p) for one, p in zip(ids, prices, strict=True) if np.isfinite(p)}


class _Rows:
    """What is late or lacks an event, seen from a moment.

    Parameters
    ----------
    ledger
        What was counted.
    now
        The moment, in milliseconds since 1970.
    prices
        By product.
    """

    def __init__(self, ledger: Ledger, now: int, prices: dict[str, float]) -> None:
        self.ledger, self.now, self.prices = ledger, now, prices
        self.rows: list[dict[str, Any]] = []
        self.aside = self.unknown = self.outside = 0

    def add_open(self, experience: _Experience) -> None:
        """Add what is under way for too long."""
        is_expected = sent_in_sight(self.ledger)
        for way, product, quantity, name in self.ledger.open:
            expected = experience.of(way.origin, way.destination, product)
            if not is_expected(way, product):
                self.aside += 1
            elif expected is None:
                self.unknown += 1
            elif self.now > way.time + expected.kept:
                row = self._goods((way.origin, way.destination), product, quantity)
                self.rows.append(row | self._late(way, expected) | {"thing": name})

    def add_gaps(self) -> None:
        """Add movements that lack an event; days since goods came, or between two sightings."""
        for gap in self.ledger.gaps:
            known = gap.since >= 0
            if not known and (gap.origin == OUTSIDE or gap.origin not in self.ledger.sites):
                self.outside += 1
                continue
            unshipped = gap.kind == "unshipped"
            left = gap.kind == "unreceived" and known
            row = self._goods((gap.origin, gap.destination), gap.product, gap.quantity)
            self.rows.append(
                row
                | {
                    "kind": "unshipped" if unshipped else "gap",
                    "departed": moment(gap.since) if left else "",
                    "seen": moment(gap.until),
                    "days": ((self.now - gap.until) if unshipped else (gap.until - gap.since))
                    / DAY,
                    "thing": gap.thing,
                    "order": min(gap.orders, default=""),
                }
            )

    def _goods(self, ends: tuple[str, str], product: str, quantity: Amount) -> dict[str, Any]:
        return {
            "origin": ends[0],
            "destination": ends[1],
            "product": product,
            "quantity": float(quantity),
            "unit": self.ledger.units.get(product, "container"),
            "value": float(quantity) * self.prices.get(product, np.nan),
        }

    def _late(self, way: Way, expected: _Expected) -> dict[str, Any]:
        since = self.now - way.time
        return {
            "kind": "late" if since <= expected.longest else "unreceived",
            "departed": moment(way.time),
            "expected": moment(int(way.time + expected.kept)),
            "days": (since - expected.kept) / DAY,
            "basis": expected.basis,
            "deliveries": float(expected.deliveries),
            "order": min(way.orders, default=""),
        }

    def told(self) -> Iterator[str]:
        """Yield what is not among the rows, and why."""
        if self.aside:
            yield say(
                "{count:,} shipments left for where nobody shares events; they are not expected",
                count=self.aside,
            )
        if self.unknown:
            yield say(
                "{count:,} shipments are under way and nothing has ever arrived, so that nobody "
                "can say when they should",
                count=self.unknown,
            )
        if self.outside:
            yield say(
                "{count:,} deliveries came from outside, where nobody shares events",
                count=self.outside,
            )
        yield say(
            "expected times are those of deliveries that have arrived; what is still under way is "
            "not among them"
        )


def _framed(rows: list[dict[str, Any]]) -> pd.DataFrame:
    rank = {"unreceived": 0, "late": 1, "unshipped": 2, "gap": 3}
    rows.sort(key=lambda row: (rank[row["kind"]], -row["days"], row["origin"], row["thing"]))
    frame = pd.DataFrame(rows, columns=_COLUMNS)
    for name in frame:
        if name in _NUMBERS:
            frame[name] = frame[name].astype("float64")
        else:
            frame[name] = frame[name].astype(object).fillna("").astype("str")
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
