"""Write the ports of the built-in world `sea`; `python -m tools.sea.ports`.

Reads UN/LOCODE 2023-1 as shipped in pyunlocode, the list of searoute, positions of airports and of
places (GeoNames), and the mask of the sea: all as data files of packages pinned in
constraints.txt. Writes facilities, aliases, gateways and their sources, and docs/ports.md. The same
packages give the same bytes.
"""

from __future__ import annotations

import csv
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pycountry import countries
from tools.sea import port_report
from tools.sea import port_sources as src
from tools.sea.port_places import SOURCE, Evidence, Place, far, same_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ROOT: Final = Path(__file__).resolve().parents[2]
TABLES: Final = ROOT / "src" / "catenary" / "worlds" / "sea"
REPORT: Final = ROOT / "docs" / "ports.md"
HERE: Final = Path(__file__).resolve().parent
OWN: Final = "catenary_ports"
CODE: Final = re.compile(r"[A-Z]{2}[A-Z2-9]{3}")
DISSOLVED: Final = {"AN": ("BQ", "CW", "SX"), "CS": ("ME", "RS")}
"""Codes of countries that searoute still uses, and those of today."""
ROMANISED: Final = "BGN/PCGN1956 - "
"""How one name of UN/LOCODE begins: with the way it was romanised."""
UNLOCODE: Final = "unece_unlocode_2023"
TOWN: Final = 40.0
"""A town within this distance lends its names to a port (km)."""
SAME: Final = 25.0
"""A code that is no port of UN/LOCODE is an alias of its namesake within this distance (km)."""


def regions() -> dict[str, str]:
    """Return ISO 3166-1 alpha-2 → alpha-3."""
    return {one.alpha_2: one.alpha_3 for one in countries}


def gather(evidence: Evidence, aliases: Mapping[str, str]) -> list[Place]:
    """Return every place that may be a port: function 1 in UN/LOCODE, or listed by searoute."""
    ports = {code for code, entry in evidence.entries.items() if "1" in entry.function}
    known = regions().keys() | DISSOLVED.keys()
    found = []
    for code in sorted(ports | evidence.searoute.keys() | set(aliases.values())):
        if code in aliases or code[:2] not in known:
            continue
        entry = evidence.entries.get(code)
        listed = evidence.searoute.get(code)
        airport = entry is None or entry.name.endswith("Apt")
        name = listed[0] if listed and airport else entry.name if entry else code
        name = re.sub(r" (Pt|- høfn)$", "", name)
        if name.startswith(ROMANISED):
            name = name.removeprefix(ROMANISED).title()
        place = Place(code, name, entry, listed is not None)
        if not CODE.fullmatch(code):
            place.dropped = "no UN/LOCODE"
        found.append(place)
    return found


def settle(places: Iterable[Place], evidence: Evidence, aliases: Mapping[str, str]) -> None:
    """Choose the position of every place."""
    others: dict[str, list[src.Entry]] = {}
    for alias, code in aliases.items():
        if alias in evidence.entries:
            others.setdefault(code, []).append(evidence.entries[alias])
    for place in places:
        if place.id[:2] in DISSOLVED:
            place.dropped = f"code of a country dissolved: {place.name}"
        if not place.dropped:
            evidence.choose(place, others.get(place.id, ()))


def second_codes(places: Iterable[Place], evidence: Evidence) -> list[tuple[str, str, str]]:
    """Return aliases found by rule, and drop their places: no port in UN/LOCODE, but its namesake.

    The namesake is a port of UN/LOCODE in the same country, within 25 km.
    """
    ports: dict[str, list[Place]] = {}
    for one in places:
        if one.chosen is not None and one.entry is not None and "1" in one.entry.function:
            ports.setdefault(one.id[:2], []).append(one)
    found = []
    for place in places:
        if place.entry is not None and "1" in place.entry.function:
            continue
        listed = evidence.searoute.get(place.id)
        point = place.chosen.point if place.chosen else listed[1] if listed else None
        if point is None or len(place.id) != 5:
            continue
        name = listed[0] if listed else place.name
        near = [
            one
            for country in DISSOLVED.get(place.id[:2], (place.id[:2],))
            for one in ports.get(country, ())
            if one.chosen is not None
            and far(one.chosen.point, point) <= SAME
            and (src.keys(one.name) & src.keys(name) or _alike(one, name, point))
        ]
        if near:
            best = min(near, key=lambda one: far(one.chosen.point, point) if one.chosen else 0)
            what = "no port in UN/LOCODE" if place.entry else "not in UN/LOCODE 2023-1"
            found.append((place.id, best.id, f"{what}; searoute's code of {name}"))
            place.chosen, place.dropped = None, "alias"
    return found


