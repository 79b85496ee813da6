"""The commands: those that the catalogue makes, and the few that are written."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from catenary.cli import measuring
from catenary.errors import OptionError, SourceError, did_you_mean
from catenary.languages import in_language, language, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from catenary.model import Result, Scenario, World, Worlds

__all__ = [
    "analysis_command",
    "check",
    "compare",
    "explain",
    "export",
    "load_result",
    "may_save",
    "read",
    "save_result",
    "show",
    "spare",
]


def _seen(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say how a result is shown."""
    for option in (
        click.option(
            "--rows",
            type=click.IntRange(1),
            default=10,
            show_default=True,
            help="Rows of a table to print.",
        ),
        click.option("--table", help="Print only this table of the result."),
        click.option(
            "--as",
            "choice",
            type=click.Choice(["auto", "table", "json"]),
            default="auto",
            show_default=True,
            help="Table or JSON; auto: table on a terminal, JSON when piped.",
        ),
    ):
        function = option(function)
    return function


def _kind(option: dict[str, Any]) -> click.ParamType[Any]:
    if option["type"] == "choice":
        return click.Choice(option["choices"])
    if option["type"] == "integer":
        return click.IntRange(option.get("least"), option.get("most"))
    if option["type"] == "number":
        return click.FloatRange(option.get("least"), option.get("most"))
    return click.STRING


def _scenario(text: str) -> Scenario:
    """Return a scenario from a file, or a built-in one by name."""
    from catenary.model import Scenario  # noqa: PLC0415  quick start
    from catenary.worlds import scenario, scenarios  # noqa: PLC0415

    if text.endswith(".toml") or (len(text) < 200 and Path(text).is_file()):
        return Scenario.read(text)
    if text not in scenarios():
        raise OptionError(
            f"there is no scenario {text!r}",
            hint=f"{did_you_mean(text, scenarios())}; or give the path of a TOML file",
        )
    return scenario(text)


def _read_scenarios(about: dict[str, Any], options: dict[str, Any]) -> list[str]:
    """Put scenarios in the place of their names among the options; return the names."""
    names: list[str] = []
    for option in about["options"]:
        name = option["name"]
        if option["type"] == "scenario" and options[name] is not None:
            names.append(options[name])
            options[name] = _scenario(options[name])
        elif option["type"] == "scenarios":
            names += options[name]
            options[name] = tuple(map(_scenario, options[name]))
    return names


def _world(text: str) -> World | Worlds:
    from catenary.catalogue import load  # noqa: PLC0415  quick start
    from catenary.model import Result  # noqa: PLC0415

    world = load(text)
    if isinstance(world, Result):
        raise SourceError(f"{text!r} is a result, not a world", hint="give a world")
    return world


def _single(opened: World | Worlds, text: str) -> World:
    """Return the one world that is meant."""
    from catenary.model import Worlds  # noqa: PLC0415  quick start

    if isinstance(opened, Worlds):
        raise OptionError(
            f"{text!r} holds several worlds, and an ensemble runs in one",
            hint=f"give one of {', '.join(f'{text}:{label}' for label in opened)}",
        )
    return opened


def load_result(text: str) -> Result:
    """Return a saved result."""
    from catenary.catalogue import load  # noqa: PLC0415  quick start
    from catenary.model import Result  # noqa: PLC0415

    result = load(text)
    if not isinstance(result, Result):
        raise SourceError(
            f"{text!r} is a world, not a result", hint="save a result with `-o NAME.result` first"
        )
    return result


def spare(output: str | None, *inputs: str | None) -> None:
    """Refuse to write over what a command reads."""
    if output is None:
        return
    if not output.strip():
        raise OptionError("the name to save to is blank", hint="give -o NAME.result")
    target = Path(os.path.realpath(output))
    for given in filter(None, inputs):
        for name in (given, given.rpartition(":")[0]):
            source = Path(os.path.realpath(name)) if name else target.parent.parent
            if name and source.exists() and (source == target or target in source.parents):
                raise SourceError(
                    f"{output!r} is or holds what the command reads",
                    hint="choose another name; nothing was changed",
                )


def may_save(output: str | None) -> None:
    """Refuse a place for a result before hours of work."""
    if output is not None:
        from catenary.catalogue import check_suffix  # noqa: PLC0415  quick start
        from catenary.formats.saving import refuse  # noqa: PLC0415

        path = Path(output)
        if path.suffix != ".json":
            check_suffix(path)
        refuse(path, "result", file=bool(path.suffix))


