"""Two events against what was observed: March 2011 on WIOD 2011, the Red Sea on the chains.

Prints the tables of docs/reality.md, and the figures as JSON on the last line. Whatever goes in was
written there before the first run.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import catenary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from catenary import Scenario, World

Figures = dict[str, float]

START = 5  # the day of the blow in both scenarios
DAYS = START + 365  # a year from it
INDUSTRY = [f"c{n}" for n in range(2, 17)]  # mining and manufacturing
MONTHS = {"March": (0, 31, 10), "April": (21, 51, 0), "May": (51, 82, 0), "June": (82, 112, 0)} | {
    "September": (174, 204, 0), "December": (265, 296, 0),
}  # fmt: skip
"""First and last day after 11 March 2011, and the undisturbed days before that count."""
BRIEF = "defaults", "`rationing` final_first", "ψ 1", "stocks of 15 days"
AREA = 20.2 / 512.5  # the output whose plants stop in the scenario


# --- March 2011 -----------------------------------------------------------------------------------


def scaled(scenario: Scenario, *, capital: float = 1.0, plants: float = 1.0) -> Scenario:
    """Return the scenario with its two losses times a number; 0 leaves a loss out."""
    factor = [capital, *[plants] * (len(scenario.changes) - 1)]
    return replace(
        scenario,
        changes=tuple(
            replace(change, multiply=1 - by * (1 - (change.multiply or 0.0)))
            for change, by in zip(scenario.changes, factor, strict=True)
            if by
        ),
    )


def japan(world: World, scenario: Scenario, **options: Any) -> Figures:
    """Return what happens to Japan, in percent of normal."""
    result = catenary.stress(world, scenario=scenario, days=DAYS, **options)
    by = result.output.pivot_table(
        index="day", columns=["region", "product"], values="output", observed=True
    )
    inputs = world.matrix("intermediate")
    bought = dict(zip(inputs.columns, inputs.dense.sum(axis=0) / 365, strict=True))
    normal = result.output[result.output["day"] == 0].set_index(["region", "product"])["baseline"]
    mine, usual = by["JPN"], normal["JPN"]
    added = usual - [bought[f"JPN.{product}"] for product in usual.index]
    share = (mine / usual).fillna(1.0).loc[START:]

    def fall(weights: Any, days: slice = slice(None)) -> float:
        path = share[weights.index].to_numpy() @ weights.to_numpy() / weights.sum()
        return 100 * float(path[days].mean() - 1)

    figures = {"gross output": fall(usual), "value added": fall(added)}
    direct = losses(world, scenario, result)
    figures["direct"] = -100 * float(direct.mean())
    figures["linkages"] = figures["gross output"] - figures["direct"]
    weights = added[INDUSTRY]
    for month, (first, last, before) in MONTHS.items():
        days = last - first
        hit = slice(first, last - before)
        figures[month] = fall(weights, hit) * (days - before) / days
    cars = 100 * (share["c15"] - 1)
    figures["cars, deepest"] = float(cars.min())
    figures["cars, first month"] = float(cars.iloc[:30].mean())
    abroad = (by["IDN"]["c15"] / normal["IDN"]["c15"]).loc[START:]
    figures["cars in Indonesia, deepest"] = 100 * float(abroad.min() - 1)
    figures["unmet, all the world"] = 100 * float(
        result.demand["unmet"].sum() / result.demand["demand"].sum()
    )
    return figures


def losses(world: World, scenario: Scenario, result: Any) -> Any:
    """Return the share of capacity that is lost on each day, if nothing spreads."""
    timeline = scenario.compile(world)
    after = np.arange(START, DAYS, dtype=float)
    lost = np.zeros(len(after))
    if any(step.change.target == "producers.capacity" for step in timeline.steps):
        lost = timeline.losses(world, "producers.capacity", after).by_day.max(axis=1)
    for step in timeline.steps:
        if step.change.target == "producers.capital":
            left = result.checks["to_rebuild"].to_numpy()[START:]
            whole = left.max() if left.max() > 0 else 1.0
            lost = np.maximum(lost, (1 - step.change.multiply) * left / whole)
    return lost


def cases(scenario: Scenario) -> dict[str, tuple[Scenario, dict[str, Any]]]:
    """Return the runs of the sensitivity; what is not said is as in the first."""
    same: dict[str, dict[str, Any]] = {
        "defaults": {},
        "`rationing` final_last": {"rationing": "final_last"},
        "`rationing` final_first": {"rationing": "final_first"},
        "`rationing` small_first": {"rationing": "small_first"},
        "`orders` classic": {"orders": "classic"},
        "`criticality` linear": {"criticality": "linear"},
        "ψ 0.5": {"psi": 0.5},
        "ψ 1": {"psi": 1.0},
        "stocks of 30 days": {"stock_days": 30},
        "stocks of 15 days": {"stock_days": 15},
        "restoration in 30 days": {"restoration_days": 30},
        "no overproduction": {"overproduction": 1.0},
        "half of what is missing switched abroad": {"switch_abroad": 0.5},
    }
    other = {
        "only the plants": scaled(scenario, capital=0),
        "only the capital": scaled(scenario, plants=0),
        "6.2 % of output stopped": scaled(scenario, plants=0.062 / AREA),
        "2.5 % of output stopped": scaled(scenario, plants=0.025 / AREA),
        "0.49 % of capital lost": scaled(scenario, capital=0.0049 / 0.008855),
    }
    return {name: (scenario, options) for name, options in same.items()} | {
        name: (one, {}) for name, one in other.items()
    }


JAPAN: list[tuple[str, str, float, Callable[[Figures], float]]] = [
    ("gross output, what linkages add", "Carvalho et al. 2016", -1.2, lambda f: f["linkages"]),
    ("GDP, all of it", "Carvalho et al. 2021", -0.47, lambda f: f["value added"]),
    ("mining and manufacturing, March", "METI", -15.5, lambda f: f["March"]),
    ("– April", "METI", -14.2, lambda f: f["April"]),
    ("– May", "METI", -8.7, lambda f: f["May"]),
    ("– June", "METI", -5.2, lambda f: f["June"]),
    ("– September", "METI", -5.2, lambda f: f["September"]),
    ("– December", "METI", -3.0, lambda f: f["December"]),
    ("cars in Japan, deepest day", "UNDRR", -48.0, lambda f: f["cars, deepest"]),
    ("cars in Indonesia, deepest day", "UNDRR", -6.0, lambda f: f["cars in Indonesia, deepest"]),
]  # fmt: skip
"""Quantity, who published it, its value in percent, and where the run has it."""


# --- the Red Sea ----------------------------------------------------------------------------------


def germany(world: World, scenario: Scenario, **options: Any) -> Figures:
    """Return what happens to the assembly of electric cars in Germany."""
    result = catenary.stress(world, scenario=scenario, days=DAYS, **options)
    table = result.output
    row = (table["region"] == "DEU") & (table["product"] == "batteries.ev_assembly")
    lost = 1 - (table.loc[row, "output"] / table.loc[row, "baseline"]).to_numpy()[START:]
    below = np.flatnonzero(lost > 1e-3)
    return {
        "days lost": float(lost.sum()),
        "to 31 March": float(lost[:105].sum()),
        "deepest": -100 * float(lost.max()),
        "first": float(below[0]) if len(below) else -1.0,
        "days below": float(len(below)),
    }


CARS, PLANT = 980_000 / 365, 6_000 / 7  # a day: made in Germany, and at Grünheide
GERMANY = [
    ("normal days lost in the year from 18 December 2023", "days lost", 14 * PLANT / CARS, 1),
    ("of them to 31 March 2024", "to 31 March", 14 * PLANT / CARS, 1),
    ("deepest day, %", "deepest", -100 * PLANT / CARS, 1),
    ("first day below normal", "first", 42.0, 0),
    ("days below normal", "days below", 14.0, 0),
]
"""Quantity, where the run has it, what was observed, and digits."""


def detours(scenario: Scenario) -> dict[str, tuple[Scenario, dict[str, Any]]]:
    """Return the runs of the Red Sea; what is not said is as in the first."""

    def but(**what: Any) -> Scenario:
        return replace(scenario, changes=tuple(replace(c, **what) for c in scenario.changes))

    def stocked(days: float) -> Scenario:
        cells = catenary.Change(
            target="products.stock_days", where={"id": "batteries.cells"}, set=days, kind="measure"
        )
        return replace(scenario, changes=(*scenario.changes, cells))

    return {
        "defaults": (scenario, {}),
        "10 days of detour": (but(add=10), {}),
        "14 days of detour": (but(add=14), {}),
        "`orders` classic": (scenario, {"orders": "classic"}),
        "ψ 1": (scenario, {"psi": 1.0}),
        "15 days of cells": (stocked(15), {}),
        "2 days of cells": (stocked(2), {}),
        "why: the detour ends after 100 days": (but(days=100), {}),
    }


def quartz(world: World) -> float:
    """Return the deepest fall of any chip stage, in percent, while Spruce Pine stands still."""
    result = catenary.stress(world, scenario=catenary.scenario("spruce-pine-2024"), days=DAYS)
    chips = result.products["product"].astype(str).str.startswith("semiconductors.")
    mined = result.products["product"] == "semiconductors.hp_quartz"
    return -100 * float(result.products.loc[chips & ~mined, "deepest"].max())


# --- print ----------------------------------------------------------------------------------------


def number(value: float, digits: int = 2) -> str:
    """Return a number as the page prints it, with a real minus sign and no −0."""
    return f"{round(value, digits) + 0.0:.{digits}f}".replace("-", "−")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table as the page has it."""
    print(f"| {' | '.join(head)} |")
    print("|" + "---|" * len(head))
    for row in rows:
        print(f"| {' | '.join(row)} |")
    print()


