"""What production emits, and for whom, before and after barriers change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from catenary.errors import OptionError, did_you_mean
from catenary.languages import say
from catenary.maths.iterative import IterativeSystem
from catenary.maths.leontief import LeontiefSystem, input_coefficients
from catenary.model.units import factor
from catenary.trade.deliveries import Deliveries, Growth

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.model import World
    from catenary.trade.flows import Flows
    from catenary.trade.solving import Solved

    Array = NDArray[np.float64]

__all__ = ["Pressure", "emissions", "no_emissions", "told_of_spread"]

_LARGE: Final = 2500  # producers from which on sweeps are faster than factoring


@dataclass(frozen=True, kw_only=True, eq=False)
class Pressure:
    """One row of `stressors` by region and product."""

    name: str
    unit: str
    caused: Array
    """By production, (N, J)."""
    direct: Array
    """By final demand itself, (N,)."""

    @classmethod
    def of(cls, world: World, flows: Flows, stressor: str) -> Pressure | None:
        """Read a pressure; None if the world has none and none is named.

        Raises
        ------
        OptionError
            If there is none of that name.

        Examples
        --------
        >>> from catenary.testing import two_regions
        >>> from catenary.trade.flows import Flows
        >>> Pressure.of(two_regions(), Flows.of(two_regions()), "").caused.tolist()
        [[8.0], [4.0]]
        """
        known = [str(name) for name in world.matrix("stressors").rows] if (
            "stressors" in world
        ) else []  # fmt: skip
        if stressor and stressor not in known:
            raise OptionError(
                f"this world has no stressor {stressor!r}",
                hint=did_you_mean(stressor, known) if known else "it has no stressors at all",
            )
        if not known:
            return None
        matrix = world.matrix("stressors")
        carbon = [one for one in known if "co2" in f"{one} {matrix.unit}".casefold()]
        name = stressor or (carbon or known)[0]
        row = matrix.aligned_to(pd.Index([name]), world.ids("producers")).dense[0]
        place, kinds = flows.regions.get_indexer(world.ids("regions")), len(flows.products)
        producers = world.part("producers")
        cell = place[producers.codes("region")] * kinds + producers.codes("product")
        caused = np.bincount(cell, row, len(flows.regions) * kinds)
        direct = np.zeros(len(flows.regions))
        if "stressors_final" in world and name in world.matrix("stressors_final").rows:
            other = world.matrix("stressors_final")
            users = other.aligned_to(pd.Index([name]), world.ids("consumers")).dense[0]
            buyer = place[world.part("consumers").codes("region")]
            scale = factor(other.unit, matrix.unit)
            direct = np.bincount(buyer, users * scale, len(flows.regions)).astype(np.float64)
        return cls(
            name=name, unit=matrix.unit, direct=direct,
            caused=caused.reshape(len(flows.regions), kinds).astype(np.float64),
        )  # fmt: skip


def emissions(found: Solved, pressure: Pressure) -> tuple[pd.DataFrame, list[str]]:
    """Return emissions of each region before and after, and what to warn of.

    What is made causes as much per amount as before, whatever it costs; what final demand causes
    itself goes with its real income. Both accounts are those of `footprint`.
    """
    flows, money, told = found.flows, found.money, 0.0
    columns: dict[str, Array] = {}
    sides = (found.before, found.after)
    for place, after in enumerate(("_before", "")):
        grown = Growth.of(flows, sides[: place + 1], money)
        made = Deliveries.of(flows, sides[place], money)
        caused, direct = pressure.caused * grown.volume, pressure.direct * grown.final
        columns[f"production{after}"] = caused.sum(axis=1) + direct
        columns[f"consumption{after}"] = _embodied(made, caused, flows) + direct
        told = max(told, made.spread)
    frame = pd.DataFrame({"region": flows.regions, "stressor": pressure.name, **columns})
    frame["unit"] = pressure.unit
    order = ["region", "stressor", "unit", "production_before", "production",
             "consumption_before", "consumption"]  # fmt: skip
    frame = frame[order].sort_values("consumption", ascending=False, kind="stable")
    return frame.reset_index(drop=True), told_of_spread(told)


def no_emissions() -> pd.DataFrame:
    """Return the table of a world that names no pressure."""
    numbers = ["production_before", "production", "consumption_before", "consumption"]
    frame = pd.DataFrame({name: pd.Series(dtype="str") for name in ("region", "stressor", "unit")})
    return frame.assign(**{name: pd.Series(dtype="float64") for name in numbers})


def told_of_spread(share: float) -> list[str]:
    """Say what share of deliveries lost its old pattern of sellers and users."""
    if not share:
        return []
    return [
        say(
            "{share:.2g} % of deliveries cannot keep their pattern: industries cannot buy where "
            "they did, because sellers are gone or the table does not balance; each such product "
            "of a buyer is shared out evenly",
            share=100 * share,
        )
    ]


def _embodied(made: Deliveries, caused: Array, flows: Flows) -> Array:
    """Return what final demand of each region causes through all stages, (N,)."""
    size = caused.size
    table, output = made.cells.reshape(size, size), made.output.ravel()
    names = [f"{region}.{product}" for region in flows.regions for product in flows.products]
    intensity = np.divide(
        caused.ravel(), output, out=np.zeros_like(output), where=output > 0
    )  # fmt: skip
    solver: LeontiefSystem | IterativeSystem
    if size < _LARGE:
        solver = LeontiefSystem(input_coefficients(table, output), names)
    else:
        region = np.repeat(np.arange(len(caused)), caused.shape[1])
        solver = IterativeSystem(table, output, region, names)
    needed = solver.intensities(intensity[:, None])[:, 0]
    total: Array = needed @ made.final.reshape(size, -1)
    return total
