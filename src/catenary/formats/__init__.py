"""Worlds in and out: one module per file format, found through entry points."""

from __future__ import annotations

import inspect
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from catenary.errors import OptionError, SourceError, did_you_mean, listed

if TYPE_CHECKING:
    from collections.abc import Callable

    from catenary.model import World, Worlds

__all__ = ["read", "reader_of", "sources"]


def sources() -> list[str]:
    """Return the names of all formats that are installed."""
    return sorted(entry.name for entry in entry_points(group="catenary.sources"))


def reader_of(source: str) -> Callable[..., World]:
    """Return the function that reads a format.

    Raises
    ------
    OptionError
        If there is no such format.
    SourceError
        If it is installed but cannot be loaded.
    """
    found = {entry.name: entry for entry in entry_points(group="catenary.sources")}
    if source not in found:
        raise OptionError(f"unknown source {source!r}", hint=did_you_mean(source, found))
    try:
        reader: Callable[..., World] = found[source].load()
    except (ImportError, AttributeError) as error:
        raise SourceError(
            f"the source {source!r} is installed but cannot be loaded: {error}",
            hint="install it again, or remove the package that brings it",
        ) from None
    return reader


@overload
def read(source: str, path: str | Path, *, years: str, **options: Any) -> Worlds: ...


@overload
def read(source: str, path: str | Path, **options: Any) -> World: ...


def read(
    source: str, path: str | Path, *, years: str | None = None, **options: Any
) -> World | Worlds:
    """Read a world from a file or folder in some format, or several years of one table.

    Parameters
    ----------
    source
        Name of the format: folder, wiod, mrio, or one that a plugin brings.
    path
        The file or folder.
    years
        Years separated by commas, such as "1995,2011", of a format that takes a `year`: gives
        `Worlds`, with the years as labels.
    options
        What the format asks for, such as `year`.

    Raises
    ------
    OptionError
        If the format or an option is unknown.
    SourceError
        If the file cannot be read.
    DataError
        If what it holds is wrong.
    """
    reader = reader_of(source)
    known = [
        p.name for p in inspect.signature(reader).parameters.values() if p.kind is p.KEYWORD_ONLY
    ]
    for name in options:
        if name not in known:
            hint = did_you_mean(name, known) if known else "it takes none"
            raise OptionError(f"source {source!r} has no option {name!r}", hint=hint)
    if years is not None:
        return _years(source, Path(path), years, options, known)
    try:
        if not Path(path).exists():
            there = sorted(p.name for p in Path(path).absolute().parent.glob("*"))
            raise SourceError(f"there is no {str(path)!r}", hint=f"beside it lie {listed(there)}")
        return reader(Path(path), **options)
    except OSError as error:
        if isinstance(error, SourceError):
            raise
        raise SourceError(
            f"cannot read {str(path)[:80]!r}: {error.strerror or error}",
            hint="give a file or folder that exists and that you may read",
        ) from None


def _years(
    source: str, path: Path, years: str, options: dict[str, Any], known: list[str]
) -> Worlds:
    """Return the worlds of several years."""
    from catenary.model import Worlds  # noqa: PLC0415  quick start

    if "year" not in known:
        raise OptionError(f"source {source!r} reads no years", hint="leave years out")
    if "year" in options:
        raise OptionError("both year and years are given", hint="leave one of them out")
    labels = [word.strip() for word in str(years).split(",") if word.strip()]
    for label in labels:
        if not (label.isascii() and label.isdigit()):
            raise OptionError(f"{label[:40]!r} is no year", hint="write years='1995,2011'")
    if not labels or len(set(labels)) < len(labels):
        raise OptionError(
            f"years is {years!r}", hint="write every year once, as in years='1995,2011'"
        )
    worlds = {label: read(source, path, **options, year=int(label)) for label in labels}
    return Worlds(worlds, name=path.name or source)
