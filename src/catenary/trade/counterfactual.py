"""What trade, prices and incomes become when barriers change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final, Literal

import pandas as pd

from catenary.languages import joined, recognised, say
from catenary.model import Result, Run, Scenario, World
from catenary.model.analysis import Days, Number, Share, analysis
from catenary.trade.counterfactual_tables import (
    elasticities_table,
    flows_table,
    groups_table,
    partners_table,
    products_table,
    regions_table,
)
from catenary.trade.draws import drawn, no_draws
from catenary.trade.emissions import Pressure, emissions, no_emissions
from catenary.trade.solving import Question, solved

__all__ = ["Counterfactual", "counterfactual"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Counterfactual(Result):
    """Two equilibria of the same world, with and without a scenario."""

    regions: pd.DataFrame
    """Real income and what it comes from, largest gain first."""
    groups: pd.DataFrame
    """The world and groups of regions: least developed, landlocked, islands and its own."""
    products: pd.DataFrame
    """Output and prices of every product in every region."""
    partners: pd.DataFrame
    """Trade between each two regions, largest change first."""
    flows: pd.DataFrame
    """Deliveries from region to region by product, and what is levied on them."""
    emissions: pd.DataFrame
    """What production emits and final demand causes; without rows if no pressure is followed."""
    ranges: pd.DataFrame
    """Real income over all draws of what is uncertain; without rows if nothing was drawn."""
    draws: pd.DataFrame
    """Real income by draw."""
    elasticities: pd.DataFrame
    """Trade elasticities that were used, and their standard errors."""
    basis: pd.DataFrame
    """How it was solved: one row."""

    def figures(self) -> pd.DataFrame:
        """Return the change of the world's income and trade, and the largest gain and loss."""
        parts = []
        for label, one in self.by_world():
            trade, gain, loss = _headline(one)
            whole = one["groups"]["real_income"].iloc[0]
            rows = [
                (str(say("real income of the world")), "share", whole),
                (str(say("trade between regions")), "share", trade),
                (str(say("real income, most")), "share", gain["real_income"]),
                (str(say("real income, least")), "share", loss["real_income"]),
            ]
            frame = pd.DataFrame(rows, columns=["figure", "unit", "value"])
            parts.append(frame.assign(world=label) if label else frame)
        return pd.concat(parts, ignore_index=True)

    def summary(self) -> str:
        """Return who gains, who loses, what moves, what is emitted, and how sure that is."""
        lines = []
        for label, one in self.by_world():
            told = joined(_told(one), " ")
            lines.append(say("{label}: {text}", label=label, text=told) if label else told)
        return joined(lines, "\n")


_DEFICITS: Final = {
    "fixed": say("as they are in the table"),
    "zero": say("none"),
    "share": say("the same share of the world's income as in the table"),
    "proportional": say("in proportion to income"),
}
_SURE: Final = 0.95  # of draws


def _told(tables: dict[str, pd.DataFrame]) -> list[str]:
    """Return sentences on one world."""
    trade, gain, loss = _headline(tables)
    whole = tables["groups"].iloc[0]
    lines: list[str] = [
        say(
            "Real income of the world changes by {world:+.3%}: {winners:,} of {regions:,} regions "
            "gain, {losers:,} lose, from {lost:+.3%} ({loss}) to {gained:+.3%} ({gain}).",
            world=whole["real_income"],
            winners=int(whole["winners"]),
            regions=int(whole["regions"]),
            losers=int(whole["losers"]),
            gain=str(gain["region"]),
            gained=gain["real_income"],
            loss=str(loss["region"]),
            lost=loss["real_income"],
        ),
        say("Trade between regions changes by {trade:+.2%}.", trade=trade),
    ]
    ranges = tables["ranges"]
    if len(ranges):
        lines.append(
            say(
                "In 95 of 100 draws or more {winners:,} regions gain and {losers:,} lose; for the "
                "others it depends on what is uncertain.",
                winners=int((ranges["gains"] >= _SURE).sum()),
                losers=int((ranges["loses"] >= _SURE).sum()),
            )
        )
    emitted = tables["emissions"]
    if len(emitted):
        before, after = emitted["production_before"].sum(), emitted["production"].sum()
        lines.append(
            say(
                "The world's {stressor} changes by {change:+.2%}.",
                stressor=str(emitted["stressor"].iloc[0]),
                change=after / before - 1 if before else 0.0,
            )
        )
    else:
        lines.append(say("Nothing is said of emissions: no pressure of this world is followed."))
    deficits = _DEFICITS[str(tables["basis"]["deficits"].iloc[0])]
    return [*lines, say("Deficits: {deficits}.", deficits=deficits)]


def _headline(tables: dict[str, pd.DataFrame]) -> tuple[float, pd.Series, pd.Series]:
    """Return the change of trade, and the regions with the largest and the smallest change."""
    regions, flows = tables["regions"], tables["flows"]
    across = flows[flows["origin"].astype("str") != flows["destination"].astype("str")]
    trade = across["after"].sum() / max(across["before"].sum(), 1e-300) - 1
    order = regions["real_income"].to_numpy()
    return float(trade), regions.iloc[int(order.argmax())], regions.iloc[int(order.argmin())]


def _of_draws(told: list[str], known: tuple[str, ...]) -> list[str]:
    """Return what only draws warn of."""
    left = [text for text in dict.fromkeys(told) if text not in known]
    return [say("{label}: {text}", label=say("draws"), text=recognised(text)) for text in left]


