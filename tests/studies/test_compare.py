from __future__ import annotations

import pytest

import catenary
from catenary import Matrix
from catenary.errors import OptionError
from catenary.testing import serial_chain, two_regions

pytestmark = pytest.mark.part("1.7")


def test_the_same_is_the_same_and_a_change_is_found() -> None:
    world = two_regions()
    one = catenary.footprint(world)
    assert catenary.compare(one, one).differences.empty
    more = world.with_(stressors=Matrix([[8.0, 5.0]], ["co2"], world.ids("producers"), "t/year"))
    found = catenary.compare(one, catenary.footprint(more))
    rows = found.differences.set_index(["table", "row", "column"])
    assert rows.loc[("regions", "BBB co2", "production"), "change"] == pytest.approx(1)
    assert (rows["change"] == rows["b"] - rows["a"]).all()
    assert "different worlds" in found.run.warnings[0]


def test_days_are_summed() -> None:
    world = serial_chain(2)
    cut = catenary.Scenario(
        "cut", (catenary.Change(target="producers.capacity", where={"id": "*.s0"}, multiply=0.5),)
    )
    none = catenary.Scenario("none")
    one, other = (
        catenary.stress(world, scenario=s, days=30, overproduction=1) for s in (none, cut)
    )
    found = catenary.compare(one, other).differences
    output = found[(found["table"] == "output") & (found["row"] == "AAA s0")]
    assert output["change"].iloc[0] == pytest.approx(-15)
    assert "days" not in set(found["column"]) - {"days", "loss_days"}


@pytest.mark.part("1.8")
def test_only_results_of_one_analysis_compare() -> None:
    one = catenary.footprint(two_regions())
    other = catenary.stress(serial_chain(), scenario=catenary.Scenario("none"), days=3)
    with pytest.raises(OptionError, match="'footprint', the other of 'stress'"):
        catenary.compare(one, other)
    with pytest.raises(OptionError, match="instead of a Result"):
        catenary.compare(one, two_regions())  # type: ignore[arg-type]
