"""Strangers' files: whatever comes, it is refused with a reason, within limits, or it is read."""

from __future__ import annotations

import json
import tracemalloc
from io import BytesIO
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from catenary.errors import CatenaryError
from catenary.exchange import LimitError, Limits, MalformedError, checked, many, opened, splitting
from catenary.exchange.many import look
from catenary.exchange.splitting import Splitter

pytestmark = pytest.mark.part("9.1")

EVENT: dict[str, Any] = {
    "type": "ObjectEvent",
    "eventTime": "2026-01-01T00:00:00Z",
    "eventTimeZoneOffset": "+00:00",
    "action": "OBSERVE",
    "epcList": ["urn:epc:id:sgtin:4012345.011111.987"],
    "sourceList": [{"type": "location", "source": "urn:epc:id:sgln:4012345.00005.0"}],
}
HEAD: dict[str, Any] = {
    "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
    "type": "EPCISDocument",
    "schemaVersion": "2.0",
    "creationDate": "2026-01-01T00:00:00Z",
}
XML = (
    '<epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:2" schemaVersion="2.0" '
    'creationDate="2026-01-01T00:00:00Z"><EPCISBody><EventList>{}</EventList></EPCISBody>'
    "</epcis:EPCISDocument>"
)
XML_EVENT = (
    "<ObjectEvent><eventTime>2026-01-01T00:00:00Z</eventTime>"
    "<eventTimeZoneOffset>+00:00</eventTimeZoneOffset><epcList/><action>OBSERVE</action>{}"
    "</ObjectEvent>"
)


def document(*events: Any, **more: Any) -> bytes:
    return json.dumps({**HEAD, **more, "epcisBody": {"eventList": list(events)}}).encode()


def rules(raw: bytes, limits: Limits | None = None) -> set[str]:
    """Return the rules by which a file is refused; `file` if it cannot even be opened."""
    try:
        with opened(raw, limits=limits or Limits()) as read:
            found = [one for item in read.reads for one in checked(item, read.manner).findings]
            found += read.findings
    except (MalformedError, LimitError):
        return {"file"}
    return {one.rule for one in found if one.level == "error"}


def test_a_right_document_breaks_no_rule() -> None:
    assert rules(document(EVENT)) == set()
    assert rules(XML.format(XML_EVENT.format("")).encode()) == set()


@pytest.mark.parametrize(
    ("raw", "rule"),
    [
        (b"", "file"),
        (b"events", "file"),
        (b"\xff\xfe{", "file"),
        (b"[" * 100_000, "file"),
        (b'{"a":' * 100_000, "file"),
        (document(EVENT, EVENT)[:-30], "json"),
        (document(EVENT).replace(b"OBSERVE", b"OB\xffSERVE"), "json"),
        (document(EVENT).replace(b"OBSERVE", b"\\ud800"), "json"),
        (document({**EVENT, "quantityList": [{"epcClass": "urn:x:y", "quantity": 0}]}).replace(
            b'"quantity": 0', b'"quantity": 1e999'), "json"),
        (document({**EVENT, "a:b": 0}).replace(b'"a:b": 0', b'"a:b": ' + b"9" * 100_000), "json"),
        (document({**EVENT, "a:b": 0}).replace(b'"a:b": 0', b'"a:b": NaN'), "json"),
        (document(EVENT, 7), "type"),
        (document(EVENT).replace(b"]}}", b",]}}"), "json"),
        (document(EVENT, {**EVENT, "a:b": 0}).replace(
            b": 0}", b": " + b"[" * 200 + b"]" * 200 + b"}"), "limit"),
    ],
)  # fmt: skip
def test_bad_json_is_refused_with_a_reason(raw: bytes, rule: str) -> None:
    assert rule in rules(raw)


LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>'
)


