"""One change of barriers made alone, answered, in a club, by everybody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Final, Literal

import numpy as np
import pandas as pd

from catenary.errors import ComputationError, OptionError, ScenarioError, did_you_mean, listed
from catenary.languages import joined, say
from catenary.model import Result, Run, Scenario, World
from catenary.model.analysis import Days, Number, analysis
from catenary.trade.barriers import refuse_other_targets
from catenary.trade.cooperation import (
    Ways,
    groups_table,
    outcomes_table,
    regions_table,
    runs_table,
    told,
    ways_table,
)
from catenary.trade.flows import Flows
from catenary.trade.groups import among, groups_in
from catenary.trade.idle import refuse_idle
from catenary.trade.many import together
from catenary.trade.solving import TARGETS, Case, Question, nobody_left

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Flags = NDArray[np.bool_]

__all__ = ["WAYS", "Cooperation", "cooperate"]

WAYS: Final = ("alone", "answered", "without", "club", "everybody")
"""Who changes barriers: one; one, and all others towards it; all but one; some; all."""

_EACH: Final = ("alone", "answered", "without")  # once for every region that can
_READ: Final = tuple(name for name in TARGETS if not name.startswith("producers."))


@dataclass(frozen=True, kw_only=True, eq=False)
class Cooperation(Result):
    """Equilibria of one change of barriers, made by one, some or all."""

    ways: pd.DataFrame
    """Who acts, and what that does to them, to others and to the world."""
    regions: pd.DataFrame
    """Real income of each region in every way, and what cooperation is worth to it."""
    groups: pd.DataFrame
    """The world and groups of regions in every way."""
    runs: pd.DataFrame
    """Every equilibrium: what it does to who acts, to the world, to winners and losers."""
    outcomes: pd.DataFrame
    """Real income of every region in every equilibrium."""
    basis: pd.DataFrame
    """What was asked: one row."""

    def figures(self) -> pd.DataFrame:
        """Return what the world gains in every way."""
        labels = list(dict.fromkeys(self.ways["world"])) if "world" in self.ways else [""]
        parts = []
        for label in labels:
            ways = self.ways[self.ways["world"] == label] if label else self.ways
            rows = [
                (f"real income of the world, {row['way']}", "share", row["real_income"])
                for _, row in ways.iterrows()
            ]
            frame = pd.DataFrame(rows, columns=["figure", "unit", "value"])
            parts.append(frame.assign(world=label) if label else frame)
        return pd.concat(parts, ignore_index=True)

    def summary(self) -> str:
        """Return what acting together does, who loses, and what cooperation is worth."""
        if "world" not in self.ways:
            return joined(told(self.tables), "\n")
        lines = []
        for label in dict.fromkeys(self.ways["world"]):
            tables = {name: t.loc[t["world"] == label] for name, t in self.tables.items()}
            lines.append(say("{label}: {text}", label=str(label), text=joined(told(tables), " ")))
        return joined(lines, "\n")


@analysis("strengthen")
def cooperate(
    world: World,
    *,
    scenario: Scenario,
    club: str = "",
    ways: str = "alone,answered,without,club,everybody",
    by: Literal["destination", "origin"] = "destination",
    deficits: Literal["fixed", "zero", "share", "proportional"] = "fixed",
    uses: Literal["together", "apart"] = "together",
    elasticity: Annotated[float, Number("elasticity", 0)] | None = None,
    day_value: Annotated[float, Number("share/day", 0, 1)] | None = None,
    day: Days = 0,
) -> Cooperation:
    """Compare one change of barriers made alone, answered, in a club and by everybody.

    The scenario says what barriers become if everybody changes them. Each region decides on its
    own ones: those on what it buys (or sells). The equilibrium of `counterfactual` is solved for
    every region alone, for every region with all others answering in kind, for every region that
    stays out, for a club among its members, and for all; all of them together. A scenario that
    closes, such as a ban, is read the same way: banned alone, answered, and by everybody.

    Parameters
    ----------
    world
        As for `counterfactual`.
    scenario
        What changes: `links.tariff`, `links.rent`, `links.iceberg`, `links.duration`, `links.open`,
        `elasticities.trade`.
    club
        Regions or groups (EU27, LDC, landlocked, islands, groups of the world), separated by
        commas, that change barriers among themselves; blank = no club.
    ways
        Which to solve, separated by commas: alone; answered; without (all others act, it does not);
        club; everybody, which is always solved.
    by
        Whose barriers a region decides on: destination, those on what it buys, such as tariffs;
        origin, those on what it sells, such as bans of exports.
    deficits
        What holds of trade deficits: fixed, zero, share or proportional, as for `counterfactual`.
    uses
        together: inputs and final goods have the same sellers and barriers; apart: each its own.
    elasticity
        Trade elasticity of products that the table `elasticities` does not name.
    day_value
        Share of the value of goods that a day on the way costs; needed if durations change.
    day
        Day of the scenario that is looked at.

    Returns
    -------
    Cooperation
        Ways, regions, groups, every equilibrium, and what was asked; money is in the unit of the
        world's flows, real income at the income of the baseline.

    Raises
    ------
    ScenarioError
        If the scenario changes what has no meaning here, or no flow at all.
    OptionError
        If there is no such way, region or group.
    CatenaryError
        As for `counterfactual`; the equilibrium and the region are named.

    References
    ----------
    Caliendo, L. & Parro, F. (2015), Review of Economic Studies 82(1), 1-44; Ossa, R. (2014),
    American Economic Review 104(12), 4104-4146.

    Examples
    --------
    >>> import catenary
    >>> from catenary.testing import two_regions
    >>> wall = catenary.Scenario("wall", (catenary.Change(target="links.tariff", set=0.3),))
    >>> found = catenary.cooperate(two_regions(), scenario=wall, elasticity=4.0)
    >>> found.ways[["way", "runs"]].to_numpy().tolist()
    [['alone', 2], ['answered', 2], ['without', 2], ['everybody', 1]]
    """
    question = Question(
        scenario=scenario, deficits=deficits, uses=2 if uses == "apart" else 1,
        elasticity=elasticity, day_value=day_value, capital_share=None, day=day,
    )  # fmt: skip
    refuse_other_targets(scenario, _READ, "cooperate")
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
        "deficits": [deficits], "uses": [uses], "by": [by], "unit": [flows.unit],
        "direction": ["opening" if solved.opens else "closing"],
        "club": ["" if members is None else ", ".join(flows.regions[members])],
        "actors": [int(cases.can.sum())],
    }  # fmt: skip
    return Cooperation(
        run=Run(analysis="cooperate", options={}, world="",
                warnings=(*flows.warnings, *baseline, *idle)),
        ways=ways_table(solved),
        regions=regions_table(solved),
        groups=groups_table(solved, groups_in(world, flows.regions)),
        runs=runs_table(solved),
        outcomes=outcomes_table(solved),
        basis=pd.DataFrame(basis),
    )  # fmt: skip


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
