from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import catenary
from catenary import Matrix, World, Worlds
from catenary.errors import MissingDataError, OptionError, UnitError
from catenary.maths.structural import Year, polar_average
from catenary.testing import two_regions, worlds

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

pytestmark = pytest.mark.part("5.10")

EFFECTS = ["intensity", "technology", "mix", "level"]


def later(world: World, seed: int, unit: str | None = None) -> World:
    """Return the same economy some years on: every delivery larger or smaller."""
    rng = np.random.default_rng(seed)
    parts = {}
    for name in ("intermediate", "final"):
        old = world.matrix(name)
        # inputs only shrink, so that the economy stays able to reproduce itself
        low, high = (0.4, 1.0) if name == "intermediate" else (1.0, 2.0)
        values = old.dense * rng.uniform(low, high, old.dense.shape)
        parts[name] = Matrix(values, old.rows, old.columns, unit or old.unit)
    return world.with_(parts)


@given(
    worlds(dense=True, traded=True), st.integers(0, 99), st.sampled_from(["output", "value_added"])
)
@settings(max_examples=40)
def test_effects_sum_to_the_change_and_flip_with_the_years(
    world: World, seed: int, stressor: str
) -> None:
    years = Worlds({"a": world, "b": later(world, seed)})
    there = catenary.decomposition(years, stressor=stressor)
    back = catenary.decomposition(years, first="b", last="a", stressor=stressor)
    for name in ("regions", "products", "flows"):
        table, other = there.tables[name], back.tables[name]
        np.testing.assert_allclose(table[EFFECTS].sum(axis=1), table["change"], atol=1e-9)
        np.testing.assert_allclose(table["last"] - table["first"], table["change"], atol=1e-9)
        keys = [c for c in table if c not in (*EFFECTS, "first", "last", "change")]
        one = table.astype(dict.fromkeys(keys, "str")).set_index(keys).sort_index()
        two = other.astype(dict.fromkeys(keys, "str")).set_index(keys).sort_index()
        np.testing.assert_allclose(one[EFFECTS], -two[EFFECTS], atol=1e-9)
        assert table["change"].sum() == pytest.approx(there.effects["amount"][0], abs=1e-9)
    outputs = [catenary.position(w).producers["output"].sum() for w in years.values()]
    if stressor == "output":
        assert there.effects["amount"][0] == pytest.approx(outputs[1] - outputs[0], abs=1e-9)
        assert there.effects.set_index("effect").loc["intensity", "amount"] == pytest.approx(0.0)


def with_drawn_stocks(world: World, amount: float) -> World:
    """Return a world in which a producer without output delivers less than nothing."""
    producers = world.table("producers").reset_index()
    ids = [*world.ids("producers"), "drawn"]
    new = pd.DataFrame(
        {"id": ["drawn"], "region": producers["region"].iloc[:1].astype("str"),
         "product": producers["product"].iloc[:1].astype("str"), "output": [0.0]}
    )  # fmt: skip
    flows, final = world.matrix("intermediate"), world.matrix("final")
    sold = np.zeros((1, final.dense.shape[1]))
    sold[0, 0] = -amount
    return world.with_(
        producers=pd.concat([producers[list(new)], new], ignore_index=True),
        intermediate=Matrix(np.pad(flows.dense, (0, 1)), ids, ids, flows.unit),
        final=Matrix(np.concatenate([final.dense, sold]), ids, final.columns, final.unit),
    )


@given(worlds(dense=True, traded=True), st.integers(0, 99), st.floats(1e-6, 1e-5))
@settings(max_examples=25)
def test_mix_changes_no_value_added_of_the_world_even_where_stocks_are_drawn(
    world: World, seed: int, amount: float
) -> None:
    drawn = with_drawn_stocks(world, amount)
    years = Worlds({"a": drawn, "b": later(drawn, seed)})
    found = catenary.decomposition(years)
    by_effect = found.effects.set_index("effect")["amount"]
    assert by_effect["mix"] == pytest.approx(0.0, abs=1e-10)
    for label, column in (("a", "first"), ("b", "last")):
        bought = years[label].matrix("final").dense.sum()
        assert found.regions[column].sum() == pytest.approx(bought, rel=1e-12)


@given(worlds(dense=True, traded=True))
@settings(max_examples=20)
def test_no_change_has_no_effects(world: World) -> None:
    result = catenary.decomposition(Worlds({"a": world, "b": world}))
    assert (result.effects["amount"] == 0).all()
    assert (result.flows[EFFECTS] == 0).all(axis=None)


