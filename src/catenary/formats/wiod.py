"""The World Input-Output Database, 2013 release, as Parquet files.

A folder with `Z_YYYY.parquet` (column `row` and one column per industry, labelled REGION.cN),
`Y_YYYY.parquet`, `X_VA_YYYY.parquet`, `sectors.csv`. Million USD at current basic prices.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from catenary.errors import SourceError, UnknownLabelError, did_you_mean, listed
from catenary.formats.co2 import with_co2
from catenary.formats.industry import IndustryTable, industry_world

if TYPE_CHECKING:
    from pathlib import Path

    from catenary.model import World

__all__ = ["read"]

_SERVICES: Final = frozenset(f"c{k}" for k in range(17, 36))
"""Electricity, gas and water (ISIC Rev. 3 section E) to private households (P)."""


def _frame(path: Path) -> pd.DataFrame:
    try:
        frame: pd.DataFrame = pq.read_table(path).to_pandas()
    except (OSError, pa.ArrowInvalid) as error:
        raise SourceError(
            f"cannot read {path.name}: {error}", hint="the file may be cut short; fetch it again"
        ) from None
    return frame


def _years(path: Path) -> list[int]:
    found = (re.fullmatch(r"Z_(\d{4})\.parquet", file.name) for file in sorted(path.iterdir()))
    return [int(match[1]) for match in found if match]


def read(path: Path, *, year: int = 2011, co2: str = "") -> World:
    """Read one year of the WIOD 2013 release.

    Parameters
    ----------
    path
        Folder with the Parquet files.
    year
        Year of the table.
    co2
        File or folder of CO2 by country and broad sector (CAIT), to be spread over the industries
        as `stressors`; blank = none. See `catenary.formats.co2`.

    Raises
    ------
    SourceError
        If the folder, the year or a file is not there, or a file cannot be read.
    UnknownLabelError
        If rows and columns are not the same industries.
    """
    if not path.is_dir():
        raise SourceError(
            f"there is no folder {str(path)!r}", hint="give the folder with Z_YYYY.parquet files"
        )
    years = _years(path)
    if year not in years:
        raise SourceError(
            f"{str(path)!r} has no WIOD table of {year}",
            hint=f"it has {listed(years)}" if years else "it holds no Z_YYYY.parquet file",
        )
    flows = _frame(path / f"Z_{year}.parquet").set_index("row")
    final = _frame(path / f"Y_{year}.parquet").set_index("row")
    stated = _frame(path / f"X_VA_{year}.parquet").set_index("row")
    labels = flows.index
    for what, other in (("columns", flows.columns), ("final demand", final.index)):
        for label in labels.symmetric_difference(other):
            raise UnknownLabelError(
                f"WIOD {year}: {label!r} stands among the rows or the {what}, but not in both",
                hint=did_you_mean(label, other),
            )
    final, stated, flows = final.loc[labels], stated.loc[labels], flows[labels]
    industries = [str(label).split(".", 1) for label in labels]
    columns = [str(label).split(".", 1) for label in final.columns]
    sectors = path / "sectors.csv"
    names = (
        pd.read_csv(sectors) if sectors.is_file() else pd.DataFrame({"wiod_code": [], "name": []})
    )
    values = flows.to_numpy(np.float64)
    values.flags.writeable = False  # ours alone: saves the World a copy
    table = IndustryTable(
        regions=[region for region, _ in industries],
        sectors=[sector for _, sector in industries],
        flows=values,
        final=final.to_numpy(np.float64),
        final_regions=[region for region, _ in columns],
        final_categories=[code.partition("_")[2] or code for _, code in columns],  # c37_households
        unit=f"MUSD({year})/year",
        output=stated["output"].to_numpy(np.float64),
        sector_names=dict(zip(names["wiod_code"], names["name"], strict=True)),
        services=_SERVICES,
        source={
            "id": f"wiod2013-{year}",
            "title": f"World Input-Output Database, 2013 release, table of {year}",
            "publisher": "Timmer, Dietzenbacher, Los, Stehrer, de Vries (2015)",
            "published": 2013,
            "url": "https://www.rug.nl/ggdc/valuechain/wiod/wiod-2013-release",
            "kind": "fact",
            "statement": "million USD at current basic prices; value added is output less inputs",
        },
    )
    world = industry_world(table, name=f"wiod-{year}")
    return with_co2(world, co2, year=year) if co2 else world
