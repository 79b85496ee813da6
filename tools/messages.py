"""Keep the Chinese messages in step with what the program says; `make messages`.

Every text in `say("…")` of the Python sources, every summary in catalogue.json, every name of a
product, passage or vessel of a built-in world and every title of a built-in scenario is a message;
so is every `t("…")` in web/src, whose Chinese stands in web/messages/zh.json. Without options, the
catalogue gains what is new, marked as missing, and loses what nobody says; `--check` lists what is
missing, fuzzy or has other gaps than the English, and fails if there is anything.
"""

from __future__ import annotations

import argparse
import ast
import csv
import json
import re
import string
import sys
import tomllib
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

ROOT: Final = Path(__file__).resolve().parent.parent
SOURCES: Final = ROOT / "src" / "catenary"
CATALOGUE: Final = SOURCES / "languages" / "zh" / "LC_MESSAGES" / "catenary.po"
WEB: Final = ROOT / "web"
_WEB_CALL: Final = re.compile(r"""(?<![\w.])t\(\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')""")


def said() -> dict[str, list[str]]:
    """Return message → files that say it."""
    found: dict[str, list[str]] = {}
    for path in sorted(SOURCES.rglob("*.py")):
        place = path.relative_to(ROOT).as_posix()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = node.func if isinstance(node, ast.Call) else None
            if isinstance(called, ast.Name) and called.id == "say" and isinstance(node, ast.Call):
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    found.setdefault(first.value, []).append(place)
    content = json.loads((SOURCES / "catalogue.json").read_text(encoding="utf-8"))
    for one in content["analyses"]:
        found.setdefault(one["summary"], []).append("src/catenary/catalogue.json")
    for name, place in _named().items():
        found.setdefault(name, []).append(place)
    return {message: list(dict.fromkeys(places)) for message, places in found.items()}


def _named() -> dict[str, str]:
    """Return the names that built-in worlds and scenarios bring: name → file."""
    found: dict[str, str] = {}
    kinds = ("stages", "passages", "passages_*", "vessels")
    for path in sorted(p for kind in kinds for p in (SOURCES / "worlds").glob(f"*/{kind}.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            found |= {
                row["name"]: path.relative_to(ROOT).as_posix() for row in csv.DictReader(file)
            }
    for path in sorted((SOURCES / "worlds" / "scenarios").glob("*.toml")):
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        found[content["title"]] = path.relative_to(ROOT).as_posix()
    return found


def said_in_web() -> list[str]:
    """Return the messages of the drawing code."""
    texts = [path.read_text(encoding="utf-8") for path in sorted((WEB / "src").rglob("*.ts"))]
    return [str(ast.literal_eval(call)) for text in texts for call in _WEB_CALL.findall(text)]


def gaps(text: str) -> set[tuple[str, str]]:
    """Return the names and formats of the gaps of a message."""
    return {(f, spec or "") for _, f, spec, _ in string.Formatter().parse(text) if f is not None}


def _gaps_of_web(text: str) -> set[str]:
    return set(re.findall(r"\{\w+\}", text))


def problems() -> list[str]:
    """Return everything that is wrong with the Chinese messages."""
    with CATALOGUE.open("rb") as file:
        known = {str(one.id): one for one in read_po(file, locale="zh") if one.id}
    found = []
    for message, places in said().items():
        one = known.get(message)
        where = f"{places[0]}: {message!r}"
        if one is None or not one.string:
            found.append(f"{where} has no Chinese")
        elif one.fuzzy:
            found.append(f"{where}: its Chinese is marked fuzzy")
        elif gaps(message) != gaps(str(one.string)):
            found.append(f"{where}: the gaps of its Chinese differ: {one.string!r}")
    found += [
        f"{message!r} is translated, and nobody says it" for message in set(known) - {*said()}
    ]
    words = WEB / "messages" / "zh.json"
    web = json.loads(words.read_text(encoding="utf-8")) if words.exists() else {}
    for message in said_in_web():
        if not web.get(message):
            found.append(f"web/src: {message!r} has no Chinese")
        elif _gaps_of_web(message) != _gaps_of_web(web[message]):
            found.append(f"web/src: {message!r}: the gaps of its Chinese differ: {web[message]!r}")
    return found


def renew() -> int:
    """Write the catalogue anew; return how many messages lack their Chinese."""
    old = {}
    if CATALOGUE.exists():
        with CATALOGUE.open("rb") as file:
            old = {str(one.id): str(one.string) for one in read_po(file, locale="zh") if one.id}
    about = "# What catenary says, in Chinese; tools/messages.py keeps it in step with the sources."
    catalogue = Catalog(locale="zh", header_comment=about, fuzzy=False, charset="utf-8")
    for message, places in sorted(said().items(), key=lambda item: (item[1], item[0])):
        catalogue.add(message, old.get(message, ""), locations=[(p, 0) for p in places])
    with CATALOGUE.open("wb") as file:
        write_po(file, catalogue, width=100, include_lineno=False, omit_header=False)
    lines = CATALOGUE.read_text(encoding="utf-8").splitlines(keepends=True)
    dated = (
        "POT-Creation-Date", "PO-Revision-Date", "Generated-By", "Language-Team", "Last-Translator",
        "Project-Id-Version", "Report-Msgid-Bugs-To",
    )  # fmt: skip
    kept = [line for line in lines if not line.startswith(tuple(f'"{word}' for word in dated))]
    CATALOGUE.write_text("".join(kept), encoding="utf-8")
    return sum(not old.get(message) for message in said())


def main() -> int:
    """Renew or check the catalogue."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    if not parser.parse_args().check:
        print(f"{renew()} messages lack their Chinese")
        return 0
    found = problems()
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
