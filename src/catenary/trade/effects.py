"""What a change of barriers does to incomes and trade: a short form of the equilibrium."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from catenary.trade.solving import Question, solved

if TYPE_CHECKING:
    from catenary.maths.equilibrium_search import Deficits
    from catenary.model import Scenario, World

__all__ = ["effects", "extremes", "no_effects"]

_COLUMNS: Final = ("real_income", "real_wage", "exports", "imports")


def no_effects() -> pd.DataFrame:
    """Return the table without rows: nobody asked for an equilibrium.

    Examples
    --------
    >>> len(no_effects())
    0
    """
    columns = {name: pd.Series(dtype="float64") for name in _COLUMNS}
    return pd.DataFrame({"region": pd.Series(dtype="str"), **columns})


def extremes(table: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Return the rows with the largest and the smallest change of real income.

    Examples
    --------
    >>> best, worst = extremes(pd.DataFrame({"region": ["A", "B"], "real_income": [0.1, -0.2]}))
    >>> best["region"], worst["region"]
    ('A', 'B')
    """
    income = table["real_income"].to_numpy()
    return table.iloc[int(income.argmax())], table.iloc[int(income.argmin())]


def effects(
    world: World,
    scenario: Scenario,
    *,
    deficits: Deficits = "fixed",
    elasticity: float | None = None,
    day_value: float | None = None,
    uses: int = 1,
    after: World | None = None,
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the changes of each region in equilibrium, largest gain first, and warnings.

    Parameters
    ----------
    world, scenario, deficits, elasticity, day_value
        As for `counterfactual`.
    uses
        1: inputs and final goods together; 2: apart.
    after
        What the scenario makes of the tables, if it has been applied already.

    Raises
    ------
    CatenaryError
        As for `counterfactual`.

    Examples
    --------
    >>> from catenary import Change, Scenario
    >>> from catenary.testing import two_regions
    >>> wall = Scenario("wall", (Change(target="links.iceberg", add=0.1),))
    >>> table, _ = effects(two_regions(), wall, elasticity=4.0)
    >>> table["real_income"].lt(0).all()
    np.True_
    """
    found = solved(
        world,
        Question(
            scenario=scenario, deficits=deficits, uses=uses, elasticity=elasticity,
            day_value=day_value, capital_share=None, day=0,
            after=after,
        ),
    )  # fmt: skip
    traded = []
    for side in (found.before, found.after):
        across = side.flows[0].sum(axis=(0, 1))
        np.fill_diagonal(across, 0.0)
        traded.append((across.sum(axis=0), across.sum(axis=1)))
    (sold, bought), (sold_then, bought_then) = traded
    with np.errstate(divide="ignore", invalid="ignore"):
        exports, imports = sold_then / sold - 1, bought_then / bought - 1
    frame = pd.DataFrame(
        {
            "region": found.flows.regions.astype("str"),
            "real_income": found.after.real_income[0] - 1,
            "real_wage": found.after.real_wage[0] - 1,
            "exports": exports,
            "imports": imports,
        }
    )
    frame = frame.sort_values("real_income", ascending=False, kind="stable", ignore_index=True)
    return frame, found.warnings
