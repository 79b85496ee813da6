"""Where the places of a network lie, so that whoever reads a result can draw it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from catenary.logistics.atlas import sea_world

if TYPE_CHECKING:
    from collections.abc import Iterable

    from catenary.model import World

__all__ = ["sites", "sites_of_places"]


def sites(labels: Iterable[str], *worlds: World) -> pd.DataFrame:
    """Return id, kind, name and place of passages and facilities; NaN where no world says it.

    Parameters
    ----------
    labels
        Ids; those that are no passage or facility of any world are left out.
    worlds
        The first that has an id counts.

    Examples
    --------
    >>> import catenary
    >>> sites(["suez", "nowhere"], catenary.load("sea"))["id"].tolist()
    ['suez']
    """
    left = dict.fromkeys(str(one) for one in labels if one)
    found = []
    for table in (w.part(t).frame for t in ("passages", "facilities") for w in worlds if t in w):
        here = table.loc[
            [one for one in left if one in table.index], ["kind", "name", "lon", "lat"]
        ]
        found += [(str(label), *row) for label, *row in here.itertuples()]
        for label in here.index:
            del left[str(label)]
    frame = pd.DataFrame(found, columns=["id", "kind", "name", "lon", "lat"])
    frame["name"] = frame["name"].fillna("")
    texts = dict.fromkeys(("id", "kind", "name"), "str")
    numbers = dict.fromkeys(("lon", "lat"), "float64")
    return frame.astype(texts | numbers).sort_values("id", ignore_index=True)


def sites_of_places(places: pd.DataFrame, world: World) -> pd.DataFrame:
    """Return the sites of a table of lanes, passages and facilities; see `sites`.

    Parameters
    ----------
    places
        With columns what, place, origin and destination, as `congestion` returns it.
    world
        What it lacks is looked up in the built-in sea.
    """
    alone = places["place"][places["what"] != "lane"]
    labels = [*alone.astype(str), *places["origin"].astype(str), *places["destination"].astype(str)]
    return sites(labels, world, sea_world())
