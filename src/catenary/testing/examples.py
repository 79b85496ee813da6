"""Small worlds to learn and test with."""

from __future__ import annotations

import numpy as np
import pandas as pd

from catenary.model import Matrix, World

__all__ = ["serial_chain", "trading_world", "two_regions"]


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


def trading_world(
    seed: int = 1, *, regions: int = 4, products: int = 3, traded: int = 2, duty: float = 0.1
) -> World:
    """Return a random world in which everybody trades, with tariffs, elasticities and emissions.

    Parameters
    ----------
    seed
        Where the draws begin.
    regions, products
        How many.
    traded
        How many of the products cross borders.
    duty
        Highest tariff.

    Examples
    --------
    >>> world = trading_world(regions=2)
    >>> world.matrix("intermediate").dense.shape, len(world.table("links"))
    ((6, 6), 4)
    """
    rng = np.random.default_rng(seed)
    names, goods = [f"R{r}" for r in range(regions)], [f"p{p}" for p in range(products)]
    ids, users = [f"{r}.{p}" for r in names for p in goods], [f"{r}.all" for r in names]
    region = np.repeat(np.arange(regions), products)
    product = np.tile(np.arange(products), regions)
    inputs = rng.lognormal(0, 1, (len(ids), len(ids)))
    final = rng.lognormal(2, 1, (len(ids), regions))
    stays = (product >= traded)[:, None]
    inputs[stays & (region[:, None] != region)] = 0
    final[stays & (region[:, None] != np.arange(regions))] = 0
    final[np.arange(len(ids)), region] += 1.5 * inputs.sum(axis=0)  # so that everybody earns
    pairs = [(i, n, p) for p in range(traded) for i in names for n in names if i != n]
    links = pd.DataFrame(pairs, columns=["origin", "destination", "product"])
    links["product"] = [goods[p] for p in links["product"]]
    links["tariff"] = rng.uniform(0, duty, len(links))
    total = inputs.sum(axis=1) + final.sum(axis=1)
    return World(
        {
            "regions": pd.DataFrame({"id": names}),
            "products": pd.DataFrame({"id": goods, "unit": "MUSD"}),
            "producers": pd.DataFrame(
                {
                    "id": ids, "region": [names[r] for r in region],
                    "product": [goods[p] for p in product], "output": total / 365,
                }
            ),
            "consumers": pd.DataFrame({"id": users, "region": names}),
            "links": links,
            "elasticities": pd.DataFrame(
                {"product": goods[:traded], "trade": rng.uniform(3, 8, traded), "error": 1.0}
            ),
            "intermediate": Matrix(inputs, ids, ids, "MUSD/year"),
            "final": Matrix(final, ids, users, "MUSD/year"),
            "value_added": Matrix((total - inputs.sum(axis=0))[None], ["added"], ids, "MUSD/year"),
            "stressors": Matrix(rng.lognormal(0, 1, (1, len(ids))), ["co2"], ids, "kt CO2e/year"),
        },
        name="trading-world",
    )  # fmt: skip
