"""Sentences that can be said again in another language."""

from __future__ import annotations

import os
import string
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self, cast

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = [
    "LANGUAGES",
    "Message",
    "Named",
    "catalogue_of",
    "clauses",
    "in_language",
    "joined",
    "language",
    "say",
    "speaking",
    "wanted",
]

LANGUAGES: Final = ("en", "zh")
"""Languages that the program speaks; the first is that of the source."""

_SPEAKING: Final[ContextVar[str | None]] = ContextVar("language", default=None)


def wanted(given: str | None = None, environment: Mapping[str, str] = os.environ) -> str:
    """Return the language to speak: the one given, or that of LC_ALL, LC_MESSAGES or LANG.

    Examples
    --------
    >>> wanted(None, {"LANG": "zh_CN.UTF-8"}), wanted(None, {"LANG": "de_DE.UTF-8"}), wanted("zh")
    ('zh', 'en', 'zh')
    """
    names = (environment.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    first = given or next(filter(None, names), "")
    code = first.replace("-", "_").partition(".")[0].partition("_")[0].lower()
    return code if code in LANGUAGES else LANGUAGES[0]


def language() -> str:
    """Return the language that is spoken now."""
    return _SPEAKING.get() or wanted()


def speaking(name: str | None) -> None:
    """Speak a language from now on; None: that of the environment."""
    _SPEAKING.set(name)


@cache
def catalogue_of(name: str) -> Mapping[str, str]:
    """Return English sentence → sentence in a language; read when it is first wanted."""
    if name == LANGUAGES[0]:
        return {}
    from babel.messages.pofile import read_po  # noqa: PLC0415  nobody pays for it in English

    path = Path(__file__).parent / name / "LC_MESSAGES" / "catenary.po"
    with path.open("rb") as file:
        content = read_po(file, locale=name)
    return {
        cast("str", one.id): cast("str", one.string)
        for one in content
        if one.id and one.string and not one.fuzzy
    }


@cache
def _separators(name: str) -> dict[int, str]:
    """Return how a language writes the comma and the point of English numbers."""
    from babel.numbers import (  # noqa: PLC0415  nobody pays for it in English
        get_decimal_symbol,
        get_group_symbol,
    )

    return str.maketrans({",": get_group_symbol(name), ".": get_decimal_symbol(name)})


class _Formatter(string.Formatter):
    """Fills in values, words and numbers as a language writes them."""

    def __init__(self, name: str) -> None:
        self.language = name

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, str):
            return in_language(value, self.language)
        return format(value, format_spec).translate(_separators(self.language))


class Message(str):
    """An English sentence that remembers how it was made.

    Examples
    --------
    >>> told = say("from day {day:g}", day=5)
    >>> told, told.in_("zh")
    ('from day 5', '自第 5 天起')
    """

    __slots__ = ("template", "values")
    template: str
    values: Mapping[str, object]

    def __new__(cls, template: str, values: Mapping[str, object] | None = None) -> Self:
        """Make the English text."""
        made = super().__new__(cls, template.format_map(values or {}))
        made.template = template
        made.values = values or {}
        return made

    def __getnewargs__(self) -> tuple[str, Mapping[str, object]]:  # type: ignore[override]
        """Return how to make it again, in a copy or another process."""
        return self.template, self.values

    def in_(self, name: str) -> str:
        """Return the sentence in a language; in English where there is no translation."""
        if name == LANGUAGES[0]:
            return str(self)
        template = catalogue_of(name).get(self.template, self.template)
        return _Formatter(name).vformat(template, (), self.values)


class _Joined(Message):
    """Several messages one after the other."""

    __slots__ = ("between", "parts")
    between: str
    parts: Sequence[str]

    def __new__(cls, between: str, parts: Sequence[str]) -> Self:
        made = str.__new__(cls, between.join(parts))
        made.template, made.values = "", {}
        made.between, made.parts = between, parts
        return made

    def __getnewargs__(self) -> tuple[str, Sequence[str]]:  # type: ignore[override]
        return self.between, self.parts

    def in_(self, name: str) -> str:
        return in_language(self.between, name).join(in_language(p, name) for p in self.parts)


class Named(Message):
    """A name that is known in every language.

    Examples
    --------
    >>> Named({"en": "Japan", "zh": "日本"}).in_("zh")
    '日本'
    """

    __slots__ = ("names",)
    names: Mapping[str, str]

    def __new__(cls, names: Mapping[str, str]) -> Self:
        """Make the English name."""
        made = str.__new__(cls, names[LANGUAGES[0]])
        made.template, made.values, made.names = "", {}, names
        return made

    def __getnewargs__(self) -> tuple[Mapping[str, str]]:  # type: ignore[override]
        """Return how to make it again."""
        return (self.names,)

    def in_(self, name: str) -> str:
        """Return the name in a language."""
        return self.names.get(name, str(self))


def say(template: str, /, **values: object) -> Message:
    """Return a sentence with its values, as with `str.format`, that can be said in any language.

    A value that is a message is said in that language too; numbers are written as it writes them.

    Examples
    --------
    >>> say("{share:.1%} below normal on day {day}", share=0.25, day=5)
    '25.0% below normal on day 5'
    """
    return Message(template, values)


def joined(parts: Iterable[str], between: str = "") -> Message:
    r"""Return several messages as one; what stands between them may be a message as well.

    Examples
    --------
    >>> joined(["one", "two"], "\n")
    'one\ntwo'
    """
    return _Joined(between, tuple(parts))


def clauses(parts: Iterable[str]) -> Message:
    """Return several messages as clauses of one sentence; names in a list are `joined`.

    Languages may part clauses by another mark than names.

    Examples
    --------
    >>> clauses(["two days late", "by Panama"])
    'two days late, by Panama'
    """
    *before, last = parts
    told: Message = joined([last])
    for part in reversed(before):
        told = say("{first}, {rest}", first=part, rest=told)
    return told


def in_language(text: str, name: str) -> str:
    """Return a text in a language if it is a message, and as it is if it is not."""
    return text.in_(name) if isinstance(text, Message) else str(text)
