"""Every operation over HTTP, against the official description and the official documents."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlsplit

import jsonschema_rs
import pytest
from served import CONTEXT, Server, document, event, serving

from catenary.exchange import checked, event_hash, opened
from catenary.exchange.contexts import prefixes_of
from catenary.exchange.findings import finding
from catenary.exchange.server.openapi import openapi
from catenary.exchange.server.operations import OPERATIONS
from catenary.exchange.xml_writing import same

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.part("9.4")

EPCIS: Final = "conformance/epcis-2.0"
BINDING: Final = f"{EPCIS}/common/gs1/REST Bindings/openapi.json"
GIVEN: Final = {"GS1-EPC-Format": "Never_Translates"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return a server with a few events."""
    place = tmp_path_factory.mktemp("store") / "events.db"
    with serving(place, allow_private_webhooks=True) as made:
        made.capture(*(event(n, bizLocation={"id": "https://example.com/gate"}) for n in range(40)))
        yield made


def _official(shared: Path) -> dict[str, Any]:
    made: dict[str, Any] = json.loads((shared / BINDING).read_text())
    return made


def _schema(whole: dict[str, Any], of: Any) -> jsonschema_rs.Validator:
    """Return a validator.

    Patterns of the schedule are in a dialect of their own, and left out; `oneOf` is `anyOf`, since
    GS1's schema of a capture job asks for exactly one of two that both always hold.
    """

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                "anyOf" if name == "oneOf" else name: plain(inner)
                for name, inner in value.items()
                if not (name == "pattern" and "\\g<" in str(inner))
            }
        return [plain(one) for one in value] if isinstance(value, list) else value

    return jsonschema_rs.Draft4Validator(
        {"allOf": [plain(of)], "components": plain(whole["components"])}, validate_formats=False
    )


def test_every_operation_of_the_official_description_is_here(shared: Path) -> None:
    official = {
        (method.upper(), path)
        for path, item in _official(shared)["paths"].items()
        for method in item
        if method != "parameters"
    }
    ours = {(one.method, one.path) for one in OPERATIONS}
    ours |= {("OPTIONS", path) for _, path in ours}
    assert official - ours == set()


def test_answers_fit_the_official_schemas(shared: Path, server: Server) -> None:
    """Each GET is asked, and its answer held against what GS1 says of it."""
    server.ask("POST", "/queries", {"name": "shipped", "query": {"EQ_bizStep": ["shipping"]}})
    made = server.ask(
        "POST",
        "/queries/shipped/subscriptions",
        {"dest": "http://127.0.0.1:9/", "schedule": {"hour": "1"}, "signatureToken": "secret"},
    )
    values = {
        "captureID": server.get("/capture").json[0]["captureID"],
        "eventID": server.get("/events").events[0]["eventID"],
        "eventType": "ObjectEvent",
        "epc": "urn:epc:id:sgtin:4012345.011111.7",
        "bizStep": "shipping",
        "bizLocation": "https://example.com/gate",
        "readPoint": "urn:epc:id:sgln:4012345.00005.0",
        "disposition": "in_transit",
        "queryName": "shipped",
        "subscriptionID": made.json["subscriptionID"],
    }
    official = _official(shared)
    seen = 0
    for path, item in official["paths"].items():
        if "get" not in item:
            continue
        asked = path.format(**{name: quote(one, safe="") for name, one in values.items()})
        got = server.get(asked)
        assert got.status == 200, (path, got.body)
        said = item["get"]["responses"]["200"]
        if "$ref" in said:
            said = official["components"]["responses"][said["$ref"].rpartition("/")[2]]
        schema = said["content"]["application/json"]["schema"]
        problems = list(_schema(official, schema).iter_errors(got.json))
        assert problems == [], (path, [str(one.message)[:200] for one in problems])
        seen += 1
    assert seen >= 27
    server.ask("DELETE", "/queries/shipped")


