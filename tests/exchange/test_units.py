"""Units: factors that agree with each other and with what sources print."""

from __future__ import annotations

import csv
from fractions import Fraction
from importlib.resources import files

import hypothesis.strategies as st
import pytest
from hypothesis import given

from catenary.exchange.queries.units import normalised, units

pytestmark = pytest.mark.part("9.4")

TABLE = files("catenary.exchange.queries")


def rows(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(TABLE.joinpath(name).read_text("utf-8").splitlines()))


def test_every_factor_names_a_source_that_is_there() -> None:
    sources = {row["id"]: row for row in rows("unit_sources.csv")}
    assert {row["source"] for row in rows("units.csv")} == set(sources)
    assert all(
        row["kind"] in {"fact", "assumption"} and row["statement"] for row in sources.values()
    )
    codes = [row["code"] for row in rows("units.csv")]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize(
    ("code", "printed"),
    [
        ("YDK", "8.361274e-1"), ("FTQ", "2.831685e-2"), ("YDQ", "0.764555"), ("GLL", "3.785412e-3"),
        ("PTL", "4.731765e-4"), ("QTL", "9.463529e-4"), ("BLL", "158.9873e-3"),
        ("ONZ", "2.834952e-2"), ("CWI", "50.80235"), ("CWA", "45.3592"), ("LTN", "1.016047e3"),
        ("STN", "0.9071847e3"), ("STI", "6.350293"), ("KNT", "0.514444"), ("KMH", "0.277778"),
        ("E93", "2.77778e-4"), ("MQH", "2.77778e-4"), ("L2", "1.66667e-5"), ("E18", "2.77778e-1"),
    ],
)  # fmt: skip
def test_exact_factors_agree_with_the_printed_ones(code: str, printed: str) -> None:
    assert abs(units()[code].factor / Fraction(printed) - 1) < Fraction(3, 10**6)


@given(
    code=st.sampled_from(sorted(units())),
    other=st.sampled_from(sorted(units())),
    value=st.integers(-1000, 1000),
)
def test_the_same_amount_is_equal_in_every_unit(code: str, other: str, value: int) -> None:
    one, two = units()[code], units()[other]
    if one.base != two.base:
        assert normalised(value, code)[1] != normalised(value, other)[1]
        return
    moved = (value * one.factor + one.offset - two.offset) / two.factor
    number, base = normalised(value, code)
    assert base == one.base
    assert normalised(float(moved), other)[0] == pytest.approx(number, rel=1e-12, abs=1e-9)


def test_known_amounts() -> None:
    assert normalised(98.6, "FAH") == normalised(37, "CEL") == (310.15, "K")
    assert normalised(-40, "FAH") == normalised(-40, "CEL")
    assert normalised(0.1, "KGM") == normalised(100, "GRM") == (0.1, "kg")
    assert normalised(1, "FAH", difference=True)[0] == pytest.approx(5 / 9)
    assert normalised(5, "XYZ") == (5.0, "XYZ")
    assert normalised(5, None) == normalised(5, "C62")
