"""Goods that are counted by class: what of them is under way, oldest first."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from catenary.exchange.flows.things import Amount, class_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from catenary.exchange.flows.ledger import Way

__all__ = ["Batch", "Waiting"]

_Key: TypeAlias = tuple[str, frozenset[str], str]


class Batch(NamedTuple):
    """A quantity of a class that one event sent off."""

    way: Way
    quantity: Amount


class Waiting:
    """Batches under way, found again by class, order, destination and age.

    Examples
    --------
    >>> from catenary.exchange.flows.ledger import Way
    >>> waiting = Waiting()
    >>> waiting.send("01/09521321000010/10/A", Way(1, 0, "a", "", frozenset(), "shipping"), 5)
    >>> [one.quantity for one in waiting.take("01/09521321000010/10/A", "b", frozenset(), 3)]
    [3]
    >>> [(name, one.quantity) for name, one in waiting.left()]
    [('01/09521321000010/10/A', 2)]
    """

    def __init__(self) -> None:
        self._of: dict[str, dict[str, dict[_Key, deque[Batch]]]] = {}

    def send(self, name: str, way: Way, quantity: Amount) -> None:
        """Add a quantity of a class that has left."""
        classes = self._of.setdefault(class_of(name), {})
        key = (way.destination, way.orders, way.origin)
        classes.setdefault(name, {}).setdefault(key, deque()).append(Batch(way, quantity))

    def _best(self, name: str, place: str, orders: frozenset[str]) -> deque[Batch] | None:
        """Return the queue whose first batch likeliest is what arrived.

        A class that names a lot may have left without it, and the other way round.
        """
        bare = name.count("/") < 2
        best: deque[Batch] | None = None
        least: tuple[object, ...] = ()
        for other, queues in self._of.get(class_of(name), {}).items():
            if other != name and not bare and other.count("/") >= 2:
                continue
            for key, queue in queues.items():
                destination, theirs, origin = key
                if origin == place:
                    continue
                apart = bool(orders) and bool(theirs) and not orders & theirs
                wrong = 0 if destination == place else 1 if not destination else 2
                way = queue[0].way
                rank = (other != name, apart, not orders & theirs, wrong, way.time, way.event)
                if best is None or rank < least:
                    best, least = queue, rank
        return best

    def take(
        self, name: str, place: str, orders: frozenset[str], quantity: Amount
    ) -> Iterator[Batch]:
        """Yield what arrives at a place, up to a quantity; the rest of it never left."""
        while quantity > 0:
            queue = self._best(name, place, orders)
            if queue is None:
                return
            way, there = queue[0]
            part = min(there, quantity)
            quantity -= part
            if part == there:
                queue.popleft()
                self._tidy(name)
            else:
                queue[0] = Batch(way, there - part)
            yield Batch(way, part)

    def _tidy(self, name: str) -> None:
        """Forget queues that are empty."""
        classes = self._of[class_of(name)]
        for other in [one for one, queues in classes.items() if not all(queues.values())]:
            queues = classes[other] = {k: queue for k, queue in classes[other].items() if queue}
            if not queues:
                del classes[other]

    def recall(
        self, name: str, origin: str, quantity: Amount, *, step: str = ""
    ) -> Iterator[Batch]:
        """Yield what a place sent off and had not, or says once more, the latest first.

        Parameters
        ----------
        name
            Its class.
        origin
            The place.
        quantity
            How much at most.
        step
            Only what left with this business step; blank = any.
        """
        queues = self._of.get(class_of(name), {}).get(name, {})
        mine = [queue for (_, _, sender), queue in queues.items() if sender == origin]
        for queue in mine:
            while queue and quantity > 0 and step in ("", queue[-1].way.step):
                way, there = queue.pop()
                part = min(there, quantity)
                quantity -= part
                if part < there:
                    queue.append(Batch(way, there - part))
                yield Batch(way, part)
        if mine:
            self._tidy(name)

    def left(self) -> Iterator[tuple[str, Batch]]:
        """Yield what is still under way, with its class."""
        for classes in self._of.values():
            for name, queues in classes.items():
                for queue in queues.values():
                    for batch in queue:
                        yield name, batch