def test_problems_fit_the_official_schema(shared: Path, server: Server) -> None:
    official = _official(shared)
    problem = _schema(official, official["components"]["schemas"]["RFC7807ProblemResponseBody"])
    asked = [
        (server.get("/events", EQ_action="X"), 400),
        (server.get("/events", EQ_bizStp="shipping"), 400),
        (server.get("/events", eventCountLimit="1", maxEventCount="1"), 400),
        (server.get("/events", perPage="0"), 400),
        (server.get("/events", nextPageToken="none"), 400),
        (server.get("/events/none"), 404),
        (server.get("/queries/none"), 404),
        (server.get("/capture/none"), 404),
        (server.get("/epcs/urn%3Anone"), 404),
        (server.get("/none"), 404),
        (server.get("/events", {"Accept": "text/html"}), 406),
        (server.get("/events", {"GS1-EPCIS-Min": "3.0"}), 406),
        (server.get("/events", {"GS1-EPCIS-Max": "1.1.0"}), 406),
        (server.get("/events", {"GS1-EPC-Format": "Sometimes"}), 406),
        (server.ask("POST", "/capture", b"{", {"Content-Type": "text/plain"}), 415),
        (server.ask("POST", "/capture", b"{}", {"Content-Encoding": "gzip"}), 415),
        (server.ask("POST", "/capture", b"{"), 400),
        (server.ask("POST", "/capture", b""), 400),
        (server.ask("POST", "/capture", document(), {"GS1-Capture-Error-Behaviour": "x"}), 400),
        (server.ask("PATCH", "/events"), 405),
        (server.get("/events", x="y" * 40_000), 414),
        (server.get("/events", maxEventCount="1"), 413),
    ]
    for got, status in asked:
        assert got.status == status, got.body
        assert got.headers["content-type"] == "application/problem+json"
        assert problem.is_valid(got.json), got.body
        assert got.json["type"].startswith("epcisException:")
    as_xml = server.get("/events/none", {"Accept": "application/xml"})
    assert as_xml.headers["content-type"] == "application/problem+xml"
    assert b"epcisException:NoSuchResourceException" in as_xml.body


def test_discovery_tells_methods_versions_and_limits(server: Server) -> None:
    got = server.ask("OPTIONS", "/capture")
    assert got.status == 204
    assert got.headers["allow"] == "OPTIONS, POST, GET"
    assert got.headers["gs1-epcis-version"] == "2.0.0"
    assert got.headers["gs1-epcis-min"] == "1.2.0"
    assert got.headers["gs1-capture-error-behaviour"] == "all"
    assert int(got.headers["gs1-epcis-capture-limit"]) == 100_000
    for one in OPERATIONS:
        if "{subscriptionID}" in one.path:
            continue
        path = one.path.replace("{", "").replace("}", "")
        found = server.ask("OPTIONS", path)
        assert found.status == 204, path
        assert one.method in found.headers["allow"], path


def test_every_official_document_is_captured_or_refused_with_its_rule(
    shared: Path, tmp_path: Path
) -> None:
    """As over files: valid ones are kept and told with the same hash, invalid ones are not."""
    kept = refused = old = 0
    with serving(tmp_path / "official.db") as server:
        for path in sorted((shared / EPCIS / "dev").rglob("*")):
            if path.suffix not in {".json", ".jsonld", ".xml"}:
                continue
            raw = path.read_bytes()
            try:
                with opened(raw, whole=True) as read:
                    kind = read.kind
                    found = [checked(one, read.manner) for one in read.reads]
                    errors = [f for one in found for f in one.findings if f.level == "error"]
                    errors += [f for f in read.findings if f.level == "error"]
                    hashes = {
                        event_hash(one.event or {}, one.prefixes, ignored=read.ignored)
                        for one in found
                        if not errors
                    }
            except ValueError:
                kind, errors, hashes = (
                    "EPCISDocument",
                    [finding("", "file", "cannot be read")],
                    set(),
                )
            media = "application/xml" if path.suffix == ".xml" else "application/ld+json"
            got = server.ask(
                "POST", "/events" if kind == "event" else "/capture", raw, {"Content-Type": media}
            )
            told = ""
            if got.status == 202:
                job = server.get(urlsplit(got.headers["location"]).path).json
                assert job["success"] == (not errors), (path.name, job)
                rules = {one["rule"] for one in job["errors"]}
                assert rules <= {one.rule for one in errors}, path.name
                told = "job"
            if errors:
                refused += 1
                assert told or got.status == 400, (path.name, got.body)
                continue
            assert told or got.status in {201, 409}, (path.name, got.body)
            kept += 1
            old += b"epcglobal:epcis:xsd:1" in raw
            for name in hashes:
                back = server.get(f"/events/{quote(name, safe='')}", GIVEN)
                assert back.status == 200, (path.name, name)
                for one in back.events:
                    own = prefixes_of(one.get("@context"))
                    assert event_hash(one, own) == name or read.ignored, path.name
    assert kept >= 130
    assert refused >= 10
    assert old >= 5


