"""CO2 by country and broad sector (CAIT, Climate Watch), spread over the industries of a table.

A file with the columns Entity, Year and, in million tonnes, `Electricity and heat`, `Manufacturing
and construction`, `Transport`, `Buildings`, `Industry` (processes: cement), `Fugitive emissions`,
`Other fuel combustion` and `Aviation and shipping` (bunkers, in no country's total).

No statistics by industry stand behind the spreading: `RULES` is an assumption, and is written into
the world as one, with its source. It takes the 35 industries of the WIOD 2013 release.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pandas as pd

from catenary.errors import DataError, MissingDataError, SourceError, did_you_mean, listed
from catenary.languages import say
from catenary.model import Matrix

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from catenary.model import World

    Array = NDArray[np.float64]

__all__ = ["BUNKERS", "RULES", "Rule", "with_co2"]

CAIT: Final = "cait_co2_by_sector_1990_2018.csv"
OWID: Final = "owid_co2_1751_2018.csv"

_ENERGY: Final = ("c2", "c8", "c17")
_SERVICES: Final = ("c19", "c20", "c21", "c22", *(f"c{i}" for i in range(27, 36)))
_FACTORIES: Final = (*(f"c{i}" for i in range(3, 8)), *(f"c{i}" for i in range(9, 17)), "c18")


class Rule(NamedTuple):
    """Where the emissions of a broad sector go, within the country."""

    industries: tuple[str, ...]
    bought: tuple[str, ...] = ()
    """In proportion to purchases of these products; none = to output."""
    households: bool = False
    """Whether households share in it by the same purchases."""


RULES: Final = {
    "Electricity and heat": Rule(("c17",)),
    "Manufacturing and construction": Rule(_FACTORIES, _ENERGY),
    "Industry": Rule(("c11",)),
    "Transport": Rule(("c23", "c24", "c25", "c26"), ("c8",), households=True),
    "Buildings": Rule(_SERVICES, ("c8", "c17"), households=True),
    "Other fuel combustion": Rule(("c1",)),
    "Fugitive emissions": Rule(("c2",)),
}
"""Of what counts in a country's total: the stressor `co2`."""

BUNKERS: Final = {"Aviation and shipping": Rule(("c24", "c25"), ("c8",))}
"""Of fuel sold to international ships and aircraft: the stressor `co2_bunkers`."""

_NAMES: Final = {
    "AUS": "Australia", "AUT": "Austria", "BEL": "Belgium", "BGR": "Bulgaria", "BRA": "Brazil",
    "CAN": "Canada", "CHN": "China", "CYP": "Cyprus", "CZE": "Czechia", "DEU": "Germany",
    "DNK": "Denmark", "ESP": "Spain", "EST": "Estonia", "FIN": "Finland", "FRA": "France",
    "GBR": "United Kingdom", "GRC": "Greece", "HUN": "Hungary", "IDN": "Indonesia",
    "IND": "India", "IRL": "Ireland", "ITA": "Italy", "JPN": "Japan", "KOR": "South Korea",
    "LTU": "Lithuania", "LUX": "Luxembourg", "LVA": "Latvia", "MEX": "Mexico", "MLT": "Malta",
    "NLD": "Netherlands", "POL": "Poland", "PRT": "Portugal", "ROU": "Romania", "RUS": "Russia",
    "SVK": "Slovakia", "SVN": "Slovenia", "SWE": "Sweden", "TUR": "Turkey", "TWN": "Taiwan",
    "USA": "United States",
}  # fmt: skip
"""As the file writes the countries of WIOD."""

_ASSUMED: Final = say(
    "CO2 by industry is an assumption: totals of countries by broad sector are spread by output "
    "and by purchases of fuel and power; fuel of international ships and aircraft is apart, as "
    "co2_bunkers"
)


