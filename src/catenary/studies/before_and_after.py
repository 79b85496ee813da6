"""Whether the world that other barriers make is hit harder by the same shock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import numpy as np
import pandas as pd

from catenary.disruption import stress
from catenary.errors import OptionError, listed
from catenary.languages import joined, recognised, say
from catenary.model import Result, Run, Scenario, World
from catenary.model.analysis import Days, Number, Share, analysis
from catenary.trade.deliveries import worlds_of
from catenary.trade.emissions import told_of_spread
from catenary.trade.solving import Question, solved

if TYPE_CHECKING:
    from catenary.disruption import Stress

__all__ = ["Resilience", "resilience"]

_NOTICED: Final = 1e-3  # days of own output
_TOLD: Final = 3


@dataclass(frozen=True, kw_only=True, eq=False)
class Resilience(Result):
    """One shock, run through the world as it is and as other barriers make it."""

    figures_of_stress: pd.DataFrame
    """The few numbers that tell the shock, in both worlds."""
    regions: pd.DataFrame
    """What each region loses to the shock in both worlds, and gains by the barriers."""
    products: pd.DataFrame
    """What is lost of each product in both worlds."""
    path: pd.DataFrame
    """World output by day in both worlds."""
    basis: pd.DataFrame
    """What was asked: one row."""

    def figures(self) -> pd.DataFrame:
        """Return days of world output lost in both worlds."""
        kept = ["world"] if "world" in self.basis else []
        rows = [
            self.basis.assign(figure=say("{name}, {side}", name=said, side=told), unit="day",
                              value=self.basis[column])
            for column, said, told in (
                ("lost_before", say("world output lost"), say("barriers as they are")),
                ("lost", say("world output lost"), say("other barriers")),
            )
        ]  # fmt: skip
        return pd.concat(rows, ignore_index=True)[["figure", "unit", "value", *kept]]

    def summary(self) -> str:
        """Return whether the shock does more or less harm, and to whom."""
        if "world" not in self.basis:
            return joined(_told(self.tables), "\n")
        lines = []
        for label in dict.fromkeys(self.basis["world"]):
            tables = {name: t.loc[t["world"] == label] for name, t in self.tables.items()}
            lines.append(say("{label}: {text}", label=str(label), text=joined(_told(tables), " ")))
        return joined(lines, "\n")


def _told(tables: dict[str, pd.DataFrame]) -> list[str]:
    basis, regions = tables["basis"].iloc[0], tables["regions"]
    change = regions["loss_days"] - regions["loss_days_before"]
    lines: list[str] = [
        say(
            "The shock costs {after:.3g} days of world output where barriers are changed, "
            "{before:.3g} where they are as they are.",
            after=basis["lost"], before=basis["lost_before"],
        )
    ]  # fmt: skip
    names = regions["region"].astype("str").set_axis(regions.index)
    for told, moved in (
        (say("Hit harder, days of own output"), change[change > _NOTICED].nlargest(_TOLD)),
        (say("Hit less, days of own output"), change[change < -_NOTICED].nsmallest(_TOLD)),
    ):
        each = [
            say("{region} {change:+.2g}", region=name, change=value)
            for name, value in zip(names.loc[moved.index], moved, strict=True)
        ]
        if each:
            lines.append(say("{label}: {text}.", label=told, text=joined(each, say(", "))))
    gains = regions[(regions["real_income"] > 0) & (change > _NOTICED)]
    if len(gains):
        lines.append(
            say(
                "{count:,} regions gain real income by the change of barriers and are hit harder: "
                "{names}.",
                count=len(gains), names=listed(gains["region"].astype(str), most=5),
            )
        )  # fmt: skip
    return lines


@analysis("strengthen")
def resilience(
    world: World,
    *,
    scenario: Scenario,
    measures: Scenario | None = None,
    deficits: Literal["fixed", "zero", "share", "proportional"] = "fixed",
    uses: Literal["together", "apart"] = "together",
    elasticity: Annotated[float, Number("elasticity", 0)] | None = None,
    day_value: Annotated[float, Number("share/day", 0, 1)] | None = None,
    capital_share: Share | None = None,
    day: Days = 0,
    days: Annotated[int, Number("day", 1, 36_500)] = 365,
    stock_days: Annotated[float, Number("day", 0, 3650)] = 90,
    psi: Share = 0.8,
    criticality: Literal["stated", "leontief", "linear"] = "stated",
) -> Resilience:
    """Run a shock through a world before and after its barriers change.

    The measures are barriers that change for good: `counterfactual` finds the equilibrium that
    follows, and its flows become a table of who delivers what to whom, whose accounts close. The
    same shock then runs through both tables (`stress`), so that what is gained by trade stands
    beside what is risked or saved.

    Parameters
    ----------
    world
        As for `counterfactual`, with output of producers as for `stress`.
    scenario
        The shock, as for `stress`.
    measures
        What changes barriers, as the scenario of `counterfactual`.
    deficits
        What holds of trade deficits: fixed, zero, share or proportional, as for `counterfactual`.
    uses
        together: inputs and final goods have the same sellers and barriers; apart: each its own.
    elasticity
        Trade elasticity of products that the table `elasticities` does not name.
    day_value
        Share of the value of goods that a day on the way costs; needed if durations change.
    capital_share
        Share of value added that capital earns; needed if capital changes.
    day
        Day of the measures that is looked at.
    days
        Days to run.
    stock_days
        Days of stock of inputs for which the world says nothing.
    psi
        Share of the target stock below which buyers cut production.
    criticality
        What a short input stops: stated, leontief or linear, as for `stress`.

    Returns
    -------
    Resilience
        Losses before and after by region, product and day.

    Raises
    ------
    OptionError
        If there are no measures.
    ScenarioError
        If the measures change no flow at all.
    CatenaryError
        As for `counterfactual` and `stress`.

    Examples
    --------
    >>> import catenary
    >>> from catenary.testing import trading_world
    >>> free = catenary.Scenario("free", (catenary.Change(target="links.tariff", set=0.0),))
    >>> quake = catenary.Scenario("quake", (catenary.Change(
    ...     target="producers.capacity", where={"region": "R0"}, multiply=0.5, days=30),))
    >>> found = catenary.resilience(trading_world(), scenario=quake, measures=free, days=60)
    >>> len(found.regions), bool((found.basis["lost"] > 0).all())
    (4, True)
    """
    if measures is None:
        raise OptionError(
            "nothing says how barriers change",
            hint="give measures, a scenario such as links.tariff set to 0",
        )
    question = Question(
        scenario=measures, deficits=deficits, uses=2 if uses == "apart" else 1,
        elasticity=elasticity, day_value=day_value, capital_share=capital_share, day=day,
        must_change=True,
    )  # fmt: skip
    found = solved(world, question)
    before, after, spread = worlds_of(world, found, measures, day)
    options: dict[str, Any] = {
        "scenario": scenario, "days": days, "stock_days": stock_days, "psi": psi,
        "criticality": criticality,
    }  # fmt: skip
    one, two = stress(before, **options), stress(after, **options)
    income = pd.Series(found.after.real_income[0] - 1, index=found.flows.regions)
    lost = [float((1 - side.checks["output"]).sum()) for side in (one, two)]
    basis = {"deficits": [deficits], "uses": [uses], "lost_before": [lost[0]], "lost": [lost[1]]}
    return Resilience(
        run=Run(
            analysis="resilience", options={}, world="",
            warnings=(*found.warnings, *told_of_spread(spread), *_warnings(one, two, world)),
        ),
        figures_of_stress=_figures(one, two),
        regions=_losses(one, two, "region", income),
        products=_losses(one, two, "product"),
        path=pd.DataFrame(
            {"day": one.checks["day"], "before": one.checks["output"],
             "after": two.checks["output"]}
        ),
        basis=pd.DataFrame(basis),
    )  # fmt: skip


def _figures(one: Stress, two: Stress) -> pd.DataFrame:
    frame = one.figures().rename(columns={"value": "before"})
    return frame.assign(after=two.figures()["value"].to_numpy())


def _losses(
    one: Stress, two: Stress, key: str, income: pd.Series | None = None
) -> pd.DataFrame:  # fmt: skip
    """Return days of own output lost by region or product, in both worlds."""
    sums = [
        side.losses.groupby(side.losses[key].astype("str"))[["loss", "baseline"]].sum()
        for side in (one, two)
    ]
    days = [s["loss"] / s["baseline"].where(s["baseline"] > 0) for s in sums]
    frame = pd.DataFrame({"loss_days_before": days[0], "loss_days": days[1]}).fillna(0.0)
    frame["change"] = frame["loss_days"] - frame["loss_days_before"]
    if income is not None:
        frame["real_income"] = income.reindex(frame.index).to_numpy(np.float64)
    frame = frame.sort_values("change", ascending=False, kind="stable")
    return frame.rename_axis(key).reset_index()


def _warnings(one: Stress, two: Stress, world: World) -> list[str]:
    """Return what stress warns of in both worlds, and in one of them."""
    both = [
        text for text in one.run.warnings if text in two.run.warnings and text not in world.warnings
    ]
    told: list[str] = list(both)
    for side, label in ((one, say("barriers as they are")), (two, say("other barriers"))):
        told += [
            say("{label}: {text}", label=label, text=recognised(text))
            for text in side.run.warnings
            if text not in both and text not in world.warnings
        ]
    return told
