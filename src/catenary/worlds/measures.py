"""The catalogue of measures: `measures.toml`, and files of users of the same form over it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import pandas as pd

from catenary.errors import DataError, Problem, SourceError, did_you_mean
from catenary.model.assembly import source_problems
from catenary.worlds.templates import BASES, FIGURES, Catalogue, Figure, Template, Worth

__all__ = ["BASES", "FIGURES", "Catalogue", "Figure", "Template", "Worth", "built_in", "catalogue"]

_NEEDS: Final = {"support": ("days",), "training": ("persons",)}
_SHARES: Final = {"second_source", "substitution", "recycling", "support", "training"}
_TEXTS: Final = ("id", "kind", "title", "zh", "border_measure")
_LISTS: Final = ("products", "without")
_TOP: Final = ("sources", "rate", "measures", "worth")
_FILE: Final = Path(__file__).with_name("measures.toml")


@cache
def built_in() -> Catalogue:
    """Return the built-in catalogue.

    Examples
    --------
    >>> built_in().templates["spare_capacity"].kind
    'capacity'
    """
    return _catalogue(tomllib.loads(_FILE.read_text(encoding="utf-8")), "measures.toml", {})


def catalogue(path: str | Path = "") -> Catalogue:
    """Return the built-in catalogue, with a file of one's own over it.

    Parameters
    ----------
    path
        TOML file with [[sources]], [[measures]], [[worth]] and [rate]; blank = none.

    Raises
    ------
    SourceError
        If the file cannot be read.
    DataError
        If anything in it is wrong; its `problems` list everything found.
    """
    if not str(path):
        return built_in()
    try:
        data = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise SourceError(
            f"cannot read the catalogue {str(path)!r}: {reason}",
            hint="give the path of a TOML file",
        ) from None
    except (ValueError, RecursionError) as error:
        raise DataError(
            f"the catalogue {str(path)!r} is not TOML: {error}",
            hint="docs/planning.md has one to start from",
        ) from None
    return _catalogue(data, Path(path).name, built_in().sources).over(built_in())


class _Reading:
    """Problems found so far in a file, and what it may cite."""

    def __init__(self, name: str, known: Mapping[str, Any]) -> None:
        self.name = name
        self.known = set(known)
        self.problems: list[Problem] = []

    def note(self, where: str, message: str, hint: str = "") -> None:
        """Keep a problem."""
        self.problems.append(Problem(f"{self.name}, {where}", message, hint))

    def keys(self, row: Mapping[str, Any], known: Sequence[str], where: str) -> None:
        """Refuse keys that mean nothing."""
        for key in row:
            if key not in known:
                self.note(where, f"the key {key!r} is unknown", did_you_mean(key, known))

    def text(self, row: Mapping[str, Any], key: str, where: str, *, needed: bool = True) -> str:
        """Return a text."""
        value = row.get(key, "")
        if not isinstance(value, str) or (needed and not value.strip()):
            self.note(where, f"{key} is {value!r}", "write a text in quotes")
            return ""
        return value

    def texts(self, row: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
        """Return a list of texts; one may stand alone."""
        value = row.get(key, ())
        value = (value,) if isinstance(value, str) else value
        if not isinstance(value, Sequence) or not all(isinstance(v, str) and v for v in value):
            self.note(where, f"{key} is {value!r}", "write a list of texts in quotes")
            return ()
        return tuple(value)

    def number(self, value: Any, where: str) -> float:
        """Return a number of 0 or more."""
        plain = isinstance(value, int | float) and not isinstance(value, bool)
        if not plain or not 0 <= value <= 1e18:  # nan neither
            self.note(where, f"it is {value!r}", "give a number of 0 or more")
            return 0.0
        return float(value)

    def cited(self, row: Mapping[str, Any], where: str) -> tuple[str, ...]:
        """Return the sources of a number, all of which exist."""
        found = self.texts(row, "source", where)
        if not found:
            self.note(
                where, "it names no source", 'write source = "…", the id of one of [[sources]]'
            )
        for label in found:
            if label not in self.known:
                hint = did_you_mean(label, self.known)
                self.note(where, f"its source {label!r} is not among [[sources]]", hint)
        return found

    def figure(self, value: Any, where: str) -> Figure:
        """Return a number with its range and source."""
        if not isinstance(value, Mapping):
            hint = 'write { value = 30, source = "…" }, and low and high where they are known'
            self.note(where, f"it is {value!r}", hint)
            return Figure()
        self.keys(value, ("value", "low", "high", "source"), where)
        if "value" not in value:
            self.note(where, "it has no value", "write value = …")
        middle = self.number(value.get("value", 0), where)
        low, high = (self.number(value.get(key, middle), where) for key in ("low", "high"))
        if not low <= middle <= high:
            self.note(
                where, f"{middle:g} is not between {low:g} and {high:g}", "low ≤ value ≤ high"
            )
        return Figure(value=middle, low=low, high=high, sources=self.cited(value, where))


def _catalogue(data: Mapping[str, Any], name: str, known: Mapping[str, Any]) -> Catalogue:
    reading = _Reading(name, known)
    reading.keys(data, _TOP, "top of the file")
    rows = {key: _rows(reading, data, key) for key in ("sources", "measures", "worth")}
    reading.known |= {str(row.get("id")) for row in rows["sources"]}
    if rows["sources"]:
        frame = pd.DataFrame([{"title": row.get("id", ""), **row} for row in rows["sources"]])
        reading.problems += source_problems(frame)
    templates = [_template(reading, row, k) for k, row in enumerate(rows["measures"])]
    worth = [_worth(reading, row, k) for k, row in enumerate(rows["worth"])]
    for what, labels in (
        ("measure", [t.id for t in templates]),
        ("worth", [w.product for w in worth]),
    ):
        for label in {one for one in labels if one and labels.count(one) > 1}:
            reading.note(f"{what} {label!r}", "it stands there twice", "leave one out")
    rate = reading.figure(data["rate"], "rate") if "rate" in data else Figure()
    if reading.problems:
        raise DataError.of(reading.problems)
    return Catalogue(
        templates=MappingProxyType({one.id: one for one in templates}),
        worth=MappingProxyType({one.product: one for one in worth}),
        rate=rate,
        sources=MappingProxyType({str(row["id"]): row for row in rows["sources"]}),
    )


def _rows(reading: _Reading, data: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    items = data.get(key, [])
    if not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items):
        reading.note(key, f"it is or holds {items!r}"[:80], f"write each as a [[{key}]] table")
        return []
    return items


def _template(reading: _Reading, row: Mapping[str, Any], place: int) -> Template:
    where = f"measure {row.get('id') or place + 1!r}"
    reading.keys(row, (*_TEXTS, *_LISTS, *FIGURES), where)
    kind = reading.text(row, "kind", where)
    if kind and kind not in BASES:
        reading.note(where, f"the kind {kind!r} is unknown", did_you_mean(kind, BASES))
    figures = {
        name: reading.figure(row[name], f"{where}, {name}") for name in FIGURES if name in row
    }
    for name in ("size", *_NEEDS.get(kind, ())):
        if name not in figures:
            reading.note(
                where, f"it has no {name}", f'write {name} = {{ value = …, source = "…" }}'
            )
    if not {"once", "yearly", "fixed", "upkeep"} & set(figures):
        hint = "write once, yearly, fixed or upkeep; 0 where it costs nothing"
        reading.note(where, "it does not say what it costs", hint)
    size = figures.get("size", Figure()).value
    if size == 0 or (kind in _SHARES and size > 1):
        most = "more than 0 and at most 1" if kind in _SHARES else "more than 0"
        reading.note(f"{where}, size", f"it is {size:g}", f"give {most}")
    if "years" in figures and figures["years"].value == 0:
        reading.note(f"{where}, years", "it is 0", "give more than 0")
    border = kind in ("border", "border_post")
    return Template(
        id=reading.text(row, "id", where),
        kind=kind,
        title=reading.text(row, "title", where),
        zh=reading.text(row, "zh", where, needed=False),
        figures=MappingProxyType(figures),
        products=reading.texts(row, "products", where),
        without=reading.texts(row, "without", where),
        border_measure=reading.text(row, "border_measure", where, needed=border),
    )


def _worth(reading: _Reading, row: Mapping[str, Any], place: int) -> Worth:
    where = f"worth {row.get('product') or place + 1!r}"
    reading.keys(row, ("product", "usd", "source", "note"), where)
    cited = reading.cited(row, where)
    return Worth(
        product=reading.text(row, "product", where),
        usd=reading.number(row.get("usd"), f"{where}, usd"),
        source=cited[0] if cited else "",
        note=reading.text(row, "note", where, needed=False),
    )