def save_result(result: Result, output: str | None) -> None:
    """Save a result where the user asked for it."""
    if output is None:
        return
    if Path(output).suffix == ".json":
        _export(result, Path(output), "json")
    elif not Path(output).suffix:
        _export(result, Path(output), "csv")
    else:
        from catenary.catalogue import save  # noqa: PLC0415  quick start

        save(result, output)
    _say(say("saved the full result in {output}", output=output))


def _say(message: str) -> None:
    print(in_language(message, language()), file=sys.stderr)


def _is_given(name: str) -> bool:
    """Return whether an option was written by the user."""
    source = click.get_current_context().get_parameter_source(name)
    return source not in (None, click.core.ParameterSource.DEFAULT)


def _parameter(option: dict[str, Any]) -> click.Parameter:
    """Make the argument or option of a command from an option of an analysis."""
    if option["type"] == "scenario" and option["required"]:
        return click.Argument([option["name"]], required=False)
    if option["type"] == "scenarios":
        return click.Argument([option["name"]], nargs=-1)
    if option["type"] == "flag":
        name = option["name"].replace("_", "-")
        both = f"--{name}/--no-{name}" if option["default"] else f"--{name}"
        return click.Option(
            [both, option["name"]], default=option["default"], is_flag=True,
            help=option["description"],
        )  # fmt: skip
    unit = f" [{option['unit']}]" if option.get("unit") else ""
    return click.Option(
        [f"--{option['name'].replace('_', '-')}", option["name"]],
        type=_kind(option),
        default=option["default"],
        show_default=option["default"] not in (None, ""),
        help=option["description"] + unit,
    )


def analysis_command(about: dict[str, Any]) -> click.Command:
    """Make the command of one analysis from what the catalogue says of it."""
    name = about["name"]
    named = [o for o in about["options"] if o["type"] == "scenario"]
    extra: list[click.Parameter] = []
    if name == "stress":
        from catenary.cli.ensembles import OPTIONS  # noqa: PLC0415  quick start

        extra = OPTIONS
    writing = measuring.OPTIONS if name == "measures" else []

    def run(
        world: str, output: str | None, choice: str, table: str | None, rows: int, **options: Any
    ) -> None:
        from catenary import catalogue  # noqa: PLC0415  quick start
        from catenary.cli.showing import print_result, warn  # noqa: PLC0415
        from catenary.cli.watching import told  # noqa: PLC0415

        many = {o.name: options.pop(str(o.name)) for o in extra}
        wanted = options.pop("write", None)
        if many:
            from catenary.cli import ensembles  # noqa: PLC0415  brings what compiles loops

            if not ensembles.asked_for(many):
                ensembles.refuse_alone(filter(_is_given, map(str, many)))
        needed = [options[option["name"]] for option in named if option["required"]]
        if needed and needed[0] is None and not (many and many["family"]):
            raise OptionError(
                f"{name} needs a SCENARIO",
                hint="give the name of a built-in one (`catenary show`) or a TOML file"
                + (", or --family" if many else ""),
            )
        scenarios = _read_scenarios(about, options)
        opened = _world(world)
        spare(output, world, *scenarios)
        may_save(output)
        written = measuring.writer(wanted, opened, world, options)
        with told():
            if many and ensembles.asked_for(many):
                scenario = options.pop("scenario")
                result = ensembles.run(_single(opened, world), scenario, output, many, **options)
            else:
                result = catalogue.ANALYSES[name](opened, **options)
        save_result(result, output)  # before anybody may stop reading
        written()
        if many:
            ensembles.saved()
        warn(result.run.warnings)
        print_result(result, choice=choice, table=table, rows=rows, saved=output is not None)

    parameters = [click.Argument(["world"]), *map(_parameter, about["options"]), *extra, *writing]
    help_ = f"{about['summary']}\n\n{about['description']}\n\nWORLD: {about['world']}"
    if any(o["type"] in ("scenario", "scenarios") for o in about["options"]):
        help_ += "\n\nSCENARIO: a built-in name (`catenary show` lists them) or a TOML file."
    command = click.Command(name, callback=_seen(run), params=parameters, help=help_)
    command.params += getattr(run, "__click_params__", [])[::-1]
    command.params.append(
        click.Option(
            ["-o", "--output"],
            help="Save the full result: NAME.result, NAME.json, or a folder of CSV files.",
        )
    )
    return command


