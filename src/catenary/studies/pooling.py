"""Stock or capacity kept alone, in competition and together: costs, plans and how to split them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from catenary.errors import listed
from catenary.languages import say
from catenary.maths.scramble import scramble
from catenary.maths.shapley import game, sampled_shapley, shapley

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.maths.pooling import Joint, Pool
    from catenary.maths.scramble import Rivals
    from catenary.studies.pools import Asked, Common

    Array = NDArray[np.float64]
    Flags = NDArray[np.bool_]

__all__ = ["EXACT", "Split", "split", "tables_of"]

EXACT: Final = 10
"""Most members of whom every coalition is valued."""

_LOOSE: Final = 1e-6
"""Gain, as a share of what all pay, that is none."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Split:
    """What sharing is worth to N members, and how much of it each gets."""

    alone: Array
    """What each pays alone, (N,)."""
    joint: Joint
    saving: Array
    """Shapley value, (N,)."""
    error: Array
    """Its standard error; 0 if it is exact."""
    orders: int
    """Orders drawn; 0: all coalitions are valued."""
    coalitions: Flags
    """Which were valued, (C, N)."""
    worth: Array
    """What each of them saves, (C,)."""

    def leaving(self, saving: Array) -> Array:
        """Return what each coalition would gain by leaving a split of the savings, (C,)."""
        return self.worth - self.coalitions @ saving

    @property
    def priced(self) -> Array:
        """Savings if each pays for what it brings and needs at the prices of the joint plan."""
        return self.alone - self.joint.price


def split(pool: Pool, *, exact: int = EXACT, orders: int = 100, seed: int = 0) -> Split:
    """Return what members save together, and how it may be split.

    Parameters
    ----------
    pool
        Who they are.
    exact
        Most members of whom every coalition is valued; of more, orders are drawn.
    orders
        How many orders are drawn, each with its reverse.
    seed
        Of the draws.
    """
    n = len(pool.need)
    alone = np.array([pool.cost_of(np.arange(n) == i) for i in range(n)])
    seen: dict[bytes, tuple[Flags, float]] = {}

    def worth(some: Flags) -> float:
        found = 0.0 if some.sum() < 2 else float(alone[some].sum() - pool.cost_of(some))
        seen[some.tobytes()] = some.copy(), found
        return found

    if n <= exact:
        saving, error = shapley(game(n, worth)), np.zeros(n)
    else:
        shares = sampled_shapley(n, worth, orders=orders, seed=seed)
        saving, error = shares.value, shares.error
    parts = [one for one in seen.values() if one[0].any()]
    return Split(
        alone=alone, joint=pool.plan(np.ones(n, bool)), saving=saving, error=error,
        orders=0 if n <= exact else orders, coalitions=np.array([one for one, _ in parts]),
        worth=np.array([one for _, one in parts]),
    )  # fmt: skip


def tables_of(
    common: Common, asked: Asked, *, exact: int, orders: int, seed: int
) -> tuple[dict[str, pd.DataFrame], tuple[str, ...]]:
    """Return the tables of `cooperate` over stocks or capacity, and what to warn of.

    Parameters
    ----------
    common
        What was read of the world.
    asked
        The options.
    exact, orders, seed
        As for `split`.
    """
    pool = common.pool
    found = split(pool, exact=exact, orders=orders, seed=seed)
    rivals = scramble(pool)
    n = len(common.names)
    singles = [pool.plan(np.arange(n) == i) for i in range(n)]
    told: list[str] = []
    if not (pool.need > pool.supply).any():
        told.append(say("no future cuts what members get: there is nothing to share"))
    if rivals.residual > _LOOSE:
        told.append(
            say(
                "competing members are near an equilibrium only: one of them could save "
                "{residual:.2%} of what all pay",
                residual=rivals.residual,
            )
        )
    if found.orders:
        told.append(
            say(
                "{count:,} of {all:,} coalitions were valued: shares have standard errors, and "
                "others may have reason to leave",
                count=len(found.worth), all=2**n,
            )
        )  # fmt: skip
    kept = {
        "alone": np.array([plan.kept[i] for i, plan in enumerate(singles)]),
        "competing": rivals.kept, "joint": found.joint.kept,
    }  # fmt: skip
    short = {
        "alone": np.stack([plan.short[i] for i, plan in enumerate(singles)]),
        "competing": rivals.short, "joint": found.joint.short,
    }  # fmt: skip
    tables = {
        "pool": _pool(common, asked, found, rivals),
        "members": _members(common, found, rivals),
        "regimes": _regimes(common, found, rivals, kept, short),
        "holdings": _holdings(common, asked, kept),
        "crises": _crises(common, rivals, short),
    }
    return tables, tuple(told)


