"""Which rows a scenario means: by id, glob, group and circle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from catenary.errors import ScenarioError, did_you_mean, listed
from catenary.model.labels import hint_for, matching
from catenary.model.schema import MATRICES, SCHEMA

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.model.world import World

__all__ = ["Where", "cells", "named", "rows"]

Where = Mapping[str, Any]
"""Column → label, glob, group, or a list of them; `within` → {lon, lat, km}."""

_EARTH_KM: Final = 6371.0088  # mean radius R1, IUGG 1980


def _words(value: Any, key: str) -> list[str]:
    words = [value] if isinstance(value, str) else value
    if not isinstance(words, Sequence) or not all(isinstance(w, str) for w in words) or not words:
        raise ScenarioError(
            f"where.{key} is {value!r}", hint="give a label in quotes, or a list of labels"
        )
    return list(words)


def _labelled(world: World, table: str, column: str, words: list[str]) -> NDArray[np.bool_]:
    """Return rows whose id or label in `column` matches any word."""
    part = world.part(table)
    if column != "id" and column not in part:
        have = [n for n in part.frame if n in SCHEMA[table]]
        raise ScenarioError(
            f"the table {table} of this world has no column {column!r}",
            hint=did_you_mean(column, have),
        )
    refers = SCHEMA[table][column].refers_to
    target = table if column == "id" else refers
    found = np.zeros(len(part.index), bool)
    if target and target in world.tables:
        hits = named(world, target, column, words)
        return hits if column == "id" else np.append(hits, False)[part.codes(column)]
    for word in words:
        labels = part.index if column == "id" else pd.Index(part.frame[column].array)
        labels = labels.astype("str")
        hits = matching(word, labels)
        if not hits.any():
            raise ScenarioError(
                f"where.{column} = {word!r} matches no row of {table}",
                hint=did_you_mean(word, labels.unique()),
            )
        found |= hits
    return found


def named(world: World, table: str, key: str, value: Any) -> NDArray[np.bool_]:
    """Return which rows of a table the value of a key of `where` names: ids, globs and groups.

    Raises
    ------
    ScenarioError
        If a word of it names none.
    """
    found = np.zeros(len(world.ids(table)), bool)
    for word in _words(value, key):
        hits = world.matches(table, word)
        if not hits.any():
            raise ScenarioError(
                f"where.{key} = {word!r} matches no {table} id of this world",
                hint=hint_for(word, world.ids(table), table=table),
            )
        found |= hits
    return found


def _circle(world: World, table: str, circle: Any) -> NDArray[np.bool_]:
    """Return rows that lie, or whose facility lies, within a great-circle distance."""
    lacking = {"lon", "lat", "km"} - set(circle if isinstance(circle, Mapping) else ())
    if lacking or set(circle) - {"lon", "lat", "km"}:
        raise ScenarioError(
            f"where.within is {circle!r}", hint="write within = {lon = 121.5, lat = 31.2, km = 300}"
        )
    columns = SCHEMA[table]
    codes: NDArray[np.integer]
    if "lon" in columns:
        place, codes = table, np.arange(len(world.ids(table)))
    elif "facility" in columns:
        place, codes = "facilities", world.part(table).codes("facility")
    else:
        raise ScenarioError(
            f"where.within cannot choose rows of {table}, which have no place",
            hint="use it on facilities and on producers with a facility",
        )
    where = world.part(place)
    lon, lat = np.radians(where.numbers("lon")), np.radians(where.numbers("lat"))
    lon0, lat0 = np.radians(float(circle["lon"])), np.radians(float(circle["lat"]))
    half = (
        np.sin((lat - lat0) / 2) ** 2 + np.cos(lat) * np.cos(lat0) * np.sin((lon - lon0) / 2) ** 2
    )
    near = 2 * _EARTH_KM * np.arcsin(np.sqrt(np.clip(half, 0, 1))) <= float(circle["km"])
    return np.append(near, False)[codes]


def rows(world: World, table: str, where: Where) -> NDArray[np.intp]:
    """Return positions of the rows that match every key of `where`.

    Raises
    ------
    ScenarioError
        If a key is unknown, a label exists nowhere, or no row matches.
    """
    found = np.ones(len(world.ids(table)), bool)
    columns = SCHEMA[table]
    for key, value in where.items():
        if key == "within":
            found &= _circle(world, table, value)
            continue
        if key not in columns or columns[key].type not in ("id", "label"):
            labels = [n for n, c in columns.items() if c.type in ("id", "label")]
            raise ScenarioError(
                f"where.{key} is not a column of labels of {table}",
                hint=did_you_mean(key, [*labels, "within"]),
            )
        found &= _labelled(world, table, key, _words(value, key))
    if not found.any():
        raise ScenarioError(
            f"no row of {table} has {_in_words(where)}",
            hint="each key matches something, but nothing matches all of them; "
            f"leave one out and look with `catenary show WORLD {table}`",
        )
    return np.flatnonzero(found)


def cells(world: World, matrix: str, where: Where) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return positions of the rows and columns of a matrix that match.

    Raises
    ------
    ScenarioError
        As for `rows`; keys are `row.…` and `column.…`.
    """
    axis, numbers = MATRICES[matrix], world.matrix(matrix)
    other = set(where) - {"row", "column"}
    if other:
        raise ScenarioError(
            f"where.{min(other)} does not say whether rows or columns of {matrix} are meant",
            hint=f"write where.row.{min(other)} or where.column.{min(other)}",
        )
    found = []
    for side, table, labels in (
        ("row", axis.rows, numbers.rows),
        ("column", axis.columns, numbers.columns),
    ):
        wanted = where.get(side, {})
        if not isinstance(wanted, Mapping):
            hint = f'write where.{side}.id = "…", or another column of labels'
            raise ScenarioError(f"where.{side} is {wanted!r}", hint=hint)
        if not wanted:
            found.append(np.arange(len(labels)))
        elif table:
            ids = world.ids(table)[rows(world, table, wanted)]
            places = labels.get_indexer(ids)
            found.append(places[places >= 0])
        else:
            hits = np.zeros(len(labels), bool)
            for word in _words(wanted.get("id", ""), f"{side}.id"):
                hits |= matching(word, labels)
            if not hits.any():
                raise ScenarioError(
                    f"where.{side}.id = {wanted.get('id')!r} matches no {side} of {matrix}",
                    hint=f"there is {listed(labels)}",
                )
            found.append(np.flatnonzero(hits))
    return found[0], found[1]


def _in_words(where: Where) -> str:
    return " and ".join(f"{key} = {value!r}" for key, value in where.items()) or "any label"
