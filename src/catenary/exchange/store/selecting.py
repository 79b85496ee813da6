"""Queries as SQL: every condition becomes a part of WHERE that an index answers.

References
----------
GS1, EPCIS Standard 2.0, section 8.2.7.1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import (
    Double,
    and_,
    cast,
    false,
    func,
    literal,
    or_,
    select,
    tuple_,
)

from catenary.exchange.queries.conditions import (
    OnColumn,
    OnMaster,
    OnMember,
    OnThing,
    Order,
    Within,
)
from catenary.exchange.store.schema import attributes, epcs, events, hierarchy, members, words

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Select, Subquery
    from sqlalchemy.engine import Connection

    from catenary.exchange.queries import Query
    from catenary.exchange.queries.conditions import Comparison, Condition
    from catenary.exchange.queries.matching import Span

__all__ = ["Place", "is_hopeless", "numbers_of", "page_of"]

Place = tuple[Any, ...]
"""Where a page ends: the values of the order, and the number of the event."""

_LISTED: Final = frozenset({"type", "biz_step", "disposition", "read_point", "biz_location"})
"""Columns of which all values stand in `words`."""
_LOW: Final = -1.7976931348623157e308
_LAST: Final = "\U0010ffff"
_ASCENDING: Final = {"EQ": "__eq__", "GT": "__gt__", "GE": "__ge__", "LT": "__lt__", "LE": "__le__"}


def _compared(column: Any, comparison: Comparison, value: Any) -> ColumnElement[bool]:
    made: ColumnElement[bool] = getattr(column, _ASCENDING[comparison])(value)
    return made


def _after(start: str) -> str:
    """Return the first text that does not begin with another, in the order of code points."""
    kept = start.rstrip(_LAST)
    if not kept:
        return _LAST * (len(start) + 1)
    last = ord(kept[-1]) + 1
    return kept[:-1] + chr(0xE000 if last == 0xD800 else last)


def _within_span(column: Any, span: Span) -> ColumnElement[bool]:
    if span.whole:
        return _compared(column, "EQ", span.start)
    made = and_(column >= span.start, column < _after(span.start))
    if span.least is None or span.most is None:
        return made
    rest = func.substr(column, len(span.start) + 1)
    longest = len(str(span.most))
    parts = []
    for length in range(len(str(span.least)), longest + 1):
        most = str(span.most) if length == longest else "9" * length
        parts.append(
            and_(func.length(rest) == length, rest >= f"{span.least:0{length}d}", rest <= most)
        )
    digits = func.length(func.trim(rest, "0123456789")) == 0
    return and_(made, digits, or_(*parts))


def _on_thing(one: OnThing) -> ColumnElement[bool]:
    whole = [span.start for span in one.spans if span.whole]
    parts = [_within_span(epcs.c.epc, span) for span in one.spans if not span.whole]
    if whole:
        parts.append(epcs.c.epc.in_(whole))
    return events.c.number.in_(
        select(epcs.c.event).where(or_(*parts), epcs.c.field.in_(one.fields))
    )


def _on_member(one: OnMember) -> ColumnElement[bool]:
    chosen = select(members.c.event).where(members.c.name.in_(one.names))
    if one.comparison == "EXISTS":
        return events.c.number.in_(chosen)
    parts: list[ColumnElement[bool]] = []
    if one.texts:
        parts.append(members.c.text.in_(one.texts))
    for column, values in ((members.c.number, one.numbers), (members.c.time, one.times)):
        if values and one.comparison == "EQ":
            parts.append(column.in_(values))
        elif values:
            parts.append(_compared(column, one.comparison, values[0]))
    if len(parts) == 1:
        return events.c.number.in_(chosen.where(parts[0]))
    return or_(*(events.c.number.in_(chosen.where(part)) for part in parts)) if parts else false()


def _within(one: Within) -> ColumnElement[bool]:
    inside = select(hierarchy.c.child).where(hierarchy.c.parent.in_(one.roots))
    found = inside.cte("inside", recursive=True)
    deeper = select(hierarchy.c.child).join(found, hierarchy.c.parent == found.c.child)
    column = events.c[one.column]
    return or_(column.in_(one.roots), column.in_(select(found.union(deeper).c.child)))


def _on_master(one: OnMaster) -> ColumnElement[bool]:
    elements = select(attributes.c.element).where(attributes.c.name.in_(one.attributes))
    if one.texts is not None:
        elements = elements.where(attributes.c.text.in_(one.texts))
    if one.column:
        return events.c[one.column].in_(elements)
    if one.fields:
        chosen = select(epcs.c.event).where(epcs.c.epc.in_(elements), epcs.c.field.in_(one.fields))
    else:
        chosen = select(members.c.event).where(
            members.c.name.in_(one.members), members.c.text.in_(elements)
        )
    return events.c.number.in_(chosen)


def _on_column(one: OnColumn) -> ColumnElement[bool]:
    column = events.c[one.column]
    if one.comparison == "EXISTS":
        return column.is_not(None)
    if one.comparison == "EQ":
        return column.in_(one.values)
    return _compared(column, one.comparison, one.values[0])


def _clause(one: Condition) -> ColumnElement[bool]:
    if isinstance(one, OnColumn):
        return _on_column(one)
    if isinstance(one, Within):
        return _within(one)
    if isinstance(one, OnThing):
        return _on_thing(one)
    if isinstance(one, OnMember):
        return _on_member(one)
    return _on_master(one)


def _named_values(names: tuple[str, ...]) -> Subquery:
    """Return the least value and text of members of these names, by event."""
    value = func.coalesce(cast(members.c.time, Double), members.c.number)
    return (
        select(
            members.c.event,
            func.min(value).label("value"),
            func.min(members.c.text).label("text"),
        )
        .where(members.c.name.in_(names))
        .group_by(members.c.event)
        .subquery()
    )


def _ordered(order: Order) -> tuple[list[Any], Any]:
    """Return what events are ordered by, the number last, and where to select from."""
    if order.column == "number":
        return [events.c.number], events
    if order.column:
        return [events.c[order.column], events.c.number], events
    found = _named_values(order.members)
    values = [func.coalesce(found.c.value, _LOW), func.coalesce(found.c.text, "")]
    return [*values, events.c.number], events.outerjoin(found, found.c.event == events.c.number)


def _where(query: Query, above: int | None, upto: int | None) -> list[ColumnElement[bool]]:
    made = [_clause(one) for one in query.conditions]
    if above is not None:
        made.append(events.c.number > above)
    if upto is not None:
        made.append(events.c.number <= upto)
    return made


def is_hopeless(connection: Connection, query: Query) -> bool:
    """Whether a query asks for words or places that no event names, so that none needs a look."""
    for one in query.conditions:
        if isinstance(one, OnColumn) and one.comparison == "EQ" and one.column in _LISTED:
            known = select(words.c.word).where(
                words.c.kind == one.column, words.c.word.in_(one.values)
            )
            if connection.execute(known.limit(1)).first() is None:
                return True
    return False


def numbers_of(
    query: Query, *, above: int | None = None, upto: int | None = None
) -> Select[tuple[int]]:
    """Return the selection of the numbers of all events that a query asks for."""
    return select(events.c.number).where(*_where(query, above, upto))


def page_of(
    query: Query,
    *,
    after: Place | None = None,
    limit: int,
    above: int | None = None,
    upto: int | None = None,
) -> Select[Any]:
    """Return the selection of one page.

    Parameters
    ----------
    query
        What is asked.
    after
        Where the page before ended.
    limit
        How many events at most.
    above, upto
        Numbers between which events lie, the first excluded.

    Returns
    -------
    Select
        Number, key, record time and JSON, and behind them the values of the order.
    """
    order, origin = _ordered(query.order)
    conditions = _where(query, above, upto)
    descending = query.order.descending
    if after is not None:
        alone = len(order) == 1
        place: Any = order[0] if alone else tuple_(*order)
        end: Any = literal(after[0]) if alone else tuple_(*map(literal, after))
        conditions.append(place < end if descending else place > end)
    named = [one.label(f"order_{at}") for at, one in enumerate(order)]
    found = (  # numbers first, so that no JSON is sorted
        select(*named)
        .select_from(origin)
        .where(*conditions)
        .order_by(*(one.desc() if descending else one.asc() for one in order))
        .limit(limit)
        .subquery()
    )
    columns = list(found.c)
    return (
        select(events.c.number, events.c.key, events.c.record_time, events.c.json, *columns[:-1])
        .join(found, columns[-1] == events.c.number)
        .order_by(*(one.desc() if descending else one.asc() for one in columns))
    )
