"""Write beside, then rename: a file or folder is either whole or not there."""

from __future__ import annotations

import errno
import os
import secrets
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


def _beside(path: Path, *, file: bool = False) -> Path:
    """Return a name next to the target that nobody else uses, in a folder that is there."""
    if file and path.exists() and not path.is_file():
        raise OSError(errno.EISDIR, "it is a folder or a device")
    if not path.name or path.name == ".." or not path.parent.is_dir():
        what = "it is a folder" if not path.name or path.name == ".." else "its folder is missing"
        raise OSError(errno.ENOENT, what)
    return path.parent / f".catenary-{os.getpid()}-{secrets.token_hex(4)}.part"


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for writing that appears only when everything was written.

    Raises
    ------
    SourceError
        If it cannot be written; what was there before stays.
    """
    beside = None
    try:
        beside = _beside(path, file=True)
        with beside.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        if isinstance(error, SourceError):
            raise
        raise _refused(path, error) from None
    finally:
        if beside is not None:
            beside.unlink(missing_ok=True)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Give an empty folder to fill that appears under its name only when it is complete.

    Raises
    ------
    SourceError
        If it cannot be written, or the folder there is not one that we wrote.
    """
    beside = old = None
    try:
        beside = _beside(path)
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
            old = beside.with_suffix(".old")
            path.rename(old)
        beside.rename(path)
    except OSError as error:
        if isinstance(error, SourceError):
            raise
        raise _refused(path, error) from None
    finally:
        if old is not None and not path.exists():  # the second rename failed: put it back
            old.rename(path)
        for rest in (beside, old):
            if rest is not None:
                shutil.rmtree(rest, ignore_errors=True)
