"""From what was counted to who supplies whom: nodes, deliveries, final uses.

A node is a product at a place. What comes to a place goes to its uses (handed on, worked up, sold)
in the proportion of these uses, as if it were mixed; with one use, that is what events say.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from catenary.errors import DataError, listed
from catenary.exchange.flows.ledger import DAY, OUTSIDE

if TYPE_CHECKING:
    from collections.abc import Callable

    from catenary.exchange.flows.ledger import Ledger, Way
    from catenary.exchange.flows.things import Amount

__all__ = ["Books", "Node", "Use", "sent_in_sight"]

Node: TypeAlias = tuple[str, str]
"""Place and product."""


@dataclass(slots=True)
class Use:
    """What becomes of a product at a place, in all the time looked at.

    Parameters
    ----------
    came
        What arrived, by origin.
    made
        What came into being there.
    handed
        What arrived elsewhere from there.
    sold
        What customers took, there or out of sight.
    worked
        What was used up, by what was made of it.
    """

    came: dict[str, float] = field(default_factory=dict)
    made: float = 0.0
    handed: float = 0.0
    sold: float = 0.0
    worked: dict[str, float] = field(default_factory=dict)
    unseen: bool = False
    """Whether goods come or are made, and no event tells what becomes of them."""

    @property
    def arrived(self) -> float:
        """Return what arrived from all origins."""
        return sum(self.came.values())

    @property
    def kept(self) -> float:
        """Return what leaves as it is; goods of which nothing is told are taken to be used."""
        return self.arrived + self.made if self.unseen else self.handed + self.sold

    @property
    def total(self) -> float:
        """Return all uses."""
        return self.kept + sum(self.worked.values())


@dataclass(eq=False)
class Books:
    """Who supplies whom, in all the time looked at.

    Parameters
    ----------
    ledger
        What was counted.
    """

    ledger: Ledger
    uses: dict[Node, Use] = field(default_factory=lambda: defaultdict(Use))
    flows: dict[tuple[Node, Node], float] = field(default_factory=lambda: defaultdict(float))
    """Deliveries from node to node."""
    final: dict[tuple[Node, str], float] = field(default_factory=lambda: defaultdict(float))
    """What is finally used of a node, by the place where; `OUTSIDE` = not said."""
    under_way: list[tuple[Way, str, Amount]] = field(default_factory=list)
    """What has left and not arrived, and is expected in sight."""

    @property
    def days(self) -> float:
        """Return how many days were looked at."""
        return (self.ledger.end - self.ledger.start) / DAY

    @classmethod
    def of(cls, ledger: Ledger) -> Books:
        """Return the books of a ledger.

        Raises
        ------
        DataError
            If goods do not move between places, or all events are of one moment.
        """
        books = cls(ledger)
        books._collect()
        books._require_flows()
        books._depart()
        books._share()
        return books

    def _collect(self) -> None:
        ledger = self.ledger
        for (origin, place, product), link in ledger.links.items():
            if product and link.quantity:
                self.uses[place, product].came[origin] = float(link.quantity)
                if origin != OUTSIDE:
                    self.uses[origin, product].handed += float(link.quantity)
        for node, level in ledger.levels.items():
            if level.made or level.sold:
                self.uses[node].made += float(max(level.made, 0))
                self.uses[node].sold += float(level.sold)
                if level.sold:
                    self.final[node, node[0]] += float(level.sold)
        for (place, product), made in ledger.made.items():
            for one, amount in made.inputs.items():
                worked = self.uses[place, one].worked
                worked[product] = worked.get(product, 0.0) + float(amount)

    def _require_flows(self) -> None:
        ledger = self.ledger
        if any(use.came for use in self.uses.values()):
            if ledger.end > ledger.start:
                return
            raise DataError(
                "all events are of one moment, so that nothing can be said per day",
                hint="give events of several days, or set since and until",
            )
        count = ledger.moments.total()
        places = sorted(ledger.sites)
        if len(places) == 1:
            raise DataError(
                f"all {count:,} events are at one place, {places[0]!r}: goods go from nowhere to "
                "nowhere",
                hint="add the events of suppliers or customers, or let events say where goods come "
                "from and go to (sourceList, destinationList)",
            )
        if not places:
            raise DataError(
                f"none of {count:,} events says where it happened",
                hint="events need a readPoint or bizLocation",
            )
        left = len(ledger.open)
        told = (
            f"goods leave {left:,} times and never arrive"
            if left
            else "none says that goods leave one place (business step shipping or departing) or "
            "come to another (receiving or arriving)"
        )
        raise DataError(
            f"{count:,} events at {len(places):,} places ({listed(places, most=3)}) show no goods "
            f"that go from one place to another: {told}",
            hint="add the events of both ends; both must name the same EPCs, classes or containers",
        )

    def _depart(self) -> None:
        """Tell goods under way from those that have left for where nobody shares events."""
        ledger = self.ledger
        is_expected = sent_in_sight(ledger)
        for way, product, quantity, _ in ledger.open:
            if is_expected(way, product):
                self.under_way.append((way, product, quantity))
            elif product and way.origin != OUTSIDE and ledger.counts(way.time):
                self.uses[way.origin, product].sold += float(quantity)
                self.final[(way.origin, product), way.destination] += float(quantity)

    def _share(self) -> None:
        """Divide what comes to each place over its uses."""
        for node in sorted(self.uses):
            use = self.uses[node]
            if node[0] == OUTSIDE:
                continue
            if not use.total and (use.came or use.made):
                use.unseen = True
                self.final[node, node[0]] += use.kept
            if use.total:
                self._divide(node, use)

    def _divide(self, node: Node, use: Use) -> None:
        place, product = node
        for origin, quantity in sorted(use.came.items()):
            if use.kept:
                self.flows[(origin, product), node] += quantity * (use.kept / use.total)
            for made, worked in sorted(use.worked.items()):
                self.flows[(origin, product), (place, made)] += quantity * (worked / use.total)
        for made, worked in sorted(use.worked.items()):
            if use.made:
                share = use.made / (use.arrived + use.made)
                self.flows[node, (place, made)] += worked * share
            elif not use.came:  # it was there before the first event, or nobody told
                self.flows[(OUTSIDE, product), (place, made)] += worked

    def output(self) -> dict[Node, float]:
        """Return what every node delivers; nodes that only take have 0."""
        found: dict[Node, float] = {}
        for (supplier, buyer), quantity in self.flows.items():
            found[supplier] = found.get(supplier, 0.0) + quantity
            found.setdefault(buyer, 0.0)
        for (node, _), quantity in self.final.items():
            found[node] = found.get(node, 0.0) + quantity
        return dict(sorted(found.items()))

    def stock(self, node: Node) -> float | None:
        """Return the mean stock of a product at a place; None if events do not tell.

        Stock is known where events tell what comes and what goes. Where more goes than came, the
        rest was there at the start.
        """
        level, use = self.ledger.levels.get(node), self.uses.get(node)
        if level is None or use is None or use.unseen or not use.total or not use.came:
            return None
        if level.opening > level.into + level.made:
            return None
        span = self.ledger.end - self.ledger.start
        return float(level.area) / span + float(max(-level.lowest, 0))


def sent_in_sight(ledger: Ledger) -> Callable[[Way, str], bool]:
    """Return what tells whether goods that have left are expected at a place that shares events.

    A destination that is said decides. If none is, the same goods must have arrived from there
    before.
    """
    before = {(origin, product) for origin, place, product in ledger.links if place in ledger.sites}

    def is_expected(way: Way, product: str) -> bool:
        if way.destination:
            return way.destination in ledger.sites
        return (way.origin, product) in before

    return is_expected
