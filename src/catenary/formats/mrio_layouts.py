"""The published layouts of multi-region input-output tables, as labelled frames.

Through pymrio's public parsers, but for FIGARO. What these drop, sum or fill is found and told.
"""

from __future__ import annotations

import json
import re
import zipfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
import pandas as pd
from scipy import sparse

from catenary.errors import SchemaError, SourceError, UnitError, UnknownLabelError, listed
from catenary.model.units import factor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["CUT_SHORT", "LAYOUTS", "PRESSURE", "Found", "numbers", "pairs"]

CUT_SHORT: Final = "the file may be cut short, or of another layout; fetch it again"
PRESSURE: Final = "kt/year"  # the one unit of `stressors`

_MASS: Final = {"Gg": "kt", "Tg": "Mt", "tonnes": "t", "tonne": "t", "kilotonnes": "kt"}
_SCALES: Final = {
    **dict.fromkeys(("k", "000", "1000", "thousand"), "k"),
    **dict.fromkeys(("m", "mio", "mill", "million"), "M"),
    **dict.fromkeys(("g", "bn", "billion"), "G"),
    "": "",
}
_MONEY: Final = re.compile(r"[‘’']?(.*?)[ .]*(US\$|€|[A-Z]{3})(?:\((\d{4})\))?(?:/year)?")
_FACTORS: Final = re.compile(r"factor.?inputs?|value.?added|VA", re.IGNORECASE)
_FACTOR_ROWS: Final = (  # EXIOBASE 3 up to 3.8 keeps them among its satellites
    "Taxes less subsidies on products|Other net taxes|Compensation of employees|Operating surplus"
)
_NONE: Final = "(?!)"  # matches nothing
_FIGARO_USES: Final = re.compile(r"P[35]\d?[A-Z]?(?:_S\d+)?")  # P3_S14, P51G, P5M; not P85


_Account: TypeAlias = tuple[Any, Any, list[Any]]


@dataclass(kw_only=True, eq=False)
class Found:
    """What a reader found; industries and users are pairs (region, code or name)."""

    flows: pd.DataFrame
    final: pd.DataFrame
    money: str  # the unit of all of it but the stressors, such as `MUSD(2011)/year`
    output: pd.Series[float] | None = None  # as the source states it
    rows: dict[str, pd.DataFrame] = field(default_factory=dict)  # value_added, stressors(_final)
    short: dict[str, str] = field(default_factory=dict)  # the database's short codes by name
    warnings: list[str] = field(default_factory=list)


def numbers(table: pd.DataFrame, what: str) -> NDArray[np.float64]:
    """Return a frame's numbers.

    Raises
    ------
    SchemaError
        If a cell is blank, no number or infinite; names the first.
    """
    try:
        values = np.array(table, dtype=np.float64)
    except (TypeError, ValueError):
        values = np.array(table.apply(pd.to_numeric, errors="coerce"), dtype=np.float64)
    bad = ~np.isfinite(values)
    if bad.any():
        row, column = (int(place) for place in np.unravel_index(int(bad.argmax()), bad.shape))
        labels: tuple[object, object] = (table.index[row], table.columns[column])
        first, second = (".".join(x) if isinstance(x, tuple) else str(x) for x in labels)
        raise SchemaError(
            f"{what}: {int(bad.sum()):,} cells are not finite numbers (first: row {first!r}, "
            f"column {second!r}: {table.iloc[row, column]!s})",
            hint="write 0 where there is nothing; the file may be cut short",
        )
    values.flags.writeable = False  # ours alone: saves the World a copy
    return values


def pairs(labels: pd.Index) -> pd.MultiIndex:
    """Return labels as pairs of region and code.

    Raises
    ------
    SchemaError
        If a label stands there twice.
    """
    codes = labels.get_level_values(-1) if labels.nlevels > 1 else pd.Index(["all"] * len(labels))
    both = [labels.get_level_values(0).astype(str), codes.astype(str)]
    paired = pd.MultiIndex.from_arrays(both, names=["region", "code"])
    if paired.has_duplicates:
        twice = ".".join(map(str, paired[paired.duplicated()][0]))
        raise SchemaError(f"the label {twice!r} stands there twice", hint="rename one of them")
    return paired


