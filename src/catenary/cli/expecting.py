"""`catenary exchange watch`: which shipments are late, and of which an event is missing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from catenary.cli.watching import told

if TYPE_CHECKING:
    from catenary.model import World

__all__ = ["watch"]


def _world(name: str | None) -> World | None:
    """Return the world where prices stand."""
    if name is None:
        return None
    from catenary.catalogue import load  # noqa: PLC0415  quick start
    from catenary.errors import OptionError  # noqa: PLC0415
    from catenary.model import World  # noqa: PLC0415

    found = load(name)
    if not isinstance(found, World):
        raise OptionError(f"{name!r} is no single world", hint="give one world, as in NAME:LABEL")
    return found


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--now", required=True, help="Time to look from, with its offset: 2026-03-01T12:00:00Z."
)
@click.option(
    "--least",
    type=click.IntRange(1),
    default=5,
    show_default=True,
    help="Deliveries from which lead times of a link and product are used; else coarser ones.",
)
@click.option("--world", help="World in which prices of products stand.")
@click.option("--rows", type=click.IntRange(1), default=10, show_default=True)
@click.option("--table", help="Print only this table of the result.")
@click.option(
    "--as",
    "choice",
    type=click.Choice(["auto", "table", "json"]),
    default="auto",
    show_default=True,
    help="Table or JSON; auto: table on a terminal, JSON when piped.",
)
@click.option(
    "-o", "--output", help="Save the result: NAME.result, NAME.json, or a folder of CSV files."
)
def watch(
    files: tuple[str, ...], now: str, least: int, world: str | None, output: str | None, **seen: Any
) -> None:
    """List shipments that are late, and movements of which an event is missing.

    A shipment is late from the days on that nine of ten deliveries before it kept. FILE is a
    document or a folder of documents; `-` is standard input.
    """
    import sys  # noqa: PLC0415  quick start

    from catenary.cli.commands import may_save, save_result, spare  # noqa: PLC0415
    from catenary.cli.showing import print_result, warn  # noqa: PLC0415
    from catenary.exchange.flows import Shipments  # noqa: PLC0415
    from catenary.exchange.flows import watch as watched  # noqa: PLC0415
    from catenary.exchange.flows.source import files_of  # noqa: PLC0415

    spare(output, *files, world)
    may_save(output)
    with told(), Shipments() as shipments:
        for name in files:
            if name == "-":
                shipments.add_file(sys.stdin.buffer)
            else:
                for path in files_of(Path(name)):
                    shipments.add_file(path)
        result = watched(shipments, now=now, least=least, world=_world(world))
    save_result(result, output)
    warn(result.run.warnings)
    print_result(result, **seen, saved=output is not None)
