"""Distances on the sphere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["RADIUS", "great_circle"]

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
