"""What is lost when an industry, a country or a flow between two is gone: an upper bound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pandas as pd

from catenary.economy.accounts import Accounts
from catenary.economy.groups import absent_members
from catenary.economy.levels import by_label, idle, largest_first, views
from catenary.errors import OptionError
from catenary.languages import joined, recognised, say
from catenary.maths.grouping import sum_by
from catenary.maths.linkages import output_without
from catenary.model import Result, Run, World
from catenary.model.analysis import Share, analysis
from catenary.model.labels import hint_for
from catenary.worlds.groups import members

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Flags = NDArray[np.bool_]

__all__ = ["Extraction", "extraction"]

_NOTHING: Final = 1e-12
"""Share of output below which value added is rounding."""

Extract = Literal["all", "sales", "purchases", "exports", "imports"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Extraction(Result):
    """What producers and regions lose without some deliveries."""

    producers: pd.DataFrame
    """Loss by producer, largest loss of value added first."""
    regions: pd.DataFrame
    """Loss by region."""
    extracted: pd.DataFrame
    """What was taken out, and what the world loses."""

    def figures(self) -> pd.DataFrame:
        """Return the loss of the world."""
        rows = [
            {"world": label, "figure": figure, "unit": unit, "value": value}
            for label, tables in views(self.tables)
            for one in [tables["extracted"].iloc[0]]
            for figure, unit, value in (
                (say("loss of value added"), str(one["unit"]), one["loss"]),
                (say("share of value added lost"), "share", one["loss_share"]),
            )
        ]
        frame = pd.DataFrame(rows)
        return frame if "world" in self.extracted else frame.drop(columns="world")

    def summary(self) -> str:
        """Return what the world and the hardest-hit region lose."""
        lines: list[str] = []
        for label, tables in views(self.tables):
            one = tables["extracted"].iloc[0]
            worst = tables["regions"].iloc[0]
            line = say(
                "Without deliveries of {amount:.6g} {unit}, value added of {loss:.6g} is lost "
                "({share:.2%} of the world's) if nothing takes their place. Largest loss: "
                "{region}, {own:.6g} ({own_share:.1%} of its own).",
                amount=one["extracted"],
                unit=str(one["unit"]),
                loss=one["loss"],
                share=one["loss_share"],
                region=str(worst["region"]),
                own=worst["loss"],
                own_share=worst["loss_share"],
            )
            lines.append(say("{label}: {text}", label=label, text=line) if label else line)
        return joined(lines, "\n")


@analysis("see")
def extraction(
    world: World,
    *,
    target: str,
    extract: Extract = "all",
    partner: str = "",
    uses: Literal["all", "inputs", "final"] = "all",
    share: Share = 1.0,
    merge: str = "",
) -> Extraction:
    """Take an industry, a country or a flow out of the economy and add up what is lost.

    Cells of the input coefficients and of final demand are set to (1 − share) of what they are;
    the loss is v (x − x̃) with x̃ = (I − Ã)⁻¹ Ỹ 1. Nobody finds another supplier or buyer: an upper
    bound. Taking out all exports of a country costs it exactly its domestic value added in
    exports.

    Parameters
    ----------
    world
        Needs `intermediate` and `final`.
    target
        Producer, region, group of regions or product.
    extract
        Of the target: its exports or imports (deliveries that cross a border), its sales or its
        purchases (inputs, and of a region its final demand), or all of both.
    partner
        Only deliveries to or from this producer, region, group or product; blank = any.
    uses
        Only inputs, only final goods, or all.
    share
        How much of these deliveries is gone.
    merge
        Groups of regions to see as one region, and their industries as one for each product
        (EU27.c15), separated by commas (EU27, LDC, landlocked, islands, or groups of the world).

    Returns
    -------
    Extraction
        Loss of output and value added by producer and region, and what was taken out.

    Raises
    ------
    MissingDataError
        If the world lacks a matrix.
    OptionError
        If the target, the partner or a group is unknown.

    References
    ----------
    Dietzenbacher, E. & Lahr, M. L. (2013), Expanding extractions, Economic Systems Research
    25(3), 341-360; Los, B., Timmer, M. P. & de Vries, G. J. (2016), American Economic Review
    106(7), 1958-1966; Miller, R. E. & Blair, P. D. (2009), Input-Output Analysis, ch. 12.2.6.

    Examples
    --------
    >>> import catenary
    >>> from catenary.testing import two_regions
    >>> lost = catenary.extraction(two_regions(), target="AAA", extract="exports")
    >>> lost.regions.set_index("region")["loss"].round(4).to_dict()
    {'AAA': 2.5, 'BBB': 1.25}
    """
    accounts = Accounts.of(world, merge=merge, industries=True)
    told = [*accounts.warnings, *idle(accounts)]
    told += _about_groups(accounts, world, f"{target},{partner}", target, extract)
    inputs, final = _cells(accounts, world, target, partner, extract)
    if uses == "inputs":
        final[:] = False
    if uses == "final":
        inputs[:] = False
    amount = share * (accounts.flows[inputs].sum() + accounts.final[final].sum())
    if not (inputs.any() or final.any()) or amount == 0:
        told.append(say("there is nothing to extract: no such delivery is made"))
    before = accounts.system.output_for(accounts.final.sum(axis=1))
    after = output_without(accounts.coefficients, accounts.final, inputs, final, share)
    return _result(accounts, before, before - after, float(amount), tuple(told))


def _about_groups(
    accounts: Accounts, world: World, groups: str, target: str, extract: Extract
) -> list[str]:
    """Say which members are absent, and what crosses a border inside the target."""
    told = [one for one in absent_members(world, groups) if one not in accounts.warnings]
    inside = _chosen(accounts, world, target, "target")[1]
    if extract in ("exports", "imports") and inside.sum() > 1:
        told.append(
            say(
                "{extract} of {target} include what its {count} regions sell each other; merge "
                "{target} to leave that out",
                extract=recognised(extract),
                target=target,
                count=int(inside.sum()),
            )
        )
    return told


def _result(
    accounts: Accounts, before: Array, lost: Array, amount: float, told: tuple[str, ...]
) -> Extraction:
    lost = np.where(np.abs(lost) <= 1e-12 * np.abs(before).max(), 0.0, lost)  # rounding
    v = accounts.value_added_share
    made = accounts.output > 0
    columns = {
        "output": accounts.output, "output_loss": lost,
        "value_added": accounts.value_added, "loss": v * lost,
    }  # fmt: skip
    producers = pd.DataFrame(
        {**by_label(accounts, made), **{name: one[made] for name, one in columns.items()}}
    )
    sums = {
        name: sum_by(accounts.region, one, len(accounts.regions)) for name, one in columns.items()
    }
    regions = pd.DataFrame({"region": accounts.regions, **sums})
    whole, loss = float(columns["value_added"].sum()), float(columns["loss"].sum())
    extracted = pd.DataFrame(
        {
            "extracted": [amount], "unit": [accounts.unit],
            "output_loss": [float(lost.sum())], "loss": [loss],
            "loss_share": [loss / whole if whole > _NOTHING * accounts.output.sum() else 0.0],
        }
    )  # fmt: skip
    return Extraction(
        run=Run(analysis="extraction", options={}, world="", warnings=told),
        producers=_with_share(producers),
        regions=_with_share(regions),
        extracted=extracted,
    )


def _with_share(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table with the loss as a share of output, which is never 0 or less than it."""
    part = frame["loss"].to_numpy(np.float64)
    whole = frame["value_added"].to_numpy(np.float64)
    some = whole > _NOTHING * np.abs(frame["output"].to_numpy(np.float64))
    frame["loss_share"] = np.divide(part, whole, out=np.zeros_like(part), where=some)
    return largest_first(frame, "loss")


