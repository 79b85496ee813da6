"""An open scorecard: how well connected, resilient, innovative and supported chains are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Final

import numpy as np
import pandas as pd

from catenary.economy.accounts import Accounts
from catenary.errors import DataError, MissingDataError, OptionError, did_you_mean, listed
from catenary.languages import joined, recognised, say
from catenary.model import Result, Run, World
from catenary.model.analysis import Number, Share, analysis
from catenary.model.progress import advance
from catenary.studies.components import (
    BUILT_IN,
    PILLARS,
    Component,
    Shocks,
    connection,
    resilience,
)
from catenary.studies.scorecard import OVERALL, scorecard

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Self

__all__ = ["Index", "index"]

_TOLD: Final = 5


@dataclass(frozen=True, kw_only=True, eq=False)
class Index(Result):
    """Scores and ranks of countries, with everything that they are made of."""

    scores: pd.DataFrame
    """Score, rank and range of ranks by region and pillar."""
    components: pd.DataFrame
    """Every indicator of every region: its value and its score; absent is blank."""
    weights: pd.DataFrame
    """What counts, for how much, in which direction, and where it is from."""
    shocks: pd.DataFrame
    """What each of the standard shocks does to every other region that is ranked."""
    sensitivity: pd.DataFrame
    """How far ranks move when one component is left out."""
    groups: pd.DataFrame
    """Mean scores of groups of regions."""

    def joined(self, results: Mapping[str, Self], *, world: str) -> Self:
        """Return one scorecard of many worlds, all on one scale."""
        together = super().joined(results, world=world)
        weights = together.weights.drop(columns="world").drop_duplicates("component")
        tables, told = scorecard(
            together.components.drop(columns="score"), weights,
            draws=int(self.run.options["draws"]), seed=int(self.run.options["seed"]),
        )  # fmt: skip
        warnings = tuple(dict.fromkeys((*together.run.warnings, *told)))
        return replace(together, run=replace(together.run, warnings=warnings), **tables)

    def summary(self) -> str:
        """Return who leads, who trails, and how sure the order is."""
        lines: list[str] = []
        labels = list(dict.fromkeys(self.scores["world"])) if "world" in self.scores else [""]
        for label in labels:
            scores = self.scores[self.scores["world"] == label] if label else self.scores
            line = _told(scores)
            lines.append(say("{label}: {text}", label=label, text=line) if label else line)
        return joined(lines, "\n")


def _told(scores: pd.DataFrame) -> str:
    """Return the leaders of one world in a sentence."""
    best = scores[(scores["pillar"] == OVERALL) & scores["rank"].notna()].sort_values("rank")
    if best.empty:
        return say("no region has every component that counts, so that none is ranked")
    each = [
        say("{region} {score:.0f} (rank {low:.0f}–{high:.0f})", region=str(row["region"]),
            score=row["score"], low=row["rank_low"], high=row["rank_high"])
        for _, row in best.head(_TOLD).iterrows()
    ]  # fmt: skip
    return say(
        "{ranked} of {regions} regions are ranked; highest: {names} (of 100; range of ranks under "
        "90 of 100 sets of weights).",
        ranked=len(best),
        regions=int((scores["pillar"] == OVERALL).sum()),
        names=joined(each, say(", ")),
    )


@analysis("see")
def index(
    world: World,
    *,
    weights: str = "",
    without: str = "ROW,RoW",
    shock_share: Share = 0.5,
    shock_days: Annotated[float, Number("day", 1, 3650)] = 30,
    recovery_days: Annotated[float, Number("day", 0, 3650)] = 60,
    days: Annotated[int, Number("day", 1, 3650)] = 365,
    stock_days: Annotated[float, Number("day", 0, 3650)] = 60,
    draws: Annotated[int, Number("draws", 1, 100_000)] = 1000,
    seed: Annotated[int, Number("number", 0, 2**31)] = 1,
) -> Index:
    """Score how well connected and resilient (and innovative and supported) regions are.

    Every component is put between 0 (worst of all regions and years given) and 100 (best); a
    pillar is the weighted mean of its components, the overall score that of the pillars. Nothing is
    imputed: a region that lacks a component that counts has no score of that pillar. A component
    that no region has is left out, and the result says so.

    Parameters
    ----------
    world
        Needs `intermediate` and `final`; further indicators, and all of innovation and promotion,
        come from the table `indicators`. Several worlds (years) share one scale.
    weights
        Weights of pillars and components, as in "resilience=2, fall=0"; 1 where nothing is said.
    without
        Regions that are neither ranked nor hit by the standard shocks, separated by commas: the
        rest of the world is no country. As a supplier such a region counts as one.
    shock_share
        The standard shocks: every other region in turn loses that share of its capacity …
    shock_days
        … for so many days …
    recovery_days
        … and gets it back linearly over so many more.
    days
        Days for which each shock is followed.
    stock_days
        Days of stock of inputs for which the world says nothing.
    draws
        Sets of weights drawn for the ranges of ranks.
    seed
        Where the draws begin.

    Returns
    -------
    Index
        Scores with ranges of ranks, components, weights, sensitivity and means of groups.

    Raises
    ------
    OptionError
        If weights name what there is not, nothing has weight, or nobody is left to rank.
    DataError
        If the table `indicators` contradicts itself.
    MissingDataError
        If the world lacks a matrix.

    References
    ----------
    OECD & JRC (2008), Handbook on Constructing Composite Indicators; Saisana, M., Saltelli, A. &
    Tarantola, S. (2005), Journal of the Royal Statistical Society A 168(2), 307-323.

    Examples
    --------
    >>> from catenary.testing import two_regions
    >>> found = index(two_regions(), days=60)
    >>> found.scores[["region", "pillar", "rank"]].head(2).to_numpy().tolist()
    [['BBB', 'overall', 1.0], ['AAA', 'overall', 2.0]]
    """
    accounts = Accounts.of(world)
    left_out = frozenset(word.strip() for word in without.split(","))
    shocks = Shocks(
        share=shock_share, days=shock_days, recovery_days=recovery_days, run_days=days,
        stock_days=stock_days, spared=left_out,
    )  # fmt: skip
    advance("connection", 0, 1)
    measured = connection(world, accounts)
    found, outcomes = resilience(world, accounts, shocks)
    measured |= found
    made = accounts.by_region(np.maximum(accounts.output, 0.0)) > 0
    ranked = np.flatnonzero(made & ~np.asarray(accounts.regions.isin(left_out)))
    if not len(ranked):
        if made.any():
            raise OptionError(
                f"without={without!r} leaves no region to rank",
                hint=f"keep one of {listed(accounts.regions[made])}",
            )
        raise MissingDataError(
            "this world has no region to rank", hint=f"it has {listed(accounts.regions)}"
        )
    values = pd.DataFrame(measured, index=accounts.regions).iloc[ranked]
    given = _given(world)
    parts = [*BUILT_IN, *given]
    for name, rows in _rows_given(world).items():
        values[name] = rows.reindex(values.index)
    told = list(accounts.warnings)
    aggregates = accounts.regions[made & np.asarray(accounts.regions.isin(left_out))]
    if len(aggregates):
        told.append(
            say(
                "{names} is neither ranked nor hit by the shocks, and counts as one supplier in "
                "supplier_diversity and substitutability",
                names=listed(aggregates),
            )
        )
    if not shock_share:
        told.append(say("the standard shocks take nothing: nobody falls, loses or recovers"))
    felt = outcomes[outcomes["region"].isin(accounts.regions[ranked])]
    unrecovered = int((~felt["recovered"]).sum())
    if unrecovered:
        told.append(
            say(
                "output is not yet normal after {days} days in {cases} cases (one shock, one "
                "region); their recovery counts to that day",
                cases=unrecovered,
                days=days,
            )
        )
    options = {"draws": draws, "seed": seed}
    run = Run(analysis="index", options=options, world="", warnings=tuple(told))
    felt = felt.drop(columns="recovered").sort_values(
        ["loss_days", "region", "shocked"], ascending=[False, True, True], ignore_index=True
    )
    return _scored(run, _long(values, parts), _weights(parts, weights), felt)


def _given(world: World) -> list[Component]:
    """Return the components that the world's own table of indicators brings."""
    if "indicators" not in world:
        return []
    table = world.table("indicators")
    known = {one.id for one in BUILT_IN}
    found = []
    for name, rows in table.groupby("indicator", sort=False):
        if str(name) in (known | {*PILLARS, OVERALL}):
            raise DataError(
                f"indicators names {name!r}, which is measured from the table itself",
                hint="give your indicator another name",
            )
        kinds = rows[["pillar", "better", "unit"]].drop_duplicates()
        twice = rows["region"].duplicated(keep=False)
        if twice.any():
            region = rows["region"][twice].iloc[0]
            where = np.flatnonzero((table["indicator"] == name) & (table["region"] == region)) + 1
            raise DataError(
                f"indicators has several values of {name!r} for {region!r}: rows {listed(where)}",
                hint="give one row for each region; years are worlds of their own",
            )
        if len(kinds) > 1:
            raise DataError(
                f"indicators has several units, pillars or directions of {name!r}: "
                f"{listed(' '.join(map(str, kind)) for kind in kinds.to_numpy())}",
                hint="give each indicator one unit, pillar and direction",
            )
        source = str(rows["source"].iloc[0]) if "source" in rows else ""
        found.append(
            Component(
                id=str(name), pillar=str(kinds["pillar"].iloc[0]),
                unit=str(kinds["unit"].iloc[0]), better=str(kinds["better"].iloc[0]),
                statement=say("given in the table `indicators`"),
                source=source if source not in ("", "nan") else say("not stated"),
            )
        )  # fmt: skip
    return found


