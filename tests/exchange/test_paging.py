"""Pages: nothing is missed and nothing comes twice, whatever is captured meanwhile."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings
from places import wipe
from shipped import captured, shipment

from catenary.exchange.queries import QueryError, QueryTooLargeError
from catenary.exchange.store import TokenError

if TYPE_CHECKING:
    from catenary.exchange.store import Store

pytestmark = pytest.mark.part("9.4")

ORDERS: list[dict[str, Any]] = [
    {},
    {"orderBy": "eventTime"},
    {"orderBy": "eventTime", "orderDirection": "ASC"},
    {"orderBy": "recordTime"},
    {"orderBy": "example:weight", "orderDirection": "ASC"},
    {"orderBy": "example:weight"},
    {"orderBy": "eventTime", "eventCountLimit": 7},
]


WEIGHTS = st.none() | st.integers(0, 3) | st.sampled_from(["light", "heavy"])


@settings(max_examples=settings().max_examples // 3)
@given(
    before=st.lists(st.tuples(st.integers(0, 5), WEIGHTS), max_size=14),
    between=st.lists(st.tuples(st.integers(0, 5), WEIGHTS), min_size=1, max_size=3),
    asked=st.sampled_from(ORDERS),
    per_page=st.integers(1, 5),
)
def test_pages_hold_what_there_was_at_the_first(
    kept: Store,
    before: list[tuple[int, Any]],
    between: list[tuple[int, Any]],
    asked: dict[str, Any],
    per_page: int,
) -> None:
    wipe(kept)
    captured(kept, [shipment(at, *one) for at, one in enumerate(before)])
    query = {"EQ_bizStep": "shipping", **asked}
    whole = [one.number for one in kept.query(query)]
    assert len(whole) == min(len(before), asked.get("eventCountLimit", 99))
    paged: list[int] = []
    token, number = None, len(before)
    for _ in range(20):
        page = kept.page(query, per_page=per_page, token=token)
        paged += [one.number for one in page.events]
        assert len(page.events) <= per_page
        token = page.token
        if token is None:
            break
        captured(kept, [shipment(number + at, *one) for at, one in enumerate(between)])
        number += len(between)
    assert token is None
    assert paged == whole


def test_events_come_in_the_order_that_is_asked_for(store: Store) -> None:
    captured(store, [shipment(at, minute) for at, minute in enumerate([3, 1, 2, 1])])
    for direction, wanted in (("ASC", [1, 1, 2, 3]), ("DESC", [3, 2, 1, 1]), (None, [3, 2, 1, 1])):
        query = {"orderBy": "eventTime", **({"orderDirection": direction} if direction else {})}
        found = [int(one.event["eventTime"][14:16]) for one in store.query(query)]
        assert found == wanted


def test_events_are_ordered_by_members_of_ones_own(store: Store) -> None:
    weights = [10, 9.5, "100", 2]
    captured(store, [shipment(at, 0, weight) for at, weight in enumerate(weights)])
    query = {"orderBy": "example:weight", "orderDirection": "ASC"}
    assert [one.event["example:weight"] for one in store.query(query)] == [2, 9.5, 10, "100"]
    query = {"orderBy": "example:weight", "eventCountLimit": "2"}
    assert [one.event["example:weight"] for one in store.query(query)] == ["100", 10]


def test_a_token_of_another_query_store_or_time_is_refused(store: Store) -> None:
    captured(store, [shipment(at, 0) for at in range(4)])
    page = store.page({"EQ_bizStep": "shipping"}, per_page=2)
    assert page.token is not None
    assert page.expires is not None
    with pytest.raises(TokenError, match="another query"):
        store.page({"EQ_action": "OBSERVE"}, per_page=2, token=page.token)
    with pytest.raises(TokenError, match="not one of this store"):
        store.page({"EQ_bizStep": "shipping"}, token="A" + page.token[1:])
    for broken in ("", "é", "A", page.token[:-1], "=" * 5):
        with pytest.raises(TokenError):
            store.page({"EQ_bizStep": "shipping"}, token=broken)
    old = store.page({"EQ_bizStep": "shipping"}, per_page=2, lifetime=-1).token
    with pytest.raises(TokenError, match="expired"):
        store.page({"EQ_bizStep": "shipping"}, token=old)
    store.revoke(page.token)
    with pytest.raises(TokenError, match="given back"):
        store.page({"EQ_bizStep": "shipping"}, token=page.token)


def test_more_results_than_are_wanted_are_an_error(store: Store) -> None:
    captured(store, [shipment(at, 0) for at in range(4)])
    assert len(list(store.query({"maxEventCount": 4}))) == 4
    with pytest.raises(QueryTooLargeError, match="more than 3"):
        store.query({"maxEventCount": "3"})
    with pytest.raises(QueryTooLargeError, match="more than 3"):
        store.page({"maxEventCount": 3}, per_page=1)
    with pytest.raises(QueryError, match="exclude each other"):
        store.query({"maxEventCount": 3, "eventCountLimit": 3, "orderBy": "eventTime"})
    with pytest.raises(QueryError, match="but not by what"):
        store.query({"eventCountLimit": 3})


def test_a_subscription_sees_every_event_once(store: Store) -> None:
    captured(store, [shipment(at, 0) for at in range(4)])
    last = store.last_number()
    assert last == 4
    assert list(store.query({}, above=last)) == []
    captured(store, [shipment(at, 0) for at in range(2, 6)])
    assert [one.number for one in store.query({}, above=last)] == [5, 6]
    assert [one.number for one in store.query({}, above=3, upto=5)] == [4, 5]


def test_events_carry_their_record_time_and_prefixes(store: Store) -> None:
    captured(store, [{**shipment(1, 0, 7), "recordTime": "1999-01-01T00:00:00Z"}, shipment(2, 0)])
    first, second = store.query({})
    assert first.event["@context"] == {"example": "https://ns.example.com/epcis/"}
    assert first.prefixes == {"example": "https://ns.example.com/epcis/"}
    assert "@context" not in second.event
    for one in (first, second):
        assert one.event["recordTime"] > "2026"
        assert json.loads(one.json) == one.event
    assert next(store.query({"GE_recordTime": first.event["recordTime"]})) == first
    assert list(store.query({"LT_recordTime": first.event["recordTime"]})) == []
