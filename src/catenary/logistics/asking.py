"""From the options of an analysis to a voyage, and what to say if there is no route."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from catenary.errors import NoRouteError, OptionError, did_you_mean, listed
from catenary.logistics.atlas import part
from catenary.logistics.doors import (
    doors,
    passage_groups,
    passage_words,
    passages_in,
    passages_known,
)
from catenary.logistics.places import Place, place, split
from catenary.logistics.router import Route, Voyage, best

if TYPE_CHECKING:
    from collections.abc import Sequence

    from catenary.logistics.doors import Bar, By, Doors, Sailing
    from catenary.logistics.router import Passages
    from catenary.model import World
    from catenary.worlds.sea import SeaLanes

__all__ = ["best_or_why_not", "closures", "named", "voyage"]

_HURDLE: Final = 1e9  # metres that a barred passage counts in the search for the fewest
_SHARE: Final = {"closed": 1.0, "avoid": 1.0, "world": 1.05}  # … by what bars it
_SIZE: Final = 1.1  # … if the ship is too large


def closures(world: World, lanes: SeaLanes, text: str) -> tuple[list[str], list[str]]:
    """Return the passages and the ports that a list of closures names.

    Raises
    ------
    OptionError
        If one is neither.
    """
    shut: list[str] = []
    ports: list[str] = []
    known = passages_known(world, lanes).keys() | passage_groups(world, lanes).keys()
    for word in split(text):
        if word.casefold() in known:
            shut += passages_in(world, lanes, [word], option="closed")
            continue
        try:
            ports.append(place(world, word).id)
        except OptionError as error:
            raise OptionError(
                f"closed names {word!r}, which is neither a passage nor a port",
                hint=f"{_near(world, lanes, word)}; ports: {error.hint}",
            ) from None
    return shut, ports


def voyage(
    world: World, lanes: SeaLanes, ship: Sailing, origin: str, destination: str, *,
    via: str = "", avoid: str = "", closed: str = "", opened: str = "",
) -> Voyage:  # fmt: skip
    """Return the question that the options of an analysis put.

    Raises
    ------
    OptionError
        If something is unknown, or the options contradict each other.
    """
    shut, ports = closures(world, lanes, closed)
    avoided = passages_in(world, lanes, avoid, option="avoid")
    found = doors(world, lanes, ship, closed=shut, opened=opened, avoid=avoided)
    stops = [_stop(world, found, word) for word in split(via)]
    ends = _place(world, origin, "origin"), _place(world, destination, "destination")
    if ends[0].id == ends[1].id and not stops:
        raise OptionError(
            f"origin and destination are both {_called(ends[0])}", hint="give two places"
        )
    for one, role in ((ends[0], "origin"), *((s, "via") for s in stops), (ends[1], "destination")):
        if isinstance(one, Place) and one.id in ports:
            raise OptionError(
                f"{role} is {_called(one)}, which is closed", hint="leave it out of closed"
            )
        if not isinstance(one, Place):
            _passable(world, found, one)
    return Voyage(doors=found, origin=ends[0], destination=ends[1], via=tuple(stops))


def _stop(world: World, found: Doors, word: str) -> Place | Passages:
    """Return what a word of via means: a passage, any of several that share a name, or a place."""
    lanes = found.lanes
    if word.casefold() in passages_known(world, lanes):
        return passages_in(world, lanes, [word], option="via")[0]
    together = passage_groups(world, lanes).get(word.casefold())
    return tuple(together) if together else _place(world, word, "via", lanes)


def _passable(world: World, found: Doors, stop: Passages) -> None:
    """Raise if all passages of a stop are closed or avoided, or the ship fits none of several."""
    names = [stop] if isinstance(stop, str) else stop
    bars = [found.bars[name] for name in names if name in found.bars]
    if len(bars) < len(names):
        return
    chosen = [bar for name in names for bar in _reasons(found, name) if bar.by_choice]
    if len(chosen) >= len(names):
        are, them = ("are", "them") if len(names) > 1 else ("is", "it")
        raise OptionError(
            f"{listed(names)} {are} named in both via and {chosen[0].kind}",
            hint=f"leave {them} out of one of the two",
        )
    if len(names) > 1:
        told = [f"{named(world, name)}: {found.bars[name].text()}" for name in names]
        raise NoRouteError(
            f"via names {listed(names)}, and none of them lets the vessel {found.sailing.vessel} "
            f"pass; {'; '.join(told)}",
            hint=_all_or_any(found, names),
            passages=list(names),
        )


def _near(world: World, lanes: SeaLanes, word: str) -> str:
    return did_you_mean(word, passage_words(world, lanes), listing=lanes.passages)


def _place(world: World, text: str, option: str, lanes: SeaLanes | None = None) -> Place:
    if not text.strip():
        raise OptionError(f"{option} is blank", hint=f"give {option}, such as NLRTM or 51.95,4.1")
    try:
        return place(world, text)
    except OptionError as error:
        if lanes is None:
            raise
        raise OptionError(
            f"{option} names {text!r}, which is neither a passage nor a place",
            hint=f"{_near(world, lanes, text)}; places: {error.hint}",
        ) from None


def best_or_why_not(world: World, asked: Voyage, by: By) -> Route:
    """Return the best route by a goal.

    Raises
    ------
    NoRouteError
        If there is none; it names the fewest passages that would make one, and what bars them.
    """
    found = best(asked, by)
    if found is None:
        raise cut_off(world, asked)
    return found


def cut_off(world: World, asked: Voyage) -> NoRouteError:
    """Return what to say where there is no way: the fewest passages that would make one."""
    barred = asked.doors
    shares = np.zeros(len(asked.lanes.passages))
    for label, bar in barred.bars.items():
        twice = 1.0 if label in barred.also else 0.0
        shares[asked.lanes.passages.index(label)] = _SHARE.get(bar.kind, _SIZE) + twice
    hurdle = _HURDLE * shares[asked.lanes.door_passage]
    route = best(asked, "distance", cost=barred.cost("distance", every=True) + hurdle)
    whom = f"{barred.sailing.vessel} from {_called(asked.origin)} to {_called(asked.destination)}"
    if route is None:
        return NoRouteError(
            f"no water leads the vessel {whom}, whatever is open",
            hint="they lie on waters that the network does not join",
        )
    used = dict.fromkeys(barred.passage(door) for door in route.doors)
    needed = [label for label in used if label in barred.bars]
    start = "the fewest passages that would open one"
    if len(needed) == 1:
        others = [one for one in barred.bars if one not in needed and _opens(asked, one)]
        others = [one for one in others if one not in barred.also]  # it takes more than one thing
        needed += sorted(others, key=lambda one: _SHARE.get(barred.bars[one].kind, _SIZE))
        start = f"any one of these {len(needed)} would open one" if needed[1:] else "it needs"
    told = [
        f"{named(world, label)}: {' and '.join(one.text() for one in _reasons(barred, label))}"
        for label in needed
    ]
    return NoRouteError(
        f"no route is open for the vessel {whom}; {start}: {'; '.join(told)}",
        hint=_all_or_any(barred, needed),
        passages=needed,
    )


def _opens(asked: Voyage, passage: str) -> bool:
    """Return whether there would be a way if one more passage could be used."""
    lanes, found = asked.lanes, asked.doors
    open_ = found.usable | (lanes.door_passage == lanes.passages.index(passage))
    cost = np.where(open_, found.cost("distance", every=True), np.inf)
    return best(asked, "distance", cost=cost) is not None


def _remedies(found: Doors, needed: Sequence[str]) -> list[str]:
    kinds: dict[str, list[str]] = {}
    for label in needed:
        for reason in _reasons(found, label):
            kinds.setdefault(_remedy(reason), []).append(label)
    return [remedy.format(listed(labels)) for remedy, labels in kinds.items()]


def _all_or_any(found: Doors, needed: Sequence[str]) -> str:
    """Return what to do: all of it where a passage is barred twice, else any of it."""
    twice = any(label in found.also for label in needed)
    return (", and " if twice else ", or ").join(_remedies(found, needed))


def _reasons(found: Doors, label: str) -> list[Bar]:
    """Return what bars a passage: the ship's size, and that it is shut."""
    return [found.bars[label], *([found.also[label]] if label in found.also else [])]


def _remedy(bar: Bar) -> str:
    if bar.by_choice:
        return f"leave {{}} out of {bar.kind}"
    if bar.kind == "world":
        return "open {} with opened"
    if bar.kind == "draft":
        return "take a smaller ship for {}, or give the draft that it sails with as draft"
    return "take a smaller ship for {}"


def named(world: World, passage: str) -> str:
    """Return the name of a passage with its id."""
    frame = part(world, "passages").frame
    name = frame["name"].get(passage, "")
    return f"{name} ({passage})" if isinstance(name, str) and name else passage


def _called(one: Place) -> str:
    return one.id if one.name == one.id else f"{one.name} ({one.id})"
