"""Whom to buy how much from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import pandas as pd

from catenary.errors import OptionError
from catenary.languages import joined, say
from catenary.model import Result, Run, Scenario, World
from catenary.model.analysis import Days, Number, Share, analysis
from catenary.planning.defaults import HOLDING
from catenary.planning.futures import Family  # noqa: TC001  options are read off it
from catenary.planning.markets import Asked, Question
from catenary.planning.sourcing_tables import by_rolling, told

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Sourcing", "sourcing"]

_NAMED = 3  # in the summary


@dataclass(frozen=True, kw_only=True, eq=False)
class Sourcing(Result):
    """A plan of purchases."""

    plan: pd.DataFrame
    """What it costs in the mean and at worst, and what caps, knowing and foresight are worth."""
    suppliers: pd.DataFrame
    """Every supplier with a contract, largest first."""
    caps: pd.DataFrame
    """Every cap: what is used of it, and the price of diversification."""
    periods: pd.DataFrame
    """Demand, deliveries, stock, shortage and marginal cost by period."""
    futures: pd.DataFrame
    """What each future costs."""
    deliveries: pd.DataFrame
    """Who delivers how much in each period and future."""
    strategies: pd.DataFrame
    """The same with any number of suppliers, two, and one."""

    def figures(self) -> pd.DataFrame:
        """Return cost, shortage, number of suppliers and the price of diversification."""
        parts = []
        for label, plan in _by_world(self.plan):
            one = plan.iloc[0]
            rows = [
                ("cost of a unit", "USD/unit", one["unit_cost"]),
                ("mean cost", "USD", one["mean_cost"]),
                ("cost of the worst futures", "USD", one["worst_cost"]),
                ("not delivered", "share", one["short"]),
                ("suppliers", "number", one["suppliers"]),
                ("what caps cost", "USD", one["diversification"]),
                ("what knowing would save", "USD", one["evpi"]),
                ("what foresight saves", "USD", one["vss"]),
            ]
            frame = pd.DataFrame(rows, columns=["figure", "unit", "value"])
            parts.append(frame.assign(world=label) if label else frame)
        return pd.concat(parts, ignore_index=True)

    def summary(self) -> str:
        """Return the plan in a few sentences."""
        lines = []
        for label, plan in _by_world(self.plan):
            one = plan.iloc[0]
            mine = [t if not label else t[t["world"] == label] for t in (self.suppliers, self.caps)]
            text = joined(_sentences(one, mine[0], mine[1]), " ")
            lines.append(say("{label}: {text}", label=label, text=text) if label else text)
        return joined(lines, "\n")


def _by_world(frame: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    if "world" not in frame:
        yield "", frame
        return
    for label, one in frame.groupby("world", sort=False):
        yield str(label), one


def _sentences(plan: pd.Series, suppliers: pd.DataFrame, caps: pd.DataFrame) -> Iterator[str]:
    names = [
        say("{supplier} ({share:.0%})", supplier=str(row.supplier), share=float(row.share))  # type: ignore[arg-type]
        for row in suppliers.head(_NAMED).itertuples()
    ]
    yield say(
        "A unit costs {unit:,.4g} USD from {count:,} suppliers, most from {names}.",
        unit=plan["unit_cost"],
        count=int(plan["suppliers"]),
        names=joined(names, say(", ")),
    )
    if plan["futures"] > 1:
        yield say(
            "Over {futures:,} futures it costs {mean:,.4g} USD in the mean and {worst:,.4g} in the "
            "worst {tail:.0%}; {short:.2%} is not delivered.",
            futures=int(plan["futures"]),
            mean=plan["mean_cost"],
            worst=plan["worst_cost"],
            tail=plan["tail"],
            short=plan["short"],
        )
    scarce = caps[caps["price"] > 1e-9]
    if len(scarce):
        first = scarce.iloc[0]
        yield say(
            "Caps cost {cost:,.4g} USD; one more unit from {cap} would save {price:,.4g} USD.",
            cost=plan["diversification"],
            cap=str(first["cap"]),
            price=first["price"],
        )


@analysis("strengthen")
def sourcing(
    world: World,
    *,
    product: str,
    quantity: Annotated[float, Number("product unit/day", 0, 1e15)] | None = None,
    region: str = "",
    periods: Annotated[int, Number("number", 1, 1000)] = 12,
    period_days: Annotated[float, Number("day", 1e-3, 3660)] = 30.0,
    suppliers: Annotated[int, Number("number", 0, 100_000)] = 0,
    cap: Share = 1.0,
    caps: str = "",
    supplier_cap: Share = 1.0,
    penalty: Annotated[float, Number("USD/product unit", 0, 1e12)] | None = None,
    budget: Annotated[float, Number("USD", 0, 1e15)] | None = None,
    carbon_price: Annotated[float, Number("USD/t CO2e", 0, 1e6)] = 0.0,
    holding: Annotated[float, Number("share/year", 0, 100)] = HOLDING,
    stock: Days = 0.0,
    aversion: Share = 0.0,
    tail: Annotated[float, Number("share", 1e-6, 1)] = 0.05,
    family: Family = "none",
    chance: Share = 0.05,
    foresight: bool = False,
    scenario: Scenario | None = None,
    window: Annotated[int, Number("number", 0, 1000)] = 0,
    spare: Annotated[float, Number("share", 0, 100)] = 0.0,
    compare: bool = False,
    worth: bool = False,
    gap: Annotated[float, Number("share", 0, 1)] = 1e-6,
    seconds: Annotated[float, Number("s", 0.01, 1e6)] = 600.0,
) -> Sourcing:
    """Say whom to buy how much from, when suppliers may fail.

    Contracts are made before anybody knows which future comes; what is bought, kept and lacking
    is decided in each, from the day on which it differs; what was ordered before still arrives.
    The aim is (1 - aversion) × mean cost + aversion × mean cost of the worst futures (CVaR). Cost
    is price, tariff, freight, carbon, capacity kept ready, orders, stock and shortage. Linear plans
    are solved exactly; those with whole numbers to the gap that is given.

    Parameters
    ----------
    world
        Has `offers` of the product (who, from where, price, capacity), or `producers` of it;
        `links` fill in freight, tariffs, days and emissions; `futures` say what may happen.
    product
        What is bought.
    quantity
        How much is needed in a day; blank = what the region uses in the world.
    region
        Where it is needed; blank = links do not matter.
    periods
        How many periods are planned.
    period_days
        Days of each period.
    suppliers
        Most suppliers with a contract: 1 = single, 2 = dual sourcing; 0 = any number.
    cap
        Most that one region may deliver, as a share of all demand.
    caps
        Caps of regions, groups or offers, such as CHN=0.4,EU27=0.5.
    supplier_cap
        Most that one supplier may deliver, as a share of all demand.
    penalty
        What a unit costs that is not delivered; blank = everything has to be delivered.
    budget
        Most that everything but the penalty may cost in the mean; blank = no limit.
    carbon_price
        Price of emissions.
    holding
        What keeping goods for a year costs, as a share of the mean price.
    stock
        Days of demand in stock at the start.
    aversion
        Weight of the worst futures in the aim.
    tail
        Share of futures that are the worst.
    family
        Instead of the table `futures`: each region or supplier fails alone.
    chance
        That one of the family fails.
    foresight
        Whether a future is known from its first day, so that stock is built before a disruption.
    scenario
        What has happened already: changes of `offers` or `links`.
    window
        Periods seen ahead by a plan that is made anew in each period; 0 = all at once.
    spare
        Share of output that producers of unknown capacity could add; for worlds without `offers`.
    compare
        Whether to plan with any number of suppliers, two and one as well.
    worth
        Whether to say what knowing the future would save, and what planning for many does.
    gap
        How near to the best a plan with whole numbers has to come, as a share.
    seconds
        How long to look for it.

    Returns
    -------
    Sourcing
        Contracts, deliveries, cost by future, prices of caps.

    Raises
    ------
    OptionError
        If an option names nothing, or options do not go together.
    MissingDataError
        If nobody offers the product.
    ComputationError
        If limits cannot all be kept; those that contradict each other are named.

    References
    ----------
    Rockafellar, R. T. & Uryasev, S. (2000), Optimization of conditional value-at-risk. Journal of
    Risk 2(3), 21-41; Tomlin, B. (2006), On the value of mitigation and contingency strategies for
    managing supply chain disruption risks. Management Science 52(5), 639-657.

    Examples
    --------
    >>> import catenary
    >>> from catenary.testing import small_offers
    >>> plan = catenary.sourcing(small_offers(), product="cells", quantity=10, cap=0.6)
    >>> plan.suppliers[["supplier", "share"]].round(3).to_numpy().tolist()
    [['near', 0.6], ['far', 0.4]]
    """
    now = world if scenario is None else scenario.apply(world)
    question = Question(
        product=product, quantity=quantity, region=region, periods=periods, days=period_days,
        suppliers=suppliers, cap=cap, caps=caps, supplier_cap=supplier_cap, penalty=penalty,
        budget=budget, carbon_price=carbon_price, holding=holding, stock=stock, aversion=aversion,
        tail=tail, family=family, chance=chance, spare=spare,
        foresight=foresight,
    )  # fmt: skip
    asked = Asked.of(now, question)
    search = {"gap": gap, "seconds": seconds}
    if window:
        if len(asked.market.chance) > 1 or budget is not None or compare or worth:
            raise OptionError(
                "a plan that is made anew knows one future, and no budget",
                hint="leave out window, or futures, budget, compare and worth",
            )
        tables, warnings = by_rolling(asked, window, search)
    else:
        tables, warnings = told(asked, search, compare=compare, worthwhile=worth)
    run = Run(
        analysis="sourcing", options={}, world="", warnings=(*asked.offers.warnings, *warnings)
    )
    return Sourcing(run=run, **tables)
