"""Run one recovery event through the peer package BoARIO, as a test oracle.

Started with the python of a virtual environment of its own (never the one of
the program), made from ``constraints-boario.txt`` beside this file:

    boario_runner.py --wiod FOLDER --case CASE.json --out OUT.npz

FOLDER holds ``Z_<year>.parquet`` and ``Y_<year>.parquet`` of the WIOD 2013
release (labels REGION.cN, million USD).  BoARIO is used through its published
interface only; nothing of it is imported by, or shipped with, the program.

CASE.json (every field but ``region`` has the default shown):

    {"region": "JPN", "share": 0.1, "stock_days": 90, "days": 365,
     "orders": "alt", "year": 2011, "occurrence": 5, "duration": 1,
     "recovery_days": 90, "psi": 0.8, "tau_inv": 60, "alpha_base": 1.0,
     "alpha_max": 1.25, "tau_alpha": 365, "capital_to_va": 4.0}

Keys of OUT.npz:

    production     days x N, realised production, million USD per day
    capacity       days x N, production capacity, million USD per day
    labels         N, "REGION.cN" in the order of the columns (sorted as text)
    X0             N, x / 365, million USD per day
    K              N, productive capital, million USD
    unit_factor    what BoARIO's own figures were multiplied by
    day0_error     max |production[0] - X0| / max(X0, 1e-9 max X0) (checked)
    seconds        wall time of the simulation loop alone
    seconds_setup  wall time of imports, reading, model and event
    peak_mb        peak resident memory of the process
    versions, case JSON strings
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import tempfile
import time
import warnings
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

_START = time.perf_counter()

DEFAULTS = {
    "share": 0.1,
    "stock_days": 90,
    "days": 365,
    "orders": "alt",
    "year": 2011,
    "occurrence": 5,
    "duration": 1,
    "recovery_days": 90,
    "psi": 0.8,
    "tau_inv": 60,
    "alpha_base": 1.0,
    "alpha_max": 1.25,
    "tau_alpha": 365,
    "capital_to_va": 4.0,
    "event": "recovery",
    "rebuild_days": 60,
    "rebuild_products": {},
}
ORDERS = {"alt": "alt", "classic": "noalt"}
STEPS_PER_YEAR = 365


def read_case(path: Path) -> dict[str, Any]:
    given = json.loads(path.read_text())
    unknown = set(given) - set(DEFAULTS) - {"region"}
    if unknown:
        raise SystemExit(f"unknown fields in the case: {sorted(unknown)}")
    if "region" not in given:
        raise SystemExit("the case names no region")
    case = {**DEFAULTS, **given}
    if case["orders"] not in ORDERS:
        raise SystemExit(f"orders must be one of {sorted(ORDERS)}")
    return case


def read_table(folder: Path, year: int) -> tuple[Any, pd.Series, int]:
    """The pymrio system, output x (million USD) and how many cells of Y were cut."""
    import pandas as pd
    import pymrio

    z = pd.read_parquet(folder / f"Z_{year}.parquet").set_index("row")
    y = pd.read_parquet(folder / f"Y_{year}.parquet").set_index("row")
    if list(z.index) != list(z.columns) or list(y.index) != list(z.index):
        raise SystemExit("the labels of Z and Y do not agree")

    def pairs(labels: Iterable[str], names: list[str]) -> pd.MultiIndex:
        return pd.MultiIndex.from_tuples([tuple(s.split(".", 1)) for s in labels], names=names)

    z = z.astype("float64")
    y = y.astype("float64")
    z.index = pairs(z.index, ["region", "sector"])
    z.columns = pairs(z.columns, ["region", "sector"])
    y.index = z.index
    y.columns = pairs(y.columns, ["region", "category"])
    cut = int((y < 0).to_numpy().sum())
    y = y.clip(lower=0)
    x = z.sum(axis=1) + y.sum(axis=1)
    unit = pd.DataFrame({"unit": ["M.USD"] * len(z)}, index=z.index)
    system = pymrio.IOSystem(Z=z, Y=y, x=x.to_frame("indout"), unit=unit, name=f"wiod2013-{year}")
    system.calc_system()  # A and L; x, being given, stays
    return system, x, cut


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--wiod", type=Path, required=True)
    parser.add_argument("--case", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args(argv)
    folder, out = args.wiod.resolve(), args.out.resolve()
    case = read_case(args.case)

    with tempfile.TemporaryDirectory(prefix="boario-oracle-") as scratch:
        back = Path.cwd()
        # BoARIO makes a folder in the temporary directory on import and its
        # records are files: keep all of it in a place that goes away.
        tempfile.tempdir = scratch
        os.chdir(scratch)
        try:
            run(folder, case, Path(scratch), out)
        finally:
            os.chdir(back)
            tempfile.tempdir = None
    return 0


def run(folder: Path, case: dict[str, Any], scratch: Path, out: Path) -> None:
    warnings.simplefilter("ignore")
    import logging

    import numpy as np
    from boario.event import from_series
    from boario.extended_models import ARIOPsiModel
    from boario.simulation import Simulation

    logging.disable(logging.WARNING)
    system, x, cut = read_table(folder, case["year"])
    capital = case["capital_to_va"] * (x - system.Z.sum(axis=0)).clip(lower=0)
    regions = set(x.index.get_level_values("region"))
    if case["region"] not in regions:
        raise SystemExit(f"no region {case['region']} in the table")

    # BoARIO sorts regions and sectors as text (so c1, c10, c11 ... and RoW after
    # RUS); hand everything over in that order.
    order = sorted(x.index)
    x, capital = x.loc[order], capital.loc[order]

    model = ARIOPsiModel(
        system,
        order_type=ORDERS[case["orders"]],
        alpha_base=case["alpha_base"],
        alpha_max=case["alpha_max"],
        alpha_tau=case["tau_alpha"],
        main_inv_dur=case["stock_days"],
        monetary_factor=10**6,
        temporal_units_by_step=1,
        iotable_year_to_temporal_unit_factor=STEPS_PER_YEAR,
        productive_capital_vector=capital,
        psi_param=case["psi"],
        inventory_restoration_tau=case["tau_inv"],
    )
    impact = case["share"] * capital[capital.index.get_level_values("region") == case["region"]]
    impact = impact[impact > 0]
    how = {"recovery_tau": case["recovery_days"], "recovery_function": "linear"}
    if case["event"] == "rebuild":
        how = {
            "rebuild_tau": case["rebuild_days"],
            "rebuilding_sectors": case["rebuild_products"],
            "rebuilding_factor": 1.0,
        }
    event = from_series(
        impact,
        event_type=case["event"],
        occurrence=case["occurrence"],
        duration=case["duration"],
        event_monetary_factor=10**6,  # left out, it is 1, not the table's as documented
        name="oracle",
        **how,
    )
    simulation = Simulation(
        model,
        n_temporal_units_to_sim=case["days"],
        boario_output_dir=scratch,
        results_dir_name="results",
        show_progress=False,
    )
    simulation.add_event(event)  # the constructor's events_list fails in 0.7.2
    setup = time.perf_counter() - _START

    start = time.perf_counter()
    simulation.loop()
    seconds = time.perf_counter() - start

    labels = [f"{region}.{sector}" for region, sector in order]
    production, capacity = simulation.production_realised, simulation.production_capacity
    for frame in (production, capacity):
        if [tuple(c) for c in frame.columns] != order:
            raise SystemExit("BoARIO's order of industries is not the expected one")
    production = production.to_numpy(dtype="float64", copy=True)
    capacity = capacity.to_numpy(dtype="float64", copy=True)
    if production.shape != (case["days"], len(order)):
        raise SystemExit(f"BoARIO stopped early: records of shape {production.shape}")

    # The unit is whatever makes the undisturbed first day x / 365; it has to be a
    # plain figure (1, 365, a power of ten ...) and hold for every industry.
    x0 = x.to_numpy() / STEPS_PER_YEAR
    factor = float(f"{x0.sum() / production[0].sum():.9g}")
    production *= factor
    capacity *= factor
    day0 = float(np.max(np.abs(production[0] - x0) / np.maximum(x0, 1e-9 * x0.max())))
    if not day0 < 1e-9:
        raise SystemExit(f"day 0 is not x / 365 (relative difference {day0:.3g}, factor {factor})")

    names = ("boario", "numpy", "pandas", "pymrio", "pyarrow")
    versions = {name: metadata.version(name) for name in names}
    versions["python"] = sys.version.split()[0]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    peak_mb = peak / (2**20 if sys.platform == "darwin" else 2**10)
    with out.open("wb") as handle:
        np.savez(
            handle,
            production=production,
            capacity=capacity,
            labels=np.array(labels),
            X0=x0,
            K=capital.to_numpy(),
            unit_factor=factor,
            day0_error=day0,
            seconds=seconds,
            seconds_setup=setup,
            peak_mb=peak_mb,
            cut_cells=cut,
            versions=json.dumps(versions),
            case=json.dumps(case),
        )
    print(
        f"{case['region']} {case['share']} {case['stock_days']} d {case['orders']}: "
        f"loop {seconds:.1f} s, set-up {setup:.1f} s, peak {peak_mb:.0f} MB, "
        f"unit factor {factor}, day 0 off by {day0:.1e}, {cut} cells of Y cut"
    )


if __name__ == "__main__":
    sys.exit(main())
