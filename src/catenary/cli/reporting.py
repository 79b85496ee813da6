"""`catenary report`: a result as a page that anybody can open."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from catenary.languages import in_language, language, say

__all__ = ["report"]


@click.command()
@click.argument("result")
@click.option("-o", "--output", help="Name of the page, NAME.html; if not given, RESULT.html here.")
@click.option("--open", "opened", is_flag=True, help="Open the page in a browser.")
@click.option(
    "--places",
    help="CSV file with names and places of regions: columns id, en, zh, shape, lon, lat.",
)
def report(result: str, output: str | None, places: str | None, *, opened: bool) -> None:
    """Make a page of a saved result: one HTML file that anybody can open, offline.

    RESULT is a file saved with `-o NAME.result`. The page shows the answer in words, maps, charts
    and tables in English and Chinese (--lang says which first), and how to reproduce it.
    """
    from catenary.cli.commands import load_result, spare  # noqa: PLC0415  quick start
    from catenary.report import report as report_of  # noqa: PLC0415

    name = output or f"{Path(result).stem}.html"
    spare(name, result, places)
    page = report_of(load_result(result), lang=language(), places=places).save(name)
    told = say("wrote {output}", output=name)
    print(in_language(told, language()), file=sys.stderr)
    if opened:
        import webbrowser  # noqa: PLC0415  few pages are opened at once

        webbrowser.open(page.resolve().as_uri())
