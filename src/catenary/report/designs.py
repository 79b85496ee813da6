"""What the page of each analysis has of its own: answer, figures, maps and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from catenary.languages import say
from catenary.report import (
    barriers,
    closures,
    compare,
    crowding,
    default,
    ensemble,
    exposure,
    footprint,
    hauls,
    joins,
    plans,
    pooled,
    scorecard,
    shipments,
    stress,
    together,
    upgrading,
    value_added,
    voyages,
)
from catenary.report.atsea import GOALS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from catenary.model import Result
    from catenary.report.document import Section
    from catenary.report.naming import Names

__all__ = ["DESIGNS", "MAY_LACK", "PLAIN", "TITLES", "Design", "design_of"]


class Design(NamedTuple):
    """What the page of an analysis has of its own.

    Parameters
    ----------
    cards
        The few numbers that answer the question.
    sections
        Maps, charts and tables made for the page.
    method, references
        How it is computed, in short, and where that is from.
    lead
        The one sentence to remember, before the answer; none if blank.
    answer
        The answer in words; the summary, if nothing else is given.
    brief
        For every world its name and a few short sentences; the answer is folded below them.
    """

    cards: Callable[[Result, Names], list[dict[str, Any]]]
    sections: Callable[[Result, Names], list[Section]]
    method: Sequence[str] = ()
    references: Sequence[str] = ()
    lead: Callable[[Result, Names], str] = lambda *_: ""
    answer: Callable[[Result], str] = lambda result: result.summary()
    brief: Callable[[Result, Names], list[tuple[str, list[str]]]] = lambda *_: []


DESIGNS: Final[dict[str, Design]] = {
    "chokepoints": Design(
        closures.cards, closures.sections, closures.METHOD, closures.REFERENCES, closures.lead,
        brief=closures.brief,
    ),
    "compare": Design(
        compare.cards, compare.sections, compare.METHOD, lead=compare.lead, answer=compare.answer,
        brief=compare.brief,
    ),
    "congestion": Design(
        crowding.cards, crowding.sections, crowding.METHOD, crowding.REFERENCES, crowding.lead,
        brief=crowding.brief,
    ),
    "cooperate": Design(
        together.cards, together.sections, together.METHOD, together.REFERENCES, together.lead,
        brief=together.brief,
    ),
    "counterfactual": Design(
        barriers.cards, barriers.sections, barriers.METHOD, barriers.REFERENCES, barriers.lead,
        brief=barriers.brief,
    ),
    "distances": Design(
        shipments.distances_cards, shipments.distances_sections, voyages.METHOD[:1],
        voyages.REFERENCES, shipments.distances_lead, brief=shipments.distances_brief,
    ),
    "emissions": Design(
        shipments.emissions_cards, shipments.emissions_sections, shipments.EMISSIONS_METHOD,
        shipments.EMISSIONS_REFERENCES, shipments.emissions_lead,
        brief=shipments.emissions_brief,
    ),
    "ensemble": Design(
        ensemble.cards, ensemble.sections, ensemble.METHOD,
        (*ensemble.REFERENCES, *stress.REFERENCES),
    ),
    "exposure": Design(
        exposure.cards, exposure.sections, exposure.METHOD, exposure.REFERENCES, exposure.lead,
        brief=exposure.brief,
    ),
    "footprint": Design(
        footprint.cards, footprint.sections, footprint.METHOD, footprint.REFERENCES,
        footprint.lead, brief=footprint.brief,
    ),
    "index": Design(
        scorecard.cards, scorecard.sections, scorecard.METHOD, scorecard.REFERENCES,
        scorecard.lead, brief=scorecard.brief,
    ),
    "links": Design(
        joins.cards, joins.sections, joins.METHOD, joins.REFERENCES, joins.lead, brief=joins.brief,
    ),
    "modes": Design(
        hauls.cards, hauls.sections, hauls.METHOD, hauls.REFERENCES, hauls.lead, brief=hauls.brief,
    ),
    "plan": Design(
        plans.cards, plans.sections, plans.METHOD, (*plans.REFERENCES, *stress.REFERENCES),
        plans.lead, brief=plans.brief,
    ),
    "routes": Design(
        voyages.cards, voyages.sections, voyages.METHOD, voyages.REFERENCES, voyages.lead,
        brief=voyages.brief,
    ),
    "stress": Design(
        stress.cards, stress.sections, stress.METHOD, stress.REFERENCES, stress.lead,
        brief=stress.brief,
    ),
    "upgrades": Design(
        upgrading.cards, upgrading.sections, upgrading.METHOD, upgrading.REFERENCES,
        upgrading.lead, brief=upgrading.brief,
    ),
    "value_added": Design(
        value_added.cards, value_added.sections, value_added.METHOD, value_added.REFERENCES,
        value_added.lead, brief=value_added.brief,
    ),
}  # fmt: skip
"""Analysis → its page; any other has the page of `default`."""

PLAIN: Final = Design(default.cards, default.sections)

_POOLED: Final = Design(pooled.cards, pooled.sections, pooled.METHOD, pooled.REFERENCES)


def design_of(result: Result) -> Design:
    """Return what the page of a result has of its own."""
    if result.run.analysis == "cooperate" and pooled.is_of_pool(result):
        return _POOLED
    return DESIGNS.get(result.run.analysis, PLAIN)


"""The page of any other analysis."""

TITLES: Final = {
    "border_carbon": say("Carbon price at a border"),
    "budgets": say("Carbon budgets"),
    "chokepoints": say("Chokepoints of the sea"),
    "compare": say("Comparison of two results"),
    "congestion": say("Congestion of a network"),
    "decomposition": say("Structural decomposition"),
    "distances": say("Distances by sea"),
    "emissions": say("Emissions of a shipment"),
    "exposure": say("Foreign exposure"),
    "extraction": say("Hypothetical extraction"),
    "footprint": say("Footprint"),
    "index": say("Index of chains"),
    "linkages": say("Linkages"),
    "links": say("How goods travel between regions"),
    "plan": say("Plan of measures"),
    "port_energy": say("Energy and emissions of a port"),
    "position": say("Position in chains"),
    "resilience": say("A shock before and after barriers change"),
    "gravity": say("What holds trade back"),
    "routes": say("Routes by sea"),
    "support": say("Support and training"),
    "upgrades": say("Upgrade plan"),
    "value_added": say("Value added in exports"),
}
"""Analysis → title of its page."""

_UNKNOWN: Final = (
    "cost_tonne", "emissions", "emissions_tonne", "tank_to_wheel", "well_to_tank",
)  # fmt: skip
_TRADE: Final = (
    "trade", "trade_share", "trade_delayed", "trade_cut_off", "goods_days", "trade_unreached",
    "left_out", "by_land", "emissions", "emissions_most", "emissions_before", "emissions_after",
)  # fmt: skip
_UNBOUND: Final = (
    "bound", "overhang", "trade", "coverage_trade", "tariff_trade", "bound_trade", "overhang_trade",
)  # fmt: skip
_SAVED: Final = ("days_saved", "trade", "worth", "worth_share", "share", "rents")
MAY_LACK: Final = (
    {("scores", column) for column in ("score", "rank", "rank_low", "rank_high")}
    | {("components", column) for column in ("value", "score")}
    | {("sensitivity", column) for column in ("mean_change", "most_change")}
    | {("quantiles", column) for column in ("mean", "q05", "q25", "q50", "q75", "q95")}
    | {(name, column) for name in ("routes", "legs") for column in _UNKNOWN}
    | {("distances", goal) for goal in (*GOALS, *_UNKNOWN)}
    | {("emissions", column) for column in _UNKNOWN}
    | {("flows", "ad_valorem"), ("exporters", "ad_valorem")}
    | {("regions", column) for column in ("years_left", "years_to_zero", "zero_year")}
    | {("chokepoints", "haul"), ("chokepoints", "beyond")}
    | {("regions", column) for column in ("first_order", "resources")}
    | {("basis", column) for column in ("elasticity", "day_value")}
    | {("flows", "expected"), ("basis", "covered"), ("years", "mean_trade"), ("years", "mean")}
    | {
        (name, column)
        for name in ("regions", "partners", "products", "groups", "basis", "lines", "links")
        for column in (*_UNBOUND, "deviation_trade")
    }
    | {
        (name, column)
        for name in ("regions", "products", "measures", "changes", "basis") for column in _SAVED
    }
    | {
        ("groups", column)
        for column in (
            "first_order", "production_before", "production", "consumption_before", "consumption",
        )
    }
    | {
        ("regions", column)
        for column in (
            "alone", "answered", "without", "club", "worth", "staying_out", "real_income",
        )
    }
    | {("ways", "others"), ("runs", "others")}
    | {("figures_of_stress", column) for column in ("before", "after")}
    | {("closures", column) for column in ("open", "delay")}
    | {("detours", column) for column in ("cost", "time_cost", "emissions")}
    | {("flows", "expected")}
    | {("places", column) for column in ("capacity", "use", "price")}
    | {("prices", "use")}
    | {("basis", "gap"), ("rounds", "gap"), ("unrouted", "share")}
    | {("sites", column) for column in ("lon", "lat")}
    | {("measures", column) for column in ("payback", "step", "saving", "break_even")}
    | {("ports", column) for column in ("energy_year", "co2e_year", "co2e_year_after")}
    | {("plan", column) for column in ("payback", "bound")}
    | {("plans", column) for column in ("fresh_loss", "fresh_worst", "fresh_value")}
    | {("measures", "per_usd"), ("measures", "adds"), ("scenarios", "mean"), ("fresh", "mean")}
    | {("proof", column) for column in ("planning", "linear", "linear_bound")}
    | {("candidates", "per_usd"), ("training", "per_usd"), ("candidates", "step")}
    | {(name, "jobs") for name in ("candidates", "steps", "training", "groups", "plans")}
    | {("groups", "jobs_without"), ("plans", "jobs_kept")}
    | {
        (name, column)
        for name in ("chokepoints", "detours", "cut_off", "basis") for column in _TRADE
    }
    | {
        (name, column)
        for name in ("exporters", "flows", "sectors")
        for column in ("ratio", "backward", "forward", "participation")
    }
)  # fmt: skip
"""Numbers that a sound result may lack: of days that never come, of ways that are not open, of
ships whose load or factor is unknown, of trade where the world has none, and shares of exports
where there are none; of the price of goods that are only weighed, of budgets that nobody uses up.
"""
