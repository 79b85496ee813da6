"""What each kind of event does to things and goods: they leave, arrive, are packed, made, end.

Single things are followed one by one (`tracking`); goods counted by class are matched first in,
first out (`goods`).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from catenary.exchange.flows.goods import Waiting
from catenary.exchange.flows.ledger import OUTSIDE, Ledger, Way
from catenary.exchange.flows.moments import by_moment
from catenary.exchange.flows.moves import ARRIVES, DEPARTS, VOIDS
from catenary.exchange.flows.things import class_of, is_carrier, product_of
from catenary.exchange.flows.tracking import BORN, Thing, Tracker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from catenary.exchange.flows.moves import Move
    from catenary.exchange.flows.things import Amount

__all__ = ["Follower", "follow"]


@dataclass(slots=True)
class _Parts:
    """Inputs and outputs of a transformation, and where it happens."""

    place: str
    inputs: dict[str, Amount]
    outputs: dict[str, Amount]


class Follower:
    """The state between two events.

    Parameters
    ----------
    ledger
        What to count in.
    place_of
        From a location to the place that it is a part of; a blank one is `OUTSIDE`.
    """

    def __init__(self, ledger: Ledger, place_of: Callable[[str], str]) -> None:
        self.ledger, self.place_of = ledger, place_of
        self.tracker = Tracker(ledger)
        self.waiting = Waiting()
        self.early: dict[tuple[str, str], dict[str, Amount]] = {}
        """Goods by class that have arrived or been unloaded, and are not yet received."""
        self.parts: dict[str, _Parts] = {}
        self.event = 0

    def take(self, time: int, move: Move) -> None:
        """Follow one event."""
        self.event += 1
        self.tracker.time = time
        here, said = self._here(move)
        self.ledger.moments[here] += 1
        if said:
            self.ledger.sites.add(here)
        if move.names:
            self._name(move)
        if move.kind == "F":
            self._transform(move, here)
        elif move.kind == "A":
            self._aggregate(move, here)
        elif move.kind == "O" and move.action == "ADD":
            self._create(move, here)
        elif move.sold or (move.kind == "O" and move.action == "DELETE"):
            self._end(move, here)
        elif move.step == VOIDS:
            self._void(move, here)
        elif move.step in DEPARTS:
            self._depart(_named(move), move, here)
        else:
            self._come(_named(move), move, here)
        self.tracker.settle(tuple(move.orders))

    def finish(self) -> None:
        """Count what is left when all events have been followed."""
        for parts in self.parts.values():
            self._worked(parts)
        found = self.tracker.open()
        found += [(b.way, class_of(name), b.quantity, name) for name, b in self.waiting.left()]
        found.sort(key=lambda one: (one[0].time, one[0].event, one[1], one[3]))
        self.ledger.open = found
        self.ledger.finish()

    def _here(self, move: Move) -> tuple[str, bool]:
        """Return the place of an event, and whether it says so itself.

        Goods leave from a read point and come to a business location.
        """
        first, second = move.read, move.business
        if move.step in ARRIVES:
            first, second = second, first
        if first or second:
            return self.place_of(first or second), True
        if move.step in ARRIVES and move.destination:
            return self.place_of(move.destination), False
        things = self.tracker.things
        known = next((things[one].top for one in _named(move) if one in things), None)
        if known is not None and known.way is None:
            return known.place, False
        return (self.place_of(move.origin), False) if move.origin else (OUTSIDE, False)

    def _name(self, move: Move) -> None:
        """Keep what master data of instances or lots says of their product."""
        tracker = self.tracker
        things = move.made if move.kind == "F" else move.things
        for one in things if "gtin" in move.names else ():
            if not product_of(one) and not is_carrier(one):
                tracker.products[one] = move.names["gtin"]
        if "name" in move.names:
            classes = move.made_classes if move.kind == "F" else move.classes
            found = {tracker.product(one) for one in things} | {class_of(one[0]) for one in classes}
            for product in found - {""}:
                self.ledger.names.setdefault(product, set()).add(move.names["name"])

    def _amounts(self, classes: Iterable[tuple[str, Amount | None, str]]) -> Iterator[
        tuple[str, Amount]
    ]:  # fmt: skip
        """Yield classes and how much of each, in the unit of its product."""
        for name, quantity, uom in classes:
            if quantity is None:
                self.ledger.amountless += 1
            elif quantity > 0:
                yield name, self.ledger.amount(class_of(name), quantity, uom)

    # --- kinds of event ---------------------------------------------------------------------------

    def _create(self, move: Move, here: str) -> None:
        for name in move.things:
            if name in self.tracker.things:
                self.tracker.see(name, here)
            else:
                self.tracker.new(name, here, BORN)
        for name, quantity in self._amounts(move.classes):
            self.tracker.make(here, class_of(name), quantity)
        if move.step in DEPARTS:
            self._depart(move.things, move, here)

    def _aggregate(self, move: Move, here: str) -> None:
        if move.step in ARRIVES:
            self._come(_named(move), move, here, classes=not move.parent)
        tracker = self.tracker
        parent = tracker.see(move.parent, here) if move.parent else None
        children = [tracker.see(one, here) for one in move.things]
        if move.action == "DELETE" or parent is None:
            self._unpack(parent, children, move)
        else:
            for child in children:
                tracker.put(child, parent)
            for name, quantity in self._amounts(move.classes):
                before = (parent.stock or {}).get(name, 0) if move.action == "ADD" else 0
                tracker.fill(parent, name, before + quantity)
        if move.step in DEPARTS:
            named = [move.parent] if move.parent else move.things
            self._depart(named, move, here, classes=not move.parent)

    def _unpack(self, parent: Thing | None, children: list[Thing], move: Move) -> None:
        if parent is not None and not children and not move.classes:  # all of it
            children = list((parent.inside or {}).values())
            parent.stock = None
        for child in children:
            self.tracker.loose(child)
        if parent is None or not parent.stock:
            return
        for name, quantity in self._amounts(move.classes):
            left = parent.stock.get(name, 0) - quantity
            if left > 0:
                parent.stock[name] = left
            else:
                parent.stock.pop(name, None)

    def _transform(self, move: Move, here: str) -> None:
        now = _Parts(here, self._inputs(move, here), self._outputs(move, here))
        if not self.ledger.counts(self.tracker.time):
            return
        for product, quantity in now.inputs.items():
            self.ledger.level(here, product).used += quantity
        if not move.joined:
            self._worked(now)
            return
        parts = self.parts.setdefault(move.joined, _Parts(here, {}, {}))
        parts.place = here or parts.place
        for total, part in ((parts.inputs, now.inputs), (parts.outputs, now.outputs)):
            for product, quantity in part.items():
                total[product] = total.get(product, 0) + quantity

    def _inputs(self, move: Move, here: str) -> dict[str, Amount]:
        """Use up what goes into a transformation, and return how much of each product it is."""
        found: defaultdict[str, Amount] = defaultdict(int)
        for name in move.things:
            thing = self.tracker.see(name, here)
            for product, quantity in thing.leaves():
                found[product] += quantity
            self.tracker.forget(thing)
        for name, quantity in self._amounts(move.classes):
            found[class_of(name)] += quantity
        for product, quantity in found.items():
            self.tracker.out(here, product, quantity)
        return found

    def _outputs(self, move: Move, here: str) -> dict[str, Amount]:
        """Bring into being what comes out of a transformation, and return how much it is."""
        found: defaultdict[str, Amount] = defaultdict(int)
        for name in move.made:
            if name in self.tracker.things:
                self.tracker.see(name, here)
            elif product := self.tracker.new(name, here, BORN).product:
                found[product] += 1
        for name, quantity in self._amounts(move.made_classes):
            found[class_of(name)] += quantity
            self.tracker.make(here, class_of(name), quantity)
        return found

    def _worked(self, parts: _Parts) -> None:
        if parts.inputs and parts.outputs and parts.place != OUTSIDE:
            self.ledger.transformed(parts.place, parts.inputs, parts.outputs)

    def _end(self, move: Move, here: str) -> None:
        tracker = self.tracker
        ended: defaultdict[tuple[str, str], Amount] = defaultdict(int)
        for name in _named(move):
            known = tracker.things.get(name)
            if known is None and move.action == "DELETE" and not move.sold:
                continue  # what nobody has heard of need not be forgotten
            thing = tracker.see(name, here)
            top = thing.top
            if top.way is None:
                for product, quantity in thing.leaves():
                    ended[top.place, product] += quantity
            tracker.forget(thing)
        for name, quantity in self._amounts(move.classes):
            ended[here, class_of(name)] += quantity
        for (place, product), quantity in ended.items():
            tracker.out(place, product, quantity)
            if place != OUTSIDE and self.ledger.counts(tracker.time):
                level = self.ledger.level(place, product)
                if move.sold:
                    level.sold += quantity
                else:
                    level.lost += quantity

    def _void(self, move: Move, here: str) -> None:
        for name in _named(move):
            if name in self.tracker.things:
                self.tracker.stay(self.tracker.things[name])
        for name, quantity in self._amounts(move.classes):
            for batch in self.waiting.recall(name, here, quantity):
                self.ledger.level(here, class_of(name)).move(self.tracker.time, batch.quantity)

    def _come(self, named: list[str], move: Move, here: str, *, classes: bool = True) -> None:
        """Let things be at a place; containers before what is in them."""
        arriving = move.step in ARRIVES
        origin = self.place_of(move.origin)
        things = self.tracker.things
        inner = [one for one in named if one in things and things[one].parent is not None]
        inside = set(inner)
        for name in [*(one for one in named if one not in inside), *inner]:
            self.tracker.see(name, here, arriving=arriving, origin=origin)
        if arriving and classes:
            for name, quantity in self._amounts(move.classes):
                self._arrive(name, quantity, here, origin, move)

    def _arrive(self, name: str, quantity: Amount, here: str, origin: str, move: Move) -> None:
        """Let goods arrive that are counted by class, unless an earlier step said so already."""
        early = self.early.get((here, name), {})
        for step in [one for one in early if one != move.step]:
            part = min(early[step], quantity)
            quantity -= part
            early[step] -= part
            if not early[step]:
                del early[step]
        if not early:
            self.early.pop((here, name), None)
        if quantity <= 0:
            return
        if move.step != "receiving":
            early[move.step] = early.get(move.step, 0) + quantity
            self.early[here, name] = early
        product = class_of(name)
        for batch in self.waiting.take(name, here, frozenset(move.orders), quantity):
            quantity -= batch.quantity
            self.tracker.delivered(batch.way, here, product, batch.quantity)
        if quantity > 0:
            start = OUTSIDE if origin == here else origin
            self.tracker.out(start, product, quantity)
            self.tracker.strayed("unshipped", (start, here), (product, quantity), -1, name)

    def _depart(self, named: list[str], move: Move, here: str, *, classes: bool = True) -> None:
        """Let things leave; what is in a container that leaves, leaves with it."""
        tracker = self.tracker
        ways: dict[tuple[str, str, frozenset[str]], Way] = {}
        things = [tracker.see(name, here) for name in named]
        leaving = {id(one) for one in things}
        for thing in things:
            holder = thing.parent
            while holder is not None and id(holder) not in leaving:
                holder = holder.parent
            if holder is None:
                tracker.send(thing, self._way(ways, move, here or thing.top.place, thing.top.way))
        for name, quantity in self._amounts(move.classes) if classes else ():
            fresh = quantity
            other = next(iter(DEPARTS - {move.step}))
            for batch in list(self.waiting.recall(name, here, quantity, step=other)):
                fresh -= batch.quantity
                self.waiting.send(name, self._way(ways, move, here, batch.way), batch.quantity)
            if fresh > 0:
                tracker.out(here, class_of(name), fresh)
                self.waiting.send(name, self._way(ways, move, here, None), fresh)

    def _way(
        self,
        ways: dict[tuple[str, str, frozenset[str]], Way],
        move: Move,
        here: str,
        before: Way | None,
    ) -> Way:
        """Return the way that this event begins; it keeps what an earlier event said of it."""
        destination, orders = self.place_of(move.destination), frozenset(move.orders)
        if before is not None and before.origin == here:
            destination = destination or before.destination
            orders |= before.orders
        key = (here, destination, orders)
        if key not in ways:
            time = self.tracker.time
            ways[key] = Way(self.event, time, here, destination, orders, move.step)
        return ways[key]


def _named(move: Move) -> list[str]:
    """Return the single things that an event names; of packing and transactions the container."""
    return [move.parent, *move.things] if move.parent else move.things


def follow(
    moves: Iterable[tuple[int, Move]], ledger: Ledger, place_of: Callable[[str], str]
) -> Ledger:
    """Follow events, which come by time, and return the ledger with all that they add up to.

    Examples
    --------
    >>> from catenary.exchange.flows.moves import Move
    >>> of = {"kind": "O", "action": "OBSERVE", "things": ["01/09521321000010/21/7"]}
    >>> moves = [
    ...     (0, Move(step="shipping", read="a", **of)), (9, Move(step="receiving", read="b", **of))
    ... ]
    >>> ledger = follow(moves, Ledger(0, 9), str)
    >>> list(ledger.links[("a", "b", "09521321000010")].lasted)
    [9]
    """
    follower = Follower(ledger, place_of)
    for time, move in by_moment(moves, place_of):
        follower.take(time, move)
    follower.finish()
    return ledger
