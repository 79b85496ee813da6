"""Each rule, by an event that breaks it and nothing else."""

from __future__ import annotations

from typing import Any, Final

import pytest

from catenary.errors import OptionError, SchemaError
from catenary.exchange import IdentifierError, checked, event_from, opened, plain, to_link, to_urn
from catenary.exchange.checking import schema_problems
from catenary.exchange.rules import RULES, rule_problems

pytestmark = pytest.mark.part("9.1")

THING: Final = "urn:epc:id:sgtin:4012345.011111.987"
BASE: Final[dict[str, Any]] = {
    "eventTime": "2026-01-01T00:00:00Z",
    "eventTimeZoneOffset": "+00:00",
    "action": "OBSERVE",
}
OBJECT: Final = {"type": "ObjectEvent", **BASE, "epcList": [THING]}
REPORT: Final = {"type": "Temperature", "value": 1}


def sensor(**metadata: str) -> dict[str, Any]:
    element = {"sensorMetadata": metadata, "sensorReport": [REPORT]}
    return {**OBJECT, "sensorElementList": [element]}


BROKEN: Final[list[tuple[str, str, dict[str, Any]]]] = [
    ("time", "eventTime", {**OBJECT, "eventTime": "2026-02-30T00:00:00Z"}),
    ("time", "recordTime", {**OBJECT, "recordTime": "2026-01-01 00:00:00Z"}),
    ("address", "epcList[0]", {**OBJECT, "epcList": ["a thing"]}),
    ("address", "readPoint.id", {**OBJECT, "readPoint": {"id": "gate 7"}}),
    ("epc", "epcList[0]", {**OBJECT, "epcList": ["urn:epc:id:sgtin:4012345.11111.987"]}),
    ("epc", "epcList[0]", {**OBJECT, "epcList": ["https://id.gs1.org/01/04012345111117/21/9"]}),
    ("instance", "epcList[0]", {**OBJECT, "epcList": ["urn:epc:class:lgtin:4012345.012345.9"]}),
    ("unique", "epcList", {**OBJECT, "epcList": [THING, THING]}),
    ("what", "epcList", {"type": "ObjectEvent", **BASE}),
    ("what", "childEPCs", {"type": "AssociationEvent", **BASE, "parentID": THING}),
    ("what", "epcList", {"type": "TransactionEvent", **BASE,
        "bizTransactionList": [{"bizTransaction": THING}]}),
    ("ilmd-action", "ilmd", {**OBJECT, "ilmd": {}}),
    ("parent", "parentID", {"type": "AggregationEvent", **BASE, "action": "ADD",
        "childEPCs": [THING]}),
    ("inputs-outputs", "outputEPCList", {"type": "TransformationEvent",
        "eventTime": BASE["eventTime"], "eventTimeZoneOffset": "+00:00", "inputEPCList": [THING]}),
    ("persistent", "persistentDisposition", {**OBJECT, "persistentDisposition": {}}),
    ("persistent", "persistentDisposition", {**OBJECT,
        "persistentDisposition": {"set": ["damaged"], "unset": ["damaged"]}}),
    ("uom", "quantityList[0].uom", {**OBJECT,
        "quantityList": [{"epcClass": "urn:x:y", "uom": "KGM"}]}),
    ("quantity", "quantityList[0].quantity", {**OBJECT,
        "quantityList": [{"epcClass": "urn:x:y", "quantity": -1}]}),
    ("sensor-type", "sensorElementList[0].sensorReport[0]", {**OBJECT,
        "sensorElementList": [{"sensorReport": [{"value": 1}]}]}),
    ("sensor-time", "sensorElementList[0].sensorMetadata.startTime",
        sensor(startTime="2026-01-02T00:00:00Z", endTime="2026-01-02T00:30:00+01:00")),
    ("vocabulary", "bizStep", {**OBJECT, "bizStep": "https://ref.gs1.org/cbv/BizStep-moving"}),
    ("vocabulary", "sensorElementList[0].sensorReport[0].type", {**OBJECT,
        "sensorElementList": [{"sensorReport": [{"type": "Mood"}]}]}),
    ("prefix", "somebody:field", {**OBJECT, "somebody:field": 1}),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "field", "event"), BROKEN)
