"""Thousands of scenarios: what is likely, what is worst, and how sure that is."""

from __future__ import annotations

import hashlib
import json
import time
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from catenary.disruption import stress
from catenary.disruption.many import FIGURES, Many, Outcomes
from catenary.errors import OptionError, did_you_mean
from catenary.languages import joined, recognised, say
from catenary.model import Result, Run, Scenario, World
from catenary.model.analysis import VERSION, checked, options_of
from catenary.studies.batching import Kept, follow, in_batches, on_threads
from catenary.studies.cluster import on_cluster
from catenary.studies.sampling import Case, cases_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from catenary.maths.sampling import Sampler

__all__ = ["DRAWN", "Ensemble", "ensemble", "without_loss"]

DRAWN: Final = ("psi", "restoration_days", "overproduction", "overproduction_days", "stock_days")
"""Options of stress that may be uncertain."""

_QUANTILES: Final = (0.05, 0.25, 0.5, 0.75, 0.95)
_TOLD: Final = 5  # rows of a list in a sentence
_NO_LOSS: Final = 1e-3  # days of world output under which a scenario is without loss
_SURE: Final = 1.96  # standard errors to either side that hold 95 of 100


@dataclass(frozen=True, kw_only=True, eq=False)
class Ensemble(Result):
    """What many scenarios do to a world."""

    runs: pd.DataFrame
    """Per run: what it does to world output, worst first where scenarios differ."""
    draws: pd.DataFrame
    """Every number drawn, by run."""
    quantiles: pd.DataFrame
    """Mean and quantiles of every figure, for the world, every region and every product."""
    scenarios: pd.DataFrame
    """Per scenario: mean and spread of the loss, and how sure the mean is."""
    paths: pd.DataFrame
    """Mean and quantiles of world output by day, as a share of normal."""

    def figures(self) -> pd.DataFrame:
        """Return the few numbers that answer the question, one row each."""
        if len(self.scenarios) > 1:  # different questions are not averaged
            worst = self.scenarios.iloc[0]
            rows = [
                ("scenarios", "number", float(len(self.scenarios))),
                ("scenarios without loss", "number", float(without_loss(self.scenarios))),
                ("loss_days of the worst scenario, mean", "day", float(worst["loss_days"])),
                ("deepest of all runs", "share", float(self.scenarios["deepest"].max())),
            ]
            return pd.DataFrame(rows, columns=["figure", "unit", "value"])
        world = self.quantiles[self.quantiles["kind"] == "world"]
        rows = [
            (f"{figure}, {name}", "day" if "day" in figure else "share", float(row[name]))
            for figure, (_, row) in zip(world["figure"], world.iterrows(), strict=True)
            for name in ("mean", "q05", "q95")
            if figure in ("loss_days", "deepest")
        ]
        return pd.DataFrame(rows, columns=["figure", "unit", "value"])

    def summary(self) -> str:
        """Return how much is lost, how surely, and where most."""
        lines = self._of_several() if len(self.scenarios) > 1 else self._of_one()
        return joined(lines, "\n")

    def _of_several(self) -> list[str]:
        """Return the worst scenarios, each with its own mean; no mean over all of them."""
        scenarios = self.scenarios
        worst = scenarios.iloc[0]
        lines: list[str] = [
            say(
                "{scenarios:,} scenarios in {runs:,} runs. The worst is {scenario}: {days:.3g} "
                "days of world output are lost on average, {deepest:.1%} on the deepest day.",
                scenarios=len(scenarios), runs=len(self.runs), scenario=worst["scenario"],
                days=worst["loss_days"], deepest=worst["deepest"],
            )
        ]  # fmt: skip
        named: list[str] = []
        for _, row in scenarios.head(_TOLD).iterrows():
            half = abs(row["loss_days"]) * row["error"]
            named.append(
                say("{scenario} {days:.3g} ± {error:.2g}", scenario=row["scenario"],
                    days=row["loss_days"], error=half)
                if half > 0
                else say("{scenario} {days:.3g}", scenario=row["scenario"], days=row["loss_days"])
            )  # fmt: skip
        lines.append(
            say("Days of world output lost, mean ± its error (95 of 100), the worst first: "
                "{names}.",
                names=joined(named, say(", ")))
        )  # fmt: skip
        lines.append(
            say("{count:,} of {all:,} scenarios are without loss (under {least} days).",
                count=without_loss(scenarios), all=len(scenarios), least=f"{_NO_LOSS:g}")
        )  # fmt: skip
        return lines

    def _of_one(self) -> list[str]:
        """Return mean, spread and error of one scenario, and where most is lost."""
        runs, scenarios = self.runs, self.scenarios
        world = self.quantiles[self.quantiles["kind"] == "world"].set_index("figure")
        loss, deepest = world.loc["loss_days"], world.loc["deepest"]
        name = scenarios["scenario"].iloc[0]
        if len(runs) == 1:
            lines: list[str] = [
                say(
                    "One run of {scenario}: {days:.3g} days of world output are lost; the deepest "
                    "day is {deepest:.2%} below normal.",
                    scenario=name, days=loss["mean"], deepest=deepest["mean"],
                )
            ]  # fmt: skip
            return [*lines, *self._hardest(alone=True)]
        lines = [
            say(
                "{runs:,} runs of {scenario}: on average {mean:.3g} days of world output are lost; "
                "5 of 100 lose more than {most:.3g}.",
                runs=len(runs), scenario=name, mean=loss["mean"], most=loss["q95"],
            ),
            say(
                "The deepest day is {mean:.2%} below normal on average, {most:.2%} in the worst 5 "
                "of 100.",
                mean=deepest["mean"], most=deepest["q95"],
            ),
            say(
                "The mean loss of {scenario} is {days:.4g} days ± {error:.1%} after {runs:,} "
                "runs (95 of 100).",
                scenario=name, days=loss["mean"], error=scenarios["error"].iloc[0], runs=len(runs),
            ),
        ]  # fmt: skip
        return [*lines, *self._hardest(alone=False)]

    def _hardest(self, *, alone: bool) -> list[str]:
        """Return the regions and products that lose most of their own output."""
        lines: list[str] = []
        for kind in ("region", "product"):
            part = self.quantiles[
                (self.quantiles["kind"] == kind) & (self.quantiles["figure"] == "loss_days")
            ].sort_values("mean", ascending=False)
            hit = part[part["mean"] > 0].head(_TOLD)
            if hit.empty:
                continue
            each = [
                say("{id} {mean:.3g}", id=row["id"], mean=row["mean"])
                if alone
                else say("{id} {mean:.3g} ({q05:.3g}–{q95:.3g})", **row.drop(["kind", "figure"]))
                for _, row in hit.iterrows()
            ]
            names = joined(each, say(", "))
            if kind == "region":
                lines.append(
                    say("Hardest-hit regions, days of own output lost: {names}.", names=names)
                    if alone
                    else say("Hardest-hit regions, days of own output lost (5–95 %): {names}.",
                             names=names)
                )  # fmt: skip
            else:
                lines.append(
                    say("Hardest-hit products, days of own output lost: {names}.", names=names)
                    if alone
                    else say("Hardest-hit products, days of own output lost (5–95 %): {names}.",
                             names=names)
                )  # fmt: skip
        return lines


