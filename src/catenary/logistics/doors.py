"""What a passage means for a ship: whether it may pass, and what that takes.

In open water everything is proportional to metres; what is not happens in a passage, and a passage
is crossed by one of its doors. So a ship is a few rates per metre, and a few numbers per door.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import pandas as pd

from catenary.errors import OptionError, did_you_mean, listed
from catenary.languages import say
from catenary.logistics.atlas import part, sea_world
from catenary.logistics.places import split
from catenary.logistics.ships import COST_TIE, GOALS, TIE, By, Sailing, Total, sailing
from catenary.maths.routing import UNREACHED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from catenary.languages import Message
    from catenary.model import World
    from catenary.worlds.sea import SeaLanes

    Array = NDArray[np.float64]

__all__ = [
    "GOALS",
    "Bar",
    "By",
    "Doors",
    "Sailing",
    "Total",
    "doors",
    "passage_groups",
    "passage_words",
    "passages_in",
    "passages_known",
    "sailing",
]

_Limit = Literal["draft", "beam", "length_overall", "section"]
_LIMITS: Final[tuple[_Limit, ...]] = ("draft", "beam", "length_overall", "section")
_COLUMNS: Final = (*_LIMITS, "duration", "toll", "toll_teu", "toll_deadweight", "risk", "open")
_DEFAULTS: Final = {"duration": 0.0, "toll": 0.0, "risk": 0.0, "open": 1.0}


@dataclass(frozen=True, slots=True)
class Bar:
    """Why a ship may not use a passage."""

    kind: Literal["world", "closed", "avoid", "draft", "beam", "length_overall", "section"]
    """Closed in the world's table, by the user, to be avoided; or the limit that is exceeded."""
    limit: float = math.nan
    """The limit, in m or m²."""
    value: float = math.nan
    """What the ship has of it."""

    @property
    def by_choice(self) -> bool:
        """Whether the user, not the world or the ship, is the reason."""
        return self.kind in ("closed", "avoid")

    def text(self) -> Message:
        """Return the reason in words."""
        size = {"value": self.value, "limit": self.limit}
        match self.kind:
            case "draft":
                return say("a draft of {value:g} m is more than its {limit:g} m", **size)
            case "beam":
                return say("a beam of {value:g} m is more than its {limit:g} m", **size)
            case "length_overall":
                return say("a length of {value:g} m is more than its {limit:g} m", **size)
            case "section":
                return say(
                    "a beam times draft of {value:,.0f} m² is more than its {limit:,.0f} m²", **size
                )
        return _SHUT[self.kind]


