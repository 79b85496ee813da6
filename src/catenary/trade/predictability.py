"""How far tariffs could rise without breaking a promise: bound rates, overhang, coverage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import numpy as np
import pandas as pd

from catenary.languages import joined, recognised, say
from catenary.model import Result, Run, World
from catenary.model.analysis import Number, analysis
from catenary.trade.bounds import Lines, bound_scenario
from catenary.trade.easing import uses_of
from catenary.trade.effects import effects, extremes, no_effects
from catenary.worlds.groups import members

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

__all__ = ["Predictability", "predictability"]

_HAIR: Final = 1e-12
_ALMOST: Final = 0.9995  # of trade: less than this is told


@dataclass(frozen=True, kw_only=True, eq=False)
class Predictability(Result):
    """Bound and applied tariffs, and the room between them."""

    regions: pd.DataFrame
    """Each region as a buyer: what it levies and what it may levy."""
    partners: pd.DataFrame
    """The same by buyer and seller."""
    products: pd.DataFrame
    """The same by product."""
    groups: pd.DataFrame
    """The same of groups of regions, as buyers and as sellers."""
    lines: pd.DataFrame
    """Every line: pair of regions and product."""
    effects: pd.DataFrame
    """Incomes and trade if every member went to its bound rate, if asked for."""
    basis: pd.DataFrame
    """The world: one row."""

    def figures(self) -> pd.DataFrame:
        """Return coverage, tariffs and overhang of the world."""
        parts = []
        for label, one in self.by_world():
            basis = one["basis"].iloc[0]
            rows = [
                (str(say("lines bound")), "share", float(basis["coverage"])),
                (str(say("applied tariff, simple mean")), "share", float(basis["tariff"])),
                (str(say("overhang, simple mean of bound lines")), "share",
                 float(basis["overhang"])),
            ]  # fmt: skip
            if basis["unit"]:
                rows += [
                    (str(say("trade bound")), "share", float(basis["coverage_trade"])),
                    (str(say("applied tariff, mean of trade")), "share",
                     float(basis["tariff_trade"])),
                    (str(say("overhang, mean of bound trade")), "share",
                     float(basis["overhang_trade"])),
                ]  # fmt: skip
            if len(one["effects"]):
                gain = one["effects"]["real_income"]
                rows += [
                    (str(say("real income at bound rates, most")), "share", float(gain.max())),
                    (str(say("real income at bound rates, least")), "share", float(gain.min())),
                ]
            frame = pd.DataFrame(rows, columns=["figure", "unit", "value"])
            parts.append(frame.assign(world=label) if label else frame)
        return pd.concat(parts, ignore_index=True)

    def summary(self) -> str:
        """Return how much is bound, how far tariffs may rise, and where most."""
        lines = []
        for label, one in self.by_world():
            line = joined(list(_sentences(one)), " ")
            lines.append(
                say("{label}: {text}", label=recognised(label), text=line) if label else line
            )
        return joined(lines, "\n")


def _sentences(one: dict[str, pd.DataFrame]) -> Iterator[str]:
    basis = one["basis"].iloc[0]
    if not basis["bound_lines"]:
        yield say(
            "None of {lines:,} tariff lines is bound; the applied tariff is {tariff:.2%} on "
            "average.",
            lines=int(basis["lines"]),
            tariff=basis["tariff"],
        )
        return
    yield say(
        "{coverage:.1%} of {lines:,} tariff lines are bound, at {bound:.2%} on average; applied is "
        "{tariff:.2%}. The overhang of bound lines is {overhang:.2%} of the price.",
        coverage=basis["coverage"],
        lines=int(basis["lines"]),
        bound=basis["bound"],
        tariff=basis["tariff"],
        overhang=basis["overhang"],
    )
    room = one["regions"][one["regions"]["overhang"] > _HAIR]
    if len(room):
        most = room.iloc[int(room["overhang"].to_numpy().argmax())]
        yield say(
            "Most room has {region}: {overhang:.2%}.",
            region=str(most["region"]),
            overhang=most["overhang"],
        )
    if len(one["effects"]):
        best, worst = extremes(one["effects"])
        yield say(
            "If every member went to its bound rate, real income would change by {lost:+.3%} "
            "({loss}) to {gained:+.3%} ({gain}).",
            gain=str(best["region"]),
            gained=best["real_income"],
            loss=str(worst["region"]),
            lost=worst["real_income"],
        )


@analysis("see")
def predictability(
    world: World,
    *,
    equilibrium: bool = False,
    elasticity: Annotated[float, Number("elasticity", 0)] | None = None,
    deficits: Literal["fixed", "zero", "share", "proportional"] = "fixed",
) -> Predictability:
    """Say how much of a world's tariffs is bound, and how far they could rise without a breach.

    Overhang is the bound rate less the applied one. A line is a pair of regions and a product that
    crosses a border and that a link speaks of. Where `links.bound` is blank the line is unbound: it
    counts in coverage, and its overhang is unknown, not 0. An applied tariff above its bound rate
    is told and stays as it is.

    Parameters
    ----------
    world
        Needs `links` with `tariff` and `bound`; trade is `intermediate` and `final`,
        `trade_flows`, or `supplies` with prices, and gives the means weighed by trade.
    equilibrium
        Whether to solve for incomes once every member went to its bound rate.
    elasticity
        Trade elasticity of products that the table `elasticities` does not name.
    deficits
        As in `counterfactual`.

    Returns
    -------
    Predictability
        Tariffs, bound rates, overhang and coverage by region, partner, product and group.

    Raises
    ------
    MissingDataError
        If there are no links; or an equilibrium is asked for, and nothing is bound.

    References
    ----------
    Bchir, M. H., Jean, S. & Laborde, D. (2005), Binding overhang and tariff-cutting formulas. CEPII
    working paper 2005-18.

    Examples
    --------
    >>> import catenary
    >>> import pandas as pd
    >>> from catenary.testing import two_regions
    >>> world = two_regions().with_(links=pd.DataFrame({
    ...     "origin": ["AAA", "BBB"], "destination": ["BBB", "AAA"],
    ...     "tariff": [0.1, 0.2], "bound": [0.3, None]}))
    >>> told = catenary.predictability(world).regions
    >>> told[["region", "coverage", "tariff", "overhang"]].round(3).to_numpy().tolist()
    [['BBB', 1.0, 0.1, 0.2], ['AAA', 0.0, 0.2, nan]]
    """
    found = Lines.of(world)
    lines = found.frame
    lines = lines.assign(overhang=lines["bound"] - lines["tariff"])
    lines["state"] = np.select(
        [lines["bound"].isna(), lines["overhang"] < -_HAIR], ["unbound", "above"], "bound"
    )
    table = no_effects()
    warned: tuple[str, ...] = ()
    if equilibrium:
        table, warned = effects(
            world, bound_scenario(world), deficits=deficits, elasticity=elasticity,
            uses=uses_of(world),
        )  # fmt: skip
    warnings = (*dict.fromkeys([*found.warnings, *warned]), *_told(lines, found.covered))
    about = pd.DataFrame({"unit": [found.unit], "covered": [found.covered]})
    return Predictability(
        run=Run(analysis="predictability", options={}, world="", warnings=warnings),
        regions=_by(lines, ["destination"], ["region"]),
        partners=_by(lines, ["destination", "origin"], ["region", "partner"]),
        products=_by(lines, ["product"], ["product"]),
        groups=_groups(world, lines),
        lines=_listed(lines),
        effects=table,
        basis=pd.concat([about, _whole(lines)], axis=1),
    )


def _told(lines: pd.DataFrame, covered: float) -> Iterator[str]:
    """Say what of tariffs is odd or unknown."""
    above = lines[lines["state"] == "above"]
    if len(above):
        worst = above.iloc[int(above["overhang"].to_numpy().argmin())]
        yield say(
            "{count:,} lines apply more than they are bound at, most {origin} to {destination}, "
            "{product}: {tariff:.4g} against {bound:.4g}; nothing was changed",
            count=len(above),
            origin=str(worst["origin"]),
            destination=str(worst["destination"]),
            product=str(worst["product"]),
            tariff=worst["tariff"],
            bound=worst["bound"],
        )
    unbound = int((lines["state"] == "unbound").sum())
    if unbound:
        yield say(
            "{count:,} of {all:,} lines are unbound: links.bound is blank",
            count=unbound,
            all=len(lines),
        )
    if covered < _ALMOST:
        yield say(
            "no link speaks of {share:.2%} of the trade between regions; it is left out",
            share=1 - covered,
        )


def _listed(lines: pd.DataFrame) -> pd.DataFrame:
    columns = ["origin", "destination", "product", "use", "tariff", "bound", "overhang", "state",
               "trade"]  # fmt: skip
    return lines[columns].sort_values(
        "overhang", ascending=False, kind="stable", na_position="first", ignore_index=True
    )


def _sums(lines: pd.DataFrame) -> pd.DataFrame:
    """Return what is added up to make means, line by line."""
    bound = lines["bound"].notna().to_numpy()
    trade = lines["trade"].to_numpy(np.float64)
    tariff, rate = lines["tariff"].to_numpy(np.float64), lines["bound"].to_numpy(np.float64)
    over = np.where(bound, rate - tariff, 0.0)
    rate = np.where(bound, rate, 0.0)
    return pd.DataFrame(
        {
            "lines": 1,
            "bound_lines": bound.astype(np.int64),
            "above": (lines["state"] == "above").to_numpy(np.int64),
            "tariff": tariff,
            "bound": rate,
            "overhang": over,
            "trade": trade,
            "bound_trade": np.where(bound, trade, 0.0) + 0.0 * trade,
            "tariff_trade": tariff * trade,
            "bound_rate_trade": rate * trade,
            "overhang_trade": over * trade,
        },
        index=lines.index,
    )


def _means(sums: pd.DataFrame) -> pd.DataFrame:
    """Return simple means and means weighed by trade from sums."""

    def ratio(part: str, whole: str) -> NDArray[np.float64]:
        below = sums[whole].to_numpy(np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            result: NDArray[np.float64] = np.where(below > 0, sums[part] / below, np.nan)
        return result

    return pd.DataFrame(
        {
            **{n: sums[n].fillna(0).astype("int64") for n in ("lines", "bound_lines", "above")},
            "coverage": ratio("bound_lines", "lines"),
            "tariff": ratio("tariff", "lines"),
            "bound": ratio("bound", "bound_lines"),
            "overhang": ratio("overhang", "bound_lines"),
            "trade": sums["trade"],
            "coverage_trade": ratio("bound_trade", "trade"),
            "tariff_trade": ratio("tariff_trade", "trade"),
            "bound_trade": ratio("bound_rate_trade", "bound_trade"),
            "overhang_trade": ratio("overhang_trade", "bound_trade"),
        },
        index=sums.index,
    )


def _by(lines: pd.DataFrame, keys: Sequence[str], names: Sequence[str]) -> pd.DataFrame:
    """Return means by label, the largest overhang first."""
    grouped = _sums(lines).groupby([lines[key] for key in keys], observed=True)
    table = _means(grouped.sum(min_count=1)).reset_index()
    table = table.rename(columns=dict(zip(keys, names, strict=True)))
    return table.sort_values("overhang", ascending=False, kind="stable", ignore_index=True)


def _whole(lines: pd.DataFrame) -> pd.DataFrame:
    return _means(_sums(lines).sum(min_count=1).to_frame().T).reset_index(drop=True)


def _groups(world: World, lines: pd.DataFrame) -> pd.DataFrame:
    """Return means of groups that have members here, as buyers and as sellers."""
    rows: list[dict[str, Any]] = []
    frames = []
    for group, inside in _members(world).items():
        for side, key in (("buyer", "destination"), ("seller", "origin")):
            own = lines[lines[key].isin(inside)]
            if len(own):
                rows.append({"group": group, "side": side})
                frames.append(_whole(own))
    if not rows:
        empty = pd.DataFrame({"group": pd.Series(dtype="str"), "side": pd.Series(dtype="str")})
        return pd.concat([empty, _whole(lines).iloc[:0]], axis=1)
    return pd.concat([pd.DataFrame(rows), pd.concat(frames, ignore_index=True)], axis=1)


def _members(world: World) -> dict[str, list[str]]:
    """Return the members of every group: those of the world, then those built in."""
    ids = world.ids("regions")
    found = {
        str(label): [str(one) for one in ids[world.members("regions", str(label))]]
        for label in ids[world.parents("regions")]
    }
    for group, inside in members().items():
        here = [region for region in inside if region in ids]
        if here and group not in found:
            found[group] = here
    return found
