from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catenary.errors import UnitError
from catenary.model.money import told_amount
from catenary.model.units import factor, parse_unit

pytestmark = pytest.mark.part("1.2")

KIN = st.sampled_from(
    [
        ["g", "kg", "t", "kt", "Mt"],
        ["t/day", "kt/week", "kg/year", "t/hour"],
        ["USD/day", "MUSD/year", "kUSD/week"],
        ["kt CO2e/year", "t CO2e/day"],
        ["km", "m", "nm"],
        ["knot", "km/h", "kn", "km/day"],
        ["g CO2e/t-km", "kg CO2e/t-km"],
    ]
)


@given(KIN, st.data())
def test_conversion_is_there_and_back(kin: list[str], data: st.DataObject) -> None:
    one, other, third = (data.draw(st.sampled_from(kin)) for _ in range(3))
    assert factor(one, other) * factor(other, one) == pytest.approx(1)
    assert factor(one, other) * factor(other, third) == pytest.approx(factor(one, third))


def test_values_by_hand() -> None:
    assert factor("kt/week", "t/day") == pytest.approx(1000 / 7)
    assert factor("MUSD(2011)/year", "USD(2011)/day") == pytest.approx(1e6 / 365)
    assert factor("week", "day") == 7
    assert factor("knot", "km/h") == pytest.approx(1.852)
    assert factor("percent", "share") == pytest.approx(0.01)
    assert parse_unit("vehicle/day").kind == "vehicle"


@pytest.mark.part("1.8")
@pytest.mark.parametrize(
    ("given_", "wanted"),
    [
        ("t", "t/day"), ("USD/year", "EUR/year"), ("USD(2011)/year", "USD(2015)/year"), ("t", "km"),
        ("kt CO2", "kt CO2e"), ("", "t"),
    ],
)  # fmt: skip
def test_what_does_not_convert_says_so(given_: str, wanted: str) -> None:
    with pytest.raises(UnitError) as caught:
        factor(given_, wanted)
    assert caught.value.hint


@pytest.mark.part("7.5")
@given(st.floats(1e-3, 1e14), st.sampled_from(["USD/year", "kUSD/year", "MUSD/year", "GUSD/year"]))
def test_amounts_in_words_are_what_they_say(amount: float, unit: str) -> None:
    words = {"thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
    number, *others = str(told_amount(amount, unit)).split()
    said = float(number.replace(",", "")) * words.get(others[0], 1.0)
    scale = {"U": 1.0, "k": 1e3, "M": 1e6, "G": 1e9}[unit[0]]
    assert said == pytest.approx(amount * scale, rel=0.0051, abs=0.0051)
    assert others[-2:] == ["a", "year"]
    assert "e+" not in number
