"""Who delivers what to whom in an equilibrium: its input-output table, and that as a World."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from catenary.maths.biproportional import fitted
from catenary.model import Matrix
from catenary.model.balance import daily
from catenary.trade.barriers import completed

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from catenary.maths.equilibrium import Equilibrium
    from catenary.model import Scenario, World
    from catenary.trade.flows import Flows
    from catenary.trade.solving import Solved

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["Deliveries", "Growth", "world_with", "worlds_of"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Growth:
    """Amounts of an equilibrium as ratios to those of the flows."""

    volume: Array
    """Of what is made, by seller and product, (N, J)."""
    final: Array
    """Of what final demand consumes, (N,)."""

    @classmethod
    def of(cls, flows: Flows, sides: Sequence[Equilibrium], money: float) -> Growth:
        """Return the growth from flows through equilibria, each the baseline of the next."""
        made, final = flows.sales.sum(axis=(0, 2)), np.ones(len(flows.regions))
        volume = np.ones_like(made)
        for side in sides:
            now = side.output[0] * money
            volume *= np.divide(now, made * side.cost[0], out=np.ones_like(now), where=made > 0)
            final = final * side.real_income[0]
            made = now
        return cls(volume=np.ascontiguousarray(volume.T), final=final)


@dataclass(frozen=True, kw_only=True, eq=False)
class Deliveries:
    """An input-output table by region and product, before tariffs, in the unit of flows."""

    cells: Array
    """Inputs by seller, input, buyer and product made, (N, J, N, J)."""
    final: Array
    """Final goods by seller, product and buyer, (N, J, N)."""
    spread: float
    """Share of deliveries whose old pattern of sellers and users leads to no new one."""

    @classmethod
    def of(cls, flows: Flows, side: Equilibrium, money: float) -> Deliveries:
        """Return the table of an equilibrium of some flows.

        The equilibrium says what each country buys of each product, from whom and for what; which
        industry buys from whom keeps its pattern as far as these sums let it (biproportional
        fitting). An equilibrium that is the table of the flows gives that table.

        Parameters
        ----------
        flows
            What the equilibrium started from.
        side
            The equilibrium of one scenario.
        money
            Value added of the world, in the unit of flows.

        Examples
        --------
        >>> from catenary.maths.equilibrium import Barriers
        >>> from catenary.maths.equilibrium_search import solve
        >>> from catenary.testing import two_regions
        >>> from catenary.trade.flows import Flows
        >>> flows = Flows.of(two_regions())
        >>> free = np.zeros(flows.sales.shape)
        >>> same = solve(flows.economy(free)[0], Barriers(tariffs=free), np.array([4.0]))
        >>> Deliveries.of(flows, same, 9.0).cells[:, 0, :, 0].round(9).tolist()
        [[8.0, 5.0], [4.0, 2.0]]
        """
        economy, count, kinds = side.economy, len(flows.regions), len(flows.products)
        paid = 1 + side.tariffs[0]  # (U, J, N buyer, N seller)
        spent = side.shares[0] * side.spending[0][..., None] * money
        users = economy.inputs * side.output[0].T[..., None] * money  # (N, J made, K)
        users = users.transpose(0, 2, 1).reshape(count * kinds, kinds)
        before = flows.cells.transpose(2, 1, 0, 3)  # buyer, input, seller, made
        at_home = (flows.sales.sum(axis=0).transpose(2, 0, 1) - flows.cells.sum(axis=3)).clip(min=0)
        levied = (1 + economy.tariffs).transpose(0, 2, 1, 3)  # (U, N buyer, K, N seller)
        seed = before * levied[0][..., None]
        if len(spent) == 1:
            ate = at_home.transpose(2, 1, 0) * levied[0]
            seed = np.concatenate([seed, ate[..., None]], axis=3)
            eaten = economy.tastes * side.income[0] * money
            users = np.concatenate([users, eaten.T.reshape(-1, 1)], axis=1)
        rows = spent[0].transpose(1, 0, 2).reshape(count * kinds, count)
        wanted = users.sum(axis=1, keepdims=True)
        scale = np.divide(
            rows.sum(axis=1, keepdims=True), wanted, out=np.ones_like(wanted), where=wanted > 0
        )
        found = fitted(seed.reshape(count * kinds, count, -1), rows, users * scale)
        net = paid.transpose(0, 2, 1, 3)  # (U, N buyer, K, N seller)
        table = found.tables.reshape(count, kinds, count, -1) / net[0][..., None]
        pooled = len(spent) == 1
        final = table[..., -1] if pooled else (spent[1] / paid[1]).transpose(1, 0, 2)
        return cls(
            cells=np.ascontiguousarray(table[..., :kinds].transpose(2, 1, 0, 3)),
            final=np.ascontiguousarray(final.transpose(2, 1, 0)),
            spread=float(rows[found.spread].sum() / max(rows.sum(), 1e-300)),  # no inputs: none
        )

    @property
    def output(self) -> Array:
        """Deliveries of each region and product, (N, J)."""
        total: Array = self.cells.sum(axis=(2, 3)) + self.final.sum(axis=2)
        return total


def world_with(world: World, flows: Flows, made: Deliveries, *, grown: Growth) -> World:
    """Return the world with other deliveries; output, value added and pressures follow.

    Output is what is delivered, value added what inputs leave of it. Capacity goes with output,
    pressures with the amount made. Producers of one product in one region share its deliveries as
    before.

    Parameters
    ----------
    world
        What `flows` was read from.
    flows
        Its deliveries by region and product.
    made
        The other deliveries.
    grown
        Change of the amounts behind them.

    Returns
    -------
    World
        Matrices and columns that hold amounts of producers are new; all else is the same.
    """
    ids, users = world.ids("producers"), world.ids("consumers")
    producers = world.part("producers")
    kinds, count = len(flows.products), len(flows.regions)
    place = flows.regions.get_indexer(world.ids("regions"))
    cell = place[producers.codes("region")] * kinds + producers.codes("product").astype(np.int64)
    buyer = place[world.part("consumers").codes("region")]
    old = np.maximum(world.matrix("intermediate").aligned_to(ids, ids).dense, 0.0)
    bought = world.matrix("final").aligned_to(ids, users).in_unit(flows.unit).dense
    weight = np.maximum(old.sum(axis=1) + bought.sum(axis=1), 0.0)
    square, wide = (count * kinds, count * kinds), (count * kinds, count)
    inputs = _shared(
        old, flows.cells.reshape(square), made.cells.reshape(square), (cell, cell),
        (weight, weight),
    )  # fmt: skip
    eaten = flows.sales.sum(axis=0).transpose(2, 0, 1) - flows.cells.sum(axis=3)
    final = _shared(
        bought, eaten.reshape(wide), made.final.reshape(wide), (cell, buyer),
        (weight, np.maximum(bought.sum(axis=0), 0.0)),
    )  # fmt: skip
    parts: dict[str, pd.DataFrame | Matrix] = {
        "intermediate": Matrix(inputs, ids, ids, flows.unit),
        "final": Matrix(final, ids, users, flows.unit),
    }
    output = inputs.sum(axis=1) + final.sum(axis=1)
    parts["producers"] = _producers(world, output * daily(parts["final"]))  # type: ignore[arg-type]
    if "value_added" in world:
        parts["value_added"] = _added(world, output - inputs.sum(axis=0), flows.unit)
    for name, growth in (
        ("stressors", grown.volume.ravel()[cell]), ("stressors_final", grown.final[buyer]),
    ):  # fmt: skip
        if name in world:
            columns = ids if name == "stressors" else users
            kept = world.matrix(name).aligned_to(world.matrix(name).rows, columns)
            parts[name] = Matrix(kept.dense * growth, kept.rows, columns, kept.unit)
    return world.with_(parts)


def _producers(world: World, output: Array) -> pd.DataFrame:
    """Return the table of producers with another output, per day."""
    frame = world.table("producers")
    normal = world.part("producers").numbers("output")
    frame["output"] = output
    if "capacity" in frame:
        frame["capacity"] *= np.divide(output, normal, out=np.ones_like(output), where=normal > 0)
    return frame


def _added(world: World, left: Array, unit: str) -> Matrix:
    """Return value added of what inputs leave, its components in proportion."""
    ids, given = world.ids("producers"), world.matrix("value_added")
    stated = given.aligned_to(given.rows, ids).in_unit(unit).dense
    sums, even = stated.sum(axis=0), np.full_like(stated, 1 / max(len(stated), 1))
    share = np.divide(stated, sums, out=even, where=sums != 0)
    return Matrix(share * left, given.rows, ids, unit)


def _shared(
    values: Array, old: Array, new: Array, place: tuple[Integers, Integers],
    weight: tuple[Array, Array],
) -> Array:  # fmt: skip
    """Return values by producer that add up to new cells, in the proportions that they had."""
    rows, columns = place
    ratio = np.divide(new, old, out=np.zeros_like(new), where=old > 0)
    made: Array = values * ratio[np.ix_(rows, columns)]
    if ((old <= 0) & (new > 0)).any():  # nothing to go by: by size
        blank = np.where(old > 0, 0.0, new)
        parts = [_within(own, group) for own, group in zip(weight, place, strict=True)]
        made += blank[np.ix_(rows, columns)] * parts[0][:, None] * parts[1]
    return made


def _within(weight: Array, group: Integers) -> Array:
    """Return the share of each member in its group."""
    total = np.bincount(group, weight)[group]
    members = np.bincount(group)[group]
    return np.where(total > 0, weight / np.where(total > 0, total, 1.0), 1.0 / members)


def worlds_of(
    world: World, found: Solved, scenario: Scenario, day: float = 0
) -> tuple[World, World, float]:
    """Return the worlds of both equilibria, and the share of deliveries without their old pattern.

    Where the table of a world is its own baseline, the first is that world; without a change the
    second is the first. The second has the links and producers that the scenario leaves.

    Parameters
    ----------
    world
        What was solved.
    found
        Both equilibria.
    scenario, day
        What changed barriers, and the day that is looked at.

    Examples
    --------
    >>> from catenary import Scenario
    >>> from catenary.testing import two_regions
    >>> from catenary.trade.solving import Question, solved
    >>> world, nothing = two_regions(), Scenario("nothing")
    >>> question = Question(scenario=nothing, deficits="fixed", uses=1, elasticity=4.0,
    ...                     day_value=None, capital_share=None, day=0)
    >>> before, after, _ = worlds_of(world, solved(world, question), nothing)
    >>> bool(abs(after.matrix("final").dense - world.matrix("final").dense).max() < 1e-9)
    True
    """
    flows, sides, made, spread = found.flows, (found.before, found.after), [], 0.0
    whole = completed(world.without(*world.matrices), scenario)
    changed = scenario.compile(whole).applied(whole, day)
    names = {change.target.partition(".")[0] for change in scenario.changes}
    then = world.with_({name: changed.table(name) for name in names})
    for place, one in enumerate((world, then)):
        table = Deliveries.of(flows, sides[place], found.money)
        grown = Growth.of(flows, sides[: place + 1], found.money)
        made.append(world_with(one, flows, table, grown=grown))
        spread = max(spread, table.spread)
    return made[0], made[1], spread
