"""Second stage of a plan with every delivery, in goods, used only as a test oracle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import linprog

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.maths.two_stage import TwoStage


def naive(problem: TwoStage, chosen: NDArray[np.float64], w: int) -> float:
    """Return the least loss of a scenario by a programme of every delivery, in goods."""
    firms, span = problem.able.shape[1:]
    edges, shelves = len(problem.flow), len(problem.buyer)
    able, stock = problem.able[w].copy(), problem.stock.copy()
    averted = np.zeros_like(able)
    for y, option in zip(chosen, problem.options, strict=True):
        if option.added is not None:
            able[option.producers] += y * option.added[w if len(option.added) > 1 else 0]
        if option.averted is not None:
            averted[option.producers] += y * option.averted[w if len(option.averted) > 1 else 0]
        stock[option.slots] += y * option.stock
    able += np.minimum(averted, problem.lost[w])
    final = problem.final[w if len(problem.final) > 1 else 0]
    use = np.bincount(problem.slot, problem.flow, shelves)
    sizes = {"x": firms, "u": firms, "v": firms, "y": edges, "s": shelves, "i": shelves}
    at, first = {}, 0
    for name, size in sizes.items():
        at[name] = first + np.arange(size * span).reshape(size, span)
        first += size * span
    cost, upper = np.zeros(first), np.full(first, np.inf)
    lower = np.zeros(first)
    upper[at["x"]], upper[at["u"]] = able, final
    counts = "v" if problem.counted == "output" else "u"
    cost[at[counts]] = problem.weight[:, None]
    upper[at["y"]] = problem.substitution * problem.flow[:, None] * problem.days
    lower[at["s"][:, -1]] = problem.closing * problem.stock
    rows, most = [], []

    def limit(cells: dict[int, float], bound: float) -> None:
        row = np.zeros(first)
        for column, value in cells.items():
            row[column] += value
        rows.append(row)
        most.append(bound)

    for t in range(span):
        for f in range(firms):
            sold = {int(at["y"][e, t]): 1.0 for e in np.flatnonzero(problem.supplier == f)}
            limit({**sold, int(at["x"][f, t]): -1.0, int(at["u"][f, t]): -1.0}, -final[f, t])
            usual = problem.output[f] * problem.days[t]
            limit({int(at["x"][f, t]): -1.0, int(at["v"][f, t]): -1.0}, -usual)
        for k in range(shelves):
            came = {int(at["y"][e, t]): -1.0 for e in np.flatnonzero(problem.slot == k)}
            cells = {**came, int(at["i"][k, t]): 1.0, int(at["s"][k, t]): 1.0}
            if t:
                cells[int(at["s"][k, t - 1])] = -1.0
            limit(cells, 0.0 if t else stock[k])
            j, c = problem.buyer[k], problem.criticality[k]
            if c > 0:
                a = use[k] / problem.output[j]
                limit({int(at["x"][j, t]): a, int(at["i"][k, t]): -c}, a * (1 - c) * able[j, t])
    bounds = np.column_stack([lower, upper])
    found: Any = linprog(cost, np.array(rows), np.array(most), bounds=bounds)  # type: ignore[call-overload]
    assert found.status == 0
    return float(found.fun)
