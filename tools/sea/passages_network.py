"""The passages that only the network knows: rivers, and straits without a fact of their own."""

from __future__ import annotations

import csv
import tomllib
from pathlib import Path
from typing import Final

from tools.sea import gates as gating

HERE: Final = Path(__file__).parent
SOURCE: Final = "catenary-sea-drawing"
_COLUMNS: Final = (
    "id", "name", "kind", "lon", "lat", "length", "draft", "beam", "open",
    "alternatives", "source", "note",
)  # fmt: skip
NAMES: Final = {
    "little_belt": "Little Belt",
    "kanmon": "Kanmon Strait",
    "soya": "Soya Strait (La Perouse)",
    "welland": "Welland Canal",
    "soo": "Soo Locks",
    "st_lawrence_river": "Saint Lawrence to Montreal",
    "elbe": "Elbe to Hamburg",
    "weser": "Weser to Bremen",
    "scheldt": "Scheldt to Antwerp",
    "nieuwe_waterweg": "Nieuwe Waterweg to Rotterdam",
    "noordzeekanaal": "North Sea Canal to Amsterdam",
    "seine": "Seine to Rouen",
    "gironde": "Gironde to Bordeaux",
    "loire": "Loire to Nantes",
    "thames": "Thames to London",
    "manchester": "Manchester Ship Canal",
    "guadalquivir": "Guadalquivir to Seville",
    "oder": "Oder to Szczecin",
    "danube": "Danube to Braila",
    "don": "Don to Rostov",
    "shatt_al_arab": "Shatt al-Arab to Basra",
    "hooghly": "Hooghly to Kolkata",
    "pussur": "Pussur to Mongla",
    "yangon": "Yangon River",
    "pathein": "Pathein River",
    "chao_phraya": "Chao Phraya to Bangkok",
    "saigon": "Saigon River",
    "pearl": "Pearl River to Guangzhou",
    "yangtze": "Yangtze to Wuhan",
    "amur": "Amur to Nikolayevsk",
    "yenisei": "Yenisei to Igarka",
    "northern_dvina": "Northern Dvina to Arkhangelsk",
    "mississippi": "Mississippi to Baton Rouge",
    "delaware": "Delaware to Philadelphia",
    "columbia": "Columbia to Portland",
    "hudson": "Hudson to Albany",
    "potomac": "Potomac to Washington",
    "saguenay": "Saguenay to Chicoutimi",
    "amazon": "Amazon to Manaus",
    "orinoco": "Orinoco to Puerto Ordaz",
    "parana": "Parana to Santa Fe",
    "congo": "Congo to Matadi",
}
LIMITS: Final = {
    "little_belt": {"draft": "15.3", "note": "draft as the Great Belt: an upper bound, assumed"},
    "kanmon": {"draft": "12", "note": "depth of the fairway from general knowledge, assumed"},
}
STATEMENT: Final = (
    "Drawn by us from general knowledge of coasts and rivers in tools/sea/gates.toml; no source "
    "read. Lengths are those of the drawing, tenths added for the bends."
)
ALTERNATIVES: Final = {
    "little_belt": "Great Belt; Oresund; Kiel Canal", "kanmon": "Korea Strait; Bungo Channel",
    "soya": "Tsugaru; Korea Strait", "welland": "rail and road", "soo": "rail and road",
}  # fmt: skip


def build(folder: Path) -> None:
    """Write `passages_network.csv` and `sources_network.csv`."""
    with (HERE / "gates.toml").open("rb") as file:
        given = tomllib.load(file)
    courses = given.pop("river")
    rows = []
    for name, title in NAMES.items():
        gate = courses.get(name) or given[name]
        line = gate.get("path") or gate["line"]
        path = tuple((float(a), float(b)) for a, b in line)
        middle = path[len(path) // 2] if "path" in gate else (
            (path[0][0] + path[-1][0]) / 2, (path[0][1] + path[-1][1]) / 2,
        )  # fmt: skip
        drawn = gating.length(path)
        km = gate.get("km", drawn * (gating.WINDING if name in courses else 1))
        kind = "river" if name in courses else "canal" if name in {"welland", "soo"} else "strait"
        # the locks to the upper lakes take the ships of the Seaway
        limits = {"draft": "7.92", "beam": "23.8"} if kind == "canal" else LIMITS.get(name, {})
        rows.append({
            "id": name, "name": title, "kind": kind, "lon": f"{middle[1]:.4f}",
            "lat": f"{middle[0]:.4f}", "length": f"{km:.0f}" if kind != "strait" else "",
            "open": "", "alternatives": ALTERNATIVES.get(name, "none by sea"), "source": SOURCE,
            "note": "limits as those of the St Lawrence Seaway" if kind == "canal" else "",
            **limits,
        })  # fmt: skip
    with (folder / "passages_network.csv").open("w", encoding="utf-8", newline="") as file:
        into = csv.DictWriter(file, _COLUMNS, restval="", lineterminator="\n")
        into.writeheader()
        into.writerows(sorted(rows, key=lambda row: str(row["id"])))
    with (folder / "sources_network.csv").open("w", encoding="utf-8", newline="") as file:
        plain = csv.writer(file, lineterminator="\n")
        plain.writerow(("id", "title", "publisher", "kind", "statement"))
        plain.writerow((
            SOURCE, "Course of rivers and place of gates", "catenary", "assumption",
            STATEMENT,
        ))  # fmt: skip
