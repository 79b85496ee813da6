"""Value added in the exports of WIOD 2008: every decomposition for all pairs, best of five.

Run as `python see_value.py SHARED`. decompr and exvatools need R, which is not asked for here.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

REPEATS = 5


def best(act: Callable[[], object]) -> float:
    """Return the seconds of the fastest of some calls."""
    times = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        act()
        times.append(time.perf_counter() - began)
    return min(times)


def main(shared: Path) -> None:
    """Print one line of JSON."""
    import catenary  # noqa: PLC0415  libraries are not what is timed
    from catenary.economy.accounts import Accounts  # noqa: PLC0415
    from catenary.maths import decomposition  # noqa: PLC0415
    from catenary.maths.exports import Exports  # noqa: PLC0415
    from catenary.maths.leontief import LeontiefSystem, input_coefficients  # noqa: PLC0415

    world = catenary.read("wiod", shared / "data" / "wiod2013", year=2008)
    accounts = Accounts.of(world)

    def made() -> Exports:
        """Return exports from the table on, nothing kept."""
        A = input_coefficients(accounts.flows, accounts.output)  # noqa: N806
        return Exports(A, accounts.final, accounts.region, system=LeontiefSystem(A))

    methods = {
        "wang-wei-zhu": decomposition.wang_wei_zhu,
        "koopman-wang-wei": decomposition.koopman_wang_wei,
        "borin-mancini-source": decomposition.borin_mancini_source,
        "borin-mancini-sink": lambda exports: decomposition.borin_mancini_sink(exports)[0],
        "miroudot-ye": decomposition.miroudot_ye,
        "oecd": decomposition.oecd,
    }
    gross = accounts.exports
    found = {}
    for name, decomposed in methods.items():
        gap = np.abs(sum(decomposed(made()).values()) - gross).max()
        found[name] = {
            "seconds": best(lambda act=decomposed: act(made())),
            "analysis": best(lambda name=name: catenary.value_added(world, method=name)),
            "gap": float(gap / gross.max()),
        }
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"methods": found, "industries": len(gross), "peak_mb": peak}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
