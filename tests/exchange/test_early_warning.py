"""Early warning: what is late is what has not come when nine of ten had come; gaps are told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import catenary
from catenary import catalogue
from catenary.cli.main import main
from catenary.errors import OptionError
from catenary.exchange.flows import EarlyWarning, Shipments, watch
from catenary.testing.journeys import Journeys, document_of, gtin_of, journeys, place_of

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.part("9.6")
BEGIN = pd.Timestamp("2026-01-01T00:00:00Z")


def watched(events: list[dict[str, Any]], hour: float, least: int = 2) -> EarlyWarning:
    now = (BEGIN + pd.Timedelta(hours=hour)).isoformat()
    with Shipments() as shipments:
        shipments.add(events)
        return watch(shipments, now=now, least=least)


def kept(times: pd.Series) -> float:
    return float(np.quantile(times, 0.9, method="inverted_cdf"))


def naive(found: Journeys, hour: float, least: int) -> list[tuple[str, str, str, float]]:
    """Return what is late, from the plan alone: no link is said, so that origins are compared."""
    legs = found.frame("legs")
    lasted = legs["arrived"] - legs["departed"]
    came = legs["arrived"] <= hour
    rows = []
    for leg in legs[(legs["departed"] <= hour) & ~came].itertuples():
        here = came & (legs["origin"] == leg.origin)
        bases = [here & (legs["product"] == leg.product), here, came]
        if not bases[0].any():  # nothing of it has come from there: nobody expects it
            continue
        basis = next((one for one in bases if one.sum() >= least), bases[0])
        since = hour - float(leg.departed)  # type: ignore[arg-type]
        if since > kept(lasted[basis]):
            kind = "late" if since <= lasted[basis].max() else "unreceived"
            late = (since - kept(lasted[basis])) / 24
            rows.append((kind, str(leg.origin), str(leg.product), round(late, 9)))
    return sorted(rows)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(found=journeys(most=12), share=st.floats(0.02, 0.4), least=st.integers(1, 3))
def test_late_is_what_has_not_come_when_nine_of_ten_had(
    found: Journeys, share: float, least: int
) -> None:
    first, last = found.span
    hour = round(first + share * (last - first), 2)
    got = watched(found.events, hour, least).shipments
    late = got[got["kind"].isin(["late", "unreceived"])]
    rows = [
        (str(one.kind), str(one.origin), str(one.product), round(float(one.days), 9))  # type: ignore[arg-type]
        for one in late.itertuples()
    ]
    assert sorted(rows) == naive(found, hour, least)


def trip(day: float, step: str, place: int, serial: int, **more: Any) -> dict[str, Any]:
    return {
        "type": "ObjectEvent", "action": "OBSERVE", "bizStep": step,
        "eventTime": (BEGIN + pd.Timedelta(days=day)).isoformat(),
        "eventTimeZoneOffset": "+00:00",
        "epcList": [f"urn:epc:id:sgtin:4012345.000001.{serial}"],
        "readPoint": {"id": f"urn:epc:id:sgln:4012345.{place:05}.0"},
        **more,
    }  # fmt: skip


def history(count: int = 10) -> list[dict[str, Any]]:
    """Return deliveries from 1 to 2 that take 1, 2, … days."""
    legs = [(trip(0, "shipping", 1, i), trip(1 + i, "receiving", 2, i)) for i in range(count)]
    return [event for leg in legs for event in leg]


def test_expected_is_departure_and_the_days_that_nine_of_ten_keep() -> None:
    ends = {"destinationList": [
        {"type": "location", "destination": "urn:epc:id:sgln:4012345.00002.0"}]}  # fmt: skip
    events = [*history(), trip(20, "shipping", 1, 100, **ends)]
    assert watched(events, 29 * 24.0).shipments.empty
    late = watched(events, 29.5 * 24).shipments.iloc[0]
    assert (late["kind"], late["basis"], late["deliveries"]) == ("late", "product", 10)
    assert (late["expected"], late["days"]) == ("2026-01-30T00:00:00Z", 0.5)
    never = watched(events, 31 * 24.0).shipments.iloc[0]
    assert (never["kind"], never["days"]) == ("unreceived", 2.0)
    assert (never["origin"], never["destination"]) == (place_of(1), place_of(2))


def test_received_and_never_shipped_names_both_places() -> None:
    events = [*history(), trip(12, "storing", 1, 200), trip(15, "receiving", 2, 200)]
    row = watched(events, 20 * 24.0).shipments.iloc[0]
    assert (row["kind"], row["origin"], row["destination"], row["days"]) == (
        "unshipped", place_of(1), place_of(2), 5.0,
    )  # fmt: skip


def test_turning_up_elsewhere_is_a_gap() -> None:
    events = [*history(), trip(12, "shipping", 1, 300), trip(14, "storing", 3, 300)]
    row = watched(events, 20 * 24.0).shipments.iloc[0]
    assert (row["kind"], row["destination"], row["days"]) == ("gap", place_of(3), 2.0)


def test_a_shipment_called_off_is_not_late() -> None:
    events = [*history(), trip(12, "shipping", 1, 600), trip(12.5, "void_shipping", 1, 600)]
    assert len(watched(events[:-1], 90 * 24.0).shipments) == 1
    assert watched(events, 90 * 24.0).shipments.empty


def test_what_leaves_for_where_nobody_shares_is_not_expected() -> None:
    away = {"destinationList": [
        {"type": "owning_party", "destination": "urn:epc:id:pgln:4012345.00099"}]}  # fmt: skip
    found = watched([*history(), trip(12, "shipping", 1, 400, **away)], 90 * 24.0)
    assert found.shipments.empty
    assert any("nobody shares events" in one for one in found.run.warnings)


def test_value_is_quantity_times_the_price_of_a_world() -> None:
    events = [*history(), *(trip(20, "shipping", 1, 500 + i) for i in range(3))]
    priced = catenary.World({"products": pd.DataFrame({"id": [gtin_of(1)], "price": [12.5]})})
    with Shipments() as shipments:
        shipments.add(events)
        found = watch(shipments, now="2026-03-01T00:00:00Z", world=priced)
    assert found.shipments["value"].sum() == pytest.approx(37.5)
    assert found.figures().set_index("figure")["value"]["value of what is late"] == 37.5


@pytest.mark.parametrize("now", ["yesterday", "2026-01-01", "2026-01-01T00:00:00", ""])
def test_now_is_a_time_with_its_offset(now: str) -> None:
    with Shipments() as shipments:
        shipments.add(history())
        with pytest.raises(OptionError, match="now is"):
            watch(shipments, now=now)


def test_the_command_prints_saves_and_warns(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "events.json"
    file.write_text(json.dumps(document_of([*history(), trip(20, "shipping", 1, 100)])), "utf-8")
    saved = tmp_path / "late.result"
    given_ = ["exchange", "watch", str(file), "--now", "2026-03-01T00:00:00Z"]
    assert main([*given_, "-o", str(saved)]) == 0
    capsys.readouterr()
    assert main(given_) == 0
    told = capsys.readouterr()
    rows = json.loads(told.out)["tables"]["shipments"]
    assert [row["kind"] for row in rows] == ["unreceived"]
    assert "still under way" in told.err
    loaded = catalogue.load(saved)
    assert isinstance(loaded, EarlyWarning)
    assert "1 shipments are late" in loaded.summary()
    assert main(["exchange", "watch", str(file)]) == 2
    assert main(["exchange", "watch", str(file), "--now", "today"]) == 2
    assert "give a time with its offset" in capsys.readouterr().err
