"""The page as one HTML file: everything is inside, and nothing is fetched from anywhere."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from catenary.errors import SourceError
from catenary.languages import in_language, say

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.resources.abc import Traversable

__all__ = ["ASSETS", "GENERATOR", "html_of"]

ASSETS: Final[Traversable] = files("catenary.report") / "assets"
"""Folder of the drawing code, built from `web/` by `make web`."""

GENERATOR: Final = "catenary"
"""By which a file is known as one of our reports."""

_PARTS: Final = ("page.html", "report.css", "report.js", "shapes.json")
_GAP: Final = re.compile(r"\{\{(\w+)\}\}")
_INLINE: Final = re.compile(r"<(script|style)>(.*?)</\1>", re.DOTALL)
_FALLBACK_ROWS: Final = 20
_FALLBACK_TABLES: Final = 4


def _parts(assets: Traversable) -> dict[str, str]:
    missing = [name for name in _PARTS if not (assets / name).is_file()]
    if missing:
        raise SourceError(
            f"the drawing code of reports is not built ({', '.join(missing)} missing)",
            hint="run `make web` in the source tree, or install a wheel of catenary",
        )
    return {name: (assets / name).read_text(encoding="utf-8") for name in _PARTS}


def _json(content: Any) -> str:
    """Return JSON that nothing in it can end a script with."""
    return _safe(json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")))


def _safe(text: str) -> str:
    """Return JSON with what could end a script written as numbers."""
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def _policy(page: str) -> str:
    """Return the Content-Security-Policy that allows the page's own script and style, no more."""
    found: dict[str, list[str]] = {"script": [], "style": []}
    for kind, inside in _INLINE.findall(page):
        found[kind].append(_hash(inside))
    allowed = {kind: " ".join(hashes) or "'none'" for kind, hashes in found.items()}
    return (
        f"default-src 'none'; script-src {allowed['script']}; style-src {allowed['style']}; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )


def _text(words: Any, lang: str) -> str:
    told = words.get(lang, words.get("en", "")) if isinstance(words, dict) else words
    return html.escape(str(told or ""))


def _cell(cell: Any, lang: str) -> str:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return f"<td>{cell:,.6g}</td>"
    return f"<td>{_text(cell, lang) or '–'}</td>"


def _plain_table(section: Mapping[str, Any], lang: str) -> str:
    heads = "".join(f"<th>{_text(c['name'], lang)}</th>" for c in section["columns"])
    rows = "".join(
        f"<tr>{''.join(_cell(cell, lang) for cell in row)}</tr>"
        for row in [*section["rows"][:_FALLBACK_ROWS], *_total(section)]
    )
    return f"<h2>{_text(section['title'], lang)}</h2><table><tr>{heads}</tr>{rows}</table>"


def _total(section: Mapping[str, Any]) -> list[Any]:
    return [section["total"]] if "total" in section else []


def _tables(sections: Any) -> Any:
    for section in sections:
        if section["kind"] == "table":
            yield section
        elif section["kind"] == "pair":
            yield from _tables(section["parts"])


def _fallback(document: Mapping[str, Any]) -> str:
    """Return what a reader without JavaScript sees: the answer, and the first tables."""
    lang = document["lang"]
    parts = [f"<h1>{_text(document['title'], lang)}</h1>"]
    parts += [f"<p>{_text(line, lang)}</p>" for line in document["headline"]]
    for one in document.get("answers", ()):
        told = " ".join(_text(sentence, lang) for sentence in one["sentences"])
        parts.append(f"<p>{_text(one['name'], lang)} {told}</p>")
    parts += [f"<p>{_text(line, lang)}</p>" for line in document.get("details", ())]
    if document["warnings"]:
        lines = "".join(f"<li>{_text(line, lang)}</li>" for line in document["warnings"])
        parts.append(f"<ul>{lines}</ul>")
    tables = list(_tables(document["sections"]))[:_FALLBACK_TABLES]
    parts += [_plain_table(section, lang) for section in tables]
    needs = say("Maps, charts and whole tables need JavaScript, which is part of this file.")
    parts.append(f"<p>{html.escape(in_language(needs, lang))}</p>")
    parts += [f"<p>{_text(line, lang)}</p>" for line in document["footer"]]
    return "\n".join(parts)


def html_of(document: Mapping[str, Any], version: str, assets: Traversable = ASSETS) -> str:
    """Return a page as HTML.

    Parameters
    ----------
    document
        The page, as `web/src/document.ts` describes it.
    version
        Version of the program, noted in the file.
    assets
        Folder of the drawing code.

    Raises
    ------
    SourceError
        If the drawing code is not built.
    """
    parts = _parts(assets)
    values = {
        "title": _text(document["title"], document["lang"]),
        "css": parts["report.css"].replace("</style", "<\\/style"),
        "js": re.sub(r"</(?=script)", r"<\\/", parts["report.js"], flags=re.IGNORECASE),
        "lang": {"en": "en", "zh": "zh-Hans"}[document["lang"]],
    }
    values |= dict.fromkeys(("document", "shapes", "fallback", "csp"), "")

    def filled(values: Mapping[str, str]) -> str:
        return _GAP.sub(lambda gap: values.get(gap[1], gap[0]), parts["page.html"])

    values["csp"] = _policy(filled(values))
    values["document"] = _json(document)
    values["shapes"] = _safe(parts["shapes.json"].strip())
    values["fallback"] = _fallback(document)
    mark = f'<meta name="generator" content="{GENERATOR} {html.escape(version)}">'
    page = filled(values)
    return re.sub(r"(<meta charset=[^>]*>)", lambda found: f"{found[1]}\n{mark}", page, count=1)
