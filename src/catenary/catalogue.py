"""Every analysis by name, and what each takes and gives, read off its signature.

`python -m catenary.catalogue` writes `catalogue.json`, which is all that `catenary --help` reads.
"""

from __future__ import annotations

import inspect
import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_args, get_origin

from catenary.errors import CatenaryError, OptionError, SourceError, did_you_mean, listed
from catenary.formats import archive, folder
from catenary.model import Result, Scenario, World, Worlds
from catenary.model.analysis import Number, bare, options_of
from catenary.model.schema import result_columns
from catenary.worlds import NAMES
from catenary.worlds import load as built_in

__all__ = ["ANALYSES", "RESULTS", "describe", "load", "save"]

_WHERE: Final = {
    "border_carbon": "catenary.economy",
    "budgets": "catenary.economy",
    "chokepoints": "catenary.logistics",
    "complexity": "catenary.economy",
    "concentration": "catenary.economy",
    "congestion": "catenary.logistics",
    "cooperate": "catenary.studies.alone_or_together",
    "counterfactual": "catenary.trade",
    "decomposition": "catenary.economy",
    "distances": "catenary.logistics",
    "emissions": "catenary.logistics",
    "exposure": "catenary.economy",
    "extraction": "catenary.economy",
    "facilitation": "catenary.trade",
    "footprint": "catenary.economy",
    "gravity": "catenary.trade",
    "index": "catenary.studies.country_index",
    "linkages": "catenary.economy",
    "links": "catenary.logistics",
    "measures": "catenary.planning",
    "modes": "catenary.logistics",
    "partners": "catenary.economy",
    "plan": "catenary.studies.plans",
    "port_energy": "catenary.logistics",
    "position": "catenary.economy",
    "predictability": "catenary.trade",
    "resilience": "catenary.studies.before_and_after",
    "routes": "catenary.logistics",
    "sourcing": "catenary.planning",
    "stages": "catenary.economy",
    "stocks": "catenary.planning",
    "stress": "catenary.disruption",
    "suppliers": "catenary.planning",
    "support": "catenary.studies.supports",
    "upgrades": "catenary.logistics",
    "value_added": "catenary.economy",
    "volatility": "catenary.trade",
}


class _Functions(Mapping[str, "Callable[..., Result]"]):
    """Analyses that load when they are first asked for."""

    def __getitem__(self, analysis: str) -> Callable[..., Result]:
        found: Callable[..., Result] = getattr(import_module(_WHERE[analysis]), analysis)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(_WHERE)

    def __len__(self) -> int:
        return len(_WHERE)


ANALYSES: Final[Mapping[str, Callable[..., Result]]] = _Functions()
"""Every analysis by name."""


class _Classes(Mapping[str, "type[Result]"]):
    """Classes that load when they are first asked for."""

    _where: Final = {
        "border_carbon": ("catenary.economy", "BorderCarbon"),
        "budgets": ("catenary.economy", "Budgets"),
        "chokepoints": ("catenary.logistics", "Chokepoints"),
        "compare": ("catenary.studies.compare", "Comparison"),
        "complexity": ("catenary.economy", "Complexities"),
        "concentration": ("catenary.economy", "Concentration"),
        "congestion": ("catenary.logistics", "Congestion"),
        "cooperate": ("catenary.studies.alone_or_together", "Cooperation"),
        "counterfactual": ("catenary.trade", "Counterfactual"),
        "decomposition": ("catenary.economy", "Decomposition"),
        "distances": ("catenary.logistics", "Distances"),
        "emissions": ("catenary.logistics", "Emissions"),
        "ensemble": ("catenary.studies.ensembles", "Ensemble"),
        "exposure": ("catenary.economy", "Exposure"),
        "extraction": ("catenary.economy", "Extraction"),
        "facilitation": ("catenary.trade", "Facilitation"),
        "footprint": ("catenary.economy", "Footprint"),
        "gravity": ("catenary.trade", "Gravity"),
        "index": ("catenary.studies.country_index", "Index"),
        "linkages": ("catenary.economy", "Linkages"),
        "links": ("catenary.logistics", "Links"),
        "measures": ("catenary.planning", "Measures"),
        "modes": ("catenary.logistics", "Modes"),
        "partners": ("catenary.economy", "Partners"),
        "plan": ("catenary.studies.plans", "Plan"),
        "port_energy": ("catenary.logistics", "PortEnergy"),
        "position": ("catenary.economy", "Position"),
        "predictability": ("catenary.trade", "Predictability"),
        "resilience": ("catenary.studies.before_and_after", "Resilience"),
        "routes": ("catenary.logistics", "Routes"),
        "sourcing": ("catenary.planning", "Sourcing"),
        "stages": ("catenary.economy", "Stages"),
        "stocks": ("catenary.planning", "Stocks"),
        "stress": ("catenary.disruption", "Stress"),
        "suppliers": ("catenary.planning", "Suppliers"),
        "support": ("catenary.studies.supports", "Support"),
        "upgrades": ("catenary.logistics", "Upgrades"),
        "value_added": ("catenary.economy", "ValueAdded"),
        "volatility": ("catenary.trade", "Volatility"),
        "watch": ("catenary.exchange.flows", "EarlyWarning"),
    }

    def __getitem__(self, analysis: str) -> type[Result]:
        module, name = self._where[analysis]
        found: type[Result] = getattr(import_module(module), name)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._where)

    def __len__(self) -> int:
        return len(self._where)


