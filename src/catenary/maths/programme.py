"""Linear and mixed-integer programmes, put together in blocks and solved by HiGHS.

Rows have a label each group of them is known by, so that limits that contradict each other can be
named: a Farkas ray shows some that do, and leaving out one group after another keeps only those
without which there would be a solution (a deletion filter).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from catenary.errors import ComputationError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["Programme", "Solved", "Standing"]

_TIGHT: Final = 1e-9


@dataclass(frozen=True, kw_only=True, eq=False)
class Solved:
    """What HiGHS found."""

    x: Array
    """Values of columns, (N,)."""
    price: Array
    """What the optimum gains with one more unit on the right of each row, (M,); with whole numbers,
    as long as these stay."""
    reduced: Array
    """What the optimum gains with one more unit of each column, (N,); 0 with whole numbers."""
    objective: float
    """Cost of the solution."""
    bound: float
    """No solution costs less."""


class Programme:
    """Columns and rows, added in blocks; the aim is least cost.

    Examples
    --------
    >>> programme = Programme()
    >>> x = programme.columns(2, cost=np.array([1.0, 2.0]), upper=3.0)
    >>> _ = programme.rows("demand", 4.0, np.inf, ([0, 0], x, 1.0))
    >>> found = programme.solve()
    >>> found.x.tolist(), found.price.tolist(), found.objective
    ([3.0, 1.0], [2.0], 5.0)
    """

    def __init__(self) -> None:
        self._cost: list[Array] = []
        self._lower: list[Array] = []
        self._upper: list[Array] = []
        self._whole: list[NDArray[np.bool_]] = []
        self._least: list[Array] = []
        self._most: list[Array] = []
        self._cells: list[tuple[Integers, Integers, Array]] = []
        self._groups: list[tuple[str, int, int]] = []
        self.width, self.height = 0, 0

    def columns(
        self,
        count: int,
        *,
        cost: Array | float = 0.0,
        lower: Array | float = 0.0,
        upper: Array | float = np.inf,
        whole: bool = False,
    ) -> Integers:
        """Add columns; return their positions."""
        for store, value in ((self._cost, cost), (self._lower, lower), (self._upper, upper)):
            store.append(np.broadcast_to(np.asarray(value, np.float64).ravel(), count))
        self._whole.append(np.full(count, whole))
        self.width += count
        return np.arange(self.width - count, self.width)

    def rows(
        self,
        label: str,
        least: Array | float,
        most: Array | float,
        *cells: tuple[Any, Any, Any],
        count: int = 1,
    ) -> Integers:
        """Add rows that belong together: cells are (row in the block, column, value) each.

        Parameters
        ----------
        label
            What the rows are called where they contradict others.
        least, most
            Bounds of each row.
        cells
            Arrays of one shape, or values that are repeated.
        count
            How many rows there are.
        """
        for row, column, value in cells:
            shape = np.broadcast_shapes(np.shape(row), np.shape(column))
            self._cells.append(
                (
                    np.broadcast_to(row, shape).ravel() + self.height,
                    np.broadcast_to(column, shape).ravel(),
                    np.broadcast_to(np.asarray(value, np.float64), shape).ravel(),
                )
            )
        self._least.append(np.broadcast_to(np.asarray(least, np.float64).ravel(), count))
        self._most.append(np.broadcast_to(np.asarray(most, np.float64).ravel(), count))
        self._groups.append((label, self.height, self.height + count))
        self.height += count
        return np.arange(self.height - count, self.height)

    def solve(
        self,
        *,
        gap: float = 0.0,
        seconds: float = np.inf,
        straight: Literal["", "simplex", "ipm"] = "",
    ) -> Solved | None:
        """Return the cheapest solution; None if there is none.

        Parameters
        ----------
        gap
            How far from the best a solution with whole numbers may be, as a share.
        seconds
            After which the best solution with whole numbers so far is taken.
        straight
            simplex or ipm: with that and without presolve, which saves time where few rows have
            many columns.

        Raises
        ------
        ComputationError
            If cost falls for ever, or nothing was found in time.
        """
        import highspy  # noqa: PLC0415  slow to import

        solver = self._solver(gap=gap, seconds=seconds)
        if straight:
            solver.setOptionValue("presolve", "off")
            solver.setOptionValue("solver", straight)
        solver.run()
        status, kinds = solver.getModelStatus(), highspy.HighsModelStatus
        if status == kinds.kUnboundedOrInfeasible:
            solver.setOptionValue("presolve", "off")
            solver.run()
            status = solver.getModelStatus()
        if status == kinds.kInfeasible:
            return None
        info, solution = solver.getInfo(), solver.getSolution()
        late = status == kinds.kTimeLimit and np.isfinite(info.objective_function_value)
        if status != kinds.kOptimal and not (late and info.primal_solution_status == 2):
            raise ComputationError(
                f"no solution was found: {solver.modelStatusToString(status)}",
                hint="allow more seconds or a wider gap" if late else "",
            )
        mixed = any(one.any() for one in self._whole)
        x = np.array(solution.col_value)
        return Solved(
            x=x,
            price=self._price_at(x) if mixed else np.array(solution.row_dual),
            reduced=np.zeros(len(x)) if mixed else np.array(solution.col_dual),
            objective=float(info.objective_function_value),
            bound=float(info.mip_dual_bound if mixed else info.objective_function_value),
        )

    def standing(self) -> Standing:
        """Return the programme without whole numbers, solved anew from where it stood."""
        return Standing(self._solver(whole=np.zeros(self.width, bool)))

    def each(self, columns: Integers, most: float) -> Array:
        """Return the least cost with one column after another held down, from one basis.

        Parameters
        ----------
        columns
            Which to hold down, one at a time.
        most
            Their upper bound then.

        Raises
        ------
        ComputationError
            If one of these has no solution.
        """
        import highspy  # noqa: PLC0415  slow to import

        solver = self._solver()
        solver.setOptionValue("presolve", "off")  # so that each begins where the last one ended
        lower, upper = _flat(self._lower), _flat(self._upper)
        found = np.zeros(len(columns))
        for k, column in enumerate(columns):
            solver.changeColBounds(int(column), lower[column], most)
            solver.run()
            if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
                raise ComputationError(f"there is no solution without column {column}")
            found[k] = solver.getInfo().objective_function_value
            solver.changeColBounds(int(column), lower[column], upper[column])
        return found

    def varied(self) -> Callable[[Array, Array, Array], Solved]:
        """Return what solves with other bounds, each time from where the last time ended.

        It takes the least and the most of every row and the upper bounds of columns. There may be
        no whole numbers.

        Examples
        --------
        >>> programme = Programme()
        >>> x = programme.columns(2, cost=np.array([1.0, 2.0]))
        >>> _ = programme.rows("demand", 4.0, np.inf, ([0, 0], x, 1.0))
        >>> solve = programme.varied()
        >>> [
        ...     solve(np.array([4.0]), np.array([np.inf]), np.array([upper, 9.0])).objective
        ...     for upper in (9.0, 3.0)
        ... ]
        [4.0, 5.0]
        """
        import highspy  # noqa: PLC0415  slow to import

        solver = self._solver()
        solver.setOptionValue("presolve", "off")
        rows, columns = (
            np.arange(self.height, dtype=np.int32),
            np.arange(self.width, dtype=np.int32),
        )
        lower = _flat(self._lower)

        def solved(least: Array, most: Array, upper: Array) -> Solved:
            solver.changeRowsBounds(len(rows), rows, least, most)
            solver.changeColsBounds(len(columns), columns, lower, upper)
            solver.run()
            status = solver.getModelStatus()
            if status != highspy.HighsModelStatus.kOptimal:
                raise ComputationError(
                    f"no solution was found: {solver.modelStatusToString(status)}"
                )
            solution, value = solver.getSolution(), solver.getInfo().objective_function_value
            return Solved(
                x=np.array(solution.col_value), price=np.array(solution.row_dual),
                reduced=np.array(solution.col_dual), objective=float(value), bound=float(value),
            )  # fmt: skip

        return solved

    def _price_at(self, x: Array) -> Array:
        """Return prices of rows once whole numbers are what they are."""
        flags = np.concatenate(self._whole)
        solver = self._solver(whole=np.zeros(self.width, bool))
        at = np.flatnonzero(flags).astype(np.int32)
        value = np.round(x[flags])
        solver.changeColsBounds(len(at), at, value, value)
        solver.run()
        return np.array(solver.getSolution().row_dual)

    def conflict(self) -> tuple[str, ...]:
        """Return labels of rows that contradict each other, of which none can be left out.

        The set is irreducible: without any one of them the others have a solution. There may be
        another set.

        References
        ----------
        Chinneck, J. W. & Dravnieks, E. W. (1991), Locating minimal infeasible constraint sets in
        linear programs. ORSA Journal on Computing 3(2), 157-168.
        """
        import highspy  # noqa: PLC0415  slow to import

        labels = list(dict.fromkeys(label for label, _, _ in self._groups))
        relaxed = np.array([False] * self.width)
        solver = self._solver(whole=relaxed, cost=False)
        solver.setOptionValue("presolve", "off")
        solver.run()
        linear = solver.getModelStatus() == highspy.HighsModelStatus.kInfeasible
        kept = labels
        if linear:
            _, has, *rest = solver.getDualRay()
            if has and len(rest):
                ray = np.abs(np.array(rest[0]))
                touched = np.flatnonzero(ray > 1e-9 * max(ray.max(initial=0.0), 1e-300))
                seen = {n for n, a, b in self._groups if ((touched >= a) & (touched < b)).any()}
                if not self._possible(seen, linear=True):
                    kept = [one for one in labels if one in seen]
        for label in list(kept):
            without = [one for one in kept if one != label]
            if not self._possible(without, linear=linear):
                kept = without
        return tuple(kept)

    def _possible(self, labels: Sequence[str] | set[str], *, linear: bool) -> bool:
        """Return whether the rows of these labels alone have a solution."""
        import highspy  # noqa: PLC0415

        kept = np.zeros(self.height, bool)
        for label, first, last in self._groups:
            kept[first:last] = label in labels
        whole = np.zeros(self.width, bool) if linear else None
        solver = self._solver(whole=whole, cost=False, kept=kept)
        solver.run()
        return bool(solver.getModelStatus() != highspy.HighsModelStatus.kInfeasible)

    def _solver(
        self,
        *,
        gap: float = 0.0,
        seconds: float = np.inf,
        whole: NDArray[np.bool_] | None = None,
        cost: bool = True,
        kept: NDArray[np.bool_] | None = None,
    ) -> Any:
        """Return HiGHS with the model in it."""
        import highspy  # noqa: PLC0415
        from scipy import sparse  # noqa: PLC0415

        rows, columns, values = _joined(self._cells)
        least, most = _flat(self._least), _flat(self._most)
        if kept is not None:
            least, most = np.where(kept, least, -np.inf), np.where(kept, most, np.inf)
        A = sparse.csc_array((values, (rows, columns)), shape=(self.height, self.width))
        A.sum_duplicates()
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = self.width, self.height
        lp.col_cost_ = _flat(self._cost) * float(cost)
        lp.col_lower_, lp.col_upper_ = _flat(self._lower), _flat(self._upper)
        lp.row_lower_, lp.row_upper_ = least, most
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_ = A.indptr.astype(np.int32)
        lp.a_matrix_.index_ = A.indices.astype(np.int32)
        lp.a_matrix_.value_ = A.data
        flags = np.concatenate(self._whole) if whole is None else whole
        if flags.any():
            kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
            lp.integrality_ = [kinds[int(one)] for one in flags]
        solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
        options: dict[str, Any] = {
            "output_flag": False, "threads": 1, "mip_rel_gap": gap,
            "primal_feasibility_tolerance": _TIGHT, "dual_feasibility_tolerance": _TIGHT,
            "mip_feasibility_tolerance": _TIGHT, "mip_abs_gap": _TIGHT,
        }  # fmt: skip
        if np.isfinite(seconds):
            options["time_limit"] = seconds
        for name, value in options.items():
            solver.setOptionValue(name, value)
        solver.passModel(lp)
        return solver


class Standing:
    """A linear programme whose bounds move; made by `Programme.standing`.

    Examples
    --------
    >>> programme = Programme()
    >>> x = programme.columns(1, cost=1.0)
    >>> row = programme.rows("demand", 4.0, np.inf, (0, x, 1.0))
    >>> standing = programme.standing()
    >>> standing.rows(row, np.array([6.0]), np.array([np.inf]))
    >>> standing.solve().objective
    6.0
    """

    def __init__(self, solver: Any) -> None:
        self._solver = solver

    def columns(self, columns: Integers, lower: Array, upper: Array) -> None:
        """Move bounds of columns."""
        self._solver.changeColsBounds(len(columns), columns.astype(np.int32), lower, upper)

    def rows(self, rows: Integers, least: Array, most: Array) -> None:
        """Move bounds of rows."""
        self._solver.changeRowsBounds(len(rows), rows.astype(np.int32), least, most)

    @property
    def basis(self) -> Any:
        """Where it stands, from which others of the same rows and columns may begin."""
        return self._solver.getBasis()

    def start(self, basis: Any) -> None:
        """Begin where another one stands."""
        self._solver.setBasis(basis)

    def solve(self) -> Solved:
        """Return the cheapest solution.

        Raises
        ------
        ComputationError
            If there is none.
        """
        import highspy  # noqa: PLC0415  slow to import

        self._solver.run()
        status = self._solver.getModelStatus()
        if status != highspy.HighsModelStatus.kOptimal:
            raise ComputationError(
                f"no solution was found: {self._solver.modelStatusToString(status)}"
            )
        solution = self._solver.getSolution()
        objective = float(self._solver.getInfo().objective_function_value)
        return Solved(
            x=np.array(solution.col_value),
            price=np.array(solution.row_dual),
            reduced=np.array(solution.col_dual),
            objective=objective,
            bound=objective,
        )


def _flat(parts: list[Array]) -> Array:
    return np.concatenate(parts) if parts else np.zeros(0)


def _joined(cells: list[tuple[Integers, Integers, Array]]) -> Any:
    if not cells:
        return np.zeros(0, int), np.zeros(0, int), np.zeros(0)
    return tuple(np.concatenate(one) for one in zip(*cells, strict=True))
