from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

from catenary import Matrix, World
from catenary.economy.accounts import Accounts
from catenary.errors import DataError, OptionError
from catenary.testing import two_regions, worlds

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.part("5.1")


@given(worlds(dense=True))
@settings(max_examples=30)
def test_what_is_sold_is_bought_or_earned(world: World) -> None:
    accounts = Accounts.of(world)
    np.testing.assert_allclose(
        accounts.flows.sum(axis=0) + accounts.value_added, accounts.output, rtol=1e-12
    )
    assert accounts.value_added.sum() == pytest.approx(accounts.final.sum())
    np.testing.assert_allclose(
        accounts.inverse @ accounts.final.sum(axis=1), accounts.output, rtol=1e-9
    )
    home = accounts.by_region(accounts.exports)[np.arange(len(accounts.regions)), :]
    assert not np.diag(home).any()


def test_merged_regions_do_not_export_to_each_other(shared: Path) -> None:
    import catenary  # noqa: PLC0415  reading is what takes long

    world = catenary.read("wiod", shared / "data" / "wiod2013", year=2011)
    assert isinstance(world, World)
    plain, merged = Accounts.of(world), Accounts.of(world, merge="EU27")
    inside = plain.regions.isin(["DEU", "FRA", "AUT"])
    assert "EU27" in merged.regions
    assert not merged.regions.isin(["DEU", "FRA", "AUT"]).any()
    assert inside.sum() == 3
    np.testing.assert_allclose(merged.final.sum(axis=1), plain.final.sum(axis=1))
    assert merged.exports.sum() < plain.exports.sum()
    outside = merged.regions.get_loc("USA")
    np.testing.assert_allclose(
        merged.exports[:, outside], plain.exports[:, plain.regions.get_loc("USA")]
    )


def test_groups_of_the_world_come_first_and_may_not_overlap() -> None:
    world = two_regions().with_(
        regions=pd.DataFrame({"id": ["G", "AAA", "BBB"], "parent": ["", "G", "G"]})
    )
    assert "G" in Accounts.of(world, merge="G").regions
    with pytest.raises(OptionError, match="no group of regions 'EU28'") as caught:
        Accounts.of(world, merge="EU28")
    assert "EU27" in caught.value.hint
    with pytest.raises(OptionError, match="no region of this world belongs to EU27"):
        Accounts.of(world, merge="EU27")
    both = two_regions().with_(
        regions=pd.DataFrame({"id": ["G", "H", "AAA", "BBB"], "parent": ["", "", "G", "G;H"]})
    )
    with pytest.raises(OptionError, match="H shares BBB"):
        Accounts.of(both, merge="G,H")


def test_what_does_not_balance_is_said() -> None:
    world = two_regions()
    ids = world.ids("producers")
    stated = Matrix(np.array([[4.0, 6.0]]), ["wages"], ids, "USD/year")
    warning = Accounts.of(world.with_(value_added=stated)).warnings
    assert len(warning) == 1
    assert "BBB.goods" in warning[0]
    assert not Accounts.of(
        world.with_(value_added=Matrix([[4.0, 5.0]], ["wages"], ids, "USD/year"))
    ).warnings


def test_negative_value_added_and_idle_buyers_are_said() -> None:
    world = two_regions()
    ids, users = world.ids("producers"), world.ids("consumers")
    dear = world.with_(intermediate=Matrix([[8.0, 15.0], [4.0, 2.0]], ids, ids, "USD/year"))
    assert "negative value added" in Accounts.of(dear).warnings[0]
    idle = world.with_(
        intermediate=Matrix([[8.0, 5.0], [0.0, 0.0]], ids, ids, "USD/year"),
        final=Matrix([[3.0, 0.0], [0.0, 0.0]], ids, users, "USD/year"),
    )
    accounts = Accounts.of(idle)
    assert "(BBB.goods)" in accounts.warnings[0]
    assert np.isfinite(accounts.inverse).all()
    drawn = world.with_(final=Matrix([[3.0, 0.0], [0.0, -9.0]], ids, users, "USD/year"))
    with pytest.raises(DataError, match=r"BBB\.goods"):
        Accounts.of(drawn)
