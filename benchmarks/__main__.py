"""Speed and memory, beside the peers, on the same input in one run: `make bench`.

Every figure is measured in a fresh process. `python -m benchmarks NAME …` runs only some.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("CATENARY_SHARED", ROOT / ".." / "shared")).resolve()
ORACLE = Path(os.environ.get("CATENARY_ORACLE", ROOT / ".venv-oracle" / "bin" / "python"))
TRADE_ORACLE = Path(os.environ.get("CATENARY_TRADE_ORACLE", ROOT / ".venv-trade/bin/python"))
SEA_ORACLE = Path(os.environ.get("CATENARY_SEA_ORACLE", ROOT / ".venv-sea" / "bin" / "python"))
SEE_ORACLE = Path(os.environ.get("CATENARY_SEE_ORACLE", ROOT / ".venv-see" / "bin" / "python"))
SHARE_ORACLE = Path(os.environ.get("CATENARY_SHARE_ORACLE", ROOT / ".venv-share/bin/python"))
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")


def machine() -> dict[str, str]:
    """Say what this runs on."""
    model = platform.processor()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        lines = (line for line in cpuinfo.read_text().splitlines() if line.startswith("model name"))
        model = next(lines, model).partition(":")[2].strip()
    packages = ("catenary", "numpy", "scipy", "numba", "pandas", "pyarrow")
    return {
        "processor": model,
        "cores": str(os.cpu_count()),
        "python": platform.python_version(),
        **{name: version(name) for name in packages},
    }


def measured(script: str, *arguments: str, env: dict[str, str] | None = None) -> dict[str, Any]:
    """Run one of the scripts beside this file in a fresh process; return what it printed."""
    command = [sys.executable, str(Path(__file__).with_name(script)), *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, **(env or {})}
    )
    if done.returncode:
        sys.exit(f"{script} failed:\n{done.stderr[-2000:]}")
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


def boario(case: dict[str, object], tables: Path | None = None) -> dict[str, float]:
    """Run the same case through BoARIO, a black box in an environment of its own."""
    if not ORACLE.exists():
        print("  BoARIO is not installed: run `make test` once, or set CATENARY_ORACLE")
        return {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "case.json").write_text(json.dumps(case))
        subprocess.run(
            [
                str(ORACLE), str(ROOT / "tests" / "oracles" / "boario_runner.py"),
                "--wiod", str(tables or SHARED / "data" / "wiod2013"),
                "--case", str(folder / "case.json"), "--out", str(folder / "out.npz"),
            ],
            check=True, capture_output=True, env={**os.environ, **ONE_THREAD},
        )  # fmt: skip
        import numpy as np  # noqa: PLC0415  only here

        with np.load(folder / "out.npz") as found:
            return {name: float(found[name]) for name in ("seconds", "peak_mb")}


def stress() -> dict[str, object]:
    """One scenario-year of WIOD 2011 on one thread, beside BoARIO."""
    results: dict[str, object] = {}
    for orders in ("alt", "classic"):
        case = {"region": "JPN", "share": 0.1, "stock_days": 90, "days": 365, "orders": orders}
        ours = measured("stress_wiod.py", str(SHARED), orders, env=ONE_THREAD)
        theirs = boario(case)
        results[orders] = {"catenary": ours, "boario": theirs}
        ratio = f"{theirs['seconds'] / ours['engine']:.0f} times" if theirs else "?"
        print(
            f"  {orders}: catenary engine {ours['engine']:.3f} s (whole analysis "
            f"{ours['analysis']:.2f} s, {ours['over_table_mb']:.0f} MB over the loaded table); "
            f"BoARIO loop {theirs.get('seconds', float('nan')):.1f} s, "
            f"{theirs.get('peak_mb', float('nan')):.0f} MB in all: {ratio}; other rules: "
            + ", ".join(f"{rule} {seconds:.2f} s" for rule, seconds in ours["rules"].items())
        )
    return results


def compiling() -> dict[str, object]:
    """First call with an empty cache, and with a filled one."""
    with tempfile.TemporaryDirectory() as cache:
        times = [
            measured("compile_kernels.py", env={"NUMBA_CACHE_DIR": cache})["seconds"]
            for _ in range(2)
        ]
    print(f"  cold {times[0]:.1f} s, cached {times[1]:.2f} s")
    return {"cold": times[0], "cached": times[1]}


def supplies() -> dict[str, object]:
    """Ten million supplies between a million firms: load, check, codes."""
    with tempfile.TemporaryDirectory() as temporary:
        measured("many_supplies.py", "make", temporary)
        results = {}
        for kind in ("saved", "parquet"):
            figures = measured("many_supplies.py", kind, temporary)
            results[kind] = figures
            print(f"  {kind}: {figures['seconds']:.1f} s, peak {figures['peak_mb']:,.0f} MB")
    return results


def start() -> dict[str, object]:
    """Time to help and to import, best of seven."""
    import time  # noqa: PLC0415

    def best(*command: str) -> float:
        times = []
        for _ in range(7):
            began = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            times.append(time.perf_counter() - began)
        return min(times)

    python = sys.executable
    figures = {
        "help": best(str(Path(python).with_name("catenary")), "--help"),
        "import": best(python, "-c", "import catenary"),
        "import_all": best(python, "-c", "from catenary import World, stress"),
        "pandas": best(python, "-c", "import pandas"),
        "python": best(python, "-c", "pass"),
    }
    print("  " + ", ".join(f"{name} {seconds:.2f} s" for name, seconds in figures.items()))
    return dict(figures)


def ensemble() -> dict[str, object]:
    """1,024 scenario-years of WIOD 2011 on two threads; BoARIO's one is under `stress`."""
    results: dict[str, object] = {}
    for precision in ("float32", "float64"):
        found = measured("ensemble_wiod.py", str(SHARED), "1024", "2", precision)
        results[precision] = found
        print(
            f"  {precision}: {found['per_scenario_year']:.3f} s each ({found['seconds']:.0f} s), "
            f"peak {found['peak_mb']:,.0f} MB, saved {found['saved_mb']:.2f} MB"
        )
    return results