def _split(labels: pd.Index) -> pd.MultiIndex:
    """Return pairs of labels such as `AUS_01T03`."""
    return pairs(pd.MultiIndex.from_tuples([str(label).partition("_")[::2] for label in labels]))


def _money(text: str, year: int | None) -> str:
    """Return a unit of money in our grammar: `M.EUR` of 2011 is `MEUR(2011)/year`."""
    match = _MONEY.fullmatch(text.strip())
    scale = _SCALES.get(match[1].lower()) if match else None
    if match is None or scale is None:
        raise UnitError(f"{text!r} is no unit of money", hint="write for example 'M.EUR'")
    currency = {"US$": "USD", "€": "EUR"}.get(match[2], match[2])
    price = f"({year or match[3]})" if year or match[3] else ""
    return f"{scale}{currency}{price}/year"


def _scale(unit: object, wanted: str, year: int | None) -> float:
    """Return what a row is multiplied by, or NaN if its unit does not fit."""
    try:
        if wanted == PRESSURE:
            return factor(f"{_MASS.get(str(unit), unit)}/year", wanted)
        return factor(_money(str(unit), year), wanted)
    except UnitError:
        return np.nan


def _take(
    found: Found, name: str, account: _Account, year: int | None, inputs: str = _NONE
) -> None:
    """Take the rows of an account whose unit fits: value added, or masses as stressors.

    `account` holds the rows by industry, those by user (or None) and the unit of every row; the
    labels that match `inputs` are value added.
    """
    flows, direct, units = account
    if direct is not None and not direct.index.equals(flows.index):
        direct = direct.reindex(flows.index)
    texts = [", ".join(map(str, x)) if isinstance(x, tuple) else str(x) for x in flows.index]
    labels, is_input = pd.Index(texts), np.array([bool(re.match(inputs, text)) for text in texts])
    wanted = [found.money if is_value else PRESSURE for is_value in is_input]
    scales = np.array([_scale(*units, year) for units in zip(units, wanted, strict=True)])
    fits, told = np.isfinite(scales), []
    for part, chosen in (("value_added", is_input & fits), ("stressors", ~is_input & fits)):
        if not chosen.any():
            continue
        told.append(f"{chosen.sum():,} are {part}")
        taken = flows.loc[chosen].mul(scales[chosen], axis=0).set_axis(labels[chosen])
        _append(found, part, taken, name)
        if direct is None or not np.any(direct.loc[chosen]):
            continue
        beyond = direct.loc[chosen].mul(scales[chosen], axis=0).set_axis(taken.index)
        if part == "stressors":
            _append(found, "stressors_final", beyond, name)
        else:
            total = numbers(beyond, part).sum()
            told.append(f"{total:.6g} {found.money} of them fall on final demand and were dropped")
    if not fits.all():
        kinds = dict.fromkeys(str(u) for u, ok in zip(units, fits, strict=True) if not ok)
        told.append(f"{(~fits).sum():,} were left out, being in {listed(kinds)}")
    found.warnings.append(f"account {name!r} has {len(labels):,} rows: {'; '.join(told)}")


def _append(found: Found, part: str, rows: pd.DataFrame, name: str) -> None:
    """Add rows to a part; a label that is there already gets the name of its account."""
    have = found.rows.get(part)
    known = set() if have is None else set(have.index)
    labels: list[str] = []
    for label in rows.index:
        new, count = label, 1
        while new in known:
            new, count = f"{name}: {label}" + f" ({count})" * (count > 1), count + 1
        known.add(new)
        labels.append(new)
    if renamed := sum(a != b for a, b in zip(labels, rows.index, strict=True)):
        found.warnings.append(f"account {name!r}: {renamed} labels seen before were renamed")
    rows = rows.set_axis(pd.Index(labels))
    found.rows[part] = rows if have is None else pd.concat([have, rows])


