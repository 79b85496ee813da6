"""Tables of a scorecard: scores, ranks, how far these rest on the weights, means of groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from catenary.errors import OptionError
from catenary.languages import say
from catenary.maths.scoring import drawn_weights, ranks, scaled, weighted
from catenary.worlds.groups import members

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Integers = NDArray[np.integer[Any]]

__all__ = ["OVERALL", "scorecard"]

OVERALL: Final = "overall"

_RANGE: Final = (0.05, 0.95)


def scorecard(
    components: pd.DataFrame, weights: pd.DataFrame, *, draws: int, seed: int
) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """Return every table of a scorecard, and what a reader should know.

    Parameters
    ----------
    components
        Columns region, pillar, component, unit, value, and world where there are several.
    weights
        Columns pillar, component, pillar_weight, weight, better.
    draws, seed
        Sets of weights for the ranges of ranks, and where they begin.

    Raises
    ------
    OptionError
        If nothing has weight.
    """
    if not (weights["weight"] * weights["pillar_weight"]).sum() > 0:
        raise OptionError(
            "nothing has weight", hint="give one pillar and one of its components more than 0"
        )
    keys = ["world", "region"] if "world" in components else ["region"]
    rows = components[keys].drop_duplicates(ignore_index=True)
    row = pd.MultiIndex.from_frame(rows).get_indexer(pd.MultiIndex.from_frame(components[keys]))
    column = pd.Index(weights["component"]).get_indexer(pd.Index(components["component"]))
    values = np.full((len(rows), len(weights)), np.nan)
    values[row, column] = components["value"]
    parts = scaled(values, (weights["better"] == "higher").to_numpy())
    worlds = rows["world"] if "world" in rows else pd.Series("", index=rows.index)
    scores, moved, told = [], [], []
    for world in dict.fromkeys(worlds):
        here = np.flatnonzero(worlds == world)
        year = _Year(parts[here], weights, draws, seed)
        scores.append(_labelled(year.scores(rows["region"].iloc[here]), str(world)))
        moved.append(_labelled(year.sensitivity(rows["region"].iloc[here]), str(world)))
        told += year.told(str(world))
    table = pd.concat(scores, ignore_index=True)
    return {
        "scores": table,
        "components": components.assign(score=100 * parts[row, column]),
        "weights": weights.assign(
            regions=np.isfinite(values).sum(axis=0), share=_shares(weights)
        ).reset_index(drop=True),
        "sensitivity": pd.concat(moved, ignore_index=True),
        "groups": _groups(table),
    }, told


def _shares(weights: pd.DataFrame) -> Array:
    """Return the share of the overall score that each component has."""
    within = weights.groupby("pillar")["weight"].transform("sum")
    counted = weights["pillar_weight"].where(within > 0, 0.0)
    pillars = counted.groupby(weights["pillar"]).first().sum()
    share = weights["weight"] / within.where(within > 0, 1.0) * counted / pillars
    return share.to_numpy(float)


def _labelled(frame: pd.DataFrame, world: str) -> pd.DataFrame:
    if world:
        frame.insert(0, "world", world)
    return frame


class _Year:
    """The regions of one world: scaled components (R, K) and the weights that hold for them."""

    def __init__(self, parts: Array, weights: pd.DataFrame, draws: int, seed: int) -> None:
        there = np.isfinite(parts).any(axis=0)
        self.parts, self.draws, self.seed = parts, draws, seed
        self.absent = weights["component"][~there & (weights["weight"] > 0).to_numpy()].tolist()
        self.components = weights["component"].tolist()
        self.weights = np.where(there, weights["weight"], 0.0)
        self.of = weights["pillar"].to_numpy(str)
        self.pillars = [
            str(name) for name in dict.fromkeys(self.of) if self.weights[self.of == name].sum() > 0
        ]
        first = weights.drop_duplicates("pillar").set_index("pillar")["pillar_weight"]
        self.pillar_weights = np.array([float(first[name]) for name in self.pillars])

    def overall(self, within: Array, among: Array) -> Array:
        """Return overall scores, (…, R), for weights of components and of pillars, (…, K or P)."""
        whole = np.zeros(np.broadcast_shapes(within.shape, (*among.shape[:-1], 1)))
        for place, pillar in enumerate(self.pillars):
            own = self.of == pillar
            total = within[..., own].sum(axis=-1, keepdims=True)
            share = np.divide(
                within[..., own], total, out=np.zeros_like(within[..., own]), where=total > 0
            )
            whole[..., own] = share * among[..., place : place + 1]
        return weighted(self.parts, whole)

    def drawn(self) -> tuple[Array, Array]:
        """Return sets of weights of components and of pillars."""
        within = np.zeros((self.draws, len(self.weights)))
        for place, pillar in enumerate(self.pillars):
            own = np.where(self.of == pillar, self.weights, 0.0)
            within += drawn_weights(own, self.draws, self.seed + place + 1)
        return within, drawn_weights(self.pillar_weights, self.draws, self.seed)

    def scores(self, regions: pd.Series) -> pd.DataFrame:
        """Return score, rank and range of ranks by pillar."""
        within, among = self.drawn()
        frames = []
        for name in (OVERALL, *self.pillars):
            chosen = self.pillar_weights if name == OVERALL else np.zeros(len(self.pillars))
            some = among
            if name != OVERALL:
                chosen[self.pillars.index(name)] = 1.0
                some = np.broadcast_to(chosen, among.shape)
            score = self.overall(self.weights, chosen)
            spread = ranks(self.overall(within, some))
            unranked = np.isnan(score)
            low, high = np.quantile(
                np.where(unranked, 0.0, spread), _RANGE, axis=0, method="inverted_cdf"
            )
            counted = self.weights[None] * np.isin(
                self.of, [p for p, w in zip(self.pillars, chosen, strict=True) if w > 0]
            )
            lacking = (np.isnan(self.parts) & (counted > 0)).sum(axis=1)
            frames.append(
                pd.DataFrame({
                    "region": regions.to_numpy(), "pillar": name, "score": 100 * score,
                    "rank": ranks(score),
                    "rank_low": np.where(unranked, np.nan, low),
                    "rank_high": np.where(unranked, np.nan, high),
                    "lacking": lacking,
                }).sort_values("rank", kind="stable", ignore_index=True)
            )  # fmt: skip
        return pd.concat(frames, ignore_index=True)

    def sensitivity(self, regions: pd.Series) -> pd.DataFrame:
        """Return how far overall ranks move without each component."""
        before = ranks(self.overall(self.weights, self.pillar_weights))
        found = []
        for place, component in enumerate(self.components):
            if self.weights[place] <= 0:
                continue
            rest = self.weights.copy()
            rest[place] = 0.0
            empty = rest[self.of == self.of[place]].sum() <= 0
            among = np.where(
                empty & (np.array(self.pillars) == self.of[place]), 0.0, self.pillar_weights
            )
            moved = np.abs(ranks(self.overall(rest, among)) - before)
            known = np.isfinite(moved)
            # of those that move as far the first by name
            most = int(np.lexsort((regions.to_numpy(str), -np.where(known, moved, -1.0)))[0])
            found.append({
                "component": component,
                "pillar": str(self.of[place]),
                "mean_change": float(moved[known].mean()) if known.any() else np.nan,
                "most_change": float(moved[most]) if known.any() else np.nan,
                "region": str(regions.iloc[most]) if known.any() else "",
            })  # fmt: skip
        columns = ["component", "pillar", "mean_change", "most_change", "region"]
        return pd.DataFrame(found, columns=columns).sort_values(
            "mean_change", ascending=False, kind="stable", ignore_index=True
        )

    def told(self, world: str) -> list[str]:
        """Say what no region has, and who is not ranked for lack of something."""
        lines: list[str] = []
        if self.absent:
            lines.append(
                say("no region has {names}; the scores do without", names=", ".join(self.absent))
            )
        lacking = np.isnan(self.overall(self.weights, self.pillar_weights)).sum()
        if lacking:
            lines.append(
                say(
                    "{count} regions are not ranked: they lack a component that counts",
                    count=int(lacking),
                )
            )
        if world:
            return [say("{label}: {text}", label=world, text=line) for line in lines]
        return lines


def _groups(scores: pd.DataFrame) -> pd.DataFrame:
    """Return the mean score of the members of every built-in group that are ranked."""
    keys = ["world", "pillar"] if "world" in scores else ["pillar"]
    frames = []
    for group, regions in members().items():
        inside = scores[scores["region"].isin(regions) & scores["score"].notna()]
        mean = inside.groupby(keys, sort=False)["score"].agg(["mean", "count"]).reset_index()
        frames.append(
            mean.rename(columns={"mean": "score", "count": "regions"}).assign(group=group)
        )
    table = pd.concat(frames, ignore_index=True)
    return table[[*keys[:-1], "group", "pillar", "regions", "score"]]
