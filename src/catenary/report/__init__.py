"""One result becomes one page that anybody can open: `catenary.report(result)`.

The page is one HTML file with everything inside: the answer in words, maps, charts and tables in
English and Chinese, how to reproduce it. `catenary.report` is a package that can be called.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

from catenary.report.paper import Report, report

if TYPE_CHECKING:
    from catenary.model import Result

__all__ = ["Report", "report"]


class _Callable(ModuleType):
    """A package that is a function as well, so that its name means one thing."""

    def __call__(self, result: Result, **options: Any) -> Report:
        """Return the page of a result; see `report`."""
        return report(result, **options)


sys.modules[__name__].__class__ = _Callable
