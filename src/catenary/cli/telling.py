"""`catenary show` and `catenary explain`: what there is, and where it is from."""

from __future__ import annotations

import inspect
import re
import sys
from pathlib import Path
from typing import Any

import pandas as pd

from catenary.cli.offered import catalogue
from catenary.cli.showing import eyes, print_frame, print_json, print_result
from catenary.errors import OptionError, did_you_mean
from catenary.languages import in_language
from catenary.model import MATRICES, SCHEMA, Matrix, Result, Scenario, World, Worlds
from catenary.model.labels import hint_for
from catenary.model.result import records
from catenary.model.schema import result_columns

__all__ = ["explain", "reader_options", "show"]


def _load(text: str) -> World | Worlds | Result:
    from catenary.catalogue import load  # noqa: PLC0415  quick start

    return load(text)


def _put(frame: pd.DataFrame, choice: str, *, title: str = "", rows: int = 200) -> None:
    if eyes(choice):
        print_frame(frame, title=title, rows=rows)
    else:
        print_json(records(frame))


def _parts(world: World) -> pd.DataFrame:
    rows = [
        {"part": name, "rows": len(table.index), "columns": len(table.frame.columns), "unit": ""}
        for name, table in world.tables.items()
    ]
    rows += [
        {"part": n, "rows": m.values.shape[0], "columns": m.values.shape[1], "unit": m.unit}
        for n, m in world.matrices.items()
    ]
    return pd.DataFrame(rows)


def _built_in() -> dict[str, Any]:
    from catenary import formats, worlds  # noqa: PLC0415  quick start

    return {
        "worlds": {name: list(worlds.world_names(name)) for name in worlds.NAMES},
        "scenarios": {
            name: {"world": worlds.scenario(name).world, "title": worlds.scenario(name).title}
            for name in worlds.scenarios()
        },
        "formats": formats.sources(),
        "analyses": {name: about["summary"] for name, about in catalogue().items()},
    }


def show(thing: str | None, part: str | None, choice: str, rows: int) -> None:
    """Print what is built in, a world, a result, or a part of either."""
    if thing is None:
        _show_built_in(choice)
        return
    opened = _load(thing)
    if isinstance(opened, Result):
        print_result(opened, choice=choice, table=part, rows=rows)
    elif isinstance(opened, Worlds):
        _show_worlds(thing, opened, part, choice)
    elif part is None:
        _show_world(opened, choice)
    elif part in opened.matrices:
        _show_matrix(opened.matrix(part), choice, rows)
    else:
        _show_table(opened, part, choice, rows)


def _show_built_in(choice: str) -> None:
    content = _built_in()
    if not eyes(choice):
        print_json(content)
        return
    for name, labels in content["worlds"].items():
        several = ", ".join(f"{name}:{label}" for label in labels)
        print(f"world     {name}" + (f": {several}" if several else ""))
    for name, about in content["scenarios"].items():
        print(f"scenario  {name} (for {about['world']}): {about['title']}")
    print(f"formats   {', '.join(content['formats'])}")


def _show_worlds(name: str, opened: Worlds, part: str | None, choice: str) -> None:
    if part is not None:
        labels = ", ".join(f"{name}:{label}" for label in opened)
        raise OptionError(f"{name!r} holds several worlds", hint=f"show one of {labels}")
    frames = [_parts(world).assign(world=label) for label, world in opened.items()]
    joined = pd.concat(frames, ignore_index=True)
    wide = joined.pivot_table(index="part", columns="world", values="rows", sort=False)
    wide = wide.astype("Int64").reset_index()
    _put(wide, choice, title=f"{name}: {len(opened)} worlds, rows of each part")


def _show_world(world: World, choice: str) -> None:
    _put(_parts(world), choice, title=f"{world.name}, digest {world.digest}")
    if eyes(choice):
        for warning in world.warnings:
            print(f"note: {warning}")


def _show_matrix(matrix: Matrix, choice: str, rows: int) -> None:
    frame = pd.DataFrame(matrix.dense, matrix.rows, matrix.columns)
    frame = frame.iloc[:, :8] if eyes(choice) else frame
    _put(frame.rename_axis(matrix.unit).reset_index(), choice, rows=rows)


def _show_table(world: World, name: str, choice: str, rows: int) -> None:
    frame = world.table(name).reset_index()
    if eyes(choice):
        filled = [c for c in frame if not frame[c].isna().all() and not (frame[c] == "").all()]
        frame = frame[filled].drop(columns=["note"], errors="ignore")
    _put(frame, choice, title=name, rows=rows)


