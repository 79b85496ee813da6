"""What is said of small shares, unknown costs, rents and groups without members."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import catenary
from catenary import Change, Scenario
from catenary.cli.showing import _cell
from catenary.errors import DataError, OptionError, ScenarioError
from catenary.testing import trading_world, two_regions


@pytest.mark.part("7.7")
@given(st.floats(1e-7, 0.5), st.sampled_from([-1, 1]))
def test_a_share_in_a_table_is_right_to_half_of_its_last_digit(share: float, sign: int) -> None:
    told = float(_cell(sign * share, "share").rstrip("%")) / 100
    assert told == pytest.approx(sign * share, rel=6e-3 if share < 0.01 else 6e-2)


@pytest.mark.part("7.3")
def test_a_share_of_unknown_costs_is_told() -> None:
    found = catenary.facilitation(two_regions(), border_measures="agreement_costs")
    assert any("a share of links.iceberg was asked for" in text for text in found.run.warnings)
    known = catenary.facilitation(two_regions(), border_measures="agreement_costs", iceberg=0.1)
    assert not any("was asked for" in text for text in known.run.warnings)


@pytest.mark.part("7.3")
def test_rents_alone_are_told_as_what_buyers_pay() -> None:
    links = pd.DataFrame({"origin": ["AAA"], "destination": ["BBB"], "rent": [0.2]})
    less = Scenario("less", (Change(target="links.rent", set=0.1),))
    found = catenary.facilitation(
        two_regions().with_(links=links), scenario=less, product="", at=""
    )
    rents = found.basis["rents"].iloc[0]
    assert found.basis["worth"].iloc[0] == 0
    assert f"{rents:+,.6g}" in found.summary()
    assert "no longer used up" not in found.summary()


@pytest.mark.part("7.3")
def test_a_group_without_members_here_is_called_that() -> None:
    with pytest.raises(OptionError, match="no member here"):
        catenary.facilitation(trading_world(1), border_days=1, at="LDC", duration=20)


@pytest.mark.part("7.1")
def test_a_negative_cost_where_none_is_known_is_not_to_be_multiplied() -> None:
    less = Scenario("less", (Change(target="links.iceberg", add=-0.1),))
    with pytest.raises(ScenarioError) as told:
        catenary.counterfactual(two_regions(), scenario=less, elasticity=4)
    assert "not known" in told.value.hint
    assert "multiply" not in told.value.hint


@pytest.mark.part("7.1")
def test_several_who_trade_with_nobody_are_told_in_good_grammar() -> None:
    world = trading_world(1, traded=0)
    with pytest.raises(DataError, match="nobody trades with R0, R1, R2 and R3"):
        catenary.counterfactual(world, scenario=Scenario("nothing"), elasticity=4)


@pytest.mark.part("7.1")
def test_days_that_nobody_knows_cannot_be_saved() -> None:
    less = Scenario("less", (Change(target="links.duration", add=-1),))
    with pytest.raises(ScenarioError, match="-1 days, from 0"):
        catenary.counterfactual(two_regions(), scenario=less, elasticity=4, day_value=0.01)