def with_co2(world: World, path: str | Path, *, year: int) -> World:
    """Return the world with CO2 by industry and of households.

    Adds `stressors` (co2, co2_bunkers) and `stressors_final` in Mt/year. Within a country, each
    broad sector is spread by `RULES`; `ROW` gets what the world has and no other region. A country
    that the file lacks (Taiwan) takes its total from the file of Our World in Data beside it and
    the sector shares of the world; a warning says so.

    Parameters
    ----------
    world
        An input-output world with the industries of WIOD 2013.
    path
        The file, or the folder that holds it.
    year
        Year of the emissions.

    Raises
    ------
    SourceError
        If the file is not there or lacks columns.
    DataError
        If it lacks the year or a country, or the world has other industries.
    MissingDataError
        If the world is no input-output world.
    """
    lacking = sorted({p for r in RULES.values() for p in r.industries} - set(world.ids("products")))
    if lacking:
        raise MissingDataError(
            f"this world lacks the industries {listed(lacking)}",
            hint="CO2 is spread over the 35 industries of the WIOD 2013 release",
        )
    regions = [str(region) for region in world.ids("regions")]
    amounts, warnings = _by_region(Path(path), year, regions)
    bought, used = _purchases(world)
    stressors = np.zeros((2, len(world.ids("producers"))))
    direct = np.zeros((2, len(world.ids("consumers"))))
    for k, rules in enumerate((RULES, BUNKERS)):
        for sector, rule in rules.items():
            for place, amount in enumerate(amounts[sector]):
                kept, homes = _shares(world, rule, place, bought, used)
                total = kept.sum() + homes.sum()
                if total <= 0 < amount:
                    raise DataError(
                        f"{regions[place]} makes and buys nothing that {amount:.3g} Mt CO2 of "
                        f"{sector!r} could belong to",
                        hint="give the table of the same countries and year",
                    )
                if amount:
                    stressors[k] += amount * kept / total
                    direct[k] += amount * homes / total
    names = ["co2", "co2_bunkers"]
    return world.with_(
        stressors=Matrix(stressors, names, world.ids("producers"), "Mt/year"),
        stressors_final=Matrix(direct, names, world.ids("consumers"), "Mt/year"),
        **_sources(world, year),
        warnings=[_ASSUMED, *warnings],
    )


def _frame(file: Path, columns: Sequence[str]) -> pd.DataFrame:
    try:
        frame = pd.read_csv(file)
    except (OSError, ValueError) as error:
        raise SourceError(
            f"cannot read {file.name}: {error}",
            hint=f"give the file {CAIT} or the folder that holds it",
        ) from None
    lacking = [name for name in columns if name not in frame]
    if lacking:
        raise SourceError(
            f"{file.name} lacks the columns {listed(lacking)}", hint="give CO2 by sector of CAIT"
        )
    return frame


def _by_region(path: Path, year: int, regions: list[str]) -> tuple[dict[str, Array], list[str]]:
    """Return emissions of each broad sector by region, (R,) in Mt, and what was made up."""
    file = path / CAIT if path.is_dir() else path
    sectors = [*RULES, *BUNKERS]
    frame = _frame(file, ["Entity", "Year", *sectors])
    years = sorted(frame["Year"].unique())
    table = frame[frame["Year"] == year].set_index("Entity")[sectors].fillna(0.0)
    if table.empty or "World" not in table.index:
        raise DataError(f"{file.name} has no year {year}", hint=f"it has {years[0]} to {years[-1]}")
    found = {sector: np.zeros(len(regions)) for sector in sectors}
    warnings: list[str] = []
    world, rest = table.loc["World"], table.loc["World"].copy()
    for place, region in enumerate(regions):
        if region == "ROW":
            continue
        name = _NAMES.get(region, region)
        if name in table.index:
            row = table.loc[name]
            rest -= row
        else:
            total = _total(file.parent / OWID, region, year)
            row = world * (total / world[list(RULES)].sum())
            row[list(BUNKERS)] = 0.0
            warnings.append(
                say(
                    "{region} is not in {file}; its total of {amount:.4g} Mt CO2 ({other}) was "
                    "spread like that of the world",
                    region=region, file=file.name, amount=total, other=OWID,
                )
            )  # fmt: skip
        for sector in sectors:
            found[sector][place] = row[sector]
    if "ROW" in regions:
        for sector in sectors:
            found[sector][regions.index("ROW")] = max(rest[sector], 0.0)
    below = {sector: float(row[row < 0].sum()) for sector, row in found.items() if (row < 0).any()}
    for sector, amount in below.items():
        raise DataError(
            f"{file.name} has {amount:.3g} Mt of {sector!r}, less than nothing",
            hint="look for a row of a country that is negative",
        )
    return found, warnings


