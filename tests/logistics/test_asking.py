"""What the options of routes mean, and what is said of those that mean nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from catenary import routes
from catenary.errors import NoRouteError, OptionError

if TYPE_CHECKING:
    from logistics.conftest import Waters

pytestmark = pytest.mark.part("4.3")


# --- the name that several passages share ---------------------------------------------------------


@pytest.mark.parametrize("vessel", ["feeder", "container_8000"])
def test_via_a_shared_name_is_the_better_of_the_passages(real: Waters, vessel: str) -> None:
    """The oracle is each set of locks by itself; wide ships fit the new ones alone."""
    asked = {"origin": "CNSHA", "destination": "NLRTM", "vessel": vessel, "by": "distance"}
    each = []
    for locks in ("panama_neopanamax", "panama_panamax"):
        try:
            found = routes(real.world, via=locks, **asked)  # type: ignore[arg-type]
        except NoRouteError:
            continue
        each.append(found.routes["distance"][0])
    for word in ("panama", "Panama Canal"):
        found = routes(real.world, via=word, **asked)  # type: ignore[arg-type]
        assert found.routes["distance"][0] == min(each)
        several = routes(real.world, via=word, alternatives=2, **asked)  # type: ignore[arg-type]
        assert several.routes["distance"][0] == min(each)
        assert several.routes["passages"].str.contains("panama").all()


def test_via_a_shared_name_says_why_no_passage_will_do(real: Waters) -> None:
    asked = {"origin": "CNSHA", "destination": "NLRTM", "via": "panama"}
    with pytest.raises(NoRouteError, match="none of them lets the vessel ulcv pass") as caught:
        routes(real.world, vessel="ulcv", **asked)  # type: ignore[arg-type]
    assert set(caught.value.passages) == {"panama_neopanamax", "panama_panamax"}
    for option in ("closed", "avoid"):
        with pytest.raises(OptionError, match=f"are named in both via and {option}"):
            routes(real.world, **{option: "panama"}, **asked)  # type: ignore[arg-type]
    one = routes(real.world, closed="panama_panamax", **asked)  # type: ignore[arg-type]
    assert "panama_neopanamax" in one.routes["passages"][0]
