"""Ever Given, the Red Sea and Panama against what was published: `closures.py SHARED`.

Prints the tables of docs/closures.md, and the figures as JSON on the last line. What was published
is read from the shared folder (facts/closures.csv), trade as well (data/trade2023_baci, BACI 2023).
Nothing was tuned: everything runs with the defaults of the analyses.
"""

from __future__ import annotations

import csv
import json
import sys
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np
import pandas as pd

import catenary
from catenary import Matrix, World
from catenary.logistics.atlas import sea_world
from catenary.worlds.groups import members

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from catenary import Worlds

MILE: Final = 1.852
USD: Final = 1_500.0  # a tonne, the default of `congestion`
LOCKS: Final = "panama_neopanamax,panama_panamax"
MANDEB: Final = "bab_el_mandeb"
ASIA: Final = ("CHN", "IDN", "IND", "JPN", "KOR", "MYS", "PHL", "SGP", "THA", "TWN", "VNM")
EUROPE: Final = (*members()["EU27"], "CHE", "GBR", "NOR", "TUR")
"""Asia and Europe as in the scenario `red-sea-2024-days`."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One quantity: what was published, and what the network says."""

    event: str
    quantity: str
    unit: str
    """Errors of percentages are in points, others in percent of what was published."""
    published: float
    by: str
    ours: float

    @property
    def error(self) -> float:
        """Points, or percent."""
        gap = self.ours - self.published
        return gap if self.unit == "%" else 100 * gap / abs(self.published)


# --- what was published -------------------------------------------------------------------------


@cache
def facts(shared: Path) -> dict[tuple[str, str], dict[str, str]]:
    """Return the rows of facts/closures.csv by event and metric."""
    with (shared / "facts" / "closures.csv").open(encoding="utf-8", newline="") as file:
        return {(row["event"], row["metric"]): row for row in csv.DictReader(file)}


def told(shared: Path, event: str, metric: str, quantity: str, ours: float, unit: str = "") -> Row:
    """Return a row whose published number stands in facts/closures.csv."""
    fact = facts(shared)[event, metric]
    return Row(
        event=EVENTS[event], quantity=quantity, unit=unit or fact["unit"],
        published=float(fact["value"]), by=fact["publisher"], ours=ours,
    )  # fmt: skip


EVENTS: Final = {
    "ever_given_2021": "Ever Given",
    "red_sea_2023": "Red Sea",
    "panama_drought_2023": "Panama",
}


# --- voyages --------------------------------------------------------------------------------------


def voyage(origin: str, destination: str, **options: Any) -> pd.Series:
    """Return the shortest route of a ship."""
    found = catenary.routes(
        sea_world(), origin=origin, destination=destination, by="distance", **options
    )
    return found.routes.iloc[0]


def longer(origin: str, destination: str, **options: Any) -> float:
    """Return by how many percent the Cape is longer than Suez, for a ship too large for Panama."""
    before, after = (
        voyage(origin, destination, closed=f"{LOCKS}{more}", **options) for more in ("", ",suez")
    )
    return 100 * float(after["distance"] / before["distance"] - 1)


# --- trade ----------------------------------------------------------------------------------------


@cache
def trade(shared: Path) -> World:
    """Return the trade of 2023 in USD (BACI), all of it as if by sea."""
    folder = shared / "data" / "trade2023_baci"
    names = pd.read_csv(folder / "countries.csv")["iso3"].tolist()
    table = pd.read_parquet(folder / "trade_matrix_2023.parquet").set_index("exporter")
    flows = table.loc[names, names].to_numpy(np.float64)
    passages = sea_world().table("passages").drop(columns=["source"]).reset_index()
    return World(
        {
            "regions": pd.DataFrame({"id": names}),
            "passages": passages,
            "trade": Matrix(flows, names, names, "kUSD/year"),
        },
        name="baci-2023",
    )


@dataclass(frozen=True, kw_only=True)
class Sailed:
    """World trade on the sea, as one closure leaves it."""

    activity: float
    """t-km a day."""
    carried: float
    """t a day."""
    passed: pd.Series
    """t a day by passage."""


