"""What every reader of a format owes its users."""

from __future__ import annotations

import inspect
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catenary.errors import SourceError
from catenary.formats import archive, folder
from catenary.model import World
from catenary.model.balance import imbalances

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["check_source"]


def check_source(reader: Callable[..., World], path: Path, **options: Any) -> World:
    """Check a reader on a file it should be able to read; return the world.

    The signature is explicit (`path`, then annotated keyword-only options, no `**`); reading
    twice gives the same world; the world survives both saved forms; its accounts close; a path
    that does not exist is a `SourceError`, never anything else.

    Parameters
    ----------
    reader
        The function behind an entry point of the group `catenary.sources`.
    path
        A file or folder it reads.
    options
        Its options.

    Raises
    ------
    AssertionError
        With the rule that was broken.
    """
    parameters = list(inspect.signature(reader).parameters.values())
    assert parameters, "the first parameter is path"
    assert parameters[0].name == "path", "the first parameter is path"
    assert all(p.kind is p.KEYWORD_ONLY for p in parameters[1:]), "options are keyword-only"
    assert all(p.annotation is not p.empty for p in parameters), "every parameter is annotated"
    assert reader.__doc__, "the reader says what it reads"
    world = reader(path, **options)
    assert isinstance(world, World), "a reader returns a World"
    assert reader(path, **options).digest == world.digest, "reading twice gives the same world"
    problems = imbalances(world)
    assert not problems, f"the accounts close: {problems[0]}"
    with tempfile.TemporaryDirectory() as temporary:
        file = Path(temporary) / "saved.world"
        archive.save_world(world, file)
        again = archive.open_world(file)
        assert isinstance(again, World), "one file keeps all"
        assert again.digest == world.digest, "one file keeps all"
        assert again.warnings == world.warnings, "warnings are kept"
        folder.save(world, Path(temporary) / "saved")
        again = folder.read(Path(temporary) / "saved")
        assert again.digest == world.digest, "a folder keeps all"
        refusal = None
        try:
            reader(Path(temporary) / "nothing-here", **options)
        except SourceError as error:
            refusal = error
        assert refusal is not None, "a path that does not exist is a SourceError"
        assert refusal.hint, "a missing file comes with a hint"
    return world