@pytest.mark.parametrize(
    ("raw", "rule"),
    [
        (LAUGHS + XML.format(XML_EVENT.format("<x:a xmlns:x='urn:x'>&c;</x:a>")), "file"),
        ('<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + XML.format("&a;"), "file"),
        ('<!DOCTYPE x SYSTEM "http://127.0.0.1/x.dtd">' + XML.format(""), "file"),
        ('<!DOCTYPE x PUBLIC "a" "b">' + XML.format(""), "file"),
        (XML.format("&undeclared;"), "xml"),
        (XML.format("<a>" * 100_000), "limit"),
        (XML.format(XML_EVENT.format("<x:a xmlns:x='urn:x'>" * 90 + "</x:a>" * 90)), "limit"),
        (XML.format("")[:-5], "xml"),
        (XML.format(XML_EVENT.format("<epc>")), "xml"),
        (XML.format(XML_EVENT.format("\x01")), "xml"),
        ("<html/>", "document-type"),
        ("<", "file"),
        (XML.format(XML_EVENT.format("<quantityList><quantityElement><epcClass>urn:x:y</epcClass>"
         "<quantity>1e999</quantity></quantityElement></quantityList>")), "type"),
    ],
)  # fmt: skip
def test_bad_xml_is_refused_with_a_reason(raw: str, rule: str) -> None:
    assert rule in rules(raw.encode())


def test_a_document_type_that_declares_nothing_is_read() -> None:
    assert rules(b"<!DOCTYPE project>" + XML.format(XML_EVENT.format("")).encode()) == set()


def test_parts_larger_than_allowed_are_refused() -> None:
    small = Limits(event=10_000, header=10_000)
    large = {**EVENT, "example:note": "x" * 1_000_000}
    assert rules(document(EVENT, large), small) & {"limit", "file"}
    assert rules(document(EVENT, **{"example:note": "x" * 1_000_000}), small) & {"limit", "file"}
    xml = XML.format(XML_EVENT.format(f"<x:a xmlns:x='urn:x'>{'x' * 1_000_000}</x:a>"))
    assert "limit" in rules(xml.encode(), small)


def test_one_bad_event_does_not_stop_the_others() -> None:
    raw = document(EVENT, EVENT, EVENT).replace(b'"OBSERVE"', b"OBSERVE", 1)
    with opened(raw) as read:
        states = [checked(item).is_usable for item in read.reads]
    assert states == [False, True, True]


def test_what_stands_behind_the_events_counts() -> None:
    body = json.dumps({"eventList": [{**EVENT, "ex:a": "b"}]}).encode()
    rest = json.dumps({**HEAD, "@context": [*HEAD["@context"], {"ex": "https://e.org/"}]}).encode()
    raw = b'{"epcisBody": ' + body + b", " + rest[1:]
    with opened(raw) as read:
        items = [checked(item) for item in read.reads]
    assert items[0].findings == []
    assert items[0].prefixes == {"ex": "https://e.org/"}
    assert rules(document(EVENT, unknown=1)) == {"unknown-field"}


@pytest.mark.parametrize(
    ("old", "new", "twice"),
    [
        (b'"action": "OBSERVE"', b'"action": "ADD", "action": "OBSERVE"', True),
        (b'"action": "OBSERVE"', b'"action" : "ADD", "action" : "OBSERVE"', True),
        (b'{"type": "location"', b'{"type":"location","type": "location"', True),
        (b'"action": "OBSERVE"', b'"action" : "OBSERVE"', False),
        (b'"action": "OBSERVE"', b'"action": "OBSERVE", "ex:t": "a \\"b\\": c"', False),
        (b'"schemaVersion": "2.0"', b'"schemaVersion": "2.0", "schemaVersion": "2.1"', True),
    ],
)  # fmt: skip
def test_a_member_that_stands_twice_is_no_riddle(old: bytes, new: bytes, twice: bool) -> None:  # noqa: FBT001
    assert bool(rules(document(EVENT).replace(old, new)) & {"duplicate", "file", "json"}) == twice


def test_every_problem_of_an_event_is_told_at_once() -> None:
    wrong = {**EVENT, "action": "MAKE", "bizStep": "moving", "eventTime": "now", "extra": 1}
    with opened(document(EVENT, wrong)) as read:
        found = [one for item in read.reads for one in checked(item).findings]
    assert {(one.event, one.field, one.rule) for one in found} == {
        (2, "action", "enumeration"),
        (2, "bizStep", "vocabulary"),
        (2, "eventTime", "time"),
        (2, "extra", "unknown-field"),
    }


@pytest.mark.parametrize("chunk", [1, 3, 64])
def test_cutting_does_not_depend_on_how_bytes_arrive(
    chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(splitting, "_CHUNK", chunk)
    odd = {**EVENT, "example:note": 'a "quoted" \\ text, }, {"eventTime"'}
    events = [EVENT, odd, {}, EVENT]
    cut = Splitter(BytesIO(document(*events)))
    assert [json.loads(one) for one in cut.events()] == events
    assert json.loads(cut.skeleton) == json.loads(document())


@settings(max_examples=60)
@given(
    st.lists(st.dictionaries(st.text(max_size=4), st.text(max_size=6) | st.lists(st.integers())))
)
def test_cutting_gives_back_every_list_of_objects(items: list[dict[str, Any]]) -> None:
    cut = Splitter(BytesIO(document(*items)))
    assert [json.loads(one) for one in cut.events()] == items


@settings(max_examples=60)
@given(st.data())
def test_damaged_files_never_make_a_fault(data: st.DataObject) -> None:
    raw = bytearray(
        data.draw(
            st.sampled_from([document(EVENT, EVENT), XML.format(XML_EVENT.format("") * 2).encode()])
        )
    )
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    try:
        with opened(bytes(raw)) as read:
            for item in read.reads:
                checked(item, read.manner)
    except CatenaryError:
        pass


def test_memory_does_not_grow_with_the_number_of_events() -> None:
    def peak(count: int) -> int:
        raw = document(*[EVENT] * count)
        tracemalloc.start()
        with opened(BytesIO(raw)) as read:
            assert sum(1 for item in read.reads if checked(item).is_usable) == count
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(2_000)  # fills caches
    assert peak(20_000) < 1.5 * peak(4_000) + 1_000_000


def test_all_cores_find_what_one_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many, "_BLOCK", 20)
    raw = document(*[EVENT, {**EVENT, "action": "MAKE"}] * 100)
    made = []
    for workers in (1, 2):
        with opened(raw, whole=True) as read:
            made.append(list(look(read, hashes=True, workers=workers)))
    assert made[0] == made[1]
    assert [one.number for one in made[1]] == list(range(1, 201))
    assert [bool(one.hash) for one in made[1][:2]] == [True, False]
