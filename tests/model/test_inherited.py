"""A blank in a link of one product or use means what the more general link says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import catenary
from catenary import Change, Scenario
from catenary.errors import CatenaryError
from catenary.testing import trading_world
from catenary.trade.barriers import Wedges

COLUMNS = ("tariff", "rent", "iceberg", "duration", "bound")
NUMBER = st.one_of(st.none(), st.sampled_from([0.0, 0.1, 0.5]))


def linked(*rows: dict[str, Any]) -> Any:
    frame = pd.DataFrame([{"origin": "R0", "destination": "R1", **row} for row in rows])
    return trading_world(1, regions=3).with_(links=frame)


@pytest.mark.part("7.1")
def test_a_duration_for_one_product_leaves_its_general_tariff() -> None:
    world = linked({"tariff": 0.2, "bound": 0.4}, {"product": "p0", "duration": 3})
    assert world.table("links")["tariff"].tolist() == [0.2, 0.2]
    found = catenary.counterfactual(
        world, scenario=Scenario("free", (Change(target="links.tariff", set=0),)), elasticity=5
    )
    pair = found.flows[(found.flows["origin"] == "R0") & (found.flows["destination"] == "R1")]
    levied = pair.set_index("product")["levied_before"] / pair.set_index("product")["before"]
    np.testing.assert_allclose(levied.loc[["p0", "p1"]], 0.2, rtol=1e-9)
    lines = catenary.predictability(world).lines
    assert (lines["overhang"].round(12) == 0.2).all()
    assert (lines["bound"] == 0.4).all()


@pytest.mark.part("7.5")
@given(
    st.dictionaries(st.sampled_from(COLUMNS), NUMBER, min_size=1),
    st.dictionaries(st.sampled_from(COLUMNS), NUMBER, min_size=1),
)
@settings(max_examples=40)
def test_leaving_blank_is_saying_what_the_general_link_says(general: Any, own: Any) -> None:
    """The table with blanks and the table with every number written give the same world."""
    names = [name for name in COLUMNS if name in {**general, **own}]
    said = {n: general.get(n) for n in names}
    filled = {n: said[n] if own.get(n) is None else own[n] for n in names}
    short = linked(said, {"product": "p0", **{n: own.get(n) for n in names}})
    long = linked(said, {"product": "p0", **filled})
    pd.testing.assert_frame_equal(short.table("links"), long.table("links"))
    text = linked({n: "" if v is None else str(v) for n, v in said.items()},
                  {"product": "p0", **{n: "" if own.get(n) is None else str(own[n])
                                       for n in names}})  # fmt: skip
    assert text.digest == short.digest
    again = short.with_(links=short.table("links"))
    assert again.digest == short.digest


@pytest.mark.part("7.1")
@given(st.lists(st.one_of(st.none(), st.floats(0.01, 1)), min_size=6, max_size=6))
@settings(max_examples=60)
def test_every_cell_gets_the_number_of_the_most_particular_link_that_says_one(rates: Any) -> None:
    """Against a reading cell by cell; what no single number can say is refused."""
    kinds = [("", ""), ("", "inputs"), ("", "final"), ("p0", ""), ("p0", "inputs"), ("p0", "final")]
    rows = [
        {"product": product, "use": use, "tariff": rate, "duration": 1.0}
        for (product, use), rate in zip(kinds, rates, strict=True)
    ]
    said = dict(zip(kinds, rates, strict=True))

    def wanted(product: str, use: str) -> float:
        for key in ((product, use), (product, ""), ("", use), ("", "")):
            if said.get(key) is not None:
                return float(said[key])
        return 0.0

    world = linked(*rows)
    paid = Wedges.of(world, world.ids("regions"), uses=2).tariff[:, :, 1, 0]
    for place, use in enumerate(("inputs", "final")):
        assert paid[place, 0] == wanted("p0", use)
        assert paid[place, 1] == wanted("p1", use)


@pytest.mark.part("7.1")
def test_a_blank_that_would_have_to_be_two_numbers_is_refused() -> None:
    with pytest.raises(CatenaryError, match=r"0\.3 for inputs alone"):
        linked({"tariff": 0.1}, {"use": "inputs", "tariff": 0.3}, {"product": "p0", "duration": 2})
