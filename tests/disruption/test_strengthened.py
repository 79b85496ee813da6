"""What measures do to losses of capacity: protection and faster recovery."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import catenary
from catenary import Change, Recovery, Scenario, World
from catenary.disruption.losses import CapacityLosses, losses_of
from catenary.errors import ScenarioError
from catenary.model.change import CAPACITIES
from catenary.testing import serial_chain, worlds

pytestmark = pytest.mark.part("8.1")

DAYS = 50
CURVES = st.sampled_from(["linear", "convex", "convex_scaled", "concave", "step", "own"])


def recovery_of(curve: str, days: float) -> Recovery:
    """Return a recovery of about so many days."""
    if curve == "own":
        return Recovery(curve="own", values=tuple(np.linspace(0.9, 0.1, max(1, int(days)))))
    return Recovery.of({"curve": curve, "days": days})


@st.composite
def shocks(draw: st.DrawFn, world: World, *, gains: bool = False) -> Scenario:
    """Draw losses of one or two kinds of capacity, each of at most half."""
    changes = []
    for target in draw(st.sampled_from([CAPACITIES[:1], CAPACITIES[1:]])):
        for label in world.ids("producers"):
            least = 1.0 if not draw(st.booleans()) else 0.5
            changes.append(
                Change(
                    target=target, where={"id": str(label)},
                    multiply=draw(st.floats(least, 1.2 if gains else 1.0)),
                    start=draw(st.integers(0, 10)), days=draw(st.integers(0, 10)),
                    recovery=recovery_of(draw(CURVES), draw(st.integers(2, 30))),
                )
            )  # fmt: skip
    return Scenario("drawn", tuple(changes))


def with_columns(world: World, **columns: Any) -> World:
    """Return a world whose producers have other numbers."""
    return world.with_(producers=world.table("producers").assign(**columns))


@given(data=st.data(), world=worlds())
@settings(max_examples=25)
def test_without_protection_losses_are_what_the_scenario_says_to_the_bit(
    data: st.DataObject, world: World
) -> None:
    scenario = data.draw(shocks(world, gains=True))
    timeline = scenario.compile(world)
    when = np.arange(DAYS, dtype=float)
    affected, losses = losses_of(world, timeline, DAYS)
    largest = np.full(losses.shape, -np.inf)
    for target in CAPACITIES:
        stated = timeline.losses(world, target, when)
        at = np.searchsorted(affected, stated.producers)
        largest[:, at] = np.maximum(largest[:, at], stated.by_day)
    assert np.array_equal(losses, np.minimum(largest, 1))


@given(data=st.data(), world=worlds(), protection=st.floats(0, 1), more=st.floats(0, 1))
@settings(max_examples=25)
def test_more_protection_and_faster_recovery_never_lose_more(
    data: st.DataObject, world: World, protection: float, more: float
) -> None:
    compiled = CapacityLosses.of(world, data.draw(shocks(world)).compile(world), DAYS)
    count = len(world.ids("producers"))
    recovery = data.draw(st.floats(0, 3))
    _, before = compiled.under(np.full(count, protection), np.full(count, recovery))
    more = protection + more * (1 - protection)
    _, less = compiled.under(np.full(count, more), np.full(count, recovery))
    assert (less <= before + 1e-15).all()
    _, sooner = compiled.under(np.full(count, protection), np.full(count, recovery / 2))
    assert (sooner <= before + 1e-9).all()
    who, none = compiled.under(np.ones(count), np.full(count, recovery))
    assert (none == 0).all()
    assert (compiled.under(np.zeros(count), np.ones(count))[1] == compiled.stated).all()
    # one producer's protection is its own affair
    one = np.zeros(count)
    one[who[:1]] = 0.5
    _, alone = compiled.under(one, np.ones(count))
    assert np.array_equal(alone[:, 1:], compiled.stated[:, 1:])
    np.testing.assert_allclose(alone[:, :1], 0.5 * compiled.stated[:, :1], atol=1e-15)


@given(curve=CURVES, days=st.integers(2, 40), times=st.sampled_from([2, 3, 0.5]))
def test_recovery_in_other_time_is_the_curve_in_other_time(
    curve: str, days: int, times: float
) -> None:
    """`times` as long: what was left after k days is left after times × k days."""
    change = Change(
        target="producers.capacity", multiply=0.5, start=3, days=4,
        recovery=recovery_of(curve, days),
    )  # fmt: skip
    k = np.arange(1, 60, dtype=float)
    usual = change.strength(6 + k)
    np.testing.assert_allclose(change.strength(6 + k * times, times), usual, atol=1e-8)
    full = np.arange(0, 7, dtype=float)
    assert np.array_equal(change.strength(full, times), change.strength(full))
    bare = replace(change, recovery=None)
    every = np.arange(80, dtype=float)
    assert np.array_equal(change.strength(every, 0.0), bare.strength(every))


def test_a_linear_recovery_in_half_the_time_is_a_linear_recovery_of_half_the_days() -> None:
    days = np.arange(60, dtype=float)
    change = Change(target="producers.capacity", multiply=0.2, days=5, recovery=Recovery(days=40))
    twice = replace(change, recovery=Recovery(days=20))
    np.testing.assert_allclose(change.strength(days, 0.5), twice.strength(days), atol=1e-9)
    assert not np.allclose(change.strength(days), twice.strength(days))


@given(data=st.data(), world=worlds())
@settings(max_examples=10)
def test_a_protected_world_under_a_shock_is_a_world_without_one(
    data: st.DataObject, world: World
) -> None:
    scenario = data.draw(shocks(world))
    measure = Scenario("m", (Change(target="producers.protection", set=1, kind="measure"),))
    found = catenary.stress(world, scenario=scenario, measures=measure, days=40)
    assert (found.losses["loss"].abs() <= 1e-9).all()
    assert (found.checks["output"] - 1).abs().max() <= 1e-12


@given(data=st.data(), world=worlds())
@settings(max_examples=10)
def test_columns_of_the_world_and_changes_say_the_same(data: st.DataObject, world: World) -> None:
    scenario = data.draw(shocks(world))
    protection, recovery = data.draw(st.floats(0, 1)), data.draw(st.floats(0, 2))
    where = {"id": str(world.ids("producers")[0])}
    measures = Scenario(
        "m",
        (
            Change(target="producers.protection", where=where, set=protection, kind="measure"),
            Change(target="producers.recovery", where=where, multiply=recovery, kind="measure"),
        ),
    )
    first = np.arange(len(world.ids("producers"))) == 0
    other = with_columns(
        world,
        protection=np.where(first, protection, 0.0),
        recovery=np.where(first, recovery, 1.0),
    )
    changed = catenary.stress(world, scenario=scenario, measures=measures, days=40)
    stated = catenary.stress(other, scenario=scenario, days=40)
    pd.testing.assert_frame_equal(changed.output, stated.output)
    pd.testing.assert_frame_equal(changed.losses, stated.losses)


def test_protection_averts_its_share_and_leaves_what_measures_add() -> None:
    world = serial_chain(2)
    shock = Change(target="producers.capacity", where={"id": "AAA.s0"}, multiply=0.4, days=3)
    spare = replace(shock, multiply=1.1, kind="measure", days=None, cost={"usd": 1.0})
    timeline = Scenario("s", (shock, spare)).compile(world)
    helped = with_columns(world, protection=[0.5, 0.0])
    assert losses_of(world, timeline, 4)[1][:, 0].tolist() == pytest.approx([0.5, 0.5, 0.5, -0.1])
    assert losses_of(helped, timeline, 4)[1][:, 0].tolist() == pytest.approx([0.2, 0.2, 0.2, -0.1])


def test_protected_capital_is_not_destroyed_and_need_not_be_rebuilt() -> None:
    world = with_columns(serial_chain(3), capital=100.0)
    quake = Change(
        target="producers.capital", where={"id": "AAA.s0"}, multiply=0.5, start=2, days=1,
        recovery=Recovery(curve="rebuild", days=20, products={"s2": 1.0}),
    )  # fmt: skip
    scenario = Scenario("s", (quake,))
    bare = catenary.stress(world, scenario=scenario, days=30).checks["to_rebuild"].max()
    half = with_columns(world, protection=[0.5, 0.0, 0.0])
    helped = catenary.stress(half, scenario=scenario, days=30).checks["to_rebuild"].max()
    assert bare > 0
    assert helped == pytest.approx(bare / 2)


def test_losses_add_up_to_100_percent_as_the_scenario_says_them() -> None:
    """Protection does not excuse a scenario that loses more than there is."""
    world = with_columns(serial_chain(2), protection=0.9)
    lost = Change(target="producers.capacity", where={"id": "AAA.s0"}, multiply=0.3, days=3)
    with pytest.raises(ScenarioError, match="more than 100 %"):
        catenary.stress(world, scenario=Scenario("s", (lost, lost)), days=10)


def test_a_protection_that_is_none_is_refused() -> None:
    world = serial_chain(2)
    much = Scenario("much", (Change(target="producers.protection", add=1.4),))
    with pytest.raises(ScenarioError, match=r"'much'.*protection.*1\.4"):
        catenary.stress(world, scenario=much, days=10)
    later = Scenario("later", (Change(target="producers.recovery", set=0.5, start=3),))
    with pytest.raises(ScenarioError, match="for a while"):
        catenary.stress(world, scenario=later, days=10)