def _pool(common: Common, asked: Asked, found: Split, rivals: Rivals) -> pd.DataFrame:
    alone, joint = float(found.alone.sum()), found.joint.cost
    scale = max(alone, 1e-300)
    gain = found.leaving(found.saving)
    first = int(gain.argmax())
    some = gain[first] > _LOOSE * scale
    names = np.array(common.names, object)[found.coalitions[first]] if some else []
    return pd.DataFrame(
        {
            "over": [asked.over], "product": [asked.product], "unit": [common.unit],
            "money": [common.money], "members": [len(common.names)], "alone": [alone],
            "competing": [float(rivals.cost.sum())], "joint": [joint], "worth": [alone - joint],
            "worth_share": [(alone - joint) / scale], "orders": [found.orders],
            "coalitions": [len(found.worth)], "leave": [float(gain[first]) if some else 0.0],
            "leavers": [listed(names, most=20) if some else ""],
            "leave_priced": [max(float(found.leaving(found.priced).max()), 0.0)],
            "residual": [rivals.residual], "price": [common.price], "penalty": [common.penalty],
        }
    ).astype(dict.fromkeys(("over", "product", "unit", "money", "leavers"), "str"))  # fmt: skip


def _members(common: Common, found: Split, rivals: Rivals) -> pd.DataFrame:
    pool, joint = common.pool, found.joint
    bears = (
        pool.cost * joint.kept + joint.sent
        + pool.penalty * np.einsum("w,iwt->i", pool.chance, joint.short)
    )  # fmt: skip
    pays = found.alone - found.saving
    gain = found.leaving(found.saving)
    leave = [float(gain[found.coalitions[:, i]].max()) for i in range(len(common.names))]
    frame = pd.DataFrame(
        {
            "member": pd.Series(common.names, dtype="str"), "need": common.use,
            "alone": found.alone, "competing": rivals.cost, "joint": pays,
            "saving": found.saving, "error": found.error, "priced": joint.price, "bears": bears,
            "transfer": pays - bears, "leave": np.maximum(leave, 0.0),
        }
    )  # fmt: skip
    return frame.sort_values("saving", ascending=False, kind="stable", ignore_index=True)


def _regimes(
    common: Common, found: Split, rivals: Rivals, kept: dict[str, Array], short: dict[str, Array]
) -> pd.DataFrame:
    pool, rows = common.pool, []
    premium = float(pool.chance @ rivals.bid.sum(axis=(0, 2)))
    total = {"alone": found.alone.sum(), "competing": rivals.cost.sum(), "joint": found.joint.cost}
    for name, amount in kept.items():
        lacking = np.einsum("w,iwt->i", pool.chance, short[name])
        rows.append(
            {
                "regime": name, "kept": float(amount.sum()),
                "keeping": float(pool.cost @ amount), "short": float(lacking.sum()),
                "shortage": float(pool.penalty @ lacking),
                "freight": float(found.joint.sent.sum()) if name == "joint" else 0.0,
                "premiums": premium if name == "competing" else 0.0, "cost": float(total[name]),
            }
        )  # fmt: skip
    return pd.DataFrame(rows).astype({"regime": "str"})


def _holdings(common: Common, asked: Asked, kept: dict[str, Array]) -> pd.DataFrame:
    scale = asked.days if asked.over == "capacity" else 1.0
    use = np.where(common.use > 0, common.use, 1.0)
    held = common.pool.held / scale
    columns: dict[str, object] = {"member": pd.Series(common.names, dtype="str"), "held": held}
    columns |= {name: amount / scale for name, amount in kept.items()}
    columns |= {f"{name}_cover": (amount / scale + held) / use for name, amount in kept.items()}
    return pd.DataFrame(columns)


def _crises(common: Common, rivals: Rivals, short: dict[str, Array]) -> pd.DataFrame:
    pool = common.pool
    cut = np.maximum(pool.need - pool.supply, 0.0).sum(axis=(0, 2))
    got = rivals.received.sum(axis=(0, 2)) * (rivals.bid.sum(axis=(0, 2)) > 0)
    paid = rivals.bid.sum(axis=(0, 2))
    frame = pd.DataFrame(
        {
            "future": pd.Series(common.futures, dtype="str"),
            "chance": pool.chance,
            "cut": cut,
            **{name: amount.sum(axis=(0, 2)) for name, amount in short.items()},
            "premium": np.divide(paid, got, where=got > 0, out=np.zeros(len(got))),
        }
    )
    return frame[frame["cut"] > 0].reset_index(drop=True)
