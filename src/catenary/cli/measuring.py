"""`catenary measures --write`: what is offered as a scenario file to edit."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from catenary.errors import OptionError, SourceError
from catenary.languages import in_language, language, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from catenary.model import World, Worlds

__all__ = ["OPTIONS", "writer"]

OPTIONS: Final[list[click.Parameter]] = [
    click.Option(
        ["--write"],
        help="Write the measures as a scenario file (NAME.toml) to edit and pass on; never over "
        "one that is there.",
    )
]
"""What `measures` takes beside its own options."""


def writer(
    path: str | None, opened: World | Worlds, text: str, options: dict[str, Any]
) -> Callable[[], None]:
    """Return what writes the file once everything is done; nothing, if none is wanted.

    Raises
    ------
    OptionError
        If it is no TOML file, or there are several worlds.
    SourceError
        If the file is there already.
    """
    from catenary.model import Worlds  # noqa: PLC0415  quick start

    if path is None:
        return lambda: None
    if Path(path).suffix != ".toml":
        raise OptionError(f"write is {path!r}", hint="give a name that ends in .toml")
    if isinstance(opened, Worlds):
        raise OptionError(
            f"{text!r} holds several worlds, and a file of measures is for one",
            hint=f"give one of {', '.join(f'{text}:{label}' for label in opened)}",
        )
    if Path(path).exists():
        raise SourceError(
            f"{path!r} is there already", hint="choose another name; nothing was changed"
        )
    return partial(_write, path, opened, dict(options))


def _write(path: str, world: World, options: dict[str, Any]) -> None:
    from catenary.planning import offered  # noqa: PLC0415  quick start
    from catenary.planning.worth import read_worth  # noqa: PLC0415
    from catenary.worlds.measures import catalogue  # noqa: PLC0415

    given = {**options, "worth": read_worth(options["worth"])}
    found = offered(world, **{**given, "catalogue": catalogue(options["catalogue"])})
    content = found.to_toml(
        comment="Measures with what each costs in a year. Take out what cannot be done, correct\n"
        "numbers, add your own; changes of one measure are taken together or not at all.\n"
        f"Then: catenary stress {world.name} SCENARIO --measures {Path(path).name}"
    )
    try:
        with Path(path).open("x", encoding="utf-8") as file:
            file.write(content)
    except OSError as error:
        raise SourceError(
            f"cannot write {path!r}: {error.strerror or error}",
            hint="give a folder that exists and in which you may write",
        ) from None
    count = len({change.measure for change in found.changes})
    told = say("wrote {count:,} measures to {output}", count=count, output=path)
    print(in_language(told, language()), file=sys.stderr)
