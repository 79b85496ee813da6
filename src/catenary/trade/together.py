"""One change of barriers made alone, answered, in a club, by everybody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from catenary.errors import ComputationError, OptionError, ScenarioError, did_you_mean, listed
from catenary.trade.barriers import refuse_other_targets
from catenary.trade.cooperation import (
    Ways,
    groups_table,
    outcomes_table,
    regions_table,
    runs_table,
    ways_table,
)
from catenary.trade.flows import Flows
from catenary.trade.groups import among, groups_in
from catenary.trade.idle import refuse_idle
from catenary.trade.many import together
from catenary.trade.solving import TARGETS, Case, Question, nobody_left

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.model import World

    Array = NDArray[np.float64]
    Flags = NDArray[np.bool_]

__all__ = ["WAYS", "over_barriers"]

WAYS: Final = ("alone", "answered", "without", "club", "everybody")
"""Who changes barriers: one; one, and all others towards it; all but one; some; all."""

_EACH: Final = ("alone", "answered", "without")  # once for every region that can
_READ: Final = tuple(name for name in TARGETS if not name.startswith("producers."))


def over_barriers(
    world: World, question: Question, *, club: str, ways: str, by: str
) -> tuple[dict[str, pd.DataFrame], tuple[str, ...]]:
    """Return the tables of `cooperate` over barriers, and what to warn of.

    Parameters
    ----------
    world
        As for `counterfactual`.
    question
        The scenario, and how the equilibrium closes.
    club, ways, by
        As for `cooperate`.

    Raises
    ------
    CatenaryError
        As for `cooperate`.
    """
    refuse_other_targets(question.scenario, _READ, "cooperate")
    asked = _asked(ways)
    flows = Flows.of(world, uses=question.uses)
    whole = Case.of(world, question, flows)
    members = among(world, flows.regions, club) if club.strip() else None
    if members is not None and members.sum() < 2:
        raise OptionError(
            f"the club {club!r} has one member here, {listed(flows.regions[members])}",
            hint="name two regions or more",
        )
    idle = refuse_idle(world, question, whole, flows)
    _check_open(flows, whole)
    cases = _Parts.of(flows, whole, asked, members, by)
    found, baseline = together(flows, cases, question, cases.names(), same_elasticities=True)
    solved = Ways(
        regions=flows.regions, way=np.array(cases.way), actor=np.array(cases.actor),
        acts=np.array([cases.acting(place) for place in range(len(cases))]),
        real_income=found.real_income - 1, real_wage=found.real_wage - 1,
        income=found.income[0] * _money(flows, whole),
        opens=_opens(flows, whole),
    )  # fmt: skip
    basis = {
        "deficits": [question.deficits], "uses": ["apart" if question.uses == 2 else "together"],
        "by": [by], "unit": [flows.unit], "direction": ["opening" if solved.opens else "closing"],
        "club": ["" if members is None else ", ".join(flows.regions[members])],
        "actors": [int(cases.can.sum())],
    }  # fmt: skip
    tables = {
        "ways": ways_table(solved), "regions": regions_table(solved),
        "groups": groups_table(solved, groups_in(world, flows.regions)),
        "runs": runs_table(solved), "outcomes": outcomes_table(solved),
        "basis": pd.DataFrame(basis),
    }  # fmt: skip
    return tables, (*flows.warnings, *baseline, *idle)


def _asked(ways: str) -> list[str]:
    """Return the ways that an option names, in their order."""
    named = {word.strip() for word in ways.split(",") if word.strip()} | {"everybody"}
    for word in sorted(named):
        if word not in WAYS:
            raise OptionError(f"there is no way {word!r}", hint=did_you_mean(word, WAYS))
    return [way for way in WAYS if way in named]


def _check_open(flows: Flows, whole: Case) -> None:
    """Refuse bans that leave somebody nobody to buy from once everybody bans."""
    none = nobody_left(flows.sales, whole.iceberg)
    if none.any():
        _, product, buyer = (int(axis[0]) for axis in np.nonzero(none))
        raise ComputationError(
            f"if everybody acts, nobody is left to sell {flows.products[product]} to "
            f"{flows.regions[buyer]} ({int(none.sum()):,} such)",
            hint="leave one seller open: without any, the price of what is bought has no bound",
        )


def _money(flows: Flows, whole: Case) -> float:
    """Return the value added of the world, in the unit of flows."""
    economy, _ = flows.economy(whole.now.levied)
    return float((flows.sales.sum(axis=(0, 2)) * economy.labour).sum())


def _opens(flows: Flows, whole: Case) -> bool:
    """Return whether buying from others becomes cheaper, all changes weighed by trade."""
    with np.errstate(divide="ignore"):
        wedge = np.log((1 + whole.then.levied) / (1 + whole.now.levied) * whole.iceberg)
    moved = np.where(flows.sales > 0, np.minimum(wedge, 1e3) * flows.sales, 0.0).sum()
    return bool(moved <= 0)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Parts(Sequence[Case]):
    """A case for everybody, cut down to who acts; each is made when it is asked for."""

    whole: Case
    can: Flags
    """Who has a barrier of its own that changes, (N,)."""
    regions: pd.Index
    members: Flags | None
    by: str
    way: list[str]
    actor: list[int]
    """Who acts alone, is answered or stays out; −1: a club or all."""

    @classmethod
    def of(
        cls, flows: Flows, whole: Case, ways: Sequence[str], members: Flags | None, by: str
    ) -> _Parts:
        """Return the cases of some ways."""
        changes = (whole.then.levied != whole.now.levied) | (whole.iceberg != 1)
        moved = (changes & (flows.sales > 0)).any(axis=(0, 1))  # buyer, seller
        can = moved.any(axis=1 if by == "destination" else 0)
        if not can.any():
            raise ScenarioError(
                "the scenario changes no barrier of any flow of this world",
                hint="name links between regions that trade",
            )
        way: list[str] = []
        actor: list[int] = []
        for one in ways:
            each = np.flatnonzero(can).tolist() if one in _EACH else [-1]
            if one == "club" and members is None:
                continue
            way += [one] * len(each)
            actor += each
        return cls(
            whole=whole, can=can, regions=flows.regions, members=members, by=by, way=way,
            actor=actor,
        )  # fmt: skip

    def names(self) -> list[str]:
        """Return what to call each case in an error or warning."""
        return [
            way if actor < 0 else f"{self.regions[actor]} {way}"
            for way, actor in zip(self.way, self.actor, strict=True)
        ]

    def acting(self, place: int) -> Flags:
        """Return who changes barriers in a case, (N,)."""
        way, actor = self.way[place], self.actor[place]
        if way == "club" and self.members is not None:
            return self.members
        if actor < 0:
            return np.ones(len(self.regions), np.bool_)
        alone: Flags = np.arange(len(self.regions)) == actor
        return ~alone if way == "without" else alone

    def _mask(self, place: int) -> Flags:
        """Return which barriers change, by buyer and seller, (N, N)."""
        way, acts = self.way[place], self.acting(place)
        if way == "club":
            return acts[:, None] & acts
        if way == "answered":
            return acts[:, None] | acts
        own = acts[:, None] if self.by == "destination" else acts[None, :]
        return np.broadcast_to(own, (len(acts), len(acts)))

    def __len__(self) -> int:
        """Return how many cases there are."""
        return len(self.way)

    def __getitem__(self, place: int) -> Case:  # type: ignore[override]
        """Return one case."""
        if place >= len(self):
            raise IndexError(place)
        now, then, mask = self.whole.now, self.whole.then, self._mask(place)
        return replace(
            self.whole,
            then=replace(
                then,
                tariff=np.where(mask, then.tariff, now.tariff),
                rent=np.where(mask, then.rent, now.rent),
            ),
            iceberg=np.where(mask, self.whole.iceberg, 1.0),
        )
