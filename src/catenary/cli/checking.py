"""`catenary check`: everything that is wrong, at once."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from catenary.errors import CatenaryError, OptionError
from catenary.model import Result, Scenario, Worlds
from catenary.model.balance import imbalances

if TYPE_CHECKING:
    from catenary.errors import Problem
    from catenary.model import World
    from catenary.model.timeline import Step

__all__ = ["check"]


def _of_world(world: World) -> list[Problem]:
    return imbalances(world)


def _of_scenario(path: str, world: str | None) -> tuple[str, list[Problem]]:
    from catenary.catalogue import load  # noqa: PLC0415  quick start
    from catenary.disruption.settling import counted  # noqa: PLC0415
    from catenary.disruption.transport import is_of_network, parted  # noqa: PLC0415
    from catenary.worlds import NAMES  # noqa: PLC0415

    scenario = Scenario.read(path)
    name = world or (scenario.world if scenario.world in NAMES else None)
    if name is None:
        return "its grammar is right; give --world to check that its labels exist", []
    opened = load(name)
    if isinstance(opened, Result):
        raise OptionError(f"{name!r} is a result, not a world", hint="give a world")
    network, rest = parted(scenario)
    for one in opened.values() if isinstance(opened, Worlds) else (opened,):
        others = iter(counted(one, rest))
        closed = iter([len(step.rows) for step in _in_network(one, network)])
        matched = [next(closed if is_of_network(c.target) else others) for c in scenario.changes]
    counts = [f"{number:,}" for number in matched]
    return f"its {len(counts)} changes match {', '.join(counts)} rows of {name}", []


def _in_network(world: World, network: Scenario) -> tuple[Step, ...]:
    """Resolve the changes of the network that goods travel on."""
    if not network.changes:
        return ()
    from catenary.disruption.closing import atlas_of  # noqa: PLC0415  brings the network

    return network.compile(atlas_of(world)).steps


def check(thing: str, world: str | None) -> int:
    """Print every problem of a world or scenario; return the exit code."""
    from catenary.catalogue import load  # noqa: PLC0415  quick start

    words, code = "", 3
    try:
        if thing.endswith(".toml"):
            words, problems = _of_scenario(thing, world)
        else:
            opened = load(thing)
            if isinstance(opened, Result):
                words, problems = f"a result of {opened.run.analysis}", []
            elif isinstance(opened, Worlds):
                problems = [p for one in opened.values() for p in _of_world(one)]
                words = f"{len(opened)} worlds"
            else:
                problems = _of_world(opened)
                words = repr(opened)
                for warning in opened.warnings:
                    print(f"{Path(thing).name}: note: {warning}")
    except CatenaryError as error:
        problems = list(getattr(error, "problems", ()))
        code = error.exit_code
        if not problems:  # what cannot be opened at all has nothing else to list
            print(f"error: {error}", file=sys.stderr)
            return code
    for problem in problems:
        print(f"{Path(thing).name}: {problem}")
    count = f"{len(problems)} problem{'s' if len(problems) > 1 else ''}" if problems else "ok"
    print(f"{Path(thing).name}: {count}" + (f"; {words}" if words else ""))
    return code if problems else 0
