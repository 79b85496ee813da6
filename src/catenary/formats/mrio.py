"""Multi-region input-output tables: what pymrio reads, and Eurostat's FIGARO.

Needs the optional extra `catenary[mrio]` (FIGARO, which pymrio does not know, does without).
Nothing is repaired silently: what was dropped, summed or renamed is a warning of the world.
"""

from __future__ import annotations

import re
import unicodedata
import warnings as python_warnings
import zipfile
import zlib
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, get_args

from catenary.errors import (
    CatenaryError,
    OptionError,
    SourceError,
    UnknownLabelError,
    did_you_mean,
    listed,
)
from catenary.formats.industry import IndustryTable, industry_world
from catenary.formats.mrio_layouts import CUT_SHORT, LAYOUTS, PRESSURE, Found, numbers, pairs
from catenary.languages import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    import pandas as pd

    from catenary.model import World

__all__ = ["Database", "read"]

Database = Literal["icio", "exiobase3", "eora26", "gloria", "figaro", "pymrio"]

_NOT_ISO: Final = {"EL": "GRC", "UK": "GBR", "FIGW1": "ROW"}
_FAILURES: Final = (  # what pymrio and pandas raise on files that are not what they should be
    *(OSError, ValueError, LookupError, TypeError, AttributeError, AssertionError, EOFError),
    *(ArithmeticError, zlib.error, zipfile.BadZipFile),
)


class _Known(NamedTuple):
    """What is known of a database, with the name of the file or folder of a year."""

    title: str
    publisher: str
    url: str
    name: str
    example: str


_KNOWN: Final[Mapping[str, _Known]] = {
    "icio": _Known(
        "OECD Inter-Country Input-Output tables",
        "OECD",
        "https://www.oecd.org/en/data/datasets/inter-country-input-output-tables.html",
        r"(?:ICIO\d{4}_)?(?P<year>\d{4})(?:_SML)?\.(?:csv|zip)",
        "ICIO2023_2018.csv",
    ),
    "exiobase3": _Known(
        "EXIOBASE 3, monetary input-output tables",
        "EXIOBASE consortium",
        "https://doi.org/10.5281/zenodo.3583070",
        r"IOT_(?P<year>\d{4})_(?:ixi|pxp)(?:\.zip)?",
        "IOT_2011_ixi.zip",
    ),
    "eora26": _Known(
        "Eora26, basic prices",
        "Lenzen, Kanemoto, Moran, Geschke",
        "https://worldmrio.com/eora26/",
        r"(?:Eora26_)?(?P<year>\d{4})(?:_bp(?:_T\.txt|\.zip)?)?",
        "Eora26_2015_bp.zip",
    ),
    "gloria": _Known(
        "GLORIA global MRIO, basic prices",
        "Industrial Ecology Virtual Laboratory",
        "https://ielab.info/labs/ielab-gloria",
        r"GLORIA_MRIOs_(?P<version>\d+a?)_(?P<year>\d{4})(?:\.zip)?",
        "GLORIA_MRIOs_59_2022.zip",
    ),
    "figaro": _Known(
        "FIGARO industry-by-industry inter-country input-output table",
        "Eurostat",
        "https://ec.europa.eu/eurostat/web/esa-supply-use-input-tables/database",
        r"matrix_eu-ic-io_ind-by-ind_(?:\d\ded_)?(?P<year>\d{4})(?:_v\d)?\.(?:csv|zip)",
        "matrix_eu-ic-io_ind-by-ind_25ed_2022.csv",
    ),
    "pymrio": _Known("table saved with pymrio", "", "", "(?!)", "file_parameters.json"),
}

_ISIC: Final = ("icio", "figaro")
"""Databases whose codes begin with a section of ISIC Rev. 4 (NACE Rev. 2)."""
_SERVICE: Final = re.compile(r"[D-U]([^A-Za-z]|$)")
"""From electricity (D) to extraterritorial organisations (U)."""