def test_xml_of_version_1_2_is_captured_and_told_as_2_0(server: Server) -> None:
    raw = b"""<?xml version="1.0" encoding="UTF-8"?>
<epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:1" xmlns:ex="https://example.com/ns/"
  schemaVersion="1.2" creationDate="2026-01-01T00:00:00Z"><EPCISBody><EventList>
<ObjectEvent><eventTime>2025-05-05T05:05:05Z</eventTime><eventTimeZoneOffset>+02:00</eventTimeZoneOffset>
<epcList><epc>urn:epc:id:sscc:4012345.0000000012</epc></epcList><action>OBSERVE</action>
<bizStep>urn:epcglobal:cbv:bizstep:receiving</bizStep><ex:note>mild</ex:note></ObjectEvent>
<QuantityEvent><eventTime>2025-05-05T05:05:06Z</eventTime><eventTimeZoneOffset>+02:00</eventTimeZoneOffset>
<epcClass>urn:epc:class:lgtin:4012345.011111.lot1</epcClass><quantity>12</quantity></QuantityEvent>
</EventList></EPCISBody></epcis:EPCISDocument>"""
    headers = {"Content-Type": "application/xml", "GS1-EPCIS-Version": "1.2"}
    got = server.ask("POST", "/capture", raw, headers)
    job = server.get(urlsplit(got.headers["location"]).path, {"Accept": "application/xml"})
    assert b'success="true"' in job.body
    asked = {"MATCH_anyEPC": "urn:epc:id:sscc:4012345.0000000012"}
    (found,) = server.get("/events", GIVEN, **asked).events
    assert found["bizStep"] == "receiving"
    assert found["ex:note"] == "mild"
    (found,) = server.get(
        "/events", GIVEN, MATCH_anyEPCClass="urn:epc:class:lgtin:4012345.011111.lot1"
    ).events
    assert found["type"] == "ObjectEvent"
    assert found["quantityList"][0]["quantity"] == 12
    told = server.get("/events", {"Accept": "application/xml", **GIVEN}, **asked)
    assert b'schemaVersion="2.0"' in told.body
    with opened(told.body) as read:
        assert [checked(one, read.manner).findings for one in read.reads] == [[]]


def test_rollback_keeps_nothing_and_proceed_keeps_the_rest(server: Server) -> None:
    good, bad = event(901), event(902, action="LOOK")
    rolled = server.capture(good, bad).json
    assert (rolled["running"], rolled["success"]) == (False, False)
    assert [one["rule"] for one in rolled["errors"]] == ["enumeration"]
    assert [one["event"] for one in rolled["errors"]] == [2]
    epc = good["epcList"][0]
    assert server.get("/events", MATCH_epc=epc).events == []
    went_on = server.capture(good, bad, GS1_Capture_Error_Behaviour="proceed").json
    assert went_on["success"] is False
    assert went_on["captureErrorBehaviour"] == "proceed"
    assert len(server.get("/events", MATCH_epc=epc).events) == 1
    again = server.capture(good).json
    assert again["success"] is True
    assert again["catenary:events"]["known"] == 1
    assert len(server.get("/events", MATCH_epc=epc).events) == 1


def test_one_event_is_created_once(server: Server) -> None:
    made = {
        **event(950),
        "@context": [CONTEXT, {"ex": "https://example.com/ns/"}],
        "ex:n": {"a:b": 1},
    }
    made["ex:n"] = {"ex:b": 1}
    got = server.ask("POST", "/events", made)
    assert got.status == 201
    assert same(got.json, made)
    path = urlsplit(got.headers["location"]).path
    (found,) = server.get(path, GIVEN).events
    assert {name: found[name] for name in made if name != "@context"} == {
        name: value for name, value in made.items() if name != "@context"
    }
    assert server.ask("POST", "/events", made).status == 409
    wrong = server.ask("POST", "/events", {**made, "eventTime": "yesterday", "action": "X"})
    assert wrong.status == 400
    assert {one["field"] for one in wrong.json["errors"]} >= {"action", "eventTime"}
    assert server.ask("POST", "/events", document(event(951))).status == 400


def test_identifiers_are_told_in_the_format_that_is_asked_for(tmp_path: Path) -> None:
    link, urn = "https://id.gs1.org/01/04012345111118/21/5", "urn:epc:id:sgtin:4012345.011111.6"
    with serving(tmp_path / "events.db", company_prefixes=("4012345",)) as server:
        server.capture(event(5, epcList=[link]), event(6, epcList=[urn]))

        def epcs(**headers: str) -> list[str]:
            said = {name.replace("_", "-"): value for name, value in headers.items()}
            return [one["epcList"][0] for one in server.get("/events", said).events]

        as_link = "https://id.gs1.org/01/04012345111118/21/6"
        assert epcs() == [link, as_link]
        assert epcs(GS1_EPC_Format="Never_Translates") == [link, urn]
        assert epcs(GS1_EPC_Format="Always_EPC_URN") == ["urn:epc:id:sgtin:4012345.011111.5", urn]
        urns = server.get("/epcs", {"GS1-EPC-Format": "Always_EPC_URN"}).json["member"]
        assert urns == ["urn:epc:id:sgtin:4012345.011111.5", urn]
        xml = {"Accept": "application/xml"}
        web = server.get("/events", {**xml, "GS1-CBV-XML-Format": "Always_Web_URI"}).body
        assert b"<bizStep>https://ref.gs1.org/cbv/BizStep-shipping</bizStep>" in web
        assert (
            b"<bizStep>urn:epcglobal:cbv:bizstep:shipping</bizStep>"
            in server.get("/events", xml).body
        )


