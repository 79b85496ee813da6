"""What breaks, when, where and for how long."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Final, Literal

import numpy as np

from catenary.disruption.tables import (
    NOTICEABLE,
    checks_table,
    demand_table,
    losses_table,
    output_table,
    products_table,
    shortages_table,
)
from catenary.disruption.telling import COLLAPSED, figures_of, headline
from catenary.languages import say
from catenary.model import Result, Run, Scenario, World
from catenary.model.analysis import Number, Share, analysis
from catenary.model.progress import advance

if TYPE_CHECKING:
    import pandas as pd

    from catenary.disruption.preparing import Prepared
    from catenary.maths import inventory

__all__ = ["NOTICEABLE", "Stress", "stress"]

_SOUND: Final = 1e-9
_CROWDED: Final = 0.5  # of what its makers make on a normal day may be asked for by rebuilding


@dataclass(frozen=True, kw_only=True, eq=False)
class Stress(Result):
    """What a scenario does to a world, day by day."""

    output: pd.DataFrame
    """Output by day, region and product."""
    losses: pd.DataFrame
    """Per producer, worst first."""
    shortages: pd.DataFrame
    """Which producer was short of which input, and when."""
    products: pd.DataFrame
    """Per product, worst first."""
    demand: pd.DataFrame
    """Final demand not met, by region and product."""
    checks: pd.DataFrame
    """World output and conservation on every day."""
    closures: pd.DataFrame
    """What of the network of transport was closed or delayed, and when; empty where nothing."""
    detours: pd.DataFrame
    """Which trade came late, dearer or not at all because of it, most first."""

    def figures(self) -> pd.DataFrame:
        """Return the few numbers that answer the question, one row each."""
        return figures_of(self.tables)

    def summary(self) -> str:
        """Return what breaks, when, where and for how long, in a few lines."""
        return headline(self.tables)


@analysis("stress")
def stress(
    world: World,
    *,
    scenario: Scenario,
    measures: Scenario | None = None,
    days: Annotated[int, Number("day", 1, 36_500)] = 365,
    stock_days: Annotated[float, Number("day", 0, 3650)] = 90,
    psi: Share = 0.8,
    restoration_days: Annotated[float, Number("day", 1, 3650)] = 60,
    overproduction: Annotated[float, Number("times capacity", 1, 10)] = 1.25,
    overproduction_days: Annotated[float, Number("day", 1, 36_500)] = 365,
    orders: Literal["alt", "classic"] = "alt",
    rationing: Literal[
        "stated", "proportional", "final_last", "final_first", "small_first"
    ] = "stated",
    criticality: Literal["stated", "leontief", "linear"] = "stated",
    switch_home: Share = 0.0,
    switch_abroad: Share = 0.0,
    switch_cost: Annotated[float, Number("share", 0, 100)] = 0.0,
    price_response: Annotated[float, Number("share", 0, 100)] = 1.0,
    demand_elasticity: Annotated[float, Number("share", 0, 10)] = 0.0,
    capital_years: Annotated[float, Number("year", 0.1, 100)] = 4.0,
) -> Stress:
    """Run a scenario through a world: who is short of what, when, and until when.

    Producers turn inputs into a product, keep stock, deliver by share and order back what they
    used (the adaptive regional input-output model with inventories). The same engine runs the
    industries of a table, the stages of a chain and the firms of a supplier list.

    Parameters
    ----------
    world
        Needs `producers` and either `intermediate` and `final`, or `supplies` and `demand`.
    scenario
        What happens. Changes of `producers.capacity`, `.capital` and `.labour` are losses; the
        largest of the three holds. `demand.quantity` and `final` change final demand;
        `links.duration` and `links.open` what passes between regions; `open` and `duration` of
        `passages`, `facilities` and `lanes` close or delay the ways that goods take between
        countries, and these take the best other way, or wait. Stocks, criticality, priorities,
        `producers.protection`, `producers.recovery` and `supplies.share` may change from day 0
        for ever.
    measures
        What is done about it: a second scenario, in force together with the first.
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
    orders
        alt: buyers order less of suppliers that lost capacity; classic: always as on a normal
        day.
    rationing
        Who is served when goods are short. stated: by the priorities of the world, all alike where
        it has none; proportional: all alike; final_last, final_first: final buyers after or before
        producers; small_first: small orders in full, nobody more than a level.
    criticality
        What a short input stops. stated: its criticality's share of output, the worst input
        counting; leontief: all; linear: its share of all inputs, losses adding up.
    switch_home
        Share of what suppliers could not deliver that is placed each day with producers of the
        same region that have capacity to spare.
    switch_abroad
        The same with producers of other regions, for what is left.
    switch_cost
        What goods placed with others cost more, as a share of their value; reported.
    price_response
        Rise of a product's price per unit of (demand − output) / output.
    demand_elasticity
        Fall of final demand, as a share, per share by which its price has risen; 0: prices are
        reported and change nothing.
    capital_years
        Capital in years of value added, where the world does not say it and capital is rebuilt.

    Returns
    -------
    Stress
        Output, losses, shortages, products, demand and checks.

    Raises
    ------
    ScenarioError
        If a change matches nothing, is not understood, or losses exceed 100 %.
    BalanceError
        If the accounts of the world do not close.
    MissingDataError
        If the world does not say who supplies whom.

    References
    ----------
    Hallegatte, S. (2014), Risk Analysis 34(1), 152-167; Guan, D. et al. (2020), Nature Human
    Behaviour 4, 577-587; equations in `docs/methods.md`.

    Examples
    --------
    >>> import catenary
    >>> chains = catenary.load("chains")["pooled"]
    >>> result = catenary.stress(chains, scenario=catenary.scenario("tohoku-2011"), days=120)
    >>> result.losses["producer"].iloc[0].split(".")[1]
    'semiconductors'
    """
    if measures is not None:
        scenario = replace(scenario, changes=scenario.changes + measures.changes)
    options = {
        "stock_days": stock_days,
        "psi": psi,
        "restoration_days": restoration_days,
        "overproduction": overproduction,
        "overproduction_days": overproduction_days,
        "orders": orders,
        "rationing": rationing,
        "criticality": criticality,
        "switch_home": switch_home,
        "switch_abroad": switch_abroad,
        "switch_cost": switch_cost,
        "price_response": price_response,
        "demand_elasticity": demand_elasticity,
        "capital_years": capital_years,
    }
    from catenary.disruption.detours import closures_table, detours_table, told  # noqa: PLC0415
    from catenary.disruption.preparing import prepare  # noqa: PLC0415  only runs need the engine
    from catenary.maths import inventory  # noqa: PLC0415

    ready = prepare(world, scenario, days, options)
    world, layout = ready.world, ready.layout
    path = inventory.simulate(
        layout.network,
        ready.parameters,
        days,
        ready.disturbance,
        lanes=ready.lanes,
        on_day=lambda day: advance("days", day, days),
    )
    advance("days", days, days)
    checks = checks_table(path, switch_cost)
    detours = detours_table(ready, path)
    return Stress(
        run=Run(
            analysis="stress",
            options={},
            world="",
            warnings=(
                *_verdict(path, scenario, checks),
                *_unheard(scenario, days, ready.clipped),
                *_crowding(ready),
                *_regions_below(ready, path),
                *layout.warnings,
                *told(ready, detours),
            ),
        ),
        output=output_table(world, layout, path),
        losses=losses_table(world, layout, path),
        shortages=shortages_table(world, layout, path),
        products=products_table(world, layout, path),
        demand=demand_table(world, layout, path, ready.final, elasticity=demand_elasticity),
        checks=checks,
        closures=closures_table(ready),
        detours=detours,
    )


def _unheard(scenario: Scenario, days: int, clipped: int) -> list[str]:
    """Return what a scenario says and this run cannot follow."""
    warnings: list[str] = []
    late = [f"{n + 1}" for n, s in enumerate(scenario.changes) if s.start >= days]
    if late:
        warnings.append(
            say(
                "changes {changes} begin after the {days} days run and change nothing",
                changes=", ".join(late),
                days=days,
            )
        )
    when = np.arange(days, dtype=float)
    idle = [
        f"{n + 1}"
        for n, change in enumerate(scenario.changes)
        if change.start < days and not change.strength(when).any()
    ]
    if idle:
        warnings.append(
            say(
                "changes {changes} are in force on no whole day and change nothing",
                changes=", ".join(idle),
            )
        )
    if clipped:
        warnings.append(
            say(
                "final demand would fall below 0 in up to {places:,} places; it was taken as 0 "
                "there",
                places=clipped,
            )
        )
    return warnings


def _crowding(ready: Prepared) -> list[str]:
    """Return where rebuilding asks for much of what a product's makers in a region can make."""
    network = ready.layout.network
    products = len(network.start) - 1
    place = network.region * products + network.product
    made = np.bincount(place, network.output())
    asked = np.zeros(len(made))
    for one in ready.disturbance.rebuilding:
        a_day = one.need.sum(axis=1) / one.days
        asked += np.bincount(place[one.suppliers], a_day, len(made))
    much = asked > 0.1 * asked.sum()  # where most of it is asked for
    share = np.divide(asked, made, out=np.zeros(len(made)), where=(made > 0) & much)
    worst = int(share.argmax()) if len(share) else 0
    if not len(share) or share[worst] < _CROWDED:
        return []
    return [
        say(
            "rebuilding asks at first for {share:.0%} of what {product} of {region} is on a normal "
            "day; where it is served like everybody else (rationing), other buyers go short",
            share=float(share[worst]), product=str(ready.world.ids("products")[worst % products]),
            region=str(ready.world.ids("regions")[worst // products]),
        )
    ]  # fmt: skip


def _regions_below(ready: Prepared, path: inventory.Path) -> list[str]:
    """Return the regions whose output falls below half of normal."""
    region = ready.layout.network.region
    labels = ready.world.ids("regions")
    normal = np.bincount(region, path.baseline, len(labels))
    least = {}
    for place in np.flatnonzero(normal > 0).tolist():
        output = path.output[:, region == place].sum(axis=1) / normal[place]
        if output.min() < COLLAPSED:
            least[str(labels[place])] = output.min()
    if not least or len(least) == int((normal > 0).sum()):
        return []
    worst = min(least, key=lambda label: least[label])
    return [
        say(
            "output falls below half of normal in {count} regions, furthest in {region}: to "
            "{share:.1%} of normal",
            count=len(least), region=worst, share=float(least[worst]),
        )
    ]  # fmt: skip


def _verdict(path: inventory.Path, scenario: Scenario, checks: pd.DataFrame) -> list[str]:
    """Return what a reader must know before trusting the run."""
    warnings: list[str] = []
    over = max((change.end for change in scenario.changes), default=0.0)
    if not np.isfinite(path.output).all() or (path.output < 0).any():  # pragma: no cover
        warnings.append(say("output is negative or not a number on some day: do not use this run"))
    leak = float(checks["leak"].max())
    if leak > _SOUND:
        warnings.append(
            say("goods are not conserved: {leak:.1e} of a product's output on one day", leak=leak)
        )
    share = checks["output"]
    if (share < COLLAPSED).any():
        day = int((share < COLLAPSED).to_numpy().argmax())
        warnings.append(
            say(
                "collapse: world output falls below half of normal on day {day} and is "
                "{last:.1%} of normal on the last; such paths say that the chain breaks, not by "
                "how much",
                day=day,
                last=share.iloc[-1],
            )
        )
    elif (
        over < len(share) - 30
        and share.iloc[-1] < 1 - NOTICEABLE
        and share.iloc[-1] < share.iloc[-30] - 1e-6
    ):
        warnings.append(
            say(
                "output still falls {days:.0f} days after the scenario is over ({last:.2%} of "
                "normal on the last day): run more days",
                days=len(share) - over,
                last=share.iloc[-1],
            )
        )
    return warnings
