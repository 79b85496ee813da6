"""What following goods adds up to: flows, lead times, stocks, recipes, and what does not fit."""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from catenary.errors import UnitError
from catenary.exchange.flows.things import Amount, amount_of

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["DAY", "OUTSIDE", "Gap", "Ledger", "Level", "Link", "Made", "Way"]

DAY: Final = 86_400_000
"""Milliseconds of a day."""
OUTSIDE: Final = ""
"""The place of whoever shares no events."""
_WEEK: Final = 7 * DAY

Kind: TypeAlias = Literal["unshipped", "unreceived", "unseen"]


class Way:
    """What one event sent off: when, from where, and to where if it says so."""

    __slots__ = ("destination", "event", "orders", "origin", "step", "time")

    def __init__(
        self,
        event: int,
        time: int,
        origin: str,
        destination: str,
        orders: frozenset[str],
        step: str,
    ) -> None:
        self.event, self.time, self.origin = event, time, origin
        self.destination, self.orders, self.step = destination, orders, step


class Gap(NamedTuple):
    """A movement of which an event is missing.

    Parameters
    ----------
    kind
        `unshipped`: received, never shipped; `unreceived`: shipped, and next seen elsewhere
        without being received; `unseen`: neither.
    origin, destination, product, quantity
        What went from where to where.
    since, until
        When it was last known at or under way from the origin, and when it was seen again;
        `since` is -1 if that is not known.
    thing
        One of the things, or their class.
    orders
        Business transactions of the event that saw it again.
    """

    kind: Kind
    origin: str
    destination: str
    product: str
    quantity: Amount
    since: int
    until: int
    thing: str
    orders: tuple[str, ...]


class Link:
    """Deliveries of one product between two places."""

    __slots__ = ("lasted", "quantity", "unrecorded")

    def __init__(self) -> None:
        self.quantity: Amount = 0
        self.unrecorded: Amount = 0
        """The part of which one event, or both, are missing."""
        self.lasted = array("q")
        """Milliseconds from departing to arriving, one number for each delivery."""


class Level:
    """Stock of one product at one place over time.

    Parameters
    ----------
    start
        When to begin, in milliseconds.
    """

    __slots__ = (
        "area", "at", "into", "level", "lost", "lowest", "made", "opening", "peak", "sold", "start",
        "used", "week", "weekly",
    )  # fmt: skip

    def __init__(self, start: int) -> None:
        self.at = self.start = start
        self.level: Amount = 0
        self.lowest: Amount = 0
        self.area: Amount = 0
        self.opening: Amount = 0
        """Stock that was there before the first event, as far as single things tell."""
        self.into: Amount = 0
        """What arrived."""
        self.made: Amount = 0
        self.sold: Amount = 0
        self.used: Amount = 0
        self.lost: Amount = 0
        self.week = 0
        self.weekly: Amount = 0
        self.peak: Amount = 0

    def move(self, time: int, quantity: Amount) -> None:
        """Add to the stock from now on; what happens before the start is there at the start."""
        if time > self.at:
            self.area += self.level * (time - self.at)
            self.lowest = min(self.lowest, self.level)
            self.at = time
        self.level += quantity

    def before(self, time: int, quantity: Amount) -> None:
        """Add to the stock of all times what is seen for the first time now."""
        self.move(time, 0)
        self.level += quantity
        self.opening += quantity
        self.lowest += quantity
        self.area += quantity * (self.at - self.start)

    def out(self, time: int, quantity: Amount) -> None:
        """Count what goes out towards the busiest week, in weeks from the start."""
        week = time // _WEEK
        if week != self.week:
            self.week, self.weekly = week, 0
        self.weekly += quantity
        self.peak = max(self.peak, self.weekly)


class Made:
    """What transformations made of one product at one place, and out of what."""

    __slots__ = ("inputs", "quantity", "with_")

    def __init__(self) -> None:
        self.quantity: Amount = 0
        self.inputs: defaultdict[str, Amount] = defaultdict(int)
        """How much of each input was used."""
        self.with_: defaultdict[str, Amount] = defaultdict(int)
        """How much was made in transformations that used that input."""


