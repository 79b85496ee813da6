"""What a scenario closes, opens or delays in the network of transport, day by day."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from catenary.errors import ScenarioError
from catenary.logistics.atlas import network, part
from catenary.logistics.carriage import Closed
from catenary.logistics.delaying import Delays
from catenary.logistics.land import land_table, transport_world
from catenary.model import World

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.model import Change, Scenario
    from catenary.model.timeline import Timeline

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["Closing", "atlas_of", "closing_of"]

_MOST: Final = 40_000  # days that a scenario is followed
_TABLES: Final = ("passages", "facilities", "lanes")


@dataclass(frozen=True, kw_only=True, eq=False)
class Closing:
    """States of the network by day, some time beyond the run.

    Parameters
    ----------
    open
        Share of goods that may pass each group, (H, G): until nothing changes any more.
    groups
        Things that are always open by the same share.
    usual
        Groups that are closed as the tables say.
    opened
        Passages of these groups.
    plan
        Which of `plans` holds on each day, (H,).
    plans
        Delays; the first is none.
    places
        Longitude and latitude of what is in each group, and of all that is delayed: G + 1 pairs.
    table
        What is touched: thing, kind, from and to which day, the least share open, the most days.
    """

    open: Array
    groups: tuple[Closed, ...]
    usual: tuple[int, ...]
    opened: tuple[str, ...]
    plan: Integers
    plans: tuple[Delays, ...]
    places: tuple[tuple[Array, Array], ...]
    table: pd.DataFrame

    def touches(self, days: int) -> bool:
        """Return whether anything is not as usual on any of the days."""
        usual = np.isin(np.arange(len(self.groups)), self.usual)
        share = np.where(usual, 0.0, 1.0)
        return bool((self.open[:days] != share).any() or self.plan[:days].any())


def atlas_of(world: World, tables: frozenset[str] = frozenset(_TABLES)) -> World:
    """Return the network that the goods of a world travel on, as a world to resolve labels in.

    Examples
    --------
    >>> from catenary.testing import two_regions
    >>> atlas = atlas_of(two_regions())
    >>> {"suez", "border_chn_kaz"} <= set(atlas.ids("passages"))
    True
    """
    atlas = _atlas(world if "lanes" in world or "passages" in world else None, tables)
    if "regions" not in atlas or "regions" not in world:
        return atlas
    own = world.part("regions").frame
    parent = own["parent"].astype("str").fillna("") if "parent" in own else None
    if parent is None or not parent.ne("").any():
        return atlas
    known = atlas.ids("regions").union(own.index, sort=False)
    regions = pd.DataFrame({"id": known, "parent": parent.reindex(known).fillna("").to_numpy()})
    return atlas.with_(regions=regions)


@lru_cache(maxsize=8)
def _atlas(world: World | None, tables: frozenset[str]) -> World:
    own = transport_world() if world is None else world
    parts: dict[str, pd.DataFrame] = {}
    if "passages" in tables:
        sea = part(own if world is not None else transport_world().without("passages"), "passages")
        land = land_table(own, "passages")
        frames = [one.frame for one in (land, sea)]
        both = pd.concat(frames)
        parts["passages"] = both[~both.index.duplicated()]
    for name in tables & {"facilities", "lanes"}:
        parts[name] = land_table(own, name).frame
        parts["facilities"] = land_table(own, "facilities").frame
    if "facilities" in parts:
        owner = own if "lanes" in own else transport_world()
        parts["regions"] = owner.part("regions").frame
        parts["facilities"] = parts["facilities"].drop(columns="firm", errors="ignore")
    return World({name: _plain(frame) for name, frame in parts.items()})


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Return rows without what refers to tables that an atlas does not have."""
    return frame.drop(columns=[n for n in ("source", "parent") if n in frame]).reset_index()


def closing_of(world: World, scenario: Scenario, days: int) -> Closing | None:
    """Resolve the changes of the network in a scenario; None: it has none.

    Raises
    ------
    ScenarioError
        If a change matches nothing, or makes a share or a duration what it cannot be.
    """
    if not scenario.changes:
        return None
    targets = {change.target for change in scenario.changes}
    atlas = atlas_of(world, frozenset(one.partition(".")[0] for one in targets))
    timeline = scenario.compile(atlas)
    days = max(days, *(_settled(change) for change in scenario.changes))
    things: list[_Thing] = []
    for target in sorted(targets):
        things += _things(atlas, timeline, target, days)
    shares = [one for one in things if one.is_share]
    _refuse_opening(shares, scenario.name)
    slow = [one for one in things if not one.is_share]
    groups, open_, members = _groups(shares, days)
    plan, plans = _plans(slow, days)
    closed = [all(one.usual <= 0 for one in inside) for inside in members]
    return Closing(
        open=open_, groups=groups, usual=tuple(np.flatnonzero(closed).tolist()),
        opened=tuple(one.label for one in shares if one.usual <= 0), plan=plan, plans=plans,
        places=tuple(_places(inside) for inside in (*members, slow)),
        table=_table(things),
    )  # fmt: skip


def _settled(change: Change) -> int:
    """Return the day from which a change stays as it is, or its rest fades on hardly seen."""
    faded = 0.0 if change.recovery is None else change.recovery.days
    return min(_MOST, int(np.ceil(change.start + (change.days or 0.0) + faded)) + 2)


