"""The seas that laws of routes are tried on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pytest

from catenary.logistics.atlas import sea_world
from catenary.testing import tiny_sea, tiny_sea_world
from catenary.worlds import sea

if TYPE_CHECKING:
    from collections.abc import Iterator

    from catenary import World


@dataclass(frozen=True)
class Waters:
    """A world, and what of it a test may draw from."""

    world: World
    ports: tuple[str, ...]
    passages: tuple[str, ...]
    small: str
    large: str


_PORTS: Final = (
    "CNSHA", "NLRTM", "SGSIN", "SARTA", "USNYC", "USLAX", "JPYOK", "GBLON", "INNSA", "BRSSZ",
    "ZADUR", "AUSYD", "AEJEA", "ITGOA", "UAODS", "PLGDN", "CLVAP", "PAMIT", "EGALY", "FRLEH",
)  # fmt: skip
_PASSAGES: Final = (
    "suez", "panama_neopanamax", "panama_panamax", "malacca", "gibraltar", "bab_el_mandeb",
    "hormuz", "cape_good_hope", "magellan", "cape_horn", "bosporus", "dover", "taiwan_strait",
    "northern_sea_route",
)  # fmt: skip


@pytest.fixture
def tiny() -> Iterator[Waters]:
    """Return the tiny sea; the built-in network is it meanwhile."""
    lanes = tiny_sea()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sea, "lanes", lambda: lanes)
        yield Waters(tiny_sea_world(), lanes.ports, lanes.passages, "small", "large")


@pytest.fixture
def real() -> Waters:
    """Return the built-in sea."""
    return Waters(sea_world(), _PORTS, _PASSAGES, "feeder", "ulcv")


@pytest.fixture(params=["tiny", "real"])
def waters(request: pytest.FixtureRequest) -> Waters:
    """Return one sea after the other."""
    found: Waters = request.getfixturevalue(request.param)
    return found