def test_the_polar_average_is_the_mean_of_two_orders_one_factor_at_a_time() -> None:
    rng = np.random.default_rng(3)

    def year() -> Year:
        M = rng.random((4, 2))  # noqa: N806
        A = rng.random((4, 4)) / 6  # noqa: N806
        return Year(rng.random(4), A, M / M.sum(axis=0), rng.random(2))

    first, last = year(), year()
    names = {"intensity": "s", "technology": "A", "mix": "M", "level": "g"}

    def value(chosen: dict[str, Year]) -> Array:
        s, A, M, g = (getattr(chosen[name], key) for name, key in names.items())  # noqa: N806
        total: Array = s[:, None] * np.linalg.solve(np.eye(4) - A, M) * g[None, :]
        return total

    def one_by_one(order: tuple[str, ...]) -> dict[str, Array]:
        chosen, effects = dict.fromkeys(names, first), {}
        for name in order:
            before = value(chosen)
            chosen = {**chosen, name: last}
            effects[name] = value(chosen) - before
        return effects

    forward, backward = one_by_one(tuple(names)), one_by_one(tuple(reversed(names)))
    found = polar_average(first, last)
    for name in names:
        np.testing.assert_allclose(found[name], (forward[name] + backward[name]) / 2, atol=1e-12)
    # Dietzenbacher & Los (1998): near the mean of all 24 orders, and within their range
    every = [one_by_one(order) for order in permutations(names)]
    for name in names:
        values = np.array([effects[name] for effects in every])
        assert (found[name] >= values.min(axis=0) - 1e-12).all()
        assert (found[name] <= values.max(axis=0) + 1e-12).all()


def test_a_pure_change_of_one_factor_is_that_effect() -> None:
    world = two_regions()
    ids, users = world.ids("producers"), world.ids("consumers")
    dirtier = world.with_(stressors=Matrix([[16.0, 8.0]], ["co2"], ids, "t/year"))
    found = catenary.decomposition(Worlds({"a": world, "b": dirtier}), stressor="co2")
    amount = found.effects.set_index("effect")["amount"]
    assert amount["intensity"] == pytest.approx(12)
    assert amount[["technology", "mix", "level"]].abs().max() == pytest.approx(0)
    twice = world.with_(
        intermediate=Matrix(2 * world.matrix("intermediate").dense, ids, ids, "USD/year"),
        final=Matrix(2 * world.matrix("final").dense, ids, users, "USD/year"),
    )
    grown = catenary.decomposition(Worlds({"a": world, "b": twice}), stressor="output")
    amount = grown.effects.set_index("effect")["amount"]
    assert amount["level"] == pytest.approx(28)
    assert amount[["intensity", "technology", "mix"]].abs().max() == pytest.approx(0, abs=1e-12)
    # all of it is prices: deflated by 2, nothing changed
    real = catenary.decomposition(Worlds({"a": world, "b": twice}), stressor="output", deflator=2.0)
    assert real.effects["amount"].abs().max() == pytest.approx(0, abs=1e-12)
    assert (real.effects["prices"] == "deflated").all()


def test_amounts_are_nominal_unless_units_say_otherwise() -> None:
    def in_unit(unit: str) -> World:
        world = two_regions()
        parts = {
            name: Matrix(world.matrix(name).dense, world.matrix(name).rows,
                         world.matrix(name).columns, unit)
            for name in ("intermediate", "final")
        }  # fmt: skip
        return world.with_(parts)

    def prices(one: str, other: str) -> tuple[str, str, bool]:
        found = catenary.decomposition(Worlds({"a": in_unit(one), "b": in_unit(other)}))
        told = any("nominal" in warning for warning in found.run.warnings)
        return found.effects["prices"][0], found.effects["unit"][0], told

    assert prices("MUSD(1995)/year", "MUSD(2011)/year") == ("nominal", "MUSD/year", True)
    assert prices("USD/year", "USD/year") == ("nominal", "USD/year", True)
    assert prices("MUSD(1995)/year", "MUSD(1995)/year") == ("constant", "MUSD(1995)/year", False)
    thousand = catenary.decomposition(
        Worlds({"a": in_unit("GUSD/year"), "b": in_unit("MUSD/year")}), stressor="output"
    )
    assert thousand.effects["amount"][0] == pytest.approx(28 / 1000 - 28)
    with pytest.raises(UnitError, match="cannot be converted"):
        prices("USD/year", "EUR/year")