@cache
def sailed(shared: Path, closed: str = "") -> Sailed:
    """Return the flows of world trade while some passages are shut."""
    found = catenary.congestion(trade(shared), closed=closed)
    mine = found.places[found.places["what"] == "passage"]
    return Sailed(
        activity=float(found.modes["activity"].sum()),
        carried=float(found.basis["carried"].iloc[0]),
        passed=mine.set_index("place")["flow"],
    )


def changed(before: float, after: float, share: float = 1.0) -> float:
    """Return a change in percent if this share of what a closure moves is moved."""
    return 100 * share * (after / before - 1)


@cache
def gateways(shared: Path, *, asia_europe: bool) -> tuple[pd.Index, np.ndarray]:
    """Return the ports of trade, and what goes from each to each, kUSD/year."""
    flows = trade(shared).matrix("trade")
    table = sea_world().table("gateways").astype({"region": str, "facility": str})
    table = table[table["region"].isin(flows.rows)]
    share = table.pivot_table(index="region", columns="facility", values="share", aggfunc="sum")
    share = share.reindex(flows.rows).fillna(0.0)
    kept = np.asarray(flows.dense)
    if asia_europe:
        kept = kept * np.outer(flows.rows.isin(ASIA), flows.rows.isin(EUROPE))
    parts = share.to_numpy()
    return share.columns, parts.T @ kept @ parts


def affected(
    shared: Path, closed: str, *, asia_europe: bool = False, share: float = 1.0
) -> dict[str, float]:
    """Return what a closure adds to the voyages that it makes longer, by the weight of trade.

    A share below 1 takes those voyages for which going round costs least.
    """
    ports, weight = gateways(shared, asia_europe=asia_europe)
    where = ",".join(ports)
    before, after = (
        catenary.distances(trade(shared), origins=where, by="cost", closed=shut).distances
        for shut in ("", closed)
    )
    hit = (after["distance"] - before["distance"]).to_numpy() > 1.0
    mine = weight.ravel() * hit
    order = np.argsort((after["cost"] - before["cost"]).fillna(np.inf).to_numpy(), kind="stable")
    so_far = np.cumsum(mine[order]) - mine[order]
    mine[order] = np.clip(share * mine.sum() - so_far, 0.0, mine[order])
    near, far, early, late = (
        float(mine @ frame[column].fillna(0.0).to_numpy())
        for column in ("distance", "duration")
        for frame in (before, after)
    )
    return {
        "distance, %": 100 * (far / near - 1),
        "days": (late - early) / float(mine.sum()),
        "miles": (far - near) / float(mine.sum()) / MILE,
    }


# --- the three events -----------------------------------------------------------------------------


def ever_given(shared: Path) -> list[Row]:
    """Return the six days of March 2021."""
    name = "ever_given_2021"
    suez = sea_world().table("passages").loc["suez"]
    flow = sailed(shared)
    value = float(flow.passed["suez"]) * USD
    days = float(facts(shared)[name, "duration"]["value"])
    hoffmann = {"event": EVENTS[name], "unit": "%", "by": "UNCTAD (J. Hoffmann)"}
    return [
        told(
            shared, name, "ships waiting at release", "ships waiting after six days",
            float(suez["transits"]) / 365 * days,
        ),
        told(
            shared, name, "value of goods passing per day",
            "value of goods that pass Suez in a day", value / 1e9,
        ),
        Row(
            quantity="Singapore–Rotterdam with Suez shut, longer by", published=42.0,
            ours=longer("SGSIN", "NLRTM"), **hoffmann,
        ),
        Row(
            quantity="Ras Tanura–Rotterdam with Suez shut, longer by", published=74.0,
            ours=longer("SARTA", "NLRTM"), **hoffmann,
        ),
    ]  # fmt: skip


@cache
def shut_to_all() -> pd.DataFrame:
    """Return how the chains trade while nothing passes Bab el-Mandeb, between Asia and Europe.

    Only what still sails: what is published is of boxes on ships, and what turns to trains and
    aircraft comes no later.
    """
    scenario = catenary.scenario("red-sea-2024")
    closure = replace(scenario.changes[0], set=0.0, days=None, uncertain={})
    found = catenary.stress(
        cast("Worlds", catenary.load("chains"))["pooled"],
        scenario=replace(scenario, changes=(closure,)), days=120,
    ).detours  # fmt: skip
    there = found["origin"].isin(ASIA) & found["destination"].isin([*EUROPE, "EU27"])
    return found[there & (found["mode_instead"] == "sea")]


