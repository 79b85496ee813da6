"""Single things: where each is, what it is in, and what moving it moves.

A thing that turns up elsewhere has moved, whether events say so or not; where they do not, that is
a gap. What a container holds moves with it and is counted instead of it.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from catenary.exchange.flows.ledger import OUTSIDE, Gap, Ledger, Way
from catenary.exchange.flows.things import class_of, is_carrier, product_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from catenary.exchange.flows.ledger import Kind
    from catenary.exchange.flows.things import Amount

__all__ = ["BORN", "CAME", "SEEN", "Thing", "Tracker"]

BORN: Final = 1
"""A thing that an event brings into being."""
SEEN: Final = 2
"""A thing that is simply there, as if it always had been."""
CAME: Final = 3
"""A thing that arrives, from nobody knows where."""
_UNKNOWN_SINCE: Final = -1


class Thing:
    """A single thing.

    Parameters
    ----------
    name, product
        Its short identifier, and its product; blank = none.
    place, time
        Where it was seen last, or left; and when.
    """

    __slots__ = ("counted", "inside", "name", "parent", "place", "product", "stock", "time", "way")

    def __init__(self, name: str, product: str, place: str, time: int) -> None:
        self.name, self.product, self.place, self.time = name, product, place, time
        self.way: Way | None = None
        """What it is under way with; None = it is at its place."""
        self.parent: Thing | None = None
        self.inside: dict[str, Thing] | None = None
        self.stock: dict[str, Amount] | None = None
        """Goods in it that are counted by class."""
        self.counted = 0

    @property
    def top(self) -> Thing:
        """Return the outermost container."""
        one = self
        while one.parent is not None:
            one = one.parent
        return one

    def leaves(self) -> Iterator[tuple[str, Amount]]:
        """Yield product and quantity of all that is counted in it, itself included."""
        if self.counted:
            yield self.product, 1
        for name, quantity in (self.stock or {}).items():
            yield class_of(name), quantity
        for one in (self.inside or {}).values():
            yield from one.leaves()

    def load(self) -> list[tuple[str, Amount]]:
        """Return the same; a carrier of unknown contents is one of product blank."""
        return list(self.leaves()) or [("", 1)]


class Tracker:
    """Every thing that is known at a moment, and what moving it adds to the ledger.

    Parameters
    ----------
    ledger
        What to count in.
    """

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.things: dict[str, Thing] = {}
        self.products: dict[str, str] = {}
        """Products of things whose identifier does not say, from master data."""
        self.time = 0
        self._delivered: defaultdict[tuple[Way, str, str], Amount] = defaultdict(int)
        self._strayed: dict[tuple[Kind, str, str, str, int], list[tuple[Amount, str]]] = {}

    # --- what is counted --------------------------------------------------------------------------

    def into(self, place: str, product: str, quantity: Amount) -> None:
        """Count an arrival."""
        if product and place != OUTSIDE:
            level = self.ledger.level(place, product)
            level.move(self.time, quantity)
            if self.ledger.counts(self.time):
                level.into += quantity

    def out(self, place: str, product: str, quantity: Amount) -> None:
        """Count a departure, or an end."""
        if product and place != OUTSIDE:
            level = self.ledger.level(place, product)
            level.move(self.time, -quantity)
            if self.ledger.counts(self.time):
                level.out(self.time - self.ledger.start, quantity)

    def make(self, place: str, product: str, quantity: Amount) -> None:
        """Count what comes into being."""
        if product and place != OUTSIDE:
            level = self.ledger.level(place, product)
            level.move(self.time, quantity)
            if self.ledger.counts(self.time):
                level.made += quantity

    def delivered(self, way: Way, place: str, product: str, quantity: Amount) -> None:
        """Count what arrives as events say; the parts of one delivery are counted together."""
        self.into(place, product, quantity)
        self._delivered[way, place, product] += quantity

    def strayed(
        self, kind: Kind, ends: tuple[str, str], load: tuple[str, Amount], since: int, name: str
    ) -> None:
        """Count what got from one place to another without an event that says so."""
        origin, place = ends
        product, quantity = load
        self.into(place, product, quantity)
        self._strayed.setdefault((kind, origin, place, product, since), []).append((quantity, name))

    def settle(self, orders: tuple[str, ...]) -> None:
        """Finish an event: write down its deliveries and gaps."""
        counts = self.ledger.counts(self.time)
        for (way, place, product), quantity in self._delivered.items():
            if counts:
                link = self.ledger.link(way.origin, place, product)
                link.quantity += quantity
                link.lasted.append(self.time - way.time)
        for (kind, origin, place, product, since), parts in self._strayed.items():
            total = sum(quantity for quantity, _ in parts)
            if counts:
                link = self.ledger.link(origin, place, product)
                link.quantity += total
                link.unrecorded += total
                name = min(name for _, name in parts)
                self.ledger.gap(
                    Gap(kind, origin, place, product, total, since, self.time, name, orders)
                )
        self._delivered.clear()
        self._strayed.clear()

    # --- things -----------------------------------------------------------------------------------

    def product(self, name: str) -> str:
        """Return the product of a thing; blank = it has none."""
        if is_carrier(name):
            return ""
        return product_of(name) or self.products.get(name, "")

    def new(self, name: str, place: str, how: int, *, origin: str = OUTSIDE) -> Thing:
        """Return a thing that no event has named before.

        Parameters
        ----------
        name
            Its identifier.
        place
            Where it is; `OUTSIDE` = not said.
        how
            `BORN`, `SEEN` or `CAME`.
        origin
            Where it came from, if it is said.
        """
        product = self.product(name)
        thing = self.things[name] = Thing(name, product, place, self.time)
        if product:
            self.ledger.amount(product, 1, "")
        elif not is_carrier(name):
            self.ledger.nameless += 1
        self._count(thing, place, how, origin)
        return thing

    def _count(self, thing: Thing, place: str, how: int, origin: str = OUTSIDE) -> None:
        """Count a thing from now on, at a place."""
        if how == CAME and (thing.product or is_carrier(thing.name)):
            start = OUTSIDE if origin == place else origin
            load = (thing.product, 1)
            self.strayed("unshipped", (start, place), load, _UNKNOWN_SINCE, thing.name)
        if not thing.product or place == OUTSIDE:
            return
        thing.counted = how
        if how == BORN:
            self.make(place, thing.product, 1)
        elif how == SEEN:
            self.ledger.level(place, thing.product).before(self.time, 1)

    def see(self, name: str, place: str, *, arriving: bool = False, origin: str = OUTSIDE) -> Thing:
        """Return a thing, which from now on is at a place; if it was elsewhere, it has moved."""
        thing = self.things.get(name)
        if thing is None:
            return self.new(name, place, CAME if arriving else SEEN, origin=origin)
        top = thing.top
        if place == OUTSIDE:
            return thing
        if top.way is None and top.place == OUTSIDE:  # seen before, nobody knows where
            self._appear(top, place, arriving=arriving, origin=origin)
        elif top.way is not None or top.place != place:
            self._moved(thing, top, place, arriving=arriving)
        thing.time = self.time
        return thing

    def _appear(self, top: Thing, place: str, *, arriving: bool, origin: str) -> None:
        top.place, top.time = place, self.time
        for one in self._all(top):
            if not one.counted and not one.inside and not one.stock:
                self._count(one, place, CAME if arriving else SEEN, origin)

    def _all(self, thing: Thing) -> list[Thing]:
        """Return a thing and all that is in it."""
        found = [thing]
        for one in found:  # which grows meanwhile
            found += (one.inside or {}).values()
        return found

    def _moved(self, thing: Thing, top: Thing, place: str, *, arriving: bool) -> None:
        """Bring a thing to a place where it was not."""
        way, origin = top.way, top.place
        if way is not None and way.origin == place and not arriving:
            return  # it was recorded as sent off, and is still being handled
        if thing is not top:
            self.loose(thing)
        since = way.time if way is not None else max(thing.time, top.time)
        ends = (origin, place)
        for product, quantity in thing.load():
            if way is not None and way.origin == place:
                self._back(place, product, quantity)
            elif way is not None and arriving:
                self.delivered(way, place, product, quantity)
            elif way is not None:
                self.strayed("unreceived", ends, (product, quantity), since, thing.name)
            else:
                self.out(origin, product, quantity)
                kind: Kind = "unshipped" if arriving else "unseen"
                self.strayed(kind, ends, (product, quantity), since, thing.name)
        thing.way, thing.place, thing.time = None, place, self.time

    def _back(self, place: str, product: str, quantity: Amount) -> None:
        self.ledger.returned += quantity
        if product:
            self.ledger.level(place, product).move(self.time, quantity)

    def send(self, thing: Thing, way: Way) -> None:
        """Let a thing leave its place; if it has left already, it leaves later than was said."""
        if thing.parent is not None:
            self.loose(thing)
        if thing.way is None:
            for product, quantity in thing.load():
                self.out(way.origin, product, quantity)
        thing.way, thing.place, thing.time = way, way.origin, self.time

    def stay(self, thing: Thing) -> None:
        """Take back that a thing has left."""
        top = thing.top
        if top.way is None:
            return
        if thing is not top:
            self.loose(thing)
        for product, quantity in thing.leaves():
            self.ledger.level(thing.place, product).move(self.time, quantity)
        thing.way = None

    def put(self, child: Thing, parent: Thing) -> None:
        """Put a thing into another, at the same place."""
        if child.parent is parent or parent.top is child.top is child:
            return  # it is there already, or would be in itself
        if child.parent is not None:
            self.loose(child)
        if parent.counted:
            self._uncount(parent)
        if child.way is not None:
            self.stay(child)
        if (way := parent.top.way) is not None:
            for product, quantity in child.leaves():
                self.out(way.origin, product, quantity)
        if parent.inside is None:
            parent.inside = {}
        parent.inside[child.name] = child
        child.parent = parent

    def fill(self, parent: Thing, name: str, quantity: Amount) -> None:
        """Let a container hold so much of a class."""
        if parent.counted:
            self._uncount(parent)
        if parent.stock is None:
            parent.stock = {}
        parent.stock[name] = quantity

    def _uncount(self, thing: Thing) -> None:
        """Count what is in a container instead of the container."""
        if thing.top.way is None and thing.place != OUTSIDE:
            level = self.ledger.level(thing.place, thing.product)
            level.move(self.time, -1)
            if thing.counted == BORN and self.ledger.counts(self.time):
                level.made -= 1
        self.ledger.split += 1
        thing.counted = 0

    def loose(self, child: Thing) -> None:
        """Take a thing out of what it is in; it stays where that is."""
        parent = child.parent
        if parent is None:
            return
        top = child.top
        child.place, child.way = top.place, top.way
        if parent.inside is not None:
            del parent.inside[child.name]
        child.parent = None

    def forget(self, thing: Thing) -> None:
        """End a thing and all that is in it."""
        self.loose(thing)
        for one in self._all(thing):
            self.things.pop(one.name, None)
            self.products.pop(one.name, None)

    def open(self) -> list[tuple[Way, str, Amount, str]]:
        """Return what is under way: way, product, quantity, one of the things; in fixed order."""
        found: dict[tuple[Way, str], tuple[Amount, str]] = {}
        for thing in self.things.values():
            if thing.parent is None and thing.way is not None:
                for product, quantity in thing.load():
                    total, name = found.get((thing.way, product), (0, thing.name))
                    found[thing.way, product] = (total + quantity, min(name, thing.name))
        return [(way, product, *rest) for (way, product), rest in found.items()]
