"""Write the tables of port energy from the folder of facts: `tools/ports/tables.py FACTS`.

What a container terminal uses by equipment, and what measures save. Every figure is one of the
facts, or arithmetic on them that the note of the row says; what no fact says is an assumption with
its reason in `own_sources.csv`.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).resolve().parent
FOLDER: Final = HERE.parent.parent / "src" / "catenary" / "worlds" / "ports"

Row = dict[str, str]

_TONNES_PER_TEU: Final = 10.0  # see assumed-tonnes
_HANDLED: Final = 4.0e9  # t a year in the ports of the EEA and the United Kingdom: assumed-berth
_DIESEL: Final = 0.2639  # kg CO2 per kWh: seai-diesel
_RENEWED: Final = ("ertg_diesel_sav", "ertg_energy_felix")


def read(path: Path) -> list[Row]:
    """Return the rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(name: str, rows: list[Row]) -> None:
    """Write rows to a CSV file of the folder."""
    with (FOLDER / name).open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        out.writeheader()
        out.writerows(rows)


def number(value: float) -> str:
    """Return a number as it is written in a table."""
    return f"{value:.6g}"


def factors(facts: dict[str, float]) -> list[Row]:
    """Return what a kWh emits, by what it is made of."""
    berth = (facts["sse_avoid_grid"] + 2.0) / facts["sse_demand"]  # 5 Mt with CO2-neutral power
    grid = 2.0 / facts["sse_demand"]
    return [
        {
            "id": "electricity", "co2e": number(grid), "source": "port-sse_avoid_grid",
            "note": "(5 - 3) Mt CO2 over 6.4 TWh: what the grids of the EEA and UK emit",
        },
        {"id": "diesel", "co2e": number(_DIESEL), "source": "seai-diesel", "note": ""},
        {
            "id": "ship", "co2e": number(berth), "source": "port-sse_avoid_grid",
            "note": "5 Mt CO2 over 6.4 TWh of electricity made by auxiliary engines at berth",
        },
    ]  # fmt: skip


def equipment(facts: dict[str, float], kwh: dict[str, float]) -> list[Row]:
    """Return what a terminal uses for a TEU, by equipment."""
    whole = facts["co2_apmt_2007"]
    electric, yard = facts["green_power_rotterdam"] / 100, facts["rtg_share_co2"] / 100
    berth = facts["sse_demand"] * 1e9 / _HANDLED * _TONNES_PER_TEU

    def row(label: str, carrier: str, amount: float, source: str, note: str) -> Row:
        used = dict.fromkeys(("electricity", "diesel", "ship"), "0")
        return {
            "id": label, "equipment": label, **used, carrier: number(amount), "source": source,
            "note": note,
        }  # fmt: skip

    return [
        row(
            "quay_cranes", "electricity", whole * electric / kwh["electricity"],
            "assumed-terminal",
            "with reefers and lights: 45 % of 17.5 kg CO2 per TEU over what a kWh emits",
        ),
        row(
            "yard_cranes", "diesel", whole * yard / kwh["diesel"], "assumed-terminal",
            "20 % of 17.5 kg CO2 per TEU over what a kWh of diesel emits",
        ),
        row(
            "yard_transport", "diesel", whole * (1 - electric - yard) / kwh["diesel"],
            "assumed-terminal", "the rest of 17.5 kg CO2 per TEU",
        ),
        row(
            "ship_at_berth", "ship", berth, "assumed-berth",
            "6.4 TWh a year over 4.0 billion t, times 10 t per TEU",
        ),
    ]  # fmt: skip


def measures(facts: dict[str, float]) -> list[Row]:
    """Return what measures take away of what equipment uses, and what electricity takes its place.

    `electricity` is kWh for each kWh that is taken away.
    """
    diesel, energy = (-facts[one] / 100 for one in _RENEWED)
    instead = (diesel - energy) / diesel

    def row(
        measure: str,
        name: str,
        at: tuple[str, str],
        less: float,
        more: float,
        cited: tuple[str, str],
    ) -> Row:
        return {
            "id": f"{measure}.{at[0] or 'all'}.{at[1]}", "measure": measure, "name": name,
            "equipment": at[0], "carrier": at[1], "less": number(less),
            "electricity": number(more), "source": cited[0], "note": cited[1],
        }  # fmt: skip

    renewed = "diesel -95 % (Savannah), energy -45 % (Felixstowe): 0.50 kWh for each 0.95 saved"
    led = -facts["led_yilport_saving"] / 100
    layout = -facts["layout_saving"] / 100
    told = "nearly 70 %, the most that was found for other terminals"
    robots = "as electric yard cranes; transport by batteries likewise"
    return [
        row(
            "shore_power", "Shore power", ("ship_at_berth", "ship"), 1.0, 1.0,
            ("port-sse_demand", "all that ships use at berth, kWh for kWh"),
        ),
        row(
            "electric_yard_cranes", "Electric yard cranes", ("yard_cranes", "diesel"), diesel,
            instead, ("port-ertg_diesel_sav", renewed),
        ),
        row(
            "automation", "Automation", ("yard_cranes", "diesel"), diesel, instead,
            ("assumed-automation", robots),
        ),
        row(
            "automation", "Automation", ("yard_transport", "diesel"), diesel, instead,
            ("assumed-automation", robots),
        ),
        row(
            "compact_layout", "Compact layout", ("yard_cranes", "diesel"), layout, 0.0,
            ("port-layout_saving", told),
        ),
        row(
            "compact_layout", "Compact layout", ("yard_transport", "diesel"), layout, 0.0,
            ("port-layout_saving", told),
        ),
        row(
            "led", "LED lights", ("lighting", "electricity"), led, 0.0,
            ("port-led_yilport_saving", "one terminal; no figure parts lighting from the rest"),
        ),
    ]  # fmt: skip


def sources(facts: list[Row]) -> list[Row]:
    """Return every fact as a source, and the reasons of what is assumed."""
    cited = [
        {
            "id": f"port-{row['id']}", "title": row["source_title"], "publisher": row["publisher"],
            "published": row["source_year"], "url": row["url"], "licence": "", "kind": row["kind"],
            "statement": f"{row['item']}, {row['scope']}: {row['value']} {row['unit']}"
            + (f" ({row['note']})" if row["note"] else ""),
        }
        for row in facts
    ]  # fmt: skip
    return cited + read(HERE / "own_sources.csv")


def main() -> None:
    """Write the tables."""
    rows = read(Path(sys.argv[1]) / "port_energy.csv")
    facts: dict[str, float] = {}
    for row in rows:
        try:
            facts[row["id"]] = float(row["value"])
        except ValueError:  # a range
            continue
    FOLDER.mkdir(exist_ok=True)
    kwh = factors(facts)
    known = sources(rows)
    tables = {
        "factors.csv": kwh,
        "equipment.csv": equipment(facts, {row["id"]: float(row["co2e"]) for row in kwh}),
        "measures.csv": measures(facts),
    }
    used = {row["source"] for table in tables.values() for row in table}
    used |= {"port-co2_apmt_2007", "port-green_power_rotterdam", "port-rtg_share_co2"}
    used |= {"port-ertg_energy_felix", "assumed-tonnes", "konecranes-sustainable"}
    lacking = used - {row["id"] for row in known}
    if lacking:
        sys.exit(f"no source {', '.join(sorted(lacking))}")
    for name, table in tables.items():
        write(name, table)
    write("sources.csv", [row for row in known if row["id"] in used])


if __name__ == "__main__":
    main()
