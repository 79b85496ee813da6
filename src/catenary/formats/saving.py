"""Write beside, then rename: a file or folder is either whole or not there."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from catenary.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["MARK", "whole_file", "whole_folder"]

MARK = "world.json"
"""File by which a folder that we wrote is known again."""


def _refused(path: Path, error: OSError) -> SourceError:
    return SourceError(
        f"cannot write {str(path)!r}: {error.strerror or error}",
        hint="choose a folder that exists and that you may write to; nothing was changed",
    )


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for writing that appears only when everything was written.

    Raises
    ------
    SourceError
        If it cannot be written; what was there before stays.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        if path.is_dir():
            raise IsADirectoryError(21, "it is a folder")
        with beside.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        raise _refused(path, error) from None
    finally:
        beside.unlink(missing_ok=True) if beside.parent.is_dir() else None


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Give an empty folder to fill that appears under its name only when it is complete.

    Raises
    ------
    SourceError
        If it cannot be written, or the folder there is not one that we wrote.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    old = path.with_name(f".{path.name}.{os.getpid()}.old")
    try:
        if path.exists() and not (
            path.is_dir() and (not any(path.iterdir()) or (path / MARK).is_file())
        ):
            raise SourceError(
                f"{str(path)!r} exists and was not written by catenary",
                hint="choose another name, or remove it first; nothing was changed",
            )
        beside.mkdir()
        yield beside
        if path.exists():
            path.rename(old)
        beside.rename(path)
    except OSError as error:
        if isinstance(error, SourceError):
            raise
        if old.exists() and not path.exists():
            old.rename(path)
        raise _refused(path, error) from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