def test_queries_with_wd_find_what_lies_within_a_place(tmp_path: Path) -> None:
    """`WD_bizLocation` and `WD_readPoint`: the site, its hall and the shelf in the hall."""
    places = [f"https://example.com/{one}" for one in ("site", "hall", "shelf", "elsewhere")]
    site, hall, shelf, elsewhere = places
    made = document(
        *(
            event(n, bizLocation={"id": place}, readPoint={"id": place})
            for n, place in enumerate(places)
        )
    )
    made["epcisHeader"] = {
        "epcisMasterData": {
            "vocabularyList": [
                {
                    "type": "urn:epcglobal:epcis:vtype:BusinessLocation",
                    "vocabularyElementList": [
                        {"id": site, "children": [hall]},
                        {"id": hall, "children": [shelf]},
                    ],
                }
            ]
        }
    }
    with serving(tmp_path / "events.db") as server:
        assert server.ask("POST", "/capture", made).status == 202

        def found(**query: Any) -> list[str]:
            return [one["bizLocation"]["id"] for one in server.get("/events", **query).events]

        for name in ("bizLocation", "readPoint"):
            assert found(**{f"WD_{name}": site}) == [site, hall, shelf]
            assert found(**{f"WD_{name}": hall}) == [hall, shelf]
            assert found(**{f"WD_{name}": shelf}) == [shelf]
            assert found(**{f"WD_{name}": elsewhere}) == [elsewhere]
            assert found(**{f"EQ_{name}": site}) == [site]


def test_page_tokens_survive_inserts(tmp_path: Path) -> None:
    """What is captured between two pages neither repeats nor hides anything of the first look."""
    with serving(tmp_path / "events.db") as server:
        server.capture(*(event(n) for n in range(0, 100, 2)))
        orders: list[dict[str, Any]] = [{}, {"orderBy": "eventTime", "orderDirection": "DESC"}]
        for asked in orders:
            before = {one["eventID"] for one in server.get("/events", perPage=500, **asked).events}
            seen: list[str] = []
            pages = server.pages("/events", perPage=7, **asked)
            for number, page in enumerate(pages):
                seen += [one["eventID"] for one in page.events]
                # before, among and after what has been shown
                first = 1_000 + 100 * len(asked)
                new = [event(first + number, eventTime=f"20{n}6-01-01T00:00:00Z") for n in (1, 4)]
                among = event(1 + 2 * number + len(asked), bizStep="packing")
                assert server.capture(*new, among).json["success"]
            assert len(seen) == len(set(seen))
            assert set(seen) == before
        names = [one for page in server.pages("/epcs", perPage=9) for one in page.json["member"]]
        assert len(names) == len(set(names)) > 50


def test_page_tokens_end(tmp_path: Path) -> None:
    with serving(tmp_path / "events.db", token_seconds=1.0) as server:
        server.capture(*(event(n) for n in range(9)))
        for path in ("/events", "/epcs"):
            got = server.get(path, perPage=2)
            address = urlsplit(got.headers["link"].partition(">")[0][1:])
            token = address.query.partition("nextPageToken=")[2]
            following = f"{address.path}?{address.query}"
            assert server.get(following).status == 200
            assert server.get(f"{following}&EQ_bizStep=shipping").status == 400
            forged = following.replace(token, token[:-2] + ("AA" if token[-2:] != "AA" else "BB"))
            assert server.get(forged).status == 400
            assert server.ask("DELETE", f"/nextPageToken/{token}").status == 204
            assert server.get(following).status == 400
        got = server.get("/events", perPage=2)
        address = urlsplit(got.headers["link"].partition(">")[0][1:])
        expires = got.headers["gs1-next-page-token-expires"]
        assert expires.endswith("Z")
        time.sleep(1.1)
        assert server.get(f"{address.path}?{address.query}").status == 400


