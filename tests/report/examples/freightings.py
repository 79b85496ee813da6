"""A small world with places on a map, and measures that may be taken in it."""

from __future__ import annotations

from typing import Final

import pandas as pd

from catenary import Change, Scenario, World
from catenary.testing import small_freight

_FACILITIES: Final = {
    "A": ("Urumqi", 87.6, 43.8),
    "AP": ("Shanghai", 121.5, 31.2),
    "B": ("Moscow", 37.6, 55.7),
    "C": ("Saint Petersburg", 30.3, 59.9),
}
_PASSAGES: Final = {"border_ab": ("Dostyk", 82.5, 45.2), "canal": ("Suez Canal", 32.4, 30.6)}


def freight_on_a_map(trade: tuple[float, float, float] = (300.0, 20.0, 10.0)) -> World:
    """Return `small_freight` with names and places."""
    world = small_freight(trade=trade)
    return world.with_(
        facilities=_placed(world.table("facilities").reset_index(), _FACILITIES),
        passages=_placed(world.table("passages").reset_index(), _PASSAGES),
    )


def _placed(frame: pd.DataFrame, known: dict[str, tuple[str, float, float]]) -> pd.DataFrame:
    rows = [known[str(label)] for label in frame["id"]]
    return frame.assign(**dict(zip(("name", "lon", "lat"), zip(*rows, strict=True), strict=True)))


def _measure(target: str, label: str, usd: float, note: str, **change: float) -> Change:
    return Change(
        target=target, where={"id": label}, kind="measure", cost={"usd": usd}, note=note,
        **change,  # type: ignore[arg-type]
    )  # fmt: skip


MEASURES: Final = Scenario("offers", (
    _measure("passages.capacity", "border_ab", 9e5, "A second yard at Dostyk", add=20.0),
    _measure("passages.duration", "border_ab", 5e5, "A single window at Dostyk", multiply=0.3),
    _measure("passages.duration", "border_ab", 9e5, "Joint controls at Dostyk", multiply=0.1),
    _measure("lanes.capacity", "quay", 1e3, "More cranes in Shanghai", add=20.0),
    _measure("lanes.duration", "ship", 7e5, "Faster ships", add=-1.0),
    _measure("lanes.capacity", "road", 3e5, "A wider road to Moscow", add=50.0),
))  # fmt: skip
BUDGET: Final = 1.8e6


MAKERS: Final = ("CHN", "KOR", "DEU", "USA", "SGP", "POL")


def parts_for_all(mass: float | None = 2.0) -> World:
    """Return a world in which everybody sells parts to all, and makes goods of them at home.

    Parameters
    ----------
    mass
        Tonnes of a unit; None: nobody says it.
    """
    count = float(len(MAKERS))
    unit = "t" if mass is not None else "piece"
    producers = [
        {"id": f"{r}.{p}", "region": r, "product": p, "output": count}
        for r in MAKERS
        for p in ("parts", "goods")
    ]
    supplies = [
        {"supplier": f"{a}.parts", "buyer": f"{b}.goods", "quantity": 1.0}
        for a in MAKERS
        for b in MAKERS
    ]
    demand = [{"region": r, "product": "goods", "quantity": count} for r in MAKERS]
    products = {"id": ["parts", "goods"], "unit": unit, "stock_days": 3.0}
    known = {} if mass is None else {"mass": mass, "price": 2000.0}
    return World(
        {
            "regions": pd.DataFrame({"id": list(MAKERS)}),
            "products": pd.DataFrame(products | known),
            "producers": pd.DataFrame(producers),
            "supplies": pd.DataFrame(supplies),
            "demand": pd.DataFrame(demand),
        }
    )


def shut(*things: str, days: float | None = 60, to: float = 0.0) -> Scenario:
    """Return the closure of some passages from day 5."""
    change = Change(target="passages.open", where={"id": list(things)}, set=to, start=5, days=days)
    return Scenario("shut", (change,), "A closure")
