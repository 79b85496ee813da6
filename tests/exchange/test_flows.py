"""From events to the world: what is recovered is what happened, whatever way it is told."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catenary.exchange.flows import Shipments, world_from
from catenary.model.balance import imbalances
from catenary.testing.journeys import Journeys, document_of, gtin_of, journeys

if TYPE_CHECKING:
    from catenary.model import World

pytestmark = pytest.mark.part("9.6")


def days_of(found: Journeys) -> float:
    first, last = found.span
    return (last - first) / 24


def flows_of(world: World) -> pd.DataFrame:
    """Return supplies between two places, however the buyer uses the goods."""
    frame = world.table("supplies").reset_index(drop=True)
    for side in ("supplier", "buyer"):
        ids = frame[side].astype(str)
        frame[f"{side}_place"] = ids.str.partition(".")[0]
    frame["product"] = frame["supplier"].astype(str).str.partition(".")[2]
    frame = frame[frame["supplier_place"] != frame["buyer_place"]]
    keys = ["supplier_place", "buyer_place", "product"]
    return frame.groupby(keys).agg(
        quantity=("quantity", "sum"),
        mean=("lead_time", "first"),
        p90=("lead_time_p90", "first"),
        deliveries=("deliveries", "first"),
    )


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(journeys() | journeys(whole_days=True))
def test_flows_and_lead_times_are_those_that_happened(found: Journeys) -> None:
    world = world_from(found.events)
    legs = found.frame("legs")
    legs["lasted"] = (legs["arrived"] - legs["departed"]) / 24
    true = legs.groupby(["origin", "destination", "product"])
    got = flows_of(world)
    assert got.index.tolist() == list(true.groups)
    np.testing.assert_allclose(got["quantity"], true["quantity"].sum() / days_of(found), rtol=1e-12)
    np.testing.assert_allclose(got["mean"], true["lasted"].mean(), rtol=1e-12)
    p90 = true["lasted"].quantile(0.9, interpolation="higher")
    lower = true["lasted"].apply(lambda one: np.quantile(one, 0.9, method="inverted_cdf"))
    assert (lower <= p90 + 1e-12).all()
    np.testing.assert_allclose(got["p90"], lower, rtol=1e-12)
    assert got["deliveries"].tolist() == true.size().tolist()
    assert imbalances(world) == []


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(journeys() | journeys(whole_days=True))
def test_stocks_are_what_came_less_what_went(found: Journeys) -> None:
    world = world_from(found.events)
    first, last = found.span
    stays, legs = found.frame("stays"), found.frame("legs")
    stays["area"] = stays["quantity"] * (stays["until"] - stays["since"])
    mean = stays.groupby(["place", "product"])["area"].sum() / (last - first)
    used = legs.rename(columns={"origin": "place"})[["place", "product", "quantity"]]
    ends = [used, found.frame("ends")]
    if found.works:
        works = found.frame("works").rename(columns={"input": "product", "used": "quantity"})
        ends.append(works[["place", "product", "quantity"]])
    use = pd.concat(ends).groupby(["place", "product"])["quantity"].sum() / days_of(found)
    came = set(map(tuple, legs[["destination", "product"]].to_numpy().tolist()))
    if "stocks" not in world:
        assert not came & set(use.index)
        return
    stocks = world.table("stocks")
    seen = set()
    for row in stocks.itertuples():
        place, product = str(row.producer).partition(".")[0], str(row.input)
        seen.add((place, product))
        assert row.target_days == pytest.approx(mean[place, product] / use[place, product])
    assert seen == came & set(use.index)


@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(journeys())
def test_recipes_are_what_transformations_used(found: Journeys) -> None:
    world = world_from(found.events)
    recipes = world.table("recipes")
    worked = recipes[recipes["product"].astype(str) != recipes["input"].astype(str)]
    got = {
        (str(one["producer"]).partition(".")[0], str(one["input"])): float(one["amount"])
        for _, one in worked.iterrows()
    }
    if not found.works:
        assert got == {}
        return
    works = found.frame("works")
    made = works.groupby("place")["made"].sum()
    used = works.groupby(["place", "input"])["used"].sum()
    true = {(place, one): used[place, one] / made[place] for place, one in used.index}
    assert got == pytest.approx(true)
    assert (recipes["criticality"] <= 1).all()


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(found=journeys(whole_days=True), random=st.randoms(use_true_random=False))
def test_order_repetition_and_files_change_nothing(
    found: Journeys, random: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    plain = world_from(found.events)
    events = [*found.events, *random.sample(found.events, len(found.events) // 2)]
    random.shuffle(events)
    folder = tmp_path_factory.mktemp("events")
    with Shipments() as shipments:
        for number in range(3):
            path = folder / f"{number}.json"
            path.write_text(json.dumps(document_of(events[number::3])), "utf-8")
            shipments.add_file(path)
        again = shipments.world()
    assert again.digest == plain.digest
    assert shipments.spool.repeated == len(events) - len(found.events)


def moved(time: str, hours: int) -> str:
    zone = timezone(timedelta(hours=hours))
    return datetime.fromisoformat(time).astimezone(zone).isoformat()


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(journeys(), st.integers(-12, 14))
def test_the_offset_in_which_times_are_written_changes_nothing(found: Journeys, hours: int) -> None:
    events = [{**one, "eventTime": moved(one["eventTime"], hours)} for one in found.events]
    assert world_from(events).digest == world_from(found.events).digest


@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(journeys())
def test_followed_thing_by_thing_in_pandas_gives_the_same(found: Journeys) -> None:
    # an oracle without state: of each single thing, every event beside the next
    rows = [
        (epc, pd.Timestamp(one["eventTime"]).tz_convert("UTC"), one.get("bizStep"),
         one["bizLocation"]["id"].split(":")[-1].rpartition(".")[0])
        for one in found.events
        if one["type"] == "ObjectEvent"
        for epc in one.get("epcList", ())
        if ".000001." in epc and ":sgtin:" in epc
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["epc", "time", "step", "place"])
    order = {"commissioning": 0, "receiving": 1, "shipping": 2, "retail_selling": 3}
    frame["rank"] = frame["step"].map(order)
    frame = frame.sort_values(["epc", "time", "rank"], kind="stable", ignore_index=True)
    after = frame.groupby("epc").shift(-1)
    went = (frame["step"] == "shipping") & (after["step"] == "receiving")
    true = pd.DataFrame({"origin": frame["place"][went], "to": after["place"][went]})
    got = flows_of(world_from(found.events))
    mine = got[got.index.get_level_values("product") == gtin_of(1)].copy()
    if true.empty:  # they travel in containers, or there are none
        return
    counted = true.groupby(["origin", "to"]).size()
    mine.index = pd.MultiIndex.from_tuples(
        [(f"{a[:7]}.{a[7:12]}", f"{b[:7]}.{b[7:12]}") for a, b, _ in mine.index]
    )
    expected = (counted / days_of(found)).sort_index()
    assert mine["quantity"].sort_index().to_dict() == pytest.approx(expected.to_dict())
