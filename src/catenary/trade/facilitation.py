"""What shorter waits at borders and simpler papers save, and on which links."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import pandas as pd

from catenary.errors import OptionError
from catenary.languages import joined, recognised, say
from catenary.model import Result, Run, Scenario, World
from catenary.model.analysis import Days, Number, analysis
from catenary.trade.border_scenario import Measure, border_scenario, measures_of, travelling
from catenary.trade.easing import Eased, based, eased, unknown, unlinked, uses_of
from catenary.trade.effects import effects, extremes, no_effects
from catenary.trade.savings import (
    by_product,
    by_region,
    changed_links,
    link_rows,
    measure_row,
    measure_rows,
    totals,
)
from catenary.trade.valued import Valued

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["VALUE_OF_TIME", "Facilitation", "facilitated", "facilitation"]

VALUE_OF_TIME: Final = 0.006
"""Share of the value of goods that a day costs: the lower bound (`hummels-schaur-2013-time` of the
built-in measures); the upper one is 0.021."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Facilitation(Result):
    """What a world's links become, and what that saves."""

    regions: pd.DataFrame
    """What each region saves on what it buys and sells, largest first."""
    products: pd.DataFrame
    """What is saved on each product."""
    measures: pd.DataFrame
    """What each measure saves alone, and where its numbers are from."""
    changes: pd.DataFrame
    """Every link and product whose cost changes."""
    links: pd.DataFrame
    """All links as they become: a table `links` for the next question."""
    effects: pd.DataFrame
    """Incomes and trade in equilibrium, if asked for."""
    basis: pd.DataFrame
    """What was assumed, and sums: one row."""

    def figures(self) -> pd.DataFrame:
        """Return days, costs and what they are worth."""
        parts = []
        for label, one in self.by_world():
            basis = one["basis"].iloc[0]
            rows: list[tuple[str, str, float]] = [
                (str(say("links that change")), "number", float(basis["links"])),
                (str(say("days saved on a link, most")), "day", float(basis["days_most"])),
                (str(say("saved on the way")), str(basis["unit"]), float(basis["worth"])),
                (str(say("the same of trade")), "share", float(basis["worth_share"])),
            ]
            if len(one["effects"]):
                gain = one["effects"]["real_income"]
                rows += [
                    (str(say("real income, most")), "share", float(gain.max())),
                    (str(say("real income, least")), "share", float(gain.min())),
                ]
            frame = pd.DataFrame(rows, columns=["figure", "unit", "value"])
            parts.append(frame.assign(world=label) if label else frame)
        return pd.concat(parts, ignore_index=True)

    def summary(self) -> str:
        """Return what changes, what it is worth, and to whom."""
        lines = []
        for label, one in self.by_world():
            line = joined(_sentences(one), " ")
            lines.append(
                say("{label}: {text}", label=recognised(label), text=line) if label else line
            )
        return joined(lines, "\n")


def _sentences(one: dict[str, pd.DataFrame]) -> list[str]:
    basis, regions = one["basis"].iloc[0], one["regions"]
    if not basis["links"]:
        return [say("Nothing changes on any link.")]
    if basis["unit"] and basis["rents"] and not basis["worth"]:
        return [
            say(
                "{links:,} links change, by what buyers pay to holders of licences and quotas "
                "alone: {rents:+,.6g} {unit} at the trade of today. That moves income and uses "
                "nothing up.",
                links=int(basis["links"]),
                rents=basis["rents"],
                unit=str(basis["unit"]),
            )
        ]
    if not basis["unit"]:
        return [
            say(
                "{links:,} links change, by up to {days:.4g} days and {cost:+.2%} of cost.",
                links=int(basis["links"]),
                days=basis["days_most"],
                cost=basis["cost_most"],
            )
        ]
    told: list[str] = [
        say(
            "{links:,} links change. At the trade of today {worth:,.6g} {unit} are no longer "
            "used up on the way ({share:.3%} of trade; {days:.3g} days saved on average).",
            links=int(basis["links"]),
            worth=basis["worth"],
            unit=str(basis["unit"]),
            share=basis["worth_share"],
            days=basis["days_saved"],
        )
    ]
    if len(regions):
        first = regions.iloc[0]
        told.append(
            say(
                "Most is saved on what {region} buys: {worth:,.6g} {unit}, {share:.3%} of its "
                "imports.",
                region=str(first["region"]),
                worth=first["worth_imports"],
                unit=str(basis["unit"]),
                share=first["share"],
            )
        )
    if len(one["effects"]):
        best, worst = extremes(one["effects"])
        told.append(
            say(
                "In equilibrium real income changes by {lost:+.3%} ({loss}) to {gained:+.3%} "
                "({gain}).",
                gain=str(best["region"]),
                gained=best["real_income"],
                loss=str(worst["region"]),
                lost=worst["real_income"],
            )
        )
    return told


