"""Losses of capacity day by day, as producers that are protected or recover sooner have them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from catenary.model.change import CAPACITIES
from catenary.model.timeline import is_rebuilt, share_lost

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.model import World
    from catenary.model.change import Change
    from catenary.model.timeline import Timeline

    Array = NDArray[np.float64]
    Integers = NDArray[np.intp]

__all__ = ["CapacityLosses", "losses_of"]


@dataclass(frozen=True, eq=False)
class _Term:
    """One change: which of the affected producers it hits, and what share each loses in full."""

    kind: int
    change: Change
    places: Integers
    share: Array
    averted: NDArray[np.bool_]
    """Where it is a loss that happens, which can be averted; measures and gains are not."""


@dataclass(frozen=True, eq=False)
class CapacityLosses:
    """What a scenario takes from capacity, ready for any protection and speed of recovery.

    Parameters
    ----------
    producers
        Who is hit, positions in `producers`, (M,).
    stated
        Share lost by day as the scenario says, (days, M); below 0 where capacity is added.

    Examples
    --------
    >>> from catenary.model import Change, Scenario
    >>> from catenary.testing import two_regions
    >>> world = two_regions()
    >>> quake = Change(target="producers.capacity", where={"id": "BBB.goods"}, multiply=0.5, days=1)
    >>> losses = CapacityLosses.of(world, Scenario("s", (quake,)).compile(world), 2)
    >>> losses.under(np.array([0.0, 0.2]), np.ones(2))
    (array([1]), array([[0.4],
           [0. ]]))
    """

    producers: Integers
    stated: Array
    _terms: tuple[_Term, ...]
    _strengths: dict[tuple[int, float], Array] = field(default_factory=dict)

    @classmethod
    def of(cls, world: World, timeline: Timeline, days: int) -> CapacityLosses:
        """Return the losses of a compiled scenario; those that are rebuilt are not among them."""
        steps = [
            (kind, step)
            for kind, target in enumerate(CAPACITIES)
            for step in timeline.on(target)
            if not is_rebuilt(step)
        ]
        hit = [step.rows for _, step in steps]
        producers = np.unique(np.concatenate([np.zeros(0, np.intp), *hit]))
        terms = []
        for kind, step in steps:
            share = np.broadcast_to(share_lost(step, world), step.rows.shape)
            averted = (share > 0) & (step.change.kind == "shock")
            places = np.searchsorted(producers, step.rows)
            terms.append(_Term(kind, step.change, places, share, averted))
        losses = cls(producers, np.zeros((days, 0)), tuple(terms))
        whole = np.arange(len(producers))
        nothing, usual = np.zeros(len(producers)), np.ones(len(producers))
        object.__setattr__(losses, "stated", losses._summed(days, whole, nothing, usual))
        return losses

    def under(self, protection: Array, recovery: Array) -> tuple[Integers, Array]:
        """Return who loses capacity, (M,), and the share lost by day, (days, M), at most 1.

        Recovery of a shock takes `recovery` times as long, and (1 − `protection`) of its loss is
        left. Full days stay; so does what measures take or add.

        Parameters
        ----------
        protection
            Share of any loss that is averted, by producer of the world, (N,), 0..1.
        recovery
            Time of recovery as a multiple, (N,), 0 or more.
        """
        losses = self.stated.copy()
        kept, slower = protection[self.producers], recovery[self.producers]
        touched = np.flatnonzero((kept != 0) | (slower != 1))
        if len(touched):
            losses[:, touched] = self._summed(len(losses), touched, kept[touched], slower[touched])
        return self.producers, losses

    def _summed(self, days: int, who: Integers, protection: Array, recovery: Array) -> Array:
        """Return the losses of some of the affected producers; the largest kind counts."""
        column = np.full(len(self.producers), -1)
        column[who] = np.arange(len(who))
        losses = np.full((len(CAPACITIES), days, len(who)), -np.inf)
        for number, term in enumerate(self._terms):
            at = column[term.places]
            mine = at >= 0
            at, averted = at[mine], term.averted[mine]
            share = term.share[mine] * np.where(averted, 1.0 - protection[at], 1.0)
            stretch = np.where(averted, recovery[at], 1.0)
            sums = losses[term.kind]
            sums[:, at] = np.where(np.isneginf(sums[:, at]), 0.0, sums[:, at])
            for one in np.unique(stretch).tolist():
                same = stretch == one
                sums[:, at[same]] += self._strength(number, days, one)[:, None] * share[same]
        largest: Array = np.minimum(losses.max(axis=0), 1.0)
        return largest

    def _strength(self, number: int, days: int, stretch: float) -> Array:
        """Return how much of a change is in force by day, (days,); found once."""
        key = (number, stretch)
        if key not in self._strengths:
            when = np.arange(days, dtype=np.float64)
            self._strengths[key] = self._terms[number].change.strength(when, stretch)
        return self._strengths[key]


def losses_of(world: World, timeline: Timeline, days: int) -> tuple[Integers, Array]:
    """Return who loses capacity, (M,), and the share lost by day, (days, M).

    What `producers.protection` averts is not lost, and what `producers.recovery` says of the time
    of recovery holds.
    """
    producers = world.part("producers")
    return CapacityLosses.of(world, timeline, days).under(
        producers.numbers("protection"), producers.numbers("recovery")
    )