def reader_options(source: str, given: tuple[str, ...]) -> dict[str, Any]:
    """Turn `--year 2011` into what the reader of a format asks for."""
    from catenary.formats import read, reader_of  # noqa: PLC0415  quick start

    signature = inspect.signature(reader_of(source))
    known = {n: p for n, p in signature.parameters.items() if p.kind is p.KEYWORD_ONLY}
    if "year" in known:
        known["years"] = inspect.signature(read).parameters["years"]
    options: dict[str, Any] = {}
    words = [
        part for word in given for part in (word.split("=", 1) if word[:2] == "--" else [word])
    ]
    for flag, value in zip(words[::2], [*words[1::2], None], strict=False):
        name = flag.removeprefix("--").replace("-", "_")
        if not flag.startswith("--") or name not in known:
            hint = did_you_mean(flag, [f"--{n}" for n in known]) if known else "it takes none"
            raise OptionError(f"source {source!r} has no option {flag!r}", hint=hint)
        if value is None:
            raise OptionError(f"{flag} has no value", hint=f"write {flag} VALUE")
        whole = "int" in str(known[name].annotation)
        if whole and not re.fullmatch(r"-?[0-9]{1,9}", value):
            raise OptionError(f"{flag} is {value[:40]!r}", hint="give a whole number")
        options[name] = int(value) if whole else value
    return options


def explain(topic: str, row: str | None, choice: str) -> None:
    """Print what an analysis, column, scenario, world or row is."""
    from catenary import worlds  # noqa: PLC0415  quick start

    table, _, column = topic.partition(".")
    if topic in catalogue():
        _analysis(catalogue()[topic], choice)
    elif table in SCHEMA and (not column or column in SCHEMA[table]):
        _columns(table, column, choice)
    elif topic in MATRICES:
        axis = MATRICES[topic]
        rows_of = f"rows: {axis.rows or 'labels of its own'}; columns: {axis.columns}"
        print(f"{topic}: {axis.description} ({rows_of}; unit {axis.unit}) {axis.zh}")
    elif found := _of_results(topic):
        _put(pd.DataFrame(found), choice)
    elif topic in worlds.scenarios() or topic.endswith(".toml"):
        scenario = Scenario.read(topic) if topic.endswith(".toml") else worlds.scenario(topic)
        _scenario(scenario, choice)
    else:
        opened = _opened(topic)
        if isinstance(opened, Result):
            print_json(opened.run.to_dict())
        elif isinstance(opened, Worlds):
            _worlds(topic, opened, row, choice)
        elif row is not None:
            _row(opened, row, choice)
        else:
            _world(opened, choice)


def _opened(topic: str) -> World | Worlds | Result:
    """Return what a topic that is no name of ours opens."""
    from catenary import worlds  # noqa: PLC0415  quick start

    try:
        return _load(topic)
    except OSError as error:
        if Path(topic).exists():  # it is there, and cannot be opened: say why
            raise
        known = [*catalogue(), *SCHEMA, *MATRICES, *worlds.scenarios(), *worlds.NAMES]
        raise OptionError(
            f"there is nothing to explain called {topic!r}", hint=did_you_mean(topic, known)
        ) from error


def _columns(table: str, column: str, choice: str) -> None:
    rows = [SCHEMA[table][column]] if column else list(SCHEMA[table].values())
    _put(
        pd.DataFrame(
            {
                "column": c.where, "type": c.type, "unit": c.unit, "default": c.default,
                "refers to": c.refers_to, "description": c.description, "zh": c.zh,
            }
            for c in rows
        ),
        choice,
    )  # fmt: skip


def _of_results(topic: str) -> list[dict[str, str]]:
    """Return columns of results (ANALYSIS.TABLE, .COLUMN or .TABLE.COLUMN), or terms."""
    analysis, _, rest = topic.partition(".")
    found = [
        {
            "column": f"{analysis}.{column.where}", "unit": column.unit,
            "description": column.description, "zh": column.zh,
        }
        for table, columns in result_columns(analysis).items()
        for name, column in columns.items()
        if rest in (table, name, f"{table}.{name}")
    ]  # fmt: skip
    return found or _terms(topic)


def _terms(topic: str) -> list[dict[str, str]]:
    """Return what a term of a decomposition of exports means, by method."""
    from catenary.report.value_added import TERMS  # noqa: PLC0415  quick start

    return [
        {
            "term": topic, "method": methods,
            "description": in_language(terms[topic], "en"), "zh": in_language(terms[topic], "zh"),
        }
        for methods, terms in TERMS.items()
        if topic in terms
    ]  # fmt: skip


def _analysis(about: dict[str, Any], choice: str) -> None:
    if not eyes(choice):
        print_json(about)
        return
    print(f"{about['name']} ({about['verb']}): {about['summary']}\n\n{about['description']}\n")
    print(f"world: {about['world']}")
    for option in about["options"]:
        default = "" if option["default"] in (None, "") else f" (default {option['default']})"
        unit = f" [{option['unit']}]" if option.get("unit") else ""
        print(f"  {option['name']}{unit}: {option['description']}{default}")
    for table, columns in about["tables"].items():
        print(f"result table {table}:")
        for column in columns:
            unit = f" [{column['unit']}]" if column["unit"] else ""
            print(f"  {column['name']}{unit}: {column['description']}")