@analysis("stress")
def counterfactual(
    world: World,
    *,
    scenario: Scenario,
    deficits: Literal["fixed", "zero", "share", "proportional"] = "fixed",
    uses: Literal["together", "apart"] = "together",
    elasticity: Annotated[float, Number("elasticity", 0)] | None = None,
    day_value: Annotated[float, Number("share/day", 0, 1)] | None = None,
    capital_share: Share | None = None,
    day: Days = 0,
    stressor: str = "",
    draws: Annotated[int, Number("number", 0, 100_000)] = 0,
    seed: Annotated[int, Number("number", 0, 2**31)] = 1,
    elasticity_error: Annotated[float, Number("elasticity", 0)] | None = None,
) -> Counterfactual:
    """Find the equilibrium of trade once tariffs and other barriers have changed.

    Many countries and products, linked by inputs, buy where it costs least; tariffs and rents are
    income, other barriers use resources up; wages clear markets. Everything is solved in changes
    from the table, so that no level of technology or cost need be known. The model is long-run:
    labour moves between products, not between regions.

    Parameters
    ----------
    world
        Needs `intermediate` and `final`, in money before tariffs; `links` may hold tariffs, rents,
        iceberg costs, durations and bans; `elasticities` how trade answers.
    scenario
        What changes: `links.tariff`, `links.rent`, `links.iceberg`, `links.duration`,
        `links.open`, `producers.productivity`, `producers.capital`, `elasticities.trade`. Links
        that the world does not have are made.
    deficits
        fixed: imports less exports stay as in the table, in money of which the value added of the
        world is the measure; zero: none before and after; share: the same share of the world's
        income; proportional: spending stays the same multiple of income.
    uses
        together: inputs and final goods have the same sellers and barriers; apart: each its own.
    elasticity
        Trade elasticity of products that the table `elasticities` does not name.
    day_value
        Share of the value of goods that a day on the way costs; needed if durations change.
    capital_share
        Share of value added that capital earns; needed if capital changes.
    day
        Day of the scenario that is looked at.
    stressor
        Row of `stressors` to follow; blank = the first that names CO2, or the first; none: follow
        nothing.
    draws
        How often uncertain elasticities, and uncertain numbers of the scenario, are drawn for the
        range of real income; 0: not at all. A power of 2 covers the range most evenly.
    seed
        Where the draws begin.
    elasticity_error
        Standard error of elasticities for which `elasticities.error` states none.

    Returns
    -------
    Counterfactual
        Changes by region, group, product, partner and flow, emissions, and ranges; money is in the
        unit of the world's flows, at an unchanged value added of the world.

    Raises
    ------
    ScenarioError
        If the scenario changes what has no meaning here, or no flow at all.
    OptionError
        If a value that the scenario needs is not given, there is no such stressor, or draws are
        asked for and nothing is uncertain.
    DataError
        If flows or elasticities are lacking, or a region sells nothing at home or trades with
        nobody.
    ComputationError
        If no equilibrium is found; the gap and the region are named.

    References
    ----------
    Caliendo, L. & Parro, F. (2015), Review of Economic Studies 82(1), 1-44; Antràs, P. & Chor, D.
    (2018), NBER working paper 24185.

    Examples
    --------
    >>> import catenary
    >>> from catenary.testing import two_regions
    >>> wall = catenary.Scenario("wall", (catenary.Change(
    ...     target="links.iceberg", where={"origin": "AAA"}, add=0.1),))
    >>> found = catenary.counterfactual(two_regions(), scenario=wall, elasticity=4.0)
    >>> found.regions[["region", "real_income"]].round(3).to_numpy().tolist()
    [['BBB', -0.049], ['AAA', -0.049]]
    """
    question = Question(
        scenario=scenario,
        deficits=deficits,
        uses=2 if uses == "apart" else 1,
        elasticity=elasticity,
        day_value=day_value,
        capital_share=capital_share,
        day=day,
        must_change=not (draws and any(change.uncertain for change in scenario.changes)),
    )
    found = solved(world, question)
    regions = regions_table(found)
    pressure = None if stressor == "none" else Pressure.of(world, found.flows, stressor)
    basis = {
        "deficits": [deficits],
        "uses": [uses],
        "unit": [found.flows.unit],
        "stressor": ["none" if pressure is None else pressure.name],
        "draws": [draws],
        "value_added": [found.money],
        "iterations": [found.before.iterations + found.after.iterations],
        "residual": [max(found.before.residual[0], found.after.residual[0])],
        "walras": [max(found.before.walras[0], found.after.walras[0])],
    }
    emitted, told = (no_emissions(), []) if pressure is None else emissions(found, pressure)
    ranges, drawings = no_draws()
    if draws:
        ranges, drawings, of_draws = drawn(
            world, found.flows, question, runs=draws, seed=seed, error=elasticity_error
        )
        told = [*told, *_of_draws(of_draws, found.warnings)]
    return Counterfactual(
        run=Run(analysis="counterfactual", options={}, world="", warnings=(*found.warnings, *told)),
        regions=regions,
        groups=groups_table(world, found, regions, emitted),
        products=products_table(found),
        partners=partners_table(found),
        flows=flows_table(found),
        emissions=emitted,
        ranges=ranges,
        draws=drawings,
        elasticities=elasticities_table(world, found, question, elasticity_error),
        basis=pd.DataFrame(basis),
    )
