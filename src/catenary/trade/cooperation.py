"""Tables and sentences on a change of barriers made by one, some or all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from catenary.errors import listed
from catenary.languages import say
from catenary.model.money import told_amount

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Flags = NDArray[np.bool_]

__all__ = [
    "Ways", "groups_table", "outcomes_table", "regions_table", "runs_table", "told", "ways_table",
]  # fmt: skip

_NOTHING: Final = 1e-9  # change of real income that is none
_ALL: Final = ("alone", "answered", "without", "club", "everybody")
_TOLD: Final = 5  # regions that a sentence names


@dataclass(frozen=True, kw_only=True, eq=False)
class Ways:
    """S equilibria of N regions."""

    regions: pd.Index
    way: NDArray[np.str_]
    """(S,)."""
    actor: NDArray[np.int64]
    """Who acts alone, is answered or stays out, (S,); −1: a club or all."""
    acts: Flags
    """Who changes barriers, (S, N)."""
    real_income: Array
    """Exact change of real income, (S, N)."""
    real_wage: Array
    income: Array
    """At the baseline, in money, (N,)."""
    opens: bool
    """Whether trade becomes cheaper."""

    @property
    def gain(self) -> Array:
        """Real income gained, in money, (S, N)."""
        total: Array = self.real_income * self.income
        return total

    def own(self, way: str) -> Array:
        """Return what each actor's own equilibrium does to it, (N,); NaN: it has none."""
        found = np.full(len(self.regions), np.nan)
        rows = np.flatnonzero(self.way == way)
        found[self.actor[rows]] = self.real_income[rows, self.actor[rows]]
        return found

    def of_all(self, way: str) -> Array:
        """Return what one equilibrium of many actors does to each region, (N,); NaN: not solved."""
        rows = np.flatnonzero(self.way == way)
        return self.real_income[rows[0]] if len(rows) else np.full(len(self.regions), np.nan)

    def each(self, way: str) -> Array:
        """Return what a way does to each region, in its own equilibrium if it has one, (N,)."""
        return self.of_all(way) if way in ("club", "everybody") else self.own(way)


def runs_table(found: Ways) -> pd.DataFrame:
    """Return one row per equilibrium."""
    gain, world = found.gain, found.income.sum()
    who = found.acts.copy()
    single = found.actor >= 0
    who[single] = np.arange(len(found.regions)) == found.actor[single, None]
    weight = np.where(who, found.income, 0.0)
    other = np.where(who, 0.0, found.income)
    rest = other.sum(axis=1)
    return pd.DataFrame(
        {
            "way": found.way,
            "actor": ["" if one < 0 else str(found.regions[one]) for one in found.actor],
            "real_income": gain.sum(axis=1) / world,
            "own": (found.real_income * weight).sum(axis=1) / weight.sum(axis=1),
            "others": np.divide(
                (found.real_income * other).sum(axis=1), rest,
                out=np.full(len(rest), np.nan), where=rest > 0,
            ),
            "winners": (found.real_income > _NOTHING).sum(axis=1),
            "losers": (found.real_income < -_NOTHING).sum(axis=1),
            "gained": np.maximum(gain, 0.0).sum(axis=1),
            "lost": np.maximum(-gain, 0.0).sum(axis=1),
        }
    )  # fmt: skip


def ways_table(found: Ways) -> pd.DataFrame:
    """Return one row per way: means over its equilibria."""
    runs, rows = runs_table(found), []
    for way in [one for one in _ALL if (found.way == one).any()]:
        kept = found.way == way
        part = runs[kept]
        own = found.each(way)
        inside = found.acts[kept].any(axis=0) if way in ("club", "everybody") else ~np.isnan(own)
        own = own[inside]
        rows.append(
            {
                "way": way,
                "runs": int(kept.sum()),
                "real_income": part["real_income"].mean(),
                "own": float((own * found.income[inside]).sum() / found.income[inside].sum()),
                "others": part["others"].mean(),
                "actors": int(inside.sum()),
                "winners": int((own > _NOTHING).sum()),
                "losers": int((own < -_NOTHING).sum()),
                "nobody_loses": int((part["losers"] == 0).sum()),
                "gained": part["gained"].mean(),
                "lost": part["lost"].mean(),
            }
        )
    return pd.DataFrame(rows)


def regions_table(found: Ways) -> pd.DataFrame:
    """Return each region in every way, largest gain of acting together first."""
    each = {way: found.each(way) for way in _ALL}
    everybody, alone = each["everybody"], each["alone"]
    worth = everybody - np.nan_to_num(alone) if found.opens else -everybody
    if found.opens and not (found.way == "alone").any():
        worth = np.full_like(everybody, np.nan)
    frame = pd.DataFrame(
        {
            "region": found.regions,
            "income_before": found.income,
            **each,
            "gain": everybody * found.income,
            "compensation": np.maximum(-everybody, 0.0) * found.income,
            "worth": worth,
            "staying_out": each["without"] - everybody,
        }
    )
    return frame.sort_values("everybody", ascending=False, kind="stable", ignore_index=True)


