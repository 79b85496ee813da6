"""Write beside, then rename: a file or folder is either whole or not there.

What is already there is replaced only if this program wrote it and it holds the same kind of
thing; nobody loses a scenario, a spreadsheet or a world to a slip in `-o`.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import secrets
import shutil
import zipfile
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, Literal

from catenary.errors import SourceError

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows
    fcntl = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["MARK", "refuse", "texts", "whole_file", "whole_folder"]

MARK: Final = "world.json"
"""File by which a folder that we wrote is known again."""

Kind = Literal["world", "result", "report"]

_REPORT: Final = b'<meta name="generator" content="catenary '
"""What stands near the beginning of every report."""

_JSON: Final = {
    frozenset(("name", "warnings", "tables", "matrices")): "world",
    frozenset(("run", "tables")): "result",
}
"""What our JSON files hold."""


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
        a_folder = not path.name or path.name == ".."
        what = "it is a folder" if a_folder else f"there is no folder {str(path.parent)!r}"
        raise OSError(errno.ENOENT, what)
    return path.parent / f".catenary-{os.getpid()}-{secrets.token_hex(4)}.part"


def _refuse(path: Path, what: str) -> SourceError:
    return SourceError(
        f"{str(path)!r} {what}",
        hint="choose another name, or remove it first; nothing was changed",
    )


def _kind_of(path: Path) -> str:
    """Return what kind of our files this is: world, result, report, or none of them."""
    with path.open("rb") as file:
        start = file.read(4096)
    head = start[:2]
    if _REPORT in start:
        return "report"
    try:
        if head == b"PK":
            with zipfile.ZipFile(path) as archive:
                about = archive.getinfo("catenary.json")
                if about.file_size < 2**30:
                    return str(json.loads(archive.read(about))["holds"]).rstrip("s")
        elif head[:1] == b"{":
            keys = frozenset(json.loads(path.read_bytes()))
            return _JSON.get(keys, "")
    except (
        zipfile.BadZipFile, KeyError, ValueError, TypeError, NotImplementedError, RecursionError,
    ):  # fmt: skip
        pass
    return ""


def _spare_file(path: Path, kind: Kind) -> None:
    """Refuse to replace a file that is not one of ours, of the same kind."""
    if path.exists() and _kind_of(path) != kind:
        raise _refuse(path, f"is there and is no {kind} that catenary saved")


def _about(folder: Path) -> tuple[str, dict[str, str]]:
    """Return what kind of folder we wrote, and its files with their fingerprints."""
    try:
        about = json.loads((folder / MARK).read_text("utf-8"))
        files = {str(name): str(digest) for name, digest in about["files"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return "", {}
    return ("result" if "analysis" in about else "world"), files


def _fingerprint(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def _spare_folder(path: Path, kind: Kind, name: Path | None = None) -> None:
    """Refuse to replace anything but an empty folder, or one of ours as we left it."""
    name = name or path
    if not path.exists():
        return
    if not path.is_dir():
        raise _refuse(name, "is a file, and this would be a folder")
    found, ours = _about(path)
    for inside in sorted(path.iterdir()):
        known = inside.name == MARK or inside.name in ours
        if not known or inside.is_symlink() or not inside.is_file():
            raise _refuse(name, f"holds {inside.name!r}, which catenary did not write there")
        if found != kind:
            raise _refuse(name, f"is there and is no {kind} that catenary saved")
        if inside.name != MARK and _fingerprint(inside) != ours[inside.name]:
            raise _refuse(name, f"holds {inside.name!r}, which somebody has changed since")


def _sign(folder: Path) -> None:
    """Note in the mark which files we wrote, so that others are never removed."""
    about = json.loads((folder / MARK).read_text("utf-8"))
    files = sorted(p for p in folder.iterdir() if p.name != MARK)
    about["files"] = {file.name: _fingerprint(file) for file in files}
    (folder / MARK).write_text(json.dumps(about, ensure_ascii=False, indent=1), "utf-8")


def _swap(beside: Path, path: Path, kind: Kind) -> None:
    """Put a complete folder where another one may be, and that away."""
    old = beside.with_suffix(".old")
    try:
        if path.exists():
            path.rename(old)
            _spare_folder(old, kind, path)  # it may have changed while we wrote
        beside.rename(path)
    finally:
        if old.exists() and beside.exists() and not path.exists():
            old.rename(path)  # whatever stopped us: what was there comes back
        elif old.exists():
            shutil.rmtree(old, ignore_errors=True)


def refuse(path: Path, kind: Kind, *, file: bool) -> None:
    """Say now what saving would say after hours of work: that it cannot write there.

    Raises
    ------
    SourceError
        If the place is no good, or holds what must not be replaced.
    """
    try:
        path = _real(path)
        _beside(path, file=file)
        (_spare_file if file else _spare_folder)(path, kind)
        if not os.access(path.parent, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        if isinstance(error, SourceError):
            raise
        raise _refused(path, error) from None


def texts(given: object) -> list[str]:
    """Return texts that can be written again, or say that they are none (ValueError)."""
    if not isinstance(given, list) or not all(isinstance(text, str) for text in given):
        raise ValueError("name and warnings must be text")
    for text in given:
        text.encode()  # half a character of two cannot be
    return given


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let nobody else look or put anything here meanwhile, where the system knows such locks."""
    if fcntl is None:
        yield
        return
    here = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(here, fcntl.LOCK_EX)
        yield
    finally:
        os.close(here)


def alone(file: IO[bytes]) -> bool:
    """Return whether nobody else holds this open file, and hold it until it is closed."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


@contextmanager
def whole_file(path: Path, kind: Kind) -> Iterator[IO[bytes]]:
    """Open a file for writing that appears only when everything was written.

    Parameters
    ----------
    path
        Where it is to be; a link is followed.
    kind
        What it will hold; what is there is replaced only if it is one of ours of that kind.

    Raises
    ------
    SourceError
        If it cannot be written; what was there before stays.
    """
    beside = None
    try:
        path = _real(path)
        beside = _beside(path, file=True)
        _spare_file(path, kind)
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
def whole_folder(path: Path, kind: Kind) -> Iterator[Path]:
    """Give an empty folder to fill that appears under its name only when it is complete.

    Parameters
    ----------
    path
        Where it is to be; a link is followed.
    kind
        What it will hold; a folder that is there is replaced only if it is one of ours of that
        kind and nobody has put anything else into it.

    Raises
    ------
    SourceError
        If it cannot be written; what was there before stays.
    """
    beside = None
    try:
        path = _real(path)
        beside = _beside(path)
        with _alone(path.parent):
            _spare_folder(path, kind)
        beside.mkdir()
        yield beside
        _sign(beside)
        with _alone(path.parent):
            _swap(beside, path, kind)
    except OSError as error:
        if isinstance(error, SourceError):
            raise
        raise _refused(path, error) from None
    finally:
        if beside is not None:
            shutil.rmtree(beside, ignore_errors=True)


def _real(path: Path) -> Path:
    """Return the path behind links."""
    if "\0" in str(path):
        raise OSError(errno.EINVAL, "there is a null character in its name")
    if not path.is_symlink():
        return path
    real = Path(os.path.realpath(path))
    if real.is_symlink():
        raise OSError(errno.ELOOP, "it is a link that leads to itself")
    return real