def test_resources_tell_what_events_name_and_events_by_it(server: Server) -> None:
    kinds = {
        "eventTypes": ("ObjectEvent", "AggregationEvent"),
        "bizSteps": ("shipping", "accepting"),
        "readPoints": ("urn:epc:id:sgln:4012345.00005.0", None),
        "bizLocations": ("https://example.com/gate", None),
        "epcs": ("urn:epc:id:sgtin:4012345.011111.7", None),
    }
    for kind, (used, unused) in kinds.items():
        path = f"/{kind}/{quote(used, safe='')}"
        assert server.get(path).json["member"] == ["events"]
        assert server.get(f"{path}/events", perPage=3).events
        if unused:
            assert server.get(f"/{kind}/{unused}/events").events == []
        assert server.get(f"/{kind}/urn%3Anobody%3Aknows").status == 404
    both = server.get("/bizSteps/shipping/events", EQ_bizStep="receiving")
    assert both.status == 400
    spelt = server.get("/bizLocations", {"GS1-Extensions": "ex=https://example.com/"}).json
    assert spelt["member"] == ["ex:gate"]
    assert spelt["@context"][1] == {"ex": "https://example.com/"}
    assert (
        server.get("/bizLocations/ex%3Agate", {"GS1-Extensions": "ex=https://example.com/"}).status
        == 200
    )


def test_named_queries_are_kept_asked_and_removed(server: Server) -> None:
    body = {"name": "a b/c", "query": {"EQ_bizStep": ["shipping"], "orderBy": "eventTime"}}
    made = server.ask("POST", "/queries", body)
    assert made.status == 201
    assert server.ask("POST", "/queries", body).status == 409
    path = urlsplit(made.headers["location"]).path
    assert server.get(path).json == [body]
    pages = list(server.pages(f"{path}/events", perPage=20))
    assert pages[0].json["epcisBody"]["queryResults"]["queryName"] == "a b/c"
    assert sum(len(one.events) for one in pages) == len(
        server.get("/events", perPage=900, EQ_bizStep="shipping").events
    )
    assert server.get(f"{path}/events", EQ_bizStep="receiving").status == 400
    assert server.get(f"{path}/events", stream="true").status == 400
    wrong = server.ask("POST", "/queries", {"name": "x", "query": {"EQ_bizStp": "y"}})
    assert wrong.status == 400
    assert "EQ_bizStep" in wrong.json["hint"]
    assert server.ask("DELETE", path).status == 204
    assert server.ask("DELETE", path).status == 404


def test_lists_in_an_address_are_parted_by_commas_or_said_several_times(tmp_path: Path) -> None:
    """A percent-encoded comma belongs to a serial, and parts words, which have none."""
    serial = "urn:epc:id:sgtin:4012345.011111.a,b"
    with serving(tmp_path / "events.db") as server:
        server.capture(event(1), event(2, bizStep="packing"), event(3, bizStep="picking"),
                       event(4, epcList=[serial]))  # fmt: skip

        def count(query: str) -> int:
            return len(server.get(f"/events?{query}").events)

        assert count("EQ_bizStep=packing,picking") == 2
        assert count("EQ_bizStep=packing%2Cpicking") == 2
        assert count("EQ_bizStep=packing&EQ_bizStep=picking") == 2
        assert count(f"MATCH_anyEPC={quote(serial)}") == 1
        assert count(f"MATCH_anyEPC={quote(serial)},urn:epc:id:sgtin:4012345.011111.1") == 2


def test_a_prefixed_parameter_is_understood(server: Server) -> None:
    made = {**event(980), "@context": [CONTEXT, {"ex": "https://example.com/ns/"}]}
    server.ask("POST", "/events", {**made, "ex:batch": "B7"})
    said = {"GS1-Extensions": "mine=https://example.com/ns/"}
    assert len(server.get("/events?EQ_mine%3Abatch=B7", said).events) == 1
    assert server.get("/events?EQ_mine%3Abatch=B8", said).events == []
    assert len(server.get("/events?EQ_ex%3Abatch=B7").events) == 1  # as documents here spell it


def test_the_description_is_a_valid_openapi_document_of_all_operations() -> None:
    made = openapi()
    names = {one["operationId"] for item in made["paths"].values() for one in item.values()}
    assert names == {one.name for one in OPERATIONS}
    text = json.dumps(made)
    for reference in {part.partition('"')[0] for part in text.split('"$ref": "')[1:]}:
        at: Any = made
        for step in reference.removeprefix("#/").split("/"):
            at = at[step]
        assert at
    for schema in made["components"]["schemas"].values():
        jsonschema_rs.Draft202012Validator({**schema, "components": made["components"]})
