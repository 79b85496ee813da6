"""`catenary exchange`: events of EPCIS validated, converted and hashed, file by file.

What asks for a store is in `storing`.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, TYPE_CHECKING, Any

import click

from catenary.cli.expecting import watch
from catenary.cli.serving import serve, token
from catenary.cli.showing import eyes, print_json
from catenary.cli.watching import told
from catenary.errors import CatenaryError, OptionError, SourceError
from catenary.languages import in_language, language, say
from catenary.model.progress import advance

if TYPE_CHECKING:
    from collections.abc import Iterator

    from catenary.exchange import Document, Finding

__all__ = [
    "EVERY",
    "Written",
    "exchange",
    "line_of",
    "opened_file",
    "refused",
    "size_of",
]

AS = click.option(
    "--as",
    "choice",
    type=click.Choice(["auto", "table", "json"]),
    default="auto",
    show_default=True,
    help="Table or JSON; auto: table on a terminal, JSON when piped.",
)
WORKERS = click.option(
    "--workers",
    type=click.IntRange(0),
    default=1,
    show_default=True,
    help="Processes that decode JSON; 0 = one for each core.",
)
FILES = click.argument("files", nargs=-1, required=True, metavar="FILE...")
EVERY = 1_000  # events between two looks at the clock


@click.group()
def exchange() -> None:
    """Share events: validate, convert, hash, capture and query events of EPCIS, in JSON or XML.

    FILE may be - for standard input. Every problem is listed with its event, field and rule; exit
    codes: 0 ok, 2 usage, 3 a file has errors, 5 a file cannot be read.
    """


def opened_file(name: str, *, whole: bool) -> Document:
    """Open a file, or standard input."""
    from catenary.exchange import opened  # noqa: PLC0415  quick start

    return opened(sys.stdin.buffer if name == "-" else name, whole=whole)


def size_of(name: str) -> int:
    """Return the bytes of a file; 0 where that is not known."""
    try:
        return 0 if name == "-" else Path(name).stat().st_size
    except OSError:
        return 0


class Written:
    """A list of JSON objects, written while it grows; nothing for eyes."""

    def __init__(self, choice: str) -> None:
        import msgspec  # noqa: PLC0415  quick start

        self.eyes = eyes(choice)
        self.between = ""
        self.encode = msgspec.json.encode

    def text(self, text: str) -> None:
        """Write a piece of JSON."""
        if not self.eyes:
            sys.stdout.write(text)

    def open(self, text: str) -> None:
        """Begin a file."""
        self.text(text)
        self.between = "\n"

    def row(self, row: dict[str, Any], line: str) -> None:
        """Write one row: an object for a program, a line for a person."""
        if self.eyes:
            print(line)
            return
        sys.stdout.write(self.between + self.encode(row).decode())
        self.between = ",\n"


class _Tally:
    """Counts what was found in a file."""

    def __init__(self) -> None:
        self.events = self.errors = self.warnings = 0
        self.code = 0

    def add(self, found: Finding) -> None:
        """Count one finding."""
        if found.level == "error":
            self.errors += 1
            self.code = max(self.code, 3)
        else:
            self.warnings += 1

    def told(self) -> str:
        """Return the counts in words."""
        if not self.errors and not self.warnings:
            return in_language(say("ok; {events} events", events=f"{self.events:,}"), language())
        sentence = say(
            "{errors} errors and {warnings} warnings in {events} events",
            errors=f"{self.errors:,}",
            warnings=f"{self.warnings:,}",
            events=f"{self.events:,}",
        )
        return in_language(sentence, language())


def line_of(name: str, found: Finding) -> str:
    """Return a finding as one line."""
    level = "" if found.level == "error" else "warning: "
    return f"{name}: {level}{found} [{found.rule}]"


def refused(error: CatenaryError) -> Finding:
    """Return what kept a file from being opened as a finding."""
    from catenary.exchange import Finding, LimitError  # noqa: PLC0415  quick start

    rule = "limit" if isinstance(error, LimitError) else "file"
    return Finding("file", str(error.args[0]), error.hint, rule=rule)


@exchange.command()
@FILES
@WORKERS
@AS
def validate(files: tuple[str, ...], workers: int, choice: str) -> int:
    """Check types, rules and identifiers of every event, and list every problem."""
    code = 0
    with told():
        out = Written(choice)
        out.text('{"files": [')
        for at, name in enumerate(files):
            tally = _Tally()
            out.open(f'{"," if at else ""}{{"file": {json.dumps(name)}, "findings": [')
            for found in _findings(name, workers, tally):
                tally.add(found)
                out.row(found.to_dict(), line_of(name, found))
            counts = f'"events": {tally.events}, "errors": {tally.errors}'
            out.text(f'], {counts}, "warnings": {tally.warnings}}}')
            if out.eyes:
                print(f"{name}: {tally.told()}")
            code = max(code, tally.code)
        out.text("]}\n")
    return code


def _findings(name: str, workers: int, tally: _Tally) -> Iterator[Finding]:
    from catenary.exchange.many import look  # noqa: PLC0415  quick start

    try:
        with opened_file(name, whole=workers != 1) as document:
            size = size_of(name)
            for one in look(document, workers=workers):
                tally.events += 1
                yield from one.findings
                if not tally.events % EVERY:
                    advance("bytes", document.progress(), size)
            yield from document.findings
    except CatenaryError as error:
        tally.code = max(tally.code, error.exit_code)
        yield refused(error)


@exchange.command("hash")
@FILES
@WORKERS
@AS
@click.option("--prehash", is_flag=True, help="Also the string of which the hash is taken.")
def hash_(files: tuple[str, ...], workers: int, choice: str, prehash: bool) -> int:  # noqa: FBT001
    """Print the event hash of CBV 2.0 of every event, the same for JSON and XML."""
    code = 0
    with told():
        out = Written(choice)
        out.text('{"files": [')
        for at, name in enumerate(files):
            tally = _Tally()
            out.open(f'{"," if at else ""}{{"file": {json.dumps(name)}, "events": [')
            for row, line in _hashes(name, workers, tally, prehash=prehash):
                out.row(row, line)
            code = max(code, tally.code)
            out.text("]}")
        out.text("]}\n")
    return code


def _hashes(
    name: str, workers: int, tally: _Tally, *, prehash: bool
) -> Iterator[tuple[dict[str, Any], str]]:
    from catenary.exchange.many import look  # noqa: PLC0415  quick start

    try:
        with opened_file(name, whole=True) as document:
            size = size_of(name)
            for one in look(document, hashes=True, strings=prehash, workers=workers):
                tally.events += 1
                row: dict[str, Any] = {"event": one.number, "event_id": one.event_id or None}
                row["hash"] = one.hash or None
                if prehash:
                    row["prehash"] = one.prehash or None
                for found in one.findings:
                    tally.add(found)
                row["findings"] = [found.to_dict() for found in one.findings]
                said = "".join(f"\n  {line_of(name, found)}" for found in one.findings)
                shown = f"\n  {one.prehash}" if one.prehash else ""
                yield row, f"{one.number}  {one.hash or '–'}{shown}{said}"
                if not tally.events % EVERY:
                    advance("bytes", document.progress(), size)
            broken = [one for one in document.findings if one.rule in {"json", "xml", "limit"}]
    except CatenaryError as error:
        tally.code = max(tally.code, error.exit_code)
        broken = [refused(error)]
    for found in broken:
        tally.add(found)
        yield {"event": None, "hash": None, "findings": [found.to_dict()]}, line_of(name, found)


@exchange.command("convert")
@FILES
@click.option(
    "--to", "kind", type=click.Choice(["json", "xml"]), required=True, help="Format to write."
)
@click.option(
    "-o", "--output", help="File, or for several files a folder; if not given, standard output."
)
def convert_(files: tuple[str, ...], kind: str, output: str | None) -> int:
    """Write files in the other format; reading them back gives the same events."""
    if len(files) > 1 and (output is None or Path(output).is_file()):
        raise OptionError(
            "several files need a folder to be written to", hint="give -o FOLDER, or one file"
        )
    code = 0
    with told():
        for name in files:
            try:
                _convert(name, kind, _target(name, kind, output, several=len(files) > 1))
            except CatenaryError as error:
                if len(files) == 1:
                    raise
                print(f"{name}: error: {error}", file=sys.stderr)
                code = max(code, error.exit_code)
    return code


def _target(name: str, kind: str, output: str | None, *, several: bool) -> Path | None:
    """Return the file to write; None = standard output."""
    if output is None or output == "-":
        return None
    path = Path(output)
    suffix = ".jsonld" if kind == "json" else ".xml"
    if several or path.is_dir():
        path = path / Path("events" if name == "-" else name).with_suffix(suffix).name
    if name != "-" and path.exists() and path.resolve() == Path(name).resolve():
        raise SourceError(f"{output!r} is what the command reads", hint="choose another name")
    return path


@contextmanager
def _writing(path: Path | None) -> Iterator[IO[bytes]]:
    """Give a file that appears only once it is whole."""
    if path is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        out = NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False)  # noqa: SIM115
    except OSError as error:
        raise SourceError(
            f"{path} cannot be written: {error.strerror}", hint="choose another place"
        ) from error
    try:
        with out:
            yield out
        Path(out.name).chmod(0o666 & ~_mask())
        Path(out.name).replace(path)
    except BaseException:
        Path(out.name).unlink(missing_ok=True)
        raise


def _mask() -> int:
    """Return which rights new files do not get."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _convert(name: str, kind: str, target: Path | None) -> None:
    from catenary.exchange import convert  # noqa: PLC0415  quick start

    said = 0

    def tell(found: Finding) -> None:
        nonlocal said
        said += 1
        if said <= 20:
            print(line_of(name, found), file=sys.stderr)

    with opened_file(name, whole=True) as document, _writing(target) as out:
        convert(document, "json" if kind == "json" else "xml", out, tell=tell)
    if said > 20:
        more = say("… and {more} more problems", more=f"{said - 20:,}")
        print(in_language(more, language()), file=sys.stderr)


@exchange.command()
def schema() -> None:
    """Print the JSON schema of events, for other programs."""
    from catenary.exchange.schema import json_schema  # noqa: PLC0415  quick start

    print_json(json_schema())


exchange.add_command(watch)
exchange.add_command(serve)
exchange.add_command(token)
