"""Where the sea is narrow: what closing each passage and port does to journeys and trade."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final, Literal

from catenary.errors import MissingDataError
from catenary.languages import joined, say
from catenary.logistics.asking import closures
from catenary.logistics.atlas import network
from catenary.logistics.caveats import of_the_question
from catenary.logistics.choke_tables import basis_table, tables
from catenary.logistics.closing import study
from catenary.logistics.defaults import VESSEL
from catenary.logistics.doors import doors
from catenary.logistics.gateways import gateways
from catenary.logistics.naming import called_briefly
from catenary.logistics.ships import sailing
from catenary.logistics.trade import trade
from catenary.model import Result, Run, World
from catenary.model.analysis import Number, analysis

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from catenary.logistics.gateways import Gateways
    from catenary.logistics.trade import Trade

__all__ = ["Chokepoints", "chokepoints"]

Measure = Literal["cost", "duration", "distance", "emissions"]

_WORST: Final = 3  # told in the summary
_NAMED: Final = 8  # … of those that cut journeys off
_LEAST: Final = 1e-9
_TOLD: Final = 0.0005  # of trade: less is not told


@dataclass(frozen=True, kw_only=True, eq=False)
class Chokepoints(Result):
    """What closing passages and ports does, the worst first."""

    chokepoints: pd.DataFrame
    """Each closure: who used what is closed, and what that costs them."""
    detours: pd.DataFrame
    """The journeys that each closure changes most, before and after."""
    cut_off: pd.DataFrame
    """Ports that lose half of their journeys or more."""
    basis: pd.DataFrame
    """What was looked at: journeys and trade before anything is closed."""

    def _parts(self) -> Iterator[tuple[str, pd.DataFrame, pd.Series]]:
        """Yield label, closures and basis of each world."""
        for _, basis in self.basis.iterrows():
            told = self.chokepoints
            label = str(basis["world"]) if "world" in self.basis else ""
            yield label, told[told["world"] == label] if label else told, basis

    def summary(self) -> str:
        """Return the worst closures in a few sentences."""
        lines: list[str] = []
        for label, told, basis in self._parts():
            line = joined(_sentences(told, basis), "\n  ")
            lines.append(say("{label}: {text}", label=label, text=line) if label else line)
        return joined(lines, "\n")


def _worst(told: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Return the worst closures of a kind; of pairs those that do more than either and both."""
    by = "beyond" if kind == "pair" else "effect"
    hit = told[(told["kind"] == kind) & (told[by] > _LEAST)]
    return hit.nlargest(_WORST, by)


def _sentences(told: pd.DataFrame, basis: pd.Series) -> Iterator[str]:
    """Yield the answer: what was asked, the worst passages, ports and pairs, what is cut off."""
    with_trade = bool(basis["unit"])
    asked = {
        "ports": int(basis["ports"]),
        "vessel": called_briefly(str(basis["vessel"])),
        "by": _MEASURES[basis["by"]],
    }
    yield (
        say(
            "One journey between {ports} ports by {vessel}, on the route that is best by {by}.",
            **asked,
        )
        if int(basis["journeys"]) == 1
        else say(
            "{journeys:,} journeys between {ports} ports by {vessel}, each on the route that is "
            "best by {by}.",
            journeys=int(basis["journeys"]),
            **asked,
        )
    )
    if with_trade:
        yield say(
            "They carry {trade:,.4g} {unit} between regions.",
            trade=basis["trade"],
            unit=str(basis["unit"]),
        )
    for kind, first in _FIRST.items():
        worst = _worst(told, kind)
        if len(worst):
            yield say(first, which=joined([_words(one) for _, one in worst.iterrows()], say("; ")))
        elif kind == "passage":
            yield say("No passage changes anything when it is closed.")
    for kind, text in _NO_WAY.items():
        cut = told[(told["kind"] == kind) & (told["cut_off"] > 0)].nlargest(_NAMED, "cut_off")
        more = int(((told["kind"] == kind) & (told["cut_off"] > 0)).sum()) - len(cut)
        if len(cut):
            words = [
                say(
                    "{name} ({journeys:,} journeys)",
                    name=called_briefly(str(one["closed"])),
                    journeys=int(one["cut_off"]),
                )
                if one["cut_off"] > 1
                else say("{name} (one journey)", name=called_briefly(str(one["closed"])))
                for _, one in cut.iterrows()
            ]
            words += [say("{more} more", more=more)] if more else []
            yield say(text, which=joined(words, say(", ")))