RESULTS: Final[Mapping[str, type[Result]]] = _Classes()
"""The class of each analysis' result."""

FILE: Final = Path(__file__).parent / "catalogue.json"


def load(name_or_path: str | Path) -> World | Worlds | Result:
    """Open a built-in world, a saved world or result, or a folder.

    Parameters
    ----------
    name_or_path
        `chains` or `sea`; a file or folder; either with `:label` for one of several worlds, such as
        `chains:pooled`.

    Raises
    ------
    SourceError
        If there is nothing of that name.
    DataError
        If what is there is wrong.

    Examples
    --------
    >>> load("chains:pooled").name
    'chains:pooled'
    """
    try:
        return _found(str(name_or_path))
    except (OSError, ValueError) as error:
        if isinstance(error, CatenaryError) or (
            isinstance(error, ValueError) and "null" not in str(error)  # in a path: a null byte
        ):
            raise
        reason = getattr(error, "strerror", None) or str(error)
        raise SourceError(
            f"cannot open {str(name_or_path)[:80]!r}: {reason}",
            hint="give a file or folder that exists and that you may read",
        ) from None


def _found(text: str) -> World | Worlds | Result:
    if not text.strip():
        raise SourceError(
            "the name of a world or result is blank", hint='give a name or path; "." is this folder'
        )
    if Path(text).exists():
        return _opened(Path(text))
    name, _, label = text.rpartition(":")
    if name and (Path(name).exists() or name in NAMES):
        several = _opened(Path(name)) if Path(name).exists() else built_in(name)
        if not isinstance(several, Worlds):
            raise SourceError(
                f"{name!r} holds one world, so there is no {label!r} in it", hint=f"use {name!r}"
            )
        return several[label]
    if text in NAMES:
        return built_in(text)
    beside = sorted(p.name for p in Path(text).absolute().parent.glob("*") if p.name[0] != ".")
    raise SourceError(
        f"there is no file, folder or built-in world {text!r}",
        hint=did_you_mean(text, [*NAMES, *beside]),
    )


def _opened(path: Path) -> World | Worlds | Result:
    if path.is_dir():
        return folder.read(path)
    if not archive.is_archive(path):
        try:
            with path.open("rb"):
                kind = path.suffix or "a file without a suffix"
        except OSError as error:
            raise SourceError(
                f"cannot open {str(path)!r}: {error.strerror or error}",
                hint="check who may read it",
            ) from None
        raise SourceError(
            f"{str(path)!r} is no saved world or result (it looks like {kind})",
            hint="open a folder of tables, or read another format with `catenary read SOURCE PATH`",
        )
    if archive.holds(path) == "result":
        return archive.read_result(path, RESULTS)
    return archive.open_world(path)


