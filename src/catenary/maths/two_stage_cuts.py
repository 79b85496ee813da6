"""The first stage: measures, and what cuts say of the losses they leave (the L-shaped method)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from catenary.errors import ComputationError, listed
from catenary.maths.programme import Programme
from catenary.maths.two_stage_network import blocks_of
from catenary.maths.two_stage_problem import Best, objective_of, tail_mean
from catenary.maths.two_stage_recourse import Recourse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.maths.two_stage_problem import Rules, TwoStage

    Array = NDArray[np.float64]

__all__ = ["Search"]

_SAME: Final = 1e-9  # share of the loss without measures that counts as none
_NEW: Final = 1e-10  # by which a cut has to lift a loss to be kept, in the same share
_NONE: Final = 1e-12  # share of the worst loss that is none
_ROUNDS: Final = 500
_SMALL: Final = 20_000  # columns up to which everything goes into one programme


class Search:
    """Measures for a network; what was learned of it stays from one question to the next."""

    def __init__(self, problem: TwoStage, rules: Rules, *, workers: int = 1) -> None:
        self.problem, self.rules, self.workers = problem, rules, workers
        blocks, self.of = blocks_of(problem)
        bases: dict[tuple[int, int, int], Any] = {}
        self.subjects = [
            Recourse(block, np.array(sorted({e.option for e in block.effects}), np.int64), bases)
            for block in blocks
        ]
        self.count = len(problem.options)
        self.rounds = 0
        self._scale, self._settled = 1.0, False
        self._possible()

    def prefers(self, method: str) -> bool:
        """Return whether one programme of everything is to be solved: asked for, or small."""
        if method != "auto":
            return method == "extensive"
        width = 0
        for one in self.subjects:
            width += one.block.place(Programme()).width
            if width > _SMALL:
                return False
        return True

    def _forget(self) -> None:
        """Leave out what loses nothing without measures: it loses nothing with them."""
        if self._settled:
            return
        self._settled = True
        found = [loss for loss, _ in self._at(np.zeros(self.count), range(len(self.subjects)))]
        worst = max((sum(found[b] for b in one) for one in self.of), default=0.0)
        kept = np.array(found) > _NONE * worst
        place = np.cumsum(kept) - 1
        self.subjects = [one for one, k in zip(self.subjects, kept, strict=True) if k]
        self.of = [[int(place[b]) for b in one if kept[b]] for one in self.of]
        self._scale = worst or 1.0

    def losses(self, chosen: Array) -> Array:
        """Return the loss of every scenario under some measures, (W,)."""
        found = np.array([loss for loss, _ in self._at(chosen, range(len(self.subjects)))])
        return np.array([found[one].sum() for one in self.of])

    def objective(self, chosen: Array) -> float:
        """Return what measures leave and emit, in one unit."""
        return objective_of(self.problem, self.rules, chosen, self.losses(chosen))

    def best(self, *, gap: float = 0.0, extensive: bool = False) -> Best:
        """Return the best set of measures; those that change nothing are left out."""
        problem, rules = self.problem, self.rules
        self._forget()
        before = self.rounds
        if extensive:
            chosen, bound, marginal = self._at_once(gap)
        else:
            marginal = self._relaxed(problem.chance, rules.aversion)
            chosen, _, bound = self.least(problem.chance, rules.aversion, gap=gap)
        chosen = self.thrifty(chosen, problem.chance, rules.aversion)
        losses = self.losses(chosen)
        objective = objective_of(problem, rules, chosen, losses)
        return Best(
            chosen=chosen > 0, losses=losses, objective=objective, bound=min(bound, objective),
            marginal=marginal, rounds=max(1, self.rounds - before),
        )  # fmt: skip

    def least(
        self, chance: Array, aversion: float, *, gap: float = 0.0,
        without: tuple[int, ...] = (), taken: tuple[int, ...] = (),
    ) -> tuple[Array, float, float]:  # fmt: skip
        """Return the best whole measures, their objective and a bound of it.

        Parameters
        ----------
        chance
            Probabilities; 0 leaves a scenario out.
        without, taken
            Measures that may not and that must be taken.

        Raises
        ------
        ComputationError
            If no set of measures does what is asked.
        """
        self._forget()
        fixed = self._fixed(without, taken)
        mine = np.unique([b for w in np.flatnonzero(chance > 0) for b in self.of[w]]).astype(int)
        best, value, bound = np.zeros(self.count), np.inf, -np.inf
        for _ in range(_ROUNDS):
            chosen, bound, _ = self._first(chance, aversion, fixed, whole=True, gap=gap / 2)
            losses = self._cut(chosen, mine)
            now = self._objective(chosen, losses, chance, aversion)
            if now < value:
                best, value = chosen, now
            room = _SAME * self._unit + gap * abs(value)
            if value - bound <= room or not self._lifted:
                return best, value, min(bound, value)
        raise ComputationError(  # pragma: no cover - there are finitely many cuts
            f"no proof after {_ROUNDS} rounds; the gap is {(value - bound) / abs(value):.2%}",
            hint="allow a wider gap",
        )

    @property
    def _unit(self) -> float:
        """What is lost without measures, in the unit of the objective."""
        self._forget()
        return self._scale * self.rules.worth

    def _at(self, chosen: Array, which: Any) -> list[tuple[float, Array]]:
        """Return loss and slopes of some blocks."""
        which = list(which)
        if self.workers < 2 or len(which) < 2:
            return [self.subjects[b].at(chosen) for b in which]
        with ThreadPoolExecutor(self.workers) as pool:
            return list(pool.map(lambda b: self.subjects[b].at(chosen), which))

    def _cut(self, chosen: Array, which: Any) -> Array:
        """Add cuts of some blocks at some measures; return all their losses."""
        losses = np.zeros(len(self.subjects))
        self._lifted = False
        for b, (loss, slopes) in zip(which, self._at(chosen, which), strict=True):
            losses[b] = loss
            cuts = self.subjects[b].cuts
            constant = loss - slopes @ chosen
            known = max([c + s @ chosen for c, s in cuts], default=0.0)
            if loss > known + _NEW * self._scale:
                cuts.append((constant, slopes))
                self._lifted = True
        return losses

    def _objective(self, chosen: Array, losses: Array, chance: Array, aversion: float) -> float:
        each = np.array([losses[one].sum() for one in self.of])
        loss = float(chance @ each)
        if aversion:
            loss += aversion * tail_mean(each, chance, self.rules.tail)
        return self.rules.worth * loss + self.rules.carbon_price * float(self.problem.co2e @ chosen)

    def _relaxed(self, chance: Array, aversion: float) -> float:
        """Add cuts until shares of measures are best; return what the budget is worth there."""
        everything = range(len(self.subjects))
        fixed = self._fixed((), ())
        centre: Array | None = None
        value = np.inf
        for _ in range(_ROUNDS):
            chosen, bound, marginal = self._first(chance, aversion, fixed, whole=False)
            if centre is None:
                centre = chosen
            for point in ((chosen + centre) / 2, chosen):  # half way first: fewer rounds
                losses = self._cut(point, everything)
                now = self._objective(point, losses, chance, aversion)
                if now < value:
                    value, centre = now, point
                if self._lifted and point is not chosen:
                    known = self._known(chosen, chance, aversion)
                    if known > bound + _SAME * self._unit:
                        break
            if value - bound <= _SAME * self._unit or not self._lifted:
                return marginal
        return marginal

    def _known(self, chosen: Array, chance: Array, aversion: float) -> float:
        """Return what cuts say of an objective."""
        losses = np.array(
            [max([c + s @ chosen for c, s in one.cuts], default=0.0) for one in self.subjects]
        )
        return self._objective(chosen, np.maximum(losses, 0.0), chance, aversion)

    def _first(
        self, chance: Array, aversion: float, fixed: tuple[Array, Array], *, whole: bool,
        gap: float = 0.0,
    ) -> tuple[Array, float, float]:  # fmt: skip
        """Return the best measures as far as cuts say, the objective, and the worth of budget."""
        self.rounds += 1
        unit = self._unit
        programme = Programme()
        choice, budget = self._choice(programme, fixed, whole=whole)
        some = np.flatnonzero(chance > 0)
        mine = np.unique([b for w in some for b in self.of[w]]).astype(int)
        theta = programme.columns(len(mine))
        self._weigh(programme, chance, aversion, [np.searchsorted(mine, self.of[w]) for w in some],
                    theta, 1.0)  # fmt: skip
        rows: list[int] = []
        columns: list[int] = []
        values: list[float] = []
        least: list[float] = []
        for t, b in enumerate(mine.tolist()):
            for constant, slopes in self.subjects[b].cuts:
                touched = np.flatnonzero(slopes)
                rows += [len(least)] * (len(touched) + 1)
                columns += [theta[t], *choice[touched]]
                values += [1.0, *(-slopes[touched] / self._scale)]
                least.append(constant / self._scale)
        programme.rows(
            "cuts", np.array(least), np.inf,
            (np.array(rows, int), np.array(columns, int), np.array(values)), count=len(least),
        )  # fmt: skip
        solved = programme.solve(gap=gap)
        if solved is None:
            raise self._contradiction(programme)
        y = np.clip(solved.x[choice], 0.0, 1.0)
        marginal = -float(solved.price[budget].sum()) * unit if not whole and len(budget) else 0.0
        per = self._per_budget
        return (np.round(y) if whole else y), solved.bound * unit, max(0.0, marginal / per)

    def _weigh(
        self, programme: Programme, chance: Array, aversion: float, of: list[Any], theta: Any,
        size: float,
    ) -> None:  # fmt: skip
        """Add the mean and the tail of losses to the objective."""
        some = np.flatnonzero(chance > 0)
        rows = np.repeat(np.arange(len(some)), [len(one) for one in of])
        places = np.concatenate([*of, np.zeros(0, int)]).astype(int)
        # losses as columns, so that blocks of several scenarios stand once
        loss = programme.columns(len(some), cost=chance[some])
        programme.rows("losses", 0.0, np.inf, (np.arange(len(some)), loss, 1.0),
                       (rows, theta[places], -size), count=len(some))  # fmt: skip
        if aversion:
            over = programme.columns(len(some), cost=aversion * chance[some] / self.rules.tail)
            risk = programme.columns(1, cost=aversion, lower=-np.inf)
            each = np.arange(len(some))
            programme.rows(
                "worst cases",
                0.0,
                np.inf,
                (each, over, 1.0),
                (each, loss, -1.0),
                (each, np.broadcast_to(risk, len(some)), 1.0),
                count=len(some),
            )

    @property
    def _per_budget(self) -> float:
        """What the row of the budget is divided by."""
        return float(self.problem.cost.max(initial=0.0)) or 1.0

    def _choice(
        self, programme: Programme, fixed: tuple[Array, Array], *, whole: bool
    ) -> tuple[Any, Any]:
        """Add measures, the budget and what excludes each other."""
        problem, rules = self.problem, self.rules
        carbon = rules.carbon_price * problem.co2e / (self._scale * rules.worth)
        choice = programme.columns(
            self.count, cost=carbon, lower=fixed[0], upper=fixed[1], whole=whole
        )
        budget = np.zeros(0, int)
        if np.isfinite(rules.budget) and self.count:
            per = self._per_budget
            budget = programme.rows("the budget", -np.inf, rules.budget / per,
                                    (0, choice, problem.cost / per))  # fmt: skip
        for group in rules.exclusive:
            names = " and ".join(problem.options[m].name for m in group)
            programme.rows(f"only one of {names}", -np.inf, 1.0,
                           (0, choice[np.array(group, int)], 1.0))  # fmt: skip
        return choice, budget

    def _fixed(self, without: tuple[int, ...], taken: tuple[int, ...]) -> tuple[Array, Array]:
        lower, upper = np.zeros(self.count), np.ones(self.count)
        lower[[*self.rules.required, *taken]] = 1.0
        upper[list(without)] = 0.0
        return lower, upper

    def _possible(self) -> None:
        """Refuse rules that contradict each other."""
        programme = Programme()
        choice, _ = self._choice(programme, (np.zeros(self.count), np.ones(self.count)), whole=True)
        for m in self.rules.required:
            name = self.problem.options[m].name
            programme.rows(f"{name} is required", 1.0, np.inf, (0, choice[m : m + 1], 1.0))
        if self.count and programme.solve() is None:
            raise self._contradiction(programme)

    def _contradiction(self, programme: Programme) -> ComputationError:
        return ComputationError(
            "no set of measures does what is asked: "
            f"{listed(programme.conflict())} contradict each other",
            hint="raise the budget, or require and exclude less",
        )

    def thrifty(self, chosen: Array, chance: Array, aversion: float) -> Array:
        """Leave out measures that change nothing, the dearest first."""
        kept, every = chosen.copy(), np.arange(len(self.subjects))
        mine = np.unique([b for w in np.flatnonzero(chance > 0) for b in self.of[w]]).astype(int)

        def value() -> float:
            losses = np.zeros(len(every))
            losses[mine] = [loss for loss, _ in self._at(kept, mine)]
            return self._objective(kept, losses, chance, aversion)

        most = value() + _SAME * self._unit
        for m in np.argsort(-self.problem.cost, kind="stable"):
            if kept[m] and m not in self.rules.required:
                kept[m] = 0.0
                if value() > most:
                    kept[m] = 1.0
        return kept

    def _at_once(self, gap: float) -> tuple[Array, float, float]:
        """Return the best measures by one programme of everything, a bound, the worth of budget."""
        problem, rules = self.problem, self.rules
        unit = self._unit
        answers = []
        for whole in (True, False):
            programme = Programme()
            fixed = self._fixed((), ())
            choice, budget = self._choice(programme, fixed, whole=whole)
            theta = programme.columns(len(self.subjects))
            for t, subject in enumerate(self.subjects):
                placed = subject.block.place(programme, choice)
                programme.rows(
                    "losses of a part", 0.0, np.inf, (0, theta[t : t + 1], 1.0),
                    (0, placed.losing, -placed.rate / self._scale),
                )  # fmt: skip
            self._weigh(programme, problem.chance, rules.aversion,
                        [np.array(one, int) for one in self.of], theta, 1.0)  # fmt: skip
            solved = programme.solve(gap=gap)
            if solved is None:
                raise self._contradiction(programme)
            self.rounds += 1
            worth = -float(solved.price[budget].sum()) * unit / self._per_budget
            answers.append((np.clip(solved.x[choice], 0, 1), solved.bound * unit, worth))
        return np.round(answers[0][0]), answers[0][1], max(0.0, answers[1][2])