def _system(system: Any, year: int | None, *, inputs: str = _NONE) -> Found:
    """Take the tables of a pymrio IOSystem; `inputs` match value added among satellites."""
    if system.Z is None or system.Y is None or system.unit is None:
        lacking = [name for name in ("Z", "Y", "unit") if getattr(system, name) is None]
        raise SourceError(f"the table has no {listed(lacking)}", hint=CUT_SHORT)
    units = list(dict.fromkeys(system.unit.iloc[:, -1].astype(str)))
    if len(units) > 1:
        raise UnitError(f"the flows are in {listed(units)}", hint="give a table in one money")
    stated = None if system.x is None else system.x.iloc[:, 0]
    found = Found(flows=system.Z, final=system.Y, money=_money(units[0], year), output=stated)
    names = list(system.get_extensions())
    known = any(_FACTORS.fullmatch(name) for name in names)
    for name in names:
        part = getattr(system, name)
        if part.F is None or part.unit is None:
            found.warnings.append(f"account {name!r} has no flows (F) or no units and was left out")
            continue
        rows = ".*" if _FACTORS.fullmatch(name) else _NONE if known else inputs
        units = list(part.unit.iloc[:, -1].reindex(part.F.index))
        _take(found, name, (part.F, part.F_Y, units), year, rows)
    return found


def _pymrio() -> Any:
    try:
        import pymrio  # noqa: PLC0415  an optional extra
    except ImportError as error:
        raise SourceError(
            f"this layout is read with pymrio, which cannot be imported ({error})",
            hint="pip install 'catenary[mrio]'",
        ) from None
    return pymrio


def _icio(path: Path, year: int | None) -> Found:
    module, raw = _pymrio(), pd.read_csv(path, index_col=0)
    stated = raw.columns.intersection(["OUT", "TOTAL"])
    inputs = raw.index.astype(str).str.contains("VALU|TAX") | raw.index.isin(["TLS", "VA"])
    ends = raw.index.isin(["OUT", "OUTPUT"])  # the last row in every edition
    if not inputs.any() or not ends.any():
        raise SourceError(f"{path.name!r} has no value added or no OUT row", hint=CUT_SHORT)
    places = raw.index[~inputs & ~ends]
    for label in places.difference(raw.columns):
        raise UnknownLabelError(f"the industry {label!r} has a row, but no column", hint=CUT_SHORT)
    labels = _split(places)
    uses = raw.columns.difference([*places, *stated], sort=False)
    numbers(raw.loc[places, [*places, *uses, *stated]], "flows")
    numbers(raw.loc[~raw.index.isin(places), places], "value added")
    found = _system(module.parse_oecd(path), year)
    regions, codes = labels.get_level_values(0), labels.get_level_values(1)
    wholes = {r: {"CN": "CHN", "MX": "MEX"}[r[:2]] for r in regions if re.match(r"(CN|MX)\d", r)}
    wholes = {part: whole for part, whole in wholes.items() if whole in regions}
    if wholes:
        summed = listed(f"{part} into {whole}" for part, whole in sorted(wholes.items()))
        found.warnings.append(f"parts of countries were summed: {summed}")
    if len(stated):
        whole = pd.MultiIndex.from_arrays([[wholes.get(r, r) for r in regions], codes])
        found.output = raw.loc[places, stated[0]].set_axis(whole).groupby(level=[0, 1]).sum()
    if blank := int(raw.isna().to_numpy().sum()):
        found.warnings.append(f"{blank} blank cells outside the deliveries were read as 0")
    return found