def red_sea(shared: Path) -> list[Row]:
    """Return the Red Sea from December 2023 on."""
    name = "red_sea_2023"
    usual, shut = sailed(shared), sailed(shared, MANDEB)
    share = {
        metric: -float(facts(shared)[name, metric]["value"]) / 100
        for metric in (
            "ship capacity crossing the Gulf of Aden, mid-2024",
            "tonnage transiting Suez, mid-2024",
            "Bab el-Mandeb crossings, first week April 2024 against a year before",
            "Suez transits 2024 against 2023",
        )
    }  # fmt: skip
    gulf, tonnage, mandeb, year = share.values()
    direct, cape = (
        voyage("CNSHA", "NLRTM", closed=f"{LOCKS}{more}") for more in ("", f",{MANDEB}")
    )
    between = affected(shared, MANDEB, asia_europe=True)
    slow, fast = (
        voyage("SGSIN", "NLRTM", vessel="ulcv", closed=more, speed=knots)["emissions_fuel"]
        for more, knots in (("", 14.0), ("suez", 16.0))
    )
    paces = [voyage("SGSIN", "NLRTM", vessel="ulcv", speed=k)["fuel"] for k in (14.0, 16.0)]
    world = facts(shared)[name, "world ton-miles 2024"]
    rows = [
        told(
            shared, name, "extra transit time round the Cape", "Shanghai–Rotterdam, later by",
            float(cape["duration"] - direct["duration"]),
        ),
        told(
            shared, name, "extra transit time round the Cape",
            "Asia to Europe, mean of trade that goes round, later by", between["days"],
        ),
        told(
            shared, name, "extra transit time round the Cape",
            "the chains, Asia to Europe, mean of links that still sail, later by",
            float(shut_to_all()["extra_duration"].mean()),
        ),
        Row(
            event=EVENTS[name], unit="days",
            quantity="the chains, China to Europe, links that still sail, later by",
            published=12.0, by="project44, medians, 10 to 14",
            ours=float(shut_to_all().query("origin == 'CHN'")["extra_duration"].mean()),
        ),
        Row(
            event=EVENTS[name], quantity="Shanghai–Rotterdam, farther by", unit="nautical miles",
            published=13_800 - 10_501, by="Port Economics (Cape) less NGA Pub. 151 (Suez)",
            ours=float(cape["distance"] - direct["distance"]) / MILE,
        ),
        told(
            shared, name, "global TEU-miles if all goes round the Cape",
            "TEU-miles if all goes round the Cape", changed(usual.activity, shut.activity),
        ),
        told(
            shared, name, "container ship demand (TEU-miles)",
            f"TEU-miles, mid-2024 ({gulf:.0%} go round)",
            changed(usual.activity, shut.activity, gulf),
        ),
        told(
            shared, name, "global vessel ton-mile demand",
            f"tonne-miles, mid-2024 ({tonnage:.0%} go round)",
            changed(usual.activity, shut.activity, tonnage),
        ),
        Row(
            event=EVENTS[name], unit="%", by=world["publisher"],
            quantity=f"tonne-miles per tonne, 2024 ({year:.0%} go round)",
            published=100 * ((1 + float(world["value"]) / 100) / 1.022 - 1),
            ours=changed(usual.activity, shut.activity, year),
        ),
        told(
            shared, name, "arrivals at the Cape of Good Hope, mid-2024",
            f"ships at the Cape, mid-2024 ({gulf:.0%} go round)",
            changed(usual.passed["cape_good_hope"], shut.passed["cape_good_hope"], gulf),
        ),
        told(
            shared, name, "Suez crossings, first week April 2024 against a year before",
            f"ships at Suez, April 2024 ({mandeb:.0%} avoid Bab el-Mandeb)",
            changed(usual.passed["suez"], shut.passed["suez"], mandeb),
        ),
        told(
            shared, name, "fuel per mile, 16 instead of 14 knots",
            "fuel per mile, 16 instead of 14 knots", changed(*paces),
        ),
        told(
            shared, name,
            "GHG of a round trip Singapore-Northern Europe by the Cape at higher speed",
            "CO2 Singapore–Rotterdam by the Cape, 16 instead of 14 knots", changed(slow, fast),
        ),
    ]  # fmt: skip
    for passage, published, by in (
        ("suez", 13.5, "UNCTAD, 12–15 % of world trade"),
        (MANDEB, 8.7, "UNCTAD, of seaborne volume"),
    ):
        rows.append(
            Row(
                event=EVENTS[name], quantity=f"share of what sails that passes {passage}", unit="%",
                published=published, by=by, ours=100 * usual.passed[passage] / usual.carried,
            )
        )  # fmt: skip
    return rows