@analysis("strengthen")
def facilitation(
    world: World,
    *,
    scenario: Scenario | None = None,
    border_measures: str = "",
    border_days: Annotated[float, Number("day", 0, 3650)] = 0,
    at: str = "",
    partner: str = "",
    product: str = "",
    day_value: Annotated[float, Number("share/day", 0, 1)] = VALUE_OF_TIME,
    duration: Annotated[float, Number("day", 0, 3650)] | None = None,
    iceberg: Annotated[float, Number("share", 0, 100)] | None = None,
    equilibrium: bool = False,
    elasticity: Annotated[float, Number("elasticity", 0)] | None = None,
    deficits: Literal["fixed", "zero", "share", "proportional"] = "fixed",
    day: Days = 0,
) -> Facilitation:
    """Say what shorter waits at borders, automated customs or recognised standards save.

    Days saved become a share of the value of goods: exp(−value of a day × days). Costs of papers
    and tests (`links.iceberg`) and rents (`links.rent`) may change as well; the three factors
    multiply. At the trade of today that is money; with `equilibrium` trade, prices and incomes
    answer as in `counterfactual`.

    Parameters
    ----------
    world
        Its `links` hold durations, iceberg costs and rents of today; trade is `intermediate` and
        `final`, `trade_flows`, or `supplies` with prices. `products.day_value` may say what a day
        costs a product; its own `border_measures` come before those built in.
    scenario
        Any other changes of `links.duration`, `links.iceberg` and `links.rent`.
    border_measures
        Measures that somebody has counted, parted by commas: one_stop_post, rail_reloading,
        target_times, single_window, agreement_days, agreement_costs, automation,
        mutual_recognition, or those of the world.
    border_days
        Days less at each border of the regions; goods between two of them save twice.
    at
        Regions whose borders measures and days are at, parted by commas (ids, globs, groups);
        blank = all.
    partner
        Regions on the other side, parted by commas; blank = all.
    product
        Products that measures and days are for, parted by commas; blank = all.
    day_value
        Share of the value of goods that a day costs; 0.006 to 0.021 by the source.
    duration
        Days on links of which the world says 0 or nothing; needed where days are saved on them.
    iceberg
        Iceberg costs of links of which the world says 0 or nothing.
    equilibrium
        Whether to solve for trade and incomes as well; needs elasticities.
    elasticity
        Trade elasticity of products that the table `elasticities` does not name.
    deficits
        As in `counterfactual`.
    day
        Day of the scenario that is looked at.

    Returns
    -------
    Facilitation
        Savings by region, product, measure and link, and the links as they become.

    Raises
    ------
    OptionError
        If nothing is asked for, or a measure, region or product is unknown.
    ScenarioError
        If a scenario changes anything else, or would make a duration or a cost negative.
    MissingDataError
        If there are neither links nor trade.

    References
    ----------
    Hummels, D. L. & Schaur, G. (2013), Time as a trade barrier. American Economic Review 103(7),
    2935-2959.

    Examples
    --------
    >>> import catenary
    >>> from catenary.testing import two_regions
    >>> found = catenary.facilitation(two_regions(), border_days=1, at="AAA", duration=20)
    >>> found.regions[["region", "days_saved"]].to_numpy().tolist()
    [['BBB', 1.0], ['AAA', 1.0]]
    >>> round(float(found.basis["worth"].iloc[0]), 4)  # (4 + 5) (1 - exp(-0.006))
    0.0538
    """
    asked = _asked(
        world,
        scenario,
        border_measures=border_measures,
        border_days=border_days,
        at=at,
        partner=partner,
        product=product,
    )
    whole = Scenario(
        "facilitation",
        tuple(change for one in asked for change in one.changes),
        sources=_sources(asked),
    )
    base, assumed = based(world, whole, duration=duration, iceberg=iceberg)
    uses = uses_of(base)
    trade = Valued.of(world, uses=uses)
    then = eased(base, whole, day)
    told = Eased.of((base, then), trade, day_value, uses)
    saved = told.saved()
    rows = []
    for one in asked:
        alone = Eased.of((base, eased(base, one.scenario(), day)), trade, day_value, uses)
        rows.append(measure_row(one, trade, alone.saved()))
    table = no_effects()
    warned: tuple[str, ...] = ()
    if equilibrium:
        asking = base.with_(dict(world.matrices))
        table, warned = effects(
            asking, whole, deficits=deficits, elasticity=elasticity, day_value=day_value,
            uses=uses, after=then,
        )  # fmt: skip
    warnings = [*dict.fromkeys([*trade.warnings, *warned]), *_assumed(assumed, duration, iceberg)]
    warnings += unlinked(base, trade, uses)
    everything = not product.strip() and travelling(world) is None
    if (border_measures.strip() or border_days) and everything and len(trade.products) > 1:
        warnings.append(
            say(
                "measures and days were taken to hold for all {count:,} products; services wait at "
                "no border, so name the goods with `product` if there are any",
                count=len(trade.products),
            )
        )
    changes = changed_links(trade, told, saved)
    warnings += unknown(whole, told.now)
    return Facilitation(
        run=Run(analysis="facilitation", options={}, world="", warnings=tuple(warnings)),
        regions=by_region(trade, saved),
        products=by_product(trade, saved, told.values),
        measures=measure_rows(rows),
        changes=changes,
        links=link_rows(then),
        effects=table,
        basis=totals(trade, saved, len(changes), assumed, day_value),
    )