_FIRST: Final = {
    "passage": say("Worst passages: {which}.", which="").template,
    "port": say("Worst ports: {which}.", which="").template,
    "pair": say("Pairs that do more than the sum of either: {which}.", which="").template,
}
_NO_WAY: Final = {
    "passage": say(
        "No route is left, not even by other ports of the same country, where these are closed: "
        "{which}.", which="",
    ).template,
    "port": say("No other port can take over where these are closed: {which}.", which="").template,
}  # fmt: skip
_MEASURES: Final = {
    "cost": say("cost"),
    "duration": say("duration"),
    "distance": say("distance"),
    "emissions": say("emissions"),
}


def _words(one: pd.Series) -> str:
    """Return one closure in words."""
    name = joined(
        [called_briefly(str(one[part])) for part in ("closed", "second") if one[part]], " + "
    )
    if one["trade_share"] == one["trade_share"]:
        use = say("{share:.1%} of trade use it", share=one["trade_share"])
    else:
        use = say("{share:.1%} of journeys use it", share=one["share"])
    told = [use]
    if one["detoured"]:
        told.append(
            say(
                "{detoured:,} journeys go round or by another port, {distance:+,.0f} km and "
                "{duration:+.1f} days on average",
                detoured=int(one["detoured"]),
                distance=one["distance"],
                duration=one["duration"],
            )
            if one["detoured"] > 1
            else say(
                "one journey goes round or by another port, {distance:+,.0f} km and "
                "{duration:+.1f} days",
                distance=one["distance"],
                duration=one["duration"],
            )
        )
    if one["cut_off"]:
        told.append(
            say("{cut_off:,} are cut off", cut_off=int(one["cut_off"]))
            if one["cut_off"] > 1
            else say("one is cut off")
        )
    return say("{name} ({told})", name=name, told=joined(told, say("; ")))