def _no_pickles(path: Path) -> None:
    """Refuse tables stored as pickle, which can run any program when they are read."""
    name = "file_parameters.json"
    if path.is_dir():
        texts = [file.read_bytes() for file in path.rglob(name)]
    else:
        with zipfile.ZipFile(path) as archive:
            texts = [archive.read(x) for x in archive.namelist() if x.endswith(name)]
    files = [str(part["name"]) for text in texts for part in json.loads(text)["files"].values()]
    if unsafe := [file for file in files if file.lower().endswith((".pkl", ".pickle"))]:
        raise SourceError(
            f"{path.name!r} stores {unsafe[0]!r} as pickle, which could run any program",
            hint="save it again with table_format='parquet' or 'txt'",
        )


def _exiobase3(path: Path, year: int | None) -> Found:
    module = _pymrio()
    _no_pickles(path)
    system = module.parse_exiobase3(path)
    impacts = getattr(system, "impacts", None)
    if impacts is not None:  # the satellites once more, weighted: would count twice
        del system.impacts
    found = _system(system, year, inputs=_FACTOR_ROWS)
    if impacts is not None:
        found.warnings.append("account 'impacts', computed from the others, was left out")
    known = [module.get_classification(name) for name in ("exio3_pxp", "exio3_ixi")]
    sectors = set(system.get_sectors())
    best = max(known, key=lambda one: len(sectors.intersection(one.sectors["ExioName"])))
    for frame in (best.finaldemand, best.sectors):
        found.short |= dict(zip(frame["ExioName"], frame["ExioLabel"], strict=True))
    return found


def _saved(path: Path, year: int | None) -> Found:
    module = _pymrio()
    _no_pickles(path)
    system = module.load_all(path, subset=["Z", "Y", "A", "x", "unit", "F", "F_Y", "FY"])
    told = []
    if system.Z is None and system.A is not None and system.Y is not None:
        if system.x is None:
            system.x = module.calc_x_from_L(module.calc_L(system.A), system.Y.sum(axis=1))
        system.Z = module.calc_Z(system.A, system.x)
        told = ["the flows were not stored; pymrio computed them from coefficients"]
    found = _system(system, year)
    found.warnings += told
    return found


def _eora26(path: Path, year: int | None) -> Found:
    folder = path if path.is_dir() else path.parent
    if year is None:
        raise SourceError(f"the year of {path.name!r} is not known", hint="give `year`")
    found = _system(_pymrio().parse_eora26(folder, year=year), year)
    by, to = _rest_of_eora(folder / str(year) if (folder / str(year)).is_dir() else folder, year)
    if by or to:
        found.warnings.append(
            f"pymrio drops the region ROW of Eora26, its statistical discrepancies: {by:.6g} "
            f"{found.money} of deliveries by it and {to:.6g} to it"
        )
    return found


def _rest_of_eora(folder: Path, year: int) -> tuple[float, float]:
    """Return what the region ROW of Eora26 delivers, and what others deliver to it."""
    with ExitStack() as stack:
        files = [*sorted(folder.glob(f"*{year}*bp*.zip")), *folder.glob("indices.zip")]
        archives = [stack.enter_context(zipfile.ZipFile(file)) for file in files]

        def table(name: str) -> pd.DataFrame:
            inside = next((a for a in archives if name in a.namelist()), None)
            with inside.open(name) if inside else (folder / name).open("rb") as file:
                return pd.read_csv(file, sep="\t", header=None)

        rest, users = (table(f"labels_{x}.txt")[1].to_numpy() == "ROW" for x in ("T", "FD"))
        if not rest.any():
            return 0.0, 0.0
        flows, final = (numbers(table(f"Eora26_{year}_bp_{x}.txt"), x) for x in ("T", "FD"))
    by = flows[rest].sum() + final[rest].sum()
    return float(by), float(flows[~rest][:, rest].sum() + final[~rest][:, users].sum())