def test_a_country_missing_in_one_year_is_a_named_warning() -> None:
    world = two_regions()
    ids = ["AAA.goods"]
    alone = World(
        {
            "regions": pd.DataFrame({"id": ["AAA"]}),
            "products": world.table("products"),
            "producers": world.table("producers").loc[ids],
            "consumers": pd.DataFrame({"id": ["AAA.all"], "region": ["AAA"]}),
            "intermediate": Matrix([[8.0]], ids, ids, "USD/year"),
            "final": Matrix([[8.0]], ids, ["AAA.all"], "USD/year"),
        }
    )
    years = Worlds({"1995": alone, "2011": world})
    found = catenary.decomposition(years)
    assert any("BBB" in told and "1995" in told for told in found.run.warnings)
    table = found.regions
    np.testing.assert_allclose(table[EFFECTS].sum(axis=1), table["change"], atol=1e-12)
    assert table.set_index("region").loc["BBB", "first"] == 0
    # what runs on each year says so as well, and its table has no row that nobody measured
    each = catenary.position(years)
    assert any("BBB" in told and "1995" in told for told in each.run.warnings)
    assert catenary.over(years, catenary.linkages).run.warnings == tuple(
        catenary.linkages(years).run.warnings
    )
    assert len(each.regions) == 3
    assert not any("missing" in told for told in catenary.position(
        Worlds({"a": world, "b": world})).run.warnings)  # fmt: skip


def test_years_of_wiod_are_read_saved_and_decomposed(shared: Path, tmp_path: Path) -> None:
    years = catenary.read("wiod", shared / "data" / "wiod2013", years="1995,2011")
    assert list(years) == ["1995", "2011"]
    catenary.save(years, tmp_path / "years.world")
    again = catenary.load(tmp_path / "years.world")
    assert isinstance(again, Worlds)
    result = catenary.decomposition(again)
    assert result.run.world == years.digest
    gdp = [world.matrix("value_added").dense.sum() for world in years.values()]
    amount = result.effects.set_index("effect")["amount"]
    assert amount["change"] == pytest.approx(gdp[1] - gdp[0], rel=1e-3)
    for world, column in zip(years.values(), ("first", "last"), strict=True):
        prints = catenary.footprint(world, stressor="value_added").regions["consumption"]
        assert result.regions[column].sum() == pytest.approx(prints.sum(), rel=1e-12)
    assert amount["mix"] == pytest.approx(0.0, abs=1e-6)
    assert amount[EFFECTS].sum() == pytest.approx(amount["change"])
    # world value added per unit of final demand is 1 in both years: only its level can change it
    assert amount["level"] == pytest.approx(amount["change"], rel=1e-6)
    assert amount["intensity"] == pytest.approx(-amount["technology"], rel=1e-3)
    assert (result.effects["prices"] == "nominal").all()
    merged = catenary.decomposition(again, merge="EU27")
    assert "EU27" in set(merged.regions["region"])
    assert merged.regions["change"].sum() == pytest.approx(amount["change"])


def test_bad_input_is_named(shared: Path) -> None:
    place = shared / "data" / "wiod2013"
    for given_years, words in (
        ("1995,x", "'x' is no year"),
        ("", "years is ''"),
        ("1995,1995", "once"),
    ):
        with pytest.raises(OptionError) as caught:
            catenary.read("wiod", place, years=given_years)
        assert words in str(caught.value) + caught.value.hint
    with pytest.raises(OptionError, match="both year and years"):
        catenary.read("wiod", place, years="1995", year=1995)
    with pytest.raises(OptionError, match="reads no years"):
        catenary.read("folder", place, years="1995")
    world = two_regions()
    years = Worlds({"a": world, "b": world})
    with pytest.raises(OptionError, match="instead of several worlds"):
        catenary.decomposition(world)
    with pytest.raises(OptionError, match="no world 'c'"):
        catenary.decomposition(years, last="c")
    with pytest.raises(OptionError, match="first and last are both 'a'"):
        catenary.decomposition(years, last="a")
    with pytest.raises(OptionError, match="no stressor 'so2'"):
        catenary.decomposition(years, stressor="so2")
    with pytest.raises(MissingDataError, match="final"):
        catenary.decomposition(Worlds({"a": world, "b": world.without("final")}))
