"""The cheapest set of measures that holds: which to take for a budget, against many futures."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from catenary.errors import OptionError
from catenary.model import Change, Result, Run, Scenario, World
from catenary.model.analysis import Number, Share, analysis
from catenary.model.measures import measures_of
from catenary.model.progress import advance
from catenary.studies.plan_cases import Asking, futures_of
from catenary.studies.plan_items import Asked
from catenary.studies.plan_search import offered_against, planned
from catenary.studies.plan_tables import tables_of
from catenary.studies.plan_words import figures, summary
from catenary.studies.weighing import Loss, weights_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Plan", "plan"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Plan(Result):
    """Which measures to take, what they save, and how sure that is."""

    plans: pd.DataFrame
    """The plan beside doing nothing, spending evenly, and other ways to choose."""
    measures: pd.DataFrame
    """Every measure: what it costs, saves alone, and adds to the plan."""
    steps: pd.DataFrame
    """The measures of the plan in the order in which to take them."""
    front: pd.DataFrame
    """Sets that no other beats in cost, loss and carbon at once."""
    scenarios: pd.DataFrame
    """Per case: what is lost without, with the plan, and at best."""
    fresh: pd.DataFrame
    """The same plans in cases that they were not chosen for."""
    changes: pd.DataFrame
    """What the plan changes, number by number."""
    proof: pd.DataFrame
    """Budget, bound, the worth of knowing the future, and how much was judged."""

    def figures(self) -> pd.DataFrame:
        """Return the few numbers that answer the question, one row each."""
        return figures(self.tables)

    def summary(self) -> str:
        """Return what to do, what it costs and saves, and how sure that is."""
        return summary(self)

    def scenario(self) -> Scenario:
        """Return the measures of the plan, as `stress` takes them."""
        changes = [json.loads(str(text)) for text in self.changes["change"]]
        return Scenario("plan", tuple(Change.of({**one, "source": ""}) for one in changes))


@analysis("strengthen")
def plan(
    world: World,
    *,
    scenarios: tuple[Scenario, ...] = (),
    measures: Scenario | None = None,
    budget: Annotated[float, Number("USD", 0, 1e15)],
    family: Literal["", "producer", "region", "product"] = "",
    family_share: Share = 0.5,
    family_days: Annotated[float, Number("day", 0, 3650)] = 30,
    family_recovery: Annotated[float, Number("day", 0, 3650)] = 60,
    runs: Annotated[int, Number("draws", 1, 100_000)] = 64,
    seed: Annotated[int, Number("number", 0, 2**31)] = 1,
    chances: str = "",
    loss: Loss = "demand",
    regions: str = "",
    products: str = "",
    worth: Annotated[float, Number("USD/day", 0, 1e15)] | None = None,
    aversion: Annotated[float, Number("times the mean", 0, 1000)] = 0.0,
    tail: Annotated[float, Number("share", 1e-3, 1)] = 0.1,
    carbon_price: Annotated[float, Number("USD/t", 0, 1e6)] = 0.0,
    required: str = "",
    parts: Annotated[int, Number("parts", 1, 100)] = 1,
    judge: Literal["simulation", "linear"] = "simulation",
    thorough: bool = True,
    fresh: Annotated[int, Number("cases", 0, 100_000)] | None = None,
    exact_cases: Annotated[int, Number("judgements", 0, 1_000_000_000)] = 20_000,
    days: Annotated[int, Number("day", 1, 36_500)] = 365,
    stock_days: Annotated[float, Number("day", 0, 3650)] = 90,
    psi: Share = 0.8,
    restoration_days: Annotated[float, Number("day", 1, 3650)] = 60,
    overproduction: Annotated[float, Number("times capacity", 1, 10)] = 1.25,
    overproduction_days: Annotated[float, Number("day", 1, 36_500)] = 365,
    criticality: Literal["stated", "leontief", "linear"] = "stated",
) -> Plan:
    """Choose measures under a budget so that least is lost in many futures.

    The stress engine is the judge: every set of measures meets the same scenarios. What is made
    small is the mean loss, plus `aversion` times the mean of the worst cases, plus the carbon price
    times what the measures emit. Where few sets can be paid for, each is tried; else measures join
    one after another, most for their cost first, single ones are exchanged, and a bound says how
    much better any other set could be. The plan stands beside doing nothing and spending the same
    money evenly, and is tried on futures that it was not chosen for.

    Parameters
    ----------
    world
        As for `stress`.
    scenarios
        What may happen; what is uncertain in each is drawn `runs` times.
    measures
        What may be done: changes with kind = "measure" and cost = { usd = …, co2e_t = … }; those
        with the same `measure` are taken together. Two that set the same number to different
        values are alternatives. Blank = sixty of the built-in catalogue, where most is lost if
        nothing is done (`catenary measures WORLD --write FILE` writes such a file to edit).
    budget
        Most that all measures together may cost.
    family
        Instead of, or beside, scenarios: every producer, region or product in turn …
    family_share
        … loses so much of its capacity …
    family_days
        … for so many days in full …
    family_recovery
        … and gets it back linearly over so many.
    runs
        Draws of each scenario in which something is uncertain.
    seed
        Where the draws begin.
    chances
        How likely scenarios are, as NAME=0.2,NAME=0.05; they are scaled to add up to 1. Blank: all
        alike.
    loss
        demand: final demand not met; output: what is made less than on normal days, less what is
        made more on others; value_added: the same of that.
    regions
        Whose loss counts: regions or groups, parted by commas; blank = all.
    products
        Of which products; blank = all.
    worth
        What a day of all that counts is worth; blank = what the world or the built-in catalogue
        says, and where neither says anything losses are days.
    aversion
        Weight of the mean of the worst cases, beside the mean of all.
    tail
        Share of the cases that are the worst.
    carbon_price
        What a tonne of CO2e that measures emit counts.
    required
        Measures that have to be in the plan, parted by commas.
    parts
        Equal parts in which measures may be taken; 1: each as a whole or not at all. What cannot
        be had in part (routes, suppliers) is taken as a whole in any case.
    judge
        simulation: the stress engine; linear: a planner who knows each case and uses what is left
        as well as possible, solved to the end by HiGHS. What the plan is worth is told by the
        stress engine in either case.
    thorough
        Whether what each measure is worth beside the plan is judged in every case, or only bounded.
    fresh
        Cases that the plan is tried on after it is chosen; blank = as many as it was chosen for.
        Where nothing is uncertain, a quarter of the scenarios is kept back instead.
    exact_cases
        If trying every set takes no more judgements, every set is tried.
    days
        Days to run.
    stock_days
        Days of stock of inputs for which the world says nothing.
    psi
        Share of the target stock below which buyers cut production.
    restoration_days
        Days over which a gap in stock is ordered back.
    overproduction
        Most that capacity can be stretched.
    overproduction_days
        Days that stretching takes.
    criticality
        What a short input stops, as for `stress`.

    Returns
    -------
    Plan
        Plans, measures, steps, front, scenarios, fresh cases, changes and proof.

    Raises
    ------
    ScenarioError
        If a measure has no cost or matches nothing, or a scenario is wrong.
    OptionError
        If there is no scenario, the budget is below any measure, required measures cannot be
        taken together or paid for, or a carbon price meets losses in days.

    References
    ----------
    Nemhauser, G. L., Wolsey, L. A. & Fisher, M. L. (1978), Mathematical Programming 14, 265-294;
    Leskovec, J. et al. (2007), KDD '07, 420-429; Rockafellar, R. T. & Uryasev, S. (2000), Journal
    of Risk 2(3), 21-41; Birge, J. R. (1982), Mathematical Programming 24, 314-325.

    Examples
    --------
    >>> import catenary
    >>> from catenary.testing import serial_chain
    >>> quake = catenary.Scenario("quake", (catenary.Change(
    ...     target="producers.capacity", where={"id": "AAA.s0"}, multiply=0, days=20),))
    >>> stock = catenary.Change(target="products.stock_days", where={"id": "s0"}, set=40,
    ...     kind="measure", measure="stock", cost={"usd": 5.0})
    >>> found = catenary.plan(serial_chain(3, stock_days=5), scenarios=(quake,),
    ...     measures=catenary.Scenario("mine", (stock,)), budget=10, days=120)
    >>> found.steps["measure"].tolist()
    ['stock']
    """
    weights = weights_of(world, loss=loss, regions=regions, products=products, worth=worth)
    if carbon_price and weights.unit == "day":
        raise OptionError(
            f"carbon_price is {carbon_price:g} USD/t, and losses are counted in days",
            hint="say what a day of all that counts is worth: worth=… USD/day",
        )
    options = {
        "stock_days": stock_days,
        "psi": psi,
        "restoration_days": restoration_days,
        "overproduction": overproduction,
        "overproduction_days": overproduction_days,
        "orders": "alt",
        "rationing": "stated",
        "criticality": criticality,
        "switch_home": 0.0,
        "switch_abroad": 0.0,
        "switch_cost": 0.0,
        "price_response": 0.0,
        "demand_elasticity": 0.0,
        "capital_years": 4.0,
    }
    futures = futures_of(
        world, scenarios, Asking(
            family=family, share=family_share, days=family_days, recovery=family_recovery,
            runs=runs, seed=seed, chances=chances, fresh=fresh,
        ),
    )  # fmt: skip
    if measures is None:
        measures = offered_against(world, futures, weights, days=days, options=options,
                                   regions=regions)  # fmt: skip
    every = measures_of(measures)
    asked = Asked(
        world=world, measures=every, futures=futures, weights=weights, budget=budget,
        aversion=aversion, tail=tail, carbon_price=carbon_price, required=required,
        parts=parts, judge=judge, thorough=thorough, exact_cases=exact_cases, days=days,
        options=options,
    )  # fmt: skip
    found = planned(asked, lambda done: advance("cases judged", done, max(done, asked.expected)))
    warnings = (*weights.warnings, *found.warnings)
    run = Run(analysis="plan", options={}, world="", warnings=warnings)
    return Plan(run=run, **tables_of(found))