_OTHERS: Final = {".csv", ".json", ".parquet", ".toml", ".xlsx", ".xls", ".txt", ".md", ".html"}


def check_suffix(path: Path) -> None:
    """Refuse names of files that a saved world or result is not.

    Raises
    ------
    OptionError
        If other programs would take it for one of theirs.
    """
    if path.suffix.lower() in _OTHERS:
        raise OptionError(
            f"{str(path)!r} would not be a {path.suffix[1:]} file",
            hint="a saved world is NAME.world, a result NAME.result, a folder has no suffix; "
            "`catenary export` writes CSV, Parquet and JSON",
        )


def save(thing: World | Worlds | Result, path: str | Path) -> None:
    """Save a world or result: to one file, or a world to a folder if the name has no suffix.

    Raises
    ------
    SourceError
        If it cannot be written; what was there before stays.
    """
    if not isinstance(path, str | Path):
        raise OptionError(f"the path to save to is {path!r}", hint="give a text or a Path")
    target = Path(path)
    check_suffix(target)
    if isinstance(thing, Result):
        archive.save_result(thing, target)
    elif isinstance(thing, World) and not target.suffix:
        folder.save(thing, target)
    elif isinstance(thing, World | Worlds):
        archive.save_world(thing, target)
    else:
        raise SourceError(
            f"a {type(thing).__name__} cannot be saved", hint="give a World, Worlds or a Result"
        )


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _option(name: str, annotation: Any, default: Any, words: str) -> dict[str, Any]:
    about: dict[str, Any] = {
        "name": name,
        "description": words,
        "required": default is inspect.Parameter.empty,
        "default": None if default is inspect.Parameter.empty else default,
    }
    annotation = bare(annotation)
    if get_origin(annotation) is Annotated:
        kind, number, *_ = get_args(annotation)
        about |= {"type": "integer" if kind is int else "number"}
        if isinstance(number, Number):
            about |= {"unit": number.unit, "least": _finite(number.least)}
            about |= {"most": _finite(number.most)}
    elif get_origin(annotation) is Literal:
        about |= {"type": "choice", "choices": list(get_args(annotation))}
    elif get_origin(annotation) is tuple:
        about |= {"type": "scenarios", "default": None}
    else:
        kinds = {Scenario: "scenario", str: "text", bool: "flag"}
        plain = next((a for a in get_args(annotation) if a is not type(None)), annotation)
        about["type"] = kinds[plain]
    return about


def _parameters(doc: str) -> dict[str, str]:
    """Return the descriptions in the section Parameters of a numpydoc docstring."""
    section = re.search(r"Parameters\n-+\n(.*?)(?=\n\n\w+\n-+\n|\Z)", doc, re.DOTALL)
    found: dict[str, str] = {}
    name = ""
    for line in (section[1] if section else "").splitlines():
        if line and not line.startswith(" "):
            name = line.strip()
            found[name] = ""
        elif name:
            found[name] = f"{found[name]} {line.strip()}".strip()
    return found


def describe(name: str) -> dict[str, Any]:
    """Return what is known of an analysis as plain data: options, results, words."""
    function = ANALYSES[name]
    doc = inspect.cleandoc(function.__doc__ or "")
    words = _parameters(doc)
    summary, _, rest = doc.partition("\n")
    return {
        "name": name,
        "verb": function.verb,  # type: ignore[attr-defined]
        "summary": summary,
        "description": rest.split("\nParameters\n")[0].strip(),
        "world": words.get("world", words.get("worlds", "")),
        "options": [
            _option(option, annotation, default, words.get(option, ""))
            for option, (annotation, default) in options_of(function).items()
        ],
        "tables": {
            table: [
                {
                    "name": c.name,
                    "type": c.type,
                    "unit": c.unit,
                    "description": c.description,
                    "zh": c.zh,
                }
                for c in columns.values()
            ]
            for table, columns in result_columns(name).items()
        },
    }


def text() -> str:
    """Return the catalogue as JSON."""
    content = {"analyses": [describe(name) for name in sorted(ANALYSES)]}
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
    print(f"wrote {FILE.name}: {listed(ANALYSES)}")  # noqa: T201