def without_loss(scenarios: pd.DataFrame) -> int:
    """Return how many scenarios cost nothing to speak of."""
    return int((scenarios["loss_days"] < _NO_LOSS).sum())


def ensemble(
    world: World,
    scenarios: Scenario | Sequence[Scenario],
    *,
    runs: int = 256,
    seed: int = 1,
    sampler: Sampler = "sobol",
    parameters: Mapping[str, Mapping[str, Any]] | None = None,
    days: int = 365,
    workers: int | None = None,
    precision: Literal["float64", "float32"] = "float64",
    device: Literal["cpu", "cuda", "numpy", "torch"] = "cpu",
    cluster: str | None = None,
    checkpoint: str | Path | None = None,
    keep: bool = False,
    **options: Any,
) -> Ensemble:
    """Run scenarios many times over, drawing what is uncertain.

    Every uncertain number of a scenario, and every option given as a distribution, is drawn `runs`
    times; a scenario in which nothing is uncertain runs once. Paths are summed up as they come and
    never kept. The same seed gives the same numbers, for any number of workers.

    Parameters
    ----------
    world
        As for `stress`.
    scenarios
        One, or several; each gets the same draws, so that they differ by what they are.
    runs
        Draws of each scenario, 1 … 1,000,000.
    seed
        Where the draws begin.
    sampler
        sobol: even in every direction (best with a power of 2); latin: even in each; random.
    parameters
        Option of `stress` (psi, restoration_days, overproduction, overproduction_days,
        stock_days) → its distribution, as in `uncertain` of a change.
    days
        Days to run.
    workers
        Threads; None: one per core.
    precision
        float32 stores numbers in half the memory; a run in both says what that costs.
    device
        cuda: on a GPU, through CuPy or PyTorch; numpy, torch: what runs there, on the processor.
    cluster
        Address of a Dask scheduler whose workers run the batches.
    checkpoint
        Folder that keeps finished batches; the same call goes on from there after an interruption.
    keep
        Whether that folder stays when all are done, until somebody saved what they gave.
    options
        Every other option of `stress`.

    Returns
    -------
    Ensemble
        Runs, draws, quantiles and scenarios.

    Raises
    ------
    OptionError
        If an option is unknown or out of range, or there is no such device.
    ScenarioError
        If a scenario is wrong; it names the run.
    SourceError
        If a cluster does not answer, or finished batches cannot be kept.

    References
    ----------
    McKay, M. D. et al. (1979), Technometrics 21(2), 239-245; Sobol', I. M. (1967), USSR
    Computational Mathematics and Mathematical Physics 7(4), 86-112; Owen, A. B. (1998), Journal of
    Complexity 14(4), 466-489.

    Examples
    --------
    >>> import catenary
    >>> from catenary.testing import serial_chain
    >>> change = catenary.Change(target="producers.capacity", where={"id": "AAA.s0"}, days=20,
    ...     multiply=0.5, uncertain={"multiply": {"distribution": "uniform", "low": 0, "high": 1}})
    >>> found = catenary.ensemble(serial_chain(), catenary.Scenario("half", (change,)), runs=8,
    ...     days=60)
    >>> len(found.runs), bool(found.runs["loss_days"].max() > 0)
    (8, True)
    """
    began = time.perf_counter()
    every = [scenarios] if isinstance(scenarios, Scenario) else list(scenarios)
    settings = _settings(
        world, every, runs=runs, days=days, workers=workers, precision=precision, options=options
    )
    cases = cases_of(
        every, runs=runs, seed=seed, sampler=sampler, parameters=parameters or {}, known=DRAWN
    )
    _require_bounds(cases)
    known = {name: value for name, value in settings.items() if name != "days"}
    here = device if cluster is None else "cpu"  # a GPU is the workers', and may not be here
    many = Many(world, days, known, kind=precision, device=here)
    batches = in_batches(cases, device)
    how = {**known, "days": days, "precision": precision, "device": device}
    kept = None if checkpoint is None else Kept(Path(checkpoint), _plan(world, cases, how))
    with nullcontext() if kept is None else kept.locked():
        if cluster is None:
            found = on_threads(many, batches, workers, kept)
        else:
            about = {"days": days, "options": known, "kind": precision, "device": device}
            found = on_cluster(cluster, world, batches, about=about, keep=kept)
    warnings = [_told_how(many, cases, batches, precision)]
    if runs > 1 and not any(case.values for case in cases):
        warnings.append(say("nothing is uncertain, so that every scenario ran once"))
    if precision == "float32" and many.blocks is not None and not many.in_lists:
        warnings.append(_error_of(many, batches[0], found[0]))
    if kept is not None and not keep:
        kept.clear()
    outcomes = Outcomes.joined(found)
    record = Run(
        analysis="ensemble",
        options={
            "scenarios": [one.to_dict() for one in every],
            "runs": runs,
            "seed": seed,
            "sampler": sampler,
            "parameters": {name: dict(spread) for name, spread in (parameters or {}).items()},
            "precision": precision,
            "device": device,
            "days": days,
            **known,
        },
        world=world.digest,
        world_name=world.name,
        version=VERSION,
        warnings=(*warnings, *world.warnings),
        seconds=time.perf_counter() - began,
    )
    return _tables(world, cases, outcomes, record)


