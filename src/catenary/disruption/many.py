"""Many scenarios of one world: side by side where they are plain, one by one where not."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from catenary.disruption.impacts import impact_of, is_plain, shocks_of
from catenary.disruption.layout import layout_of
from catenary.disruption.preparing import parameters_of, prepare
from catenary.disruption.tables import NOTICEABLE, demand_table
from catenary.disruption.transport import has_transit
from catenary.errors import CatenaryError, ScenarioError
from catenary.maths import batches, inventory
from catenary.maths.devices import device_of
from catenary.maths.grouping import sum_by
from catenary.model.balance import require_balance
from catenary.model.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from catenary.disruption.impacts import Impact
    from catenary.maths.network import Network
    from catenary.model import Scenario, World

    Array = NDArray[np.float64]

__all__ = ["FIGURES", "Many", "Outcomes"]

FIGURES: Final = ("loss_days", "deepest", "deepest_day", "first_day", "recovered_day")
"""What is kept of the path of output of the world, a region or a product."""

_DRAWN: Final = ("psi", "restoration_days", "overproduction", "overproduction_days")


@dataclass(frozen=True, kw_only=True, eq=False)
class Outcomes:
    """What became of C cases; days that never came are -1.

    Parameters
    ----------
    regions, products, world
        Figures of output, (C, R, 5), (C, P, 5) and (C, 5), in the order of `FIGURES`.
    unmet
        Share of final demand not met, (C,).
    first_short
        First day on which an input held some producer below normal, (C,).
    path
        World output by day as a share of normal, (C, days).
    """

    regions: Array
    products: Array
    world: Array
    unmet: Array
    first_short: Array
    path: NDArray[np.float32]

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return every array by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def joined(cls, parts: Sequence[Outcomes]) -> Outcomes:
        """Return the cases of all parts."""
        return cls(
            **{
                name: np.concatenate([getattr(p, name) for p in parts])
                for name in parts[0].arrays()
            }
        )


def _figures(output: Array, baseline: Array) -> Array:
    """Return the figures of paths of output (days, …, X) against what is normal (X,)."""
    base = np.where(baseline > 0, baseline, 1.0)
    loss = np.where(baseline > 0, 1.0 - output / base, 0.0)
    hit = loss > NOTICEABLE
    days = len(output)
    some = hit.any(axis=0)
    last = days - hit[::-1].argmax(axis=0)
    total = loss.sum(axis=0)
    return np.stack(
        [
            np.where(np.abs(total) < 1e-9, 0.0, total),
            np.where(some, loss.max(axis=0), 0.0),
            np.where(some, loss.argmax(axis=0), -1),
            np.where(some, hit.argmax(axis=0), -1),
            np.where(some & (last < days), last, -1),
        ],
        axis=-1,
    )


class Many:
    """One world, laid out once, that any number of scenarios run over."""

    def __init__(
        self,
        world: World,
        days: int,
        options: Mapping[str, Any],
        *,
        kind: str = "float64",
        device: str = "cpu",
    ) -> None:
        self.device = device_of(device)
        require_balance(world)
        self.world, self.days, self.options = world, days, dict(options)
        self.layout = layout_of(
            world, stock_days=options["stock_days"], rationing=options["rationing"]
        )
        network = self.layout.network
        self.parameters = parameters_of(self.layout, options)
        self.reason = batches.why_not(network, self.parameters, self.device)
        if not self.reason and has_transit(world, Timeline("", ()), None):
            self.reason = "deliveries take time"
        self.blocks = None if self.reason else batches.arranged(network, self.parameters, kind)
        self.baseline = network.output()

    def with_network(self, network: Network) -> Many:
        """Return the same world where stocks or criticality differ, and no delivery."""
        other = copy(self)
        other.layout = replace(self.layout, network=network)
        if self.blocks is not None:
            other.blocks = replace(self.blocks, network=network)
        return other

    @property
    def in_lists(self) -> bool:
        """Whether runs stand side by side over lists of deliveries, in float64."""
        return isinstance(self.blocks, batches.Lists)

    def is_plain(self, scenario: Scenario) -> bool:
        """Return whether a scenario may run side by side with others."""
        return self.blocks is not None and is_plain(self.world, scenario)

    def impact(self, scenario: Scenario) -> Impact:
        """Return what a plain scenario does to producers, for `follow_impacts`."""
        return impact_of(self.world, self.layout, scenario, self.days)

    def follow(
        self,
        cases: Sequence[tuple[Scenario, Mapping[str, float]]],
        *,
        on_day: Callable[[int], None] = lambda _: None,
    ) -> Outcomes:
        """Run some cases: scenarios and the options drawn for each."""
        plain = all(self.is_plain(s) and set(o) <= set(_DRAWN) for s, o in cases)
        if plain:
            return self.follow_impacts([(self.impact(s), o) for s, o in cases], on_day=on_day)
        return Outcomes.joined([self._alone(s, o, on_day) for s, o in cases])

    def follow_impacts(
        self,
        cases: Sequence[tuple[Impact, Mapping[str, float]]],
        *,
        on_day: Callable[[int], None] = lambda _: None,
    ) -> Outcomes:
        """Run some cases side by side: what scenarios do, and the options drawn for each.

        An impact may come from another world in which the scenario does the same.
        """
        found = self.traced(cases, on_day=on_day)
        layout, network = self.layout, self.layout.network
        count, made = len(self.world.ids("regions")), len(self.world.ids("products"))
        by_region = found.regions
        if by_region.shape[2] < count:  # nobody makes anything in the last regions
            rest = count - by_region.shape[2]
            by_region = np.pad(by_region, ((0, 0), (0, 0), (0, rest)))
        whole = np.array(self.baseline.sum())
        of_world = by_region.sum(axis=2)
        missed = (found.missed - found.unmet * layout.extra_final).sum(axis=1)
        asked = np.array([impact.demand for impact, _ in cases])
        regions = sum_by(network.region, self.baseline, count)
        products = sum_by(network.product, self.baseline, made)
        return Outcomes(
            regions=_figures(by_region.swapaxes(0, 1), regions),
            products=_figures(found.products.swapaxes(0, 1), products),
            world=_figures(of_world.T, whole),
            unmet=missed / np.maximum(asked, np.finfo(float).tiny),
            first_short=found.first_short.astype(float),
            path=_share(of_world, whole),
        )

    def traced(
        self,
        cases: Sequence[tuple[Impact, Mapping[str, float]]],
        *,
        on_day: Callable[[int], None] = lambda _: None,
    ) -> batches.Followed:
        """Return what follows in some cases, by producer of the network."""
        assert self.blocks is not None  # noqa: S101  is_plain has looked
        parameters = [
            self.parameters if not drawn else parameters_of(self.layout, {**self.options, **drawn})
            for _, drawn in cases
        ]
        shocks = shocks_of(self.layout, [impact for impact, _ in cases])
        return batches.run_batch(
            self.blocks, parameters, self.days, shocks, device=self.device, on_day=on_day
        )

    def _alone(
        self, scenario: Scenario, options: Mapping[str, float], on_day: Callable[[int], None]
    ) -> Outcomes:
        ready = prepare(self.world, scenario, self.days, {**self.options, **options})
        network = ready.layout.network
        path = inventory.simulate(
            network,
            ready.parameters,
            self.days,
            ready.disturbance,
            lanes=ready.lanes,
            on_day=on_day,
        )
        count, products = len(self.world.ids("regions")), len(self.world.ids("products"))
        region, product = network.region, network.product
        by_region = _summed(path.output, region, count)
        by_product = _summed(path.output, product, products)
        demand = demand_table(
            ready.world,
            ready.layout,
            path,
            ready.final,
            elasticity=ready.parameters.demand_elasticity,
        )
        asked = float(demand["demand"].sum())
        short = path.first_day[path.first_day >= 0]
        return Outcomes(
            regions=_figures(by_region, sum_by(region, path.baseline, count))[None],
            products=_figures(by_product, sum_by(product, path.baseline, products))[None],
            world=_figures(path.output.sum(axis=1), np.array(path.baseline.sum()))[None],
            unmet=np.array([float(demand["unmet"].sum()) / asked if asked > 0 else 0.0]),
            first_short=np.array([float(short.min(initial=self.days)) if len(short) else -1.0]),
            path=_share(path.output.sum(axis=1)[None], path.baseline.sum()),
        )


def _share(output: Array, whole: Any) -> NDArray[np.float32]:
    """Return world output as a share of normal."""
    return np.asarray(output / whole if whole > 0 else np.ones_like(output), np.float32)


def _summed(output: Array, place: NDArray[np.int64], count: int) -> Array:
    sums = np.zeros((count, len(output)))
    np.add.at(sums, place, output.T)
    return sums.T


def told(error: CatenaryError, name: str, number: int) -> ScenarioError:
    """Return an error that says in which run of an ensemble it happened."""
    return ScenarioError(f"run {number + 1} ({name}): {error.args[0]}", hint=error.hint)