def _cells(
    accounts: Accounts, world: World, target: str, partner: str, extract: Extract
) -> tuple[Flags, Flags]:
    """Return which cells of flows (N, N) and of final demand (N, R) are extracted."""
    makes, buys = _chosen(accounts, world, target, "target")
    other_makes, other_buys = (
        _chosen(accounts, world, partner, "partner")
        if partner
        else (np.ones_like(makes), np.ones_like(buys))
    )
    sold = (makes[:, None] & other_makes[None, :], makes[:, None] & other_buys[None, :])
    bought = (other_makes[:, None] & makes[None, :], other_makes[:, None] & buys[None, :])
    here = accounts.region
    across = (
        here[:, None] != here[None, :],
        here[:, None] != np.arange(len(accounts.regions))[None, :],
    )
    if extract == "sales":
        return sold
    if extract == "purchases":
        return bought
    if extract == "exports":
        return sold[0] & across[0], sold[1] & across[1]
    if extract == "imports":
        return bought[0] & across[0], bought[1] & across[1]
    return sold[0] | bought[0], sold[1] | bought[1]


def _chosen(accounts: Accounts, world: World, name: str, option: str) -> tuple[Flags, Flags]:
    """Return the producers (N,) that a name stands for, and the regions (R,) that buy for it."""
    producer = np.asarray(accounts.producers == name)
    region = np.asarray(accounts.regions == name)
    product = np.asarray(accounts.products == name)
    if producer.any():
        return producer, np.zeros(len(region), np.bool_)
    own = world.ids("regions")[world.members("regions", name)]
    inside = region | np.asarray(accounts.regions.isin(own))
    if not inside.any():
        inside = np.asarray(accounts.regions.isin(members().get(name, ())))
    if inside.any():
        return inside[accounts.region], inside
    if not product.any():
        known = [*accounts.regions, *accounts.products, *accounts.producers, *members()]
        raise OptionError(
            f"{option} is {name!r}, which is no producer, region, group or product",
            hint=hint_for(name, known, table="regions"),
        )
    return product[accounts.product], np.zeros(len(region), np.bool_)
