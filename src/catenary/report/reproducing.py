"""What was run, in words, as TOML, and how to run it again."""

from __future__ import annotations

import inspect
import shlex
from typing import TYPE_CHECKING, Any

from catenary.catalogue import ANALYSES
from catenary.languages import clauses, recognised, say
from catenary.model.analysis import options_of
from catenary.model.writing import is_bare, toml_value
from catenary.model.writing import toml as toml_of
from catenary.report.document import Section, code, told_table, words
from catenary.worlds import NAMES, scenario, scenarios

if TYPE_CHECKING:
    from collections.abc import Mapping

    from catenary.model import Run

__all__ = ["again", "scenario_sections", "title_of", "toml_of"]

_SCENARIOS = ("scenario", "measures")
_SEVERAL = "scenarios"


def title_of(run: Run) -> str:
    """Return what was asked, in a few words."""
    given = run.options.get("scenario")
    if not given:
        several = run.options.get("scenarios") or []
        if len(several) == 1:
            return recognised(several[0].get("title") or several[0]["name"])
        return say("{count:,} scenarios", count=len(several)) if several else run.analysis
    return recognised(given.get("title") or given["name"])


def _where(where: Mapping[str, Any]) -> str:
    if not where:
        return say("everywhere")
    return say("where {where}", where=", ".join(f"{k} = {toml_value(v)}" for k, v in where.items()))


def _change(change: Mapping[str, Any]) -> str:
    """Return one change in words."""
    operation = next(o for o in ("multiply", "set", "add") if o in change)
    value = change[operation]
    days, recovery = change.get("days"), change.get("recovery") or {}
    what = {
        "multiply": say("{target} × {value:g}", target=change["target"], value=value),
        "set": say("{target} = {value:g}", target=change["target"], value=value),
        "add": say("{target} + {value:g}", target=change["target"], value=value),
    }[operation]
    back = recovery.get("days") or len(recovery.get("values", ()))
    parts: list[str] = [
        what,
        _where(change.get("where", {})),
        say("from day {day:g}", day=change.get("start", 0)),
        say("for ever") if days is None else say("for {days:g} days", days=days),
    ]
    if recovery:
        curve = recovery.get("curve", "linear")
        parts.append(say("then back over {days:g} days ({curve})", days=back, curve=curve))
    if change.get("uncertain"):
        drawn = ", ".join(change["uncertain"])
        parts.append(say("uncertain: {what}", what=drawn))
    return clauses(parts)


def scenario_sections(run: Run) -> list[Section]:
    """Return the scenario and the measures of a run in words and as TOML."""
    found = []
    titles = {"scenario": say("The scenario"), "measures": say("The measures")}
    given = [(k, run.options.get(k)) for k in _SCENARIOS]
    given = [(k, one) for k, one in given if not isinstance(one, str)]  # measures by name
    several = run.options.get("scenarios") or []
    given += [("scenario", one) for one in several[:3]]
    for number, (key, one) in enumerate((k, v) for k, v in given if v):
        told: list[str] = [recognised(one.get("title") or one["name"])]
        told += [recognised(one["description"].strip())] if one.get("description") else []
        for change in one.get("changes", ()):
            told.append(_change(change))
            told += [recognised(change["note"])] if change.get("note") else []
        place = f"{key}-{number}" if number else key
        found.append(words(place, titles[key], told))
        title = say("{title} as a file", title=titles[key])
        found.append(code(f"{place}-toml", title, "toml", toml_of(one), folded=True))
    return found


def _changed(run: Run) -> dict[str, Any]:
    """Return the options that are not what they are when nobody says anything."""
    if run.analysis not in ANALYSES:
        return {}
    usual = {name: default for name, (_, default) in options_of(ANALYSES[run.analysis]).items()}
    return {
        name: value
        for name, value in run.options.items()
        if name in usual
        and name != _SEVERAL
        and (name not in _SCENARIOS or isinstance(value, str))
        and value != usual[name]
    }


def _scenario_name(given: Mapping[str, Any]) -> tuple[str, str]:
    """Return what to call a scenario on the command line and in Python."""
    name = str(given["name"])
    if name in scenarios() and scenario(name).to_dict() == given:
        return name, f"catenary.scenario({name!r})"
    file = f"{name}.toml" if is_bare(name) else "scenario.toml"
    return file, f"catenary.Scenario.read({file!r})"


def _is_positional(analysis: str, option: str) -> bool:
    """Return whether a scenario stands on the command line without the name of its option."""
    if analysis not in ANALYSES:
        return option == "scenario"
    usual = options_of(ANALYSES[analysis])
    return option in usual and usual[option][1] is inspect.Parameter.empty


def _option(name: str, value: Any) -> str:
    """Return an option as the command line takes it: a flag has no value."""
    called = name.replace("_", "-")
    if isinstance(value, bool):
        return f"--{called}" if value else f"--no-{called}"
    return f"--{called} {shlex.quote(str(value))}"


def again(run: Run, *, several: bool) -> list[Section]:
    """Return how to run an analysis again: a command, a few lines of Python, the record."""
    known = run.world_name.partition(":")[0] if several else run.world_name
    built_in = known.partition(":")[0] in NAMES
    world = known if built_in else "my.world"
    options = _changed(run)
    command, python = ["catenary", run.analysis, world], [f"catenary.load({world!r})"]
    for key in _SCENARIOS:
        if run.options.get(key) and not isinstance(run.options[key], str):
            name, called = _scenario_name(run.options[key])
            command += [name] if _is_positional(run.analysis, key) else [f"--{key}", name]
            python.append(f"{key}={called}")
    if run.analysis in ANALYSES and run.options.get(_SEVERAL):
        every = [_scenario_name(one) for one in run.options[_SEVERAL]]
        command[3:3] = [shlex.quote(name) for name, _ in every]
        python.append(f"scenarios=({', '.join(called for _, called in every)},)")
    command += [_option(name, value) for name, value in options.items()]
    python += [f"{name}={value!r}" for name, value in options.items()]
    told = [
        say("catenary {version}, world {name}, digest {digest}.", version=run.version or "–",
            name=run.world_name or "–", digest=run.world or "–"),
        say("The same version, world and options give the same numbers."),
    ]  # fmt: skip
    if not built_in:
        told.append(say("The world of this result came from a file; my.world stands for it here."))
    found = [words("again", say("How to reproduce it"), told)]
    if run.analysis in ANALYSES:
        line = " ".join(command)
        shell = f"{line} -o my.result\ncatenary report my.result -o my.html\n"
        found.append(code("again-command", say("At the command line"), "console", shell))
        inside = ",\n    ".join(python)
        text = (
            f"import catenary\n\nresult = catenary.{run.analysis}(\n    {inside},\n)\n"
            'catenary.report(result).save("my.html")\n'
        )
        found.append(code("again-python", say("In Python"), "python", text, folded=True))
    rows = [
        [name, say("as above") if name in _SCENARIOS and value else _shown(value)]
        for name, value in run.options.items()
        if name not in (_SEVERAL, "a", "b")
    ]
    if rows:
        columns = [(say("option"), ""), (say("value"), "")]
        title = say("Every option")
        found.append(told_table("options", title, columns, rows, folded=True))
    return found


def _shown(value: Any) -> str:
    return "–" if value is None else value if isinstance(value, str) else toml_value(value)
