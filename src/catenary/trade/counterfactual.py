"""What trade, prices and incomes become when barriers change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
import pandas as pd

from catenary.languages import joined, say
from catenary.maths.equilibrium_effects import first_order
from catenary.model import Result, Run, Scenario, World
from catenary.model.analysis import Days, Number, Share, analysis
from catenary.trade.solving import Question, Solved, solved

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.maths.equilibrium import Equilibrium

    Array = NDArray[np.float64]

__all__ = ["Counterfactual", "counterfactual"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Counterfactual(Result):
    """Two equilibria of the same world, with and without a scenario."""

    regions: pd.DataFrame
    """Real income and what it comes from, largest gain first."""
    products: pd.DataFrame
    """Output and prices of every product in every region."""
    flows: pd.DataFrame
    """Deliveries from region to region, and what is levied on them."""
    basis: pd.DataFrame
    """How it was solved: one row."""

    def figures(self) -> pd.DataFrame:
        """Return the change of world trade and the largest gain and loss of real income."""
        parts = []
        for label, one in self._each():
            trade, gain, loss = _headline(one)
            rows = [
                ("trade between regions", "share", trade),
                ("real income, most", "share", gain["real_income"]),
                ("real income, least", "share", loss["real_income"]),
            ]
            frame = pd.DataFrame(rows, columns=["figure", "unit", "value"])
            parts.append(frame.assign(world=label) if label else frame)
        return pd.concat(parts, ignore_index=True)

    def summary(self) -> str:
        """Return who gains most, who loses most, and how trade changes."""
        lines = []
        for label, one in self._each():
            trade, gain, loss = _headline(one)
            line = say(
                "Trade between regions changes by {trade:+.2%}, real income by {lost:+.3%} "
                "({loss}) to {gained:+.3%} ({gain}). Deficits: {deficits}.",
                trade=trade,
                gain=str(gain["region"]),
                gained=gain["real_income"],
                loss=str(loss["region"]),
                lost=loss["real_income"],
                deficits=_TOLD[str(one["basis"]["deficits"].iloc[0])],
            )
            lines.append(say("{label}: {text}", label=label, text=line) if label else line)
        return joined(lines, "\n")

    def _each(self) -> list[tuple[str, dict[str, pd.DataFrame]]]:
        """Return the tables, by world if there are several."""
        if "world" not in self.regions:
            return [("", self.tables)]
        labels = dict.fromkeys(self.regions["world"])
        return [
            (str(label), {n: t.loc[t["world"] == label] for n, t in self.tables.items()})
            for label in labels
        ]


_TOLD = {
    "fixed": say("as they are in the table"),
    "zero": say("none"),
    "share": say("the same share of the world's income as in the table"),
    "proportional": say("in proportion to income"),
}


def _headline(tables: dict[str, pd.DataFrame]) -> tuple[float, pd.Series, pd.Series]:
    """Return the change of trade, and the regions with the largest and the smallest change."""
    regions, flows = tables["regions"], tables["flows"]
    across = flows[flows["origin"].astype("str") != flows["destination"].astype("str")]
    trade = across["after"].sum() / max(across["before"].sum(), 1e-300) - 1
    order = regions["real_income"].to_numpy()
    return float(trade), regions.iloc[int(order.argmax())], regions.iloc[int(order.argmin())]


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

    Returns
    -------
    Counterfactual
        Changes by region, product and flow; money is in the unit of the world's flows, at an
        unchanged value added of the world.

    Raises
    ------
    ScenarioError
        If the scenario changes what has no meaning here.
    OptionError
        If a value that the scenario needs is not given.
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
    )
    found = solved(world, question)
    basis = {
        "deficits": [deficits],
        "uses": [uses],
        "unit": [found.flows.unit],
        "value_added": [found.money],
        "iterations": [found.before.iterations + found.after.iterations],
        "residual": [max(found.before.residual[0], found.after.residual[0])],
        "walras": [max(found.before.walras[0], found.after.walras[0])],
    }
    return Counterfactual(
        run=Run(analysis="counterfactual", options={}, world="", warnings=found.warnings),
        regions=_regions(found),
        products=_products(found),
        flows=_flows(found),
        basis=pd.DataFrame(basis),
    )


def _regions(found: Solved) -> pd.DataFrame:
    before, after, money = found.before, found.after, found.money
    linear = first_order(after)
    levied = [_levied(side, wedges) for side, wedges in _sides(found)]
    traded = [_exports_imports(side.flows[0]) for side in (before, after)]
    frame = pd.DataFrame(
        {
            "region": found.flows.regions,
            "real_income": after.real_income[0] - 1,
            "first_order": linear.total[0],
            "terms_of_trade": linear.terms_of_trade[0],
            "volume": linear.volume[0],
            "resources": linear.resources[0],
            "real_wage": after.real_wage[0] - 1,
            "wage": after.wage[0] - 1,
            "price": after.consumer_price[0] - 1,
            "income_before": before.income[0] * money,
            "income": after.income[0] * money,
            "tariffs_before": levied[0][0] * money,
            "tariffs": levied[1][0] * money,
            "rents_before": levied[0][1] * money,
            "rents": levied[1][1] * money,
            "exports_before": traded[0][0] * money,
            "exports": traded[1][0] * money,
            "imports_before": traded[0][1] * money,
            "imports": traded[1][1] * money,
            "deficit": after.deficit[0] * money,
        }
    )
    return frame.sort_values("real_income", ascending=False, kind="stable", ignore_index=True)


def _sides(found: Solved) -> list[tuple[Equilibrium, tuple[Array, Array]]]:
    """Return each equilibrium with its tariffs and rents."""
    now, then = found.wedges
    return [(found.before, (now.tariff, now.rent)), (found.after, (then.tariff, then.rent))]


def _levied(side: Equilibrium, wedges: tuple[Array, Array]) -> tuple[Array, Array]:
    """Return tariffs and rents of each region."""
    paid = side.flows[0]
    tariffs, rents = ((paid * share).sum(axis=(0, 1, 3)) for share in wedges)
    return tariffs, rents


def _exports_imports(flows: Array) -> tuple[Array, Array]:
    """Return what each region sells to others and buys of them."""
    across = flows.sum(axis=(0, 1))
    np.fill_diagonal(across, 0.0)
    return across.sum(axis=0), across.sum(axis=1)


def _products(found: Solved) -> pd.DataFrame:
    before, after = found.before, found.after
    made, kinds = before.output[0], found.flows.products
    product, region = np.nonzero((made > 0) | (after.spending[0].sum(axis=0) > 0))
    return pd.DataFrame(
        {
            "region": pd.Categorical.from_codes(region, categories=found.flows.regions),
            "product": pd.Categorical.from_codes(product, categories=kinds),
            "before": made[product, region] * found.money,
            "after": after.output[0][product, region] * found.money,
            "cost": after.cost[0][product, region] - 1,
            "price_inputs": after.price[0, 0][product, region] - 1,
            "price_final": after.price[0, -1][product, region] - 1,
        }
    )


def _flows(found: Solved) -> pd.DataFrame:
    (before, old), (after, new) = _sides(found)
    was, now = before.flows[0], after.flows[0]
    total = was.sum(axis=0)
    product, buyer, seller = np.nonzero(total > 0)
    regions, place = found.flows.regions, (product, buyer, seller)
    return pd.DataFrame(
        {
            "origin": pd.Categorical.from_codes(seller, categories=regions),
            "destination": pd.Categorical.from_codes(buyer, categories=regions),
            "product": pd.Categorical.from_codes(product, categories=found.flows.products),
            "before": total[place] * found.money,
            "after": now.sum(axis=0)[place] * found.money,
            "levied_before": (was * (old[0] + old[1])).sum(axis=0)[place] * found.money,
            "levied": (now * (new[0] + new[1])).sum(axis=0)[place] * found.money,
        }
    )
