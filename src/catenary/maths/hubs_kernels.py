"""The loops of `catenary.maths.hubs`, one kind of hubs at a time."""

from __future__ import annotations

import numpy as np
from numba import njit

__all__ = ["by_hubs", "kept", "marked", "started", "taken"]


@njit(cache=True)
def marked(hit, kind, way, first, last, candidates, leave, reach, between):  # type: ignore[no-untyped-def]
    """Mark the pairs that go by a kind of hubs of which something they use has changed."""
    for i in range(len(hit)):
        for j in range(len(hit)):
            if way[i, j] == kind:
                a, b = first[i, j], last[i, j]
                hit[i, j] |= leave[i, a] or reach[j, b]
                hit[i, j] |= between[candidates[i, a], candidates[j, b]]


@njit(cache=True)
def started(hit, allowed, direct, goal, figures, way, first, last):  # type: ignore[no-untyped-def]
    """Give the marked pairs their way without hubs, or none."""
    for i in range(len(hit)):
        for j in range(len(hit)):
            if hit[i, j]:
                there = allowed and direct[0, i, j] < np.inf
                goal[i, j] = direct[0, i, j] if there else np.inf
                way[i, j] = 0 if there else -1
                first[i, j] = -1
                last[i, j] = -1
                for k in range(len(figures)):
                    figures[k, i, j] = direct[k + 1, i, j] if there else np.inf


@njit(cache=True, nogil=True)
def by_hubs(  # type: ignore[no-untyped-def]
    hit, kind, weights, leave, reach, candidates, amounts, goal, figures, way, first, last
):
    """Give the marked pairs their way by two hubs where that is better."""
    places, size, count = len(hit), amounts.shape[1], len(weights)
    row, out = np.empty(size), np.empty(size, np.int16)
    between = np.full((size, size), np.inf)
    for a in range(size):
        for b in range(size):
            if amounts[0, a, b] < np.inf:
                total = 0.0
                for k in range(count):
                    total += weights[k] * amounts[k, a, b]
                between[a, b] = total
    for i in range(places):
        if not hit[i].any():
            continue
        row[:] = np.inf
        for a in range(candidates.shape[1]):
            hub, near = candidates[i, a], leave[0, i, a]
            if hub >= 0 and near < np.inf:
                onward = between[hub]
                for h in range(size):
                    total = near + onward[h]
                    if total < row[h]:
                        row[h] = total
                        out[h] = a
        for j in range(places):
            if not hit[i, j] or i == j:
                continue
            best, back = goal[i, j], -1
            for b in range(candidates.shape[1]):
                hub = candidates[j, b]
                if hub >= 0:
                    total = row[hub] + reach[0, j, b]
                    if total < best:
                        best, back = total, b
            if back >= 0:
                to = candidates[j, back]
                a = out[to]
                goal[i, j], way[i, j], first[i, j], last[i, j] = best, kind, a, back
                for k in range(count):
                    figures[k, i, j] = (
                        leave[k + 1, i, a]
                        + amounts[k, candidates[i, a], to]
                        + reach[k + 1, j, back]
                    )


@njit(cache=True)
def kept(hit, day, planned, least, goal, duration, way):  # type: ignore[no-untyped-def]
    """Let the marked pairs wait for the day planned, and no goal fall."""
    for i in range(len(hit)):
        for j in range(len(hit)):
            if hit[i, j] and way[i, j] >= 0 and planned[i, j] < np.inf:
                early = planned[i, j] - duration[i, j]
                if early > 0:
                    duration[i, j] = planned[i, j]
                    goal[i, j] += early * day
                goal[i, j] = max(goal[i, j], least[i, j])  # sums are rounded


@njit(cache=True)
def taken(  # type: ignore[no-untyped-def]
    hit, goal, figures, way, first, last, its_goal, its_figures, its_way, its_first, its_last
):
    """Give the marked pairs the other way where that is better."""
    for i in range(len(hit)):
        for j in range(len(hit)):
            if hit[i, j] and its_goal[i, j] < goal[i, j]:
                goal[i, j] = its_goal[i, j]
                way[i, j] = its_way[i, j]
                first[i, j] = its_first[i, j]
                last[i, j] = its_last[i, j]
                for k in range(len(figures)):
                    figures[k, i, j] = its_figures[k, i, j]
