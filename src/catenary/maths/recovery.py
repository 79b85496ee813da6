"""How what was lost comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["CURVES", "Curve", "remaining"]

Curve = Literal["linear", "convex", "convex_scaled", "concave", "step"]
CURVES: Final[tuple[Curve, ...]] = ("linear", "convex", "convex_scaled", "concave", "step")

_START: Final = 1e-6  # s of the concave curve: how little has come back after the first day


def remaining(
    curve: Curve, elapsed: NDArray[np.float64], days: float, half_days: float | None = None
) -> NDArray[np.float64]:
    """Return the share of a loss that is left after `elapsed` days of recovery.

    Parameters
    ----------
    curve
        linear 1 − e/τ; convex (1 − 1/τ)^e; convex_scaled (1 − 1/τ)^(4e);
        concave τ/(τ + s e^k) with s = 1e-6 and k such that half is left after `half_days`;
        step: all until τ, then nothing. The convex and concave curves keep a rest after τ.
    elapsed
        Days since recovery began, shape (days,); values ≤ 0 leave everything.
    days
        τ, the days that recovery takes, > 0.
    half_days
        Days after which the concave curve leaves half, > 1; τ/2 if not given.

    Returns
    -------
    ndarray
        Shares 0..1, shape (days,).

    References
    ----------
    The curves of Hallegatte's ARIO family as listed in Juhel et al., BoARIO documentation (2024);
    `docs/methods.md`.

    Examples
    --------
    >>> remaining("linear", np.array([0.0, 1.0, 4.0]), 4)
    array([1.  , 0.75, 0.  ])
    """
    e = np.maximum(elapsed, 0.0)
    if curve == "step":
        return np.where(e < days, 1.0, 0.0)
    if curve == "linear":
        return np.clip(1.0 - e / days, 0.0, 1.0)
    if curve in ("convex", "convex_scaled"):
        base = max(0.0, 1.0 - 1.0 / days)
        return np.power(base, e * (4.0 if curve == "convex_scaled" else 1.0))
    half = max(days / 2 if half_days is None else half_days, 1.0 + 1e-9)
    k = (np.log(days) - np.log(_START)) / np.log(half)
    # s e^k without overflow: the curve is 1/(1 + exp(k ln e + ln s − ln τ))
    with np.errstate(divide="ignore"):
        exponent = k * np.log(e) + np.log(_START) - np.log(days)
    left: NDArray[np.float64] = 1.0 / (1.0 + np.exp(np.minimum(exponent, 700.0)))
    return left
