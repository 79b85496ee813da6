"""The lanes of a world as arcs of a network, and what changing mode takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from catenary.errors import UnknownLabelError, did_you_mean
from catenary.logistics.book import FIGURES, Book, limit_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]

__all__ = ["add_lanes", "add_transfers"]

_BORDER: Final = "border_crossing"


def add_lanes(
    book: Book, lanes: pd.DataFrame, barred: set[str], slower: Mapping[str, float]
) -> None:
    """Add the lanes of a world, each way that is open; transfers within a facility come first.

    slower: days by which passages take longer than when the figures of the lanes were written.
    """
    names = ("id", "origin", "destination", "mode", "both", "open", "capacity", "passages")
    columns: dict[str, Any] = {name: lanes[name].tolist() for name in names[1:]} | {
        "id": list(map(str, lanes.index))
    }
    figures = np.stack([lanes[name].to_numpy(np.float64) for name in FIGURES])
    used = [_passages_of(book, label, text) for label, text in zip(
        columns["id"], columns["passages"], strict=True
    )]  # fmt: skip
    limit = np.array(list(map(limit_of, columns["capacity"], columns["open"])), np.float64)
    ends = list(zip(map(str, columns["origin"]), map(str, columns["destination"]), strict=True))
    kept = np.array(
        [
            not barred & {label, *end, *some}
            and (book.every or (top > 0 and all(book.passages[p]["open"] > 0 for p in some)))
            for label, end, some, top in zip(columns["id"], ends, used, limit, strict=True)
        ],
        bool,
    )
    late = np.array([sum(slower.get(p, 0.0) for p in some) for some in used], np.float64)
    figures[1] = np.maximum(figures[1] + late, 0.0)
    own = np.array([one[0] == one[1] for one in ends], bool)
    columns |= {"ends": ends, "figures": figures, "limit": limit, "used": used}
    book.parted |= {ends[k][0] for k in np.flatnonzero(own)}
    for k in np.flatnonzero(kept & own):
        book.transfers.append((columns["id"][k], ends[k][0], figures[:, k], limit[k], used[k]))
    for way in (0, 1):
        both = np.array(columns["both"], bool)
        some = np.flatnonzero(kept & ~own & (both if way else np.ones(len(both), bool)))
        if len(some):
            _add_ways(book, some, way, columns)


def _add_ways(book: Book, some: Integers, way: int, lanes: Mapping[str, Any]) -> None:
    """Add some lanes one way."""
    figures = lanes["figures"]
    mode = [str(lanes["mode"][k]) for k in some]
    pairs = [lanes["ends"][k][:: 1 - 2 * way] for k in some]
    rows = [
        book.place(
            "lane", lanes["id"][k], ("out", "back")[way], by, *pair, float(lanes["limit"][k]),
            float(figures[1, k]),
        )
        for k, by, pair in zip(some, mode, pairs, strict=True)
    ]  # fmt: skip
    tail = [book.departs(pair[0], by) for pair, by in zip(pairs, mode, strict=True)]
    head = [book.arrives(pair[1], by) for pair, by in zip(pairs, mode, strict=True)]
    taken = figures[:, some].copy()
    taken[1] += [book.facilities[pair[1]]["duration"] for pair in pairs]
    arcs = book.add(tail, head, np.array(mode, object), taken, np.array(rows))
    book.use(arcs, rows)
    book.use(arcs, [book.facility(pair[1]) for pair in pairs])
    named = [(arc, one) for arc, k in zip(arcs, some, strict=True) for one in lanes["used"][k]]
    if named:
        book.use([arc for arc, _ in named], [book.passage(one) for _, one in named])


def add_transfers(book: Book) -> None:
    """Add what changing mode takes at facilities that say it, or crossing the border there.

    Whoever goes on by the same mode needs no transfer, but at a border.
    """
    free = np.zeros((len(FIGURES), 1))
    for label, facility, figures, limit, used in book.transfers:
        modes = book.modes.get(facility, {})
        if not modes:
            continue
        row = book.place(
            "lane", label, "", "transfer", facility, facility, float(limit), float(figures[1])
        )
        hub = book.node("hub", label)
        come = [book.arrives(facility, mode) for mode in modes]
        arcs = book.add(come, np.full(len(come), hub), "transfer", figures[:, None], row)
        for place in (row, *map(book.passage, used)):
            book.use(arcs, place)
        book.add(np.full(len(come), hub), [book.departs(facility, m) for m in modes], "", free)
    for facility in sorted(book.parted & set(book.modes)):
        if str(book.facilities[facility]["kind"]) != _BORDER:
            for mode in book.modes[facility]:
                book.add(book.arrives(facility, mode), book.departs(facility, mode), "", free)


def _passages_of(book: Book, lane: str, text: object) -> list[str]:
    words = [one.strip() for one in text.split(";")] if isinstance(text, str) else []
    used = list(dict.fromkeys(one for one in words if one))
    for one in used:
        if one not in book.passages:
            raise UnknownLabelError(
                f"the lane {lane!r} uses the passage {one!r}, which is no row of passages",
                hint=did_you_mean(one, book.passages),
            )
    return used
