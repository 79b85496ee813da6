"""The built-in world `transport`: where goods change mode, and the lanes on land between.

The tables are read from the CSV files in `transport/`, which `make transport` writes from facts,
with a source in each row. `lanes` are lines of rail and waterways with their own figures, and
roads: any two places on one land are joined by the great circle times the detour of `haulage`, at
its speed and cost. A row of mode transfer begins and ends at one place and says what changing mode,
or crossing the border, takes there.

Sea and air need no rows: the network of the world `sea` joins all ports, and great circles with the
detour of `haulage` join all airports.
"""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from catenary.maths.sphere import great_circle
from catenary.worlds import sea

if TYPE_CHECKING:
    from collections.abc import Hashable
    from typing import Any

    from numpy.typing import NDArray

__all__ = ["passage_names", "product_names", "sources", "tables", "world_names"]

_FOLDER: Final = Path(__file__).parent / "transport"
_TRANSFERS: Final = {
    "port": "port",
    "airport": "airport",
    "rail_terminal": "terminal",
    "border_crossing": "border",
}
"""Kind of facility → row of haulage that says what a transfer takes."""


def tables() -> dict[str, pd.DataFrame]:
    """Return the tables of the world `transport`, columns as in the schema.

    Examples
    --------
    >>> lanes = tables()["lanes"].set_index("id")
    >>> float(lanes.loc["rail:kunming:vientiane", "distance"])
    1035.0
    """
    marine = sea.tables()
    gateways = marine["gateways"]
    ports = marine["facilities"]
    ports = ports[ports["id"].isin(gateways["facility"])].assign(source="catenary-sea")
    facilities = pd.concat([_read("facilities"), ports], ignore_index=True)
    facilities["note"] = facilities["note"].fillna("")
    haulage, passages = _read("haulage"), _read("passages")
    factors = marine["freight_factors"]
    grams = factors.set_index("id")["well_to_wheel"]
    passages = _crossed(passages, _rate(haulage, "border"))
    parts = [
        _read("lanes"),
        _roads(facilities, _rate(haulage, "road"), grams),
        _transfers(facilities, haulage, passages.set_index("id")),
    ]
    names = pd.read_csv(_FOLDER.parent / "sea" / "regions.csv", keep_default_na=False)
    cited = pd.concat([_read("sources"), marine["sources"]], ignore_index=True)
    crossing = facilities["kind"] == "border_crossing"
    facilities.loc[crossing, "note"] = ""
    return {
        "regions": names[names["id"].isin(facilities["region"])].reset_index(drop=True),
        "facilities": facilities,
        "passages": passages,
        "lanes": pd.concat(parts, ignore_index=True),
        "gateways": gateways[gateways["facility"].isin(facilities["id"])].reset_index(drop=True),
        "haulage": haulage,
        "freight_factors": factors,
        "sources": cited.drop_duplicates("id").reset_index(drop=True),
    }


def _rate(haulage: pd.DataFrame, label: str) -> dict[str, Any]:
    """Return a row of haulage."""
    return {str(k): v for k, v in haulage.set_index("id").loc[label].items()}


def product_names() -> dict[str, str]:
    """Return product → name: this world has no products."""
    return {}


def passage_names() -> dict[str, str]:
    """Return border or corridor → name, without building the world.

    Examples
    --------
    >>> passage_names()["northern_corridor"]
    'China-Europe northern corridor'
    """
    frame = _read("passages")
    return dict(zip(frame["id"], frame["name"], strict=True))


def world_names() -> dict[str, dict[str, str]]:
    """Return nothing: this is one world."""
    return {}


def sources() -> pd.DataFrame:
    """Return every source of the tables, without building the world."""
    cited = pd.concat([_read("sources"), sea.sources()], ignore_index=True)
    return cited.drop_duplicates("id").reset_index(drop=True)


def _read(name: str) -> pd.DataFrame:
    """Return the rows of one table; text that is blank is ""."""
    frame = pd.read_csv(_FOLDER / f"{name}.csv", keep_default_na=False, na_values=[])
    for column in frame.columns.intersection(list(_NUMBERS)):
        frame[column] = pd.to_numeric(frame[column].replace("", np.nan))
    return frame


