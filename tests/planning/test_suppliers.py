"""`suppliers`: laws of the ranking, and worlds of every kind."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import catenary
from catenary import World
from catenary.errors import OptionError
from catenary.maths import meaning
from catenary.testing import small_offers

pytestmark = pytest.mark.part("8.5")


def drawn(seed: int, count: int = 6) -> World:
    rng = np.random.default_rng(seed)
    offers = pd.DataFrame(
        {
            "id": [f"o{k}" for k in range(count)], "product": "cells",
            "region": rng.choice(["AAA", "BBB", "CCC"], count),
            "price": rng.integers(1, 9, count).astype(float),
            "capacity": rng.integers(1, 9, count).astype(float),
            "lead_time": rng.integers(1, 9, count).astype(float),
            "risk": rng.integers(0, 3, count) / 10, "emissions": rng.integers(1, 9, count) * 1.0,
        }
    )  # fmt: skip
    return small_offers().with_(offers=offers)


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10**6))
def test_whoever_is_better_in_everything_ranks_before(seed: int) -> None:
    found = catenary.suppliers(drawn(seed), product="cells").candidates
    good = found[["capacity"]].assign(
        cost=-found["cost"], days=-found["days"], risk=-found["risk"], e=-found["emissions"]
    )
    values, rank, front = good.to_numpy(), found["rank"].to_numpy(), found["front"].to_numpy()
    for i, one in enumerate(values):
        for j, other in enumerate(values):
            if (one >= other).all() and (one > other).any():
                assert rank[i] < rank[j]
                assert not front[j]


@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 10**6))
def test_the_order_of_the_list_does_not_matter(seed: int) -> None:
    world = drawn(seed)
    offers = world.table("offers").reset_index()
    order = np.random.default_rng(seed).permutation(len(offers))
    other = world.with_(offers=offers.iloc[order])
    one, two = (catenary.suppliers(w, product="cells").candidates for w in (world, other))
    pd.testing.assert_frame_equal(one, two)


def test_all_weight_on_one_measure_ranks_by_it() -> None:
    world = drawn(3)
    rest = "days=0,emissions=0,capacity=0,risk=0,relatedness=0"
    found = catenary.suppliers(world, product="cells", weights=f"cost=1,{rest}")
    assert found.candidates["cost"].is_monotonic_increasing
    assert found.measures.set_index("measure").loc["cost", "weight"] == 1
    assert (found.candidates["rank_low"] == found.candidates["rank_high"]).all()


def test_a_text_finds_who_can_do_it_and_regions_can_be_avoided() -> None:
    world = small_offers()
    offers = world.table("offers").assign(
        capability=["prismatic cells for buses", "pouch cells, cell chemistry", "steel cans"]
    )
    world = world.with_(offers=offers)
    only = "cost=0,days=0,emissions=0,capacity=0"
    found = catenary.suppliers(world, product="cells", text="pouch cell", weights=only)
    assert found.candidates["supplier"].iloc[0] == "far"
    left = catenary.suppliers(world, product="cells", avoid="AAA").candidates
    assert left["supplier"].tolist() == ["far"]
    with pytest.raises(OptionError, match="nobody who offers"):
        catenary.suppliers(world, product="cells", avoid="AAA,BBB")


def test_meaning_finds_what_shares_no_word() -> None:
    pytest.importorskip("wordllama")
    world = small_offers()
    offers = world.table("offers").assign(
        capability=["steel pipes and tubes", "maker of rechargeable batteries", "cotton shirts"]
    )
    asked: dict[str, Any] = {
        "product": "cells", "text": "lithium-ion accumulators",
        "weights": "cost=0,days=0,emissions=0,capacity=0",
    }  # fmt: skip
    by_words = catenary.suppliers(world.with_(offers=offers), **asked).candidates
    found = catenary.suppliers(world.with_(offers=offers), alike="meaning", **asked).candidates
    assert found["supplier"].iloc[0] == "far"
    assert found["wording"].between(0, 1).all()
    assert by_words["wording"].max() < 0.2
    again = catenary.suppliers(world.with_(offers=offers), alike="meaning", **asked).candidates
    assert again.equals(found)


def test_meaning_without_its_model_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "wordllama", None)
    meaning._model.cache_clear()
    with pytest.raises(OptionError, match="model that is not installed") as told:
        catenary.suppliers(small_offers(), product="cells", text="pouch cell", alike="meaning")
    assert "catenary[meaning]" in str(told.value.hint)
    meaning._model.cache_clear()


def test_a_built_in_chain_has_candidates_with_relatedness() -> None:
    world = catenary.load("chains:pooled")
    assert isinstance(world, World)
    found = catenary.suppliers(world, product="batteries.cathode", region="USA", spare=0.2)
    assert found.candidates["relatedness"].between(0, 1).all()
    assert "relatedness" in set(found.measures["measure"])
    assert len(found.candidates) > 1
    assert found.figures()["value"].iloc[0] == len(found.candidates)
    assert "candidates from" in found.summary()


def test_wrong_weights_are_named() -> None:
    with pytest.raises(OptionError, match="weights names 'prise'"):
        catenary.suppliers(small_offers(), product="cells", weights="prise=2")
    with pytest.raises(OptionError, match="weights gives 'cost=x'"):
        catenary.suppliers(small_offers(), product="cells", weights="cost=x")
    zero = "cost=0,days=0,emissions=0,capacity=0"
    with pytest.raises(OptionError, match="any weight"):
        catenary.suppliers(small_offers(), product="cells", weights=zero)
    with pytest.raises(OptionError, match="avoid names 'XXX'"):
        catenary.suppliers(small_offers(), product="cells", avoid="XXX")
