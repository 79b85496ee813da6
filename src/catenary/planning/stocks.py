"""What to keep in stock along a chain, so that customers are served while somebody stands still."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final

import numpy as np
import pandas as pd

from catenary.errors import DataError
from catenary.languages import joined, say
from catenary.maths.guaranteed import guaranteed
from catenary.maths.survival import impacts, survival, targets
from catenary.model import Result, Run, Scenario, World
from catenary.model.analysis import Days, Number, analysis
from catenary.planning.defaults import HOLDING
from catenary.planning.networks import Network

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from catenary.maths.guaranteed import Chain, Promises

    Array = NDArray[np.float64]

__all__ = ["Stocks", "stocks"]

_COLUMNS: Final = 3_000_000
"""Most columns of the programme of targets: producers at risk times producers and links."""
_HAIR: Final = 1e-6
_NAMED: Final = 3


@dataclass(frozen=True, kw_only=True, eq=False)
class Stocks(Result):
    """Targets for stocks."""

    plan: pd.DataFrame
    """How many producers are at risk, and what the targets cost."""
    survival: pd.DataFrame
    """Every producer: how long customers are served without it, shortest first."""
    targets: pd.DataFrame
    """What to add to which stock so that nobody is at risk, dearest first."""
    stages: pd.DataFrame
    """Base stock of every stage against uneven demand, and the days that it promises."""

    def figures(self) -> pd.DataFrame:
        """Return how many are at risk, the shortest survival, and what targets cost."""
        parts = []
        for label, plan, lasting in self._each():
            shortest = lasting["survive"].min() if len(lasting) else np.nan
            rows = [
                ("producers at risk", "number", plan["at_risk"]),
                ("shortest survival", "day", shortest),
                ("additional stock", "USD", plan["cost"]),
                ("keeping it", "USD/year", plan["holding"]),
                ("keeping safety stock", "USD/year", plan["safety"]),
            ]
            frame = pd.DataFrame(rows, columns=["figure", "unit", "value"])
            parts.append(frame.assign(world=label) if label else frame)
        return pd.concat(parts, ignore_index=True)

    def summary(self) -> str:
        """Return who is at risk and what that takes."""
        lines = []
        for label, plan, lasting in self._each():
            text = joined(_sentences(plan, lasting), " ")
            lines.append(say("{label}: {text}", label=label, text=text) if label else text)
        return joined(lines, "\n")

    def _each(self) -> Iterator[tuple[str, pd.Series, pd.DataFrame]]:
        for _, plan in self.plan.iterrows():
            label = str(plan["world"]) if "world" in plan else ""
            mine = self.survival[self.survival["world"] == label] if label else self.survival
            yield label, plan, mine


def _sentences(plan: pd.Series, lasting: pd.DataFrame) -> Iterator[str]:
    risky = lasting[lasting["at_risk"]]
    if not len(risky):
        yield say(
            "Customers are served while any one of {count:,} producers recovers.",
            count=int(plan["producers"]),
        )
        return
    names = [
        say("{producer} ({days:,.3g} days)", producer=str(row.producer), days=float(row.survive))  # type: ignore[arg-type]
        for row in risky.head(_NAMED).itertuples()
    ]
    yield say(
        "{risky:,} of {count:,} producers recover later than customers can be served without "
        "them: first {names}.",
        risky=int(plan["at_risk"]),
        count=int(plan["producers"]),
        names=joined(names, say(", ")),
    )
    yield say(
        "Stock for {cost:,.4g} USD, kept for {holding:,.4g} USD a year, closes all gaps.",
        cost=plan["cost"],
        holding=plan["holding"],
    )


@analysis("strengthen")
def stocks(
    world: World,
    *,
    product: str = "",
    recovery_days: Annotated[float, Number("day", 0, 3650)] = 30.0,
    stock_days: Days = 0.0,
    holding: Annotated[float, Number("share/year", 0, 100)] = HOLDING,
    service: Annotated[float, Number("day", 0, 1000)] = 0.0,
    process: Annotated[float, Number("day", 0, 1000)] = 1.0,
    variation: Annotated[float, Number("share", 0, 100)] = 0.3,
    level: Annotated[float, Number("share", 0.5, 0.999999)] = 0.95,
    scenario: Scenario | None = None,
    seconds: Annotated[float, Number("s", 0.01, 1e6)] = 600.0,
) -> Stocks:
    """Say what to keep in stock so that customers are served while any one producer stands still.

    Time to survive is how long all final demand is met without a producer, if everybody else uses
    capacity and stock as well as possible (a linear programme). Where its recovery takes longer,
    the cheapest additional stocks that close all gaps at once are found. Against uneven demand,
    base stocks follow the guaranteed-service model: every stage promises a time and keeps it.

    Parameters
    ----------
    world
        Has `producers`, `supplies` and `demand`; `stocks`, `producers.recovery_days` and
        `products.process_days` where they are known.
    product
        Product or group, with all that it is made of; blank = everything.
    recovery_days
        Days until a producer runs again, where the world does not say.
    stock_days
        Days of use in stock, where the world does not say.
    holding
        What keeping goods for a year costs, as a share of their price.
    service
        Days in which customers are served.
    process
        Days that making a product takes, where the world does not say. The default is an
        assumption: a day.
    variation
        Standard deviation of a day's final demand over its mean. The default is an assumption.
    level
        Share of days on which demand stays within the bound that safety stock covers.
    scenario
        What has happened or been done already: changes of stocks, capacity or supplies.
    seconds
        How long to look for service times where the chain is no tree.

    Returns
    -------
    Stocks
        Survival of each producer, targets, base stocks.

    Raises
    ------
    MissingDataError
        If there are no supplies or no demand.
    DataError
        If so many producers are at risk that the programme of targets would be too large.

    References
    ----------
    Simchi-Levi, D. et al. (2015), Identifying risks and mitigating disruptions in the automotive
    supply chain. Interfaces 45(5), 375-390; Graves, S. C. & Willems, S. P. (2000), Optimizing
    strategic safety stock placement in supply chains. Manufacturing & Service Operations
    Management 2(1), 68-83.

    Examples
    --------
    >>> import catenary
    >>> from catenary.testing import serial_chain
    >>> found = catenary.stocks(serial_chain(3, stock_days=10), recovery_days=30)
    >>> found.survival[["producer", "survive"]].to_numpy().tolist()
    [['AAA.s2', 0.0], ['AAA.s1', 10.0], ['AAA.s0', 20.0]]
    """
    now = world if scenario is None else scenario.apply(world)
    network = Network.of(now, product, stock_days=stock_days)
    recover = now.part("producers").numbers("recovery_days")[network.producers]
    recover = np.where(np.isnan(recover), recovery_days, recover)
    lasting = survival(network.sites)
    risky = np.flatnonzero(lasting < recover * (1 - _HAIR))
    size = len(risky) * (len(network.producers) + len(network.flow))
    if size > _COLUMNS:
        raise DataError(
            f"{len(risky):,} producers are at risk, and a programme of {size:,} columns is too "
            "large",
            hint="choose one product or chain, or fewer days",
        )
    price = network.price[network.inputs]
    finished = network.price[network.made] * (1 + _HAIR)  # where both cost the same: inputs
    more, spare, dearer = targets(network.sites, recover[risky], price, finished, risky)
    value = np.ones(len(network.producers))
    lost = np.zeros(len(recover))
    lost[risky] = impacts(network.sites, recover[risky], value, risky)
    chain, codes, steps, demand = network.chain(
        now, process=process, variation=variation, level=level, service=service, holding=holding
    )
    promises = guaranteed(chain, seconds=seconds)
    survive = _survival(now, network, lasting, recover, lost)
    survive["day_cost"] = 0.0
    survive.loc[risky, "day_cost"] = dearer
    wanted = _targets(now, network, more, spare)
    stages = _stages(now, promises, chain, (codes, steps), demand)
    cost = float(wanted["cost"].sum())
    plan = pd.DataFrame(
        {
            "producers": [len(recover)], "at_risk": [len(risky)], "cost": [cost],
            "holding": [holding * cost], "safety": [float(stages["holding"].sum())],
            "method": pd.Series([promises.method], dtype="str"),
        }
    )  # fmt: skip
    return Stocks(
        run=Run(analysis="stocks", options={}, world="", warnings=network.warnings),
        plan=plan,
        survival=survive.sort_values("survive", kind="stable", ignore_index=True),
        targets=wanted,
        stages=stages,
    )


def _labels(world: World, table: str, codes: NDArray[np.integer]) -> pd.Series:
    return pd.Series(world.ids(table).astype("str").to_numpy(object)[codes], dtype="str")


def _survival(
    world: World, network: Network, lasting: Array, recover: Array, lost: Array
) -> pd.DataFrame:
    region = world.part("producers").codes("region")[network.producers]
    most = float(lost.max(initial=0.0))
    return pd.DataFrame(
        {
            "producer": _labels(world, "producers", network.producers),
            "region": _labels(world, "regions", region),
            "product": _labels(world, "products", network.made),
            "survive": np.where(np.isfinite(lasting), lasting, np.nan),
            "recover": recover,
            "lost": lost,
            "index": lost / most if most else np.zeros(len(lost)),
            "at_risk": lasting < recover * (1 - _HAIR),
        }
    )


def _targets(world: World, network: Network, more: Array, spare: Array) -> pd.DataFrame:
    s = network.sites
    least = _HAIR * max(float(network.use.max(initial=0.0)), float(s.demand.max(initial=0.0)))
    slots, own = np.flatnonzero(more > least), np.flatnonzero(spare > least)
    holder = np.concatenate([s.holder[slots], own])
    product = np.concatenate([network.inputs[slots], network.made[own]])
    added = np.concatenate([more[slots], spare[own]])
    use = np.concatenate([network.use[slots], s.capacity[own]])
    now = np.concatenate([s.stock[slots], s.ready[own]])
    with np.errstate(divide="ignore", invalid="ignore"):
        before, after = (np.where(use > 0, one / use, np.nan) for one in (now, now + added))
    frame = pd.DataFrame(
        {
            "producer": _labels(world, "producers", network.producers[holder]),
            "input": _labels(world, "products", product),
            "now": before,
            "target": after,
            "more": added,
            "cost": added * network.price[product],
        }
    )
    return frame.sort_values("cost", ascending=False, kind="stable", ignore_index=True)


def _stages(
    world: World, promises: Promises, chain: Chain, kinds: tuple[NDArray[np.integer], ...],
    demand: Array,
) -> pd.DataFrame:  # fmt: skip
    codes, steps = kinds
    safety = chain.spread * np.sqrt(promises.cover)
    return pd.DataFrame(
        {
            "product": _labels(world, "products", codes),
            "step": steps,
            "process": promises.cover - promises.inbound + promises.service,
            "inbound": promises.inbound,
            "service": promises.service,
            "cover": promises.cover,
            "demand": demand,
            "base_stock": demand * promises.cover + safety,
            "safety_stock": safety,
            "holding": chain.holding * safety,
        }
    )