_NUMBERS: Final = (
    "lon", "lat", "duration", "toll", "toll_deadweight", "open", "distance", "cost", "emissions",
    "capacity", "gauge", "year", "published", "detour", "speed", "charge",
)  # fmt: skip


def _crossed(passages: pd.DataFrame, usual: dict[str, Any]) -> pd.DataFrame:
    """Fill in what crossing a border takes where nobody says it; toll per tonne of one truck."""
    border = passages["kind"] == "border"
    found = passages.copy()
    whole = found["id"].str.startswith("border_")
    free = whole & (found["duration"] == 0)  # a customs union
    blank = border & whole & found["duration"].isna()
    found.loc[blank, "duration"] = usual["duration"]
    untolled = border & whole & found["toll"].isna() & ~free
    found.loc[untolled, ["toll", "toll_deadweight"]] = [usual["charge"] * 14, 14.0]
    return found.fillna({"duration": 0.0, "toll": 0.0})


def _roads(facilities: pd.DataFrame, rate: dict[str, Any], grams: pd.Series) -> pd.DataFrame:
    """Return roads between any two places on one land."""
    at = facilities.set_index("id")
    ends = [
        pair
        for members in _read("roads")["facilities"]
        for pair in combinations([one for one in members.split(";") if one in at.index], 2)
    ]
    origin, destination = (list(side) for side in zip(*dict.fromkeys(ends), strict=True))
    lon, lat = at["lon"], at["lat"]
    far: NDArray[np.float64] = (
        great_circle(lon[origin], lat[origin], lon[destination], lat[destination])
        / 1e3
        * rate["detour"]
    )
    far = far.round(3)
    return pd.DataFrame(
        {
            "id": [f"road:{a}:{b}" for a, b in zip(origin, destination, strict=True)],
            "origin": origin,
            "destination": destination,
            "mode": "road",
            "distance": far,
            "duration": far / rate["speed"],
            "cost": far * rate["cost"],
            "emissions": far * grams[rate["factor"]] / 1e3,
            "open": 1.0,
            "passages": "",
            "source": rate["source"],
            "note": "",
        }
    )


def _transfers(
    facilities: pd.DataFrame, haulage: pd.DataFrame, passages: pd.DataFrame
) -> pd.DataFrame:
    """Return what changing mode takes at each place, or crossing the border there."""
    rows = []
    rates = {label: _rate(haulage, label) for label in _TRANSFERS.values()}
    borders = passages.to_dict("index")
    changing = facilities[facilities["kind"].isin(list(_TRANSFERS))]
    for label, kind, note in zip(changing["id"], changing["kind"], changing["note"], strict=True):
        barge = str(label).startswith("barge_")
        rate = rates["terminal" if barge else _TRANSFERS[str(kind)]]
        row = {
            "id": f"transfer:{label}",
            "origin": label,
            "destination": label,
            "mode": "transfer",
            "distance": 0.0,
            "duration": rate["duration"],
            "cost": rate["charge"],
            "emissions": rate["emissions"],
            "open": 1.0,
            "passages": "",
            "source": rate["source"],
            "note": "",
        }
        if kind == "border_crossing":
            row |= _crossing(str(note), borders)
        rows.append(row)
    return pd.DataFrame(rows).fillna({"emissions": 0.0})


def _crossing(named: str, passages: dict[Hashable, dict[Hashable, Any]]) -> dict[str, object]:
    """Return what a crossing takes: its own figures where it has them, else those of the border."""
    first, _, own = named.partition(";")
    used = [passages[label] for label in ([first, own] if own else [first])]
    stated = [row["duration"] for row in used if row["duration"] > 0]
    charged = [row["toll"] / row["toll_deadweight"] for row in used if row["toll"] > 0]
    return {
        "duration": float(stated[-1]) if stated else 0.0,
        "cost": float(charged[-1]) if charged else 0.0,
        "passages": named,
        "source": str(used[-1]["source"]),
    }