def open_share(first: date, last: date) -> float:
    """Return the mean share of the locks that the drought leaves open, the last day left out."""
    begin = date(2023, 8, 1)
    sea = sea_world()
    drought = catenary.scenario("panama-drought-2023").compile(sea)
    kept = []
    for day in range((first - begin).days + 5, (last - begin).days + 5):
        if day < 0:
            kept.append(1.0)
        else:
            table = drought.applied(sea, day).part("passages")
            kept.append(float(table.numbers("open")[table.index.get_loc("panama_neopanamax")]))
    return float(np.mean(kept))


def panama(shared: Path) -> list[Row]:
    """Return the drought of 2023 and 2024."""
    name = "panama_drought_2023"
    before, drought = (
        open_share(date(year, 10, 1), date(year + 1, 10, 1)) for year in (2022, 2023)
    )
    fewer = changed(before, drought)
    usual = sailed(shared)
    short, round_ = (voyage("USNYC", "USSFO", closed=shut) for shut in ("", LOCKS))
    return [
        told(
            shared, name, "extra sailing distance on affected routes",
            "extra distance of all trade that used it", affected(shared, LOCKS)["distance, %"],
        ),
        told(
            shared, name, "extra sailing distance on affected routes",
            f"– of the {-fewer:.0f} % for which going round costs least",
            affected(shared, LOCKS, share=-fewer / 100)["distance, %"],
        ),
        told(
            shared, name, "extra sailing distance on affected routes",
            "– Shanghai–New York, which goes by Suez instead",
            changed(
                voyage("CNSHA", "USNYC")["distance"],
                voyage("CNSHA", "USNYC", closed=LOCKS)["distance"],
            ),
        ),
        Row(
            event=EVENTS[name], quantity="New York–San Francisco, shorter by Panama by", unit="%",
            published=-60.0, by="Knowles 2005",
            ours=changed(round_["distance"], short["distance"]),
        ),
        told(
            shared, name, "large commercial transits FY2024 against FY2023",
            "transits, fiscal year 2024 on 2023", fewer,
        ),
        told(
            shared, name, "cargo FY2024 (PC/UMS)", "cargo, fiscal year 2024 on 2023", fewer
        ),
        told(
            shared, name, "container ship transits FY2024",
            "container ships, fiscal year 2024 on 2023", fewer, "%",
        ),
        Row(
            event=EVENTS[name], quantity="share of what sails that passes the canal", unit="%",
            published=5.0, by="AFP citing the Panama Canal Authority, 2018",
            ours=100 * usual.passed["panama_neopanamax"] / usual.carried,
        ),
    ]  # fmt: skip


# --- print ----------------------------------------------------------------------------------------


def number(value: float, digits: int = 1) -> str:
    """Return a number as the page prints it, with a real minus sign and no −0."""
    return f"{round(value, digits) + 0.0:.{digits}f}".replace("-", "−")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table as the page has it."""
    print(f"| {' | '.join(head)} |")
    print("|" + "---|" * len(head))
    for row in rows:
        print(f"| {' | '.join(row)} |")
    print()


def main(shared: str) -> None:
    """Print the table of each event."""
    folder = Path(shared)
    record: dict[str, dict[str, dict[str, float]]] = {}
    for of in (ever_given, red_sea, panama):
        rows = of(folder)
        table(
            (rows[0].event, "unit", "published", "by", "catenary", "error"),
            (
                (
                    row.quantity, row.unit, number(row.published), row.by, number(row.ours),
                    number(row.error),
                )
                for row in rows
            ),
        )  # fmt: skip
        record[rows[0].event] = {
            row.quantity: {"published": row.published, "catenary": row.ours, "error": row.error}
            for row in rows
        }
    print(json.dumps(record))


if __name__ == "__main__":
    main(*sys.argv[1:])
