"""By which ports the trade of a region goes, and by which others if one of them is closed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from catenary.errors import OptionError, listed
from catenary.languages import say
from catenary.logistics.atlas import part, sea_world
from catenary.logistics.mooring import ports_of
from catenary.logistics.places import Place, places
from catenary.maths.sphere import great_circle

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from catenary.model import World
    from catenary.worlds.sea import SeaLanes

    Array = NDArray[np.float64]

__all__ = ["APART", "FARTHER", "NEAREST", "Gateways", "gateways"]

NEAREST: Final = 3
"""Ports of the region that are tried, the nearest first, where it has no other gateway ..."""
FARTHER: Final = 8
"""... then so many more ..."""
APART: Final = 50.0
"""... so many km from the port and from each other."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Gateways:
    """The ports of a study, and the shares of them in the trade of regions."""

    lanes: SeaLanes
    ports: pd.Index
    """Ids in the order of the network."""
    nodes: NDArray[np.int64]
    """Their nodes in the network, (P,)."""
    regions: pd.Index
    share: Array
    """Of ports (columns) in the trade of regions (rows), (R, P); rows sum to 1, or are 0."""
    warnings: tuple[str, ...]
    _all: pd.Index
    """Every port of the network."""
    _region: NDArray[np.object_]
    """Region of each."""
    _open: NDArray[np.bool_]
    """Whether each is open."""
    _table: pd.DataFrame
    """Every gateway of every region: region, facility, share."""

    def region_of(self, port: str) -> str:
        """Return the region a port lies in; blank if nobody knows."""
        return str(self._region[self._all.get_loc(port)])

    def users(self, port: int) -> list[str]:
        """Return the regions whose trade goes by a port."""
        found: list[str] = self.regions[self.share[:, port] > 0].tolist()
        return found

    def instead(self, port: str, region: str) -> Iterator[tuple[list[str], Array]]:
        """Yield the ports that may take over from a port for a region: the first reached do.

        The other gateways of the region with their shares; then, without shares and the nearest
        first, ports of the region, and of the region that the port lies in.
        """
        others = self._table[self._table["region"] == region]
        others = others[(others["facility"] != port) & (others["share"] > 0)]
        if len(others):
            share = others["share"].to_numpy(np.float64)
            yield others["facility"].tolist(), share / share.sum()
        for where in filter(None, dict.fromkeys((region, self.region_of(port)))):
            at = np.flatnonzero((self._region == where) & self._open & (self._all != port))
            if len(at):
                yield self._nearest(port, at), np.zeros(0)

    def _nearest(self, port: str, at: NDArray[np.int64]) -> list[str]:
        """Return the nearest of some ports, then some that are apart from it and each other.

        The nearest ones often lie on the same river or behind the same strait.
        """
        away = self.apart(port, self._all[at])
        order = np.argsort(away, kind="stable")
        found = self._all[at[order[:NEAREST]]].tolist()
        left = order[NEAREST:]
        left = left[away[left] >= APART]
        for _ in range(FARTHER):
            if not len(left):
                break
            one = str(self._all[at[left[0]]])
            found.append(one)
            left = left[self.apart(one, self._all[at[left]]) >= APART]
        return found

    def others(self, *, trading: bool) -> pd.Index:
        """Return ports that are not of the study and may take over from those that are."""
        found: dict[str, None] = {}
        for at, port in enumerate(self.ports):
            regions = self.users(at) if trading else [self.region_of(port)]
            for region in regions:
                for names, _ in self.instead(port, region):
                    found |= dict.fromkeys(names)
        every = pd.Index(list(found), dtype="str")
        return every[~every.isin(self.ports)]

    def places(self, ports: pd.Index) -> list[Place]:
        """Return ports as places."""
        at = self._all.get_indexer(ports)
        lon, lat = self.lanes.lon[at].tolist(), self.lanes.lat[at].tolist()
        return [Place(*one) for one in zip(ports, ports, lon, lat, strict=True)]

    def apart(self, one: str, others: pd.Index) -> Array:
        """Return the great circles from a port to others in km."""
        here, there = self._all.get_loc(one), self._all.get_indexer(others)
        lon, lat = self.lanes.lon, self.lanes.lat
        return np.asarray(great_circle(lon[here], lat[here], lon[there], lat[there])) / 1e3