def _gloria(path: Path, year: int | None) -> Found:
    named = re.match(r"GLORIA_MRIOs_(\d+)", path.name, re.IGNORECASE)
    if year is None or not named:
        raise SourceError(f"{path.name!r} is not named like GLORIA", hint="give the whole folder")
    needed = (f"GLORIA_SatelliteAccounts_0{named[1]}_{year}*", f"GLORIA_ReadMe_0{named[1]}*.xlsx")
    files = [sorted(path.parent.glob(pattern)) for pattern in needed]
    for pattern, matches in zip(needed, files, strict=True):
        if not matches:
            raise SourceError(f"beside {path.name!r} there is no {pattern}", hint="add it")
    edition = files[1][0].stem.rpartition("_0")[2]
    version = int(edition) if edition.isdigit() else edition
    tables, meta = _pymrio().parse_gloria_sut(path.parent, year, version=version)
    supply, use = tables["V"], tables["U"]
    made = numbers(supply, "supply")
    total = made.sum(axis=1)
    shares = sparse.csr_array(made / np.where(total == 0, 1.0, total)[:, None])  # of each industry

    def by_product(frame: pd.DataFrame, what: str) -> pd.DataFrame:
        return pd.DataFrame(numbers(frame, what) @ shares, frame.index, supply.columns)

    money = _money("000 USD", year)
    found = Found(
        flows=by_product(use, "use"), final=tables["Y"], money=money, output=supply.sum(axis=0)
    )
    found.warnings.append("supply and use were joined, product by product (industry technology)")
    added = by_product(tables["VA"].groupby(level=-1, sort=False).sum(), "value added")
    units = list(tables["Q"].index.get_level_values(-1))
    pressures = by_product(tables["Q"], "satellites").droplevel(-1)
    _take(found, "VA", (added, None, ["000 USD"] * len(added)), year, ".*")
    _take(found, "Q", (pressures, tables["QY"].droplevel(-1), units), year)
    told = re.findall(r"empty countries \(\[([^\]]+)\]\)", str(meta.modification_history))
    found.warnings += dict.fromkeys(f"regions without any flow were removed: {x}" for x in told)
    idle = total == 0
    if lost := sum(float(part.loc[:, idle].to_numpy().sum()) for part in (use, tables["VA"])):
        found.warnings.append(f"{lost:.6g} {money} of inputs into idle industries were dropped")
    return found


def _figaro(path: Path, year: int | None) -> Found:
    raw = pd.read_csv(path, index_col=0)
    if "obsValue" in raw.columns:
        raise SourceError(f"{path.name!r} is a flat file", hint="give the file in matrix format")
    is_input = raw.index.astype(str).str.startswith("W2_")
    places = raw.index[~is_input]
    uses = raw.columns.difference(places, sort=False)
    if lacking := {"W2_D21X31", "W2_D1", "W2_D29X39", "W2_B2A3G"}.difference(raw.index):
        raise SourceError(f"{path.name!r} lacks {listed(sorted(lacking))}", hint=CUT_SHORT)
    odd = [x for x in uses if not _FIGARO_USES.fullmatch(str(x).partition("_")[2])]
    for label in [*places.difference(raw.columns), *odd]:
        raise UnknownLabelError(f"the industry {label!r} has no row or no column", hint=CUT_SHORT)
    numbers(raw, "FIGARO")
    industries, users = _split(places), _split(uses)
    flows = raw.loc[places, places].set_axis(industries).set_axis(industries, axis=1)
    final = raw.loc[places, uses].set_axis(industries).set_axis(users, axis=1)
    found = Found(flows=flows, final=final, money=_money("MEUR", year))
    added = raw.loc[is_input, places].set_axis(industries, axis=1)
    beyond = raw.loc[is_input, uses].set_axis(users, axis=1)
    _take(found, "value added", (added, beyond, ["MEUR"] * len(added)), year, ".*")
    return found


LAYOUTS: Final[Mapping[str, Callable[[Path, int | None], Found]]] = {
    "icio": _icio,
    "exiobase3": _exiobase3,
    "eora26": _eora26,
    "gloria": _gloria,
    "figaro": _figaro,
    "pymrio": _saved,
}