def groups_table(found: Ways, groups: Mapping[str, Flags]) -> pd.DataFrame:
    """Return groups of regions in every way; of single actors, each member's own equilibrium."""
    rows = []
    for way in [one for one in _ALL if (found.way == one).any()]:
        change = found.each(way)
        for name, kept in groups.items():
            inside = kept & ~np.isnan(change)
            if not inside.any():
                continue
            part, income = change[inside], found.income[inside]
            rows.append(
                {
                    "way": way, "group": name, "regions": int(inside.sum()),
                    "real_income": float((part * income).sum() / income.sum()),
                    "gain": float((part * income).sum()),
                    "winners": int((part > _NOTHING).sum()),
                    "losers": int((part < -_NOTHING).sum()),
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


def outcomes_table(found: Ways) -> pd.DataFrame:
    """Return every region in every equilibrium."""
    runs, count = found.real_income.shape
    names = pd.Index([*(str(one) for one in found.regions), ""])
    return pd.DataFrame(
        {
            "way": pd.Categorical(np.repeat(found.way, count), categories=list(_ALL)),
            "actor": pd.Categorical.from_codes(
                np.repeat(np.where(found.actor < 0, count, found.actor), count), categories=names
            ),
            "region": pd.Categorical.from_codes(
                np.tile(np.arange(count), runs), categories=found.regions
            ),
            "real_income": found.real_income.ravel(),
            "real_wage": found.real_wage.ravel(),
            "gain": found.gain.ravel(),
        }
    )


def told(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """Return what acting together does, who loses, and what cooperation is worth, in sentences."""
    regions, basis = tables["regions"], tables["basis"]
    ways = {str(row["way"]): row for _, row in tables["ways"].iterrows()}
    opens = basis["direction"].iloc[0] == "opening"
    unit = str(basis["unit"].iloc[0])
    lines = [_everybody(ways["everybody"], regions, unit)]
    if "alone" in ways:
        lines.append(_alone(ways, regions, opens=opens))
    if "answered" in ways:
        row = ways["answered"]
        lines.append(
            say(
                "Once all others answer in kind, {winners:,} of {actors:,} gain; their real income "
                "changes by {own:+.3%}.",
                winners=int(row["winners"]), actors=int(row["actors"]), own=row["own"],
            )
        )  # fmt: skip
    if "club" in ways:
        row = ways["club"]
        lines.append(
            say(
                "In the club, real income of members changes by {own:+.3%} ({winners:,} of "
                "{actors:,} gain), that of all others by {others:+.3%}.",
                own=row["own"], winners=int(row["winners"]), actors=int(row["actors"]),
                others=row["others"],
            )
        )  # fmt: skip
    if "without" in ways:
        out = regions[regions["staying_out"] > _NOTHING]
        lines.append(
            say("Nobody gains by staying out while all others act.")
            if out.empty
            else say(
                "Staying out while all others act pays for {count:,} regions: {names}.",
                count=len(out), names=listed(out["region"].astype(str), most=_TOLD),
            )
        )  # fmt: skip
    return lines


def _everybody(row: pd.Series, regions: pd.DataFrame, unit: str) -> str:
    """Return what happens if everybody acts, who loses, and whether that can be made good."""
    lose = regions[regions["everybody"] < -_NOTHING].sort_values("everybody")
    about = {
        "world": row["real_income"], "gained": told_amount(row["gained"], unit),
        "lost": told_amount(row["lost"], unit),
        "names": listed(lose["region"].astype(str), most=_TOLD), "losers": len(lose),
        "winners": int(row["winners"]), "regions": len(regions),
    }  # fmt: skip
    if lose.empty:
        return say(
            "If everybody acts, real income of the world changes by {world:+.3%}, and nobody loses"
            ": {winners:,} of {regions:,} regions gain {gained}.",
            **about,
        )
    if not int(row["winners"]):
        return say(
            "If everybody acts, real income of the world changes by {world:+.3%}, and nobody gains"
            ": {losers:,} of {regions:,} regions lose {lost}.",
            **about,
        )
    if row["gained"] > row["lost"]:
        return say(
            "If everybody acts, real income of the world changes by {world:+.3%}: {winners:,} of "
            "{regions:,} regions gain {gained}, enough to make good the {lost} "
            "that {losers:,} lose ({names}).",
            **about,
        )
    return say(
        "If everybody acts, real income of the world changes by {world:+.3%}: {losers:,} of "
        "{regions:,} regions lose {lost} ({names}), which what others gain "
        "({gained}) cannot make good.",
        **about,
    )


def _alone(ways: Mapping[str, pd.Series], regions: pd.DataFrame, *, opens: bool) -> str:
    """Return what acting alone does, and what cooperation is worth."""
    row = ways["alone"]
    worth = (regions["worth"] * regions["income_before"]).sum() / regions["income_before"].sum()
    about = {
        "winners": int(row["winners"]), "actors": int(row["actors"]), "own": row["own"],
        "worth": worth, "better": int((regions["worth"] > _NOTHING).sum()), "regions": len(regions),
    }  # fmt: skip
    if opens:
        return say(
            "Alone, {winners:,} of {actors:,} gain; their real income changes by {own:+.3%}. "
            "Acting together instead is worth {worth:+.3%} of income, and better for {better:,} of "
            "{regions:,}.",
            **about,
        )
    return say(
        "Alone, {winners:,} of {actors:,} gain; their real income changes by {own:+.3%}. That "
        "nobody does it rather than everybody is worth {worth:+.3%} of income, and better for "
        "{better:,} of {regions:,}.",
        **about,
    )
