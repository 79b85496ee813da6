"""Small worlds to learn and test with."""

from __future__ import annotations

import numpy as np
import pandas as pd

from catenary.model import Matrix, World

__all__ = ["serial_chain", "two_regions"]


def two_regions() -> World:
    """Return the footprint example of Kitzes (2013): two regions with one sector each.

    Produced 8 and 4, consumed 4.8 and 7.2 (An Introduction to Environmentally-Extended
    Input-Output Analysis, Resources 2(4), 489-503).

    Examples
    --------
    >>> two_regions().matrix("final").dense.tolist()
    [[3.0, 0.0], [0.0, 6.0]]
    """
    ids = ["AAA.goods", "BBB.goods"]
    return World(
        {
            "regions": pd.DataFrame({"id": ["AAA", "BBB"]}),
            "products": pd.DataFrame({"id": ["goods"], "unit": ["USD"]}),
            "producers": pd.DataFrame(
                {
                    "id": ids,
                    "region": ["AAA", "BBB"],
                    "product": "goods",
                    "output": np.array([16.0, 12.0]) / 365,
                }
            ),
            "consumers": pd.DataFrame({"id": ["AAA.all", "BBB.all"], "region": ["AAA", "BBB"]}),
            "intermediate": Matrix(np.array([[8.0, 5.0], [4.0, 2.0]]), ids, ids, "USD/year"),
            "final": Matrix(np.diag([3.0, 6.0]), ids, ["AAA.all", "BBB.all"], "USD/year"),
            "stressors": Matrix(np.array([[8.0, 4.0]]), ["co2"], ids, "t/year"),
        },
        name="two-regions",
    )


def serial_chain(length: int = 3, *, stock_days: float = 10.0, output: float = 1.0) -> World:
    """Return a chain of `length` stages in one region, each using the one before.

    Examples
    --------
    >>> serial_chain(2).table("supplies")[["supplier", "buyer", "quantity"]].to_numpy().tolist()
    [['AAA.s0', 'AAA.s1', 1.0]]
    """
    stages = [f"s{i}" for i in range(length)]
    ids = [f"AAA.{stage}" for stage in stages]
    return World(
        {
            "regions": pd.DataFrame({"id": ["AAA"]}),
            "products": pd.DataFrame({"id": stages, "stock_days": stock_days}),
            "producers": pd.DataFrame(
                {"id": ids, "region": "AAA", "product": stages, "output": output}
            ),
            "supplies": pd.DataFrame({"supplier": ids[:-1], "buyer": ids[1:], "quantity": output}),
            "demand": pd.DataFrame(
                {"product": stages[-1:], "region": ["AAA"], "quantity": [output]}
            ),
        },
        name="serial-chain",
    )
