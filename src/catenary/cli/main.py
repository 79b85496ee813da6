"""`catenary VERB …`: the catalogue as commands; errors as one paragraph and an exit code."""

from __future__ import annotations

import os
import signal
import sys
import threading
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any, Final

import click

from catenary.cli.offered import catalogue
from catenary.errors import CatenaryError, DataError, did_you_mean
from catenary.languages import LANGUAGES, in_language, language, recognised, say, speaking

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["main"]

PANELS: Final = {
    "see": say("See who depends on whom"),
    "stress": say("Stress: what breaks, when, where, for how long"),
    "strengthen": say("Strengthen: what a change is worth"),
    "share": say("Share: worlds in and out"),
}
_WRITTEN: Final = {  # commands that no analysis makes: panel, one line
    "show": (
        "see",
        say("Show a world, a result or one of their tables; alone: what is built in."),
    ),
    "explain": (
        "see",
        say("Explain an analysis, a column, a scenario, a world or a number in it."),
    ),
    "report": ("see", say("Make a page of a saved result that anybody can open, offline.")),
    "compare": ("strengthen", say("Compare two saved results, number by number.")),
    "check": ("share", say("Check a world or scenario and list every problem at once.")),
    "exchange": ("share", say("Validate, convert, hash, capture and query events of EPCIS.")),
    "read": ("share", say("Read a table in another format and save it as a world.")),
    "export": ("share", say("Write a world or result as CSV, Parquet or JSON files.")),
}


def _speak(_: click.Context, __: click.Parameter, name: str | None) -> None:
    if name is not None:
        speaking(name)


def _language_option() -> click.Option:
    """Return the option that every command has."""
    return click.Option(
        ["--lang"],
        type=click.Choice(LANGUAGES),
        expose_value=False,
        is_eager=True,
        callback=_speak,
        help="Language of words and headings; if not given, as LC_ALL or LANG say.",
    )


class _Panels(click.Group):
    """Commands in four panels, made when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return [*catalogue(), *_WRITTEN]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name in catalogue():
            from catenary.cli.commands import analysis_command  # noqa: PLC0415  quick start

            command = analysis_command(catalogue()[cmd_name])
        elif cmd_name == "report":
            from catenary.cli.reporting import report as command  # noqa: PLC0415  quick start
        elif cmd_name == "exchange":
            from catenary.cli.storing import exchange as command  # noqa: PLC0415  quick start
        elif cmd_name in _WRITTEN:
            from catenary.cli import commands  # noqa: PLC0415  quick start

            command = getattr(commands, cmd_name)
        else:
            return None
        below = command.commands.values() if isinstance(command, click.Group) else ()
        for one in (command, *below):
            if all(known.name != "lang" for known in one.params):
                one.params.append(_language_option())
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0] if args else ""
        if name and not name.startswith("-") and name not in self.list_commands(ctx):
            hint = did_you_mean(name, self.list_commands(ctx))
            raise click.UsageError(f"there is no command {name!r}\nHint: {hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        spoken = language()
        lines: dict[str, list[tuple[str, str]]] = {panel: [] for panel in PANELS}
        for name, about in catalogue().items():
            lines[about["verb"]].append((name, recognised(about["summary"]).in_(spoken)))
        for name, (panel, words) in _WRITTEN.items():
            lines[panel].append((name, words.in_(spoken)))
        for panel, title in PANELS.items():
            with formatter.section(in_language(title, spoken)):
                formatter.write_dl(lines[panel])


@click.command(
    cls=_Panels,
    context_settings={"help_option_names": ["-h", "--help"]},
    params=[_language_option()],
)
@click.version_option(package_name="catenary", message="catenary %(version)s")
def cli() -> None:
    """See, stress, strengthen and share supply chains.

    WORLD is a built-in world (chains, chains:pooled, sea), a file that catenary saved, or a folder
    of CSV or Parquet tables. Data go to stdout: a table on a terminal, JSON when piped. Exit codes:
    0 ok, 2 usage, 3 data, 4 no answer, 5 source.
    """


def _say(message: str) -> None:
    print(f"error: {message}", file=sys.stderr)


def _stop(*_: object) -> None:
    """End as Ctrl-C does, so that nothing half-written stays."""
    raise KeyboardInterrupt


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code."""
    speaking(None)
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
    for stream in (sys.stdout, sys.stderr):  # a terminal that knows only ASCII shows ? for others
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    if threading.current_thread() is threading.main_thread():
        for end in ("SIGTERM", "SIGHUP"):  # ended, or the terminal was closed
            if hasattr(signal, end):
                signal.signal(getattr(signal, end), _stop)
    try:
        return _run(lambda: cli.main(args=argv, prog_name="catenary", standalone_mode=False))
    except BrokenPipeError:  # whoever read the output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    finally:
        speaking(None)


def _told(error: Exception) -> int:
    """Say what went wrong in one paragraph; return the exit code of its kind."""
    if isinstance(error, click.ClickException):
        context = getattr(error, "ctx", None)
        hint = f"\nHint: `{context.command_path} --help` lists what it takes" if context else ""
        message = error.format_message()
        _say(message + ("" if "Hint:" in message else hint))
        return 2
    if isinstance(error, CatenaryError):
        _say(str(error))
        if isinstance(error, DataError):
            for problem in error.problems[1:20]:
                print(f"  also {problem}", file=sys.stderr)
        return error.exit_code
    if isinstance(error, MemoryError):
        _say("not enough memory for this world and these options\nHint: run fewer days")
        return 4
    if isinstance(error, OSError):  # the disk that output is sent to is full, for example
        _say(f"cannot write: {error.strerror or error}\nHint: choose another place for the output")
        return 5
    _say(
        f"a fault of catenary, not of yours: {type(error).__name__}: {error}\n"
        "Hint: please report it; CATENARY_TRACEBACK=1 shows where it happened"
    )
    return 1


def _run(command: Callable[[], Any]) -> int:
    try:
        code = command()
        sys.stdout.flush()
    except (click.exceptions.Abort, KeyboardInterrupt):
        ensembles = sys.modules.get("catenary.cli.ensembles")  # not to import it now
        kept = 0 if ensembles is None else ensembles.kept()
        _say(
            f"interrupted; {kept} finished batches are kept, and the same command will go on there"
            if kept
            else "interrupted; nothing was saved"
        )
        return 130
    except BrokenPipeError:
        raise
    except Exception as error:
        if os.environ.get("CATENARY_TRACEBACK"):
            raise
        return _told(error)
    return int(code or 0)


if __name__ == "__main__":
    sys.exit(main())
