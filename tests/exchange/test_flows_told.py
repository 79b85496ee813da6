"""What events tell beside flows: master data, errors taken back, units; and what they do not."""

from __future__ import annotations

import json
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import catenary
from catenary import Change, Scenario
from catenary.errors import CatenaryError, DataError, OptionError, SourceError, UnitError
from catenary.exchange import convert, opened
from catenary.exchange.flows import Shipments, read, world_from
from catenary.formats import read as read_from
from catenary.formats import sources
from catenary.model.balance import imbalances
from catenary.testing import check_source, shipments
from catenary.testing.journeys import document_of, gtin_of, place_of

if TYPE_CHECKING:
    from pathlib import Path

    from catenary.model import World

pytestmark = pytest.mark.part("9.6")
BEGIN = pd.Timestamp("2026-01-01T00:00:00Z")
MDA = "urn:epcglobal:cbv:mda:"


def sgln(place: int, part: str = "0") -> str:
    return f"urn:epc:id:sgln:4012345.{place:05}.{part}"


def event(day: float, step: str, place: int, **more: Any) -> dict[str, Any]:
    return {
        "type": "ObjectEvent", "action": "OBSERVE", "bizStep": step,
        "eventTime": (BEGIN + pd.Timedelta(days=day)).isoformat(),
        "eventTimeZoneOffset": "+00:00",
        "bizLocation": {"id": sgln(place)},
        **more,
    }  # fmt: skip


def one(serial: int, product: int = 1) -> dict[str, Any]:
    return {"epcList": [f"urn:epc:id:sgtin:4012345.{product:06}.{serial}"]}


def some(quantity: float, uom: str = "KGM", product: int = 2) -> dict[str, Any]:
    epc_class = f"urn:epc:class:lgtin:4012345.{product:06}.L"
    return {"quantityList": [{"epcClass": epc_class, "quantity": quantity, "uom": uom}]}


def factory(days: int = 30) -> list[dict[str, Any]]:
    """Return a mill (5) that feeds a plant (1), a warehouse (2) and a shop (3), day by day."""
    made = []
    for day in range(days):
        made += [
            event(day, "commissioning", 5, action="ADD", **some(3)),
            event(day + 0.1, "shipping", 5, **some(3)),
            event(day + 2.1, "receiving", 1, **some(3)),
            event(
                day + 3, "assembling", 1, type="TransformationEvent",
                inputQuantityList=some(3)["quantityList"],
                outputEPCList=[one(10 * day + i)["epcList"][0] for i in range(2)],
            ),
        ]  # fmt: skip
        del made[-1]["action"]
        for i in range(2):
            thing = one(10 * day + i)
            made += [
                event(day + 4, "shipping", 1, **thing),
                event(day + 6, "receiving", 2, **thing),
                event(day + 8, "shipping", 2, **thing),
                event(day + 9, "receiving", 3, **thing),
                event(day + 12 + i, "retail_selling", 3, **thing),
            ]
    return made


def header() -> dict[str, Any]:
    """Return master data of the places and the product."""

    def about(place: str, **attributes: str) -> dict[str, Any]:
        parts = [{"id": MDA + key, "attribute": value} for key, value in attributes.items()]
        return {"id": place, "attributes": parts}

    places = [
        about(sgln(1), name="Plant", countryCode="DE", latitude="52.5", longitude="13.4"),
        about(sgln(2), name="Warehouse", countryCode="NLD"),
        about(sgln(3), name="Shop", countryCode="250"),
    ]
    chair = about("urn:epc:idpat:sgtin:4012345.000001.*", descriptionShort="Chair")
    kind = "urn:epcglobal:epcis:vtype:"
    lists = [
        {"type": f"{kind}BusinessLocation", "vocabularyElementList": places},
        {"type": f"{kind}EPCClass", "vocabularyElementList": [chair]},
    ]
    return {"epcisHeader": {"epcisMasterData": {"vocabularyList": lists}}}


def document(events: list[dict[str, Any]]) -> dict[str, Any]:
    whole = document_of(events)
    body = whole.pop("epcisBody")
    return {**whole, **header(), "epcisBody": body}


