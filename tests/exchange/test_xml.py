"""What XML says in its own way."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any, Literal

import pytest

from catenary.errors import SchemaError
from catenary.exchange import checked, convert, opened
from catenary.exchange.xml_writing import same

pytestmark = pytest.mark.part("9.1")

TIMES = (
    "<eventTime>2026-01-01T00:00:00Z</eventTime><eventTimeZoneOffset>+00:00</eventTimeZoneOffset>"
)
HEAD: dict[str, Any] = {
    "@context": [
        "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
        {"ex": "https://ns.example.com/"},
    ],
    "type": "EPCISDocument",
    "schemaVersion": "2.0",
    "creationDate": "2026-01-01T00:00:00Z",
}
EVENT: dict[str, Any] = {
    "type": "ObjectEvent",
    "eventTime": "2026-01-01T00:00:00Z",
    "eventTimeZoneOffset": "+00:00",
    "action": "OBSERVE",
    "epcList": [],
}


def converted(source: bytes, to: Literal["json", "xml"]) -> bytes:
    out = BytesIO()
    with opened(source, whole=True) as document:
        convert(document, to, out)
    return out.getvalue()


def there_and_back(document: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(
        converted(converted(json.dumps(document).encode(), "xml"), "json")
    )
    return made


def read(xml: str) -> list[dict[str, Any]]:
    with opened(xml.encode()) as document:
        made = [checked(one, document.manner) for one in document.reads]
        assert document.findings == []
    assert [one.findings for one in made] == [[] for _ in made]
    return [one.event for one in made if one.event is not None]


def old(events: str) -> str:
    return (
        '<epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:1" schemaVersion="1.2" '
        f'creationDate="2026-01-01T00:00:00Z"><EPCISBody><EventList>{events}</EventList>'
        "</EPCISBody></epcis:EPCISDocument>"
    )


def new(inside: str, *, declared: str = "") -> str:
    return (
        f'<epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:2" {declared} '
        'schemaVersion="2.0" creationDate="2026-01-01T00:00:00Z"><EPCISBody><EventList>'
        f"<ObjectEvent>{TIMES}<epcList/><action>OBSERVE</action>{inside}</ObjectEvent>"
        "</EventList></EPCISBody></epcis:EPCISDocument>"
    )


def test_a_quantity_event_of_version_1_observes_a_quantity() -> None:
    (event,) = read(
        old(
            f"<QuantityEvent>{TIMES}<epcClass>urn:epc:idpat:sgtin:4012345.066666.*</epcClass>"
            "<quantity>12</quantity></QuantityEvent>"
        )
    )
    assert event["type"] == "ObjectEvent"
    assert event["action"] == "OBSERVE"
    assert event["quantityList"] == [
        {"epcClass": "urn:epc:idpat:sgtin:4012345.066666.*", "quantity": 12}
    ]


def test_extensions_of_version_1_hold_fields_of_version_2() -> None:
    (event,) = read(
        old(
            "<extension><extension><AssociationEvent><eventTime>2026-01-01T00:00:00Z</eventTime>"
            "<eventTimeZoneOffset>+00:00</eventTimeZoneOffset><baseExtension><eventID>urn:uuid:1"
            "</eventID></baseExtension><parentID>urn:epc:id:grai:4012345.55555.987</parentID>"
            "<action>DELETE</action><extension><extension><persistentDisposition><set>"
            "urn:epcglobal:cbv:disp:damaged</set></persistentDisposition></extension></extension>"
            "</AssociationEvent></extension></extension>"
        )
    )
    assert event["eventID"] == "urn:uuid:1"
    assert event["persistentDisposition"] == {"set": ["damaged"]}


def test_what_was_version_1_is_given_on_as_version_2() -> None:
    made = json.loads(converted(old(f"<ObjectEvent>{TIMES}<epcList/><action>ADD</action>"
        "</ObjectEvent>").encode(), "json"))  # fmt: skip
    assert made["schemaVersion"] == "2.0"
    again = converted(json.dumps(made).encode(), "xml")
    assert b"urn:epcglobal:epcis:xsd:2" in again


def test_types_attributes_and_repeats_of_extensions_are_kept() -> None:
    (event,) = read(
        new(
            '<ex:w unit="KGM">3.5</ex:w><ex:n xsi:type="xsd:integer">7</ex:n>'
            '<ex:t xsi:type="xsd:boolean">true</ex:t><ex:r>a</ex:r><ex:r>b</ex:r>'
            "<ex:o><inner>x</inner></ex:o><ex:e/>",
            declared='xmlns:ex="https://ns.example.com/" '
            'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
            'xmlns:xsd="http://www.w3.org/2001/XMLSchema"',
        )
    )
    assert {name: value for name, value in event.items() if name.startswith("ex:")} == {
        "ex:w": {"@value": "3.5", "@unit": "KGM"},
        "ex:n": 7,
        "ex:t": True,
        "ex:r": ["a", "b"],
        "ex:o": {"inner": "x"},
        "ex:e": "",
    }


def test_a_prefix_that_means_two_things_gets_two_names() -> None:
    (event,) = read(
        new(
            "<a:x xmlns:a='urn:one:'>1</a:x><a:x xmlns:a='urn:two:'>2</a:x>"
            "<x xmlns='urn:three:'>3</x>"
        )
    )
    own = {name: value for name, value in event.items() if name.endswith(":x")}
    assert sorted(own.values()) == ["1", "2", "3"]
    (context,) = event["@context"]
    assert {context[name.partition(":")[0]] for name in own} == {
        "urn:one:",
        "urn:two:",
        "urn:three:",
    }


@pytest.mark.parametrize(
    "more",
    [
        {"ex:list": ["one"]},
        {"ex:lists": [[1, 2], [3]]},
        {"ex:nothing": None, "ex:empty": {}, "ex:none": []},
        {"ex:text": " spaces \t\r\n\x00 <&>\"' \U0001f600 ]]>"},
        {"ex:numbers": [1, 1.5, -0.0, 10**17, 1e300, 1e-7]},
        {"ex:odd name": 1, "ex:": 2, "https://e.org/x#y": 3, "undeclared:a": 4, "xml:lang": "en"},
        {"@note": "read by nobody"},
        {"certificationInfo": ["https://e.org/one"]},
        {"bizStep": "cbv:BizStep-receiving", "disposition": "https://ref.gs1.org/cbv/Disp-active"},
        {"sensorElementList": [{"sensorReport": [{"type": "gs1:Mass", "value": 1e16, "e:o": {}}]}]},
        {"readPoint": {"id": "urn:x:y", "ex:deep": {"ex:er": [{"ex:est": [True]}]}}},
        {"@context": [{"later": "urn:later:"}], "later:a": "b"},
        {"type": "ex:Inspection", "ex:by": "us"},
        {"errorDeclaration": {"declarationTime": "2026-01-02T00:00:00Z", "ex:why": "because"}},
    ],
)  # fmt: skip
def test_nothing_that_json_says_is_lost(more: dict[str, Any]) -> None:
    document = {**HEAD, "epcisBody": {"eventList": [EVENT, {**EVENT, **more}]}}
    assert same(there_and_back(document), document)


@pytest.mark.parametrize(
    "more",
    [
        {"id": "urn:x:1", "sender": "urn:x:a", "receiver": "urn:x:b", "instanceIdentifier": "7"},
        {"sender": " odd\n", "ex:own": {"a": [1]}},
        {"epcisHeader": {"epcisMasterData": {"vocabularyList": [{"type": "urn:x:place",
            "vocabularyElementList": [{"id": "urn:x:1", "attributes": [{"id": "urn:x:name",
            "attribute": "Yard"}], "children": ["urn:x:2"]}]}]}}},
        {"epcisHeader": {"epcisMasterData": {"vocabularyList": [{"type": "urn:x:place",
            "vocabularyElementList": [{"id": "urn:x:1", "attributes": [{"id": "urn:x:name",
            "attribute": 5}]}]}]}, "ex:more": 1}},
    ],
)  # fmt: skip
def test_nothing_that_the_document_says_is_lost(more: dict[str, Any]) -> None:
    document = {**HEAD, **more, "epcisBody": {"eventList": [EVENT]}}
    assert same(there_and_back(document), document)


def test_an_answer_to_a_query_is_kept() -> None:
    results = {
        "queryName": "SimpleEventQuery",
        "subscriptionID": "7 & 8",
        "resultsBody": {"eventList": [EVENT]},
    }
    document = {**HEAD, "type": "EPCISQueryDocument", "epcisBody": {"queryResults": results}}
    assert same(there_and_back(document), document)


def test_an_event_that_stands_alone_is_kept() -> None:
    document = {"@context": HEAD["@context"], **EVENT, "ex:a": "b > c"}
    assert same(there_and_back(document), document)


def test_what_has_no_form_in_xml_is_refused() -> None:
    document = {**HEAD, "epcisBody": {"eventList": [{**EVENT, "epcList": "one"}]}}
    with pytest.raises(SchemaError, match="epcList"):
        there_and_back(document)
