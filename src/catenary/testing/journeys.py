"""What hypothesis draws: goods that travel, events that tell of it, and what is true of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, Final, Literal, TypeAlias

import hypothesis.strategies as st
import pandas as pd

from catenary.exchange.identifiers import check_digit

__all__ = ["Journeys", "document_of", "gtin_of", "journeys", "place_of"]

Mode: TypeAlias = Literal["things", "container", "class"]
_BEGIN: Final = datetime(2026, 1, 1, tzinfo=UTC)
_LASTS: Final = st.integers(1, 90)
_OFFSETS: Final = ("+00:00", "+08:00", "-05:30")


def place_of(place: int) -> str:
    """Return the GLN of a place.

    Examples
    --------
    >>> place_of(5)
    '4012345000054'
    """
    digits = f"4012345{place:05}"
    return digits + check_digit(digits)


def gtin_of(product: int) -> str:
    """Return the GTIN of a product.

    Examples
    --------
    >>> gtin_of(11111)
    '04012345111118'
    """
    digits = f"04012345{product:05}"
    return digits + check_digit(digits)


@dataclass(eq=False)
class Journeys:
    """Events, and the truth that they tell.

    Parameters
    ----------
    events
        As JSON objects, by no order in particular.
    legs
        Deliveries: origin, destination, product, quantity, departed, arrived (hours).
    stays
        Where goods were: place, product, quantity, since, until (hours).
    works
        Transformations: place, input, used, output, made.
    ends
        What was sold: place, product, quantity.
    """

    events: list[dict[str, Any]] = field(default_factory=list)
    legs: list[dict[str, Any]] = field(default_factory=list)
    stays: list[dict[str, Any]] = field(default_factory=list)
    works: list[dict[str, Any]] = field(default_factory=list)
    ends: list[dict[str, Any]] = field(default_factory=list)

    @property
    def span(self) -> tuple[float, float]:
        """Hours of the first and the last event."""
        hours = [
            (datetime.fromisoformat(one["eventTime"]) - _BEGIN) / timedelta(hours=1)
            for one in self.events
        ]
        return min(hours), max(hours)

    def frame(self, name: str) -> pd.DataFrame:
        """Return legs, stays, works or ends as a table."""
        return pd.DataFrame(getattr(self, name))


class _Batch:
    """Goods that stay together.

    Parameters
    ----------
    journeys
        Where to write down what happens.
    number, product, quantity, mode
        What it is.
    """

    def __init__(
        self, journeys: Journeys, number: int, product: int, quantity: int, mode: Mode
    ) -> None:
        self.journeys, self.number, self.product = journeys, number, product
        self.quantity, self.mode = quantity, mode
        self.epcs = [
            f"urn:epc:id:sgtin:4012345.0{product:05}.{number}x{i}" for i in range(quantity)
        ]
        self.lot = f"urn:epc:class:lgtin:4012345.0{product:05}.L{number}"
        self.sscc = f"urn:epc:id:sscc:4012345.{number:010}"

    def say(self, hour: float, place: int, **members: Any) -> None:
        """Add an event."""
        offset = _OFFSETS[len(self.journeys.events) % len(_OFFSETS)]
        local = (_BEGIN + timedelta(hours=hour)).astimezone(
            datetime.fromisoformat(f"2026-01-01T00:00:00{offset}").tzinfo
        )
        event = {
            "type": "ObjectEvent",
            "eventTime": local.isoformat(),
            "eventTimeZoneOffset": offset,
            "bizLocation": {"id": f"urn:epc:id:sgln:4012345.{place:05}.{self.number % 3}"},
            **members,
        }
        self.journeys.events.append(event)

    @property
    def goods(self) -> dict[str, Any]:
        """What an event says of the goods themselves."""
        if self.mode == "class":
            said = {"epcClass": self.lot, "quantity": self.quantity * 1000, "uom": "GRM"}
            return {"quantityList": [said]}
        return {"epcList": self.epcs}

    @property
    def outside(self) -> dict[str, Any]:
        """What an event says of the goods as they travel."""
        return {"epcList": [self.sscc]} if self.mode == "container" else self.goods

    def pack(self, hour: float, place: int, action: str) -> None:
        """Pack or unpack, if it travels in a container."""
        if self.mode == "container":
            step = "packing" if action == "ADD" else "unpacking"
            self.say(
                hour, place, type="AggregationEvent", action=action, bizStep=step,
                parentID=self.sscc, childEPCs=self.epcs,
            )  # fmt: skip

    def stay(self, place: int, since: float, until: float) -> None:
        """Write down where it is."""
        self.journeys.stays.append(
            {"place": place_of(place), "product": gtin_of(self.product),
             "quantity": self.quantity, "since": since, "until": until}
        )  # fmt: skip


def _inputs(batch: _Batch) -> dict[str, Any]:
    said = batch.goods
    if "epcList" in said:
        return {"inputEPCList": said["epcList"]}
    return {"inputQuantityList": said["quantityList"]}


def _outputs(batch: _Batch) -> dict[str, Any]:
    said = batch.goods
    if "epcList" in said:
        return {"outputEPCList": said["epcList"]}
    return {"outputQuantityList": said["quantityList"]}


@st.composite
def journeys(draw: st.DrawFn, *, most: int = 6, whole_days: bool = False) -> Journeys:
    """Draw goods on their way: made, packed, shipped, received, unpacked, worked up, sold.

    Products 1 and 2 are single things or lots; product 3 is made of them. A product is always
    counted in the same way, so that its units agree. The last event is a month after the first.

    Parameters
    ----------
    draw
        What hypothesis gives.
    most
        Batches at most.
    whole_days
        Whether only the days of events are written down, so that much happens at one moment.
    """
    made = Journeys()
    step = 24 if whole_days else 1
    single: Mode = "container" if draw(st.booleans()) else "things"
    modes: dict[int, Mode] = {1: single, 2: "class"}
    pending: list[tuple[_Batch, float, int]] = []
    for number in range(1, draw(st.integers(1, most)) + 1):
        product = draw(st.integers(1, 2))
        batch = _Batch(made, number, product, draw(st.integers(1, 4)), modes[product])
        start = draw(st.integers(0, 200 // step)) * step
        path = draw(st.lists(st.integers(1, 4), min_size=2, max_size=3, unique=True))
        batch.say(start, path[0], action="ADD", bizStep="commissioning", **batch.goods)
        hour = _travel(draw, batch, path, start, step)
        end = draw(st.sampled_from(["stays", "sold", "worked"]))
        pending.append((batch, hour, path[-1]))
        if end == "sold":
            _sell(draw, pending.pop(), step)
        elif end == "worked":
            _work(draw, pending.pop(), number, step)
    last = 24.0 * 40
    far = _Batch(made, 0, 3, 1, "things")
    far.say(last, 9, action="ADD", bizStep="commissioning", **far.goods)
    far.stay(9, last, last)
    for batch, hour, place in pending:
        batch.stay(place, hour, last)
    return made


def _travel(draw: st.DrawFn, batch: _Batch, path: list[int], start: float, step: float) -> float:
    """Let a batch go along a path; return when it arrives at the end of it."""
    hour = start
    for origin, place in pairwise(path):
        leaves = hour + draw(st.integers(0, 4)) * step
        comes = leaves + (draw(st.integers(0, 2)) * step if step > 1 else draw(_LASTS) / 4)
        batch.pack(leaves, origin, "ADD")
        batch.say(leaves, origin, action="OBSERVE", bizStep="shipping", **batch.outside)
        batch.say(comes, place, action="OBSERVE", bizStep="receiving", **batch.outside)
        batch.pack(comes, place, "DELETE")
        batch.stay(origin, hour, leaves)
        batch.journeys.legs.append(
            {
                "origin": place_of(origin), "destination": place_of(place),
                "product": gtin_of(batch.product), "quantity": batch.quantity,
                "departed": leaves, "arrived": comes,
            }
        )  # fmt: skip
        hour = comes
    return hour


def _sell(draw: st.DrawFn, ending: tuple[_Batch, float, int], step: float) -> None:
    batch, hour, place = ending
    sold = hour + draw(st.integers(0, 4)) * step
    batch.say(sold, place, action="OBSERVE", bizStep="retail_selling", **batch.goods)
    batch.stay(place, hour, sold)
    batch.journeys.ends.append(
        {"place": place_of(place), "product": gtin_of(batch.product), "quantity": batch.quantity}
    )


def _work(draw: st.DrawFn, ending: tuple[_Batch, float, int], number: int, step: float) -> None:
    """Make product 3 of a batch, and sell it at once."""
    batch, hour, place = ending
    when = hour + draw(st.integers(0, 4)) * step
    new = _Batch(batch.journeys, 1000 + number, 3, draw(st.integers(1, 3)), "things")
    batch.say(
        when, place, type="TransformationEvent", bizStep="assembling", **_inputs(batch),
        **_outputs(new),
    )  # fmt: skip
    batch.stay(place, hour, when)
    batch.journeys.works.append(
        {
            "place": place_of(place), "input": gtin_of(batch.product), "used": batch.quantity,
            "output": gtin_of(3), "made": new.quantity,
        }
    )  # fmt: skip
    _sell(draw, (new, when, place), step)


def document_of(events: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a document of events.

    Examples
    --------
    >>> document_of([])["type"]
    'EPCISDocument'
    """
    return {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-03-01T00:00:00Z",
        "epcisBody": {"eventList": events},
    }