@analysis("stress")
def chokepoints(
    world: World,
    *,
    ports: str = "",
    vessel: str = VESSEL,
    by: Measure = "cost",
    pairs: bool = False,
    close_ports: bool = True,
    closed: str = "",
    opened: str = "",
    product: str = "",
    land: Annotated[float, Number("km", 0, 20_100)] = 0.0,
    top: Annotated[int, Number("journeys", 0, 1000)] = 5,
) -> Chokepoints:
    """Say what closing each passage and each port does to journeys by sea and to trade.

    Ships sail from port to port by the route that is best by one measure; the other measures are
    those of that route. A closed passage is a real cut; what used it takes the best route left.
    The journeys of a port that is closed, or that a closed passage leaves behind, go by the other
    gateways of the region by their shares, else by the nearest port that can be reached; what the
    way there takes on land is not counted. Where the world has trade between regions, journeys
    weigh what is traded between the ports; else each pair counts once. The worst closures are those
    that add most to all journeys together; journeys without a route count among them by their
    trade, and without trade have a column of their own.

    Parameters
    ----------
    world
        Any; its `trade`, `intermediate` and `final`, or `supplies` and `demand` are the flows.
        Its own passages, vessels, facilities and gateways come before those built in.
    ports
        Ports separated by commas; blank = the gateways of all regions, or of those that trade.
    vessel
        Row of `vessels`: the ship that makes every journey.
    by
        What routes are best by: cost, duration, distance or emissions.
    pairs
        Whether to close every two passages as well.
    close_ports
        Whether to close each port as well.
    closed
        Passages and ports that are closed from the start, separated by commas.
    opened
        Passages that are open whatever the table says, separated by commas.
    product
        Product, or group of products, whose flows count; blank = all.
    land
        Ports nearer to each other than this, by great circle, trade by land; 0 = all by sea.
    top
        How many journeys to tell of each closure: those it changes most.

    Returns
    -------
    Chokepoints
        Closures, the worst first; journeys that change most; ports cut off; what was looked at.

    Raises
    ------
    OptionError
        If a passage, port, vessel or product is unknown, or there are fewer than two ports.
    MissingDataError
        If there is no network, or no journey by sea, or what routes are best by is not known of the
        ship.

    References
    ----------
    Rodrigue, J.-P. (2004), Straits, passages and chokepoints: a maritime geostrategy of petroleum
    distribution. Cahiers de géographie du Québec 48(135), 357-374.

    Examples
    --------
    >>> import catenary
    >>> sea = catenary.load("sea")
    >>> ports = "CNSHA,GBFXT,USNYC"
    >>> told = catenary.chokepoints(sea, ports=ports, by="distance", close_ports=False)
    >>> told.chokepoints["closed"].iloc[0]
    'suez'
    """
    lanes = network()
    ship = sailing(world, vessel=vessel)
    if by == "cost" and math.isnan(ship.day):
        raise MissingDataError(
            f"fuel or charter of the vessel {vessel!r} is blank, so that costs are not known",
            hint="fill them in in vessels, or choose another measure, such as by='distance'",
        )
    shut, shut_ports = closures(world, lanes, closed)
    passable = doors(world, lanes, ship, closed=shut, opened=opened)
    flows = trade(world, product)
    regions = None if flows is None else flows.regions
    gates = gateways(world, lanes, ports, regions, shut_ports)
    looked = study(gates, passable, by=by, flows=None if flows is None else flows.flows, land=land)
    if not len(looked.origin):
        raise MissingDataError(
            "no journey by sea is left to look at",
            hint="name other ports, open a passage, or let land be smaller",
        )
    frames = tables(looked, flows, pairs=pairs, close_ports=close_ports, top=top)
    basis = basis_table(looked, flows)
    return Chokepoints(
        run=Run(
            analysis="chokepoints",
            options={},
            world="",
            warnings=(
                *of_the_question(world, passable, {"closed": closed, "opened": opened}),
                *gates.warnings,
                *_warnings(flows, gates, basis.iloc[0], land),
            ),
        ),
        **frames,
        basis=basis,
    )


def _warnings(flows: Trade | None, gates: Gateways, basis: pd.Series, land: float) -> Iterator[str]:
    """Yield what a reader should know before trusting the numbers."""
    if basis["unreached"]:
        yield say(
            "{journeys:,} pairs of ports have no route that this ship can sail even before "
            "anything is closed",
            journeys=int(basis["unreached"]),
        )
    if flows is None:
        yield say("this world has no flows: every pair of ports counts once")
        return
    yield from flows.warnings
    if land:
        yield say(
            "all trade between regions is taken to go by sea, except between ports less than "
            "{land:,.0f} km apart: which of it goes by land or air is not known",
            land=land,
        )
    else:
        yield say(
            "all trade between regions is taken to go by sea, that of neighbours on land as well: "
            "which of it goes by land or air is not known"
        )
    total = float(flows.flows.sum())
    lacking = gates.share.sum(axis=1) == 0
    if lacking.any() and basis["left_out"] > 0:
        yield say(
            "{share:.1%} of the trade between regions is left out, as these have no gateway: "
            "{regions}",
            share=basis["left_out"] / total,
            regions=", ".join(map(str, gates.regions[lacking][:10])),
        )
    if basis["by_land"] > _TOLD * total:
        yield say(
            "{share:.1%} of the trade between regions has the same port on both sides, or ports "
            "too near to each other, and is not counted as going by sea",
            share=basis["by_land"] / total,
        )
