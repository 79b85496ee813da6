"""Write the tables of the built-in world `sea` from the folder of facts: `tables.py FACTS`.

Passages, vessels, freight factors, claims and sources. Every figure of the facts becomes a claim;
which one of several a table takes is decided here, and nowhere by averaging:

* what `assumed.csv` says comes first (a value that some fact states is that fact);
* then the better quality (A, B, C), then the later year, then the first in the file.

`own_sources.csv` holds the reasons of the assumptions and sources found besides the facts;
`ships.csv` says which classes of the facts are which vessel. Ports come from elsewhere.
"""

from __future__ import annotations

import csv
import re
import sys
from pathlib import Path
from typing import Final, NamedTuple

HERE: Final = Path(__file__).resolve().parent
ROOT: Final = HERE.parent.parent
FOLDER: Final = ROOT / "src" / "catenary" / "worlds" / "sea"

Row = dict[str, str]

_PASSAGE: Final = {
    "lat": "lat",
    "lon": "lon",
    "length_km": "length",
    "max_draft_m": "draft",
    "water_depth_m": "draft",
    "max_beam_m": "beam",
    "max_loa_m": "length_overall",
    "transit_hours": "duration",
    "toll_usd_typical": "toll",
    "yearly_transits": "transits",
    "oil_mbd": "oil",
}
_SHIP: Final = {
    "dwt": "deadweight",
    "teu": "teu",
    "draft_m": "draft",
    "beam_m": "beam",
    "loa_m": "length_overall",
    "speed_kn": "speed",
    "fuel_t_per_day": "fuel",
    "daily_charter_usd": "charter",
}
_COLUMNS: Final = {
    "passages": (
        "length",
        "draft",
        "beam",
        "length_overall",
        "section",
        "duration",
        "toll",
        "toll_teu",
        "toll_deadweight",
        "open",
        "transits",
        "oil",
    ),
    "vessels": (
        "deadweight",
        "teu",
        "draft",
        "beam",
        "length_overall",
        "speed",
        "fuel",
        "charter",
        "value",
        "cargo",
    ),
}
_MODES: Final = {
    "vans": "road",
    "hgv (all diesel)": "road",
    "hgv refrigerated (all diesel)": "road",
    "freight flights": "air",
    "rail": "rail",
    "sea tanker": "sea",
    "cargo ship": "sea",
    "inland waterway": "waterway",
    "road": "road",
}
_LANDS: Final = {"nl": "netherlands", "de": "germany"}
_WAR_RISK: Final = "war-risk additional premium"
_RANGE: Final = re.compile(r"^(0|\d{1,3},000|\d000)(\d[\d,]*9)\b")
_NUMBER: Final = re.compile(r"\d[\d,]*(?:\.\d+)?")


class Claim(NamedTuple):
    """One figure that a source states about one cell."""

    table: str
    row: str
    column: str
    value: float
    source: str
    year: str = ""
    measure: str = ""
    note: str = ""
    quality: str = "B"
    usable: bool = True

    @property
    def cell(self) -> tuple[str, str, str]:
        """Where it belongs."""
        return self.table, self.row, self.column


