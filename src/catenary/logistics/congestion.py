"""Where lanes, passages, ports and borders fill up: flows on the network, and their waits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final, Literal

import numpy as np

from catenary.languages import joined, say
from catenary.logistics.atlas import with_passages
from catenary.logistics.defaults import GOODS_VALUE, VALUE_OF_TIME, VESSEL
from catenary.logistics.flow_tables import basis_table, modes_table, places_table, rounds_table
from catenary.logistics.freight import Ports, Sea  # noqa: TC001  options are read off them
from catenary.logistics.sites import sites_of_places
from catenary.logistics.tasks import By, penalty, task
from catenary.maths.assignment import assigned
from catenary.maths.delays import BPR_POWER, BPR_SHARE, Bpr, Queue
from catenary.maths.mincost import cheapest
from catenary.model import Result, Run, Scenario, World
from catenary.model.analysis import Number, analysis

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from numpy.typing import NDArray

    from catenary.logistics.tasks import Task
    from catenary.maths.assignment import Assigned
    from catenary.maths.delays import Delay

    Array = NDArray[np.float64]

__all__ = ["Congestion", "Flows", "congestion", "delays"]

Method = Literal["equilibrium", "optimum", "exact"]
Curve = Literal["bpr", "queue"]

_WORST: Final = 3  # told in the summary
_TOLD: Final = 1e-6  # of trade: less is not told
_METHODS: Final = {
    "equilibrium": say("each by the way that is best for itself"),
    "optimum": say("such that all together pay least"),
    "exact": say("as cheap as capacities allow"),
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Congestion(Result):
    """Flows on the network, and how much they wait."""

    places: pd.DataFrame
    """Lanes each way, passages and facilities: flow, capacity, delay; most waiting first."""
    modes: pd.DataFrame
    """What each mode carries, and what that takes."""
    unserved: pd.DataFrame
    """Trade that has no way, or no place to begin or end, with its share of all trade."""
    rounds: pd.DataFrame
    """How the flows were found: objective and duality gap by round."""
    basis: pd.DataFrame
    """Everything together."""
    sites: pd.DataFrame
    """Names of places and where they lie."""

    def summary(self) -> str:
        """Return what waits where in a few sentences."""
        lines: list[str] = []
        for _, basis in self.basis.iterrows():
            label = str(basis["world"]) if "world" in basis else ""
            told = self.places[self.places["world"] == label] if label else self.places
            line = joined(_sentences(told, basis), "\n  ")
            lines.append(say("{label}: {text}", label=label, text=line) if label else line)
        return joined(lines, "\n")


def _sentences(told: pd.DataFrame, basis: pd.Series) -> Iterator[str]:
    yield say(
        "{carried:,.4g} t a day are carried, {how}: {duration:.1f} days and {cost:,.1f} USD a "
        "tonne on average, {delay:.2f} days of them waiting.",
        carried=basis["carried"],
        how=_METHODS[str(basis["method"])],
        duration=basis["duration"],
        cost=basis["cost"],
        delay=basis["delay"],
    )
    if basis["gap"] == basis["gap"]:
        yield say(
            "Duality gap {gap:.1e} after {rounds} rounds.",
            gap=basis["gap"],
            rounds=int(basis["rounds"]),
        )
    worst = told[told["waiting"] > 0].head(_WORST)
    for _, one in worst.iterrows():
        yield say(
            "{place}: {flow:,.4g} t a day of {capacity:,.4g} ({use:.0%}), {delay:.2f} days each.",
            place=str(one["place"]),
            flow=one["flow"],
            capacity=one["capacity"],
            use=one["use"],
            delay=one["delay"],
        )
    if basis["left"] > _TOLD * basis["trade"]:
        yield say(
            "{left:,.4g} t a day ({share:.1%} of trade) stay behind.",
            left=basis["left"],
            share=basis["left"] / basis["trade"],
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Flows:
    """An answer, however it was found; arrays by class and arc, or by place of the network."""

    flow: Array
    """(K, A)"""
    delay: Array
    """Days in each place of `Freight.places`, (P,)."""
    price: Array
    """What one more t/day of capacity of each saves, per day; nan = not known, (P,)."""
    left: Array
    """What stays behind of each demand, (N,)."""
    assigned: Assigned | None
    """Rounds and bounds, if there were any."""


@analysis("stress")
def congestion(
    world: World,
    *,
    scenario: Scenario | None = None,
    method: Method = "equilibrium",
    by: By = "cost",
    product: str = "",
    value: Annotated[float, Number("USD/t", 1e-3, 1e9)] = GOODS_VALUE,
    time_value: Annotated[float, Number("share/day", 0, 1)] = VALUE_OF_TIME,
    delay: Curve = "bpr",
    bpr_share: Annotated[float, Number("share", 0, 100)] = BPR_SHARE,
    bpr_power: Annotated[float, Number("", 1, 20)] = BPR_POWER,
    parcel: Annotated[float, Number("t", 0, 1e6)] = 1_000.0,
    vessel: str = VESSEL,
    sea: Sea = "auto",
    ports: Ports = "shares",
    closed: str = "",
    opened: str = "",
    gap: Annotated[float, Number("share", 1e-12, 1)] = 1e-4,
    rounds: Annotated[int, Number("rounds", 1, 100_000)] = 500,
) -> Congestion:
    """Send trade over the network and say where it fills up and how long goods wait there.

    In `equilibrium` every tonne goes the way that is best for itself, and delays grow as places
    fill up; in the `optimum` all together pay least; `exact` carries as much as capacities allow
    at least cost, without delays, as a linear programme for small networks. What is not said to
    have a capacity never fills up.

    Parameters
    ----------
    world
        Its lanes, facilities and passages, and the built-in sea if it has no lane by sea. Its
        flows are the matrix `trade`, `intermediate` and `final`, or `supplies` and `demand`.
    scenario
        What has happened: closures, less capacity, longer waits at borders; as on its first day.
    method
        equilibrium, optimum or exact.
    by
        What ways are best by: cost, with what time costs the goods, or duration.
    product
        Product or group; blank = all.
    value
        What a tonne of goods is worth where `products` (price and mass, or value) does not say; it
        turns flows in money into tonnes, and is an assumption.
    time_value
        What a day costs as a share of the value of the goods.
    delay
        bpr: the days of a place times share · (flow / capacity) ** power; queue: the mean wait
        before one server (Pollaczek and Khinchine) that handles parcels one by one.
    bpr_share
        Share of the bpr curve.
    bpr_power
        Power of the bpr curve.
    parcel
        Tonnes that are handled at once, for queues: a ship, a train, a truck.
    vessel
        Row of `vessels` that sails the built-in sea.
    sea
        Whether ships sail the built-in sea: yes, no, or auto = if no lane of the world is by sea.
    ports
        Goods begin and end at the gateways of regions by their shares, or free: where it is best.
    closed
        Passages, facilities and lanes that are closed, parted by commas.
    opened
        Passages that are open whatever the table says.
    gap
        Duality gap at which flows are good enough.
    rounds
        Most rounds.

    Returns
    -------
    Congestion
        Places, modes, trade that stays behind, rounds, and everything together.

    Raises
    ------
    MissingDataError
        If there are no flows or no network.
    OptionError
        If something named is unknown.

    References
    ----------
    Sheffi, Y. (1985), Urban Transportation Networks. Prentice-Hall, chapters 3-5.

    Examples
    --------
    >>> import catenary
    >>> from catenary.testing import small_freight
    >>> told = catenary.congestion(small_freight(), method="exact", sea="no")
    >>> told.places.loc[told.places["place"] == "border_ab", "flow"].item()
    60.0
    """
    world = with_passages(world, scenario)
    now = world if scenario is None else scenario.apply(world)
    work = task(
        now, by=by, product=product, value=value, time_value=time_value, vessel=vessel, sea=sea,
        ports=ports, closed=closed, opened=opened, usual=world,
    )  # fmt: skip
    if method == "exact":
        found = _exact(work)
    else:
        curve = delays(work, delay, share=bpr_share, power=bpr_power, parcel=parcel)
        found = _delayed(work, curve, optimum=method == "optimum", gap=gap, rounds=rounds)
    unserved = work.unserved(found.left)
    places = places_table(work, found)
    basis = basis_table(work, found, unserved, method)
    return Congestion(
        run=Run(
            analysis="congestion",
            options={},
            world="",
            warnings=(*work.loads.warnings, *_warnings(work, found, basis.iloc[0], delay, gap)),
        ),
        places=places,
        modes=modes_table(work, found),
        unserved=_why(unserved, method),
        rounds=rounds_table(found),
        basis=basis,
        sites=sites_of_places(places, now),
    )


def _why(unserved: pd.DataFrame, method: Method) -> pd.DataFrame:
    """Say that capacity is the reason where it may be."""
    if method != "exact":
        return unserved
    return unserved.assign(why=unserved["why"].replace({"no way": "no way or no capacity"}))


def delays(work: Task, curve: Curve, *, share: float, power: float, parcel: float) -> Delay:
    """Return the delays of the places that have a capacity.

    Parameters
    ----------
    work
        The places are those of its freight that are limited.
    curve
        bpr or queue.
    share, power
        Of a bpr curve.
    parcel
        Tonnes that a queue handles at once.
    """
    places = work.freight.places.iloc[work.freight.limited]
    capacity = places["capacity"].to_numpy(np.float64)
    if curve == "queue":
        return Queue(parcel / capacity, capacity)
    return Bpr(places["free"].to_numpy(np.float64), capacity, share=share, power=power)


def _delayed(work: Task, curve: Delay, *, optimum: bool, gap: float, rounds: int) -> Flows:
    """Return the flows of an equilibrium or optimum."""
    some = work.limited()
    found = assigned(some, work.in_days(), curve, optimum=optimum, gap=gap, most=rounds)
    every = len(work.freight.places)
    delay, price = np.zeros(every), np.full(every, np.nan)
    delay[work.freight.limited] = found.delay
    if optimum:
        rate = float(work.rate[0]) if work.by == "cost" and len(work.rate) == 1 else 1.0
        known = work.by == "duration" or len(work.rate) == 1
        price[work.freight.limited] = curve.relief(found.load) * rate if known else np.nan
    lost = np.where(np.isinf(found.cost), work.demand.amount, 0.0)
    return Flows(flow=found.flow, delay=delay, price=price, left=lost, assigned=found)


def _exact(work: Task) -> Flows:
    """Return the cheapest flows within capacities."""
    capacity = work.freight.places["capacity"].to_numpy(np.float64)[work.freight.limited]
    some = work.limited()
    found = cheapest(some, work.demand, capacity, penalty=penalty(work.demand, some))
    every = len(work.freight.places)
    price = np.zeros(every)
    price[work.freight.limited] = found.price
    return Flows(
        flow=found.flow, delay=np.zeros(every), price=price, left=found.left, assigned=None
    )


def _warnings(
    work: Task, found: Flows, basis: pd.Series, curve: Curve, gap: float
) -> Iterator[str]:
    """Yield what a reader should know before trusting the numbers."""
    places = work.freight.places.iloc[work.freight.limited]
    if not len(places):
        yield say("nothing on this network has a capacity, so that nothing fills up")
    still = int((places["free"] == 0).sum())
    if found.assigned is not None and curve == "bpr" and still:
        yield say(
            "{places} places have a capacity and take no days, so that they never delay by bpr; "
            "fill in their duration, or use delay=queue",
            places=still,
        )
    if found.assigned is not None and found.assigned.gap > gap:
        yield say(
            "the duality gap is {found:.1e} after all rounds, more than the {asked:.1e} asked for",
            found=found.assigned.gap,
            asked=gap,
        )
    if work.freight.sea:
        yield say(
            "all that goes by sea sails in ships of the class {vessel}; goods begin and end at "
            "gateways, whose shares are those of containers",
            vessel=str(basis["vessel"]),
        )
    if work.local > _TOLD * basis["trade"]:
        yield say(
            "{share:.1%} of trade begins and ends at the same gateway and needs no transport here",
            share=work.local / basis["trade"],
        )
    if len(work.rate) > 1 and found.assigned is not None:
        yield say(
            "goods of several values: what is least is days, with freight turned into days of the "
            "goods' time"
        )