def _settings(
    world: World,
    scenarios: Sequence[Scenario],
    *,
    runs: int,
    days: int,
    workers: int | None,
    precision: str,
    options: Mapping[str, Any],
) -> dict[str, Any]:
    """Return every option of stress, checked."""
    if not isinstance(world, World):
        raise OptionError(
            f"ensemble got {type(world).__name__} instead of a World",
            hint="give one world, such as catenary.load('chains:pooled')",
        )
    for one in scenarios:
        if not isinstance(one, Scenario):
            raise OptionError(f"{one!r} is no Scenario", hint="read one with Scenario.read(path)")
    if not scenarios:
        raise OptionError("there is no scenario to run", hint="give at least one")
    for name, value, most in (
        ("runs", runs, 1_000_000),
        ("workers", 1 if workers is None else workers, 4096),
    ):
        if type(value) is not int or not 1 <= value <= most:
            raise OptionError(f"{name} is {value!r}", hint=f"give a whole number, 1 to {most:,}")
    if precision not in ("float64", "float32"):
        hint = did_you_mean(precision, ("float64", "float32"))
        raise OptionError(f"unknown precision {precision!r}", hint=hint)
    known = {
        name: about
        for name, about in options_of(stress).items()
        if name not in ("scenario", "measures")
    }
    return checked("ensemble", known, {"days": days, **options})


