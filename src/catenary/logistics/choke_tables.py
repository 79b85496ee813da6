"""The tables of the analysis `chokepoints`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from catenary.logistics.cases import MEASURES
from catenary.maths.grouping import sum_by
from catenary.model.progress import advance

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from catenary.logistics.cases import Case
    from catenary.logistics.closing import Study
    from catenary.logistics.trade import Trade

    Array = NDArray[np.float64]

__all__ = ["basis_table", "tables"]

_HALF: Final = 0.5
_LEAST: Final = 1e-9  # km, days, USD and kg below which nothing has changed
_TEXTS: Final = {
    "chokepoints": ("closed", "second", "kind"),
    "detours": (
        "closed", "second", "origin", "destination", "instead", "passages_before",
        "passages_after",
    ),
    "cut_off": ("closed", "second", "port", "region"),
}  # fmt: skip


def tables(
    study: Study, flows: Trade | None, *, pairs: bool, close_ports: bool, top: int
) -> dict[str, pd.DataFrame]:
    """Return the tables chokepoints, detours and cut_off.

    Parameters
    ----------
    study
        Journeys.
    flows
        Trade between regions, or None.
    pairs, close_ports
        Whether to close every two passages, and each port.
    top
        Most detours to tell of each closure.
    """
    closures: list[dict[str, Any]] = []
    detours: list[dict[str, Any]] = []
    cut: list[dict[str, Any]] = list(_unreached(study, flows))
    for case in _cases(study, pairs=pairs, close_ports=close_ports):
        closures.append(_closure(study, case, with_trade=flows is not None))
        detours += _detours(study, case, top, with_trade=flows is not None)
        cut += _cut_off(study, case, with_trade=flows is not None)
    frames = {
        "chokepoints": pd.DataFrame(closures, columns=_COLUMNS),
        "detours": pd.DataFrame(detours, columns=_DETOUR),
        "cut_off": pd.DataFrame(cut, columns=_CUT),
    }
    for name, frame in frames.items():
        for column in frame:
            frame[column] = frame[column].astype("str" if column in _TEXTS[name] else np.float64)
    _add_beyond(frames["chokepoints"])
    worst = frames["chokepoints"].sort_values(
        ["effect", "cut_off", "share"], ascending=False, kind="stable", ignore_index=True
    )
    frames["chokepoints"] = worst
    return frames


def _add_beyond(told: pd.DataFrame) -> None:
    """Say of each pair what it does beyond the sum of what either does alone."""
    pair = told["kind"] == "pair"
    alone = told[told["kind"] == "passage"].set_index("closed")["effect"]
    both = told["closed"].map(alone) + told["second"].map(alone)
    told["beyond"] = (told["effect"] - both).where(pair)


_COLUMNS: Final = [
    "closed", "second", "kind", "effect", "beyond", "journeys", "share", "detoured",
    "handed_over", "cut_off",
    *(column for one in MEASURES for column in (one, f"{one}_most")), "haul",
    "trade", "trade_share", "trade_delayed", "trade_cut_off", "goods_days",
]  # fmt: skip
_DETOUR: Final = [
    "closed", "second", "origin", "destination", "instead", "trade",
    *(f"{one}_{when}" for one in MEASURES for when in ("before", "after")),
    "passages_before", "passages_after",
]  # fmt: skip
_CUT: Final = ["closed", "second", "port", "region", "journeys", "share", "trade"]


def _cases(study: Study, *, pairs: bool, close_ports: bool) -> Iterator[Case]:
    """Yield every closure, and say how far it is."""
    passages, ports = len(study.passages), len(study.gateways.ports)
    total = passages + (passages * (passages - 1) // 2 if pairs else 0)
    total += ports if close_ports else 0
    done = 0
    for cases in (
        study.closing_passages(pairs=pairs),
        study.closing_ports() if close_ports else (),
    ):
        for case in cases:
            done += 1
            advance("closures", done, total)
            yield case


def _closure(study: Study, case: Case, *, with_trade: bool) -> dict[str, Any]:
    """Return the row of a closure."""
    goal, cut, weight = study.goal, case.cut, case.weight
    detoured = ~cut
    extra = case.extra[:, goal]
    if with_trade:  # what is traded says how much a journey without a way matters
        extra = np.where(cut, study.longest, extra)
    ends = case.origin * len(study.gateways.ports) + case.destination
    whole, total = study.whole, study.total
    row: dict[str, Any] = {
        "closed": case.closed,
        "second": case.second,
        "kind": case.kind,
        "effect": float((weight * extra).sum()) / whole if whole else 0.0,
        "journeys": _different(ends),
        "share": _different(ends) / len(study.origin),
        "detoured": _different(ends[detoured]),
        "handed_over": 0 if case.instead is None else _different(ends[detoured & case.instead]),
        "cut_off": _different(ends[cut]),
        "haul": case.haul,
    }
    moved = weight[detoured].sum()
    for at, one in enumerate(MEASURES):
        more = case.extra[detoured, at]
        row[one] = float((weight[detoured] * more).sum()) / moved if moved else 0.0
        row[f"{one}_most"] = float(more.max()) if len(more) else 0.0
    if with_trade:
        days = case.extra[:, MEASURES.index("duration")]
        row |= {
            "trade": weight.sum(),
            "trade_share": weight.sum() / total,
            "trade_delayed": weight[detoured & (days > _LEAST)].sum(),
            "trade_cut_off": weight[cut].sum(),
            "goods_days": float((weight * days).sum()),
        }
    return row


def _different(journeys: NDArray[np.int64]) -> int:
    """Return how many different journeys there are; by several ports instead, one is told twice."""
    return len(np.unique(journeys))


def _detours(study: Study, case: Case, top: int, *, with_trade: bool) -> Iterator[dict[str, Any]]:
    """Yield the journeys that a closure changes most."""
    goal = case.extra[:, study.goal] * case.weight
    worth = np.where(case.new & ~case.cut & (case.extra[:, study.goal] > _LEAST), goal, 0.0)
    order = np.argsort(-worth, kind="stable")[:top]
    for row in order[worth[order] > 0].tolist():
        before, after, instead = case.words(row)
        yield {
            "closed": case.closed,
            "second": case.second,
            "origin": study.gateways.ports[case.origin[row]],
            "destination": study.gateways.ports[case.destination[row]],
            "instead": instead,
            "trade": case.weight[row] if with_trade else np.nan,
            **{f"{one}_before": case.before[row, at] for at, one in enumerate(MEASURES)},
            **{f"{one}_after": case.after[row, at] for at, one in enumerate(MEASURES)},
            "passages_before": before,
            "passages_after": after,
        }


def _unreached(study: Study, flows: Trade | None) -> Iterable[dict[str, Any]]:
    """Return the ports that half of the others cannot be reached from before any closure."""
    return _separated(study, study.unreached, "", "", with_trade=flows is not None)


def _cut_off(study: Study, case: Case, *, with_trade: bool) -> Iterable[dict[str, Any]]:
    """Return the ports that lose half of their journeys or more by a closure."""
    lost = case.cut & case.new
    if not lost.any():
        return ()
    ends = case.origin[lost], case.destination[lost], case.weight[lost]
    return _separated(study, ends, case.closed, case.second, with_trade=with_trade)


def _separated(
    study: Study,
    ends: tuple[NDArray[np.int64], NDArray[np.int64], Array],
    closed: str,
    second: str,
    *,
    with_trade: bool,
) -> Iterator[dict[str, Any]]:
    """Yield the ports that lose half of their journeys or more."""
    count = len(study.gateways.ports)
    origin, destination, weight = ends
    every = (study.origin, study.destination, *study.unreached[:2])
    journeys = np.bincount(np.concatenate(every), minlength=count)
    pairs = np.unique(np.stack([origin, destination]), axis=1)
    lost = np.bincount(pairs.ravel(), minlength=count)
    traded = sum_by(origin, weight, count) + sum_by(destination, weight, count)
    for at in np.flatnonzero((lost > 0) & (lost >= _HALF * journeys)).tolist():
        port = str(study.gateways.ports[at])
        yield {
            "closed": closed,
            "second": second,
            "port": port,
            "region": study.gateways.region_of(port),
            "journeys": lost[at],
            "share": lost[at] / journeys[at],
            "trade": traded[at] if with_trade else np.nan,
        }


def basis_table(study: Study, flows: Trade | None) -> pd.DataFrame:
    """Return one row: what was looked at before anything is closed."""
    weight, lost = study.weight, study.unreached[2]
    mean = (weight @ study.figures) / weight.sum()
    row: dict[str, Any] = {
        "vessel": study.doors.sailing.vessel,
        "by": study.by,
        "closed": ";".join(study.doors.bars),
        "ports": float(len(study.gateways.ports)),
        "journeys": float(len(study.origin)),
        "unreached": float(len(lost)),
        **{one: float(mean[at]) for at, one in enumerate(MEASURES)},
        "unit": "" if flows is None else flows.unit,
    }
    names = ("trade", "trade_unreached", "left_out", "by_land")
    values = [np.nan] * len(names)
    if flows is not None:
        known = study.gateways.share.sum(axis=1) > 0
        between = flows.flows[np.ix_(known, known)].sum()
        sailed = float(weight.sum()), float(lost.sum())
        left_out = float(flows.flows.sum() - between)
        values = [*sailed, left_out, max(float(between) - sum(sailed), 0.0)]
    row |= dict(zip(names, values, strict=True))
    frame = pd.DataFrame([row])
    for name in ("vessel", "by", "closed", "unit"):
        frame[name] = frame[name].astype("str")
    return frame