def _rows_given(world: World) -> dict[str, pd.Series]:
    """Return the values of the given indicators by region."""
    if "indicators" not in world:
        return {}
    table = world.table("indicators")
    return {
        str(name): rows.set_index(rows["region"].astype(str))["value"]
        for name, rows in table.groupby("indicator", sort=False)
    }


def _long(values: pd.DataFrame, parts: Sequence[Component]) -> pd.DataFrame:
    """Return one row for each region and component."""
    frames = [
        pd.DataFrame({
            "region": values.index.astype("str"), "pillar": part.pillar, "component": part.id,
            "unit": part.unit, "value": values[part.id].to_numpy(float),
        })
        for part in parts
    ]  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def _weights(parts: Sequence[Component], weights: str) -> pd.DataFrame:
    """Return what counts and for how much."""
    pillars = [name for name in PILLARS if any(part.pillar == name for part in parts)]
    chosen = _chosen(weights, [*PILLARS, *(part.id for part in parts)])
    return pd.DataFrame(
        [
            {
                "pillar": part.pillar, "component": part.id,
                "pillar_weight": chosen.get(part.pillar, 1.0), "weight": chosen.get(part.id, 1.0),
                "better": part.better, "unit": part.unit, "statement": recognised(part.statement),
                "source": recognised(part.source),
            }
            for name in pillars
            for part in parts
            if part.pillar == name
        ]
    )  # fmt: skip


def _chosen(weights: str, known: Sequence[str]) -> dict[str, float]:
    """Return the weights that were given, checked."""
    found: dict[str, float] = {}
    for word in (one.strip() for one in weights.split(",")):
        if not word:
            continue
        name, _, text = (piece.strip() for piece in word.partition("="))
        if name not in known:
            raise OptionError(
                f"weights name {name!r}, which is no pillar or component",
                hint=did_you_mean(name, known),
            )
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not 0 <= value < np.inf:
            raise OptionError(
                f"the weight of {name} is {text!r}",
                hint='give numbers of 0 or more, as in "resilience=2, fall=0"',
            )
        if name in found:
            raise OptionError(f"weights name {name!r} twice", hint="give each weight once")
        found[name] = value
    return found


def _scored(
    run: Run, components: pd.DataFrame, weights: pd.DataFrame, shocks: pd.DataFrame
) -> Index:
    """Return scores and ranks of what was measured."""
    tables, told = scorecard(
        components, weights, draws=int(run.options["draws"]), seed=int(run.options["seed"])
    )
    return Index(run=replace(run, warnings=(*run.warnings, *told)), shocks=shocks, **tables)