def read(path: Path, *, database: Database = "pymrio", year: int | None = None) -> World:
    """Read a multi-region input-output table.

    Parameters
    ----------
    path
        The file or folder as published, or a folder with several years.
    database
        Whose layout it has; `pymrio` = a folder or zip saved by pymrio.
    year
        Year of the table and of its prices; needed only if the names leave a choice.

    Raises
    ------
    OptionError
        If the database is unknown.
    SourceError
        If a file is not there or cannot be read, or pymrio is not installed.
    SchemaError
        If a label stands there twice or a cell is not a finite number.
    UnknownLabelError
        If rows and columns are not the same industries.
    UnitError
        If the unit of money is not understood.
    """
    if database not in _KNOWN:
        hint = did_you_mean(database, get_args(Database))
        raise OptionError(f"unknown database {database!r}", hint=hint)
    if not path.exists():
        raise SourceError(f"there is no file or folder {str(path)!r}", hint="check the path")
    with python_warnings.catch_warnings(record=True) as caught:
        python_warnings.simplefilter("always")
        try:
            chosen, year = _chosen(path, database, year)
            found = LAYOUTS[database](chosen, year)
            found.warnings += _unended(chosen)
            table = _industry_table(found, database, year)
        except CatenaryError:
            raise
        except Exception as error:
            if not isinstance(error, _FAILURES) and type(error).__module__[:6] != "pymrio":
                raise
            cause = f"{type(error).__name__}: {' '.join(str(error).split())}"
            raise SourceError(
                f"{path.name!r} could not be read as {database} ({cause})", hint=CUT_SHORT
            ) from None
    told = (w for w in caught if issubclass(w.category, (UserWarning, RuntimeWarning)))
    found.warnings += dict.fromkeys(f"while reading: {w.message}" for w in told)
    return industry_world(table, name=f"{database}-{year}" if year else database)


def _chosen(path: Path, database: str, year: int | None) -> tuple[Path, int | None]:
    """Return the file or folder of one year, and the year if it is known."""
    known = _KNOWN[database]
    pattern = re.compile(known.name, re.IGNORECASE)
    named = pattern.fullmatch(path.name)
    if path.is_file() or named or (path / "file_parameters.json").is_file():
        stated = int(named["year"]) if named else None
        if stated and year and stated != year:
            raise SourceError(f"{path.name!r} is of {stated}, not {year}", hint=f"year={stated}")
        return path, year or stated
    found: dict[int, list[Path]] = {}
    for child in sorted(path.iterdir()):
        if match := pattern.fullmatch(child.name):
            found.setdefault(int(match["year"]), []).append(child)
    if not found:
        hint = f"they are known by their names, such as {known.example}"
        raise SourceError(f"{str(path)!r} holds no {known.title}", hint=hint)
    if year is None and len(found) == 1:
        year = next(iter(found))
    if year is None or year not in found:
        what = f"no table of {year}" if year else "tables of several years"
        raise SourceError(f"{str(path)!r} has {what}", hint=f"it has {listed(found)}; give `year`")
    if len({child.stem.removesuffix("_T") for child in found[year]}) > 1:
        names = listed(child.name for child in found[year])
        raise SourceError(f"{str(path)!r} has several tables of {year}", hint=f"name one: {names}")
    return found[year][0], year  # a folder sorts before its zip


def _unended(path: Path) -> list[str]:
    """Tell which texts end within a line: their last number may lack digits."""
    texts = (file for file in (path.rglob("*") if path.is_dir() else (path,)) if file.is_file())
    unended = []
    for text in sorted(x for x in texts if x.suffix.lower() in {".csv", ".txt"}):
        with text.open("rb") as file:
            if file.seek(0, 2) and file.seek(-1, 2) >= 0 and file.read(1) not in b"\r\n":
                unended.append(text.name)
    what = "end within a line; the last number may be cut"
    return [f"{listed(unended)}: {what}"] if unended else []


def _aligned(frame: pd.DataFrame, rows: pd.Index, columns: pd.Index, what: str) -> pd.DataFrame:
    """Return a frame in the order of these labels; it must have just these."""
    for axis, wanted in (("row", rows), ("column", columns)):
        have = frame.index if axis == "row" else frame.columns
        for label in wanted.symmetric_difference(have):
            name = ".".join(map(str, label)) if isinstance(label, tuple) else str(label)
            fault = "lacks the" if label in wanted else "alone has the"
            raise UnknownLabelError(f"the part {what!r} {fault} {axis} {name!r}", hint=CUT_SHORT)
    return frame.reindex(index=rows, columns=columns)


