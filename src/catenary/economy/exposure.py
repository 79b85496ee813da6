"""How much of what a country makes and sells rests on others, seen and hidden."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final, Literal

import numpy as np
import pandas as pd

from catenary.economy.accounts import Accounts
from catenary.economy.levels import by_label, coded, idle, indicator, pressure, views
from catenary.errors import OptionError, did_you_mean
from catenary.languages import joined, say
from catenary.maths.exposure import by_origin, by_use
from catenary.maths.paths import largest_paths
from catenary.model import Result, Run, World
from catenary.model.analysis import Number, analysis

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["Exposure", "exposure"]

_PARTNERS: Final = 5  # of each final product: the largest


@dataclass(frozen=True, kw_only=True, eq=False)
class Exposure(Result):
    """Shares of production that lie abroad, at face value and looking through suppliers."""

    regions: pd.DataFrame
    """Foreign exposure of every region, most hidden first."""
    partners: pd.DataFrame
    """Exposure of region to partner (itself included), largest first."""
    sectors: pd.DataFrame
    """Exposure of every region by the product that is made abroad for it."""
    chains: pd.DataFrame
    """Exposure of every final product, largest hidden amount first."""
    chain_partners: pd.DataFrame
    """The largest foreign partners behind every final product."""
    suppliers: pd.DataFrame
    """Who makes what for the one final product that is followed."""
    paths: pd.DataFrame
    """The largest chains of deliveries that lead to it."""

    def figures(self) -> pd.DataFrame:
        """Return the exposure of the most exposed region."""
        rows = [
            {"world": label, "figure": figure, "unit": "share", "value": one[column]}
            for label, tables in views(self.tables)
            for one in [tables["regions"].iloc[0]]
            for figure, column in (
                (say("largest hidden exposure"), "hidden"),
                (say("its exposure looking through"), "look_through"),
            )
        ]
        frame = pd.DataFrame(rows)
        return frame if "world" in self.regions else frame.drop(columns="world")

    def summary(self) -> str:
        """Return who is most exposed, and the largest path."""
        lines: list[str] = []
        for label, tables in views(self.tables):
            top = tables["regions"].iloc[0]
            line = say(
                "{region} hides most: {through:.1%} of the production behind its final goods is "
                "abroad, {face:.1%} at face value; {sales:.1%} of its own output goes into final "
                "goods of others.",
                region=str(top["region"]),
                through=top["look_through"],
                face=top["face_value"],
                sales=top["sales_look_through"],
            )
            if len(tables["paths"]):
                path = tables["paths"].iloc[0]
                line = say(
                    "{text} Largest path to {producer}: {path}, {share:.1%} of all.",
                    text=line, producer=str(path["producer"]), path=str(path["path"]),
                    share=path["share"],
                )  # fmt: skip
            lines.append(say("{label}: {text}", label=label, text=line) if label else line)
        return joined(lines, "\n")


@analysis("see")
def exposure(
    world: World,
    *,
    producer: str = "",
    paths: Annotated[int, Number("number", 0, 10_000)] = 20,
    begin: Literal["anywhere", "abroad"] = "anywhere",
    stressor: str = "output",
    merge: str = "",
) -> Exposure:
    """Measure how much of the production behind a country's goods is abroad, seen and hidden.

    Import side: the share of all gross production for its final output, direct and indirect, that
    takes place in each partner. Sales side: the share of its output that goes into final output
    of each partner. At face value only the last maker and its direct suppliers count, over the
    same total; hidden is the difference.

    Parameters
    ----------
    world
        Needs `intermediate` and `final`.
    producer
        Whose final product the largest paths lead to; blank = the one with most hidden production
        abroad.
    paths
        How many paths to list.
    begin
        Whether only paths count that begin abroad.
    stressor
        What is counted along the paths: output, value_added or a row of `stressors`.
    merge
        Groups of regions to see as one region, and their industries as one for each product
        (EU27.c15), separated by commas (EU27, LDC, landlocked, islands, or groups of the world).

    Returns
    -------
    Exposure
        By region, partner, sector and product chain; the largest paths to one final product.

    Raises
    ------
    MissingDataError
        If the world lacks a matrix.
    OptionError
        If a producer, stressor or group is unknown.
    ComputationError
        If no path is largest.

    References
    ----------
    Baldwin, R., Freeman, R. & Theodorakopoulos, A. (2022), Horses for courses: measuring foreign
    supply chain exposure, NBER Working Paper 30525; Imbs, J. & Pauwels, L. (2025), Measuring
    openness, Journal of International Economics; Defourny, J. & Thorbecke, E. (1984), Economic
    Journal 94(373), 111-136.

    Examples
    --------
    >>> import catenary
    >>> from catenary.testing import two_regions
    >>> found = catenary.exposure(two_regions(), producer="BBB.goods", paths=2)
    >>> found.regions.set_index("region")["look_through"].round(3).to_dict()
    {'BBB': 0.455, 'AAA': 0.231}
    >>> found.paths["path"].tolist()
    ['BBB.goods', 'AAA.goods → BBB.goods']
    """
    accounts = Accounts.of(world, merge=merge, industries=True)
    told = (*accounts.warnings, *idle(accounts))
    amount, _ = pressure(accounts, world, stressor)
    if len(accounts.regions) == 1:
        told = (*told, say("there is only one region, so that nothing is abroad"))
    shares = _Shares(accounts)
    chains = _chains(accounts, shares)
    if producer and producer not in accounts.producers:
        hint = did_you_mean(producer, list(accounts.producers))
        raise OptionError(f"there is no producer {producer!r}", hint=hint)
    chosen = producer or str(chains["producer"].iloc[0])
    target = int(accounts.producers.get_indexer(pd.Index([chosen]))[0])
    return Exposure(
        run=Run(analysis="exposure", options={}, world="", warnings=told),
        regions=_regions(accounts, shares),
        partners=_partners(accounts, shares),
        sectors=_sectors(accounts, shares),
        chains=chains,
        chain_partners=_chain_partners(accounts, shares),
        suppliers=_suppliers(accounts, target),
        paths=_paths(
            accounts, accounts.per_output(amount), target, paths, abroad=begin == "abroad"
        ),
    )


class _Shares:
    """Production behind final products by origin, and output by use, all (N, R)."""

    def __init__(self, accounts: Accounts) -> None:
        count = len(accounts.regions)
        self.member = indicator(accounts.region, count)
        self.final = accounts.final.sum(axis=1)
        args = (accounts.system, accounts.coefficients)
        self.origin, self.origin_face = by_origin(*args, self.member)
        self.use, self.use_face = by_use(*args, self.final, self.member)
        self.ends = accounts.system.output_for(accounts.final)
        self.total = np.maximum(accounts.output, 0.0)

    def by_region(self, amount: Array) -> Array:
        """Return the sums of producers by region, (R, R)."""
        total: Array = self.member.T @ amount
        return total

    def measures(self) -> dict[str, Array]:
        """Return all shares, (R, R): by region and partner."""
        weight = self.final[:, None]
        behind = self.by_region(weight * self.origin)
        whole, output = behind.sum(axis=1), self.by_region(self.total[:, None])[:, 0]
        found = {
            "face_value": _share(self.by_region(weight * self.origin_face), whole),
            "look_through": _share(behind, whole),
            "sales_face_value": _share(self.by_region(self.use_face), output),
            "sales_look_through": _share(self.by_region(self.use), output),
            "ends": _share(self.by_region(self.ends), output),
        }
        hidden = found["look_through"] - found["face_value"]
        sales = found["sales_look_through"] - found["sales_face_value"]
        order = (
            "face_value", "look_through", "hidden", "sales_face_value", "sales_look_through",
            "sales_hidden", "ends",
        )  # fmt: skip
        found |= {"hidden": hidden, "sales_hidden": sales}
        return {name: found[name] for name in order}


def _share(part: Array, whole: Array) -> Array:
    """Return rows as shares of a whole, (K, R); 0 where there is none."""
    over = np.broadcast_to(whole[:, None], part.shape)
    return np.divide(part, over, out=np.zeros_like(part), where=over > 0)


def _abroad(shares: Array, home: NDArray[np.int64]) -> Array:
    """Return the sum of rows but for the home region, (K,)."""
    total: Array = shares.sum(axis=1) - shares[np.arange(len(shares)), home]
    return total


def _sorted(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    return frame.sort_values(column, ascending=False, kind="stable", ignore_index=True)


def _regions(accounts: Accounts, shares: _Shares) -> pd.DataFrame:
    home = np.arange(len(accounts.regions))
    columns = {name: _abroad(matrix, home) for name, matrix in shares.measures().items()}
    final = shares.by_region(shares.final[:, None])[:, 0]
    output = shares.by_region(shares.total[:, None])[:, 0]
    frame = pd.DataFrame({"region": accounts.regions, "final": final, "output": output, **columns})
    return _sorted(frame[output > 0], "hidden")


def _partners(accounts: Accounts, shares: _Shares) -> pd.DataFrame:
    region, partner = np.indices((len(accounts.regions),) * 2).reshape(2, -1)
    columns = {name: matrix.ravel() for name, matrix in shares.measures().items()}
    frame = pd.DataFrame(
        {
            "region": coded(region, accounts.regions),
            "partner": coded(partner, accounts.regions),
            **columns,
        }
    )
    made = shares.by_region(shares.total[:, None])[region, 0] > 0
    return _sorted(frame[made], "look_through")


def _sectors(accounts: Accounts, shares: _Shares) -> pd.DataFrame:
    """Return what of each product is made abroad for the final output of each region."""
    product = indicator(accounts.product, len(accounts.products))
    away = 1.0 - shares.member
    whole = shares.use.sum(axis=0)
    parts = {
        "face_value": product.T @ (shares.use_face * away),
        "look_through": product.T @ (shares.use * away),
    }
    parts["hidden"] = parts["look_through"] - parts["face_value"]
    sector, region = np.nonzero(np.broadcast_to(whole > 0, parts["hidden"].shape))
    frame = pd.DataFrame(
        {
            "region": coded(region, accounts.regions),
            "product": coded(sector, accounts.products),
            **{name: (part / np.where(whole > 0, whole, 1.0))[sector, region]
               for name, part in parts.items()},
        }
    )  # fmt: skip
    return _sorted(frame, "look_through")


def _chains(accounts: Accounts, shares: _Shares) -> pd.DataFrame:
    """Return the exposure of every producer: of its final product, and of its sales."""
    made = accounts.output > 0
    whole, home = shares.origin.sum(axis=1), accounts.region
    sides = {
        "face_value": (shares.origin_face, whole),
        "look_through": (shares.origin, whole),
        "sales_face_value": (shares.use_face, shares.total),
        "sales_look_through": (shares.use, shares.total),
        "ends": (shares.ends, shares.total),
    }
    columns = {name: _abroad(_share(part, over), home) for name, (part, over) in sides.items()}
    hidden = columns["look_through"] - columns["face_value"]
    frame = pd.DataFrame(
        {
            **by_label(accounts, made),
            "final": shares.final[made],
            "face_value": columns["face_value"][made],
            "look_through": columns["look_through"][made],
            "hidden": hidden[made],
            "hidden_amount": (hidden * whole * shares.final)[made],
            "sales_face_value": columns["sales_face_value"][made],
            "sales_look_through": columns["sales_look_through"][made],
            "sales_hidden": (columns["sales_look_through"] - columns["sales_face_value"])[made],
            "ends": columns["ends"][made],
        }
    )
    return _sorted(frame, "hidden_amount")


def _chain_partners(accounts: Accounts, shares: _Shares) -> pd.DataFrame:
    whole = shares.origin.sum(axis=1)
    through, face = _share(shares.origin, whole), _share(shares.origin_face, whole)
    foreign = np.where(shares.member > 0, -np.inf, through)
    foreign[accounts.output <= 0] = -np.inf
    order = np.argsort(-foreign, axis=1, kind="stable")[:, :_PARTNERS]
    producer = np.repeat(np.arange(len(order)), order.shape[1])
    partner = order.ravel()
    kept = foreign[producer, partner] > 0
    producer, partner = producer[kept], partner[kept]
    look, near = through[producer, partner], face[producer, partner]
    return pd.DataFrame(
        {
            "producer": coded(producer, accounts.producers),
            "partner": coded(partner, accounts.regions),
            "face_value": near,
            "look_through": look,
            "hidden": look - near,
        }
    )


def _suppliers(accounts: Accounts, target: int) -> pd.DataFrame:
    """Return the production of everybody behind one final product."""
    count = len(accounts.producers)
    final = np.zeros(count)
    final[target] = accounts.final[target].sum()
    amount = accounts.system.output_for(final)
    face = final + accounts.coefficients[:, target] * final[target]
    kept = np.abs(amount) > 1e-12 * max(np.abs(amount).max(), 1e-300)
    whole = amount.sum() or 1.0
    labels = by_label(accounts, kept)
    frame = pd.DataFrame(
        {
            "producer": np.full(int(kept.sum()), accounts.producers[target]),
            "supplier": labels["producer"],
            "region": labels["region"],
            "product": labels["product"],
            "amount": amount[kept],
            "face_value": face[kept] / whole,
            "look_through": amount[kept] / whole,
            "hidden": (amount - face)[kept] / whole,
        }
    )
    return _sorted(frame.astype({"producer": "str"}), "amount")


def _paths(
    accounts: Accounts, intensity: Array, target: int, most: int, *, abroad: bool
) -> pd.DataFrame:
    """Return the largest paths to one final product, in the order of the goods."""
    region = accounts.region
    counted = np.where(region != region[target], intensity, 0.0) if abroad else intensity
    final = float(accounts.final[target].sum())
    found = largest_paths(accounts.coefficients, counted, target, final, most)
    whole = float(accounts.system.intensities(counted)[target] * final)
    names = [str(name) for name in accounts.producers]
    origin = [path.nodes[-1] for path in found]
    amount = np.array([path.amount for path in found], np.float64)
    return pd.DataFrame(
        {
            "rank": np.arange(1, len(found) + 1),
            "producer": pd.Series([names[target]] * len(found), dtype="str"),
            "path": pd.Series(
                [" → ".join(names[node] for node in reversed(path.nodes)) for path in found],
                dtype="str",
            ),
            "origin": coded(region[np.array(origin, np.int64)], accounts.regions),
            "links": np.array([len(path.nodes) - 1 for path in found], np.int64),
            "borders": np.array(
                [np.count_nonzero(np.diff(region[list(path.nodes)])) for path in found], np.int64
            ),
            "amount": amount,
            "share": amount / whole if whole else np.zeros(len(found)),
            "cumulated": amount.cumsum() / whole if whole else np.zeros(len(found)),
        }
    )
