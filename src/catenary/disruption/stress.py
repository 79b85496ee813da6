"""What breaks, when, where and for how long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final, Literal, cast

import numpy as np
import pandas as pd

from catenary.disruption.layout import FinalDemand, Layout, layout_of
from catenary.disruption.telling import headline
from catenary.errors import OptionError, ScenarioError
from catenary.maths import inventory
from catenary.model import Result, Run, Scenario, World
from catenary.model.analysis import Days, Number, Share, analysis
from catenary.model.balance import require_balance
from catenary.model.progress import advance

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.model.timeline import Timeline

    Array = NDArray[np.float64]

__all__ = ["NOTICEABLE", "Stress", "stress"]

NOTICEABLE: Final = 1e-3
"""Share of normal output below which a loss is not called one."""

_MOST_ROWS: Final = 5_000_000
_COLLAPSED: Final = 0.5  # of normal world output
_SOUND: Final = 1e-9
_UNDERSTOOD: Final = {"producers.capacity", "producers.capital", "demand.quantity", "final"}


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

    def summary(self) -> str:
        """Return what breaks, when, where and for how long, in a few lines."""
        return headline(self)


@analysis("stress")
def stress(
    world: World,
    *,
    scenario: Scenario,
    days: Annotated[int, Number("day", 1, 36_500)] = 365,
    stock_days: Annotated[float, Number("day", 0, 3650)] = 90,
    psi: Share = 0.8,
    restoration_days: Annotated[float, Number("day", 1, 3650)] = 60,
    overproduction: Annotated[float, Number("times capacity", 1, 10)] = 1.25,
    overproduction_days: Annotated[float, Number("day", 1, 36_500)] = 365,
    orders: Literal["alt", "classic"] = "alt",
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
        What happens. Changes of `producers.capacity` and `producers.capital` are losses; the
        larger of the two holds. `demand.quantity` and `final` change final demand.
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
    require_balance(world)
    timeline = scenario.compile(world)
    layout = layout_of(world, stock_days=stock_days)
    for target in sorted(timeline.targets - _UNDERSTOOD):
        raise ScenarioError(
            f"scenario {scenario.name!r} changes {target}, which stress does not read",
            hint=f"it reads {', '.join(sorted(_UNDERSTOOD))}",
        )
    final, disturbance = _disturbance(world, layout, timeline, days)
    path = inventory.simulate(
        layout.network,
        inventory.Parameters(
            psi=psi,
            restoration_days=restoration_days,
            overproduction=overproduction,
            overproduction_days=overproduction_days,
            adaptive_orders=orders == "alt",
        ),
        days,
        disturbance,
        on_day=lambda day: advance("days", day, days),
    )
    advance("days", days, days)
    baseline, output = path.baseline, path.output
    checks = _checks(path)
    return Stress(
        run=Run(
            analysis="stress",
            options={},
            world="",
            warnings=(*layout.warnings, *_verdict(world, layout, path, timeline, checks)),
        ),
        output=_output(world, layout, output, baseline),
        losses=_losses(world, layout, path),
        shortages=_shortages(world, layout, path),
        products=_products(world, layout, path),
        demand=_demand(world, layout, path, final, days),
        checks=checks,
    )


def _disturbance(
    world: World, layout: Layout, timeline: Timeline, days: int
) -> tuple[dict[int, FinalDemand], inventory.Disturbance]:
    """Turn a timeline into losses by day and final demand on the days it changes."""
    when = np.arange(days, dtype=float)
    by_capacity = timeline.losses(world, "producers.capacity", when)
    by_capital = timeline.losses(world, "producers.capital", when)
    affected = np.union1d(by_capacity.producers, by_capital.producers)
    losses = np.full((2, days, len(affected)), -np.inf)
    for row, loss in enumerate((by_capacity, by_capital)):
        losses[row][:, np.searchsorted(affected, loss.producers)] = loss.by_day
    total = losses.max(axis=0)
    if (total > 1 + 1e-9).any():  # pragma: no cover - the timeline has refused it before
        raise OptionError("losses exceed 100 %")
    final = {0: layout.final}
    steps = [s for t in ("demand.quantity", "final") for s in timeline.on(t)]
    if steps:
        strength = np.stack([step.change.strength(when) for step in steps])
        before = np.hstack([np.zeros((len(steps), 1)), strength[:, :-1]])
        for day in np.flatnonzero((strength != before).any(axis=0)):
            final[int(day)] = layout.final_on(world, timeline, int(day))
    shape = layout.network.final.shape
    changed = {}
    for day, demand in final.items():
        if demand is not layout.final or day > 0:
            changed[day] = demand.by_producer(*shape)
            changed[day][:, 0] += layout.extra_final
    return final, inventory.Disturbance(
        producers=layout.places[affected], losses=np.minimum(total, 1.0), final=changed
    )


def _lowest(output: Array, baseline: Array) -> dict[str, NDArray[np.generic]]:
    """Return per column when output first fell, how deep, and when it was back for good."""
    days = len(output)
    with np.errstate(divide="ignore", invalid="ignore"):
        loss = np.where(baseline > 0, 1.0 - output / baseline, 0.0)
    hit = loss > NOTICEABLE
    any_hit = hit.any(axis=0)
    first = np.where(any_hit, hit.argmax(axis=0), -1)
    last = np.where(any_hit, days - 1 - hit[::-1].argmax(axis=0), -1)
    deepest = loss.max(axis=0, initial=0.0)
    back = np.where(any_hit & (last + 1 < days), last + 1, -1)
    return {
        "first_day": first,
        "deepest": np.where(any_hit, deepest, 0.0),
        "deepest_day": np.where(any_hit, loss.argmax(axis=0), -1),
        "recovered_day": back,
    }


def _day_column(values: NDArray[np.generic]) -> pd.arrays.IntegerArray:
    """Return days as whole numbers; -1 is blank."""
    numbers = np.asarray(values, dtype=np.int32)
    return pd.arrays.IntegerArray(numbers, numbers < 0)


def _named(codes: NDArray[np.integer], labels: pd.Index) -> pd.Categorical:
    return pd.Categorical.from_codes(codes, categories=labels)


def _output(world: World, layout: Layout, output: Array, baseline: Array) -> pd.DataFrame:
    producers = world.part("producers")
    products = len(world.ids("products"))
    pair = producers.codes("region").astype(np.int64) * products + producers.codes("product")
    pairs, group = np.unique(pair[layout.producers], return_inverse=True)
    days = len(output)
    if days * len(pairs) > _MOST_ROWS:
        raise OptionError(
            f"{days} days of {len(pairs):,} region-product pairs are more than {_MOST_ROWS:,} rows",
            hint=f"run at most {_MOST_ROWS // len(pairs)} days",
        )
    if len(pairs) < output.shape[1]:
        sums = np.zeros((days, len(pairs)))
        np.add.at(sums.T, group, output.T)
        normal = np.bincount(group, baseline, len(pairs))
    else:
        order = np.argsort(group)
        sums, normal = output[:, order], baseline[order]
    return pd.DataFrame(
        {
            "day": np.repeat(np.arange(days, dtype=np.int32), len(pairs)),
            "region": _named(np.tile(pairs // products, days), world.ids("regions")),
            "product": _named(np.tile(pairs % products, days), world.ids("products")),
            "output": sums.ravel(),
            "baseline": np.tile(normal, days),
        },
        copy=False,
    )


def _losses(world: World, layout: Layout, path: inventory.Path) -> pd.DataFrame:
    producers = world.part("producers")
    lowest = _lowest(path.output, path.baseline)
    loss = (path.baseline - path.output).sum(axis=0)
    loss[np.abs(loss) < 1e-9 * path.baseline] = 0.0
    day = cast("NDArray[np.intp]", np.maximum(lowest["deepest_day"], 0))
    limit = path.limit[day, np.arange(len(loss))].astype(int)
    names = pd.Index(["demand", "capacity", *world.ids("products").astype(str)])
    held = np.where(lowest["first_day"] >= 0, limit + 2, -1)
    rows = layout.producers
    frame = pd.DataFrame(
        {
            "producer": producers.index[rows],
            "region": _named(producers.codes("region")[rows], world.ids("regions")),
            "product": _named(producers.codes("product")[rows], world.ids("products")),
            "baseline": path.baseline,
            "loss": loss,
            "loss_days": np.divide(
                loss, path.baseline, out=np.zeros_like(loss), where=path.baseline > 0
            ),
            "first_day": _day_column(lowest["first_day"]),
            "deepest": lowest["deepest"],
            "deepest_day": _day_column(lowest["deepest_day"]),
            "recovered_day": _day_column(lowest["recovered_day"]),
            "limited_by": _named(held, names),
        }
    )
    return frame.sort_values(
        ["loss_days", "loss", "producer"], ascending=[False, False, True], ignore_index=True
    )


def _products(world: World, layout: Layout, path: inventory.Path) -> pd.DataFrame:
    start = layout.network.start
    made = np.flatnonzero(np.diff(start))
    output = np.add.reduceat(path.output, start[made], axis=1)
    baseline = np.add.reduceat(path.baseline, start[made])
    loss = (baseline - output).sum(axis=0)
    loss[np.abs(loss) < 1e-9 * baseline] = 0.0
    lowest = _lowest(output, baseline)
    frame = pd.DataFrame(
        {
            "product": _named(made, world.ids("products")),
            "baseline": baseline,
            "loss": loss,
            "loss_days": np.divide(loss, baseline, out=np.zeros_like(loss), where=baseline > 0),
            "first_day": _day_column(lowest["first_day"]),
            "deepest": lowest["deepest"],
            "deepest_day": _day_column(lowest["deepest_day"]),
            "recovered_day": _day_column(lowest["recovered_day"]),
        }
    )
    return frame.sort_values("loss_days", ascending=False, kind="stable", ignore_index=True)


def _shortages(world: World, layout: Layout, path: inventory.Path) -> pd.DataFrame:
    network = layout.network
    slot = np.flatnonzero(path.short_days > 0)
    rows = layout.producers[network.slot_buyer[slot]]
    frame = pd.DataFrame(
        {
            "producer": world.ids("producers")[rows],
            "input": _named(network.slot_product[slot], world.ids("products")),
            "first_day": _day_column(path.first_day[slot]),
            "last_day": _day_column(path.last_day[slot]),
            "days": path.short_days[slot].astype(np.int64),
            "least": path.least[slot],
        }
    )
    return frame.sort_values(
        ["first_day", "days", "producer"], ascending=[True, False, True], ignore_index=True
    )


def _demand(
    world: World, layout: Layout, path: inventory.Path, final: dict[int, FinalDemand], days: int
) -> pd.DataFrame:
    products = len(world.ids("products"))
    producer_product = layout.network.product
    size = len(world.ids("regions")) * products
    asked, unmet = np.zeros(size), np.zeros(size)
    starts = [first for first, _ in path.unmet]
    for (first, share), last in zip(path.unmet, [*starts[1:], days], strict=True):
        demand = final.get(first, layout.final)
        pair = demand.region * products + producer_product[demand.supplier]
        asked += np.bincount(pair, demand.quantity, size) * (last - first)
        missed = demand.quantity * share[demand.supplier, demand.group]
        unmet += np.bincount(pair, missed, size)
    pairs = np.flatnonzero(asked > 0)
    unmet = np.where(unmet < 1e-9 * np.maximum(asked, 1e-300), 0.0, unmet)
    frame = pd.DataFrame(
        {
            "region": _named(pairs // products, world.ids("regions")),
            "product": _named(pairs % products, world.ids("products")),
            "demand": asked[pairs],
            "unmet": unmet[pairs],
        }
    )
    return frame.sort_values("unmet", ascending=False, kind="stable", ignore_index=True)


def _checks(path: inventory.Path) -> pd.DataFrame:
    total = path.baseline.sum()
    return pd.DataFrame(
        {
            "day": np.arange(len(path.output), dtype=np.int32),
            "output": path.output.sum(axis=1) / (total if total > 0 else 1.0),
            "leak": path.leak,
        }
    )


def _verdict(
    world: World, layout: Layout, path: inventory.Path, timeline: Timeline, checks: pd.DataFrame
) -> list[str]:
    """Return what a reader must know before trusting the run."""
    warnings = []
    if not np.isfinite(path.output).all() or (path.output < 0).any():  # pragma: no cover
        warnings.append("output is negative or not a number on some day: do not use this run")
    leak = float(checks["leak"].max())
    if leak > _SOUND:
        warnings.append(f"goods are not conserved: {leak:.1e} of a product's output on one day")
    share = checks["output"]
    if (share < _COLLAPSED).any():
        day = int((share < _COLLAPSED).to_numpy().argmax())
        warnings.append(
            f"collapse: world output falls below half of normal on day {day} and is "
            f"{share.iloc[-1]:.1%} of normal on the last; such paths say that the chain breaks, "
            "not by how much"
        )
    elif (
        timeline.last_day < len(share) - 30
        and share.iloc[-1] < 1 - NOTICEABLE
        and share.iloc[-1] < share.iloc[-30] - 1e-6
    ):
        warnings.append(
            f"output still falls {len(share) - timeline.last_day:.0f} days after the scenario is "
            f"over ({share.iloc[-1]:.2%} of normal on the last day): run more days"
        )
    return warnings