def _total(file: Path, region: str, year: int) -> float:
    """Return the emissions of a country that is not in the file of CAIT."""
    if not file.is_file():
        raise DataError(
            f"{CAIT} has no country {region!r}",
            hint=did_you_mean(region, [*_NAMES, OWID]) + f"; or put {OWID} beside it",
        )
    frame = _frame(file, ["iso_code", "year", "co2"])
    row = frame[(frame["iso_code"] == region) & (frame["year"] == year)]["co2"].dropna()
    if row.empty:
        raise DataError(
            f"neither {CAIT} nor {OWID} has {region!r} in {year}", hint="leave the region out"
        )
    return float(row.iloc[0])


def _purchases(world: World) -> tuple[dict[str, Array], dict[str, Array]]:
    """Return what each producer and each consumer buys, by product."""
    producers, users = world.ids("producers"), world.ids("consumers")
    flows = world.matrix("intermediate").aligned_to(producers, producers)
    final = world.matrix("final").aligned_to(producers, users).in_unit(flows.unit)
    product = world.table("producers")["product"].astype(str).to_numpy()
    wanted = {p for r in (*RULES.values(), *BUNKERS.values()) for p in r.bought}
    bought = {p: np.maximum(flows.dense[product == p].sum(axis=0), 0.0) for p in wanted}
    used = {p: np.maximum(final.dense[product == p].sum(axis=0), 0.0) for p in wanted}
    return bought, used


def _shares(
    world: World, rule: Rule, place: int, bought: dict[str, Array], used: dict[str, Array]
) -> tuple[Array, Array]:
    """Return the weights of producers and consumers of one region in a broad sector."""
    producers = world.part("producers")
    inside = producers.codes("region") == place
    inside &= world.table("producers")["product"].isin(rule.industries).to_numpy()
    output = world.table("producers")["output"].to_numpy()
    inside &= output > 0
    weight = sum((bought[p] for p in rule.bought), np.zeros(len(output)))
    kept = np.where(inside, weight if rule.bought else output, 0.0)
    if inside.any() and kept.sum() <= 0 and not rule.households:
        kept = np.where(inside, output, 0.0)
    consumers = world.part("consumers")
    homes = np.zeros(len(consumers.index))
    if rule.households:
        home = consumers.codes("region") == place
        home &= (world.table("consumers")["category"] == "households").to_numpy()
        homes = np.where(home, sum((used[p] for p in rule.bought), np.zeros(len(homes))), 0.0)
    return kept, homes


def _sources(world: World, year: int) -> dict[str, pd.DataFrame]:
    """Return the sources with those of the emissions."""
    own = world.table("sources").reset_index() if "sources" in world else pd.DataFrame()
    told = "; ".join(
        f"{sector} to {'households and ' if rule.households else ''}{' '.join(rule.industries)} by "
        + (f"purchases of {' '.join(rule.bought)}" if rule.bought else "output")
        for sector, rule in {**RULES, **BUNKERS}.items()
    )
    new: list[dict[str, object]] = [
        {
            "id": f"cait-{year}",
            "title": f"CO2 emissions by sector, {year}",
            "publisher": "CAIT Climate Data Explorer, Climate Watch, through Our World in Data",
            "published": 2022,
            "url": "https://www.climatewatchdata.org/data-explorer/historical-emissions",
            "kind": "fact",
            "statement": "million tonnes of CO2 by country and broad sector, without land use",
        },
        {
            "id": "catenary-co2-rules",
            "title": "Broad sectors of CO2 spread over industries",
            "publisher": "catenary",
            "kind": "assumption",
            "statement": told,
        },
    ]
    kept = own[~own["id"].isin([str(row["id"]) for row in new])] if len(own) else own
    return {"sources": pd.concat([kept, pd.DataFrame(new)], ignore_index=True)}
