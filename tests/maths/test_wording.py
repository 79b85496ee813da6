"""Likeness of texts: laws, and searches whose answer a reader would give."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catenary.maths.wording import likeness

pytestmark = pytest.mark.part("8.5")


@given(query=st.text(max_size=30), texts=st.lists(st.text(max_size=30), max_size=6))
def test_likeness_lies_between_nothing_and_the_same(query: str, texts: list[str]) -> None:
    found = likeness(query, texts)
    assert ((found >= 0) & (found <= 1)).all()
    assert likeness(query, texts[::-1]).tolist() == pytest.approx(found.tolist()[::-1])


@given(text=st.text("abcdefg 电池 ", min_size=1, max_size=30).filter(str.strip))
def test_nothing_is_more_alike_than_the_text_itself(text: str) -> None:
    found = likeness(text.upper(), [text, "zzz yyy", ""])
    assert found[0] == pytest.approx(1)
    assert found[1] == found[2] == 0


@pytest.mark.parametrize(
    ("query", "best"),
    [
        ("precision machining of aluminium", 0),
        ("moulded plastics", 1),
        ("锂离子电池", 2),
        ("Ätzen von Wafern", 3),
    ],
)
def test_the_right_supplier_is_found(query: str, best: int) -> None:
    texts = ["CNC machining in aluminum, tight tolerances", "Plastic injection moulding",
             "生产锂电池与电芯", "Wafer etching and cleaning"]  # fmt: skip
    assert int(likeness(query, texts).argmax()) == best
