"""Every error this package raises on purpose.

* CatenaryError
  - DataError            the world, or a file's content, is wrong       (HTTP 422, exit 3)
    . SchemaError        a table, column or value breaks the schema
    . UnknownLabelError  an id refers to nothing
    . UnitError          a quantity is in a unit that does not fit
    . BalanceError       an accounting identity does not hold
    . MissingDataError   an analysis needs a part the world lacks
    . VersionError       a file was written by a newer catenary
  - ScenarioError        a scenario is misspelt, matches nothing or contradicts itself (422, 3)
  - OptionError          an argument is out of range                    (HTTP 400, exit 2)
  - ComputationError     the question has no answer                     (HTTP 409, exit 4)
    . NoRouteError       no way is open between two places
  - SourceError          a file or source cannot be read or written     (HTTP 502, exit 5)
    . ArchiveError       a world file is truncated, foreign or unsafe

Each says what is wrong, the value, what exists and, as `hint`, what to do.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice
from typing import TYPE_CHECKING, ClassVar, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = [
    "ArchiveError",
    "BalanceError",
    "CatenaryError",
    "ComputationError",
    "DataError",
    "MissingDataError",
    "NoRouteError",
    "OptionError",
    "Problem",
    "ScenarioError",
    "SchemaError",
    "SourceError",
    "UnitError",
    "UnknownLabelError",
    "VersionError",
    "did_you_mean",
    "listed",
]


def listed(labels: Iterable[object], *, most: int = 8) -> str:
    """Return labels as a readable list, cut after `most`.

    Examples
    --------
    >>> listed(["a", "b", "c"], most=2)
    'a, b and 1 more'
    >>> listed(["a", "b"])
    'a and b'
    """
    known = [str(label) for label in labels]
    if len(known) > most:
        return f"{', '.join(known[:most])} and {len(known) - most:,} more"
    return " and ".join(filter(None, [", ".join(known[:-1]), *known[-1:]]))


def did_you_mean(
    unknown: object,
    known: Iterable[object],
    *,
    search: int = 20_000,
    listing: Iterable[object] | None = None,
) -> str:
    """Return a hint that names the nearest known labels, or a few of those that exist.

    Parameters
    ----------
    unknown
        What was given.
    known
        What could have been meant, names and ids alike.
    search
        How many of these to look through.
    listing
        What to name and count if nothing is near; None = all that is known, each once.

    Examples
    --------
    >>> did_you_mean("JPM", ["JPN", "DEU"])
    "did you mean 'JPN'?"
    >>> did_you_mean("x", ["JPN", "DEU"])
    'known are JPN and DEU'
    """
    names = list(dict.fromkeys(str(label) for label in islice(known, search)))
    folded = {name.casefold(): name for name in names}
    near = get_close_matches(str(unknown).casefold(), folded, n=3, cutoff=0.6)
    if near:
        return f"did you mean {' or '.join(repr(folded[name]) for name in near)}?"
    shown = names if listing is None else list(dict.fromkeys(map(str, listing)))
    return f"known are {listed(shown)}" if shown else "there are none"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a part of a world or a file: where, what, and what to do."""

    where: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        """Return one paragraph."""
        return f"{self.where}: {self.message}" + (f" Hint: {self.hint}" if self.hint else "")


class CatenaryError(Exception):
    """Base class; `hint` says what to do next."""

    http_status: ClassVar[int] = 500
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint

    def __str__(self) -> str:
        """Return the message and, if there is one, the hint."""
        return f"{super().__str__()}\nHint: {self.hint}" if self.hint else super().__str__()


class DataError(CatenaryError, ValueError):
    """The world, or the content of a file, is wrong; `problems` lists everything found."""

    http_status, exit_code = 422, 3

    def __init__(self, message: str, *, hint: str = "", problems: Sequence[Problem] = ()) -> None:
        super().__init__(message, hint=hint)
        self.problems = tuple(problems)

    @classmethod
    def of(cls, problems: Sequence[Problem]) -> Self:
        """Build the error from problems: the first in full, the number of the others."""
        first, others = problems[0], len(problems) - 1
        more = f" (and {others:,} more; `catenary check` lists all)" if others else ""
        return cls(
            f"{first.where}: {first.message}{more}", hint=first.hint, problems=tuple(problems)
        )


class SchemaError(DataError):
    """A table, column or value breaks the schema."""


class UnknownLabelError(DataError):
    """An id refers to nothing."""

    @classmethod
    def among(cls, unknown: object, known: Iterable[object], *, kind: str) -> Self:
        """Build the error with the nearest known labels as hint."""
        return cls(f"unknown {kind} {unknown!r}", hint=did_you_mean(unknown, known))


class UnitError(DataError):
    """A quantity is in a unit that does not fit."""


class BalanceError(DataError):
    """An accounting identity does not hold."""


class MissingDataError(DataError):
    """An analysis needs a part the world lacks."""


class VersionError(DataError):
    """A file was written by a newer version of this program."""


class ScenarioError(DataError):
    """A scenario is misspelt, matches nothing or contradicts itself."""


class OptionError(CatenaryError, ValueError):
    """An argument is out of range."""

    http_status, exit_code = 400, 2


class ComputationError(CatenaryError, RuntimeError):
    """The question has no answer."""

    http_status, exit_code = 409, 4


class NoRouteError(ComputationError):
    """No way is open between two places; `passages` are the fewest that would join them."""

    def __init__(self, message: str, *, hint: str = "", passages: Sequence[str] = ()) -> None:
        super().__init__(message, hint=hint)
        self.passages = tuple(passages)


class SourceError(CatenaryError, OSError):
    """A file or another source cannot be read or written."""

    http_status, exit_code = 502, 5


class ArchiveError(SourceError):
    """A world file is truncated, foreign or unsafe to open."""
