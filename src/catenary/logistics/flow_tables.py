"""The tables of the analysis `congestion`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from catenary.logistics.book import FIGURES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.logistics.congestion import Flows
    from catenary.logistics.tasks import Task

    Array = NDArray[np.float64]

__all__ = ["basis_table", "modes_table", "places_table", "rounds_table"]

_TEXTS: Final = ("what", "place", "kind", "origin", "destination")
_KG_PER_T: Final = 1e3


def places_table(work: Task, found: Flows) -> pd.DataFrame:
    """Return the places, those first where most waits, then those that are fullest."""
    places = work.freight.places
    by_class = work.network.uses @ found.flow.T  # (P, K)
    flow = by_class.sum(axis=1)
    capacity = places["capacity"].to_numpy(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        use = np.where(np.isfinite(capacity), flow / capacity, np.nan)
    told = pd.DataFrame(
        {
            **{name: places[name].astype("str") for name in _TEXTS},
            "flow": flow,
            "capacity": np.where(np.isfinite(capacity), capacity, np.nan),
            "use": use,
            "delay": found.delay,
            "waiting": flow * found.delay,
            "delay_cost": (by_class @ work.rate) * found.delay,
            "price": found.price,
        }
    )
    order = np.lexsort((-flow, -np.nan_to_num(use), -told["waiting"].to_numpy()))
    return told.iloc[order].reset_index(drop=True)


def modes_table(work: Task, found: Flows) -> pd.DataFrame:
    """Return what each mode carries; a tonne on three lanes of a mode counts three times."""
    flow, mode = found.flow.sum(axis=0), work.freight.mode
    figures = dict(zip(FIGURES, work.freight.figures, strict=True))
    rows = [
        {
            "mode": name,
            "loaded": float(flow[mine].sum()),
            "activity": float((flow * figures["distance"])[mine].sum()),
            "cost": float((flow * figures["cost"])[mine].sum()),
            "emissions": float((flow * figures["emissions"])[mine].sum()) / _KG_PER_T,
        }
        for name in sorted(set(mode) - {""})
        for mine in [mode == name]
    ]
    columns = ["mode", "loaded", "activity", "share", "cost", "emissions"]
    told = pd.DataFrame(rows, columns=[one for one in columns if one != "share"])
    whole = float(told["activity"].sum())
    told["share"] = told["activity"] / whole if whole else 0.0
    told["mode"] = told["mode"].astype("str")
    return told[columns].sort_values("activity", ascending=False, ignore_index=True)


def rounds_table(found: Flows) -> pd.DataFrame:
    """Return the rounds."""
    rounds = found.assigned.rounds if found.assigned else ()
    return pd.DataFrame(
        {
            "round": np.arange(len(rounds)),
            "objective": np.array([one.objective for one in rounds], np.float64),
            "gap": np.array([one.gap for one in rounds], np.float64),
            "step": np.array([one.step for one in rounds], np.float64),
        }
    )


def basis_table(work: Task, found: Flows, unserved: pd.DataFrame, method: str) -> pd.DataFrame:
    """Return everything together; means are by tonne that is carried."""
    flow = found.flow.sum(axis=0)
    figures = dict(zip(FIGURES, work.freight.figures, strict=True))
    trade = float(work.loads.amount.sum())
    carried = float(work.demand.amount.sum() - found.left.sum())
    waiting = float(((work.network.uses @ flow) * found.delay).sum())
    per = 1 / carried if carried > 0 else np.nan
    used = flow > 0
    return pd.DataFrame(
        {
            "method": pd.Series([method], dtype="str"),
            "by": pd.Series([work.by], dtype="str"),
            "vessel": pd.Series([work.freight.vessel], dtype="str"),
            "trade": [trade],
            "carried": [carried],
            "local": [work.local],
            "left": [float(unserved["amount"].sum())],
            "distance": [float(flow @ figures["distance"]) * per],
            "duration": [(float(flow @ figures["duration"]) + waiting) * per],
            "delay": [waiting * per],
            "cost": [float(flow @ figures["cost"]) * per],
            "emissions": [float(flow[used] @ figures["emissions"][used]) * per],
            "waiting": [waiting],
            "gap": [found.assigned.gap if found.assigned else np.nan],
            "rounds": [len(found.assigned.rounds) if found.assigned else 0],
        }
    )
