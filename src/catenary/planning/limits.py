"""Caps on what one country, group or supplier may deliver."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from catenary.errors import OptionError, did_you_mean
from catenary.model.labels import hint_for

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.model import World
    from catenary.planning.offers import Offers

    Array = NDArray[np.float64]

__all__ = ["caps_of"]


def caps_of(
    world: World, offers: Offers, *, each: float, own: str, supplier: float
) -> tuple[tuple[str, ...], Array, Array]:
    """Return the names of caps, which offers count towards each (G, I), and the shares (G,).

    Parameters
    ----------
    world
        Its groups of regions may have caps.
    offers
        What is capped.
    each
        Most that any one region may deliver; 1 = no cap.
    own
        Caps of single regions, groups or offers, as LABEL=SHARE, separated by commas.
    supplier
        Most that any one supplier may deliver; 1 = no cap.

    Raises
    ------
    OptionError
        If a label is unknown or a share is not between 0 and 1.
    """
    found: dict[str, tuple[Array, float]] = {}
    if each < 1:
        for region in dict.fromkeys(map(str, offers.region)):
            found[region] = (np.asarray(offers.region == region, float), each)
    if supplier < 1:
        for k, label in enumerate(offers.ids):
            found[str(label)] = (np.eye(1, len(offers), k)[0], supplier)
    for part in filter(None, (word.strip() for word in own.split(","))):
        label, sign, text = (one.strip() for one in part.partition("="))
        share = _share(part, text if sign else "")
        found[label] = (_members(world, offers, label), share)
    names = tuple(found)
    member = np.array([one for one, _ in found.values()]).reshape(len(names), len(offers))
    return names, member, np.array([share for _, share in found.values()], np.float64)


def _share(part: str, text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise OptionError(
            f"caps gives {part!r}, not a share from 0 to 1",
            hint="write caps as LABEL=SHARE,LABEL=SHARE, as in CHN=0.4,EU27=0.5",
        )
    return share


def _members(world: World, offers: Offers, label: str) -> Array:
    if label in offers.ids:
        return np.asarray(offers.ids == label, float)
    if label in offers.region:
        mine = offers.region == label
    elif "regions" in world and label in world.ids("regions"):
        inside = world.ids("regions")[world.members("regions", label)]
        mine = np.isin(offers.region.astype(str), inside.astype(str))
        if not mine.any():
            raise OptionError(
                f"caps names {label!r}, from where nobody offers",
                hint=did_you_mean(label, map(str, offers.region)),
            )
    else:
        raise OptionError(
            f"caps names {label!r}, which is no region, group or offer",
            hint=hint_for(label, [*offers.region, *offers.ids], table="regions"),
        )
    return np.asarray(mine, float)
