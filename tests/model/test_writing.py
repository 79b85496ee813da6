"""Scenarios as TOML that people edit: what is written is read back the same."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catenary import Change, Recovery, Scenario
from catenary.model.writing import toml

pytestmark = pytest.mark.part("8.1")

# all that a TOML file can hold: no halves of surrogate pairs
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
names = texts.filter(str.strip)
numbers = st.floats(-1e12, 1e12, allow_nan=False) | st.integers(-(10**9), 10**9)
labels = names | st.lists(names, min_size=1, max_size=3)
wheres = st.dictionaries(st.sampled_from(["region", "product", "id"]), labels, max_size=2)


@st.composite
def recoveries(draw: st.DrawFn) -> Recovery:
    if draw(st.booleans()):
        values = draw(st.lists(st.floats(0, 1), min_size=1, max_size=4))
        return Recovery(curve="own", values=tuple(values))
    return Recovery(curve="convex", days=draw(st.floats(0.5, 1e4)))


@st.composite
def changes(draw: st.DrawFn, sources: list[str]) -> Change:
    operation = draw(st.sampled_from(["multiply", "set", "add"]))
    number = draw(st.floats(0, 1e9) if operation == "multiply" else numbers)
    days = draw(st.none() | st.floats(0, 1e4))
    more: dict[str, Any] = {operation: number}
    if draw(st.booleans()):
        more["cost"] = {"usd": draw(st.floats(0, 1e15)), "co2e_t": draw(numbers)}
    if draw(st.booleans()):
        more["uncertain"] = {operation: {"distribution": "uniform", "low": 0.25, "high": 1e3}}
    return Change(
        target="producers.capacity", where=draw(wheres), start=draw(st.floats(0, 1e4)), days=days,
        recovery=draw(recoveries()) if days is not None and draw(st.booleans()) else None,
        kind=draw(st.sampled_from(["shock", "measure"])), measure=draw(texts), note=draw(texts),
        source=draw(st.sampled_from(["", *sources])), **more,
    )  # fmt: skip


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    ids = draw(st.lists(names, max_size=2, unique=True))
    rows = [
        {"id": label, "kind": "assumption", "title": draw(names), "statement": draw(names),
         "published": 2024}
        for label in ids
    ]  # fmt: skip
    return Scenario(
        draw(texts), tuple(draw(st.lists(changes(ids), max_size=4))), title=draw(texts),
        description=draw(texts), world=draw(texts), sources=tuple(rows),
    )  # fmt: skip


@settings(max_examples=60)
@given(scenario=scenarios(), comment=texts)
def test_a_scenario_that_is_written_is_read_back_the_same(scenario: Scenario, comment: str) -> None:
    assert Scenario.of(scenario.to_dict()) == scenario
    assert Scenario.parse(scenario.to_toml(), name="other") == scenario
    said = "".join(c for c in comment if c.isprintable() or c == "\n")
    assert Scenario.parse(scenario.to_toml(comment=said)) == scenario


plain = st.recursive(
    texts | st.booleans() | st.integers(-(10**12), 10**12) | st.floats(allow_nan=False,
                                                                      allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@settings(max_examples=60)
@given(data=st.dictionaries(texts, plain, max_size=4))
def test_any_plain_data_is_read_back_the_same(data: dict[str, Any]) -> None:
    assert tomllib.loads(toml(data)) == data
