"""The second stage: parts of a network that hang together, each under one scenario, as a programme.

Quantities are in days of normal output and normal use, so that coefficients are near 1. Where
suppliers may replace each other freely, those that deliver to the same buyers are one, and so are
buyers that buy from the same suppliers.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from catenary.maths.grouping import sum_by
from catenary.maths.two_stage_parts import effects_of, parts_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.maths.programme import Programme
    from catenary.maths.two_stage_parts import Effect, Part
    from catenary.maths.two_stage_problem import TwoStage

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["Block", "Placed", "blocks_of"]

_HAIR: Final = 1e-12  # share of normal output under which nothing is missing


@dataclass(frozen=True, kw_only=True, eq=False)
class Placed:
    """Where the columns and rows of a block stand in a programme."""

    output: Integers
    """Columns of output, (n, T)."""
    soft: Integers
    """Rows of inputs that stop only a part, (s, T)."""
    opening: Integers
    """Rows of stocks in the first period, (k,)."""
    losing: Integers
    rate: Array
    """Columns that count as loss, and how much."""
    width: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Block:
    """A part under a scenario."""

    part: Part
    able: Array
    lost: Array
    final: Array
    effects: tuple[Effect, ...]

    @property
    def key(self) -> bytes:
        """What makes it different from other blocks."""
        digest = hashlib.blake2b(self.part.producers.tobytes())
        for one in (self.able, self.lost, self.final):
            digest.update(one.tobytes())
        for effect in self.effects:
            digest.update(np.int64(effect.option).tobytes())
            for array in (effect.rows, effect.added, effect.averted, effect.slots, effect.stock):
                digest.update(b"" if array is None else array.tobytes())
                digest.update(b"|")
        return digest.digest()

    @property
    def steepest(self) -> float:
        """What a day of the most valuable shortage counts."""
        part = self.part
        if part.by_output:
            return float((part.weight * part.output).max(initial=0.0))
        return float((part.weight * (self.final / part.days).max(axis=1)).max(initial=0.0))

    def capacity(self, chosen: Array) -> tuple[Array, NDArray[np.bool_]]:
        """Return the most that is made under some measures, and where all loss is averted.

        Both are (n, T).
        """
        added, averted = np.zeros_like(self.able), np.zeros_like(self.able)
        for effect in self.effects:
            share = chosen[effect.option]
            if effect.added is not None:
                added[effect.rows] += share * effect.added
            if effect.averted is not None:
                averted[effect.rows] += share * effect.averted
        return self.able + added + np.minimum(averted, self.lost), averted >= self.lost

    def opening(self, chosen: Array) -> Array:
        """Return the opening stock under some measures in days of use, (k,)."""
        stock = self.part.stock.copy()
        for effect in self.effects:
            stock[effect.slots] += chosen[effect.option] * effect.stock
        return stock / self.part.use

    def slopes(self, chosen: Array, room: Array, opening: Array) -> Array:
        """Return what a share more of each measure changes, given prices.

        Parameters
        ----------
        room
            Price of capacity by producer and period, (n, T).
        opening
            Price of a day of opening stock by slot, (k,).
        """
        full = self.capacity(chosen)[1]
        slopes = np.zeros(len(chosen))
        for effect in self.effects:
            price = room[effect.rows]
            if effect.added is not None:
                slopes[effect.option] += (price * effect.added).sum()
            if effect.averted is not None:
                some = np.where(full[effect.rows], 0.0, effect.averted)
                slopes[effect.option] += (price * some).sum()
            days = effect.stock / self.part.use[effect.slots]
            slopes[effect.option] += opening[effect.slots] @ days
        return slopes

    def place(self, p: Programme, choice: Integers | None = None, charge: float = 0.0) -> Placed:
        """Add the block to a programme.

        Parameters
        ----------
        choice
            Columns of measures, (M,); None: none is taken, and bounds are moved later.
        charge
            Cost of a unit of loss.
        """
        part, T = self.part, len(self.part.days)
        n, k = len(part.output), len(part.buyer)
        before = p.width
        most = self.able / part.output[:, None]
        x = p.columns(n * T, upper=most.ravel() if choice is None else np.inf).reshape(n, T)
        room = None if choice is None else self._room(p, x, choice)
        losing, rate, served = self._losses(p, x, charge)
        r = p.columns(k * T).reshape(k, T)
        s = p.columns(k * T).reshape(k, T)
        self._deliveries(p, x, served, r)
        soft = part.soft
        drawn = x[part.buyer]
        limits = np.zeros((0, T), np.int64)
        if len(soft):
            drawn = drawn.copy()
            drawn[soft] = p.columns(len(soft) * T).reshape(-1, T)
            limits = self._soft(p, x, drawn[soft], room)
        opening = self._stocks(p, r, s, drawn, choice)
        return Placed(
            output=x, soft=limits, opening=opening, losing=losing, rate=rate, width=p.width - before
        )

    def _losses(
        self, p: Programme, x: Integers, charge: float
    ) -> tuple[Integers, Array, tuple[Integers, Any]]:
        """Add what is not served, and what is not made if that counts."""
        part, T = self.part, x.shape[1]
        buys = np.flatnonzero(self.final.any(axis=1))
        scale = (self.final[buys] / part.days).max(axis=1, initial=0.0)
        most = self.final[buys] / scale[:, None]
        rate = np.repeat(part.weight[buys] * scale, T)
        own = 0.0 if part.by_output else charge * rate
        unmet = p.columns(len(buys) * T, cost=own, upper=most.ravel()).reshape(-1, T)
        losing = unmet.ravel()
        if part.by_output:
            rate = np.repeat(part.weight * part.output, T)
            losing = p.columns(len(rate), cost=charge * rate)
            normal = np.tile(part.days, len(part.output))
            each = np.arange(len(rate))
            p.rows("output", normal, np.inf, (each, losing, 1.0), (each, x.ravel(), 1.0),
                   count=len(rate))  # fmt: skip
        counted = rate > 0
        return losing[counted], rate[counted], (buys, (unmet, scale))

    def _deliveries(
        self, p: Programme, x: Integers, served: tuple[Integers, Any], r: Integers
    ) -> None:
        """Let nobody deliver what is not made: to final buyers, and to slots."""
        part, T = self.part, x.shape[1]
        buys, (unmet, scale) = served
        when = np.arange(T)
        members = np.bincount(part.selling[part.selling >= 0], minlength=1)
        own = (part.selling[buys] < 0) | (members[part.selling[buys]] > 1)
        own_rows = np.arange(own.sum())[:, None] * T + when
        p.rows(
            "final demand", (self.final[buys[own]] / part.output[buys[own], None]).ravel(), np.inf,
            (own_rows, x[buys[own]], 1.0),
            (own_rows, unmet[own], (scale / part.output[buys])[own][:, None]),
            count=own_rows.size,
        )  # fmt: skip
        a, b, normal = part.pairs
        classes = int(part.selling.max(initial=-1)) + 1
        seller = part.selling >= 0
        size = sum_by(part.selling[seller], part.output[seller], classes)
        wanted = np.zeros((classes, T))
        np.add.at(wanted, part.selling[seller], self.final[seller])
        single = np.bincount(b, minlength=1)[b] == 1
        single &= not np.isfinite(part.substitution)
        buys_sold = seller[buys]
        of = part.selling[buys[buys_sold]]
        supply = np.full(len(part.buyer), -1)
        alone = np.full(int(part.buying.max(initial=-1)) + 1, -1)
        alone[b[single]] = a[single]
        supply = alone[part.buying]
        direct = np.flatnonzero(supply >= 0)
        cells: list[Any] = [
            (part.selling[seller][:, None] * T + when, x[seller],
             (part.output[seller] / size[part.selling[seller]])[:, None]),
            (of[:, None] * T + when, unmet[buys_sold], (scale[buys_sold] / size[of])[:, None]),
            (supply[direct][:, None] * T + when, r[direct],
             -(part.use[direct] / size[supply[direct]])[:, None]),
        ]  # fmt: skip
        ways = np.flatnonzero(~single)
        if len(ways):
            total = normal[ways]
            most = part.substitution * part.days  # inf stays inf
            y = p.columns(len(ways) * T, upper=np.tile(most, len(ways))).reshape(-1, T)
            cells.append((a[ways][:, None] * T + when, y, -(total / size[a[ways]])[:, None]))
            groups, place = np.unique(b[ways], return_inverse=True)
            rest = np.flatnonzero(supply < 0)
            of_slot = np.searchsorted(groups, part.buying[rest])
            bought = sum_by(of_slot, part.use[rest], len(groups))
            p.rows(
                "deliveries", 0.0, np.inf,
                (place[:, None] * T + when, y, (total / bought[place])[:, None]),
                (of_slot[:, None] * T + when, r[rest],
                 -(part.use[rest] / bought[of_slot])[:, None]),
                count=len(groups) * T,
            )  # fmt: skip
        p.rows("output made", (wanted / size[:, None]).ravel(), np.inf, *cells, count=classes * T)

    def _soft(self, p: Programme, x: Integers, drawn: Integers, room: Any) -> Integers:
        """Let inputs stop only their share of what could be made."""
        part, T = self.part, x.shape[1]
        c = part.criticality[part.soft][:, None]
        buyer = part.buyer[part.soft]
        each = np.arange(len(buyer) * T).reshape(-1, T)
        cells: list[Any] = [(each, drawn, c), (each, x[buyer], -1.0)]
        least = -(1 - c) * self.able[buyer] / part.output[buyer, None]
        if room is not None:
            cells.append((each, room[buyer], 1 - c))
            least = np.zeros_like(least)
        rows = p.rows("inputs in part", least.ravel(), np.inf, *cells, count=each.size)
        return rows.reshape(-1, T)

    def _stocks(
        self, p: Programme, r: Integers, s: Integers, drawn: Integers, choice: Integers | None
    ) -> Integers:
        """Let nobody draw what is not in stock."""
        part, (k, T) = self.part, r.shape
        first = part.stock / part.use
        each = np.arange(k)
        cells: list[Any] = [(each, r[:, 0], 1.0), (each, s[:, 0], -1.0), (each, drawn[:, 0], -1.0)]
        if choice is not None:
            cells += [
                (e.slots, np.full(len(e.slots), choice[e.option]), e.stock / part.use[e.slots])
                for e in self.effects
            ]
        opening = p.rows("stocks", -first, np.inf, *cells, count=k)
        later = np.arange(k * (T - 1)).reshape(k, T - 1)
        p.rows(
            "stocks", 0.0, np.inf, (later, s[:, :-1], 1.0), (later, r[:, 1:], 1.0),
            (later, s[:, 1:], -1.0), (later, drawn[:, 1:], -1.0), count=later.size,
        )  # fmt: skip
        if part.closing:
            p.rows("closing stocks", part.closing * first, np.inf, (each, s[:, -1], 1.0), count=k)
        return opening

    def _room(self, p: Programme, x: Integers, choice: Integers) -> Integers:
        """Add what can be made as columns that measures move, (n, T)."""
        part = self.part
        n, T = x.shape
        scale = part.output[:, None]
        room = p.columns(n * T).reshape(n, T)
        each = np.arange(n * T).reshape(n, T)
        cells: list[Any] = [(each, room, 1.0)]
        capped: list[Any] = [(each, room, 1.0)]
        for effect in self.effects:
            rows, y = each[effect.rows], np.full((len(effect.rows), T), choice[effect.option])
            for array, both in ((effect.added, True), (effect.averted, False)):
                if array is not None:
                    cells.append((rows, y, -array / scale[effect.rows]))
                    if both:
                        capped.append((rows, y, -array / scale[effect.rows]))
        p.rows("capacity", -np.inf, (self.able / scale).ravel(), *cells, count=n * T)
        top = ((self.able + self.lost) / scale).ravel()
        p.rows("capacity", -np.inf, top, *capped, count=n * T)
        p.rows("capacity", -np.inf, 0.0, (each, x, 1.0), (each, room, -1.0), count=n * T)
        return room


def blocks_of(problem: TwoStage) -> tuple[list[Block], list[list[int]]]:
    """Return the blocks in which something is missing, and which of them each scenario has.

    Producers that hang together with nobody who lacks anything can go on as normal, whatever
    measures are taken: they lose nothing, and stay out. Blocks that are equal are one.
    """
    parts, normal = parts_of(problem)
    home, shelf = np.full(len(problem.output), -1), np.full(len(problem.buyer), -1)
    for number, part in enumerate(parts):
        home[part.producers], shelf[part.slots] = number, number
    places = [(home[one.producers], shelf[one.slots]) for one in problem.options]
    blocks: list[Block] = []
    known: dict[bytes, int] = {}
    found: list[list[int]] = []
    for w in range(len(problem.chance)):
        mine: list[int] = []
        final = problem.final[w if len(problem.final) > 1 else 0]
        for number, part in enumerate(parts):
            f = part.producers
            usual = part.output[:, None] * part.days
            short = problem.able[w, f] < usual * (1 - _HAIR)
            more = final[f] > normal[f][:, None] * part.days + usual * _HAIR
            if not (short.any() or more.any()):
                continue
            touched = [(a == number, b == number) for a, b in places]
            block = Block(
                part=part, able=problem.able[w, f], lost=problem.lost[w, f], final=final[f],
                effects=effects_of(problem, part, w, touched),
            )  # fmt: skip
            place = known.setdefault(block.key, len(blocks))
            if place == len(blocks):
                blocks.append(block)
            mine.append(place)
        found.append(mine)
    return blocks, found