@dataclass(eq=False)
class Ledger:
    """Everything that was counted between two moments.

    Parameters
    ----------
    start, end
        First and last moment, in milliseconds since 1970.
    """

    start: int
    end: int
    links: dict[tuple[str, str, str], Link] = field(default_factory=dict)
    """By origin, destination and product."""
    levels: dict[tuple[str, str], Level] = field(default_factory=dict)
    """By place and product."""
    made: dict[tuple[str, str], Made] = field(default_factory=dict)
    """By place and product."""
    gaps: list[Gap] = field(default_factory=list)
    missing: Counter[str] = field(default_factory=Counter)
    """How many movements lack an event, by kind."""
    open: list[tuple[Way, str, Amount, str]] = field(default_factory=list)
    """What is under way at the end: way, product, quantity, one of the things."""
    units: dict[str, str] = field(default_factory=dict)
    """What each product is counted in."""
    names: dict[str, set[str]] = field(default_factory=dict)
    """What master data of instances and lots call a product."""
    sites: set[str] = field(default_factory=set)
    """Places where events happen."""
    moments: Counter[str] = field(default_factory=Counter)
    """How many events happened at each place; blank = no place said."""
    shared: bool = False
    """Whether outputs of a transformation shared inputs by an assumption."""
    nameless: int = 0
    """Single things of no known product."""
    amountless: int = 0
    """Quantities that are not said."""
    returned: Amount = 0
    """What came back to where it had left."""
    split: int = 0
    """Containers counted as goods until something was found in them."""
    keep: bool = False
    """Whether to keep each gap, or only count them."""

    def counts(self, time: int) -> bool:
        """Return whether what happens now is counted."""
        return time >= self.start

    def level(self, place: str, product: str) -> Level:
        """Return the stock of a product at a place."""
        found = self.levels.get((place, product))
        if found is None:
            found = self.levels[place, product] = Level(self.start)
        return found

    def link(self, origin: str, destination: str, product: str) -> Link:
        """Return the deliveries of a product between two places."""
        found = self.links.get((origin, destination, product))
        if found is None:
            found = self.links[origin, destination, product] = Link()
        return found

    def amount(self, product: str, quantity: Amount, uom: str) -> Amount:
        """Return a quantity in the unit that the product is counted in.

        Raises
        ------
        UnitError
            If the product was counted in something else before.
        """
        made, unit = amount_of(quantity, uom)
        known = self.units.setdefault(product, unit)
        if known != unit:
            one, other = sorted((known, unit))
            raise UnitError(
                f"the product {product!r} is counted in {one} by some events and in {other} by "
                "others, and nothing says how much one is of the other",
                hint="give all quantities of a product in units of one kind (single things count "
                "as pieces), or keep the events apart and read them one by one",
            )
        return made

    def gap(self, gap: Gap) -> None:
        """Note a movement of which an event is missing."""
        if self.counts(gap.until):
            self.missing[gap.kind] += 1
            if self.keep:
                self.gaps.append(gap)

    def transformed(
        self, place: str, inputs: dict[str, Amount], outputs: dict[str, Amount]
    ) -> None:
        """Count a transformation; inputs of several outputs are shared by quantity.

        Outputs of different units cannot be added: then each gets an equal share.
        """
        several = len({self.units[one] for one in outputs}) > 1 or not sum(outputs.values())
        whole: Amount = len(outputs) if several else sum(outputs.values())
        self.shared |= len(outputs) > 1
        for product, quantity in outputs.items():
            made = self.made.setdefault((place, product), Made())
            made.quantity += quantity
            for one, amount in inputs.items():
                made.inputs[one] += (
                    amount if len(outputs) == 1 else amount * (1 if several else quantity) / whole
                )
                made.with_[one] += quantity

    def finish(self) -> None:
        """Let stocks last until the end."""
        for level in self.levels.values():
            level.move(self.end, 0)
            level.lowest = min(level.lowest, level.level)

    def all_lasted(self, wanted: Iterable[tuple[str, str, str]]) -> array[int]:
        """Return the times of all deliveries on some links."""
        made = array("q")
        for key in sorted(wanted):
            made.extend(self.links[key].lasted)
        return made
