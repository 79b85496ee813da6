"""From the numbers of an inter-country input-output table to a World."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from catenary.languages import say
from catenary.model import Matrix, World
from catenary.model.units import DAYS_PER_YEAR

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

__all__ = ["IndustryTable", "industry_world"]

_RENAMED: Final = {"ROM": "ROU", "RoW": "ROW", "ROTW": "ROW", "WWW": "ROW"}

_ROUNDING: Final = 1e-9  # of output; a smaller difference is none


@dataclass(frozen=True, kw_only=True, eq=False)
class IndustryTable:
    """A yearly table as arrays: industries are region × sector, in any order.

    Parameters
    ----------
    regions, sectors
        Code of every industry, each of length N.
    flows
        Z, deliveries from industry (row) to industry (column), N × N, in `unit`.
    final
        Y, deliveries to final demand, N × K.
    final_regions, final_categories
        Code of every column of `final`, each of length K.
    unit
        Such as `MUSD(2011)/year`.
    output
        x as the source states it, N; only compared.
    value_added
        Components by name, each N; None = output less inputs.
    stressors, stressors_final
        Pressures by name, each N (K for final demand), with `stressor_unit`.
    region_names, sector_names
        Plain names by code.
    services
        Sectors whose products do not travel on ships and trucks: utilities, construction, services.
    source
        One row of the table `sources`.
    warnings
        What the reader already dropped or changed.
    """

    regions: Sequence[str]
    sectors: Sequence[str]
    flows: NDArray[np.float64]
    final: NDArray[np.float64]
    final_regions: Sequence[str]
    final_categories: Sequence[str]
    unit: str
    source: Mapping[str, object]
    output: NDArray[np.float64] | None = None
    value_added: Mapping[str, NDArray[np.float64]] | None = None
    stressors: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    stressors_final: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    stressor_unit: str = "any/year"
    region_names: Mapping[str, str] = field(default_factory=dict)
    sector_names: Mapping[str, str] = field(default_factory=dict)
    services: frozenset[str] = frozenset()
    warnings: Sequence[str] = ()


def industry_world(table: IndustryTable, *, name: str) -> World:
    """Make a World of an input-output table; one producer per industry, product = sector.

    Baseline output is the row sum of flows and final demand, so that the world agrees with
    itself. What differs from the source is a warning of the world.

    Parameters
    ----------
    table
        The numbers.
    name
        What to call the world.
    """
    regions = [_RENAMED.get(code, code) for code in table.regions]
    final_regions = [_RENAMED.get(code, code) for code in table.final_regions]
    ids = pd.Index([f"{r}.{s}" for r, s in zip(regions, table.sectors, strict=True)], dtype="str")
    users = pd.Index(
        [f"{r}.{c}" for r, c in zip(final_regions, table.final_categories, strict=True)],
        dtype="str",
    )
    output = table.flows.sum(axis=1) + table.final.sum(axis=1)
    matrices = _matrices(table, output, ids, users)
    warnings = [*table.warnings, *_renamed(table), *_compared(output, table, ids)]
    for part in ("intermediate", "final"):
        warnings += [
            say("{where}: {problem}; kept as they are", where=p.where, problem=p.message)
            for p in matrices[part].negatives(part)
        ]
    parts: dict[str, pd.DataFrame | Matrix] = {
        **_labels(table, list(dict.fromkeys([*regions, *final_regions]))),
        "producers": pd.DataFrame(
            {
                "id": ids,
                "region": regions,
                "product": list(table.sectors),
                "output": np.maximum(output, 0.0) / DAYS_PER_YEAR,
                "source": str(table.source["id"]),
            }
        ),
        "consumers": pd.DataFrame(
            {"id": users, "region": final_regions, "category": list(table.final_categories)}
        ),
        **matrices,
    }
    return World(parts, name=name, warnings=warnings)


def _renamed(table: IndustryTable) -> list[str]:
    renamed = sorted(set(table.regions) & set(_RENAMED))
    listed = ", ".join(f"{code} → {_RENAMED[code]}" for code in renamed)
    told = say("region codes were renamed to ISO 3166-1: {codes}", codes=listed)
    return [told] if renamed else []


def _labels(table: IndustryTable, regions: list[str]) -> dict[str, pd.DataFrame]:
    """Return the tables that say what the codes mean."""
    names = {_RENAMED.get(code, code): text for code, text in table.region_names.items()}
    products = list(dict.fromkeys(table.sectors))
    sectors = pd.DataFrame(
        {"id": products, "name": [table.sector_names.get(s, s) for s in products]}
    )
    money, _, _ = table.unit.rpartition("/")
    return {
        "sources": pd.DataFrame([table.source]),
        "regions": pd.DataFrame({"id": regions, "name": [names.get(r, r) for r in regions]}),
        "sectors": sectors,
        "products": sectors.assign(
            sector=products,
            unit=money,
            mode=["none" if s in table.services else "" for s in products],
        ),
    }


def _matrices(
    table: IndustryTable, output: NDArray[np.float64], ids: pd.Index, users: pd.Index
) -> dict[str, Matrix]:
    matrices = {
        "intermediate": Matrix(table.flows, ids, ids, table.unit),
        "final": Matrix(table.final, ids, users, table.unit),
        "value_added": _value_added(table, output, ids),
    }
    for name, stressors, labels in (
        ("stressors", table.stressors, ids),
        ("stressors_final", table.stressors_final, users),
    ):
        if stressors:
            numbers = np.vstack(list(stressors.values()))
            matrices[name] = Matrix(numbers, list(stressors), labels, table.stressor_unit)
    return matrices


def _compared(output: NDArray[np.float64], table: IndustryTable, ids: pd.Index) -> list[str]:
    warnings: list[str] = []
    if (output < 0).any():
        worst = int(output.argmin())
        warnings.append(
            say(
                "the output of {industries} industries is negative (least: {worst}, {least:.6g} "
                "{unit}); it was set to 0",
                industries=int((output < 0).sum()),
                worst=ids[worst],
                least=output[worst],
                unit=table.unit,
            )
        )
    if table.output is not None:
        gap = _without_noise(np.abs(output - table.output), output)
        if gap.any():
            worst = int(gap.argmax())
            warnings.append(
                say(
                    "output is the row sum of flows and final demand; the source states "
                    "{values:,} values that differ, by at most {most:.6g} {unit} ({worst}) and "
                    "{share:.2%} altogether",
                    values=int((gap > 0).sum()),
                    most=gap[worst],
                    unit=table.unit,
                    worst=ids[worst],
                    share=gap.sum() / max(table.output.sum(), 1e-300),
                )
            )
    return warnings


def _without_noise(
    difference: NDArray[np.float64], output: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return differences; those that only come from adding floats are 0."""
    return np.where(np.abs(difference) > _ROUNDING * np.abs(output), difference, 0.0)


def _value_added(table: IndustryTable, output: NDArray[np.float64], ids: pd.Index) -> Matrix:
    rest = output - table.flows.sum(axis=0)
    if table.value_added is None:
        return Matrix(rest[None, :], ["value_added"], ids, table.unit)
    stated = np.vstack(list(table.value_added.values()))
    difference = _without_noise(rest - stated.sum(axis=0), output)
    labels = list(table.value_added)
    if difference.any():  # what the source leaves open is named, not hidden
        stated, labels = np.vstack([stated, difference]), [*labels, "statistical_difference"]
    return Matrix(stated, labels, ids, table.unit)
