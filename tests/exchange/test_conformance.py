"""Every official file: valid ones are read, invalid ones refused by the right rule."""

from __future__ import annotations

import json
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final, Literal

import jsonschema_rs
import pytest

from catenary.exchange import (
    Finding,
    checked,
    convert,
    event_hash,
    opened,
    prehash,
    to_link,
    to_urn,
)
from catenary.exchange.schema import json_schema
from catenary.exchange.xml_writing import same

if TYPE_CHECKING:
    from pathlib import Path

EPCIS: Final = "conformance/epcis-2.0"
HASHES: Final = "conformance/epcis-event-hash"

OTHER_DOCUMENTS: Final = ("CaptureJob", "CBV-11.4", "/Queries/", "QueryDocument_with_missing_value")
"""Official files that hold no events: jobs, master data and queries, which a server answers."""

REFUSED: Final = {
    "Combination_of_events_with_missing_mandatory_fields": {"required"},
    "Combination_of_multiple_invalid_fields": {
        "vocabulary",
        "unknown-field",
        "enumeration",
        "time",
    },
    "Combination_of_non_standard_bizStep_and_disposition": {"vocabulary"},
    "EPCISDocument_without_context": {"required"},
    "ObjectEvent_bare_event_without_action": {"required"},
    "ObjectEvent_with_invalid_action": {"enumeration"},
    "ObjectEvent_with_invalid_certificationInfo": {"type"},
    "ObjectEvent_with_invalid_eventTime_format": {"time"},
    "ObjectEvent_with_near_miss_action": {"enumeration"},
    "ObjectEvent_with_non_standard_bizStep_in_second_event": {"vocabulary"},
    "ObjectEvent_with_quantity_as_text": {"type"},
    "ObjectEvent_with_unknown_element": {"unknown-field"},
    "ObjectEvent_with_unknown_field_in_quantityList": {"unknown-field"},
    "ObjectEvent_with_wrong_element_order": {"element-order"},
    "ObjectEvent_without_action_and_eventTime": {"required"},
    "ObjectEvent_without_eventTime": {"required"},
    "ObjectEvent_without_identifier_list": {"what"},
    "QueryDocument_with_invalid_eventType": {"event-type"},
}
"""By the name of an invalid file, the rules that it breaks."""


def files(shared: Path, folder: str, *suffixes: str) -> list[Path]:
    """Return official documents of events; also those that are kept back, where they are there."""
    found = [
        path
        for part in ("dev", "heldout")
        for path in sorted((shared / folder / part).rglob("*"))
        if path.suffix in suffixes
    ]
    kept = [path for path in found if not any(word in str(path) for word in OTHER_DOCUMENTS)]
    assert len(kept) >= 15, "the shared folder is not what it was"
    return kept


def findings(path: Path) -> list[Finding]:
    with opened(path) as document:
        found = [one for read in document.reads for one in checked(read, document.manner).findings]
        return found + document.findings


def errors(path: Path) -> list[Finding]:
    return [one for one in findings(path) if one.level == "error"]


def converted(source: Path | bytes, to: Literal["json", "xml"]) -> bytes:
    out = BytesIO()
    with opened(source, whole=True) as document:
        convert(document, to, out)
    return out.getvalue()


def hashes(source: Path | bytes) -> list[str]:
    with opened(source, whole=True) as document:
        return [
            event_hash(read.event or {}, read.prefixes, ignored=document.ignored)
            for read in document.reads
        ]


@pytest.mark.part("9.1")
def test_every_valid_file_is_accepted(shared: Path) -> None:
    wrong = {
        path.name: list(map(str, errors(path)))
        for path in files(shared, EPCIS, ".json", ".jsonld", ".xml")
        if "Invalid" not in path.parts
    }
    assert {name: found for name, found in wrong.items() if found} == {}


@pytest.mark.part("9.1")
def test_every_invalid_file_is_refused_by_the_right_rule(shared: Path) -> None:
    seen = 0
    for path in files(shared, EPCIS, ".json", ".jsonld", ".xml"):
        if "Invalid" in path.parts:
            seen += 1
            found = errors(path)
            assert found, path
            if path.stem in REFUSED:
                assert {one.rule for one in found} == REFUSED[path.stem], path
            assert all(one.field and one.message for one in found if one.event), path
    assert seen >= 18


@pytest.mark.part("9.1")
def test_every_file_comes_back_the_same(shared: Path) -> None:
    for path in files(shared, EPCIS, ".json", ".jsonld", ".xml"):
        if "Invalid" in path.parts:
            continue
        start = converted(path, "json") if path.suffix == ".xml" else path.read_bytes()
        xml = converted(start, "xml")
        back = converted(xml, "json")
        assert same(json.loads(back), json.loads(start.decode("utf-8-sig"))), path
        assert hashes(path) == hashes(xml) == hashes(back), path


