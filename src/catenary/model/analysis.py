"""What makes a function an analysis: checked options, a record of the run, worlds of worlds."""

from __future__ import annotations

import functools
import inspect
import math
import re
import time
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Concatenate,
    Final,
    Literal,
    ParamSpec,
    TypeVar,
    cast,
    get_args,
    get_origin,
    overload,
)

from catenary.errors import OptionError, did_you_mean
from catenary.languages import recognised, say
from catenary.model.result import Result, Run
from catenary.model.scenario import Scenario
from catenary.model.schema import LARGEST
from catenary.model.world import World, Worlds, over

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeAlias

__all__ = [
    "Days",
    "Number",
    "Share",
    "Verb",
    "analysis",
    "bare",
    "checked",
    "options_of",
    "warnings_of",
]

Verb = Literal["see", "stress", "strengthen", "share"]
R = TypeVar("R", bound=Result)
P = ParamSpec("P")

if TYPE_CHECKING:
    Analysis: TypeAlias = Callable[Concatenate[World | Worlds, P], R]


@dataclass(frozen=True, slots=True)
class Number:
    """Unit and bounds of an option."""

    unit: str
    least: float = -math.inf
    most: float = math.inf


Days = Annotated[float, Number("day", 0)]
Share = Annotated[float, Number("share", 0, 1)]


def options_of(function: Callable[..., Any]) -> dict[str, tuple[Any, Any]]:
    """Return the keyword-only parameters: name → annotation, default (`inspect._empty`: none)."""
    hints = inspect.get_annotations(inspect.unwrap(function), eval_str=True)
    return {
        p.name: (hints[p.name], p.default)
        for p in inspect.signature(inspect.unwrap(function)).parameters.values()
        if p.kind is p.KEYWORD_ONLY
    }


def bare(annotation: Any) -> Any:
    """Return an annotation without `| None`, if one other is left.

    Examples
    --------
    >>> bare(int | None), bare(str)
    (<class 'int'>, <class 'str'>)
    """
    others = [one for one in get_args(annotation) if one is not type(None)]
    optional = type(None) in get_args(annotation) and get_origin(annotation) is not Literal
    return others[0] if optional and len(others) == 1 else annotation


def _checked(name: str, value: Any, annotation: Any, doc: str = "") -> Any:
    """Return an option's value, or say what it has to be."""
    if value is None and type(None) in get_args(annotation):
        return None
    annotation = bare(annotation)
    if get_origin(annotation) is Annotated:
        kind, number, *_ = get_args(annotation)
        if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
            raise OptionError(f"{name} is {value!r}", hint=f"give a number in {number.unit}")
        least, most = max(number.least, -LARGEST), min(number.most, LARGEST)
        if not least <= value <= most:
            raise OptionError(
                f"{name} is {value:g} {number.unit}",
                hint=f"give {least:g} to {most:g} {number.unit}",
            )
        if kind is int and int(value) != value:
            raise OptionError(f"{name} is {value:g}", hint="give a whole number")
        return kind(value)
    if get_origin(annotation) is Literal:
        if value not in get_args(annotation):
            hint = did_you_mean(value, get_args(annotation))
            raise OptionError(f"{name} has no choice {value!r}", hint=hint)
        return value
    if get_origin(annotation) is tuple:
        several = tuple(value) if isinstance(value, list | tuple) else (value,)
        return tuple(_checked(name, one, get_args(annotation)[0], doc) for one in several)
    kind = next((a for a in get_args(annotation) if a is not type(None)), annotation)
    if isinstance(kind, type) and not isinstance(value, kind):
        hint = (
            "read one with catenary.Scenario.read(path) or catenary.scenario(name)"
            if kind is Scenario
            else f"give a text, {name}={_quoted(value)}: {_meaning(doc, name) or 'a name'}"
            if kind is str
            else f"give a {kind.__name__}"
        )
        raise OptionError(f"{name} is {value!r}", hint=hint)
    return value


def checked(
    analysis: str,
    parameters: Mapping[str, tuple[Any, Any]],
    given: Mapping[str, Any],
    doc: str = "",
) -> dict[str, Any]:
    """Return every option checked; what was not given has its default."""
    for name in given:
        if name not in parameters:
            hint = did_you_mean(name, parameters)
            raise OptionError(f"{analysis} has no option {name!r}", hint=hint)
    for name, (_, default) in parameters.items():
        if name not in given and default is inspect.Parameter.empty:
            raise OptionError(
                f"{analysis} needs the option {name!r}", hint=f"call {analysis}(world, {name}=…)"
            )
    for name, (annotation, default) in parameters.items():
        told = _meaning(doc, name) if given.get(name, default) is None else ""
        if told and not _may_be_blank(annotation):
            unit = next(
                (
                    f" in {one.unit}"
                    for one in get_args(annotation)[1:]
                    if isinstance(one, Number) and one.unit
                ),
                "",
            )
            hint = f"give {name}{unit}: {told}"
            raise OptionError(f"{name} is not given", hint=hint)
    return {
        name: _checked(name, given.get(name, default), annotation, doc)
        for name, (annotation, default) in parameters.items()
    }


