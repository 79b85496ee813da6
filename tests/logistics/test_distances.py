"""Distances between many places: a matrix says what single routes say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import catenary
from catenary.errors import NoRouteError, OptionError
from catenary.logistics.doors import GOALS

if TYPE_CHECKING:
    import pandas as pd
    from logistics.conftest import Waters

pytestmark = pytest.mark.part("4.3")

SOME: Final = settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])


def table(waters: Waters, **options: Any) -> pd.DataFrame:
    """Return the table of distances."""
    return catenary.distances(waters.world, **options).tables["distances"]


@SOME
@given(st.data())
def test_a_matrix_says_what_single_routes_say(waters: Waters, data: st.DataObject) -> None:
    ports = data.draw(st.lists(st.sampled_from(waters.ports), min_size=2, max_size=4, unique=True))
    shut = data.draw(st.lists(st.sampled_from(waters.passages), max_size=5, unique=True))
    by = data.draw(st.sampled_from(GOALS))
    options: dict[str, Any] = {
        "by": by,
        "vessel": data.draw(st.sampled_from([waters.small, waters.large])),
        "closed": ",".join(shut),
    }
    found = table(waters, origins=",".join(ports), **options)
    assert len(found) == len(ports) ** 2
    for one in found.to_dict("records"):
        if one["origin"] == one["destination"]:
            assert [one[goal] for goal in GOALS] == [0] * 5
            continue
        try:
            route = catenary.routes(
                waters.world, origin=one["origin"], destination=one["destination"], **options
            ).tables["routes"]
        except NoRouteError:
            assert np.isnan([one[goal] for goal in GOALS]).all()
        else:
            assert one[by] == pytest.approx(route[by].iloc[0], rel=1e-9)
            if by == "distance":
                assert one[by] == route[by].iloc[0]


@SOME
@given(st.data())
def test_the_matrix_is_symmetric_and_keeps_the_triangle(
    waters: Waters, data: st.DataObject
) -> None:
    by = data.draw(st.sampled_from(["distance", "duration", "cost"]))
    shut = data.draw(st.lists(st.sampled_from(waters.passages), max_size=3, unique=True))
    found = table(waters, origins=",".join(waters.ports), by=by, closed=",".join(shut))
    size = len(waters.ports)
    apart = found[by].fillna(np.inf).to_numpy().reshape(size, size)
    assert apart == pytest.approx(apart.T, rel=1e-12)
    detour = np.min(apart[:, :, None] + apart[None], axis=1)
    assert (apart <= detour * (1 + 1e-9)).all()


def test_gateways_are_the_default(tiny: Waters) -> None:
    found = table(tiny, vessel="small")
    assert found["origin"].unique().tolist() == ["WWAAA", "WWRRR", "EEFFF"]
    assert len(found) == 9


def test_origins_and_destinations_may_differ_and_be_anywhere(tiny: Waters) -> None:
    found = table(tiny, origins="WWAAA,Palmbay", destinations="EEFFF;20,-30", vessel="small")
    assert found["origin"].tolist() == ["WWAAA", "WWAAA", "WWBBB", "WWBBB"]
    assert found["destination"].tolist() == ["EEFFF", "20,-30"] * 2
    for one in found.to_dict("records"):
        route = catenary.routes(
            tiny.world, origin=one["origin"], destination=one["destination"], vessel="small",
            by="distance",
        )  # fmt: skip
        assert route.tables["routes"]["distance"].iloc[0] == one["distance"]


def test_pairs_without_a_way_are_blank_and_told(tiny: Waters) -> None:
    result = catenary.distances(
        tiny.world, vessel="small", closed="canal_a,canal_b,strait,cape,WWRRR"
    )
    found = result.tables["distances"].set_index(["origin", "destination"])
    assert len(found) == 9
    assert np.isnan(found["distance"]["WWAAA", "EEFFF"])
    assert np.isnan(found["cost"]["WWAAA", "WWRRR"])
    assert found["distance"]["EEFFF", "EEFFF"] == 0
    assert "6 of 9 pairs have no route and are blank" in result.run.warnings[0]
    assert "6 pairs, best by distance; 6 without a route." in result.summary()
    assert result.figures()["value"].tolist()[:2] == [6, 6]


def test_places_inland_are_blank_and_told_unless_there_are_no_others(real: Waters) -> None:
    result = catenary.distances(real.world, origins="55.75,37.62;NLRTM", destinations="CNSHA")
    found = result.tables["distances"]
    assert found["distance"].isna().tolist() == [True, False]
    assert any("blank: 55.75,37.62 is" in warning for warning in result.run.warnings)
    with pytest.raises(OptionError, match="km from navigable water"):
        table(real, origins="55.75,37.62", destinations="CNSHA")


def test_what_cannot_be_is_said(tiny: Waters) -> None:
    with pytest.raises(OptionError, match="no place is called 'Nowhere'"):
        table(tiny, origins="WWAAA,Nowhere")
    with pytest.raises(OptionError, match="closed names 'canal_aa'"):
        table(tiny, closed="canal_aa")


def test_worlds_of_worlds_are_told_apart(tiny: Waters) -> None:
    both = catenary.Worlds({"a": tiny.world, "b": tiny.world})
    result = catenary.distances(both, vessel="small")
    assert len(result.tables["distances"]) == 18
    assert result.summary().splitlines()[1].startswith("b: 6 pairs")
    assert len(result.figures()) == 6


def test_every_gateway_of_the_real_sea_is_reached(real: Waters) -> None:
    result = catenary.distances(real.world)
    found = result.tables["distances"]
    assert len(found) > 150**2
    reached = found["distance"].notna().to_numpy()
    assert reached.mean() > 0.95


@pytest.mark.parametrize("text", [",,,", ";", " , "])
def test_a_list_without_a_name_is_refused(waters: Waters, text: str) -> None:
    with pytest.raises(OptionError, match="names no place"):
        table(waters, origins=text)