def march(shared: Path, *, brief: bool) -> dict[str, Figures]:
    """Run March 2011, print its tables, and return the figures of every run."""
    world = catenary.read("wiod", shared / "data" / "wiod2013", year=2011)
    runs = cases(catenary.scenario("japan-2011-damage"))
    if brief:
        runs = {name: runs[name] for name in BRIEF}
    figures = {name: japan(world, one, **options) for name, (one, options) in runs.items()}
    if not brief:
        before = catenary.read("wiod", shared / "data" / "wiod2013", year=2008)
        figures["the table of 2008"] = japan(before, runs["defaults"][0])
    mine = figures["defaults"]
    table(
        ("quantity", "published, %", "by", "catenary, %", "error, points"),
        (
            (what, number(real), who, number(got := of(mine)), number(got - real))
            for what, who, real, of in JAPAN
        ),
    )
    columns = "direct", "linkages", "gross output", "value added", "March", "cars, deepest"
    table(
        ("run", *columns),
        ((name, *(number(f[c]) for c in columns)) for name, f in figures.items()),
    )
    return figures


def red_sea() -> dict[str, Figures]:
    """Run the Red Sea, print its tables, and return the figures of every run."""
    chains = catenary.load("chains")
    figures = {
        f"{name}, {pattern}": germany(chains[pattern], one, **options)
        for name, (one, options) in detours(catenary.scenario("red-sea-2024-days")).items()
        for pattern in chains
    }
    mine = [figures[f"defaults, {pattern}"] for pattern in chains]
    table(
        ("German electric cars", "observed", *chains, *(f"error, {pattern}" for pattern in chains)),
        (
            (
                what,
                number(real, digits),
                *(number(f[key], digits) for f in mine),
                *(number(f[key] - real, digits) for f in mine),
            )
            for what, key, real, digits in GERMANY
        ),
    )
    table(
        ("run", "days lost in the year", "to 31 March", "deepest day, %"),
        (
            (name, *(number(f[key]) for key in ("days lost", "to 31 March", "deepest")))
            for name, f in figures.items()
        ),
    )
    both = {pattern: one["days lost"] for pattern, one in zip(chains, mine, strict=True)}
    figures["defaults"] = both
    figures["quartz"] = {pattern: quartz(chains[pattern]) for pattern in chains}
    table(
        ("quartz of Spruce Pine", "observed", *chains),
        [("deepest fall of a chip stage, %", "none", *map(number, figures["quartz"].values()))],
    )
    return figures


def main(shared: str, part: str = "all") -> None:
    """Print the tables; `brief` leaves most of the sensitivity of March 2011 out."""
    record = {"march_2011": march(Path(shared), brief=part == "brief"), "red_sea": red_sea()}
    print(json.dumps(record))


if __name__ == "__main__":
    main(*sys.argv[1:])