def large() -> dict[str, object]:
    """One scenario-year of random dense tables on all cores, beside a few days of BoARIO."""
    results: dict[str, object] = {}
    for regions, sectors, peer_days in ((40, 100, 40), (49, 163, 10)):
        found = measured("large_table.py", str(regions), str(sectors), "365")
        with tempfile.TemporaryDirectory() as folder:
            measured("large_table.py", "make", str(regions), str(sectors), folder)
            case = {"region": "R1", "year": 0, "days": peer_days, "occurrence": 2}
            theirs = boario(case, Path(folder))
        a_day = theirs.get("seconds", float("nan")) / peer_days * 1e3
        results[str(regions * sectors)] = {"catenary": found, "boario": theirs, "boario_ms": a_day}
        rules = ", ".join(f"{rule} {ms:.0f} ms" for rule, ms in found["rules_step_ms"].items())
        ratio = f"{a_day / found['step_ms']:.0f} times" if theirs else "?"
        print(
            f"  {regions * sectors}: {found['engine']:.1f} s a year; {found['step_ms']:.1f} ms a "
            f"day, {found['steps_per_read']:.2f} readings of the table ({found['read_ms']:.1f} ms "
            f"each); peak {found['peak_mb']:,.0f} MB; BoARIO {a_day:,.0f} ms a day, "
            f"{theirs.get('peak_mb', float('nan')):,.0f} MB: {ratio}; a day under other rules: "
            f"{rules}"
        )
    return results


def peer_at_sea(name: str, places: dict[str, object]) -> dict[str, Any]:
    """Let a peer find the lengths between the same ports, in an environment of its own."""
    if not SEA_ORACLE.exists():
        return {}
    command = [str(SEA_ORACLE), str(Path(__file__).with_name("sea_peers.py")), name]
    done = subprocess.run(
        command, input=json.dumps(places), capture_output=True, text=True, check=False,
        env={**os.environ, **ONE_THREAD},
    )  # fmt: skip
    if done.returncode:
        return {}
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