def read(path: Path) -> list[Row]:
    """Return the rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(name: str, rows: list[Row]) -> None:
    """Write a table of the world."""
    with (FOLDER / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def slug(text: str, mark: str = "-") -> str:
    """Return words in small letters, joined."""
    return re.sub(r"[^a-z0-9]+", mark, text.casefold()).strip(mark)


def year_of(text: str) -> str:
    """Return the last year that a text names."""
    found = re.findall(r"(?:19|20)\d\d", text)
    return found[-1] if found else ""


class Sources:
    """Sources met so far, each with an id made of publisher, year and title."""

    def __init__(self) -> None:
        self.rows = {row["id"]: row for row in read(HERE / "own_sources.csv")}
        self._known: dict[tuple[str, ...], str] = {}

    def of(self, row: Row) -> str:
        """Return the id of the source that a row of the facts names."""
        if row["kind"] == "assumption" and row["source_title"] == "general knowledge":
            return "assumed-passages"
        key = (*(row[k] for k in ("source_title", "publisher", "source_year", "url")), row["kind"])
        if key not in self._known:
            who = slug(re.sub(r"\(.*?\)|\b(?:the|of|and|for)\b", "", row["publisher"]))
            what = slug(
                re.sub(r"\b(?:the|a|an|of|and|in|to|as)\b", "", row["source_title"].lower())
            )
            start = "assumed-" if row["kind"] == "assumption" else ""
            label = start + "-".join(
                filter(
                    None,
                    [
                        "-".join(who.split("-")[:2]),
                        row["source_year"],
                        "-".join(what.split("-")[:2]),
                    ],
                )
            )
            number = 1 + sum(re.sub(r"\.\d+$", "", one) == label for one in self.rows)
            label = label if number == 1 else f"{label}.{number}"
            self._known[key] = label
            self.rows[label] = {
                "id": label,
                "title": row["source_title"],
                "publisher": row["publisher"],
                "published": row["source_year"],
                "url": row["url"],
                "licence": "",
                "kind": row["kind"],
                "statement": "",
            }
        return self._known[key]

    def told(self, claims: list[Claim]) -> list[Row]:
        """Return the rows; what a source states is what is claimed from it."""
        states: dict[str, list[str]] = {}
        notes: dict[str, str] = {}
        for one in claims:
            states.setdefault(one.source, []).append(f"{one.row} {one.column} {one.value:.15g}")
            notes.setdefault(one.source, one.note)
        for label, row in self.rows.items():
            if not row["statement"] and label in states:
                told = states[label][:12]
                more = len(states[label]) - len(told)
                row["statement"] = "; ".join(told) + (f"; and {more} more" if more else "")
                if row["kind"] == "assumption":
                    row["statement"] = f"{notes[label]} ({row['statement']})"
        return [self.rows[label] for label in sorted(self.rows)]


def passage_claims(facts: Path, sources: Sources) -> list[Claim]:
    """Return what the facts say of passages."""
    found = []
    for row in read(facts / "passages_cells.csv"):
        column = _PASSAGE.get(row["field"])
        row["note"] = row["note"].replace("see costs.csv 2025", "see the claims for the 2025")
        if column is not None:
            value = float(row["value"]) / (24 if row["field"] == "transit_hours" else 1)
            depth = row["field"] == "water_depth_m"
            found.append(
                Claim(
                    "passages",
                    row["passage_id"],
                    column,
                    round(value, 4),
                    sources.of(row),
                    year_of(row["year"]),
                    "depth of the water" if depth else "",
                    row["note"] + (f" ({row['year']})" if "-" in row["year"] else ""),
                    row["quality"],
                    usable=not depth,
                )
            )
    for row in read(facts / "costs.csv"):
        numbers = [float(text) for text in _NUMBER.findall(row["value"])]
        if row["item"] == _WAR_RISK:
            found += [
                Claim(
                    "passages",
                    "bab_el_mandeb",
                    "risk",
                    round(value / 100, 6),
                    sources.of(row),
                    year_of(row["date"]),
                    f"{row['route']}, {row['value']} % ({row['date']})",
                    row["note"],
                    row["quality"],
                    usable=False,
                )
                for value in numbers
            ]
        elif row["item"] == "canal fixed transit fee":
            lock = "panama_neopanamax" if "Neopanamax" in row["route"] else "panama_panamax"
            found.append(
                Claim(
                    "passages",
                    lock,
                    "toll",
                    numbers[0],
                    sources.of(row),
                    year_of(row["date"]),
                    f"fixed fee alone: {row['route']}",
                    row["note"],
                    row["quality"],
                    usable=False,
                )
            )
    return found


def vessel_claims(facts: Path, sources: Sources) -> list[Claim]:
    """Return what the facts say of ship classes; ends of ranges are not usable."""
    found = []
    ships = read(HERE / "ships.csv")
    for row in read(facts / "ships.csv"):
        for ship in ships:
            if row["vessel_class"] not in ship["classes"].split(";"):
                continue
            example = re.search(r"example (\d+) x (\d+) x ([\d.]+) m, ([\d,]+) TEU", row["note"])
            if example:
                columns = ("length_overall", "beam", "draft", "teu")
                found += [
                    Claim(
                        "vessels",
                        ship["id"],
                        column,
                        float(text.replace(",", "")),
                        sources.of(row),
                        "",
                        "example",
                        row["note"],
                        row["quality"],
                    )
                    for column, text in zip(columns, example.groups(), strict=True)
                ]
            for field, column in _SHIP.items():
                text = row[field]
                exact = re.fullmatch(r"[\d.,]+|[\d.]+ laden.*|[\d.]+ at .*", text) is not None
                texts = _NUMBER.findall(text)
                for number in texts[:1] if exact else texts:
                    other = row["vessel_class"] == "container 6,800 TEU"
                    words = "" if re.fullmatch(r"[\d.,]+", text) else text
                    found.append(
                        Claim(
                            "vessels",
                            ship["id"],
                            column,
                            float(number.replace(",", "")),
                            sources.of(row),
                            year_of(row["year"]),
                            "; ".join(filter(None, [row["vessel_class"], words])),
                            row["note"],
                            row["quality"],
                            usable=exact and not other,
                        )
                    )
    return found


def chosen(claims: list[Claim], sources: Sources) -> tuple[list[Claim], set[int]]:
    """Return all claims with those of assumed.csv, and the places of those that are chosen."""
    every = list(claims)
    taken: dict[tuple[str, str, str], int] = {}
    order = sorted(
        range(len(every)),
        key=lambda i: (every[i].quality, -int(every[i].year or 0), i),
    )
    for place in order:
        one = every[place]
        if one.usable and one.measure != "example":
            taken.setdefault(one.cell, place)
    for row in read(HERE / "assumed.csv"):
        cell, value = (row["table"], row["row"], row["column"]), float(row["value"])
        same = [i for i, one in enumerate(every) if (one.cell, one.value) == (cell, value)]
        if same and (not row["source"] or row["source"].startswith("=")):
            taken[cell] = same[0]
            continue
        source = row["source"]
        if source.startswith("="):
            table, label, column = source[1:].split(".")
            source = every[taken[table, label, column]].source
        if source not in sources.rows:
            raise SystemExit(f"assumed.csv: {'.'.join(cell)} = {value:g} has no source")
        taken[cell] = len(every)
        every.append(Claim(*cell, value, source, row["year"], "", row["note"]))
    return every, set(taken.values())


def table(name: str, own: list[Row], claims: list[Claim], picked: set[int]) -> list[Row]:
    """Return rows with the chosen figure of every cell, in the order of the facts."""
    cells = {claims[place].cell: claims[place] for place in picked}
    rows = []
    for row in own:
        figures = {}
        for column in (*(("lon", "lat") if name == "passages" else ()), *_COLUMNS[name]):
            one = cells.get((name, row["id"], column))
            figures[column] = "" if one is None else f"{one.value:.15g}"
        noted = {c: cells[name, row["id"], c] for c in _COLUMNS[name] if figures.get(c)}
        row["note"] = "; ".join(f"{c}: {one.note}" for c, one in noted.items() if one.note)
        row["year"] = noted["transits"].year if "transits" in noted else ""
        last = {
            key: row.pop(key)
            for key in ("factor", "alternatives", "source", "year", "note")
            if key in row
        }
        rows.append({**row, **figures, **last})
    return rows


def passages(facts: Path, sources: Sources) -> list[Row]:
    """Return ids, names and what is no number of passages."""
    rows = []
    for row in read(facts / "passages.csv"):
        arctic = row["passage_kind"] == "arctic" and row["id"] != "bering"  # it leads to ports too
        rows.append(
            {
                "id": row["id"],
                "name": row["name"],
                "kind": row["passage_kind"]
                if row["passage_kind"] != "arctic" or arctic
                else "strait",
                "alternatives": row["alternative"],
                "source": sources.of(row),
            }
        )
    return rows


def freight_factors(facts: Path, sources: Sources) -> list[Row]:
    """Return emission factors; the facts lost the dash of ranges such as 5000-7999."""
    rows = []
    for row in read(facts / "desnz2025_freight_wtw.csv"):
        first, kind, size, load = (row[k].strip() for k in ("level2", "level3", "level4", "text"))
        size = _RANGE.sub(r"\1-\2", size)
        vehicle, own = kind, size
        if first == "vans":
            vehicle, own = "van", kind
        elif first.startswith("hgv"):
            vehicle = "refrigerated truck" if "refrigerated" in first else "truck"
            own = kind.replace(">3.5 - 7.5 tonnes", "3.5-7.5 t").replace(">3.5 - 33t", "3.5-33 t")
            own = own.replace(">7.5 tonnes-17 tonnes", "7.5-17 t").replace(
                ">17 tonnes", "over 17 t"
            )
            own = own.replace(">33t", "over 33 t")
        elif first == "freight flights":
            vehicle, own = "aircraft", kind
            load = load.replace("With RF", "with radiative forcing")
            load = load.replace("Without RF", "without radiative forcing")
        parts = (vehicle, own.replace(",", ""), load)
        label = ".".join(filter(None, (slug(p.replace("+", "plus"), "_") for p in parts)))
        rows.append(
            {
                "id": label,
                "mode": _MODES[first],
                "vehicle": vehicle,
                "size": own,
                "load": load,
                "well_to_wheel": row["wtw_g_per_tkm"],
                "tank_to_wheel": f"{1e3 * float(row['ttw_kg_per_tkm']):.6g}",
                "well_to_tank": f"{1e3 * float(row['wtt_kg_per_tkm']):.6g}",
                "source": "desnz-2025-freight",
                "year": "2025",
                "note": "",
            }
        )
    for row in read(facts / "emission_factors_extra.csv"):
        land = _LANDS.get(row["id"].split("_")[1])
        if land and row["mode"] in _MODES:
            mode = _MODES[row["mode"]]
            rows.append(
                {
                    "id": f"{mode}.{land}",
                    "mode": mode,
                    "vehicle": row["mode"],
                    "size": "",
                    "load": row["detail"],
                    "well_to_wheel": row["value"],
                    "tank_to_wheel": "",
                    "well_to_tank": "",
                    "source": sources.of(row),
                    "year": row["year"],
                    "note": f"{row['unit']}, {row['scope']} (assumed-scope)",
                }
            )
    return rows


def regions() -> list[Row]:
    """Return countries with their usual short names."""
    from babel import Locale  # noqa: PLC0415

    names = Locale("en").territories
    return [
        {"id": row["id"], "name": row["en"] or names[row["code"]], "source": "assumed-regions"}
        for row in read(ROOT / "src" / "catenary" / "report" / "places.csv")
        if len(row["id"]) == 3 and row["code"] in names
    ]


def main() -> None:
    """Write the tables."""
    if len(sys.argv) != 2 or not (Path(sys.argv[1]) / "passages_cells.csv").exists():
        raise SystemExit("give the folder of facts")
    facts, sources = Path(sys.argv[1]), Sources()
    own = passages(facts, sources)
    claims = passage_claims(facts, sources) + vessel_claims(facts, sources)
    claims, picked = chosen(claims, sources)
    ships = [
        {k: row[k] for k in ("id", "name", "kind", "factor")} for row in read(HERE / "ships.csv")
    ]
    for ship in ships:
        places = [i for i in sorted(picked) if claims[i].cell[:2] == ("vessels", ship["id"])]
        stated = [i for i in places if not claims[i].source.startswith("assumed-")]
        ship["source"] = claims[(stated or places)[0]].source
    write("passages", table("passages", own, claims, picked))
    write("vessels", table("vessels", ships, claims, picked))
    factors = freight_factors(facts, sources)
    write("freight_factors", factors)
    write("regions", regions())
    told = [
        {
            "table": one.table,
            "row": one.row,
            "column": one.column,
            "value": f"{one.value:.15g}",
            "measure": one.measure,
            "chosen": "true" if place in picked else "false",
            "source": one.source,
            "year": one.year,
            "note": one.note,
        }
        for place, one in sorted(enumerate(claims), key=lambda item: item[1].cell)
    ]
    write("claims", told)
    factored = [
        Claim("freight_factors", row["id"], "well_to_wheel", float(row["well_to_wheel"]), label)
        for row in factors
        if (label := row["source"]) != "desnz-2025-freight"
    ]
    write("sources", sources.told([*claims, *factored]))


if __name__ == "__main__":
    main()