def _quoted(value: Any) -> str:
    """Return how a value that is no text may be written as one: a pair as its numbers."""
    several = isinstance(value, list | tuple) and all(
        isinstance(v, str | int | float) for v in value
    )
    if several or isinstance(value, int | float):
        return f'"{",".join(map(str, value)) if several else value}"'
    return '"…"'


def _may_be_blank(annotation: Any) -> bool:
    return type(None) in get_args(annotation)


def _meaning(doc: str, name: str) -> str:
    """Return what a docstring says of an option; "The same" is what it says of the one before."""
    told = ""
    pattern = r"^(\w+)\n((?: {4}.*\n?)+)"
    for option, text in re.findall(pattern, inspect.cleandoc(doc), re.MULTILINE):
        words = " ".join(text.split()).removesuffix(".")
        if words != "The same":
            told = (
                words[:1].lower() + words[1:]
                if words[1:2].islower() or words[1:2] == " "
                else words
            )
        if option == name:
            return told
    return ""


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return value.to_dict() if isinstance(value, Scenario) else value


def _named(thing: object) -> str:
    if not isinstance(thing, World):
        return type(thing).__name__
    return f"the World {thing.name!r}" if thing.name else "one World"


def warnings_of(world: World | Worlds) -> tuple[str, ...]:
    """Return what a world warns of, or several with their labels."""
    if isinstance(world, World):
        return world.warnings
    return tuple(
        say("{label}: {text}", label=label, text=recognised(warning))
        for label, one in world.items()
        for warning in one.warnings
    )


def _version() -> str:
    try:
        return version("catenary")
    except PackageNotFoundError:  # run from a source tree
        return "unknown"


VERSION: Final = _version()


@overload
def analysis(verb: Verb) -> Callable[[Callable[Concatenate[World, P], R]], Analysis[P, R]]: ...


@overload
def analysis(
    verb: Verb, *, together: Literal[True]
) -> Callable[[Callable[Concatenate[Worlds, P], R]], Analysis[P, R]]: ...


def analysis(
    verb: Verb, *, together: bool = False
) -> Callable[[Callable[Concatenate[Any, P], R]], Analysis[P, R]]:
    """Make a function from a world to a result an analysis of the catalogue.

    The function gets checked options; its result gets the record of the run. Given `Worlds`, it
    runs on each, and the tables gain the column `world`.

    Parameters
    ----------
    verb
        Which of the four it belongs to.
    together
        Whether the function needs all of several worlds at once, such as two years to compare; it
        then gets the `Worlds` themselves.
    """

    def decorate(function: Callable[Concatenate[Any, P], R]) -> Analysis[P, R]:
        parameters: dict[str, tuple[Any, Any]] = {}

        @functools.wraps(function)
        def run(world: World | Worlds, /, *nothing: P.args, **given: P.kwargs) -> R:
            if nothing:
                raise OptionError(
                    f"{function.__name__} takes only the world without a name",
                    hint="give every option by name, as in days=365",
                )
            if not parameters:
                parameters.update(options_of(function))
            options = checked(function.__name__, parameters, given, function.__doc__ or "")
            if isinstance(world, Worlds) and not together:
                return over(world, run, **options)
            if not isinstance(world, Worlds if together else World):
                raise OptionError(
                    f"{function.__name__} got {_named(world)} instead of "
                    + ("several worlds, such as years of one table" if together else "a World"),
                    hint="join worlds with catenary.Worlds({label: world, …}), or "
                    "read years with years='1995,2011'"
                    if together
                    else "load one with catenary.load(name or path)",
                )
            began = time.perf_counter()
            result = cast("Callable[..., R]", function)(world, **options)
            record = Run(
                analysis=function.__name__,
                options={name: _plain(value) for name, value in options.items()},
                world=world.digest,
                world_name=world.name,
                version=VERSION,
                warnings=(*result.run.warnings, *warnings_of(world)),
                seconds=time.perf_counter() - began,
            )
            return replace(result, run=record)

        run.verb = verb  # type: ignore[attr-defined]
        return run

    return decorate