def sea() -> dict[str, object]:
    """Lengths between 200 ports of the built-in sea, and one closure, on one thread."""
    found = measured("sea.py", env=ONE_THREAD)
    places = {name: found.pop(name) for name in ("lon", "lat")}
    closure = found["closure"]
    print(
        f"  loaded in {found['load_ms']:.0f} ms, {found['load_mb']:.0f} MB: {found['nodes']:,} "
        f"nodes, {found['lanes']:,} lanes, {found['arcs']:,} arcs; one route by scipy "
        f"{found['route_ms']:.1f} ms\n"
        f"  {found['ports']} x {found['ports']} ports: hierarchy {found['hierarchy_ms']:.1f} ms; "
        f"scipy Dijkstra {found['dijkstra_ms']:,.0f} ms; equal: {found['equal']}\n"
        f"  one closure: {closure['closure_ms']:.2f} ms, slowest {closure['slowest_ms']:.2f} ms "
        f"({closure['ends']} ends of {closure['doors']} doors; prepared once in "
        f"{closure['prepare_ms']:.1f} ms); afresh {closure['afresh_ms']:,.0f} ms; equal: "
        f"{closure['equal']}"
    )
    peers = {}
    for name in ("scgraph", "searoute"):
        theirs = peers[name] = peer_at_sea(name, places)
        if theirs:
            ratio = theirs["seconds"] * 1e3 / found["hierarchy_ms"]
            print(
                f"  {name} {theirs['version']}: {theirs['seconds']:.2f} s ({theirs['pairs']:,} "
                f"pairs timed, on its own network): {ratio:,.0f} times"
            )
        else:
            print(f"  {name}: not measured; set CATENARY_SEA_ORACLE to a Python that has it")
    return {"catenary": found, **peers}


def flows() -> dict[str, object]:
    """Equilibrium of 190 × 190 countries over 10 products on the sea, on one thread."""
    found = measured("transport_flows.py", env=ONE_THREAD)
    for gap in ("gap_0.001", "gap_0.0001", "gap_1e-06"):
        one = found[gap]
        print(f"  {gap}: {one['seconds']:.1f} s, {one['rounds']} rounds, gap {one['gap']:.1e}")
    return found


def pub151() -> dict[str, object]:
    """Distances against NGA Pub. 151 on the rows of the shared folder, searoute beside us."""
    table = SHARED / "data" / "pub151" / "dev.csv"
    found: dict[str, object] = {"catenary": measured("pub151.py", str(table))}
    if SEA_ORACLE.exists():
        command = [str(SEA_ORACLE), str(Path(__file__).with_name("pub151.py")), str(table)]
        done = subprocess.run([*command, "searoute"], capture_output=True, text=True, check=False)
        if not done.returncode:
            found["searoute"] = json.loads(done.stdout.splitlines()[-1])
    for name, figures in found.items():
        print(f"  {name}: {json.dumps(figures)}")
    return found


