"""From books to the tables of a world, every row with its source."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from catenary.exchange.flows.lasting import days_of, lasted
from catenary.exchange.flows.ledger import OUTSIDE
from catenary.exchange.flows.telling import Seen, warnings_of
from catenary.exchange.flows.things import MASS
from catenary.model import World

if TYPE_CHECKING:
    from catenary.exchange.flows.books import Books, Node
    from catenary.exchange.flows.ledger import Ledger
    from catenary.exchange.flows.master import Master

__all__ = ["REST", "build", "country_of", "moment"]

REST: Final = "ROW"
"""Region of places whose country nobody says."""
_EVENTS: Final = "events"
_PEAK: Final = "assumed-peak"
_UNSEEN: Final = "assumed-unseen-use"
_REGION: Final = "assumed-region"
_SHARED: Final = "assumed-shared-inputs"
_POOLED: Final = "assumed-pooled-lead-time"
_WEEKS: Final = 14.0
"""Days of events from which a busiest week means something."""
_ASSUMED: Final[dict[str, tuple[str, str]]] = {
    _PEAK: (
        "Capacity is the busiest week seen",
        (
            "Events tell what was done, not what could be: the most that left in one of the weeks "
            "from the first event, per day, is the least that capacity can be."
        ),
    ),
    _UNSEEN: (
        "What arrives or is made, and of which no event tells what becomes, is used as it comes",
        (
            "No event of the product leaves, sells or works it up at this place, so that use is "
            "taken to be what arrives or is made."
        ),
    ),
    _REGION: (
        "A place whose country nobody says lies in the rest of the world",
        "Master data of the documents say no countryCode for it.",
    ),
    _SHARED: (
        "Inputs of a transformation with several outputs are shared by quantity",
        (
            "An event says what went in and what came out, not what went into which; outputs in "
            "different units get equal shares."
        ),
    ),
    _POOLED: (
        "A product without a recorded delivery takes as long as others between the same places",
        "Of this product no event tells both departure and arrival between the two places.",
    ),
}


def moment(time: int) -> str:
    """Return a time in UTC as text.

    Examples
    --------
    >>> moment(0)
    '1970-01-01T00:00:00Z'
    """
    told = datetime.fromtimestamp(time / 1000, UTC).isoformat(timespec="seconds")
    return told.replace("+00:00", "Z")


def country_of(text: str) -> tuple[str, str]:
    """Return the three letters of a country and its name; `REST` if it is none.

    Examples
    --------
    >>> country_of("DE"), country_of("276"), country_of("")
    (('DEU', 'Germany'), ('DEU', 'Germany'), ('ROW', 'Not said'))
    """
    if text.strip():
        from pycountry import countries  # noqa: PLC0415  quick start

        try:
            found = countries.lookup(text.strip().zfill(3) if text.strip().isdigit() else text)
        except LookupError:
            return REST, "Not said"
        return str(found.alpha_3), str(getattr(found, "common_name", found.name))
    return REST, "Not said"


@dataclass(eq=False)
class _Builder:
    """What all tables are made from."""

    books: Books
    master: Master
    seen: Seen

    def __post_init__(self) -> None:
        self.ledger: Ledger = self.books.ledger
        self.output = self.books.output()
        self.places = sorted(
            {place for place, _ in self.output if place} | (self.ledger.sites - {OUTSIDE})
        )
        self.about = {place: self.master.about(place) for place in self.places}
        self.country = {place: country_of(self.about[place].country) for place in self.places}
        self.used: set[str] = {_EVENTS}

    def region(self, place: str) -> str:
        """Return the region of a place."""
        return self.country[place][0] if place in self.country else REST

    def source(self, name: str) -> str:
        """Return a source, which from now on is one of the world."""
        self.used.add(name)
        return name

    # --- tables -----------------------------------------------------------------------------------

    def regions(self) -> pd.DataFrame:
        """Return the countries of all places and buyers."""
        codes = dict(self.country.values())
        wanted = {self.region(place) for place, _ in self.output}
        wanted |= {self._buyer(node, where) for node, where in self.books.final}
        codes.update({code: codes.get(code, "Not said") for code in wanted})
        rows = [
            (code, name, self.source(_REGION if code == REST else _EVENTS))
            for code, name in sorted(codes.items())
        ]
        return pd.DataFrame(rows, columns=["id", "name", "source"])

    def _buyer(self, node: Node, where: str) -> str:
        """Return the region where something is finally used."""
        if where not in self.country:
            code, name = country_of(self.master.about(where).country) if where else (REST, "")
            if code == REST:
                return self.region(node[0])
            self.country[where] = (code, name)
        return self.country[where][0]

    def products(self) -> pd.DataFrame:
        """Return every product that a node makes or takes."""
        ids = sorted({product for _, product in self.output})
        units = [self.ledger.units[one] for one in ids]
        names = [
            self.master.product_name(one) or min(self.ledger.names.get(one, {""})) for one in ids
        ]
        mass = [MASS.get(unit, np.nan) for unit in units]
        return pd.DataFrame(
            {"id": ids, "name": names, "unit": units, "mass": mass, "source": _EVENTS}
        )

    def facilities(self) -> pd.DataFrame:
        """Return every place, of whoever it is."""
        makes = {place for (place, _), level in self.ledger.levels.items() if level.made}
        about = [self.about[place] for place in self.places]
        return pd.DataFrame(
            {
                "id": self.places,
                "name": [one.name for one in about],
                "region": [self.region(place) for place in self.places],
                "kind": ["plant" if place in makes else "depot" for place in self.places],
                "lon": np.array([one.lon for one in about], float),
                "lat": np.array([one.lat for one in about], float),
                "source": [
                    self.source(_REGION if self.region(place) == REST else _EVENTS)
                    for place in self.places
                ],
            }
        )

    def producers(self) -> pd.DataFrame:
        """Return every node."""
        rows = []
        for node, quantity in self.output.items():
            place, product = node
            level = self.ledger.levels.get(node)
            use = self.books.uses.get(node)
            output = quantity / self.books.days
            peak = np.nan
            if level is not None and level.peak and self.books.days >= _WEEKS:
                peak = max(level.peak / 7, output)
            assumed = _UNSEEN if use is not None and use.unseen else _EVENTS
            rows.append(
                {
                    "id": identifier(node),
                    "region": self.region(place),
                    "product": product,
                    "facility": place,
                    "output": output,
                    "capacity": peak,
                    "source": self.source(_PEAK if peak == peak else assumed),  # noqa: PLR0124  NaN
                }
            )
        return pd.DataFrame(rows)

    def supplies(self) -> pd.DataFrame:
        """Return deliveries with their lead times."""
        rows = []
        pairs = lasted(self.ledger)
        for (supplier, buyer), quantity in sorted(self.books.flows.items()):
            origin, product = supplier
            place = buyer[0]
            times = pairs.get((origin, place, product))
            source, note = _EVENTS, ""
            if times is None and origin != place:
                times = pairs.get((origin, place, ""))
                source = self.source(_POOLED) if times is not None else _EVENTS
                note = "" if times is not None else "no event tells how long it takes"
            mean, p90 = days_of(times)
            rows.append(
                {
                    "supplier": identifier(supplier),
                    "buyer": identifier(buyer),
                    "quantity": quantity / self.books.days,
                    "lead_time": 0.0 if np.isnan(mean) else mean,
                    "lead_time_p90": p90,
                    "deliveries": 0 if times is None or source == _POOLED else len(times),
                    "source": source,
                    "note": note,
                }
            )
        return pd.DataFrame(rows)

    def demand(self) -> pd.DataFrame:
        """Return final use of every node, by the region where it happens."""
        found: dict[tuple[Node, str], float] = {}
        for (node, where), quantity in sorted(self.books.final.items()):
            key = (node, self._buyer(node, where))
            found[key] = found.get(key, 0.0) + quantity
        rows = [
            {
                "product": node[1],
                "region": region,
                "supplier": identifier(node),
                "quantity": quantity / self.books.days,
                "source": self.source(_UNSEEN if self.books.uses[node].unseen else _EVENTS),
            }
            for (node, region), quantity in found.items()
        ]
        columns = ["product", "region", "supplier", "quantity", "source"]
        return pd.DataFrame(rows, columns=columns)

    def recipes(self) -> pd.DataFrame:
        """Return what goes into a unit of each node, and how much of its output needs it."""
        rows = []
        slots = sorted({(buyer, supplier[1]) for supplier, buyer in self.books.flows})
        shared = self.source(_SHARED) if self.ledger.shared else _EVENTS
        for node, product in slots:
            use = self.books.uses[node]
            there = use.arrived + use.made
            made = self.ledger.made.get(node)
            if product == node[1]:
                amount, needed, source = 1.0, use.arrived, _EVENTS
            elif made is not None:
                amount = float(made.inputs[product]) / float(made.quantity)
                needed, source = float(made.with_[product]), shared
            else:
                continue
            rows.append(
                {
                    "product": node[1],
                    "input": product,
                    "producer": identifier(node),
                    "amount": amount,
                    "criticality": min(1.0, needed / there) if there else 1.0,
                    "source": source,
                }
            )
        return pd.DataFrame(rows)

    def stocks(self) -> pd.DataFrame:
        """Return days of use that are kept in the mean."""
        rows = []
        slots = sorted({(buyer, supplier[1]) for supplier, buyer in self.books.flows})
        for buyer, product in slots:
            kept = (buyer[0], product)
            mean = self.books.stock(kept)
            if mean is not None:
                rows.append(
                    {
                        "producer": identifier(buyer),
                        "input": product,
                        "target_days": mean / (self.books.uses[kept].total / self.books.days),
                        "source": _EVENTS,
                    }
                )
        return pd.DataFrame(rows, columns=["producer", "input", "target_days", "source"])

    def sources(self) -> pd.DataFrame:
        """Return what the rows rest on."""
        start, end = moment(self.ledger.start), moment(self.ledger.end)
        fact = {
            "id": _EVENTS,
            "title": f"EPCIS events from {start} to {end}",
            "publisher": "the companies that share them",
            "published": float(end[:4]),
            "url": f"urn:catenary:events:{self.seen.digest}",
            "kind": "fact",
            "statement": f"{self.ledger.moments.total():,} events at {len(self.ledger.sites):,} "
            f"places over {self.books.days:,.6g} days",
        }
        rows = [fact] + [
            {
                "id": name,
                "title": _ASSUMED[name][0],
                "publisher": "catenary",
                "kind": "assumption",
                "statement": _ASSUMED[name][1],
            }
            for name in sorted(self.used - {_EVENTS})
        ]
        return pd.DataFrame(rows).fillna({"url": ""})


def identifier(node: Node) -> str:
    """Return the id of a node.

    Examples
    --------
    >>> identifier(("4012345000054", "09521321000010")), identifier(("", "09521321000010"))
    ('4012345000054.09521321000010', 'outside.09521321000010')
    """
    place, product = node
    return f"{place or 'outside'}.{product}"


def build(books: Books, master: Master, seen: Seen, *, name: str) -> World:
    """Make a world of what was counted.

    Parameters
    ----------
    books
        Who supplies whom.
    master
        What places and products are called.
    seen
        What was read, refused and set aside.
    name
        What to call the world.
    """
    builder = _Builder(books, master, seen)
    tables: dict[str, Any] = {
        "regions": builder.regions(),
        "products": builder.products(),
        "facilities": builder.facilities(),
        "producers": builder.producers(),
        "supplies": builder.supplies(),
        "demand": builder.demand(),
        "recipes": builder.recipes(),
        "stocks": builder.stocks(),
    }
    tables["sources"] = builder.sources()
    unknown = [place for place in builder.places if builder.region(place) == REST]
    warnings = warnings_of(books, master, seen, unknown, tables)
    return World({k: v for k, v in tables.items() if len(v)}, name=name, warnings=warnings)
