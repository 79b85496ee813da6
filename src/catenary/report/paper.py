"""The report of a result, to save or to show in a notebook."""

from __future__ import annotations

import html
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catenary.errors import OptionError
from catenary.formats.places import read_places
from catenary.formats.saving import whole_file
from catenary.languages import LANGUAGES
from catenary.model import Result
from catenary.model.analysis import VERSION
from catenary.report.building import document_of
from catenary.report.page import ASSETS, html_of
from catenary.report.places import default_places

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.resources.abc import Traversable

__all__ = ["Report", "report"]


@dataclass(frozen=True)
class Report:
    """A page: `save` writes it, a notebook shows it.

    Parameters
    ----------
    document
        What the page shows, as plain data in every language.
    assets
        Folder of the drawing code.
    """

    document: Mapping[str, Any]
    assets: Traversable = ASSETS

    @cached_property
    def html(self) -> str:
        """The page as one HTML file that fetches nothing.

        Raises
        ------
        SourceError
            If the drawing code is not built.
        """
        return html_of(self.document, VERSION, self.assets)

    def save(self, path: str | Path) -> Path:
        """Write the page to a file; an earlier report there is replaced, nothing else.

        Raises
        ------
        SourceError
            If it cannot be written, or would replace something else; nothing is changed then.
        OptionError
            If the name does not end in .html or .htm.
        """
        target = Path(path)
        if target.suffix.lower() not in (".html", ".htm"):
            raise OptionError(f"{str(path)!r} is no name of a page", hint="give NAME.html")
        with whole_file(target, "report") as file:
            file.write(self.html.encode())
        return target

    def _repr_html_(self) -> str:
        """Return the page in a frame of its own, for notebooks."""
        inside = html.escape(self.html)
        return (
            f'<iframe srcdoc="{inside}" sandbox="allow-scripts allow-downloads" '
            f'style="width: 100%; height: 48rem; border: 1px solid #ccc" title="catenary"></iframe>'
        )


def report(result: Result, *, lang: str | None = None, places: str | Path | None = None) -> Report:
    """Make a page of a result: the answer in words, maps, charts, tables, how to reproduce it.

    Parameters
    ----------
    result
        Any result.
    lang
        Language shown first, en or zh; None: as the environment says. The reader can change it.
    places
        CSV file that replaces names and places of regions; columns id, en, zh, shape, lon, lat.

    Returns
    -------
    Report
        The page; `save(path)` writes it.

    Raises
    ------
    OptionError
        If that is no result, or no language we know.
    SourceError
        If the file of places cannot be read.
    DataError
        If it is wrong.

    Examples
    --------
    >>> import catenary
    >>> from catenary.testing import two_regions
    >>> page = catenary.report(catenary.footprint(two_regions()), lang="zh")
    >>> page.document["title"]["zh"]
    '足迹'
    """
    if not isinstance(result, Result):
        raise OptionError(
            f"report got {type(result).__name__} instead of a Result", hint="give a result"
        )
    if lang is not None and lang not in LANGUAGES:
        raise OptionError(f"there is no language {lang!r}", hint=f"give {' or '.join(LANGUAGES)}")
    known = default_places()
    if places is not None:
        known = known.changed(read_places(Path(places)))
    return Report(document_of(result, lang=lang, places=known))