@click.command()
@click.argument("thing", required=False)
@click.argument("part", required=False)
@_seen
def show(thing: str | None, part: str | None, choice: str, table: str | None, rows: int) -> None:
    """Show a world, a result or one of their tables; alone: what is built in.

    THING is a world or a saved result; PART a table or matrix of it.
    """
    from catenary.cli import telling  # noqa: PLC0415  quick start

    telling.show(thing, part or table, choice, rows)


@click.command()
@click.argument("topic")
@click.argument("row", required=False)
@click.option("--as", "choice", type=click.Choice(["auto", "table", "json"]), default="auto")
def explain(topic: str, row: str | None, choice: str) -> None:
    """Explain an analysis, a column, a scenario, a world or a number in it.

    TOPIC: stress; producers.capacity; exposure.ends; DAVAX; tohoku-2011; chains. ROW: the id of a
    row of a world, such as JPN.semiconductors.silicon_wafers: its numbers, where each is from, and
    what else is claimed.
    """
    from catenary.cli import telling  # noqa: PLC0415  quick start

    telling.explain(topic, row, choice)


@click.command()
@click.argument("things", nargs=-1, required=True)
@click.option("--world", help="World in which scenarios are checked.")
def check(things: tuple[str, ...], world: str | None) -> int:
    """Check worlds and scenarios and list every problem at once.

    THINGS are folders, saved worlds, built-in names or scenario files (TOML). A scenario is
    checked against --world, or the built-in world it names.
    """
    from catenary.cli import checking  # noqa: PLC0415  quick start

    return max([checking.check(thing, world) for thing in things])


@click.command()
@click.argument("a")
@click.argument("b")
@click.option("-o", "--output", help="Save the comparison.")
@_seen
def compare(a: str, b: str, output: str | None, choice: str, table: str | None, rows: int) -> None:
    """Compare two saved results, number by number."""
    from catenary.cli.showing import print_result, warn  # noqa: PLC0415  quick start
    from catenary.studies import compare as compared  # noqa: PLC0415

    spare(output, a, b)
    may_save(output)
    result = compared(load_result(a), load_result(b))
    save_result(result, output)
    warn(result.run.warnings)
    print_result(result, choice=choice, table=table, rows=rows, saved=output is not None)


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("source")
@click.argument("path")
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
@click.option("-o", "--output", required=True, help="File (NAME.world) or folder to save to.")
def read(source: str, path: str, options: tuple[str, ...], output: str) -> None:
    """Read a table in another format and save it as a world.

    SOURCE is a format (`catenary show` lists them), PATH the file or folder. Formats take options
    of their own: --year 2011, --years 1995,2011 (several worlds in one file), --database icio.
    """
    from catenary.catalogue import save  # noqa: PLC0415  quick start
    from catenary.cli.showing import warn  # noqa: PLC0415
    from catenary.cli.telling import reader_options  # noqa: PLC0415
    from catenary.formats import read as read_from  # noqa: PLC0415
    from catenary.model.analysis import warnings_of  # noqa: PLC0415

    spare(output, path)
    world: World | Worlds = read_from(source, path, **reader_options(source, options))
    warn(warnings_of(world))
    save(world, output)
    _say(say("saved {world} in {output}", world=repr(world), output=output))


@click.command()
@click.argument("thing")
@click.argument("path")
@click.option(
    "--as", "kind", type=click.Choice(["csv", "parquet", "json"]), default="csv", show_default=True
)
def export(thing: str, path: str, kind: str) -> None:
    """Write a world or result to the folder PATH, one file per table (json: to one file)."""
    from catenary.catalogue import load  # noqa: PLC0415  quick start
    from catenary.model import Worlds  # noqa: PLC0415

    spare(path, thing)
    loaded = load(thing)
    if isinstance(loaded, Worlds):
        raise OptionError(
            f"{thing!r} holds several worlds",
            hint=f"export one of them: {', '.join(f'{thing}:{label}' for label in loaded)}",
        )
    _export(loaded, Path(path), kind)
    _say(say("wrote {output}", output=path))


def _export(thing: World | Result, path: Path, kind: str) -> None:
    from catenary.formats import tables  # noqa: PLC0415  quick start

    tables.write(thing, path, kind)
