"""Which pressure a final demand causes, and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from catenary.errors import OptionError, did_you_mean
from catenary.languages import joined, recognised, say
from catenary.maths.grouping import sum_by
from catenary.model import Result, Run, World
from catenary.model.analysis import analysis
from catenary.model.units import factor

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["Footprint", "footprint"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Footprint(Result):
    """A pressure by those who cause it and by those for whom it is caused."""

    producers: pd.DataFrame
    """Direct and total intensity per producer."""
    regions: pd.DataFrame
    """Production- and consumption-based accounts."""
    flows: pd.DataFrame
    """Embodied pressure from region to region, largest first."""

    def summary(self) -> str:
        """Return the accounts in a few lines."""
        lines: list[str] = []
        frames = [("", self.regions)]
        if "world" in self.regions:
            frames = [(str(w), f) for w, f in self.regions.groupby("world", sort=False)]
        for label, regions in frames:
            top = regions.sort_values("consumption", ascending=False).iloc[0]
            traded = regions["exported"].sum() / max(regions["production"].sum(), 1e-300)
            line = say(
                "{total:.6g} of {stressor} in the world; {traded:.1%} of it crosses a border "
                "inside goods. Largest footprint: {region}, {consumed:.6g} consumed against "
                "{produced:.6g} produced.",
                total=regions["production"].sum(),
                stressor=recognised(str(top["stressor"])),
                traded=traded,
                region=str(top["region"]),
                consumed=top["consumption"],
                produced=top["production"],
            )
            lines.append(say("{label}: {text}", label=label, text=line) if label else line)
        return joined(lines, "\n")


@analysis("see")
def footprint(world: World, *, stressor: str = "") -> Footprint:
    """Attribute a pressure to the final demand that causes it, all stages counted.

    With s the pressure per unit of output and A the input coefficients, m = s (I - A)⁻¹ is what
    one unit of final demand takes, and s (I - A)⁻¹ Y splits it by origin and destination.

    Parameters
    ----------
    world
        Needs `intermediate` and `final`, and `stressors` or `value_added`.
    stressor
        Row of `stressors`; `value_added`; blank = the first stressor, or value added if there
        is none.

    Returns
    -------
    Footprint
        Intensities per producer, accounts per region, flows from region to region.

    Raises
    ------
    OptionError
        If there is no such stressor.
    MissingDataError
        If the world lacks a matrix.

    References
    ----------
    Miller, R. E. & Blair, P. D. (2009), Input-Output Analysis, ch. 10; Kanemoto, K. et al.
    (2012), Environmental Science & Technology 46(1), 172-179.

    Examples
    --------
    >>> import catenary
    >>> from catenary.testing import two_regions
    >>> catenary.footprint(two_regions()).regions["consumption"].round(1).tolist()
    [7.2, 4.8]
    """
    ids = world.ids("producers")
    flows = world.matrix("intermediate").aligned_to(ids, ids)
    users = world.ids("consumers")
    final = world.matrix("final").aligned_to(ids, users)
    final = final.in_unit(flows.unit)
    name, pressure, direct = _pressure(world, stressor)
    regions = world.ids("regions")
    region = world.part("producers").codes("region").astype(int)
    user_region = world.part("consumers").codes("region").astype(int)
    Z, Y = flows.dense, _by_region(final.dense, user_region, len(regions))  # noqa: N806
    x = Z.sum(axis=1) + Y.sum(axis=1)
    from catenary.maths.leontief import (  # noqa: PLC0415  needed to compute, not to read
        LeontiefSystem,
        input_coefficients,
    )

    system = LeontiefSystem(input_coefficients(Z, x))
    intensity = np.divide(pressure, x, out=np.zeros_like(x), where=x != 0)
    embodied = intensity[:, None] * system.output_for(Y)
    by_origin = np.zeros((len(regions), len(regions)))
    np.add.at(by_origin, region, embodied)
    household = sum_by(user_region, direct, len(regions))
    idle = (x == 0) & (pressure != 0)
    warnings = []
    if idle.any():
        warnings.append(
            say(
                "{producers} producers without output have {amount:.3g} of {stressor}, which no "
                "final demand causes",
                producers=int(idle.sum()),
                amount=pressure[idle].sum(),
                stressor=name,
            )
        )
    own = np.diag(by_origin)
    producers = pd.DataFrame(
        {
            "producer": ids,
            "region": pd.Categorical.from_codes(region, categories=regions),
            "product": world.table("producers")["product"].array,
            "direct": intensity,
            "total": system.intensities(intensity),
        }
    )
    accounts = pd.DataFrame(
        {
            "region": regions,
            "stressor": name,
            "production": by_origin.sum(axis=1) + household,
            "consumption": by_origin.sum(axis=0) + household,
            "imported": by_origin.sum(axis=0) - own,
            "exported": by_origin.sum(axis=1) - own,
        }
    ).sort_values("consumption", ascending=False, kind="stable", ignore_index=True)
    origin, destination = np.indices(by_origin.shape)
    embodied_flows = pd.DataFrame(
        {
            "stressor": name,
            "origin": pd.Categorical.from_codes(origin.ravel(), categories=regions),
            "destination": pd.Categorical.from_codes(destination.ravel(), categories=regions),
            "amount": by_origin.ravel(),
        }
    ).sort_values("amount", ascending=False, kind="stable", ignore_index=True)
    return Footprint(
        run=Run(analysis="footprint", options={}, world="", warnings=tuple(warnings)),
        producers=producers,
        regions=accounts,
        flows=embodied_flows,
    )


def _by_region(final: Array, region: NDArray[np.int64], count: int) -> Array:
    """Return final demand by consuming region, (N, R)."""
    sums = np.zeros((count, len(final)))
    np.add.at(sums, region, final.T)
    return sums.T


def _pressure(world: World, stressor: str) -> tuple[str, Array, Array]:
    """Return the name of a pressure, what producers cause (N,) and consumers directly (K,)."""
    ids, users = world.ids("producers"), world.ids("consumers")
    known = list(world.matrix("stressors").rows) if "stressors" in world else []
    name = stressor or (known[0] if known else "value_added")
    direct = np.zeros(len(users))
    if name in known:
        matrix = world.matrix("stressors")
        pressure = matrix.aligned_to(pd.Index([name]), ids).dense[0]
        if "stressors_final" in world and name in world.matrix("stressors_final").rows:
            other = world.matrix("stressors_final")
            scale = factor(other.unit, matrix.unit)
            direct = other.aligned_to(pd.Index([name]), users).dense[0] * scale
        return name, pressure, direct
    if name == "value_added" and "value_added" in world:
        added = world.matrix("value_added")
        return name, added.aligned_to(added.rows, ids).dense.sum(axis=0), direct
    if name == "value_added":
        world.matrix("stressors")  # says what is missing
    raise OptionError(
        f"this world has no stressor {name!r}", hint=did_you_mean(name, [*known, "value_added"])
    )
