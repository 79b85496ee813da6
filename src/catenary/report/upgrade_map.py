"""Where measures are and what is scarce, on the map of the page of upgrades."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from catenary.languages import Message, joined, recognised, say
from catenary.report.atsea import Spot, mark, sea_map
from catenary.report.freightmap import Ground, lane_lines, line, records, short, usd

if TYPE_CHECKING:
    from collections.abc import Mapping

    from catenary.model import Run
    from catenary.report.document import Section
    from catenary.report.tallies import View

__all__ = ["LEAST", "measure_called", "scarce_of", "upgrade_map", "where_of"]

LEAST: Final = 1e-9
"""Prices below count as none."""

_MARKS: Final = 25

Row = dict[str, Any]


def scarce_of(view: View, when: str = "price") -> list[Row]:
    """Return the places where one more t/day saves something, most first."""
    rows = [one for one in records(view["prices"]) if one[when] > LEAST]
    return sorted(rows, key=lambda one: -float(one[when]))


def measure_called(one: Mapping[str, Any]) -> str:
    """Return what a measure is called."""
    return recognised(str(one["measure"]))


def _changes(run: Run) -> list[Row]:
    return list((run.options.get("measures") or {}).get("changes", ()))


def _targets(view: View, run: Run) -> dict[int, list[str]]:
    """Return row of measures → ids that it changes, where the scenario names them."""
    changes = _changes(run)
    if len(changes) != len(view["measures"]):
        return {}
    found = {}
    for number, change in enumerate(changes):
        given = (change.get("where") or {}).get("id", ())
        found[number] = [given] if isinstance(given, str) else [str(one) for one in given]
    return found


def where_of(view: View, run: Run, row: int) -> list[Row]:
    """Return the places of `prices` that a measure changes; else what is known of its id."""
    targets = _targets(view, run).get(row, [])
    what = {"lanes": "lane", "passages": "passage", "facilities": "facility"}
    table = str(view["measures"]["target"].iloc[row]).partition(".")[0]
    rows = [
        one for one in records(view["prices"])
        if one["place"] in targets and one["what"] == what.get(table)
    ]  # fmt: skip
    missing = [label for label in targets if label not in {one["place"] for one in rows}]
    return rows + [
        {"what": what.get(table, ""), "place": label, "kind": "", "origin": "", "destination": ""}
        for label in missing if table != "lanes"
    ]  # fmt: skip


def _use(one: Row) -> Message:
    """Return what passes a place and what one more unit is worth, before and after."""
    return say(
        "{flow} of {capacity} t a day; one more t/day saves {price} a day, {later} after the plan",
        flow=short(one["flow"]), capacity=short(one["capacity"]), price=usd(one["price"]),
        later=usd(one["price_after"]),
    )  # fmt: skip


def upgrade_map(place: str, view: View, run: Run) -> Section | None:
    """Return what is built, by its number, and what is scarce."""
    ground, chosen = Ground.of(view), view["measures"]["chosen"].astype(bool).tolist()
    steps: dict[str, Row] = {}
    built: dict[str, Row] = {}
    for row, one in enumerate(records(view["measures"])):
        for where in where_of(view, run, row) if chosen[row] else ():
            built.setdefault(str(where["place"]), where)
            old = steps.get(str(where["place"]))
            if old is None or one["step"] < old["step"]:
                steps[str(where["place"])] = one
    prices = records(view["prices"])

    def style(one: Row) -> str:
        if str(one["place"]) in steps:
            return "after"
        return "full" if one["price"] > LEAST else "free" if one["flow"] > 0 else ""

    lanes = sorted((one for one in prices if one["what"] == "lane"), key=lambda one: -one["price"])
    lines = lane_lines(lanes, ground, style, _use)
    marks = _marks(prices, built, steps, ground)
    if not lines and not marks:
        return None
    scarce = scarce_of(view)
    alt = (
        say(
            "Map of {built} places that the plan builds at and {scarce} scarce ones; {place} is "
            "worth most.",
            built=len(steps), scarce=len(scarce), place=ground.place(scarce[0]),
        )
        if scarce
        else say("Map of the network: no place is scarce.")
    )  # fmt: skip
    note = say(
        "Filled: the plan builds there, by the number of its first measure. Discs are passages, "
        "squares facilities: the larger, the more one more t/day saves. Lines join the ends of "
        "lanes and do not show where they run."
    )
    key = {
        "after": say("the plan builds here"),
        "full": say("scarce, nothing built"),
        "free": say("has a capacity that is not scarce"),
    }
    title = say("Where to build")
    return sea_map(place, title, lines, marks, alt=alt, key=key, note=note)


def _marks(
    prices: list[Row], built: Mapping[str, Row], steps: Mapping[str, Row], ground: Ground
) -> list[Row]:
    """Return passages and facilities: those built at first, then the scarcest."""
    priced = {str(one["place"]): one for one in prices if one["what"] != "lane"}
    most = max((float(one["price"]) for one in priced.values()), default=0.0)
    order = sorted(
        (label for label, one in built.items() if one["what"] != "lane"),
        key=lambda label: float(steps[label]["step"]),
    )
    scarce = [label for label, one in priced.items() if one["price"] > LEAST]
    scarce += [label for label, one in priced.items() if one["price"] <= LEAST < one["flow"]]
    found, ends = [], dict.fromkeys(
        str(one[end]) for one in prices if one["what"] == "lane" and one["flow"] > 0
        for end in ("origin", "destination")
    )  # fmt: skip
    for label in dict.fromkeys([*order, *scarce][:_MARKS]):
        one, at = priced.get(label, built.get(label, {})), ground.spot(label)
        if at is None:
            continue
        told: list[str] = []
        if label in steps:
            step = steps[label]
            told.append(
                say("{number}. {name}", number=int(step["step"]), name=measure_called(step))
            )
        told += [_use(one)] if "price" in one else []
        kind = "passage" if one["what"] == "passage" else "port"
        size = float(one.get("price", 0.0)) / most if most > 0 else 0.0
        number = int(steps[label]["step"]) if label in steps else None
        found.append(
            mark(at, kind, note=joined(told, say("; ")), number=number, size=max(size, 0.05),
                 strong=label in steps)
        )  # fmt: skip
    found += _lanes(built, steps, ground)
    found.sort(key=lambda one: one.get("number", len(steps) + 1))
    shown = set(order) | set(scarce)
    spots = [ground.spot(label) for label in ends if label not in shown]
    return found + [mark(at, "end") for at in spots[:_MARKS] if at]


def _lanes(
    built: Mapping[str, Row], steps: Mapping[str, Row], ground: Ground
) -> list[dict[str, Any]]:
    """Return a mark in the middle of every lane that the plan builds."""
    found = []
    for label, one in built.items():
        spots = [ground.spot(str(one[end])) for end in ("origin", "destination")]
        ends = [at for at in spots if at]
        if one["what"] == "lane" and len(ends) == 2:
            points = line(ends, parts=2)
            number = int(steps[label]["step"])
            told = say("{number}. {name}", number=number, name=measure_called(steps[label]))
            middle = Spot(ground.place(one), points[2], points[3])
            found.append(mark(middle, "passage", note=told, number=number, size=0.1, strong=True))
    return found