def facilitated(
    world: World, scenario: Scenario | None = None, *, border_measures: str = "",
    border_days: float = 0.0,
    at: str = "", partner: str = "", product: str = "", duration: float | None = None,
    iceberg: float | None = None, day: float = 0.0,
) -> World:  # fmt: skip
    """Return the world with links as `facilitation` finds them, for the next question.

    Parameters
    ----------
    world, scenario, border_measures, border_days, at, partner, product, duration, iceberg, day
        As in `facilitation`.

    Raises
    ------
    OptionError, ScenarioError, MissingDataError
        As in `facilitation`.

    Examples
    --------
    >>> from catenary.testing import two_regions
    >>> quicker = facilitated(two_regions(), border_days=1, at="AAA", duration=20)
    >>> quicker.table("links")["duration"].tolist()
    [19.0, 19.0]
    """
    asked = _asked(
        world,
        scenario,
        border_measures=border_measures,
        border_days=border_days,
        at=at,
        partner=partner,
        product=product,
    )
    whole = Scenario("facilitation", tuple(change for one in asked for change in one.changes))
    base, _ = based(world, whole, duration=duration, iceberg=iceberg)
    return world.with_(links=eased(base, whole, day).part("links"))


def _asked(world: World, scenario: Scenario | None, **named: Any) -> list[Measure]:
    """Return everything that is asked for, each with its changes."""
    if scenario is None and not named["border_measures"].strip() and not named["border_days"]:
        raise OptionError(
            "nothing is asked for",
            hint="give border_days, border_measures ("
            f"{', '.join(dict.fromkeys(measures_of(world)['measure']))}) or a scenario of "
            "links.duration, links.iceberg or links.rent",
        )
    asked = border_scenario(world, **named)
    if scenario is not None:
        asked.append(
            Measure(
                name=scenario.name,
                title=scenario.title or scenario.name,
                changes=scenario.changes,
                sources=tuple(dict(one) for one in scenario.sources),
            )
        )
    return asked


def _sources(asked: Sequence[Measure]) -> tuple[dict[str, Any], ...]:
    """Return the sources of all measures, each once."""
    return tuple({str(row.get("id")): row for one in asked for row in one.sources}.values())


def _assumed(count: int, duration: float | None, iceberg: float | None) -> list[str]:
    """Say what was assumed of links that the world says nothing of."""
    if not count:
        return []
    if iceberg is None:
        return [
            say(
                "{count:,} links of which the world says nothing were taken to need {days:g} days",
                count=count,
                days=duration or 0.0,
            )
        ]
    return [
        say(
            "{count:,} links of which the world says nothing were taken to need {days:g} days and "
            "to cost {cost:.1%}",
            count=count,
            days=duration or 0.0,
            cost=iceberg,
        )
    ]
