"""Parts that have to agree with each other before they are a world."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from catenary.errors import Problem, UnitError, did_you_mean, listed
from catenary.model.labels import hint_for
from catenary.model.matrix import Matrix
from catenary.model.schema import MATRICES, SCHEMA
from catenary.model.table import Table, conform
from catenary.model.units import factor

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["assembled", "source_problems"]

_ORDER: Final = (
    "sources",
    "regions",
    "sectors",
    "products",
    "firms",
    "facilities",
    "producers",
    "consumers",
    "freight_factors",
    "passages",
    "vessels",
)


def assembled(
    parts: Mapping[str, pd.DataFrame | Table | Matrix], kept: Mapping[str, Table]
) -> tuple[dict[str, Table], dict[str, Matrix], list[Problem]]:
    """Check parts, targets before those who refer to them, and list everything wrong.

    Parameters
    ----------
    parts
        Tables and matrices by name.
    kept
        Tables that were checked before; those whose targets stayed are taken as they are.
    """
    names = [*filter(parts.__contains__, _ORDER), *(n for n in parts if n not in _ORDER)]
    tables: dict[str, Table] = {}
    matrices: dict[str, Matrix] = {}
    problems: list[Problem] = []
    targets: dict[str, pd.Index] = {}
    unsure: set[str] = set()  # tables without ids, to which nobody can refer rightly
    for name in names:
        if not isinstance(parts[name], Matrix | Table | pd.DataFrame):
            hint = "give a frame, or a catenary.Matrix"
            problems.append(Problem(name, f"is a {type(parts[name]).__name__}", hint))
            continue
        part = parts[name]
        if isinstance(part, Matrix):
            problems += _check_matrix(name, part, targets)
            matrices[name] = part
            continue
        if isinstance(part, Table) and kept.get(name) is part and _still_fits(part, targets):
            tables[name] = part
        else:
            frame = part.frame if isinstance(part, Table) else part
            tables[name], found = conform(name, frame, targets)
            problems += found
        index = tables[name].index
        whole = index.is_unique and not index.hasnans  # else it is a problem already
        targets[name] = index if whole else index.dropna().unique()
        if isinstance(index, pd.RangeIndex) and SCHEMA[name]["id"].default != "row":
            unsure.add(name)
            targets[name] = index.astype("str")
    problems = [p for p in problems if not _refers_to(p.where, unsure)]
    sources = tables.get("sources")
    problems += _sources(None if sources is kept.get("sources") else sources)
    problems += _recipes(tables)
    problems += _units(matrices)
    if "intermediate" in matrices and "supplies" in tables:
        problems.append(
            Problem(
                "supplies",
                "the world has both the table 'supplies' and the matrix 'intermediate'",
                "they say the same in two ways; keep one",
            )
        )
    return tables, matrices, problems


def _recipes(tables: Mapping[str, Table]) -> list[Problem]:
    """Return recipes of a product that the producer they name does not make."""
    if not {"recipes", "producers", "products"} <= set(tables):
        return []
    recipes, producers = tables["recipes"], tables["producers"]
    try:
        who, made = recipes.codes("producer"), recipes.codes("product")
        wrong = np.flatnonzero((who >= 0) & (producers.codes("product")[who] != made))
    except KeyError:  # a column could not be read: that is a problem already
        return []
    if not len(wrong):
        return []
    name = producers.index[who[wrong[0]]]
    return [
        Problem(
            "recipes.producer",
            f"{len(wrong):,} recipes are of a product that their producer does not make "
            f"(first: {name!r})",
            "correct the product or the producer",
        )
    ]


def _refers_to(where: str, tables: set[str]) -> bool:
    """Return whether a problem is with a reference to one of these tables."""
    table, _, column = where.partition(".")
    if not column and table in MATRICES:
        return bool({MATRICES[table].rows, MATRICES[table].columns} & tables)
    known = SCHEMA.get(table, {}).get(column)
    return known is not None and known.type == "label" and known.refers_to in tables


def _units(matrices: Mapping[str, Matrix]) -> list[Problem]:
    """Return the matrices whose units do not add up with those of the flows."""
    problems = []
    for one, other in (
        ("intermediate", "final"),
        ("intermediate", "value_added"),
        ("final", "value_added"),
        ("stressors", "stressors_final"),
    ):
        if one in matrices and other in matrices:
            try:
                factor(matrices[other].unit, matrices[one].unit)
            except UnitError as error:
                hint = f"they are added up with those of {one}; {error.hint}"
                problems.append(Problem(other, error.args[0], hint))
    return problems


def _still_fits(table: Table, targets: Mapping[str, pd.Index]) -> bool:
    frame = table.frame
    for column in SCHEMA[table.name].values():
        if column.refers_to and column.type == "label" and column.name in frame:
            target = targets.get(column.refers_to)
            categories = frame[column.name].cat.categories
            if target is None:
                target = categories[:0]
            if not (categories is target or categories.equals(target)):
                return False
    return True


def _check_matrix(name: str, matrix: Matrix, targets: Mapping[str, pd.Index]) -> list[Problem]:
    if name not in MATRICES:
        return [Problem(name, "there is no such matrix", did_you_mean(name, MATRICES))]
    problems = []
    axis = MATRICES[name]
    for side, table, labels in (
        ("row", axis.rows, matrix.rows),
        ("column", axis.columns, matrix.columns),
    ):
        if not table:
            continue
        if table not in targets:
            problems.append(
                Problem(
                    name,
                    f"its {side}s are {table}, and the table {table!r} is not there",
                    f"add the table {table!r} with the ids {listed(labels, most=3)}",
                )
            )
            continue
        if labels.equals(targets[table]):
            continue
        lacking = targets[table][~targets[table].isin(labels)]
        if len(lacking):
            problems.append(
                Problem(
                    name,
                    f"has no {side} for {len(lacking):,} {table} ({listed(lacking, most=3)})",
                    f"give every one of the {table} a {side}; 0 where there is nothing",
                )
            )
        unknown = labels[~labels.isin(targets[table])]
        problems += [
            Problem(
                name,
                f"unknown {table} id {label!r} among its {side} labels",
                hint_for(label, targets[table], table=table),
            )
            for label in unknown
        ]
    return problems


def source_problems(frame: pd.DataFrame) -> list[Problem]:
    """Return everything wrong with a table of sources."""
    table, problems = conform("sources", frame, {})
    return [*problems, *_sources(table)]


def _sources(table: Table | None) -> list[Problem]:
    """Return facts without an address and assumptions without a reason."""
    if table is None:
        return []
    problems = []
    for kind, column in (("fact", "url"), ("assumption", "statement")):
        frame = table.frame
        if not {"kind", "url", "statement"} <= set(frame.columns):
            return []
        bare = frame.index[(frame["kind"] == kind) & (frame[column] == "")]
        if len(bare):
            what = "an address (url)" if kind == "fact" else "a reason (statement)"
            problems.append(
                Problem(
                    f"sources.{column}",
                    f"{len(bare)} rows of kind {kind!r} lack {what} ({listed(bare, most=3)})",
                    f"give {what}, or change the kind",
                )
            )
    return problems