def in_xml(whole: dict[str, Any]) -> bytes:
    out = BytesIO()
    with opened(json.dumps(whole).encode(), whole=True) as made:
        convert(made, "xml", out)
    return out.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the events in two documents, one of them XML."""
    made = tmp_path / "shared"
    made.mkdir()
    events = factory()
    (made / "a.jsonld").write_text(json.dumps(document(events[::2])), "utf-8")
    (made / "b.xml").write_bytes(in_xml(document(events[1::2])))
    return made


def test_the_source_keeps_what_readers_promise(folder: Path) -> None:
    world = check_source(read, folder)
    assert world.table("facilities").loc[place_of(1), "name"] == "Plant"
    assert world.digest == read_json(folder).digest


def read_json(folder: Path) -> World:
    path = folder.parent / "whole.json"
    path.write_text(json.dumps(document(factory())), "utf-8")
    return read(path)


@pytest.mark.skipif("epcis" not in sources(), reason="the entry point comes with `make venv`")
def test_the_source_is_found_by_its_name(folder: Path) -> None:
    assert read_from("epcis", folder).digest == read(folder).digest
    with pytest.raises(OptionError, match="no option"):
        read_from("epcis", folder, year=2026)


def test_a_world_of_events_is_stressed_and_closes(folder: Path, tmp_path: Path) -> None:
    catenary.save(read(folder), tmp_path / "world")
    world = catenary.load(tmp_path / "world")
    assert isinstance(world, catenary.World)
    assert imbalances(world) == []
    where = {"facility": place_of(1)}
    shut = Scenario(
        "shut", (Change(target="producers.capacity", where=where, multiply=0.0, days=5),)
    )
    nothing = Scenario("nothing", ())
    quiet = catenary.stress(world, scenario=nothing, days=40)
    assert (quiet.losses["loss"].abs() < 1e-6).all()
    hit = catenary.stress(world, scenario=shut, days=40).losses.set_index("producer")["loss"]
    assert hit[f"{place_of(1)}.{gtin_of(1)}"] > 1
    assert hit[f"{place_of(3)}.{gtin_of(1)}"] > 0.1


def test_master_data_name_places_products_and_countries(folder: Path) -> None:
    world = read(folder)
    places = world.table("facilities")
    assert places["region"].astype(str).to_dict() == {
        place_of(1): "DEU", place_of(2): "NLD", place_of(3): "FRA", place_of(5): "ROW",
    }  # fmt: skip
    assert places.loc[[place_of(1)], ["lon", "lat"]].to_numpy().tolist() == [[13.4, 52.5]]
    assert places.loc[place_of(2), "kind"] == "depot"
    products = world.table("products")
    assert products.loc[[gtin_of(1)], "name"].tolist() == ["Chair"]
    assert products.loc[[gtin_of(1), gtin_of(2)], "unit"].tolist() == ["piece", "kg"]
    assert any("say no country of 1 places" in told for told in world.warnings)
    assert world.table("regions").loc["FRA", "name"] == "France"


def test_bills_of_materials_come_from_transformations(folder: Path) -> None:
    recipes = read(folder).table("recipes").set_index("producer")
    plant = recipes.loc[f"{place_of(1)}.{gtin_of(1)}"]
    assert (plant["input"], plant["amount"], plant["criticality"]) == (gtin_of(2), 1.5, 1.0)


def test_parts_of_a_transformation_are_joined() -> None:
    whole = factory()
    parted = []
    for at, made in enumerate(whole):
        if made["type"] != "TransformationEvent":
            parted.append(made)
            continue
        common = {**made, "transformationID": f"urn:example:work:{at}"}
        outputs = common.pop("outputEPCList")
        inputs = common.pop("inputQuantityList")
        parted += [{**common, "inputQuantityList": inputs}, {**common, "outputEPCList": outputs}]
    assert world_from(parted).table("recipes").equals(world_from(whole).table("recipes"))


def test_an_event_declared_wrong_is_left_out() -> None:
    events = factory()
    wrong = event(3.3, "receiving", 3, **one(0))
    declared = {
        **wrong,
        "errorDeclaration": {
            "declarationTime": "2026-02-01T00:00:00Z", "reason": "did_not_occur",
        },
    }  # fmt: skip
    world = world_from([*events, wrong, declared])
    plain = world_from(events)
    for name in ("supplies", "producers", "stocks"):
        assert world.table(name).equals(plain.table(name))
    assert any("declared wrong" in told for told in world.warnings)


def test_units_of_one_kind_are_one() -> None:
    mixed = [
        event(0, "commissioning", 5, action="ADD", **some(3000, "GRM")),
        event(1, "shipping", 5, **some(3, "KGM")),
        event(3, "receiving", 1, **some(0.003, "TNE")),
        event(4, "receiving", 2, **one(1)),
    ]
    supplies = world_from(mixed).table("supplies")
    row = supplies[supplies["supplier"].astype(str) == f"{place_of(5)}.{gtin_of(2)}"].iloc[0]
    assert row["quantity"] * 4 == pytest.approx(3)
    assert row["lead_time"] == 2


def test_arriving_and_receiving_the_same_goods_count_once() -> None:
    told = [
        event(0, "shipping", 5, **some(3)),
        event(0.5, "departing", 5, **some(3)),
        event(2, "arriving", 1, **some(3)),
        event(2.5, "receiving", 1, **some(3)),
        event(4, "retail_selling", 1, **some(3)),
    ]
    supplies = world_from(told).table("supplies")
    assert supplies["quantity"].tolist() == [pytest.approx(3 / 4)]
    assert supplies[["lead_time", "deliveries"]].to_numpy().tolist() == [[1.5, 1]]


def test_goods_from_outside_come_from_whom_the_event_names() -> None:
    source = {"sourceList": [{"type": "location", "source": sgln(9)}]}
    world = world_from(
        [
            event(0, "receiving", 1, **one(1), **source),
            event(1, "receiving", 1, **one(2)),
            event(2, "shipping", 1, **one(1)),
            event(4, "receiving", 2, **one(1)),
        ]
    )
    suppliers = set(world.table("supplies")["supplier"].astype(str))
    assert f"{place_of(9)}.{gtin_of(1)}" in suppliers
    assert f"outside.{gtin_of(1)}" in suppliers
    assert any("never shipped" in told for told in world.warnings)


def test_what_is_sent_to_strangers_is_final_demand_there() -> None:
    events = factory()
    away = {"destinationList": [{"type": "location", "destination": sgln(77)}]}
    for day in range(10):
        events.append(event(day + 5, "shipping", 2, **one(9000 + day), **away))
    plain, world = world_from(factory()), world_from(events)
    node = f"{place_of(2)}.{gtin_of(1)}"
    sold = world.table("demand").set_index("supplier")["quantity"]
    days = float(str(world.table("sources").loc["events", "statement"]).split()[-2])
    assert sold[node] * days == pytest.approx(10)
    assert node not in set(plain.table("demand")["supplier"].astype(str))
    assert imbalances(world) == []


def test_only_what_lies_between_two_times_is_counted() -> None:
    world = world_from(factory(), since="2026-01-15T00:00:00Z", until="2026-01-25T00:00:00Z")
    supplies = world.table("supplies").set_index(["supplier", "buyer"])["quantity"]
    into = supplies[f"{place_of(5)}.{gtin_of(2)}", f"{place_of(1)}.{gtin_of(1)}"]
    assert into == pytest.approx(3.0)  # one lot a day, in whatever window


@pytest.mark.parametrize(
    ("events", "error", "words"),
    [
        ([], DataError, "none of 0 events"),
        ([event(0, "receiving", 1)], DataError, "break the rules"),
        ([event(d, "storing", 1, **one(1)) for d in range(3)], DataError, "all 3 events are at"),
        (
            [event(d, "storing", d, **one(d)) for d in range(1, 4)],
            DataError,
            "none says that goods leave",
        ),
        (
            [event(1, "shipping", 1, **one(1)), event(2, "storing", 2, **one(2))],
            DataError,
            "goods leave 1 times and never arrive",
        ),
        (
            [event(1, "storing", 1, **one(1)), event(1, "storing", 2, **one(1))],
            DataError,
            "one moment",
        ),
        (
            [event(1, "shipping", 1, **some(1)), event(2, "receiving", 2, **some(1, "LTR"))],
            UnitError,
            "counted in kg by some events and in l by others",
        ),
        (
            [event(1, "shipping", 1, **one(1)), event(2, "receiving", 2, **some(1, "KGM", 1))],
            UnitError,
            "counted in kg by some events and in piece",
        ),
        (
            [{k: v for k, v in event(d, "storing", 1, **one(1)).items() if k != "bizLocation"}
             for d in range(2)],
            DataError,
            "says where it happened",
        ),
    ],
)  # fmt: skip
def test_what_tells_no_flows_is_refused_in_one_paragraph(
    events: list[dict[str, Any]], error: type[CatenaryError], words: str
) -> None:
    with pytest.raises(error) as caught:
        world_from(events)
    assert words in str(caught.value)
    assert caught.value.hint
    assert "\n" not in caught.value.args[0]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"since": "2026"}, "since is '2026'"),
        ({"until": "2026-01-01T00:00:00"}, "until is"),
        ({"since": "2027-01-01T00:00:00Z"}, "there are no events from"),
        ({"since": "2026-01-09T00:00:00Z", "until": "2026-01-08T00:00:00Z"}, "no events from"),
    ],
)
def test_a_time_that_is_none_is_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(OptionError, match=words):
        world_from(factory(3), **options)


def test_files_that_are_none_are_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="holds no events"):
        read(tmp_path)
    (tmp_path / "bad.json").write_text("no events", "utf-8")
    with pytest.raises(DataError, match=r"bad\.json: the file begins with"):
        read(tmp_path)
    whole = json.dumps(document(factory(2)))
    (tmp_path / "bad.json").write_text(whole[: len(whole) // 2], "utf-8")
    with pytest.raises(DataError, match=r"bad\.json: "):
        read(tmp_path)
    with pytest.raises(SourceError):
        read(tmp_path / "not there.json")


def test_events_that_break_rules_are_told_and_left_out() -> None:
    events = factory()
    bad = {**event(4, "shipping", 1, **one(0)), "eventTime": "2026-13-01T00:00:00Z"}
    world = world_from([*events, bad])
    assert world.table("supplies").equals(world_from(events).table("supplies"))
    assert any("1 events break the rules" in told for told in world.warnings)


def outcome(events: list[dict[str, Any]]) -> World | CatenaryError:
    try:
        return world_from(events)
    except CatenaryError as error:
        return error


@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(shipments.events(), min_size=4, max_size=12), st.integers(2, 4))
def test_any_events_make_a_world_that_closes_or_one_clear_error(
    told: list[dict[str, Any]], places: int
) -> None:
    steps = ["shipping", "receiving", "packing", "retail_selling", "departing", "void_shipping"]
    for at, one_event in enumerate(told):
        one_event["bizStep"] = steps[at % len(steps)]
        one_event["readPoint"] = {"id": sgln(at % places)}
        one_event.pop("bizLocation", None)
        one_event.pop("errorDeclaration", None)
    doubled = list(told)
    for at, one_event in enumerate(told):
        if one_event["type"] == "ObjectEvent":
            copy = {**one_event, "action": "OBSERVE"}
            copy.pop("ilmd", None)
            for step, place in (("shipping", at), ("receiving", at + 1)):
                here = {"id": sgln(place % places)}
                doubled.append({**copy, "bizStep": step, "readPoint": here})
    world = outcome([{**one_event, "@context": [shipments.PREFIXES]} for one_event in doubled])
    if isinstance(world, CatenaryError):
        assert world.hint
        return
    assert imbalances(world) == []
    assert (world.table("supplies")["quantity"] >= 0).all()
    assert world.table("recipes")["criticality"].between(0, 1).all()


def test_official_examples_give_a_world_or_one_clear_error(shared: Path) -> None:
    made, refused = 0, []
    for path in sorted((shared / "conformance" / "epcis-2.0" / "dev").rglob("*")):
        if path.suffix not in {".json", ".jsonld", ".xml"} or "Invalid" in path.parts:
            continue
        try:
            world = read(path)
        except CatenaryError as error:
            refused.append(error)
            continue
        made += 1
        assert imbalances(world) == []
    assert made
    assert all(error.hint for error in refused)


def test_a_store_gives_events_as_well_as_files(folder: Path) -> None:
    with Shipments() as stored:
        stored.add(iter(factory()), header=header())
        assert stored.world().digest == read(folder).digest
