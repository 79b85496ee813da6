"""A query that is asked again and again, of what was captured since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Final

from catenary.exchange.server.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from catenary.exchange.queries import Query
    from catenary.exchange.store import NamedQuery, Store, Stored

__all__ = ["Standing"]

_ORDERING: Final = ("orderBy", "orderDirection", "eventCountLimit", "maxEventCount")


@dataclass(frozen=True, slots=True)
class Standing:
    """A named query, asked in the order in which events are captured.

    Parameters
    ----------
    name
        The named query.
    query
        What it asks, apart from order and number of events.
    most
        Its `maxEventCount`; 0 = any number.
    """

    name: str
    query: Query
    most: int = 0

    @classmethod
    def of(cls, store: Store, named: NamedQuery, initial: int | None = None) -> Standing:
        """Make a standing query.

        Parameters
        ----------
        store
            What is asked.
        named
            The named query.
        initial
            The least record time, in microseconds since 1970.
        """
        asked = {key: value for key, value in named.query.items() if key not in _ORDERING}
        if initial is not None:
            first = datetime.fromtimestamp(initial / 1e6, UTC)
            said = asked.get("GE_recordTime")
            told = datetime.fromisoformat(said) if isinstance(said, str) else first
            asked["GE_recordTime"] = max(first, told).isoformat()
        most = store.parse(named.query, named.prefixes).most or 0
        return cls(named.name, store.parse(asked, named.prefixes), most)

    def since(self, store: Store, above: int, upto: int, batch: int) -> Iterator[list[Stored]]:
        """Yield the events that were captured between two numbers, batch by batch.

        Raises
        ------
        ProblemError
            If there are more than `maxEventCount`.
        """
        size = self.most + 1 if self.most else batch
        events = store.query(self.query, above=above, upto=upto)
        while found := list(islice(events, size)):
            if self.most and len(found) > self.most:
                raise ProblemError(
                    "QueryTooLargeException",
                    f"the query {self.name!r} allows {self.most:,} events, and there are more",
                )
            yield found
