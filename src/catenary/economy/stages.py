"""Product chains stage by stage: how concentrated each is, and whose demand rests on whose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from catenary.economy.accounts import merged_regions
from catenary.economy.chain_graph import ChainGraph
from catenary.economy.deliveries import chosen, final_rows
from catenary.economy.groups import absent_members
from catenary.economy.upstream import used_per_unit, uses
from catenary.errors import MissingDataError, OptionError
from catenary.languages import joined, say
from catenary.maths.concentration import Shares, embodied, shares_of
from catenary.model import Result, Run, World
from catenary.model.analysis import analysis

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["Stages", "stages"]

_CELLS: Final = 100_000_000
_UNTRACED: Final = 1e-6


@dataclass(frozen=True, kw_only=True, eq=False)
class Stages(Result):
    """The stages of chains: where they are, which is the bottleneck, who rests on whom."""

    stages: pd.DataFrame
    """One row per chain and stage, by chain, from the end upwards."""
    demand: pd.DataFrame
    """How concentrated each stage is that the final demand of a region rests on."""
    rests: pd.DataFrame
    """Whose final demand rests on whose part of a stage; largest share first."""
    codes: pd.DataFrame
    """Codes of goods that belong to a stage."""

    def summary(self) -> str:
        """Return the bottleneck of each chain."""
        lines: list[str] = []
        frames = [("", self.stages)]
        if "world" in self.stages:
            frames = [(str(w), f) for w, f in self.stages.groupby("world", sort=False)]
        for label, stages_ in frames:
            worst = stages_[stages_["bottleneck"]].sort_values(
                ["at_stake", "chain"], ascending=[False, True], kind="stable"
            )
            told = [
                say(
                    "{chain}: {stage}, {share:.0%} in {region}",
                    chain=str(row.chain),
                    stage=str(row.stage),
                    share=row.largest_share,
                    region=str(row.largest),
                )
                for row in worst.head(8).itertuples(index=False)
            ]
            line = say(
                "{count:,} stages in {chains:,} chains. Bottlenecks: {told}.",
                count=stages_["stage"].nunique(),
                chains=stages_["chain"].nunique(),
                told=joined(told, "; "),
            )
            lines.append(say("{label}: {text}", label=label, text=line) if label else line)
        return joined(lines, "\n")


@analysis("see")
def stages(
    world: World,
    *,
    chain: str = "",
    destination: str = "",
    merge: str = "",
) -> Stages:
    """Look at product chains stage by stage, and at whose demand rests on whose stage.

    A stage is a product. With A what a producer delivers per unit of another's output and Y final
    demand by region, X = (I − A)⁻¹ Y is what every producer makes for the demand of every region,
    all stages followed; its shares by region of the producer say on whom a demand rests. The
    bottleneck of a chain is the stage at which most of its end product is at stake if the largest
    region stops: the share of that region times the criticality of the inputs from there to the
    end (`recipes.criticality`, the way with the highest product).

    Parameters
    ----------
    world
        Needs `supplies` and `demand`, or `intermediate` and `final`. Stages belong to the chains
        that `products.parent` names, or else to the end products they lead to. A stage whose id
        ends in `end_use` says who uses the goods and is no bottleneck.
    chain
        Chains or stages to list, separated by commas; blank = all.
    destination
        Regions whose demand is followed, separated by commas; blank = all.
    merge
        Groups of regions to see as one region, separated by commas (EU27, LDC, landlocked,
        islands, or groups of the world).

    Returns
    -------
    Stages
        Stages with concentration and bottleneck, demand by stage, who rests on whom, codes.

    Raises
    ------
    MissingDataError
        If the world does not say who delivers to whom, or who finally buys.
    OptionError
        If something of that name is not there, or there is too much to follow at once.
    ComputationError
        If following the stages does not end.

    References
    ----------
    Miller, R. E. & Blair, P. D. (2009), Input-Output Analysis, ch. 2; Hirschman, A. O. (1964),
    American Economic Review 54(5), 761-762.

    Examples
    --------
    >>> import catenary
    >>> found = catenary.stages(catenary.load("chains:pooled"), chain="solar")
    >>> found.stages.loc[found.stages["bottleneck"], ["stage", "largest"]].to_numpy().tolist()
    [['solar.wafers', 'CHN']]
    """
    if "supplies" not in world and "intermediate" not in world:
        raise MissingDataError(
            "this world does not say who delivers to whom",
            hint="add the tables supplies (supplier, buyer, quantity) and demand",
        )
    regions, kept = merged_regions(world, merge)
    listed = chosen(world, "products", world.ids("products"), chain)
    buyers = np.flatnonzero(chosen(world, "regions", regions, destination))
    A, output = used_per_unit(world)  # noqa: N806  as in the literature
    Y = _final(world, kept, len(regions))  # noqa: N806
    if not (Y > 0).any():
        raise MissingDataError(
            "this world does not say who finally buys",
            hint="add the table demand (product, region, quantity)",
        )
    buyers = buyers[(Y[:, buyers] > 0).any(axis=0)]
    if not len(buyers):
        raise OptionError(
            f"no final demand of {destination!r} is known", hint="choose other regions"
        )
    if A.shape[0] * len(buyers) > _CELLS:
        raise OptionError(
            f"the demand of {len(buyers):,} regions for {A.shape[0]:,} producers is too much to "
            "follow at once",
            hint="choose destination",
        )
    X = embodied(A, np.maximum(Y[:, buyers], 0.0), names=world.ids("producers").tolist())  # noqa: N806
    told = _untraced(output, X) if len(buyers) == (Y > 0).any(axis=0).sum() else []
    told += absent_members(world, f"{merge},{destination}")
    told += _industries(world)
    producers = world.part("producers")
    made = producers.codes("product").astype(np.int64)
    where = kept[producers.codes("region").astype(np.int64)]
    table = _stages(world, regions, listed, shares_of(made, where, output, len(regions)))
    demand, rests = _resting(
        world, regions=regions, listed=listed, buyers=buyers, made=made, where=where, X=X
    )
    return Stages(
        run=Run(analysis="stages", options={}, world="", warnings=tuple(told)),
        stages=table,
        demand=demand,
        rests=rests,
        codes=_codes(world, listed),
    )


def _industries(world: World) -> list[str]:
    """Say of a plain input-output table that its products are no stages."""
    products = world.table("products")
    named = "parent" in products and products["parent"].fillna("").ne("").any()
    if "supplies" in world or "recipes" in world or named:
        return []
    return [
        say(
            "this input-output table knows industries, not the stages of a chain: all inputs "
            "count as equally critical, and all industries as {count} chains of themselves; "
            "concentration and exposure say more of it",
            count=len(products),
        )
    ]


def _final(world: World, kept: Integers, count: int) -> Array:
    """Return final demand by producer and region, (N, R)."""
    result = np.zeros((len(world.ids("producers")), count))
    if "intermediate" in world:
        ids, users = world.ids("producers"), world.ids("consumers")
        unit = world.matrix("intermediate").unit
        final = world.matrix("final").aligned_to(ids, users).in_unit(unit).dense
        region = kept[world.part("consumers").codes("region").astype(np.int64)]
        np.add.at(result.T, region, final.T)
    else:
        maker, region, quantity = final_rows(world)
        np.add.at(result, (maker, kept[region]), quantity)
    return result


def _untraced(output: Array, X: Array) -> list[str]:  # noqa: N803  as in the literature
    """Say how much output leads to no final demand."""
    lost = np.maximum(output - X.sum(axis=1), 0.0)
    count = int((lost > _UNTRACED * np.maximum(output, 1e-300)).sum())
    if not count:
        return []
    return [
        say(
            "part of the output of {count:,} producers leads to no final demand in this world, "
            "and nobody's demand rests on it",
            count=count,
        )
    ]


def _stages(
    world: World, regions: pd.Index, listed: NDArray[np.bool_], shares: Shares
) -> pd.DataFrame:
    """Return the stages of every chain with their concentration and what is at stake."""
    graph = ChainGraph.of(world)
    products, used = world.ids("products"), uses(world)
    place = {int(group): k for k, group in enumerate(shares.groups)}
    rows = []
    for label, members in graph.chains().items():
        steps, critical = graph.from_end(members)
        for product in (p for p in members if p in place and listed[p]):
            k = place[product]
            share = float(shares.share[shares.first[k]])
            rows.append(
                {
                    "chain": label,
                    "stage": str(products[product]),
                    "steps": steps[product],
                    "regions": int(shares.count[k]),
                    "hhi": float(shares.hhi[k]),
                    "effective": 1.0 / float(shares.hhi[k]),
                    "largest": str(regions[shares.supplier[shares.first[k]]]),
                    "largest_share": share,
                    "criticality": critical[product],
                    "at_stake": share * critical[product],
                    "bottleneck": False,
                    "use": bool(used[product]),
                }
            )
    frame = pd.DataFrame(rows, columns=list(_STAGE)).astype({"use": bool, "bottleneck": bool})
    candidates = frame[~frame["use"]].round({"at_stake": 9, "hhi": 9})  # ties are no rounding
    candidates = candidates.sort_values(
        ["at_stake", "hhi", "stage"], ascending=[False, False, True], kind="stable"
    )
    frame.loc[candidates.drop_duplicates("chain").index, "bottleneck"] = True
    return frame.sort_values(["chain", "steps", "stage"], kind="stable", ignore_index=True)


_STAGE: Final = (
    "chain", "stage", "steps", "regions", "hhi", "effective", "largest", "largest_share",
    "criticality", "at_stake", "bottleneck", "use",
)  # fmt: skip


def _resting(
    world: World,
    *,
    regions: pd.Index,
    listed: NDArray[np.bool_],
    buyers: Integers,
    made: Integers,
    where: Integers,
    X: Array,  # noqa: N803  as in the literature
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the concentration of every stage as a demand sees it, and all shares."""
    products = world.ids("products")
    maker, buyer = np.nonzero((X > 0) & listed[made][:, None])
    group = buyers[buyer] * len(products) + made[maker]
    shares = shares_of(group, where[maker], X[maker, buyer], len(regions))
    place = np.repeat(np.arange(len(shares.groups)), shares.count)
    who, stage = shares.groups // len(products), shares.groups % len(products)
    own = shares.supplier == who[place]
    home = np.bincount(place, np.where(own, shares.share, 0.0), len(who))
    demand = pd.DataFrame(
        {
            "destination": regions[who].astype("str"),
            "stage": products[stage].astype("str"),
            "quantity": shares.total,
            "regions": shares.count,
            "hhi": shares.hhi,
            "effective": 1.0 / shares.hhi,
            "largest": regions[shares.supplier[shares.first]].astype("str"),
            "largest_share": shares.share[shares.first],
            "home_share": home,
        }
    ).sort_values(["quantity", "hhi"], ascending=False, kind="stable", ignore_index=True)
    rests = pd.DataFrame(
        {
            "destination": pd.Categorical.from_codes(who[place], categories=regions),
            "stage": pd.Categorical.from_codes(stage[place], categories=products),
            "origin": pd.Categorical.from_codes(shares.supplier, categories=regions),
            "share": shares.share,
            "quantity": shares.amount,
        }
    ).sort_values(["share", "quantity"], ascending=False, kind="stable", ignore_index=True)
    return demand, rests


def _codes(world: World, listed: NDArray[np.bool_]) -> pd.DataFrame:
    """Return the codes of the stages, in the words of the world."""
    columns = ["stage", "standard", "code", "name"]
    if "concordances" not in world:
        return pd.DataFrame({name: pd.Series(dtype="str") for name in columns})
    table = world.part("concordances")
    frame = table.frame.rename(columns={"product": "stage"})
    if "name" not in frame:
        frame["name"] = ""
    kept = listed[table.codes("product").astype(np.int64)]
    found = frame.loc[kept, columns].astype("str")
    return found.sort_values(["stage", "standard", "code"], kind="stable", ignore_index=True)