def _named(labels: Iterable[str], short: Mapping[str, str]) -> dict[str, str]:
    """Return a code that can stand in an id: the label itself, its short code, or a slug."""
    codes: dict[str, str] = {}
    taken: set[str] = set()
    for label in dict.fromkeys(labels):
        code = short.get(label, label)
        if not re.fullmatch(r"[A-Za-z0-9_+\-]{1,24}", code):
            plain = unicodedata.normalize("NFKD", code).encode("ascii", "ignore").decode().lower()
            code = re.sub(r"[^a-z0-9]+", "_", plain).strip("_") or "unnamed"
        stem, count = code, 1
        while code in taken:
            count += 1
            code = f"{stem}_{count}"
        taken.add(code)
        codes[label] = code
    return codes


def _regions(labels: Iterable[str], warnings: list[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return ISO 3166-1 alpha-3 codes by label, and names by code; what is no country stays."""
    from pycountry import countries  # noqa: PLC0415  quick start

    codes, names, foreign = {}, {}, []
    for label in dict.fromkeys(labels):
        rest = re.fullmatch("W[AEFLM]", label)  # rests of continents in EXIOBASE, not Wallis
        two = countries.get(alpha_2=label) if len(label) == 2 and not rest else None
        codes[label] = two.alpha_3 if two else _NOT_ISO.get(label, label)
        if country := countries.get(alpha_3=codes[label]):
            names[codes[label]] = country.name
        elif codes[label] != "ROW":
            foreign.append(label)
    slugs = _named(codes.values(), {})
    codes = {label: slugs[code] for label, code in codes.items()}
    renamed = [f"{label} → {code}" for label, code in codes.items() if label != code]
    if renamed:
        warnings.append(say("regions were renamed: {codes}", codes=listed(renamed, most=400)))
    if foreign:
        warnings.append(
            say("regions that are no country of ISO 3166-1: {codes}", codes=listed(foreign))
        )
    return codes, names


def _industry_table(found: Found, database: str, year: int | None) -> IndustryTable:
    """Give what was found its codes and its source."""
    known, warnings = _KNOWN[database], found.warnings
    for frame in (found.flows, found.final, *found.rows.values()):
        frame.columns = pairs(frame.columns)
    found.flows.index, found.final.index = pairs(found.flows.index), pairs(found.final.index)
    places, users = found.flows.index, found.final.columns
    regions, names = _regions([*places.get_level_values(0), *users.get_level_values(0)], warnings)
    sectors = _named(places.get_level_values(1), found.short)
    categories = _named(users.get_level_values(1), found.short)
    for what, codes in (
        (say("sectors"), sectors),
        (say("categories of final demand"), categories),
    ):
        if made := sum(label != code for label, code in codes.items()):
            warnings.append(
                say(
                    "{made:,} {what} were given codes that can stand in an id", made=made, what=what
                )
            )
    if "(" not in found.money:
        warnings.append(say("the price year of the money is not known; give `year`"))
    flows = numbers(_aligned(found.flows, places, places, "flows"), "flows")
    final = numbers(_aligned(found.final, places, users, "final"), "final")
    rows = {}
    for name, frame in found.rows.items():
        columns = users if name == "stressors_final" else places
        values = numbers(_aligned(frame, frame.index, columns, name), name)
        rows[name] = dict(zip(frame.index, values, strict=True))
    stated = None if found.output is None else found.output.reindex(places).to_frame("output")
    return IndustryTable(
        regions=[regions[label] for label in places.get_level_values(0)],
        sectors=[sectors[label] for label in places.get_level_values(1)],
        flows=flows,
        final=final,
        final_regions=[regions[label] for label in users.get_level_values(0)],
        final_categories=[categories[label] for label in users.get_level_values(1)],
        unit=found.money,
        output=None if stated is None else numbers(stated, "output")[:, 0],
        value_added=rows.get("value_added"),
        stressors=rows.get("stressors", {}),
        stressors_final=rows.get("stressors_final", {}),
        stressor_unit=PRESSURE,
        region_names=names,
        sector_names={code: label for label, code in sectors.items()},
        services=frozenset(code for code in sectors.values() if _SERVICE.match(code))
        if database in _ISIC
        else frozenset(),
        source={
            "id": f"{database}-{year}" if year else database,
            "title": f"{known.title}, {year}" if year else known.title,
            "publisher": known.publisher,
            "url": known.url,
            "kind": "fact" if known.url else "assumption",
            "statement": f"flows in {found.money}, current prices, as they stand in the files",
        },
        warnings=warnings,
    )