def trade() -> dict[str, object]:
    """Equilibria of trade on one thread, gegravity beside the smallest."""
    script = "trade_equilibrium.py"
    found = measured(script, str(SHARED), env=ONE_THREAD)
    print(
        f"  30 countries, one sector: {found['one_sector'] * 1e3:.1f} ms; 1,000 draws together "
        f"{found['draws_1000']:.2f} s, one by one {found['draws_1000_alone']:.1f} s\n"
        f"  NAFTA 31 x 40, baseline and counterfactual: {found['nafta']:.3f} s; WIOD 41 x 35, "
        f"whole analysis: {found['wiod']:.2f} s; 190 x 20, both: {found['large']:.2f} s"
    )
    print(
        f"  WIOD with emissions: {found['wiod_emissions']:.2f} s; 64 draws of 35 elasticities "
        f"{found['wiod_draws_64']:.1f} s; {found['wiod_cooperate_equilibria']} equilibria of "
        f"cooperate {found['wiod_cooperate']:.1f} s"
    )
    if not TRADE_ORACLE.exists():
        print("  gegravity: not measured; set CATENARY_TRADE_ORACLE to a Python that has it")
        return {"catenary": found}
    here = str(Path(__file__).with_name(script))
    done = subprocess.run(
        [str(TRADE_ORACLE), here, str(SHARED), "gegravity"], capture_output=True, text=True,
        check=True, env={**os.environ, **ONE_THREAD},
    )  # fmt: skip
    printed = done.stdout.splitlines()[-1]
    checked = subprocess.run(
        [sys.executable, here, str(SHARED), "compared"], input=printed, capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    theirs = {k: v for k, v in json.loads(printed).items() if k in ("baseline", "simulate")}
    gap = json.loads(checked.stdout)["gap"]
    print(
        f"  gegravity: baseline {theirs['baseline']:.2f} s, simulation {theirs['simulate']:.2f} s; "
        f"largest relative gap of trade {gap:.1e}"
    )
    return {"catenary": found, "gegravity": {**theirs, "gap": gap}}


def sourcing() -> dict[str, object]:
    """Plans of purchases from 1,000 suppliers: 100 periods, and 12 periods in 50 futures."""
    found = measured("sourcing.py")
    for name in ("periods_100", "periods_100_contracts", "futures_50", "futures_50_contracts"):
        one = found[name]
        times = f"{one['seconds']:.2f} s ({one['cpu']:.2f} s of all cores)"
        print(f"  {name}: {times} by {one['engine']}, gap {one['gap']:.1e}")
    return found


def plans() -> dict[str, object]:
    """Ten of sixty measures against 200 scenarios, on chains and on WIOD 2011."""
    found = {}
    for name in ("chains:pooled", "wiod"):
        one = measured("plans.py", name, str(SHARED), "1", "2000" if name != "wiod" else "200")
        print(f"  {name}: {one['taken']} of {one['measures']} measures in {one['seconds']:.1f} s, "
              f"gap {one['gap']:.1%}; {one['better']} of {one['sets']} held-out sets won; one by "
              f"one {one['one_by_one_hours']:.1f} hours")  # fmt: skip
        found[name] = one
    return found


def reality() -> dict[str, object]:
    """March 2011 and the Red Sea against what was observed: the tables of docs/reality.md."""
    command = [sys.executable, str(Path(__file__).with_name("reality.py")), str(SHARED)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"reality.py failed:\n{done.stderr[-2000:]}")
    tables, _, figures = done.stdout.rstrip().rpartition("\n")
    print(tables)
    return {event: found["defaults"] for event, found in json.loads(figures).items()}


def closures() -> dict[str, object]:
    """Ever Given, Red Sea and Panama against what was published: tables of docs/closures.md."""
    command = [sys.executable, str(Path(__file__).with_name("closures.py")), str(SHARED)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"closures.py failed:\n{done.stderr[-2000:]}")
    tables, _, figures = done.stdout.rstrip().rpartition("\n")
    print(tables)
    found: dict[str, object] = json.loads(figures)
    return found


def see_value() -> dict[str, object]:
    """Value added in exports: all pairs of WIOD 2008, all cores and one thread."""
    results: dict[str, object] = {}
    for label, env in (("all cores", {}), ("one thread", ONE_THREAD)):
        found = results[label] = measured("see_value.py", str(SHARED), env=env)
        told = ", ".join(
            f"{name} {of['seconds']:.2f} s (tables and all {of['analysis']:.2f} s)"
            for name, of in found["methods"].items()
        )
        print(f"  {label}, {found['industries']:,} industries: {told}; {found['peak_mb']:,.0f} MB")
    print(
        "  decompr, exvatools: need R, so they are not run here; the project's note on peers says "
        "20-22 s for wang-wei-zhu on 1,435 industries, and not on which machine"
    )


def see_footprint() -> dict[str, object]:
    """Footprints and multipliers of ten pressures, beside pymrio, on WIOD and on 7,987 industries.

    pymrio is run on the large table only if CATENARY_PYMRIO_LARGE is set: it needs 4 GB.
    """
    results: dict[str, object] = {}
    for name, where in (("wiod", str(SHARED / "data" / "wiod2013")), ("large", "large")):
        found = {"catenary": measured("see_footprint.py", "catenary", where)}
        if name == "wiod" or os.environ.get("CATENARY_PYMRIO_LARGE"):
            found["pymrio"] = measured("see_footprint.py", "pymrio", where)
        for who, figures in found.items():
            print(
                f"  {name}, {who}: {figures['seconds']:.2f} s, peak {figures['peak_mb']:,.0f} MB "
                f"({figures['loaded_mb']:,.0f} MB when loaded); sum {figures['sum']:.10g} "
                + " ".join(figures.get("warnings", ()))
            )
        results[name] = found
    print("  published for pymrio (peers.md): 0.25-0.6 s; at 7,987 industries 18 s and 3.6 GB")
    return results


def position() -> dict[str, object]:
    """Position, exposure, linkages, extraction and decomposition of WIOD 2011 on two threads."""
    two = dict.fromkeys(ONE_THREAD, "2")
    found = measured("see_position.py", str(SHARED), env=two)
    print("  " + ", ".join(f"{name} {s:.2f} s" for name, s in found["seconds"].items()))
    print(
        "  largest paths to DEU.c15: "
        + ", ".join(f"{most} in {s * 1e3:.0f} ms" for most, s in found["paths_seconds"].items())
        + f"; listing the {found['listed']:,} of two links or fewer {found['listing_seconds']:.2f} "
        f"s, the same first 100: {found['equal']}; peak {found['peak_mb']:,.0f} MB"
    )
    return {"catenary": found}


def complexity() -> dict[str, object]:
    """ECI, PCI and density of 226 regions and 785 products, beside py-ecomplexity."""
    script = Path(__file__).with_name("see_complexity.py")
    table = SHARED / "data" / "econ_complexity" / "world_trade_avg_1998_2000_sitc2.parquet"
    found: dict[str, object] = {"catenary": measured(script.name, str(table))}
    if SEE_ORACLE.exists():
        with tempfile.TemporaryDirectory() as temporary:
            ours = Path(temporary) / "ours.parquet"
            found["catenary"] = measured(script.name, str(table), str(ours))
            done = subprocess.run(
                [str(SEE_ORACLE), str(script), str(table), str(ours), "ecomplexity"],
                capture_output=True, text=True, check=False,
            )  # fmt: skip
        if done.returncode:
            print(f"  py-ecomplexity failed: {done.stderr.splitlines()[-1:]}")
        else:
            found["ecomplexity"] = json.loads(done.stdout.splitlines()[-1])
    else:
        print("  py-ecomplexity: not measured; set CATENARY_SEE_ORACLE to a Python that has it")
        print("  (4 s for 226 × 785 as published in the shared folder's peers.md)")
    for name, figures in found.items():
        print(f"  {name}: {json.dumps(figures)}")
    return found


def share() -> dict[str, object]:
    """Events of EPCIS: types, rules, identifiers and hashes, beside the reference libraries."""
    script = "share_events.py"
    results: dict[str, object] = {}
    for epcs in (1, 5, 20):
        words = ("ours", str(epcs), str(os.cpu_count()) if epcs == 5 else "1")
        found = results[f"{epcs} EPCs"] = measured(script, *words)
        print(
            f"  {epcs} EPCs per event, {found['bytes']:.0f} bytes; events a second of one core: "
            f"types {found['types']:,.0f}; types, rules and identifiers "
            f"{found['types_and_rules']:,.0f}; hash {found['hash']:,.0f}; a file of JSON checked "
            f"{found['file_checked']:,.0f}, hashed {found['file_hashed']:,.0f}; of XML hashed "
            f"{found['xml_hashed']:,.0f}; JSON to XML {found['to_xml']:,.0f}; peak "
            f"{found['peak_mb']:,.0f} MB"
        )
        if "workers" in found:
            print(
                f"  {found['workers']} processes by the clock: a file hashed "
                f"{found['file_hashed_together']:,.0f}"
            )
    with tempfile.TemporaryDirectory() as temporary:
        file = str(Path(temporary) / "events.json")
        measured(script, "document", "5", "5000", file)
        official = SHARED / "conformance/epcis-2.0/common/gs1/EPCIS-JSON-Schema.json"
        if official.exists():
            found = results["jsonschema-rs"] = measured(script, "schema", str(official), file)
            print(f"  jsonschema-rs, official schema, formats off, 5 EPCs: {found['rate']:,.0f}")
        measured(script, "document", "5", "500", file)
        if SHARE_ORACLE.exists():
            here = str(Path(__file__).with_name(script))
            done = subprocess.run(
                [str(SHARE_ORACLE), here, "reference", file],
                capture_output=True, text=True, check=True,
            )  # fmt: skip
            theirs = results["reference"] = json.loads(done.stdout.splitlines()[-1])
            equal = theirs.pop("hashes") == measured(script, "hashes", file)
            print(f"  reference hash generator: {theirs['rate']:,.0f}; equal: {equal}")
        else:
            print(
                "  epcis-event-hash-generator: not measured; set CATENARY_SHARE_ORACLE to a "
                "Python that has it (270-1,400 as published in the shared folder's peers.md)"
            )
    return results


def store() -> dict[str, object]:
    """Capture into SQLite and PostgreSQL, and queries of CATENARY_STORE_EVENTS events."""
    script = "share_store.py"
    results: dict[str, object] = {}
    several = str(min(4, os.cpu_count() or 1))
    count = int(os.environ.get("CATENARY_STORE_EVENTS", "1000000"))
    with tempfile.TemporaryDirectory() as temporary:
        for epcs, workers in (("1", "1"), ("5", "1"), ("5", several), ("20", "1")):
            for place in (str(Path(temporary) / f"{epcs}-{workers}.db"), "postgresql"):
                kind = "PostgreSQL" if place == "postgresql" else "SQLite"
                try:
                    found = measured(script, "capture", place, "20000", epcs, workers)
                except SystemExit as error:
                    print(f"  {kind}: not measured: {str(error).splitlines()[-1]}")
                    continue
                results[f"{kind}, {epcs} EPCs, {workers} processes"] = found
                print(
                    f"  {kind}, {epcs} EPCs per event, {workers} processes; events a second by the "
                    f"clock: captured (checked, hashed, durable) {found['captured']:,.0f}, known "
                    f"before {found['known']:,.0f}; of one core's time captured "
                    f"{found['of_one_core']:,.0f}; peak {found['peak_mb']:,.0f} MB"
                )
        place = str(Path(temporary) / "large.db")
        results["fill"] = measured(script, "fill", place, str(count), "2")
        found = results["find"] = measured(script, "find", place, "2")
        print(f"  {count:,} events with 2 EPCs: {json.dumps(results['fill'])}")
        for name in ("epc", "order", "lot", "place_latest", "step_latest"):
            print(
                f"  first page by {name}: median {found[name]['median_ms']:.2f} ms, 95 of 100 "
                f"within {found[name]['p95_ms']:.2f} ms"
            )
    return results


def serving() -> dict[str, object]:
    """Capture and query by EPC over HTTP, into SQLite and PostgreSQL."""
    results: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as temporary:
        for number, (epcs, processes) in enumerate(((5, 0), (5, 2), (20, 2))):
            for place in (str(Path(temporary) / f"{number}.db"), "postgresql"):
                kind = "PostgreSQL" if place == "postgresql" else "SQLite"
                words = (place, str(epcs), "40000", "2000", str(processes or 1), str(processes))
                try:
                    found = measured("serving.py", *words)
                except SystemExit as error:
                    print(f"  {kind}: not measured: {str(error).splitlines()[-1]}")
                    continue
                results[f"{kind}, {epcs} EPCs, {processes} processes"] = found
                print(
                    f"  {kind}, {epcs} EPCs per event ({found['bytes']:.0f} bytes), documents of "
                    f"2,000, {processes} processes beside the server's: captured "
                    f"{found['events_a_second']:,.0f} events/s by the clock, "
                    f"{found['processor_us']:.0f} µs of the processor each; by EPC median "
                    f"{found['median_ms']:.1f} ms, 99 of 100 within {found['p99_ms']:.1f} ms; peak "
                    f"{found['peak_mb']:,.0f} MB"
                )
    return results


BENCHMARKS = {
    f.__name__: f
    for f in (
        start, compiling, stress, supplies, ensemble, large, reality, closures, sea, pub151,
        flows, see_value, see_footprint, position, complexity, trade, sourcing, plans, share,
        store, serving,
    )
}  # fmt: skip
"""In the order in which they run."""


def main(names: list[str]) -> None:
    """Run benchmarks by name, or all; print them and keep them in benchmarks/results."""
    about = machine()
    print(", ".join(f"{name} {value}" for name, value in about.items()))
    place = Path(__file__).with_name("results")
    place.mkdir(exist_ok=True)
    file = place / "latest.json"
    record: dict[str, object] = json.loads(file.read_text()) if file.is_file() else {}
    for name in names or list(BENCHMARKS):
        print(f"{name}: {BENCHMARKS[name].__doc__}")
        when = {"date": datetime.now(UTC).isoformat(), "machine": about}
        record[name] = {**when, **BENCHMARKS[name]()}
    file.write_text(json.dumps(record, indent=1) + "\n")
    print("kept in benchmarks/results/latest.json")


if __name__ == "__main__":
    main(sys.argv[1:])
