"""The report on ports, docs/ports.md: what was taken, repaired and dropped, and why."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tools.sea.port_places import Place

__all__ = ["page"]

HEAD: Final = """\
# Ports

`python -m tools.sea.ports` writes this page and the tables `facilities`, `aliases` and `gateways`
of the world `sea`; the numbers below are those of its last run.

A port is taken if UN/LOCODE 2023-1 gives it the function 1 (port) or searoute lists it, and a
verified position lies by the water: within 5 km of the sea (20 km if searoute lists it), or within
10 km of a waterway of `tools/sea/rivers.csv`, which sea-going ships reach: the Great Lakes, the
Yangtze to Wuhan, the Rhine to Cologne, the Amazon to Iquitos and others. Ports of the Caspian and
of other closed waters are not taken: no ship gets there from the sea through this network.

Every position must lie within 150 km of a settlement of its country. Where sources differ, the one
wins that most others confirm within 25 km, then the one in the right subdivision, then the one
nearer to the water. A sign is only changed, and minutes that were read as decimals are only put
right, where another source confirms the result. In the United States and Canada a position of
searoute or a namesake counts only in the state or province of the code. Entries of UN/LOCODE that
were never verified (status AQ, QQ, RQ) need a second source. The World Port Index is the test of
the result and no source of it: of the codes that both have, 97 % lie within 20 km.

Positions of towns and airports say where the town is: the berths may be up to 20 km away. Names
mean a place only if one place by the water in the country has that name.
"""


def page(places: Sequence[Place], aliases: Sequence[tuple[str, ...]]) -> str:
    """Return the page."""
    taken = [one for one in places if one.chosen is not None]
    parts = [HEAD, "## Taken\n", *_taken(taken, aliases), "## Repaired\n", *_repaired(taken)]
    parts += ["## Not taken\n", *_dropped(places)]
    return "\n".join(parts)


def _taken(taken: Sequence[Place], aliases: Sequence[tuple[str, ...]]) -> list[str]:
    how = Counter(one.chosen.how for one in taken if one.chosen is not None)
    words = {
        "unlocode": "position of UN/LOCODE",
        "searoute": "position of searoute",
        "sign": "position of UN/LOCODE with a sign changed",
        "minutes": "position of searoute, whose minutes had been read as decimals",
        "airport": "position of the airport (airportsdata)",
        "name": "position of the town of that name (GeoNames)",
        "town": "position of the town of the harbour (`tools/sea/port_towns.csv`, GeoNames)",
    }
    river = sum(bool(one.water) for one in taken)
    lines = ["| ports | where the position is from |", "|---:|---|"]
    lines += [f"| {count:,} | {words[key]} |" for key, count in how.most_common()]
    lines += [f"| **{len(taken):,}** | all; {river:,} of them on a waterway, and not on the sea |"]
    lines += ["", f"{len(aliases):,} further codes are aliases of these.", ""]
    return lines


def _repaired(taken: Sequence[Place]) -> list[str]:
    wrong = [one for one in taken if one.note.startswith("UN/LOCODE position")]
    fault = [one for one in taken if "misplaced in searoute" in one.faults]
    other = [one for one in taken if "searoute gives the code to another name" in one.faults]
    state = [one for one in taken if "searoute has another state" in one.faults]
    blank = [one for one in taken if one.note.startswith("no position")]
    return [
        *_list("UN/LOCODE puts these over 20 km from where other sources do", wrong),
        *_list("searoute puts these over 20 km from the position taken", fault),
        *_list("searoute gives these codes to a place of another name; not used", other),
        *_list("searoute puts these into another state or province; not used", state),
        f"{len(blank):,} ports have no position in UN/LOCODE: see the column `note`.\n",
    ]


def _dropped(places: Iterable[Place]) -> list[str]:
    reasons: dict[str, list[Place]] = {}
    for one in places:
        if one.dropped and one.dropped != "alias":
            reasons.setdefault(one.dropped.split(": ")[0], []).append(one)
    lines: list[str] = []
    for reason, found in sorted(reasons.items()):
        detail = Counter(one.dropped.partition(": ")[2] or one.dropped for one in found)
        if reason == "code of a country dissolved":
            detail = Counter({"code of a country that is no more, and no namesake": len(found)})
        lines += [f"**{reason}** ({len(found):,})\n"]
        lines += [f"- {count:,}: {what}" for what, count in sorted(detail.items())]
        lines.append("")
        listed = [one for one in found if one.listed]
        if listed:
            lines += _list("Of these, searoute lists", listed)
    return lines


def _list(title: str, found: Sequence[Place]) -> list[str]:
    codes = " ".join(sorted(one.id for one in found))
    return [f"{title} ({len(found):,}):\n", f"<small>{codes}</small>\n"] if found else []
