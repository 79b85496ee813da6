"""Values of parameters, in the form in which a store looks them up."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

from catenary.errors import OptionError, did_you_mean
from catenary.exchange.contexts import PREFIXES, expanded
from catenary.exchange.events import EVENT_TYPES
from catenary.exchange.keys import (
    bounded,
    microseconds,
    number_of,
    word_key,
)
from catenary.exchange.vocabulary import VOCABULARIES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "MOST_VALUES",
    "Asked",
    "QueryError",
    "action",
    "event_type",
    "number",
    "several",
    "single",
    "texts",
    "time",
    "truth",
    "type_key",
    "word",
]


MOST_VALUES: Final = 5_000
"""How many values one parameter may have."""


class QueryError(OptionError):
    """A query has a parameter that is not known, or a value that does not fit."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What prefixes stand for in a query: as it says itself, and as captured documents said."""

    prefixes: Mapping[str, str]
    learned: Mapping[str, Sequence[str]]

    def names(self, scope: str, name: str) -> tuple[str, ...]:
        """Return the names in a store of a member of somebody's own."""
        if name.startswith("{"):
            return (bounded(scope + name),)
        prefix = name.partition(":")[0]
        if prefix in self.prefixes or prefix in PREFIXES or prefix not in self.learned:
            made = [expanded(name, self.prefixes)]
            if "#}" in made[0]:  # EPCIS 1: namespace, # and name
                made.append(made[0].replace("#}", "}"))
        else:
            made = [expanded(name, {prefix: space}) for space in self.learned[prefix]]
            made.append(expanded(name, {}))  # of events that did not declare it
        return tuple(bounded(scope + one) for one in made)

    def spelt(self, value: str) -> str:
        """Return a value of which a prefix of the query itself is spelt out."""
        prefix, colon, rest = value.partition(":")
        if colon and prefix in self.prefixes and rest[:2] != "//":
            return self.prefixes[prefix] + rest
        return value


def type_key(value: str, prefixes: Mapping[str, str]) -> str:
    """Return the key of a type of event: bare, or the address of somebody's own.

    Examples
    --------
    >>> type_key("epcis:ObjectEvent", {}), type_key("ex:Baked", {"ex": "https://e.org/"})
    ('ObjectEvent', 'https://e.org/Baked')
    """
    prefix, colon, rest = value.partition(":")
    if not colon:
        return bounded(value)
    address = prefixes.get(prefix) or PREFIXES.get(prefix)
    full = address + rest if address and rest[:2] != "//" else value
    bare = full.removeprefix(PREFIXES["epcis"])
    return bare if bare in EVENT_TYPES else bounded(full)


def several(name: str, value: Any) -> list[Any]:
    """Return the values of a parameter: one at least, and no more than databases take."""
    values = list(value) if isinstance(value, (list, tuple)) else [value]
    if not values:
        raise QueryError(f"{name} has no values", hint="give one, or leave it out")
    if len(values) > MOST_VALUES:
        raise QueryError(
            f"{name[:120]} has {len(values):,} values", hint=f"ask in parts of {MOST_VALUES:,}"
        )
    return values


def texts(name: str, value: Any) -> list[str]:
    """Return the texts of a parameter."""
    values = several(name, value)
    for one in values:
        if not isinstance(one, str):
            raise QueryError(f"{name} has the value {str(one)[:40]!r}", hint="it takes text")
    return values


def single(name: str, value: Any) -> Any:
    """Return the only value of a parameter."""
    if isinstance(value, (list, tuple)):
        if len(value) != 1:
            raise QueryError(f"{name} has {len(value)} values", hint="it takes one")
        return value[0]
    return value


def time(name: str, value: Any) -> int:
    """Return a time: microseconds since 1970, UTC."""
    value = single(name, value)
    try:
        return microseconds(str(value))
    except ValueError:
        raise QueryError(
            f"{name} is {str(value)[:40]!r}", hint="write a time like 2026-07-22T06:45:00+02:00"
        ) from None


def number(name: str, value: Any) -> float:
    """Return a number."""
    made = number_of(value.strip()) if isinstance(value, str) else value
    if isinstance(made, bool) or not isinstance(made, (int, float)):
        raise QueryError(f"{name} has the value {str(value)[:40]!r}", hint="it takes a number")
    try:
        made = float(made)
    except OverflowError:
        made = float("inf")
    if not isfinite(made):
        raise QueryError(f"{name} has the value {str(value)[:40]!r}", hint="it takes a number")
    return made


def truth(name: str, value: Any) -> bool:
    """Return whether something is asked for: having no value is asking."""
    value = single(name, value)
    if value is None or value in ("", "true", "1", 1):  # the standard lets it have no value
        return True
    if value in ("false", "0", 0):
        return False
    raise QueryError(f"{name} is {str(value)[:40]!r}", hint="it is true or false")


def word(name: str, vocabulary: str, value: str, asked: Asked) -> str:
    """Return the key of a word of a vocabulary."""
    words = VOCABULARIES[vocabulary].words
    if ":" not in value and value not in words:
        raise QueryError(
            f"{name} has the value {value[:80]!r}, which is no {VOCABULARIES[vocabulary].name}",
            hint=f"{did_you_mean(value, sorted(words))}; a word of one's own is a web address or "
            "URN",
        )
    return word_key(vocabulary, value, asked.prefixes)


def event_type(name: str, value: str, asked: Asked) -> str:
    """Return the key of a type of event."""
    if ":" not in value and value not in EVENT_TYPES:
        hint = did_you_mean(value, EVENT_TYPES)
        raise QueryError(f"{name} has the value {value[:80]!r}, which is no type", hint=hint)
    return type_key(value, asked.prefixes)


def action(name: str, value: str, _: Asked) -> str:
    """Return an action."""
    if value not in {"ADD", "OBSERVE", "DELETE"}:
        raise QueryError(f"{name} has the value {value[:40]!r}", hint="ADD, OBSERVE or DELETE")
    return value
