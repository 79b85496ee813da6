"""Small tables written in the layouts that the publishers of the large ones use."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

WAGES = "Compensation of employees; wages, salaries, & employers' social contributions"
INPUTS = ("wages", "surplus")
PRESSURES = ("CO2", "SOx")


@dataclass(frozen=True)
class Truth:
    """A balanced table: what any reader must give back.

    `flows` (industry, industry), `final` (industry, user), `added` (input, industry),
    `pressures` (2, industry), `direct` (2, user); industries and users are region-major.
    """

    regions: Sequence[str]
    sectors: Sequence[str]
    uses: Sequence[str]
    flows: NDArray[np.float64]
    final: NDArray[np.float64]
    added: NDArray[np.float64]
    pressures: NDArray[np.float64]
    direct: NDArray[np.float64]

    @property
    def output(self) -> NDArray[np.float64]:
        """Row sums."""
        total: NDArray[np.float64] = self.flows.sum(axis=1) + self.final.sum(axis=1)
        return total

    @property
    def industries(self) -> pd.MultiIndex:
        """Pairs of region and sector."""
        return pd.MultiIndex.from_product([self.regions, self.sectors], names=["region", "sector"])

    @property
    def users(self) -> pd.MultiIndex:
        """Pairs of region and category of final demand."""
        return pd.MultiIndex.from_product([self.regions, self.uses], names=["region", "category"])


def split(region: str) -> bool:
    """Whether a region is a part of a country in OECD ICIO."""
    return region[:2] in {"CN", "MX"} and region[2:].isdigit()


def truth(seed: int, regions: Sequence[str], sectors: Sequence[str], uses: Sequence[str]) -> Truth:
    """Return a random balanced table with positive value added."""
    random = np.random.default_rng(seed)
    n, k = len(regions) * len(sectors), len(regions) * len(uses)
    final = random.uniform(50, 500, (n, k)).round(3)
    final[:, np.repeat([split(region) for region in regions], len(uses))] = 0.0
    flows = random.uniform(0, 20, (n, n)).round(3)
    rest = flows.sum(axis=1) + final.sum(axis=1) - flows.sum(axis=0)
    assert (rest > 0).all()
    wages = (rest * random.uniform(0.2, 0.8, n)).round(3)
    return Truth(
        regions,
        sectors,
        uses,
        flows,
        final,
        np.vstack([wages, rest - wages]),
        random.uniform(1, 9, (2, n)).round(3),
        random.uniform(1, 9, (2, k)).round(3),
    )


def icio(folder: Path, table: Truth, *, year: int, edition: int = 2023) -> Path:
    """Write OECD ICIO as of 2016 (HFCE_AUS, VA+TAXSUB), 2018 (taxes by country) or 2023 (TLS, VA).

    Parts of countries (CN1) sell and buy for production, but have no final demand.
    """
    places = [f"{r}_{s}" for r, s in table.industries]
    users = [f"{u}_{r}" if edition == 2016 else f"{r}_{u}" for r, u in table.users]
    frame = pd.DataFrame(np.hstack([table.flows, table.final]), places, [*places, *users])
    frame = frame.drop(
        columns=[u for u, (r, _) in zip(users, table.users, strict=True) if split(r)]
    )
    users = list(frame.columns[len(places) :])
    rows: dict[str, NDArray[np.float64]]
    if edition == 2016:  # cells below final demand are blank
        frame["DISC"] = 0.0
        rows = {"VA+TAXSUB": table.added.sum(axis=0), "OUT": table.output}
    elif edition == 2018:
        frame["TOTAL"] = table.output
        whole = [region for region in table.regions if not split(region)]
        rows = {f"{region}_TAXSUB": table.added[0] / len(whole) for region in whole}
        rows |= {"VALU": table.added[1], "OUTPUT": table.output}
    else:
        frame["OUT"] = table.output
        rows = {"TLS": table.added[0], "VA": table.added[1], "OUT": table.output}
    for name, values in rows.items():
        frame.loc[name, places] = values
        if edition > 2016:
            frame.loc[name, users] = 1.5 if name == "TLS" else 0.0
            frame.loc[name, frame.columns[-1]] = 0.0
    suffix = "CSV" if edition == 2018 else "csv"
    frame.to_csv(folder / f"ICIO{edition}_{year}.{suffix}", index_label="V1")
    return folder / f"ICIO{edition}_{year}.{suffix}"


def exiobase3(folder: Path, table: Truth, *, year: int, zipped: bool = False) -> Path:
    """Write EXIOBASE 3 (3.8): tab-separated texts, value added among the satellites, impacts."""
    root = folder / f"IOT_{year}_ixi"
    (root / "satellite").mkdir(parents=True)
    (root / "impacts").mkdir()
    places, users = table.industries, table.users

    def save(frame: pd.DataFrame, file: str) -> None:
        frame.to_csv(root / file, sep="\t")

    save(pd.DataFrame(table.flows, places, places), "Z.txt")
    save(pd.DataFrame(table.flows / table.output, places, places), "A.txt")
    save(pd.DataFrame(table.final, places, users), "Y.txt")
    save(pd.DataFrame({"indout": table.output}, places), "x.txt")
    save(pd.DataFrame({"unit": "M.EUR"}, places), "unit.txt")
    rows = pd.Index(
        [
            f"{WAGES}: Low-skilled",
            "Operating surplus: Remaining net operating surplus",
            "CO2 - combustion - air",
            "SOx - combustion - air",
            "Cropland - Wheat",
        ],
        name="stressor",
    )
    land = np.ones((1, len(places)))
    mass = np.vstack([table.pressures[0] * 1e6, table.pressures[1] * 1e6])  # kt → kg
    direct = np.vstack([np.zeros((2, len(users))), table.direct * 1e6, np.zeros((1, len(users)))])
    save(pd.DataFrame(np.vstack([table.added, mass, land]), rows, places), "satellite/F.txt")
    save(pd.DataFrame(direct, rows, users), "satellite/F_Y.txt")
    units = ["M.EUR", "M.EUR", "kg", "kg", "km2"]
    save(pd.DataFrame({"unit": units}, rows), "satellite/unit.txt")
    impact = pd.Index(["GHG emissions"], name="impact")
    save(pd.DataFrame(mass[:1], impact, places), "impacts/F.txt")
    save(pd.DataFrame({"unit": ["kg CO2 eq."]}, impact), "impacts/unit.txt")

    def parameters(part: str, kind: str, **files: tuple[int, int]) -> None:
        content = {
            "files": {
                name: {"name": f"{name}.txt", "nr_index_col": str(i), "nr_header": str(h)}
                for name, (i, h) in files.items()
            },
            "systemtype": kind,
            "name": part or "IOSystem",
        }
        (root / part / "file_parameters.json").write_text(json.dumps(content), encoding="utf-8")

    meta = {"description": "", "name": "EXIO3", "system": "ixi", "version": "3.8.2", "history": []}
    (root / "metadata.json").write_text(json.dumps(meta), encoding="utf-8")
    core = {"A": (2, 2), "Z": (2, 2), "Y": (2, 2), "x": (2, 1), "unit": (2, 1)}
    parameters("", "IOSystem", **core)
    parameters("satellite", "Extension", F=(1, 2), F_Y=(1, 2), unit=(1, 1))
    parameters("impacts", "Extension", F=(1, 2), unit=(1, 1))
    if not zipped:
        return root
    shutil.make_archive(str(root), "zip", root_dir=folder, base_dir=root.name)
    shutil.rmtree(root)
    return folder / f"{root.name}.zip"


def eora26(folder: Path, table: Truth, *, year: int, zipped: bool = False) -> Path:
    """Write Eora26: bare numbers, labels apart with a tab at the end; ROW holds discrepancies."""
    root = folder / f"Eora26_{year}_bp"
    root.mkdir(parents=True)
    places = [*((r, "Industries", s) for r, s in table.industries), ("ROW", "Industries", "TOTAL")]
    users = [(r, "Final demand", u) for r, u in [*table.users, *product(["ROW"], table.uses)]]
    k = len(table.uses)

    def padded(
        values: NDArray[np.float64], down: int, right: int, fill: float
    ) -> NDArray[np.float64]:
        return np.pad(values, ((0, down), (0, right)), constant_values=fill)

    tables = {
        "T": padded(table.flows, 1, 1, 0.5),
        "FD": padded(table.final, 1, k, 0.25),
        "VA": padded(table.added, 0, 1, 0.0),
        "Q": padded(table.pressures, 0, 1, 0.0),
        "QY": padded(table.direct, 0, k, 0.0),
    }
    for name, values in tables.items():
        np.savetxt(root / f"Eora26_{year}_bp_{name}.txt", values, fmt="%.17g", delimiter="\t")
    labels = {
        "T": [("name of " + r, r, *rest) for r, *rest in places],
        "FD": [("name of " + r, r, *rest) for r, *rest in users],
        "VA": [("Primary inputs", name) for name in INPUTS],
        "Q": [("I-GHG emissions (Gg)", name) for name in PRESSURES],
    }
    for name, rows in labels.items():
        text = "".join("\t".join(row) + "\t\n" for row in rows)
        (root / f"labels_{name}.txt").write_text(text, encoding="utf-8")
    if not zipped:
        return root
    shutil.make_archive(str(root), "zip", root_dir=root)
    shutil.rmtree(root)
    return folder / f"{root.name}.zip"


def gloria(folder: Path, table: Truth, *, year: int, version: int = 59) -> Path:
    """Write GLORIA: supply and use in one matrix, bare numbers, labels in a workbook."""
    r, s = len(table.regions), len(table.sectors)
    middle = "20231117_120secMother_AllCountries_002"
    end = f"{year}_0{version}_Markup001(full).csv"
    mrio = folder / f"GLORIA_MRIOs_{version}_{year}"
    satellites = folder / f"GLORIA_SatelliteAccounts_0{version}_{year}"
    mrio.mkdir(parents=True)
    satellites.mkdir()
    industry = np.array([i * 2 * s + j for i in range(r) for j in range(s)])
    goods = industry + s  # a region's industries stand before its products
    both = np.zeros((2 * r * s, 2 * r * s))
    both[np.ix_(industry, goods)] = np.diag(table.output)
    both[np.ix_(goods, industry)] = table.flows
    final = np.zeros((2 * r * s, table.final.shape[1]))
    final[goods] = table.final
    added = np.zeros((r * len(INPUTS), 2 * r * s))
    for column, place in enumerate(industry):  # the inputs of a region stand in its own rows
        added[column // s * len(INPUTS) : (column // s + 1) * len(INPUTS), place] = table.added[
            :, column
        ]
    mass = np.zeros((3, 2 * r * s))
    mass[:2, industry], mass[2, industry] = table.pressures, 1.0
    direct = np.vstack([table.direct, np.zeros((1, table.direct.shape[1]))])
    for where, name, values in (
        (mrio, "T", both),
        (mrio, "Y", final),
        (mrio, "V", added),
        (satellites, "TQ", mass),
        (satellites, "YQ", direct),
    ):
        np.savetxt(where / f"{middle}_{name}-Results_{end}", values, fmt="%.17g", delimiter=",")
    most = max(len(INPUTS), len(table.uses))
    sheets: dict[str, dict[str, Sequence[str]]] = {
        "Regions": {
            "Region_acronyms": table.regions,
            "Region_names": [f"name of {x}" for x in table.regions],
        },
        "Sectors": {"Sector_names": table.sectors},
        "Value added and final demand": {
            "Value_added_names": INPUTS,
            "Final_demand_names": table.uses,
        },
        "Satellites": {
            "Sat_indicator": [*PRESSURES, "jobs"],
            "Sat_head_indicator": ["Emissions", "Emissions", "Employment"],
            "Sat_unit": ["kilotonnes", "kilotonnes", "1000 p"],
        },
    }
    assert most == len(INPUTS) == len(table.uses)  # the sheet has one row for both
    with pd.ExcelWriter(folder / f"GLORIA_ReadMe_0{version}.xlsx") as book:
        for name, columns in sheets.items():
            pd.DataFrame(columns).to_excel(book, sheet_name=name, index=False)
    return folder


def figaro(folder: Path, table: Truth, *, year: int, edition: int = 25) -> Path:
    """Write Eurostat's FIGARO, industry by industry, CSV in matrix format."""
    places = [f"{r}_{s}" for r, s in table.industries]
    users = [f"{r}_{u}" for r, u in table.users]
    frame = pd.DataFrame(np.hstack([table.flows, table.final]), places, [*places, *users])
    rows = ("W2_D21X31", "W2_OP_RES", "W2_OP_NRES", "W2_D1", "W2_D29X39", "W2_B2A3G")
    for row in rows:
        frame.loc[row] = 0.0
    frame.loc["W2_D1", places] = table.added[0]
    frame.loc["W2_B2A3G", places] = table.added[1]
    frame.loc["W2_D21X31", users] = 2.0
    path = folder / f"matrix_eu-ic-io_ind-by-ind_{edition}ed_{year}.csv"
    frame.to_csv(path, index_label="rowLabels")
    return path
