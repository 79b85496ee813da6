"""Parameters: every name of the standard is known, and what is not is told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from shipped import captured, shipment

from catenary.exchange.queries import PARAMETERS, Query, QueryError

if TYPE_CHECKING:
    from pathlib import Path

    from catenary.exchange.store import Store

pytestmark = pytest.mark.part("9.4")

TIME = "2026-01-01T00:00:00Z"


def standard(shared: Path) -> dict[str, Any]:
    folder = shared / "conformance" / "epcis-2.0" / "common" / "gs1" / "REST Bindings"
    schema = json.loads((folder / "query-schema.json").read_text(encoding="utf-8"))
    made: dict[str, Any] = schema["definitions"]["EPCIS-Query"]
    return made


def example(name: str, kind: dict[str, Any]) -> Any:
    """Return a value that the schema allows."""
    words = {
        "eventType": ["ObjectEvent"], "EQ_action": ["ADD"], "EQ_bizStep": ["shipping"],
        "orderBy": "eventTime", "orderDirection": "ASC", "EQ_errorReason": ["incorrect_data"],
        "EQ_type": ["Temperature"],
    }  # fmt: skip
    if name in words:
        return words[name]
    if "isposition" in name:
        return ["in_transit"]
    if kind.get("type") == "array":
        return [1.5] if "decimal" in str(kind) or "number" in str(kind) else ["urn:example:a"]
    if kind.get("type") in {"number", "integer"} or "decimal" in str(kind):
        return 1
    return True if kind.get("type") == "boolean" else TIME


def test_every_parameter_of_the_schema_is_known(shared: Path) -> None:
    named = {k: v for k, v in standard(shared)["properties"].items() if k != "@context"}
    assert len(named) == 60
    for name, kind in named.items():
        parameters = {name: example(name, kind)}
        if name == "eventCountLimit":
            parameters["orderBy"] = "eventTime"
        query = Query.of(parameters)
        assert query != Query() or name == "orderDirection", name


def test_every_family_of_the_schema_is_known(shared: Path) -> None:
    families = standard(shared)["patternProperties"]
    assert len(families) == 108
    for pattern, kind in families.items():
        name = (
            pattern.strip("^$")
            .replace("[a-z][a-zA-Z0-9_]+", "po" if "Transaction" in pattern else "location")
            .replace(r"[a-z][a-zA-Z0-9]*\\:\\w+", "example:field")
            .replace(r"\\w+_\\w+", "bizLocation_city")
            .replace("[A-Z0-9]{2,4}", "KGM")
        )
        assert "\\" not in name
        value: Any = ["urn:example:a"] if kind.get("type") == "array" else 1
        if kind.get("items") == {"type": "number"}:
            value = [1]
        if "EXISTS" in name:
            value = True
        if "ATTR" in name:
            value = ["a"]
        assert len(Query.of({name: value}).conditions) == 1, name


def test_both_spellings_of_the_standard_mean_the_same() -> None:
    for comparison in ("GE", "LT"):
        left = Query.of({f"{comparison}_errorDeclarationTime": TIME})
        right = Query.of({f"{comparison}_errorDeclaration_Time": TIME})
        assert left == right
    assert Query.of({"EQATTR_bizLocation_a": "b"}) == Query.of({"EQ_ATTR_bizLocation_a": "b"})


@pytest.mark.parametrize("name", [one for one in PARAMETERS if one != "orderDirection"])
def test_a_misspelt_parameter_is_told_with_its_neighbour(name: str) -> None:
    with pytest.raises(QueryError, match=rf"'{name}'"):
        Query.of({name[:-1] + name[-1].swapcase() + "x": "x"})


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("GE_eventTime", "yesterday", "write a time like"),
        ("GE_eventTime", [TIME, TIME], "has 2 values"),
        ("GE_eventTime", 12, "write a time like"),
        ("EQ_action", "SHIP", "ADD, OBSERVE or DELETE"),
        ("EQ_bizStep", "shiping", "did you mean 'shipping'"),
        ("EQ_bizStep", [], "has no values"),
        ("EQ_bizStep", [1], "takes text"),
        ("eventType", "ObjectEvents", "did you mean 'ObjectEvent'"),
        ("GT_quantity", "many", "takes a number"),
        ("GT_quantity", "1e999", "takes a number"),
        ("GT_quantity", True, "takes a number"),
        ("EXISTS_errorDeclaration", "perhaps", "true or false"),
        ("GT_example:weight", "heavy", "a number or a time"),
        ("EQ_example:weight", [], "has no values"),
        ("eventCountLimit", 0, "1 or more"),
        ("maxEventCount", "1.5", "1 or more"),
        ("orderBy", "evenTime", "did you mean 'eventTime'"),
        ("orderDirection", "UP", "ASC or DESC"),
        ("EQ_source_place", "urn:example:a", "no type of source"),
        ("HASATTR_action", "a", "has no master data"),
        ("EQATTR_bizLocation", "a", "names no attribute"),
        ("MATCH_epc", "urn:epc:idpat:sgtin:4012345.*.987", "something after a"),
        ("MATCH_epc", "urn:epc:idpat:sgtin:4012345.[1-5].987", "not the last part"),
        ("MATCH_epc", "urn:epc:idpat:sgtin:4012345.011111.[5-1]", "ends before it begins"),
        ("MATCH_epc", "urn:epc:idpat:sgtin:4012345.01.*", "has 9 digits"),
        ("MATCH_epc", "urn:epc:idpat:sscc:4012345.[1-5]", "has no serial"),
        ("MATCH_epc", "urn:epc:pat:sgtin-96:1.4012345.*.*", "pattern of tags"),
        ("colour", "red", "is no parameter"),
        ("EQ_colour", "red", "is no parameter"),
    ],
)
def test_a_wrong_value_is_told(name: str, value: Any, said: str) -> None:
    with pytest.raises(QueryError) as caught:
        Query.of({name: value})
    assert said in str(caught.value)
    assert caught.value.http_status == 400


def test_the_query_documents_of_openepcis_are_told_apart(shared: Path) -> None:
    folder = shared / "conformance/epcis-2.0/dev/openepcis/2.0/EPCIS/JSON/Query/Queries"
    good = json.loads((folder / "SimpleEventQuery.json").read_text(encoding="utf-8"))
    assert len(Query.of(good).conditions) == 10
    for path in sorted((folder / "Invalid").glob("*.json")):
        with pytest.raises(QueryError):
            Query.of(json.loads(path.read_text(encoding="utf-8")))


def numbers(store: Store, **asked: Any) -> list[int]:
    return [one.number for one in store.query(asked)]


PLACES = [f"urn:epc:id:sgln:4012345.0000{at}.0" for at in range(5)]


def placed(number: int, place: str) -> dict[str, Any]:
    return {**shipment(number, 0), "bizLocation": {"id": place}, "readPoint": {"id": place}}


def test_descendants_of_a_place_are_found_however_deep(store: Store) -> None:
    captured(store, [placed(at, place) for at, place in enumerate(PLACES)])
    assert numbers(store, WD_bizLocation=PLACES[0]) == [1]
    store.add_places({PLACES[1]: PLACES[0], PLACES[2]: PLACES[1], PLACES[4]: PLACES[3]})
    assert numbers(store, WD_bizLocation=PLACES[0]) == [1, 2, 3]
    assert numbers(store, WD_readPoint="https://id.gs1.org/414/4012345000016") == [2, 3]
    assert numbers(store, WD_readPoint=[PLACES[2], PLACES[3]]) == [3, 4, 5]
    assert numbers(store, EQ_bizLocation=PLACES[0]) == [1]
    store.add_places({PLACES[0]: PLACES[2]})  # a circle ends too
    assert numbers(store, WD_bizLocation=PLACES[2]) == [1, 2, 3]


def test_master_data_of_a_captured_document_is_asked_for(store: Store) -> None:
    mda = "urn:epcglobal:cbv:mda"
    header = {
        "epcisMasterData": {
            "vocabularyList": [
                {
                    "type": "urn:epcglobal:epcis:vtype:BusinessLocation",
                    "vocabularyElementList": [
                        {
                            "id": PLACES[0],
                            "attributes": [{"id": f"{mda}:city", "attribute": "Köln"}],
                            "children": [PLACES[1]],
                        },
                        {"id": PLACES[1], "attributes": [{"id": "cbvmda:floor", "attribute": 2}]},
                    ],
                }
            ]
        }
    }
    made = {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": TIME,
        "epcisHeader": header,
        "epcisBody": {"eventList": [placed(at, place) for at, place in enumerate(PLACES)]},
    }
    assert store.capture(json.dumps(made).encode()).success
    assert numbers(store, WD_bizLocation=PLACES[0]) == [1, 2]
    assert numbers(store, HASATTR_bizLocation=["cbvmda:city"]) == [1]
    assert numbers(store, HASATTR_bizLocation=[f"{mda}:city", f"{mda}:floor"]) == [1, 2]
    assert numbers(store, **{"EQATTR_bizLocation_cbvmda:floor": ["2"]}) == [2]
    assert numbers(store, **{"EQATTR_readPoint_cbvmda:city": ["Bonn"]}) == []


def test_amounts_are_compared_in_any_unit_that_fits(store: Store) -> None:
    def sensed(number: int, value: float, uom: str) -> dict[str, Any]:
        report = {"type": "Temperature", "value": value, "uom": uom}
        return {**shipment(number, 0), "sensorElementList": [{"sensorReport": [report]}]}

    captured(store, [sensed(1, 50, "FAH"), sensed(2, 10, "CEL"), sensed(3, 283.15, "KEL")])
    captured(store, [sensed(4, 10.01, "CEL"), sensed(5, 10, "XYZ")])
    assert numbers(store, EQ_value_CEL=10) == [1, 2, 3]
    assert numbers(store, GT_value_FAH=50) == [4]
    assert numbers(store, LE_value_KEL="283.15") == [1, 2, 3]
    assert numbers(store, EQ_value_XYZ=10) == [5]
    classes = "urn:epc:class:lgtin:4012345.012345.998877"
    amounts = [(500, "GRM"), (0.5, "KGM"), (0.0005, "TNE"), (500, None)]
    captured(
        store,
        [
            {
                **{k: v for k, v in shipment(at, 9).items() if k != "epcList"},
                "quantityList": [
                    {"epcClass": classes, "quantity": amount, **({"uom": uom} if uom else {})}
                ],
                "example:at": at,
            }
            for at, (amount, uom) in enumerate(amounts)
        ],
    )
    assert numbers(store, EQ_quantity_GRM=500) == [6, 7, 8]
    assert numbers(store, GE_quantity_KGM=0.4) == [6, 7, 8]
    assert numbers(store, EQ_quantity=500) == [6, 9]


def test_patterns_match_things_and_classes(store: Store) -> None:
    things = [
        "urn:epc:id:sgtin:4012345.011111.7",
        "https://id.gs1.org/01/04012345111118/21/20",
        "urn:epc:id:sgtin:4012345.011111.7a",
        "urn:epc:id:sgtin:4012345.922222.7",
        "urn:epc:id:sscc:4012345.1234567890",
        "urn:epc:id:grai:4012345.55555.12",
        "urn:epc:id:gid:1.2.3",
    ]
    captured(store, [{**shipment(at, 0), "epcList": [one]} for at, one in enumerate(things)])
    for pattern, wanted in {
        "urn:epc:id:sgtin:4012345.011111.7": [1],
        "https://example.com/01/04012345111118/21/7?x=y": [1],
        "urn:epc:idpat:sgtin:4012345.011111.*": [1, 2, 3],
        "urn:epc:idpat:sgtin:4012345.*.*": [1, 2, 3, 4],
        "urn:epc:idpat:sgtin:*.*.*": [1, 2, 3, 4],
        "urn:epc:idpat:sgtin:4012345.011111.[1-19]": [1],
        "urn:epc:idpat:sgtin:4012345.011111.[7-20]": [1, 2],
        "urn:epc:idpat:sscc:4012345.*": [5],
        "urn:epc:idpat:grai:4012345.55555.*": [6],
        "urn:epc:idpat:grai:4012345.55555.[3-12]": [6],
        "urn:epc:idpat:gid:1.2.*": [7],
        "https://id.gs1.org/01/04012345111118/21/*": [1, 2, 3],
        "urn:epc:idpat:sgtin:4012346.*.*": [],
    }.items():
        assert numbers(store, MATCH_epc=pattern) == wanted, pattern
        assert numbers(store, MATCH_anyEPC=[pattern, "urn:x:y"]) == wanted, pattern
    assert numbers(store, MATCH_parentID="urn:epc:idpat:sgtin:*.*.*") == []


def test_prefixes_are_learned_from_what_was_captured(store: Store) -> None:
    captured(store, [shipment(1, 0, 5), shipment(2, 0)])
    assert numbers(store, **{"EQ_example:weight": 5}) == [1]
    assert numbers(store, **{"GE_https://ns.example.com/epcis/weight": 5}) == [1]
    found = store.query({"EQ_w:weight": ["5"]}, prefixes={"w": "https://ns.example.com/epcis/"})
    assert [one.number for one in found] == [1]
    wrong = store.query({"EQ_w:weight": ["5"]}, prefixes={"w": "https://example.com/other/"})
    assert list(wrong) == []
    assert numbers(
        store, **{"@context": {"w": "https://ns.example.com/epcis/"}, "EXISTS_w:weight": True}
    ) == [1]
