"""What it is worth to act together: over barriers, over stocks, over spare capacity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import numpy as np
import pandas as pd

from catenary.errors import OptionError, listed
from catenary.languages import joined, say
from catenary.model import Result, Run, Scenario, World
from catenary.model.analysis import Days, Number, Share, analysis, options_of
from catenary.model.schema import result_columns
from catenary.planning.defaults import HOLDING, READY
from catenary.studies import pooling_told
from catenary.studies.pooling import EXACT, tables_of
from catenary.studies.pools import Asked, Common
from catenary.trade import cooperation
from catenary.trade.solving import Question
from catenary.trade.together import over_barriers

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Cooperation", "cooperate"]

_OF_BARRIERS: Final = ("club", "ways", "by", "deficits", "uses", "elasticity", "day_value", "day")
_OF_POOLS: Final = (
    "product", "members", "who", "most", "family", "chance", "periods", "period_days", "penalty",
    "holding", "ready", "stock_days", "exact", "orders", "seed",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class Cooperation(Result):
    """The same done alone, against each other, together; what it is not over has no rows."""

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
    pool: pd.DataFrame
    """What stock or capacity costs alone, in competition and together; what sharing is worth."""
    members: pd.DataFrame
    """What each member pays, saves, and would have to be paid."""
    regimes: pd.DataFrame
    """What is kept, lacking and paid alone, in competition and together."""
    holdings: pd.DataFrame
    """What each member keeps."""
    crises: pd.DataFrame
    """Every future that cuts supply, and what is short in it."""

    def figures(self) -> pd.DataFrame:
        """Return what the world gains in every way, or what sharing saves."""
        parts = []
        for label, tables in self.by_world():
            rows: list[tuple[str, str, float]] = [
                (f"real income of the world, {row['way']}", "share", row["real_income"])
                for _, row in tables["ways"].iterrows()
            ]
            for _, row in tables["pool"].iterrows():
                unit = str(row["money"])
                rows += [
                    (say("cost alone"), unit, row["alone"]),
                    (say("cost in competition"), unit, row["competing"]),
                    (say("cost together"), unit, row["joint"]),
                    (say("worth of sharing"), unit, row["worth"]),
                ]
            frame = pd.DataFrame(rows, columns=["figure", "unit", "value"])
            parts.append(frame.assign(world=label) if label else frame)
        return pd.concat(parts, ignore_index=True)

    def summary(self) -> str:
        """Return what acting together does, who loses, and what cooperation is worth."""
        lines = []
        for label, tables in self.by_world():
            said = (pooling_told if len(tables["pool"]) else cooperation).told(tables)
            if not label:
                return joined(said, "\n")
            lines.append(say("{label}: {text}", label=label, text=joined(said, " ")))
        return joined(lines, "\n")


@analysis("strengthen")
def cooperate(
    world: World,
    *,
    over: Literal["barriers", "stocks", "capacity"] = "barriers",
    scenario: Scenario | None = None,
    club: str = "",
    ways: str = "alone,answered,without,club,everybody",
    by: Literal["destination", "origin"] = "destination",
    deficits: Literal["fixed", "zero", "share", "proportional"] = "fixed",
    uses: Literal["together", "apart"] = "together",
    elasticity: Annotated[float, Number("elasticity", 0)] | None = None,
    day_value: Annotated[float, Number("share/day", 0, 1)] | None = None,
    day: Days = 0,
    product: str = "",
    members: str = "",
    who: Literal["region", "firm", "producer"] = "region",
    most: Annotated[int, Number("number", 2, 60)] = 8,
    family: Literal["known", "region", "supplier"] = "known",
    chance: Share = 0.05,
    periods: Annotated[int, Number("number", 1, 100)] = 3,
    period_days: Annotated[float, Number("day", 1e-3, 3660)] = 30.0,
    penalty: Annotated[float, Number("USD/product unit", 1e-9, 1e12)] | None = None,
    holding: Annotated[float, Number("share/year", 0, 100)] = HOLDING,
    ready: Annotated[float, Number("share/year", 0, 100)] = READY,
    stock_days: Days = 0.0,
    exact: Annotated[int, Number("number", 1, 14)] = EXACT,
    orders: Annotated[int, Number("number", 2, 100_000)] = 100,
    seed: Annotated[int, Number("number", 0, 2**31)] = 0,
) -> Cooperation:
    """Compare what parties do alone, against each other and together, and what sharing is worth.

    Over barriers, the scenario says what barriers become if everybody changes them. Each region
    decides on its own ones: those on what it buys (or sells). The equilibrium of `counterfactual`
    is solved for every region alone, for every region with all others answering in kind, for every
    region that stays out, for a club among its members, and for all; all of them together. A
    scenario that closes, such as a ban, is read the same way: banned alone, answered, and by all.

    Over stocks (or spare capacity), members keep some of a product before anybody knows which
    future cuts supply. Alone, each has its usual share of what is left, and its own stock.
    Competing, each keeps stock for itself and bids for what is left, which is split in proportion
    to bids: a Nash equilibrium, with the most that anybody could still save. Together, one pool
    serves all at least cost. What that saves is split by what each member adds (Shapley value) and
    at the prices of the pool (Owen), from which no coalition has reason to leave.

    Parameters
    ----------
    world
        Over barriers: as for `counterfactual`. Over stocks and capacity: says who delivers to whom
        (`supplies` and `demand`, `trade_flows`, or an input-output table).
    over
        What they may cooperate over: barriers, stocks, or capacity that stands ready.
    scenario
        Over barriers, what changes: `links.tariff`, `links.rent`, `links.iceberg`,
        `links.duration`, `links.open`, `elasticities.trade`. Else a future that cuts supply, by
        `producers.capacity` or `links.open`.
    club
        Over barriers: regions or groups (EU27, LDC, landlocked, islands, groups of the world),
        separated by commas, that change barriers among themselves; blank = no club.
    ways
        Over barriers: which to solve, separated by commas: alone; answered; without (all others
        act, it does not); club; everybody, which is always solved.
    by
        Over barriers: whose barriers a region decides on: destination, those on what it buys, such
        as tariffs; origin, those on what it sells, such as bans of exports.
    deficits
        Over barriers: what holds of trade deficits: fixed, zero, share or proportional, as for
        `counterfactual`.
    uses
        Over barriers: together: inputs and final goods have the same sellers and barriers; apart:
        each its own.
    elasticity
        Over barriers: trade elasticity of products that the table `elasticities` does not name.
    day_value
        Over barriers: share of the value of goods that a day on the way costs; needed if durations
        change.
    day
        Over barriers: day of the scenario that is looked at.
    product
        Over stocks and capacity: what is kept.
    members
        Who may share: regions, groups (each one member), firms or producers, separated by commas;
        blank = the largest buyers.
    who
        What a member is: region, firm or producer.
    most
        Most members, if none are named.
    family
        What may happen: known, the scenario, or else the table `futures`, or else region; region or
        supplier: each that makes the product fails alone.
    chance
        That each of the family, and the scenario, comes in a year.
    periods
        Periods of a crisis.
    period_days
        Days of each period.
    penalty
        What a unit costs that is lacking; blank = ten times its price, an assumption.
    holding
        What keeping goods for a year costs, as a share of their price. The default is an
        assumption.
    ready
        What keeping capacity ready for a year costs, as a share of the price of what it could make.
        The default is an assumption.
    stock_days
        Days of use that members have in stock already, where the world does not say.
    exact
        Most members of whom every coalition is valued; of more, orders are drawn.
    orders
        Orders that are drawn, each with its reverse.
    seed
        Of the draws.

    Returns
    -------
    Cooperation
        Over barriers: ways, regions, groups, every equilibrium, and what was asked; money is in the
        unit of the world's flows, real income at the income of the baseline. Over stocks and
        capacity: members, regimes, what is kept, crises.

    Raises
    ------
    ScenarioError
        If the scenario changes what has no meaning here, or no flow at all.
    OptionError
        If there is no such way, region, group, product or member; if an option says nothing about
        what it is over.
    CatenaryError
        As for `counterfactual`; the equilibrium and the region are named.

    References
    ----------
    Caliendo, L. & Parro, F. (2015), Review of Economic Studies 82(1), 1-44; Ossa, R. (2014),
    American Economic Review 104(12), 4104-4146; Owen, G. (1975), On the core of linear production
    games. Mathematical Programming 9, 358-370; Shapley, L. S. (1953), A value for n-person games;
    Johari, R. & Tsitsiklis, J. N. (2004), Mathematics of Operations Research 29(3), 407-435.

    Examples
    --------
    >>> import catenary
    >>> from catenary.testing import trading_world, two_regions
    >>> wall = catenary.Scenario("wall", (catenary.Change(target="links.tariff", set=0.3),))
    >>> found = catenary.cooperate(two_regions(), scenario=wall, elasticity=4.0)
    >>> found.ways[["way", "runs"]].to_numpy().tolist()
    [['alone', 2], ['answered', 2], ['without', 2], ['everybody', 1]]
    >>> shared = catenary.cooperate(trading_world(regions=3), over="stocks", product="p0").pool
    >>> bool(shared["joint"].iloc[0] < shared["alone"].iloc[0])
    True
    """
    given = {name: value for name, value in locals().items() if name not in ("world", "over")}
    _refuse_others(over, given)
    if over == "barriers":
        if scenario is None:
            raise OptionError(
                "cooperate needs the option 'scenario': what barriers become",
                hint="give a scenario, such as links.tariff set to 0, or take over=stocks",
            )
        question = Question(
            scenario=scenario, deficits=deficits, uses=2 if uses == "apart" else 1,
            elasticity=elasticity, day_value=day_value, capital_share=None, day=day,
        )  # fmt: skip
        tables, warnings = over_barriers(world, question, club=club, ways=ways, by=by)
    else:
        asked = Asked(
            over=over, product=product, members=members, who=who, most=most, scenario=scenario,
            family=family, chance=chance, periods=periods, days=period_days, penalty=penalty,
            holding=holding, ready=ready, stock_days=stock_days,
        )  # fmt: skip
        common = Common.of(world, asked)
        tables, told = tables_of(common, asked, exact=exact, orders=orders, seed=seed)
        warnings = (*common.warnings, *told)
    run = Run(analysis="cooperate", options={}, world="", warnings=warnings)
    return Cooperation(run=run, **(_none() | tables))


def _refuse_others(over: str, given: Mapping[str, Any]) -> None:
    """Refuse options that say nothing about what it is over.

    Raises
    ------
    OptionError
        If one of them is not at its default.
    """
    defaults = {name: default for name, (_, default) in options_of(cooperate).items()}
    idle = list(_OF_POOLS if over == "barriers" else _OF_BARRIERS)
    idle += ["stock_days", "holding"] if over == "capacity" else []
    idle += ["ready"] if over == "stocks" else []
    for name in idle:
        if given[name] != defaults[name]:
            raise OptionError(
                f"{name} says nothing about cooperation over {over}",
                hint=f"leave it out, or take another over: {listed(_others(over, name))}",
            )


def _others(over: str, name: str) -> list[str]:
    if name in _OF_BARRIERS:
        return ["barriers"]
    only = {"ready": ["capacity"], "holding": ["stocks"], "stock_days": ["stocks"]}
    return only.get(name, [one for one in ("stocks", "capacity") if one != over])


def _none() -> dict[str, pd.DataFrame]:
    """Return every table without rows."""
    return {
        table: pd.DataFrame(
            {
                name: pd.Series([], dtype=np.float64 if about.type == "number" else "str")
                for name, about in columns.items()
            }
        )
        for table, columns in result_columns("cooperate").items()
    }