_SHUT: Final = {
    "world": say("closed in this world"),
    "closed": say("closed"),
    "avoid": say("to be avoided"),
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Doors:
    """What every door of a network means for one ship; arrays are by door and read-only."""

    lanes: SeaLanes
    sailing: Sailing
    bars: Mapping[str, Bar]
    """Passage → why it may not be used, of those that may not."""
    also: Mapping[str, Bar]
    """Passage → a second reason, of those that are too small and shut as well."""
    usable: NDArray[np.bool_]
    metres: NDArray[np.int32]
    days: Array
    toll: Array
    """USD"""
    risk: Array
    """Share of the value of the hull."""

    def lengths(self) -> NDArray[np.int32]:
        """Return metres, and UNREACHED where the ship may not pass."""
        return np.where(self.usable, self.metres, np.int32(UNREACHED)).astype(np.int32)

    def cost(self, by: By, *, every: bool = False) -> Array:
        """Return what passing each door takes in the unit of `Sailing.rate`; inf = may not pass.

        Parameters
        ----------
        by
            Goal.
        every
            Whether to tell it of doors that may not be passed, too.
        """
        rate = self.sailing.rate(by)
        metres = self.metres.astype(np.float64)
        found = {
            "distance": metres,
            "duration": self.days,
            "cost": self.extra + self.days * self.sailing.known_day + metres * COST_TIE,
            "emissions": metres * rate,
            "risk": self.risk + self.days * TIE,
        }[by]
        return found.copy() if every else np.where(self.usable, found, np.inf)

    def total(self, metres: float, doors: Iterable[int]) -> Total:
        """Return what a way of some metres in open water and through some doors takes."""
        used, ship = np.fromiter(doors, np.int64), self.sailing
        days = metres * ship.rate("duration") + math.fsum(self.days[used])
        whole = metres + math.fsum(self.metres[used])
        extra = math.fsum(self.extra[used])
        return Total(
            distance=whole / 1e3,
            duration=days,
            cost=days * ship.day + extra,
            emissions=whole / 1e3 * ship.factor,
            risk=math.fsum(self.risk[used]),
        )

    def passage(self, door: int) -> str:
        """Return the passage of a door."""
        return self.lanes.passages[int(self.lanes.door_passage[door])]

    @property
    def extra(self) -> Array:
        """Return toll and war-risk premium of each door in USD: what does not go with days."""
        premium = np.where(self.risk > 0, self.risk * np.nan_to_num(self.sailing.hull), 0.0)
        return self.toll + premium


def doors(
    world: World,
    lanes: SeaLanes,
    ship: Sailing,
    *,
    closed: str | Iterable[str] = (),
    opened: str | Iterable[str] = (),
    avoid: str | Iterable[str] = (),
) -> Doors:
    """Return what the passages of a world mean for a ship.

    A passage may not be used if the ship is too deep, wide, long, or both wide and deep, if it is
    closed or avoided by the user, or closed in the table (open = 0; partly open is open). To pass
    takes the duration of the passage, or that of its metres at the speed of the ship if that is
    more; the toll grows with the size of the ship if the table says whose toll it is.

    Parameters
    ----------
    world
        Its own `passages` come before those built in, row by row.
    lanes
        Network.
    ship
        From `sailing`.
    closed, opened, avoid
        Passages by id or name; a text is separated by commas. Opened ones are open whatever the
        table says, for ships that fit.

    Raises
    ------
    OptionError
        If a passage is unknown, or both opened and closed or avoided.

    Examples
    --------
    >>> from catenary.testing import tiny_sea, tiny_sea_world
    >>> world, lanes = tiny_sea_world(), tiny_sea()
    >>> found = doors(world, lanes, sailing(world, vessel="large"), closed="cape")
    >>> {passage: bar.kind for passage, bar in found.bars.items()}
    {'canal_a': 'draft', 'canal_b': 'draft', 'cape': 'closed', 'ice': 'draft', 'river': 'draft'}
    """
    shut, open_, avoided = (
        passages_in(world, lanes, given, option=option)
        for given, option in ((closed, "closed"), (opened, "opened"), (avoid, "avoid"))
    )
    for others, option in ((shut, "closed"), (avoided, "avoid")):
        both = [label for label in others if label in open_]
        if both:
            raise OptionError(
                f"{listed(both)} is named in both opened and {option}",
                hint="leave it out of one of them",
            )
    table = _passages(world, lanes)
    small = _too_small(table, lanes, ship)
    closing = _shut(table, lanes, set(shut), set(open_), set(avoided))
    bars = {
        label: one
        for label in lanes.passages
        if (one := small.get(label, closing.get(label))) is not None
    }
    also = {label: closing[label] for label in small if label in closing}
    by = lanes.door_passage
    usable = np.array([label not in bars for label in lanes.passages], bool)[by]
    sailed = lanes.door_metres * ship.rate("duration")
    arrays: dict[str, NDArray[Any]] = {
        "usable": usable,
        "metres": lanes.door_metres,
        "days": np.maximum(table["duration"][by], sailed),
        "toll": (table["toll"] * _toll_share(table, ship))[by],
        "risk": table["risk"][by],
    }
    for array in arrays.values():
        array.setflags(write=False)
    return Doors(lanes=lanes, sailing=ship, bars=bars, also=also, **arrays)


def _too_small(table: dict[str, Array], lanes: SeaLanes, ship: Sailing) -> dict[str, Bar]:
    """Return the passages that the ship does not fit, which opening them would not change."""
    found: dict[str, Bar] = {}
    for at, label in enumerate(lanes.passages):
        limits = ((one, float(table[one][at]), float(getattr(ship, one))) for one in _LIMITS)
        small = next((Bar(*exceeded) for exceeded in limits if exceeded[2] > exceeded[1]), None)
        if small is not None:
            found[label] = small
    return found


def _shut(
    table: dict[str, Array], lanes: SeaLanes, closed: set[str], opened: set[str], avoided: set[str]
) -> dict[str, Bar]:
    """Return the passages that are shut, and by whom."""
    found: dict[str, Bar] = {}
    for at, label in enumerate(lanes.passages):
        if label in closed:
            found[label] = Bar("closed")
        elif label in avoided:
            found[label] = Bar("avoid")
        elif table["open"][at] <= 0 and label not in opened:
            found[label] = Bar("world")
    return found


def _toll_share(table: dict[str, Array], ship: Sailing) -> Array:
    """Return by passage how often the ship pays the toll of the table."""
    by_teu, by_deadweight = ship.teu / table["toll_teu"], ship.deadweight / table["toll_deadweight"]
    share = np.where(np.isfinite(by_teu), by_teu, by_deadweight)
    return np.where(np.isfinite(share), share, 1.0)


def _passages(world: World, lanes: SeaLanes) -> dict[str, Array]:
    """Return the columns of the passages of a network; without a row anywhere: no limits."""
    found = {name: np.full(len(lanes.passages), _DEFAULTS.get(name, np.nan)) for name in _COLUMNS}
    left = np.ones(len(lanes.passages), bool)
    owners = [world] if "passages" in world else []
    for owner in (*owners, None):
        if not left.any():
            break
        table = (owner or sea_world()).part("passages")
        at = table.index.get_indexer(pd.Index(lanes.passages))
        here = left & (at >= 0)
        for name, values in found.items():
            values[here] = table.numbers(name)[at[here]]
        left &= ~here
    return found


def passages_in(
    world: World, lanes: SeaLanes, given: str | Iterable[str], *, option: str
) -> list[str]:
    """Return the ids of passages that are given by id or name; a text is separated by commas.

    Raises
    ------
    OptionError
        If one is unknown or has no door in the network.

    Examples
    --------
    >>> from catenary.testing import tiny_sea, tiny_sea_world
    >>> passages_in(tiny_sea_world(), tiny_sea(), "ICE, canal a", option="closed")
    ['ice', 'canal_a']
    """
    words = split(given) if isinstance(given, str) else [word.strip() for word in given]
    words = [word for word in words if word]
    if not words:
        return []
    known, groups = passages_known(world, lanes), passage_groups(world, lanes)
    found: list[str] = []
    for word in words:
        label = known.get(word.casefold())
        if label is None and word.casefold() in groups:
            found += groups[word.casefold()]
            continue
        if label is None:
            raise OptionError(
                f"{option} names {word!r}, which is no passage",
                hint=did_you_mean(word, passage_words(world, lanes), listing=lanes.passages),
            )
        if label not in lanes.passages:
            raise OptionError(
                f"{option} names {label!r}, which no lane of the network leads through",
                hint=f"passages of the network are {listed(lanes.passages, most=60)}",
            )
        found.append(label)
    return list(dict.fromkeys(found))


def passage_groups(world: World, lanes: SeaLanes) -> dict[str, list[str]]:
    """Return what several passages of the network share in name, case folded → their ids.

    Passages with names like `Panama Canal, Panamax locks` share what is before the comma, and what
    their ids begin with; those of the built-in sea that the world does not name as well.

    Examples
    --------
    >>> from catenary.logistics.atlas import network, sea_world
    >>> passage_groups(sea_world(), network())["panama"]
    ['panama_neopanamax', 'panama_panamax']
    """
    heads: dict[str, list[str]] = {}
    names = dict(sea_world().part("passages").frame["name"])
    for label, name in (names | dict(part(world, "passages").frame["name"])).items():
        head, comma, _ = name.partition(",") if isinstance(name, str) else ("", "", "")
        if comma and label in lanes.passages:
            heads.setdefault(head.casefold(), []).append(str(label))
    found = {head: labels for head, labels in heads.items() if len(labels) > 1}
    for labels in list(found.values()):
        stems = {label.partition("_")[0].casefold() for label in labels}
        if len(stems) == 1:
            found.setdefault(stems.pop(), labels)
    return found


def passage_words(world: World, lanes: SeaLanes) -> list[str]:
    """Return ids of passages, then names, to be suggested."""
    frame = part(world, "passages").frame
    names = [name for name in frame["name"][frame.index.isin(lanes.passages)] if name]
    return [*lanes.passages, *map(str, names)]


def passages_known(world: World, lanes: SeaLanes) -> dict[str, str]:
    """Return every id and name of a passage, case folded → id; those of the network win."""
    found: dict[str, str] = {}
    frame = part(world, "passages").frame
    for names in (sea_world().part("passages").frame["name"], frame["name"]):
        for label, name in names.items():
            if isinstance(name, str) and name:
                found[name.casefold()] = str(label)
    found |= {str(label).casefold(): str(label) for label in frame.index}
    return found | {label.casefold(): label for label in lanes.passages}