def other_names(
    taken: Iterable[Place], evidence: Evidence, aliases: Mapping[str, str]
) -> list[tuple[str, str, str, str]]:
    """Return other names of ports, the port, and the source: those that UN/LOCODE lists, and ours.

    Those of port_names.csv have for source whoever else calls the port so: UN/LOCODE, or GeoNames
    of a town near it; what nobody else says is ours, with its reason.

    Raises
    ------
    ValueError
        If a row of port_names.csv has no port, or needs a reason and has none.
    """
    ports = {one.id: one for one in taken}
    codes: dict[tuple[str, str], list[str]] = {}
    for code, entry in evidence.entries.items():
        codes.setdefault((code[:2], entry.name), []).append(aliases.get(code, code))
    stated: dict[tuple[str, str], str] = {}
    for country, other, name in src.other_names():
        found = dict.fromkeys(code for code in codes.get((country, name), ()) if code in ports)
        if len(found) == 1:
            stated[other, next(iter(found))] = f"UN/LOCODE: {other} = {name}"
    rows = [(name, code, UNLOCODE, note) for (name, code), note in stated.items()]
    lacking = []
    for row in src.read_csv(HERE / "port_names.csv"):
        name, code = row["name"], row["facility"]
        port = ports.get(code)
        if port is None or port.chosen is None:
            raise ValueError(f"{name} of port_names.csv is {code}, which is no port taken")
        if (name, code) in stated:
            continue
        if evidence.called(name, code[:2], port.chosen.point, TOWN) and not row["note"]:
            rows.append((name, code, "geonames", "a name of the town in GeoNames"))
        elif row["note"]:
            rows.append((name, code, OWN, row["note"]))
        else:
            lacking.append(f"{name} ({code})")
    if lacking:
        raise ValueError(f"port_names.csv: no source has {', '.join(lacking)}; give reasons")
    return rows


def _alike(one: Place, name: str, point: src.Point) -> bool:
    """Return whether names resemble each other and the places are within 5 km."""
    return (
        one.chosen is not None and far(one.chosen.point, point) <= 5 and same_name(one.name, name)
    )


def gateways(places: Iterable[Place]) -> list[dict[str, str]]:
    """Return the rows of the table of gateways: written down, or the first terminal of a region."""
    rows = src.read_csv(HERE / "port_gateways.csv")
    names = regions()
    known = {one.id for one in places}
    total: dict[str, float] = {}
    for row in rows:
        if row["facility"] not in known:
            raise ValueError(f"gateway {row['facility']} of {row['region']} is no port taken")
        total[row["region"]] = total.get(row["region"], 0.0) + float(row["teu"] or 1)
    found = []
    for row in rows:
        stated = bool(row["teu"])
        note = row["note"] or ("" if stated else "largest container ports as generally known")
        equal = "" if stated or total[row["region"]] == 1 else "; equal shares"
        found.append(
            {
                "region": row["region"],
                "facility": row["facility"],
                "share": _share(float(row["teu"] or 1), total[row["region"]]),
                "source": row["source"] or OWN,
                "year": row["year"],
                "note": note + equal,
            }
        )
    for one in sorted(places, key=lambda one: (not one.listed, one.id)):
        region = names[one.id[:2]]
        if region not in total:
            total[region] = 1.0
            note = "first port listed; no throughput known"
            found.append(dict(zip(GATEWAYS, (region, one.id, "1", OWN, "", note), strict=True)))
    return sorted(found, key=lambda row: (row["region"], row["facility"]))


GATEWAYS: Final = ("region", "facility", "share", "source", "year", "note")
FACILITIES: Final = ("id", "name", "region", "kind", "lon", "lat", "source", "note")


def _share(part: float, whole: float) -> str:
    return f"{part / whole:.12g}"


def facilities(places: Iterable[Place]) -> list[dict[str, str]]:
    """Return the rows of the table of facilities."""
    names = regions()
    found = []
    for one in places:
        if one.chosen is not None:
            lon, lat = one.chosen.point
            row = (one.id, one.name, names[one.id[:2]], "port", f"{lon:.4f}", f"{lat:.4f}")
            found.append(
                dict(zip(FACILITIES, (*row, SOURCE[one.chosen.how], one.note), strict=True))
            )
    return found


def write(path: Path, columns: Iterable[str], rows: Iterable[Mapping[str, str]]) -> None:
    """Write a CSV file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(columns), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def build(folder: Path = TABLES, report: Path | None = REPORT) -> None:
    """Write facilities, aliases, gateways and sources_ports into a folder, and the report."""
    folder.mkdir(parents=True, exist_ok=True)
    evidence = Evidence()
    written = src.read_csv(HERE / "port_aliases.csv")
    second = {row["alias"]: row["facility"] for row in written}
    places = gather(evidence, second)
    settle(places, evidence, second)
    free = [one for one in places if one.id not in set(second.values())]
    aliases = [(row["alias"], row["facility"], OWN, row["note"]) for row in written]
    aliases += [(a, f, "searoute_ports", n) for a, f, n in second_codes(free, evidence)]
    taken = [one for one in places if one.chosen is not None]
    columns = ("alias", "facility", "source", "note")
    write(folder / "facilities.csv", FACILITIES, facilities(taken))
    known = second | {alias: facility for alias, facility, _, _ in aliases}
    named = {one.name for one in taken}
    own = {row["name"] for row in src.read_csv(HERE / "port_names.csv")}
    codes = {row[0] for row in aliases}
    for name in other_names(taken, evidence, known):
        if name[0] not in codes and (name[0] not in named or name[0] in own):
            codes.add(name[0])
            aliases.append(name)
    rows = [dict(zip(columns, row, strict=True)) for row in sorted(aliases)]
    write(folder / "aliases.csv", columns, rows)
    write(folder / "gateways.csv", GATEWAYS, gateways(taken))
    text = (HERE / "port_citations.csv").read_text("utf-8")
    (folder / "sources_ports.csv").write_text(text, "utf-8", newline="\n")
    if report is not None:
        report.write_text(port_report.page(places, aliases), "utf-8", newline="\n")


if __name__ == "__main__":
    build()
    print(f"wrote {TABLES.relative_to(ROOT)} and {REPORT.relative_to(ROOT)}")
    sys.exit(0)
