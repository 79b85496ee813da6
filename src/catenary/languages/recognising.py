"""Sentences that come back from a file as plain text."""

from __future__ import annotations

import re
import string
from functools import cache
from typing import Final, Self

from catenary.languages.messages import LANGUAGES, Message, catalogue_of

__all__ = ["recognised"]

_LEAST: Final = 4  # letters of its own by which a sentence with gaps is known
_LABELLED: Final = re.compile(r"([\w:.-]{1,40}): (.+)", re.DOTALL)
_DEEPEST: Final = 6  # messages within messages


class _Told(str):
    """A value that was written before; how it is to be written no longer matters."""

    __slots__ = ()

    def __format__(self, _: str) -> str:
        """Return it as it is."""
        return str(self)


class _Recognised(Message):
    """A text that is looked up only when somebody wants it in another language."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        made = str.__new__(cls, text)
        made.template, made.values = "", {}
        return made

    def __getnewargs__(self) -> tuple[str]:  # type: ignore[override]
        return (str(self),)

    def in_(self, name: str) -> str:
        found = None if name == LANGUAGES[0] else _found(str(self), _DEEPEST)
        return str(self) if found is None else found.in_(name)


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return every known sentence with gaps and its pattern, the most telling first."""
    found = []
    for template in {template for name in LANGUAGES for template in catalogue_of(name)}:
        pattern, seen, letters = "", set(), 0
        for literal, field, _, _ in string.Formatter().parse(template):
            pattern += re.escape(literal)
            letters += sum(map(str.isalpha, literal))
            if field in seen:
                pattern += f"(?P={field})"
            elif field is not None:
                pattern += f"(?P<{field}>.+?)"
                seen.add(field)
        if seen and letters >= _LEAST:
            found.append((letters, template, re.compile(pattern, re.DOTALL)))
    return tuple((t, p) for _, t, p in sorted(found, key=lambda one: (-one[0], one[1])))


def _found(text: str, deep: int) -> Message | None:
    if "{" not in text and any(text in catalogue_of(name) for name in LANGUAGES):
        return Message(text)
    if not deep:
        return None
    for template, pattern in _patterns():
        match = pattern.fullmatch(text)
        if match is not None:
            values = {key: _found(v, deep - 1) or _Told(v) for key, v in match.groupdict().items()}
            return Message(template, values)
    labelled = _LABELLED.fullmatch(text)
    if labelled is None or (rest := _found(labelled[2], deep - 1)) is None:
        return None
    return Message("{label}: {text}", {"label": labelled[1], "text": rest})


def recognised(text: str) -> Message:
    """Return a text that catenary once said as a message again; any other stays as it is.

    Results keep their warnings as English text; this is how a report says them in Chinese.

    Examples
    --------
    >>> recognised("pooled: the two results are of different worlds").in_("zh")
    'pooled：两个结果来自不同的世界'
    >>> recognised("something else").in_("zh")
    'something else'
    """
    return text if isinstance(text, Message) else _Recognised(text)