@pytest.mark.part("9.2")
def test_every_reference_vector(shared: Path) -> None:
    seen = 0
    for path in files(shared, HASHES, ".json", ".jsonld", ".xml"):
        expected = path.with_suffix(".hashes")
        strings = path.with_suffix(".prehashes")
        with opened(path, whole=True) as document:
            reads = list(document.reads)
            written = [
                prehash(read.event or {}, read.prefixes, ignored=document.ignored) for read in reads
            ]
        if strings.exists():
            assert written == [line for line in strings.read_text().split("\n") if line], path
        if expected.exists():
            assert hashes(path) == expected.read_text().split(), path
            seen += len(reads)
    assert seen >= 70


@pytest.mark.part("9.2")
def test_events_that_are_filed_as_equal_have_one_hash(shared: Path) -> None:
    for path in files(shared, HASHES, ".json", ".xml"):
        if "expected_equal" in path.parts:
            assert len(set(hashes(path))) == 1, path


@pytest.mark.part("9.2")
def test_the_seven_spellings_of_one_event(shared: Path) -> None:
    # the second says another eventTimeZoneOffset, which is a field of its own
    folder = shared / EPCIS / "dev/gs1/XML/WithEventHashID"
    named = {path.stem[-1]: hashes(path)[0] for path in folder.iterdir()}
    assert len(named) == 7
    other = named.pop("2")
    assert len(set(named.values())) == 1
    assert other not in named.values()


# --- the schema -----------------------------------------------------------------------------------

OWN_ACCEPTS: Final = ("SensorData_with_combined_events",)
"""A sensor report may have an exception and no type: so says the standard, and its XML schema."""

OFFICIAL_ACCEPTS: Final = {
    "non_standard_bizStep": "with formats off, the official schema takes any word",
    "invalid_eventType": "with formats off, it takes any type",
    "JSON-simple-context": "with formats off, it takes members without a prefix (id and type here)",
}


@pytest.mark.part("9.1")
def test_our_schema_agrees_with_the_official_one_but_for_named_differences(shared: Path) -> None:
    text = (shared / EPCIS / "common/gs1/EPCIS-JSON-Schema.json").read_text()
    official = jsonschema_rs.validator_for(json.loads(text), validate_formats=False)
    own = jsonschema_rs.validator_for(json_schema(), validate_formats=False)
    different = []
    paths = files(shared, EPCIS, ".json", ".jsonld") + files(shared, HASHES, ".json", ".jsonld")
    for path in paths:
        document = json.loads(path.read_text("utf-8-sig"))
        if own.is_valid(document) != official.is_valid(document):
            different.append(path)
            named = OWN_ACCEPTS if own.is_valid(document) else OFFICIAL_ACCEPTS
            assert any(word in str(path) for word in named), path
    assert len(different) < 0.15 * len(paths)


@pytest.mark.part("9.1")
def test_our_schema_and_our_checks_agree(shared: Path) -> None:
    own = jsonschema_rs.validator_for(json_schema(), validate_formats=False)
    beside = {"time", "address", "epc"}  # what the schema leaves to rules
    for path in files(shared, EPCIS, ".json", ".jsonld"):
        document: Any = json.loads(path.read_text("utf-8-sig"))
        if "gs1.github.io" in json.dumps(document.get("@context")):
            continue  # a draft, of which less is asked
        assert own.is_valid(document) == all(one.rule in beside for one in errors(path)), path


# --- identifiers ----------------------------------------------------------------------------------

WRONG_CHECK_DIGITS: Final = frozenset(
    {
        "643963764374736343",
        "645933932413121231",
        "667602231213121237",
        "93511525326356",
        "89359443847373",
    }
)
"""Keys of published pairs of which the check digit is wrong: a link from a URN never has it."""


@pytest.mark.part("9.1")
def test_every_published_pair_both_ways(shared: Path) -> None:
    seen = 0
    for part in ("dev", "heldout"):
        path = (
            shared / "conformance/gs1-digital-link" / part / "openepcis_urn_digitallink_pairs.json"
        )
        for urn, link in json.loads(path.read_text()) if path.exists() else ():
            seen += 1
            prefix = len(urn.split(":")[4].split(".")[0])
            right = link.rstrip("/").split("/")
            assert to_urn(link, company_prefix=prefix, check=False) == urn
            if part == "heldout" or WRONG_CHECK_DIGITS.intersection(right):
                continue
            plain = to_link(urn)
            assert link.endswith(plain.removeprefix("https://id.gs1.org"))
            base = link.removesuffix(plain.removeprefix("https://id.gs1.org"))
            assert to_link(urn, base=base) == link
            assert to_urn(link, company_prefix=prefix) == urn
    assert seen >= 89
