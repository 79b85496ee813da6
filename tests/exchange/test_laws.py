"""Laws of events: whatever way an event goes, it stays the same event."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any, Literal

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from catenary.exchange import (
    canonical_link,
    checked,
    convert,
    event_from,
    event_hash,
    opened,
    plain,
    prehash,
    to_link,
    to_urn,
)
from catenary.exchange.checking import schema_problems
from catenary.exchange.rules import rule_problems
from catenary.exchange.xml_writing import same
from catenary.testing.shipments import PREFIXES, documents, epcs, events


def converted(raw: bytes, to: Literal["json", "xml"]) -> bytes:
    out = BytesIO()
    with opened(raw, whole=True) as document:
        convert(document, to, out)
    return out.getvalue()


def hashes(raw: bytes) -> list[str]:
    with opened(raw, whole=True) as document:
        return [
            event_hash(read.event, read.prefixes, ignored=document.ignored)
            for read in document.reads
            if read.event is not None
        ]


@pytest.mark.part("9.1")
@settings(max_examples=40)
@given(events())
def test_what_is_drawn_keeps_every_rule(event: dict[str, Any]) -> None:
    assert schema_problems(event) == []
    assert [one for one in rule_problems(event, PREFIXES) if one.level == "error"] == []


@pytest.mark.part("9.1")
@settings(max_examples=30)
@given(documents())
def test_json_to_xml_to_json_is_the_same_document(document: dict[str, Any]) -> None:
    raw = json.dumps(document).encode()
    assert same(json.loads(converted(converted(raw, "xml"), "json")), document)


@pytest.mark.part("9.2")
@settings(max_examples=30)
@given(documents())
def test_json_and_xml_have_the_same_hashes(document: dict[str, Any]) -> None:
    raw = json.dumps(document).encode()
    assert hashes(raw) == hashes(converted(raw, "xml"))


@pytest.mark.part("9.1")
@settings(max_examples=40)
@given(events())
def test_typed_events_give_back_what_they_were_made_of(event: dict[str, Any]) -> None:
    typed = event_from(event)
    assert type(typed).__name__ == event["type"]
    assert same(plain(typed), event)


def shuffled(value: Any, data: st.DataObject) -> Any:
    """Return the same JSON with the members of every object in another order."""
    if isinstance(value, dict):
        order = data.draw(st.permutations(list(value)))
        return {name: shuffled(value[name], data) for name in order}
    if isinstance(value, list):
        return [shuffled(one, data) for one in value]
    return value


_SETS = (
    "epcList", "childEPCs", "inputEPCList", "outputEPCList", "quantityList", "bizTransactionList",
    "sourceList", "destinationList", "childQuantityList", "outputQuantityList",
)  # fmt: skip


@pytest.mark.part("9.2")
@settings(max_examples=40)
@given(events(), st.data())
def test_order_of_members_and_of_lists_does_not_matter(
    event: dict[str, Any], data: st.DataObject
) -> None:
    other = shuffled(event, data)
    for name in _SETS:
        if name in other:
            other[name] = data.draw(st.permutations(other[name]))
    assert prehash(other, PREFIXES) == prehash(event, PREFIXES)


def renamed(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {
            names.get(key.partition(":")[0], key.partition(":")[0])
            + key[len(key.partition(":")[0]) :]: renamed(inner, names)
            for key, inner in value.items()
        }
    return [renamed(one, names) for one in value] if isinstance(value, list) else value


@pytest.mark.part("9.2")
@settings(max_examples=40)
@given(events())
def test_names_of_prefixes_do_not_matter(event: dict[str, Any]) -> None:
    names = {"example": "e1", "other": "e2"}
    other = renamed(event, names)
    prefixes = {names[name]: address for name, address in PREFIXES.items()}
    assert prehash(other, prefixes) == prehash(event, PREFIXES)


@pytest.mark.part("9.2")
@settings(max_examples=40)
@given(events(), st.sampled_from(["+01:00", "-07:30", "+14:00"]))
def test_one_moment_in_two_offsets_is_one_event(event: dict[str, Any], offset: str) -> None:
    from datetime import datetime  # noqa: PLC0415
    from fractions import Fraction  # noqa: PLC0415

    from catenary.exchange.times import instant  # noqa: PLC0415

    text = event["eventTime"].split(".")[0].removesuffix("Z")[:19] + "+00:00"
    moved = datetime.fromisoformat(text).astimezone(
        datetime.fromisoformat(f"2026-01-01T00:00{offset}").tzinfo
    )
    other = {**event, "eventTime": moved.isoformat()}
    event = {**event, "eventTime": text}
    assert instant(other["eventTime"]) == instant(text) == Fraction(instant(text))
    assert prehash(other, PREFIXES) == prehash(event, PREFIXES)


@pytest.mark.part("9.2")
@settings(max_examples=40)
@given(events(), st.sampled_from(["eventTime", "eventTimeZoneOffset", "action", "example:new"]))
def test_any_change_changes_the_hash(event: dict[str, Any], name: str) -> None:
    changed = {"eventTime": "2085-01-01T00:00:00Z", "eventTimeZoneOffset": "-13:59"}
    other = {**event, name: changed.get(name, "something new")}
    assert event_hash(other, PREFIXES) != event_hash(event, PREFIXES)


@pytest.mark.part("9.2")
@settings(max_examples=40)
@given(events())
def test_who_recorded_it_and_when_does_not_matter(event: dict[str, Any]) -> None:
    other = {
        **event,
        "recordTime": "2030-01-01T00:00:00Z",
        "eventID": "urn:uuid:2",
        "errorDeclaration": {"declarationTime": "2030-01-01T00:00:00Z"},
    }
    assert event_hash(other, PREFIXES) == event_hash(event, PREFIXES)


@pytest.mark.part("9.1")
@given(epcs())
def test_links_lead_back_to_their_urns(urn: str) -> None:
    prefix = len(urn.split(":")[4].partition(".")[0])
    link = to_link(urn, base="https://example.com/some/stem")
    assert to_urn(link, company_prefix=prefix) == urn
    assert to_urn(f"{link}?17=261231", company_prefix=prefix) == urn


@pytest.mark.part("9.2")
@given(epcs())
def test_the_canonical_link_is_that_of_urn_and_link_alike(urn: str) -> None:
    canonical = canonical_link(urn)
    assert canonical.startswith("https://id.gs1.org/")
    assert canonical_link(canonical) == canonical
    assert canonical_link(to_link(urn, base="http://example.com/x") + "?a=b") == canonical


_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@pytest.mark.part("9.1")
@settings(max_examples=50)
@given(events(), st.data())
def test_whatever_replaces_a_member_is_judged_and_never_a_fault(
    event: dict[str, Any], data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(event)))
    event[name] = data.draw(_ANY)
    raw = json.dumps({"@context": "x/epcis-context.jsonld", "type": "EPCISDocument",
        "schemaVersion": "2.0", "creationDate": "2026-01-01T00:00:00Z",
        "epcisBody": {"eventList": [event]}}).encode()  # fmt: skip
    with opened(raw) as document:
        for read in document.reads:
            checked(read, document.manner)
            if read.is_usable and read.event is not None:
                event_hash(read.event, read.prefixes)


@pytest.mark.part("9.1")
@settings(max_examples=50)
@given(events(), st.data())
def test_the_fast_check_and_the_complete_one_agree(
    event: dict[str, Any], data: st.DataObject
) -> None:
    from catenary.exchange.checking import _INFO, _walk  # noqa: PLC0415

    if data.draw(st.booleans()):
        event[data.draw(st.sampled_from(sorted(event)))] = data.draw(_ANY)
    if isinstance(event["type"], str) and event["type"] in _INFO:
        walked = list(_walk(event, _INFO[event["type"]], ""))
        assert bool(walked) == bool(schema_problems(event))