def gateways(
    world: World,
    lanes: SeaLanes,
    chosen: str,
    regions: pd.Index | None,
    closed: Sequence[str] = (),
) -> Gateways:
    """Return the gateways of regions.

    Parameters
    ----------
    world
        Its own `gateways` and `facilities` come before those built in.
    lanes
        Network.
    chosen
        Ports separated by commas: only those count; blank = all gateways of the regions.
    regions
        Regions that trade; None = all that have a gateway.
    closed
        Ports that nobody goes by; the other gateways of their regions take over.

    Raises
    ------
    OptionError
        If a port is unknown or not in the network, or there are fewer than two.

    Examples
    --------
    >>> from catenary.testing import tiny_sea, tiny_sea_world
    >>> gateways(tiny_sea_world(), tiny_sea(), "", None).ports.tolist()
    ['WWAAA', 'WWRRR', 'EEFFF']
    """
    every, known, located = _gateways(world), pd.Index(lanes.ports, dtype="str"), _located(world)
    every = every[~every["facility"].isin(closed)]
    table = every if regions is None else every[every["region"].isin(regions)]
    warnings = []
    led = pd.Index(list(ports_of(lanes)), dtype="str")
    lost = ~table["facility"].isin(led)
    if lost.any():
        warnings.append(
            say(
                "left out, as no lane leads to these gateways: {which}",
                which=listed(table["facility"][lost]),
            )
        )
    table, every = table[~lost], every[every["facility"].isin(led)]
    ports = pd.Index(list(dict.fromkeys(table["facility"])), dtype="str")
    if chosen:
        ports = _chosen(world, led, chosen, closed)
        table = table[table["facility"].isin(ports)]
    if len(ports) < 2:
        raise OptionError(
            f"there {'is 1 port' if len(ports) == 1 else 'are 0 ports'} to go between",
            hint="name two ports or more in ports, or use a world whose regions have gateways",
        )
    nodes = np.sort(known.get_indexer(ports))
    ports = known[nodes]
    if regions is None:
        regions = pd.Index(list(dict.fromkeys(table["region"])), dtype="str")
    share = np.zeros((len(regions), len(ports)))
    cells = (
        regions.get_indexer(pd.Index(table["region"])),
        ports.get_indexer(pd.Index(table["facility"])),
    )
    np.add.at(share, cells, table["share"].to_numpy(np.float64))
    total = share.sum(axis=1, keepdims=True)
    return Gateways(
        lanes=lanes,
        ports=ports,
        nodes=nodes.astype(np.int64),
        regions=regions,
        share=np.divide(share, total, out=np.zeros_like(share), where=total > 0),
        warnings=tuple(warnings),
        _all=known,
        _region=np.array([located.get(port, "") for port in lanes.ports], object),
        _open=known.isin(led) & ~known.isin(list(closed)),
        _table=every,
    )


def _chosen(world: World, known: pd.Index, text: str, closed: Sequence[str]) -> pd.Index:
    """Return the ports that a text names."""
    found = [one.id for one in places(world, text)]
    strange = [one for one in found if one not in known]
    shut = [one for one in found if one in closed]
    if shut:
        raise OptionError(
            f"{listed(shut)} is named in both ports and closed",
            hint="leave it out of one of them",
        )
    if strange:
        raise OptionError(
            f"ports names {listed(strange)}, which is no port of the network: other facilities "
            "and coordinates do not count here",
            hint="give UN/LOCODEs or names of sea ports, separated by commas",
        )
    return pd.Index(list(dict.fromkeys(found)), dtype="str")


def _gateways(world: World) -> pd.DataFrame:
    """Return region, facility and share as plain columns."""
    frame = part(world, "gateways").frame
    columns = {name: frame[name].astype("str").array for name in ("region", "facility")}
    return pd.DataFrame({**columns, "share": frame["share"].to_numpy(np.float64)})


def _located(world: World) -> dict[str, str]:
    """Return port → the region it lies in: of the world's own facilities, else those built in."""
    found: dict[str, str] = {}
    for owner in (sea_world(), world):
        if "facilities" in owner:
            frame = owner.table("facilities")
            found |= dict(zip(frame.index, frame["region"].astype("str"), strict=True))
    return found