def _scenario(scenario: Scenario, choice: str) -> None:
    if not eyes(choice):
        print_json(scenario.to_dict())
        return
    print(f"{scenario.name}: {scenario.title}\n{scenario.description}".rstrip())
    for place, change in enumerate(scenario.changes):
        until = "for ever" if change.days is None else f"for {change.days:g} days"
        recovery = change.recovery
        back = "" if recovery is None else f", then {recovery.curve} over {recovery.days:g} days"
        where = ", ".join(f"{k} = {v}" for k, v in change.where.items()) or "everywhere"
        print(
            f"{place + 1}. {change.kind}: {change.target} {change.operation} {change.value:g} "
            f"where {where}, from day {change.start:g} {until}{back}"
            + (f" [{change.source}]" if change.source else "")
        )
        if change.note:
            print(f"   {change.note}")
    for source in scenario.sources:
        words = source.get("statement") or source.get("title", "")
        print(f"[{source.get('id')}] {source.get('kind', 'fact')}: {words} {source.get('url', '')}")


def _worlds(topic: str, opened: Worlds, row: str | None, choice: str) -> None:
    labels = list(opened)
    if row is None and eyes(choice):
        print(
            f"{topic} holds {len(labels)} worlds: {', '.join(labels)}. Where they differ, nobody "
            "knows better: run both and read the difference as what is not known."
        )
    first = opened[labels[0]]
    if row is not None:
        _row(first, row, choice)
    else:
        _world(first, choice)


def _world(world: World, choice: str) -> None:
    if "sources" not in world:
        print(f"{world.name}: {world!r}; it names no sources")
        return
    sources = world.table("sources")
    counts = sources["kind"].value_counts()
    cited = [
        {
            "part": name,
            "rows": len(table.index),
            "with a source": int(table.frame["source"].notna().sum()),
        }
        for name, table in world.tables.items()
        if "source" in table.frame
    ]
    if not eyes(choice):
        print_json(
            {
                "world": repr(world),
                "warnings": list(world.warnings),
                "sources": records(sources.reset_index()),
            }
        )
        return
    print(f"{world.name}: {world!r}")
    print("sources: " + ", ".join(f"{count} of kind {kind}" for kind, count in counts.items()))
    print_frame(pd.DataFrame(cited), rows=50)
    assumed = sources[sources["kind"] == "assumption"]
    if len(assumed):
        print("\nassumptions:")
        for label, one in assumed.iterrows():
            print(f"  [{label}] {one['statement']}")
    for warning in world.warnings:
        print(f"note: {warning}")


def _row(world: World, row: str, choice: str) -> None:
    found = [n for n, t in world.tables.items() if row in t.index and n != "sources"]
    if not found:
        known = [
            label
            for n in ("producers", "products", "regions")
            if n in world
            for label in world.ids(n)
        ]
        raise OptionError(
            f"no row of this world is called {row!r}", hint=hint_for(row, known, table="regions")
        )
    for table in found:
        _row_of(world, table, row, choice)
    sys.stdout.flush()


def _row_of(world: World, table: str, row: str, choice: str) -> None:
    given: dict[str, Any] = {str(k): v for k, v in world.table(table).loc[row].items()}
    values = {name: v for name, v in given.items() if not (pd.isna(v) or v == "")}
    source = None
    if "source" in values:
        source = records(world.table("sources").loc[[values["source"]]])[0]
    claims = pd.DataFrame()
    if "claims" in world:
        every = world.table("claims")
        claims = every[(every["table"] == table) & (every["row"] == row)]
    told = records(claims)
    if not eyes(choice):
        print_json({"table": table, "row": {"id": row, **values}, "source": source, "claims": told})
        return
    print(f"{row} ({table})")
    for name, value in values.items():
        about = SCHEMA[table].get(name)
        unit = f" {about.unit}" if about is not None and about.unit else ""
        print(f"  {name}: {value}{unit}" + (f"  ({about.description})" if about else ""))
    if source is not None:
        print(
            f"  from: {source['title']}; {source['publisher']} ({source['kind']}) {source['url']}"
        )
        if source["statement"]:
            print(f"  which states: {source['statement']}")
    for claim in told:
        mark = "chosen" if claim["chosen"] else "not chosen"
        year = "" if claim["year"] is None else int(claim["year"])
        print(
            f"  claim ({mark}): {claim['column']} = {claim['value']:g}, {claim['measure']} "
            f"{year} [{claim['source']}] {claim['note']}".rstrip()
        )
