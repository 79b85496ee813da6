"""`stocks`: survival of chains that can be reckoned by hand, targets that close every gap."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

import catenary
from catenary import World
from catenary.errors import ComputationError, MissingDataError, OptionError
from catenary.testing import serial_chain, two_regions

pytestmark = pytest.mark.part("8.4")


@settings(deadline=None, max_examples=10)
@given(length=st.integers(1, 5), stock=st.floats(0, 20), days=st.floats(1, 40))
def test_a_line_survives_on_the_stock_below_the_stop(
    length: int, stock: float, days: float
) -> None:
    found = catenary.stocks(serial_chain(length, stock_days=stock), recovery_days=days)
    lasting = found.survival.set_index("producer")["survive"]
    for k in range(length):
        assert lasting[f"AAA.s{k}"] == pytest.approx(stock * (length - 1 - k), abs=1e-6)
    # the last stage has nobody below it: only finished goods help, and they help everybody
    assert found.plan["cost"].iloc[0] == pytest.approx(days, rel=1e-6)
    assert found.targets["input"].tolist() == [f"s{length - 1}"]


def test_targets_close_every_gap() -> None:
    world = serial_chain(3, stock_days=5)
    makers = world.table("producers").assign(recovery_days=[40.0, 12.0, 0.0])
    world = world.with_(producers=makers)
    found = catenary.stocks(world)
    assert found.survival.set_index("producer")["at_risk"].to_dict() == {
        "AAA.s0": True, "AAA.s1": True, "AAA.s2": False,
    }  # fmt: skip
    # s0 is away for 40 days, of which the stocks of s1 and s2 cover 10; s1 for 12, of which 5
    assert found.plan["cost"].iloc[0] == pytest.approx(30, rel=1e-5)
    more = found.targets.set_index("producer")
    stocks = pd.DataFrame(
        {
            "producer": ["AAA.s1", "AAA.s2"], "input": ["s0", "s1"],
            "target_days": [
                more["target"].get("AAA.s1", 5.0), more["target"].get("AAA.s2", 5.0)
            ],
        }
    )  # fmt: skip
    again = catenary.stocks(world.with_(stocks=stocks))
    assert not again.survival["at_risk"].any()
    assert again.plan["cost"].iloc[0] == 0
    assert "served while any one" in again.summary()


def test_safety_stock_of_one_stage_is_the_bound_of_its_demand() -> None:
    found = catenary.stocks(serial_chain(1), process=9, variation=0.2, level=0.9, holding=0.25)
    one = found.stages.iloc[0]
    assert one["cover"] == 9
    assert one["safety_stock"] == pytest.approx(norm.ppf(0.9) * 0.2 * 3)
    assert one["base_stock"] == pytest.approx(9 + one["safety_stock"])
    patient = catenary.stocks(serial_chain(1), process=9, service=9)
    assert patient.stages["safety_stock"].iloc[0] == 0


def test_a_built_in_chain_has_targets_that_hold() -> None:
    world = catenary.load("chains:pooled")
    assert isinstance(world, World)
    found = catenary.stocks(world, product="rare_earths", recovery_days=60)
    one = found.plan.iloc[0]
    assert one["at_risk"] == found.survival["at_risk"].sum() > 0
    assert (found.survival["lost"] >= 0).all()
    assert found.survival["index"].max() == pytest.approx(1)
    assert found.figures()["value"].notna().all()
    longer = catenary.stocks(world, product="rare_earths", recovery_days=90)
    assert longer.plan["cost"].iloc[0] >= one["cost"]
    # a recovery of a day more for everybody costs what the prices of days add up to, or more
    slope = (longer.plan["cost"].iloc[0] - one["cost"]) / 30
    assert slope >= found.survival["day_cost"].sum() * (1 - 1e-5)
    assert np.isfinite(found.stages["holding"]).all()


def test_what_is_lacking_is_said() -> None:
    with pytest.raises(MissingDataError, match="no table 'supplies'"):
        catenary.stocks(two_regions())
    with pytest.raises(OptionError, match="product names 's9'"):
        catenary.stocks(serial_chain(3), product="s9")


def test_goods_that_are_handed_on_are_a_stage_at_every_step() -> None:
    ids = ["AAA.plant", "AAA.depot", "AAA.shop"]
    world = World(
        {
            "regions": pd.DataFrame({"id": ["AAA"]}),
            "products": pd.DataFrame({"id": ["chair"]}),
            "producers": pd.DataFrame(
                {"id": ids, "region": "AAA", "product": "chair", "output": 1.0}
            ),
            "supplies": pd.DataFrame({"supplier": ids[:2], "buyer": ids[1:], "quantity": 1.0}),
            "demand": pd.DataFrame(
                {"product": ["chair"], "supplier": ids[2:], "region": ["AAA"], "quantity": [1.0]}
            ),
        }
    )
    stages = catenary.stocks(world, process=2).stages
    assert stages["step"].tolist() == [0, 1, 2]
    line = catenary.stocks(serial_chain(3), process=2).stages
    same = ["process", "inbound", "service", "cover", "demand", "base_stock"]
    assert stages[same].equals(line[same])
    back = pd.DataFrame(
        {"supplier": ids[1:] + ids[:2], "buyer": ids[:2] + ids[1:], "quantity": 1.0}
    )
    with pytest.raises(ComputationError, match="circle"):
        catenary.stocks(world.with_(supplies=back))
