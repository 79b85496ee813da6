"""Where one more unit of capacity saves most, and what to build for a budget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import numpy as np
import pandas as pd

from catenary.errors import OptionError
from catenary.languages import joined, say
from catenary.logistics.atlas import with_passages
from catenary.logistics.candidates import candidates, label_of
from catenary.logistics.defaults import GOODS_VALUE, VALUE_OF_TIME, VESSEL
from catenary.logistics.freight import Ports, Sea  # noqa: TC001  options are read off them
from catenary.logistics.sequence import sequence
from catenary.logistics.sites import sites_of_places
from catenary.logistics.tasks import penalty as large
from catenary.logistics.tasks import task
from catenary.maths.assignment import assigned
from catenary.maths.delays import BPR_POWER, BPR_SHARE, Bpr
from catenary.maths.mincost import cheapest, invested
from catenary.model import Result, Run, Scenario, World
from catenary.model.analysis import Number, analysis

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from catenary.logistics.candidates import Candidates
    from catenary.logistics.tasks import Task
    from catenary.maths.mincost import Cheapest

    Array = NDArray[np.float64]
    Flags = NDArray[np.bool_]

__all__ = ["Upgrades", "upgrades"]

_WORST: Final = 3  # told in the summary
_HAIR: Final = 1e-9
_NUMBERS: Final = ("cost", "co2e", "alone", "payback")
_TEXTS: Final = ("what", "place", "kind", "origin", "destination")


@dataclass(frozen=True, kw_only=True, eq=False)
class Upgrades(Result):
    """What one more unit of capacity saves, and a plan."""

    prices: pd.DataFrame
    """Places with a capacity, those first where one more t/day saves most."""
    measures: pd.DataFrame
    """Measures that might be taken: what each costs, saves alone, and whether the plan has it."""
    plan: pd.DataFrame
    """Budget, what is spent, and what transport costs before and after."""
    sites: pd.DataFrame
    """Names of these places and where they lie."""

    def summary(self) -> str:
        """Return the best places and the plan in a few sentences."""
        lines: list[str] = []
        for _, plan in self.plan.iterrows():
            label = str(plan["world"]) if "world" in plan else ""
            mine = [
                one[one["world"] == label] if label else one for one in (self.prices, self.measures)
            ]
            line = joined(_sentences(mine[0], mine[1], plan), "\n  ")
            lines.append(say("{label}: {text}", label=label, text=line) if label else line)
        return joined(lines, "\n")


def _sentences(prices: pd.DataFrame, measures: pd.DataFrame, plan: pd.Series) -> Iterator[str]:
    if len(measures):
        yield _planned(measures, plan)
    scarce = prices[prices["price"] > _HAIR].head(_WORST)
    if not len(scarce):
        yield say("No capacity is scarce: one more unit anywhere saves nothing.")
    for _, one in scarce.iterrows():
        yield say(
            "{place}: one more t/day saves {price:,.4g} USD a day ({flow:,.4g} of {capacity:,.4g} "
            "t/day are used).",
            place=str(one["place"]), price=one["price"], flow=one["flow"],
            capacity=one["capacity"],
        )  # fmt: skip


def _planned(measures: pd.DataFrame, plan: pd.Series) -> str:
    chosen = measures[measures["chosen"]]
    if not len(chosen) and not plan["budget"] > 0:
        return say("No budget is given, so that no measure is taken: give one with --budget.")
    if not len(chosen):
        return say("No measure within {budget:,.4g} USD saves anything.", budget=plan["budget"])
    return say(
        "For {spent:,.4g} USD of {budget:,.4g}: {which}. That saves {saving:,.4g} USD a day and is "
        "paid back in {payback:,.0f} days.",
        spent=plan["spent"],
        budget=plan["budget"],
        which=joined([str(one) for one in chosen["measure"]], say(", ")),
        saving=plan["saving"],
        payback=plan["payback"],
    )


@analysis("strengthen")
def upgrades(
    world: World,
    *,
    measures: Scenario | None = None,
    budget: Annotated[float, Number("USD", 0, 1e15)] = 0.0,
    scenario: Scenario | None = None,
    method: Literal["exact", "optimum"] = "exact",
    product: str = "",
    value: Annotated[float, Number("USD/t", 1e-3, 1e9)] = GOODS_VALUE,
    time_value: Annotated[float, Number("share/day", 0, 1)] = VALUE_OF_TIME,
    penalty: Annotated[float, Number("USD/t", 0, 1e12)] | None = None,
    vessel: str = VESSEL,
    sea: Sea = "auto",
    ports: Ports = "shares",
    closed: str = "",
    opened: str = "",
    gap: Annotated[float, Number("share", 1e-12, 1)] = 1e-6,
) -> Upgrades:
    """Say where one more unit of capacity saves most, and choose measures for a budget.

    What one more t/day of a lane, border, canal or port saves is its dual price. With `exact` all
    trade is carried at least cost within capacities, and the plan is the best that the budget
    allows, each by a programme that HiGHS solves; with `optimum` delays grow as places fill up
    (the bpr curve), for large networks, and there is no plan. A measure may add capacity, open
    what is closed, or cut days and costs, as facilitation does at a border.

    Parameters
    ----------
    world
        As for `congestion`.
    measures
        What may be done: each change is one measure, with kind = "measure" and cost = { usd = … }.
        Two that set or multiply the same number are alternatives.
    budget
        Most that all measures together may cost.
    scenario
        What has happened before anything is done.
    method
        exact or optimum.
    product
        Product or group; blank = all.
    value
        What a tonne of goods is worth where `products` (price and mass, or value) does not say.
    time_value
        What a day costs as a share of the value of the goods.
    penalty
        What a tonne that stays behind costs; blank = ten times the dearest way there could be.
    vessel
        Row of `vessels` that sails the built-in sea.
    sea
        Whether ships sail the built-in sea: yes, no, or auto = if no lane of the world is by sea.
    ports
        Goods begin and end at the gateways of regions by their shares, or free: where it is best.
    closed
        Passages, facilities and lanes that are closed, parted by commas.
    opened
        Passages that are open whatever the table says.
    gap
        Duality gap of the optimum.

    Returns
    -------
    Upgrades
        Dual prices, measures, and the plan.

    Raises
    ------
    ScenarioError
        If a measure has no cost, or changes what is no part of a network.
    OptionError
        If measures are given and the method is optimum.
    DataError
        If the network is too large for an exact programme.

    References
    ----------
    Magnanti, T. L. & Wong, R. T. (1984), Network design and transportation planning: models and
    algorithms. Transportation Science 18(1), 1-55.

    Examples
    --------
    >>> import catenary
    >>> from catenary.testing import small_freight
    >>> told = catenary.upgrades(small_freight(), sea="no")
    >>> told.prices["place"].iloc[0], float(told.prices["price"].iloc[0])
    ('border_ab', 69.0)
    """
    if measures is not None and method != "exact":
        raise OptionError("a plan needs method='exact'", hint="leave out measures, or the method")

    def made(one: World) -> Task:
        return task(
            one, by="cost", product=product, value=value, time_value=time_value, vessel=vessel,
            sea=sea, ports=ports, closed=closed, opened=opened, every=method == "exact",
            usual=world,
        )  # fmt: skip

    world = with_passages(world, scenario, measures)
    now = world if scenario is None else scenario.apply(world)
    base = made(now)
    if method == "optimum":
        return _by_delays(base, gap, now)
    cost = large(base.demand, base.network) if penalty is None else penalty
    before = _carried(base, cost)
    if measures is None or not measures.changes:
        return _told(base, before, before, penalty=cost, budget=budget, world=now)
    offered = candidates(now, base, measures, made)
    plan = invested(
        base.limited(), base.demand, _capacity(base), _limited(offered, base),
        budget=budget, penalty=cost,
    )  # fmt: skip

    def after(chosen: Flags) -> tuple[Task, Cheapest]:
        work = made(offered.taken(chosen))
        return work, _carried(work, cost)

    chosen = _needed(plan.bought, offered, after)
    work, found = after(chosen)
    count = len(chosen)
    alone = [before.objective - after(np.arange(count) == k)[1].objective for k in range(count)]
    built = sequence(
        chosen, np.array(alone), offered.options.cost, lambda some: after(some)[1].objective
    )
    frame = _measures_table(offered, chosen, np.array(alone), *built)
    return _told(
        base, before, found, penalty=cost, budget=budget, measures=frame, bound=plan.bound,
        after=work, world=now,
    )  # fmt: skip


def _capacity(work: Task) -> Array:
    every = work.freight.places["capacity"].to_numpy(np.float64)
    return np.asarray(every[work.freight.limited])


def _limited(offered: Candidates, base: Task) -> Any:
    """Return the options with rows for those places only that have a capacity."""
    from dataclasses import replace  # noqa: PLC0415

    return replace(offered.options, more=offered.options.more[base.freight.limited])


def _carried(work: Task, penalty: float) -> Cheapest:
    return cheapest(work.limited(), work.demand, _capacity(work), penalty=penalty)


def _needed(chosen: Flags, offered: Candidates, after: Any) -> Flags:
    """Return the plan without what saves nothing: a budget need not be spent."""
    kept = chosen.copy()
    best = after(kept)[1].objective if kept.any() else 0.0
    for k in np.argsort(-offered.options.cost):
        if kept[k]:
            kept[k] = False
            kept[k] = after(kept)[1].objective > best + _HAIR * abs(best)
    return kept


def _by_delays(base: Task, gap: float, world: World) -> Upgrades:
    """Return prices where delays grow: what the optimum falls by with one more unit."""
    places = base.freight.places.iloc[base.freight.limited]
    curve = Bpr(
        places["free"].to_numpy(np.float64), _capacity(base), share=BPR_SHARE, power=BPR_POWER
    )
    if len(base.rate) > 1:
        raise OptionError(
            "goods of several values have no common price of a day",
            hint="choose one product, or method='exact'",
        )
    found = assigned(base.limited(), base.in_days(), curve, optimum=True, gap=gap)
    rate = float(base.rate[0])
    left = float(base.demand.amount[np.isinf(found.cost)].sum())
    frame = _prices_table(base, found.load, curve.relief(found.load) * rate)
    frame = frame.sort_values("price", ascending=False, kind="stable", ignore_index=True)
    cost = found.objective * rate
    return Upgrades(
        run=Run(analysis="upgrades", options={}, world="", warnings=base.loads.warnings),
        prices=frame,
        measures=_no_measures(),
        plan=_plan_table(cost, cost, left, left, 0.0),
        sites=sites_of_places(frame, world),
    )


def _told(
    base: Task,
    before: Cheapest,
    found: Cheapest,
    *,
    penalty: float,
    budget: float,
    world: World,
    measures: pd.DataFrame | None = None,
    bound: float = np.nan,
    after: Task | None = None,
) -> Upgrades:
    """Return the tables."""
    prices = _prices_table(base, before.load, before.price)
    later = None
    if after is not None:
        every = np.zeros(len(after.freight.places))
        every[after.freight.limited] = found.price
        later = every[base.freight.limited]
    prices["price_after"] = later if later is not None else prices["price"].to_numpy()
    frame = _no_measures() if measures is None else measures
    spent = frame[frame["chosen"].astype(bool)]
    plan = _plan_table(
        before.objective, found.objective, float(before.left.sum()), float(found.left.sum()),
        budget, spent=float(spent["cost"].sum()), co2e=float(spent["co2e"].sum()), bound=bound,
    )  # fmt: skip
    order = np.argsort(-prices["price"].to_numpy(), kind="stable")
    warnings = (*base.loads.warnings, *_warnings(plan.iloc[0], penalty))
    return Upgrades(
        run=Run(analysis="upgrades", options={}, world="", warnings=warnings),
        prices=prices.iloc[order].reset_index(drop=True),
        measures=frame,
        plan=plan,
        sites=sites_of_places(prices, world),
    )


def _warnings(plan: pd.Series, penalty: float) -> Iterator[str]:
    """Yield what a reader should know before trusting the numbers."""
    if plan["left_before"] > _HAIR:
        yield say(
            "{left:,.4g} t a day stay behind before any measure, and count {penalty:,.4g} USD a "
            "tonne: what is saved stands on that",
            left=plan["left_before"],
            penalty=penalty,
        )
    if plan["bound"] == plan["bound"] and abs(plan["after"] - plan["bound"]) > 1e-6 * max(
        1.0, abs(plan["bound"])
    ):
        yield say(
            "together the measures do something else than each alone: the plan costs {after:,.6g} "
            "USD a day, the programme expected {bound:,.6g}",
            after=plan["after"],
            bound=plan["bound"],
        )


def _prices_table(base: Task, load: Array, price: Array) -> pd.DataFrame:
    places = base.freight.places.iloc[base.freight.limited]
    capacity = _capacity(base)
    with np.errstate(divide="ignore", invalid="ignore"):
        use = np.where(capacity > 0, load / capacity, np.nan)
    told = pd.DataFrame(
        {
            **{name: places[name].to_numpy() for name in _TEXTS},
            "flow": load, "capacity": capacity, "use": use, "price": price, "price_after": price,
        }
    )  # fmt: skip
    return told.astype(dict.fromkeys(_TEXTS, "str"))


def _measures_table(
    offered: Candidates, chosen: Flags, alone: Array, step: Array, saving: Array
) -> pd.DataFrame:
    changes = offered.scenario.changes
    cost = offered.options.cost
    with np.errstate(divide="ignore", invalid="ignore"):
        payback = np.where(alone > _HAIR, cost / alone, np.nan)
    return pd.DataFrame(
        {
            "measure": pd.Series([label_of(c, k) for k, c in enumerate(changes)], dtype="str"),
            "target": pd.Series([one.target for one in changes], dtype="str"),
            "change": pd.Series([f"{c.operation} {c.value:g}" for c in changes], dtype="str"),
            "cost": cost,
            "co2e": np.array([float(one.cost.get("co2e_t", 0.0)) for one in changes]),
            "alone": alone,
            "payback": payback,
            "chosen": chosen,
            "step": step,
            "saving": saving,
        }
    )


def _no_measures() -> pd.DataFrame:
    texts = {name: pd.Series([], dtype="str") for name in ("measure", "target", "change")}
    none = pd.Series([], dtype=np.float64)
    numbers, order = (dict.fromkeys(n, none) for n in (_NUMBERS, ("step", "saving")))
    return pd.DataFrame({**texts, **numbers, "chosen": pd.Series([], dtype=bool), **order})


def _plan_table(
    before: float, after: float, left_before: float, left_after: float, budget: float, *,
    spent: float = 0.0, co2e: float = 0.0, bound: float = np.nan,
) -> pd.DataFrame:  # fmt: skip
    saving = before - after
    return pd.DataFrame(
        {
            "budget": [budget], "spent": [spent], "co2e": [co2e], "before": [before],
            "after": [after], "saving": [saving],
            "payback": [spent / saving if saving > _HAIR else np.nan],
            "left_before": [left_before], "left_after": [left_after], "bound": [bound],
        }
    )  # fmt: skip