def _refuse_opening(shares: list[_Thing], scenario: str) -> None:
    """Refuse to open what only tables can open.

    Raises
    ------
    ScenarioError
        If a lane or a facility that is closed is to be opened.
    """
    for one in shares:
        if one.usual <= 0 and one.table != "passages":
            raise ScenarioError(
                f"scenario {scenario!r} opens {one.label!r} of {one.table}, which is closed in the "
                "tables; a scenario can open passages only",
                hint=f"set open in the table {one.table} of a world of your own, or leave it out",
            )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Thing:
    """One row that a scenario changes."""

    table: str
    label: str
    kind: str
    usual: float
    by_day: Array
    place: tuple[float, float]
    is_share: bool

    @property
    def where(self) -> str:
        """Field of `Closed` and `Delays` that it belongs to."""
        if self.table != "passages":
            return self.table
        return "sea" if self.label in network().passages else "land"


def _things(atlas: World, timeline: Timeline, target: str, days: int) -> list[_Thing]:
    """Return the rows that a scenario changes in one column, and how."""
    name, _, column = target.partition(".")
    table = atlas.part(name)
    base = table.numbers(column)
    steps = list(timeline.on(target))
    rows = np.unique(np.concatenate([step.rows for step in steps]))
    strength = np.stack([step.change.strength(np.arange(days, dtype=float)) for step in steps])
    moved = np.append(True, (strength[:, 1:] != strength[:, :-1]).any(axis=0))
    by_day = np.empty((days, len(rows)))
    for day in range(days):
        if moved[day]:
            now = timeline.numbers(target, base, day)[rows]
            _check(now, table.index[rows], target, timeline.scenario, day)
        by_day[day] = now
    frame = table.frame
    kinds = frame["kind" if "kind" in frame else "mode"].astype("str").to_numpy()
    found = []
    for k, row in enumerate(rows.tolist()):
        if not (by_day[:, k] != base[row]).any():
            continue
        place = (
            (float(frame["lon"].iloc[row]), float(frame["lat"].iloc[row]))
            if "lon" in frame
            else (np.nan, np.nan)
        )
        found.append(
            _Thing(
                table=name, label=str(table.index[row]), kind=str(kinds[row]),
                usual=float(base[row]), by_day=by_day[:, k], place=place,
                is_share=column == "open",
            )
        )  # fmt: skip
    return found


def _check(now: Array, labels: pd.Index, target: str, scenario: str, day: int) -> None:
    """Refuse what cannot be."""
    most = 1.0 if target.endswith(".open") else 3650.0
    wrong = np.flatnonzero(~((now >= -1e-12) & (now <= most + 1e-12)))
    if len(wrong):
        at = int(wrong[0])
        raise ScenarioError(
            f"scenario {scenario!r} makes {target} of {labels[at]!r} {now[at]:g} on day {day}, and "
            f"it has to be 0 to {most:g}",
            hint="write smaller changes, or use set",
        )


def _groups(
    things: list[_Thing], days: int
) -> tuple[tuple[Closed, ...], Array, list[list[_Thing]]]:
    """Put together what is open by the same share on every day, and as usual."""
    if not things:
        return (), np.ones((days, 0)), []
    rows = np.stack(
        [
            np.append(
                one.usual <= 0,
                np.clip(one.by_day / one.usual if one.usual > 0 else one.by_day, 0.0, 1.0),
            )
            for one in things
        ]
    )
    kinds, which = np.unique(rows, axis=0, return_inverse=True)
    groups, members = [], []
    for number in range(len(kinds)):
        inside = [one for one, k in zip(things, which.ravel(), strict=True) if k == number]
        named: dict[str, Any] = {
            field: tuple(one.label for one in inside if one.where == field)
            for field in ("sea", "land", "facilities", "lanes")
        }
        groups.append(Closed(**named))
        members.append(inside)
    return tuple(groups), kinds[:, 1:].T.copy(), members


def _plans(slow: list[_Thing], days: int) -> tuple[Integers, tuple[Delays, ...]]:
    """Return the delays of every day; the first of the plans is none."""
    if not slow:
        return np.zeros(days, np.int64), (Delays(),)
    usual = np.array([one.usual for one in slow])
    rows = np.concatenate([usual[None], np.stack([one.by_day for one in slow], axis=1)])
    kinds, first, which = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first)  # the usual comes first
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    plans = []
    for row in kinds[order]:
        more: dict[str, dict[str, float]] = {
            field: {} for field in ("sea", "land", "facilities", "lanes")
        }
        for one, value in zip(slow, row.tolist(), strict=True):
            if value != one.usual:
                more[one.where][one.label] = value - one.usual
        plans.append(Delays(**{k: tuple(v.items()) for k, v in more.items()}))
    return place[which.ravel()][1:], tuple(plans)


def _places(things: list[_Thing]) -> tuple[Array, Array]:
    known = np.array([one.place for one in things if np.isfinite(one.place).all()]).reshape(-1, 2)
    return known[:, 0], known[:, 1]


def _table(things: list[_Thing]) -> pd.DataFrame:
    """Return a row for everything that is closed, opened or delayed."""
    rows = []
    for one in things:
        at = np.flatnonzero(one.by_day != one.usual)
        worst = one.by_day[at]
        rows.append({
            "thing": one.label, "kind": one.kind, "first_day": int(at[0]),
            "last_day": int(at[-1]) if at[-1] < len(one.by_day) - 1 else np.nan,
            "open": (worst.min() if one.usual > 0 else worst.max()) if one.is_share else np.nan,
            "delay": np.nan if one.is_share
            else float(worst[np.abs(worst - one.usual).argmax()] - one.usual),
        })  # fmt: skip
    columns = ["thing", "kind", "first_day", "last_day", "open", "delay"]
    return pd.DataFrame(rows, columns=columns)