def test_a_broken_rule_is_named_with_its_field(
    rule: str, field: str, event: dict[str, Any]
) -> None:
    assert schema_problems(event) == []
    assert [(one.rule, one.field) for one in rule_problems(event)] == [(rule, field)]


def test_an_event_of_ones_own_type_may_have_more_but_not_something_else() -> None:
    own = {**OBJECT, "type": "example:Inspection", "anything": 1}
    assert schema_problems(own) == []
    assert rule_problems(own, {"example"}) == []
    wrong = {**own, "epcList": 5, "quantityList": [7], "ilmd": []}
    assert {one.field for one in schema_problems(wrong)} == {"epcList", "quantityList[0]", "ilmd"}
    typed = event_from({**own, "example:by": "us"})
    assert typed.extensions == {"example:by": "us", "anything": 1}
    assert plain(typed) == {**own, "example:by": "us"}


def test_every_rule_has_an_event_that_breaks_it() -> None:
    assert {rule for rule, _, _ in BROKEN} == set(RULES)


def test_a_remembered_product_does_not_excuse_a_wrong_serial() -> None:
    fine = {**OBJECT, "epcList": [THING]}
    long = {**OBJECT, "epcList": [THING[:-3] + "9" * 21]}
    assert [one.rule for e in (fine, long, fine) for one in rule_problems(e)] == ["epc"]
    lot = "urn:epc:class:lgtin:4012345.012345.998877"
    certified = {**OBJECT, "certificationInfo": lot}
    assert rule_problems(certified) == []
    assert [one.rule for one in rule_problems({**OBJECT, "epcList": [lot]})] == ["instance"]


def test_findings_name_event_field_and_rule() -> None:
    text = (
        b'{"@context": "https://ref.gs1.org/standards/epcis/epcis-context.jsonld", '
        b'"type": "ObjectEvent", "eventID": "urn:uuid:7", "action": "OBSERVE", "epcList": [], '
        b'"eventTime": "2026-13-01T00:00:00Z", "eventTimeZoneOffset": "+00:00"}'
    )
    with opened(text) as document:
        (read,) = [checked(one) for one in document.reads]
    assert [one.to_dict() for one in read.findings] == [
        {
            "event": 1,
            "event_id": "urn:uuid:7",
            "field": "eventTime",
            "rule": "time",
            "level": "error",
            "message": "is '2026-13-01T00:00:00Z', a day that does not exist",
            "hint": None,
        }
    ]


def test_a_wrong_event_cannot_be_typed() -> None:
    with pytest.raises(SchemaError, match="action: is 'MAKE'") as caught:
        event_from({**OBJECT, "action": "MAKE"})
    assert "one of ADD" in caught.value.hint


@pytest.mark.parametrize(
    "urn",
    [
        "urn:epc:id:sgtin:4012345.011111",
        "urn:epc:id:sscc:4012345.311111111",
        "urn:epc:id:gid:95100000.12345.400",
        "urn:epc:id:nosuch:1.2",
        "urn:isbn:1",
        "",
    ],
)
def test_what_has_no_link_says_so(urn: str) -> None:
    with pytest.raises(IdentifierError) as caught:
        to_link(urn)
    assert "sgtin" in caught.value.hint


def test_links_that_lead_nowhere_say_why() -> None:
    with pytest.raises(IdentifierError, match="check digit"):
        to_urn("https://id.gs1.org/01/04012345111117/21/1")
    with pytest.raises(IdentifierError, match="no GS1 Digital Link"):
        to_urn("https://example.com/news")
    with pytest.raises(OptionError, match="company_prefix"):
        to_urn("https://id.gs1.org/01/04012345111118/21/1", company_prefix=13)