def _require_bounds(cases: Sequence[Case]) -> None:
    """Refuse options drawn where they may not be, before the first run."""
    known = options_of(stress)
    for name in cases[0].options if cases else ():
        drawn = [case.options[name] for case in cases]
        for value in (min(drawn), max(drawn)):
            try:
                checked("ensemble", {name: known[name]}, {name: value})
            except OptionError as error:
                raise OptionError(
                    f"{name} was drawn as {value:g}: {error.args[0]}",
                    hint=f"{error.hint}; a uniform or triangular distribution keeps to its bounds",
                ) from None


def _plan(world: World, cases: Sequence[Case], settings: Mapping[str, Any]) -> str:
    """Return a fingerprint of everything that decides the numbers."""
    text = json.dumps(
        [
            world.digest,
            VERSION,
            dict(settings),
            [[case.scenario.to_dict(), dict(case.options)] for case in cases],
        ]
    )
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _told_how(
    many: Many, cases: Sequence[Case], batches: Sequence[Sequence[Case]], precision: str
) -> str:
    plain = many.blocks is not None and all(many.is_plain(case.scenario) for case in cases)
    if plain:
        if many.in_lists:
            return say(
                "runs were made {batch} side by side in float64, deliveries in lists",
                batch=len(batches[0]),
            )
        if many.device is None:
            return say(
                "runs were made {batch} side by side in {precision}, deliveries in whole rows",
                batch=len(batches[0]), precision=precision,
            )  # fmt: skip
        return say(
            "runs were made {batch} side by side in {precision} on {device}, deliveries in whole "
            "rows",
            batch=len(batches[0]), precision=precision, device=many.device.name,
        )  # fmt: skip
    reason = many.reason or say("the scenarios change more than capacity and final demand")
    return say("runs were made one by one ({reason})", reason=recognised(reason))


