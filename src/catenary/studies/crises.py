"""What may cut the supply of members: a scenario, the table `futures`, or each region or maker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from catenary.errors import ScenarioError, listed
from catenary.languages import say
from catenary.planning.futures import CALM, Futures
from catenary.planning.offers import links_to

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.model import World
    from catenary.studies.pools import Asked

    Array = NDArray[np.float64]
    Labels = NDArray[np.object_]

__all__ = ["Crises", "Makers", "futures_of"]

_SAMPLES: Final = 10
"""Days of a period on which a scenario is looked at."""
_CUTS: Final = ("producers.capacity", "producers.capital", "producers.labour")
_READ: Final = (*_CUTS, "links.open")


@dataclass(frozen=True, kw_only=True, eq=False)
class Makers:
    """Who makes the product: producers, or regions where no more is known."""

    ids: Labels
    region: Labels


@dataclass(frozen=True, kw_only=True, eq=False)
class Crises:
    """W futures of N members in T periods."""

    names: tuple[str, ...]
    chance: Array
    """(W,)."""
    supply: Array
    """What each has a right to in a day, (N, W, T)."""
    need: Array
    """What each needs in a day, (N, W, T)."""
    home: Array
    """Share of capacity that works where it is, (N, W, T)."""


def futures_of(
    world: World, asked: Asked, makers: Makers, usual: Array, place: Labels
) -> tuple[Crises, list[str]]:
    """Return what may happen, and what to warn of.

    Parameters
    ----------
    world
        May have `futures`.
    asked
        The options.
    makers
        Who makes the product, J of them.
    usual
        What each member gets of each on a normal day, (N, J).
    place
        The region of each member.

    Raises
    ------
    ScenarioError
        If the scenario changes nothing that supply depends on.
    """
    told: list[str] = []
    family = asked.family
    own = "futures" in world and family == "known" and asked.scenario is None
    if family == "known" and asked.scenario is None and not own:
        family = "region"
    found = _calm(makers, asked.periods)
    if own or family != "known":
        found = Futures.of(
            world, makers, periods=asked.periods, days=asked.days,
            family="none" if family == "known" else family, chance=asked.chance,
        )  # fmt: skip
    if own and "offer" in world.table("futures") and world.table("futures")["offer"].notna().any():
        told.append(say("rows of futures that name an offer are read only if it is a producer"))
    supply = np.einsum("ij,wjt->iwt", usual, found.available)
    need = usual.sum(axis=1)[:, None, None] * found.demand[None]
    home = _at_home(makers, usual, place, found.available)
    names, chance = found.names, found.chance
    if asked.scenario is not None:
        part, there = _by_scenario(world, asked, makers, usual, place, told)
        names = (*names, asked.scenario.name)
        chance = np.append(chance * (1 - asked.chance), asked.chance)
        supply = np.concatenate([supply, part[:, None]], axis=1)
        need = np.concatenate([need, np.broadcast_to(usual.sum(axis=1)[:, None, None],
                                                     part[:, None].shape)], axis=1)  # fmt: skip
        home = np.concatenate([home, there[:, None]], axis=1)
    all_of_them = Crises(
        names=names, chance=chance, supply=supply, need=np.asarray(need), home=home
    )
    return all_of_them, told


def _calm(makers: Makers, periods: int) -> Futures:
    return Futures(
        names=(CALM,), chance=np.ones(1), available=np.ones((1, len(makers.ids), periods)),
        demand=np.ones((1, periods)),
    )  # fmt: skip


def _at_home(makers: Makers, usual: Array, place: Labels, available: Array) -> Array:
    """Return what share of capacity works where each member is: as that of makers there."""
    weight = usual.sum(axis=0)
    home = np.ones((len(place), *available.shape[::2]))
    for i, region in enumerate(place):
        here = makers.region == region
        if (weight[here] > 0).any():
            home[i] = np.einsum("j,wjt->wt", weight[here] / weight[here].sum(), available[:, here])
    return home


def _by_scenario(
    world: World, asked: Asked, makers: Makers, usual: Array, place: Labels, told: list[str]
) -> tuple[Array, Array]:
    """Return supply a day, (N, T), and capacity at home, (N, T), in a scenario."""
    scenario = asked.scenario
    assert scenario is not None  # noqa: S101  the caller knows
    timeline = scenario.compile(world)
    unread = sorted(timeline.targets - set(_READ))
    if not timeline.targets & set(_READ):
        raise ScenarioError(
            f"the scenario {scenario.name!r} changes {listed(unread)}, none of which cuts supply "
            "here",
            hint=f"cooperate over {asked.over} reads {listed(_READ)}",
        )
    if unread:
        told.append(say("not read of the scenario: {names}", names=listed(unread)))
    rows = (
        world.ids("producers").get_indexer(pd.Index(makers.ids)) if "producers" in world else None
    )
    share = np.zeros((1, len(makers.ids), asked.periods))
    way = np.zeros((len(usual), len(makers.ids), asked.periods))
    for t, k in np.ndindex(asked.periods, _SAMPLES):
        day = (t + (k + 0.5) / _SAMPLES) * asked.days
        here = np.ones(len(makers.ids))
        if rows is not None and (rows >= 0).all():
            left = np.ones(len(world.ids("producers")))
            for target in timeline.targets & set(_CUTS):
                lost = timeline.losses(world, target, np.array([day]))
                left[lost.producers] *= np.clip(1 - lost.by_day[0], 0.0, 1.0)
            here = left[rows]
        now = scenario.apply(world, day) if "links.open" in timeline.targets else None
        share[0, :, t] += here / _SAMPLES
        way[:, :, t] += here * _open(world, now, asked, makers, place) / _SAMPLES
    return np.einsum("ij,ijt->it", usual, way), _at_home(makers, usual, place, share)[:, 0]


def _open(world: World, now: World | None, asked: Asked, makers: Makers, place: Labels) -> Array:
    """Return the share of what passes from each maker to each member, as against before, (N, J)."""
    if now is None:
        return np.ones((len(place), len(makers.ids)))
    found = np.ones((len(place), len(makers.ids)))
    for i, region in enumerate(place):
        after, before = (
            links_to(one, asked.product, str(region))["open"]
            .reindex(pd.Index(makers.region))
            .fillna(1.0)
            for one in (now, world)
        )
        ratio = after.to_numpy(np.float64) / np.maximum(before.to_numpy(np.float64), 1e-300)
        found[i] = np.clip(ratio, 0.0, 1.0)
    return found
