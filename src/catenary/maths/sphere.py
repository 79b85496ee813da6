"""Distances on the sphere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["RADIUS", "along", "great_circle"]

RADIUS: Final = 6_371_008.8
"""Mean radius of the Earth in metres (IUGG)."""


def great_circle(
    lon: ArrayLike, lat: ArrayLike, other_lon: ArrayLike, other_lat: ArrayLike
) -> NDArray[np.float64]:
    """Return the length of great circles in metres; degrees in, any shapes that fit.

    Examples
    --------
    >>> float(great_circle(0, 0, 90, 0).round())
    10007557.0
    """
    first, second = np.radians(np.asarray(lat, float)), np.radians(np.asarray(other_lat, float))
    east = np.radians(np.asarray(other_lon, float) - np.asarray(lon, float))
    half = np.sin((second - first) / 2) ** 2
    half = half + np.cos(first) * np.cos(second) * np.sin(east / 2) ** 2
    found: NDArray[np.float64] = 2 * RADIUS * np.arcsin(np.sqrt(np.clip(half, 0, 1)))
    return found


def along(
    lon: NDArray[np.float64], lat: NDArray[np.float64], most: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return a line of great circles with a point every `most` metres or less.

    Longitudes are unbroken: a line that crosses 180 degrees goes on beyond them.

    Examples
    --------
    >>> lon, lat = along(np.array([170.0, -170.0]), np.array([0.0, 0.0]), 1.2e6)
    >>> lon.round(6).tolist()
    [170.0, 180.0, 190.0]
    """
    x, y = np.radians(lon), np.radians(lat)
    ends = np.stack([np.cos(y) * np.cos(x), np.cos(y) * np.sin(x), np.sin(y)], axis=-1)
    angle = great_circle(lon[:-1], lat[:-1], lon[1:], lat[1:]) / RADIUS
    count = np.maximum(np.ceil(angle * RADIUS / most).astype(np.int64), 1)
    piece = np.repeat(np.arange(len(angle)), count)
    share = (np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)) / count[piece]
    whole = np.maximum(angle[piece], 1e-12)
    ahead, behind = np.sin((1 - share) * whole)[:, None], np.sin(share * whole)[:, None]
    points = ahead * ends[piece] + behind * ends[piece + 1]
    found_lon = np.append(np.degrees(np.arctan2(points[:, 1], points[:, 0])), lon[-1])
    found_lat = np.degrees(np.arctan2(points[:, 2], np.hypot(points[:, 0], points[:, 1])))
    return np.unwrap(found_lon, period=360), np.append(found_lat, lat[-1])
