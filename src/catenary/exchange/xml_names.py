"""Names and numbers as XML spells them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from catenary.exchange.contexts import PREFIXES

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Names", "local", "names_of", "number_of"]

_WHOLE: Final = re.compile(r"\s*[+-]?[0-9]{1,18}\s*", re.ASCII)
_NUMBER: Final = re.compile(
    r"\s*[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\s*", re.ASCII
)


class Names:
    """Which prefix stands for which namespace, and what had to be declared."""

    def __init__(self, known: Mapping[str, str], declared: list[tuple[str, str]]) -> None:
        self.prefixes = {address: name for name, address in {**PREFIXES, **known}.items()}
        self.taken = {**PREFIXES, **known}
        self.added: dict[str, str] = {}
        self.declared = {address: name for name, address in declared if name}

    def __getitem__(self, address: str) -> str:
        """Return the prefix of a namespace; make one where none is declared."""
        if address in self.prefixes:
            return self.prefixes[address]
        wanted = self.declared.get(address, "")
        if address == f"{wanted}:":  # a prefix that JSON declares nowhere means itself
            return wanted
        name, number = wanted or "ns", 1
        while name in self.taken or name == "ns":
            name, number = f"{wanted or 'ns'}{number}", number + 1
        self.prefixes[address] = name
        self.taken[name] = self.added[name] = address
        return name


def names_of(known: Mapping[str, str], declared: list[tuple[str, str]]) -> Names:
    """Return the names of an event: those of its document, and those that it declares."""
    return Names(known, declared)


def local(tag: str) -> str:
    """Return the name of an element of EPCIS, or the local name of any other."""
    return tag.rpartition("}")[2] if tag[:1] == "{" else tag


def number_of(text: str) -> int | float | None:
    """Return the number that a text says; None if it says none that can be kept.

    Examples
    --------
    >>> number_of("26.0"), number_of("200"), number_of("1e999"), number_of("x")
    (26.0, 200, None, None)
    """
    if _WHOLE.fullmatch(text):
        return int(text)
    if not _NUMBER.fullmatch(text):
        return None
    made = float(text)
    return made if abs(made) != float("inf") else None
