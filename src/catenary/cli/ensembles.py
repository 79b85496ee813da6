"""`catenary stress … --ensemble N` and `--family`: many scenarios instead of one."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from catenary.errors import OptionError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from catenary.model import Result, Scenario, World

__all__ = ["OPTIONS", "asked_for", "kept", "refuse_alone", "run", "saved"]

OPTIONS: Final[list[click.Parameter]] = [
    click.Option(
        ["--ensemble"], type=click.IntRange(1, 1_000_000), help="Draw what is uncertain so often."
    ),
    click.Option(
        ["--family"],
        type=click.Choice(["producer", "region", "product", "pair"]),
        help="Instead of SCENARIO: every producer, region, product or pair of regions in turn.",
    ),
    click.Option(
        ["--share"], type=click.FloatRange(0, 1), default=0.1, show_default=True,
        help="What each member of the family loses.",
    ),
    click.Option(
        ["--for-days"], type=click.FloatRange(0), default=30.0, show_default=True,
        help="Days that it is lost in full.",
    ),
    click.Option(
        ["--recovery-days"], type=click.FloatRange(0), default=90.0, show_default=True,
        help="Days over which it comes back.",
    ),
    click.Option(
        ["--draw"], multiple=True,
        help="Option to draw, as psi=uniform:0.6:0.9 or psi=normal:0.8:0.05 (again for more).",
    ),
    click.Option(["--seed"], type=int, default=1, show_default=True, help="Where draws begin."),
    click.Option(
        ["--sampler"], type=click.Choice(["sobol", "latin", "random"]), default="sobol",
        show_default=True, help="How numbers are drawn.",
    ),
    click.Option(["--workers"], type=click.IntRange(1), help="Threads; one per core if not given."),
    click.Option(
        ["--precision"], type=click.Choice(["float64", "float32"]), default="float64",
        show_default=True, help="How numbers are stored.",
    ),
    click.Option(
        ["--device"], type=click.Choice(["cpu", "cuda", "numpy", "torch"]), default="cpu",
        show_default=True, help="Where runs are made; numpy and torch check what cuda does.",
    ),
    click.Option(
        ["--cluster"], metavar="ADDRESS",
        help="Dask scheduler whose workers make the runs, as tcp://127.0.0.1:8786.",
    ),
]  # fmt: skip
"""What the command `stress` takes besides the options of the analysis."""

_NAMES: Final = {
    "uniform": ("low", "high"),
    "triangular": ("low", "mode", "high"),
    "normal": ("mean", "sd"),
    "lognormal": ("mean", "sd"),
}


_KEEPING: Final[list[Path]] = []


def kept() -> int:
    """Return how many finished batches an interruption has left."""
    return sum(len(list(place.glob("batch-*.npz"))) for place in _KEEPING)


def saved() -> None:
    """Remove finished batches once what they gave is saved."""
    from catenary.studies.batching import forget  # noqa: PLC0415  quick start

    while _KEEPING:
        forget(_KEEPING.pop())


def refuse_alone(given: Iterable[str]) -> None:
    """Refuse options of an ensemble where there is none."""
    names = ", ".join(f"--{name.replace('_', '-')}" for name in given)
    if names:
        raise OptionError(
            f"{names} belongs to an ensemble", hint="add --ensemble N or --family, or leave it out"
        )


def asked_for(given: dict[str, Any]) -> bool:
    """Return whether many scenarios are meant."""
    return given["ensemble"] is not None or given["family"] is not None


def _draws(texts: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """Return the distributions that `--draw` names."""
    draws: dict[str, dict[str, Any]] = {}
    for text in texts:
        name, _, spread = text.partition("=")
        kind, *numbers = spread.split(":")
        try:
            values = [float(number) for number in numbers]
        except ValueError:
            values = []
        if kind not in _NAMES or len(values) != len(_NAMES[kind]):
            forms = ", ".join(f"{k}:{':'.join(v)}" for k, v in _NAMES.items())
            raise OptionError(
                f"--draw {text!r} is no distribution", hint=f"write NAME= and {forms}"
            )
        if name in draws:
            raise OptionError(f"--draw names {name!r} twice", hint="keep one of them")
        draws[name] = {"distribution": kind, **dict(zip(_NAMES[kind], values, strict=True))}
    return draws


def run(
    world: World,
    scenario: Scenario | None,
    output: str | None,
    given: dict[str, Any],
    **options: Any,
) -> Result:
    """Run the ensemble that the command line asks for."""
    from catenary.studies import ensemble, family_of  # noqa: PLC0415  quick start

    if options.pop("measures", None) is not None:
        raise OptionError(
            "--measures does not go with an ensemble", hint="put the measures into the scenario"
        )
    if given["family"] is not None and scenario is not None:
        raise OptionError("both a scenario and a family are given", hint="leave one of them out")
    for name in ("share", "for_days", "recovery_days"):
        if not math.isfinite(given[name]):
            raise OptionError(
                f"--{name.replace('_', '-')} is {given[name]}", hint="give a finite number"
            )
    scenarios = (
        [scenario]
        if scenario is not None
        else list(
            family_of(
                world, given["family"], share=given["share"], days=given["for_days"],
                recovery_days=given["recovery_days"],
            )
        )
    )  # fmt: skip
    keep = None
    if output is not None:
        target = Path(output)
        keep = target.with_name(f".{target.name}.parts")
        _KEEPING.append(keep)
    return ensemble(
        world,
        scenarios,
        runs=given["ensemble"] or 1,
        seed=given["seed"],
        sampler=given["sampler"],
        parameters=_draws(given["draw"]),
        workers=given["workers"],
        precision=given["precision"],
        device=given["device"],
        cluster=given["cluster"],
        checkpoint=keep,
        keep=True,
        **options,
    )