def _error_of(many: Many, batch: Sequence[Case], found: Outcomes) -> str:
    """Say by how much float32 misses float64, measured on the first batch."""
    exact = Many(many.world, many.days, many.options)
    with threadpool_limits(1):
        right = follow(exact, batch)
    worst = max(
        float(np.abs(ours[..., :2] - theirs[..., :2]).max(initial=0.0))
        for ours, theirs in ((found.regions, right.regions), (found.products, right.products))
    )
    return say(
        "float32 misses float64 by up to {worst:.1e} days of output lost or share of a day, "
        "measured on the first {runs} runs",
        worst=worst, runs=len(batch),
    )  # fmt: skip


def _tables(world: World, cases: Sequence[Case], outcomes: Outcomes, record: Run) -> Ensemble:
    names = [case.scenario.name for case in cases]
    runs = pd.DataFrame(
        {
            "run": np.arange(len(cases)),
            "scenario": pd.Series(names, dtype="str"),
            **{figure: outcomes.world[:, i] for i, figure in enumerate(FIGURES)},
            "first_shortage": outcomes.first_short,
            "unmet": outcomes.unmet,
        }
    )
    for column in ("deepest_day", "first_day", "recovered_day", "first_shortage"):
        numbers = runs[column].to_numpy().astype(np.int32)
        runs[column] = pd.arrays.IntegerArray(numbers, numbers < 0)
    draws = pd.DataFrame(
        [(case.number, name, value) for case in cases for name, value in case.values.items()],
        columns=["run", "name", "value"],
    ).astype({"run": "int64", "name": "str", "value": "float64"})
    return Ensemble(
        run=record,
        runs=runs,
        draws=draws,
        quantiles=pd.DataFrame(list(_quantiles(world, outcomes))),
        scenarios=_scenarios(runs),
        paths=_paths(outcomes),
    )


def _quantiles(world: World, outcomes: Outcomes) -> Iterator[dict[str, Any]]:
    groups: list[tuple[str, list[str], NDArray[np.float64]]] = [
        ("world", ["world"], outcomes.world[:, None]),
        ("region", [str(label) for label in world.ids("regions")], outcomes.regions),
        ("product", [str(label) for label in world.ids("products")], outcomes.products),
    ]
    for kind, labels, values in groups:
        levels = np.quantile(values, _QUANTILES, axis=0)
        means = values.mean(axis=0)
        for place, label in enumerate(labels):
            for i, figure in enumerate(FIGURES):
                row: dict[str, Any] = {"kind": kind, "id": label, "figure": figure}
                column = values[:, place, i]
                if figure.endswith("_day"):  # over the runs in which the day came
                    column = column[column >= 0]
                    row["share"] = len(column) / len(values)
                    row["mean"] = column.mean() if len(column) else np.nan
                    found = np.quantile(column, _QUANTILES) if len(column) else [np.nan] * 5
                else:
                    row["share"] = float((column > 0).mean())
                    row["mean"], found = means[place, i], levels[:, place, i]
                row |= {f"q{int(q * 100):02d}": v for q, v in zip(_QUANTILES, found, strict=True)}
                yield row


def _paths(outcomes: Outcomes) -> pd.DataFrame:
    levels = np.quantile(outcomes.path, _QUANTILES, axis=0).astype(float)
    columns = {f"q{int(q * 100):02d}": level for q, level in zip(_QUANTILES, levels, strict=True)}
    mean = outcomes.path.mean(axis=0, dtype=float)
    return pd.DataFrame({"day": np.arange(len(mean), dtype=np.int32), "mean": mean, **columns})


def _scenarios(runs: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for name, group in runs.groupby("scenario", sort=False):
        loss = group["loss_days"]
        mean, count = float(loss.mean()), len(loss)
        spread = float(loss.std(ddof=1)) if count > 1 else 0.0
        half = _SURE * spread / np.sqrt(count)
        rows.append(
            {
                "scenario": str(name),
                "runs": count,
                "loss_days": mean,
                "sd": spread,
                "error": half / abs(mean) if mean else 0.0,
                "deepest": float(group["deepest"].max()),
                "unmet": float(group["unmet"].mean()),
            }
        )
    frame = pd.DataFrame(rows)
    return frame.sort_values("loss_days", ascending=False, kind="stable", ignore_index=True)
