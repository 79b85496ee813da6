"""Identifiers and words of the vocabulary in the spelling that a client asks for.

An EPC URN has a GS1 Digital Link; a link has an EPC URN only where the length of its company prefix
is known. What cannot be translated stays as it was captured.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from catenary.errors import OptionError
from catenary.exchange.identifiers import IdentifierError, to_link, to_urn
from catenary.exchange.layout import EPCS, PARTIES, PLACES, QUANTITIES, WORDS
from catenary.exchange.vocabulary import VOCABULARIES, Vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Spelling", "company_prefixes"]

_LINKED: Final = ("urn:epc:id:", "urn:epc:class:lgtin:", "urn:epc:idpat:")
_WEB: Final = ("http://", "https://")
_KEPT: Final = 50_000


def company_prefixes(said: tuple[str, ...]) -> tuple[str, ...]:
    """Check company prefixes; return them, the longest first.

    Raises
    ------
    OptionError
        If one is not 6 to 12 digits.

    Examples
    --------
    >>> company_prefixes(("4012345", "061414112"))
    ('061414112', '4012345')
    """
    for one in said:
        if not (one.isascii() and one.isdigit() and 6 <= len(one) <= 12):
            raise OptionError(
                f"company prefix is {one[:40]!r}", hint="a GS1 company prefix has 6 to 12 digits"
            )
    return tuple(sorted(set(said), key=lambda one: (-len(one), one)))


@dataclass(slots=True)
class Spelling:
    """Translates identifiers, and remembers what it translated.

    Parameters
    ----------
    prefixes
        Company prefixes, the longest first.

    Examples
    --------
    >>> spelling = Spelling(("4012345",))
    >>> spelling.link("urn:epc:id:sgtin:4012345.011111.987")
    'https://id.gs1.org/01/04012345111118/21/987'
    >>> spelling.urn("https://id.gs1.org/01/04012345111118/21/987")
    'urn:epc:id:sgtin:4012345.011111.987'
    """

    prefixes: tuple[str, ...] = ()
    _links: dict[str, str] = field(default_factory=dict)
    _urns: dict[str, str] = field(default_factory=dict)

    def link(self, identifier: str) -> str:
        """Return an EPC URN as GS1 Digital Link; others as they are."""
        if not identifier.startswith(_LINKED):
            return identifier
        known = self._links.get(identifier)
        if known is None:
            try:
                known = to_link(identifier)
            except IdentifierError:
                known = identifier
            self._keep(self._links, identifier, known)
        return known

    def urn(self, identifier: str) -> str:
        """Return a GS1 Digital Link as EPC URN, if its company prefix is known."""
        if not identifier.startswith(_WEB):
            return identifier
        known = self._urns.get(identifier)
        if known is None:
            known = next(filter(None, map(self._as_urn(identifier), self.prefixes)), identifier)
            self._keep(self._urns, identifier, known)
        return known

    @staticmethod
    def _as_urn(link: str) -> Callable[[str], str]:
        def tried(prefix: str) -> str:
            try:
                urn = to_urn(link, company_prefix=len(prefix))
            except (IdentifierError, OptionError):
                return ""
            return urn if urn.split(":")[-1].split(".")[0] == prefix else ""

        return tried

    @staticmethod
    def _keep(where: dict[str, str], identifier: str, made: str) -> None:
        if len(where) >= _KEPT:
            where.clear()
        where[identifier] = made

    # --- events -----------------------------------------------------------------------------------

    def event(self, event: dict[str, Any], epc_format: str) -> dict[str, Any]:
        """Return an event with its identifiers in a format of the header GS1-EPC-Format."""
        if epc_format == "Always_GS1_Digital_Link":
            return _identified(event, self.link)
        if epc_format == "Always_EPC_URN":
            return _identified(event, self.urn)
        return event


def _identified(event: dict[str, Any], spell: Callable[[str], str]) -> dict[str, Any]:
    """Return an event with every identifier spelt anew."""
    made = dict(event)
    for name, value in event.items():
        if name == "parentID" and isinstance(value, str):
            made[name] = spell(value)
        elif name in PLACES and isinstance(value, dict) and isinstance(value.get("id"), str):
            made[name] = {**value, "id": spell(value["id"])}
        elif not isinstance(value, list):
            continue
        elif name in EPCS:
            made[name] = [spell(one) if isinstance(one, str) else one for one in value]
        elif name in QUANTITIES or name in PARTIES:
            member = "epcClass" if name in QUANTITIES else PARTIES[name][0]
            made[name] = [
                {**one, member: spell(one[member])}
                if isinstance(one, dict) and isinstance(one.get(member), str)
                else one
                for one in value
            ]
    return made


def _web(words: Vocabulary, value: Any) -> Any:
    return words.full(value) if isinstance(value, str) else value


def _urn(words: Vocabulary, value: Any) -> Any:
    if isinstance(value, str) and words.urn and value.startswith(words.web):
        return words.urn + value[len(words.web) :]
    return value


def worded(event: dict[str, Any], cbv_format: str) -> dict[str, Any]:
    """Return an event for XML with its words in a format of the header GS1-CBV-XML-Format.

    Examples
    --------
    >>> worded({"bizStep": "receiving"}, "Always_Web_URI")
    {'bizStep': 'https://ref.gs1.org/cbv/BizStep-receiving'}
    """
    if cbv_format not in {"Always_Web_URI", "Always_URN"}:
        return event
    spell = _web if cbv_format == "Always_Web_URI" else _urn
    made = dict(event)
    for name, words in WORDS.items():
        if name in event:
            made[name] = spell(VOCABULARIES[words], event[name])
    for name, (_, words) in PARTIES.items():
        if isinstance(event.get(name), list):
            made[name] = [
                {**one, "type": spell(VOCABULARIES[words], one["type"])} if "type" in one else one
                for one in event[name]
            ]
    if isinstance(event.get("persistentDisposition"), dict):
        words_of = VOCABULARIES["disposition"]
        made["persistentDisposition"] = {
            side: [spell(words_of, one) for one in values] if isinstance(values, list) else values
            for side, values in event["persistentDisposition"].items()
        }
    declared = event.get("errorDeclaration")
    if isinstance(declared, dict) and "reason" in declared:
        reason = spell(VOCABULARIES["reason"], declared["reason"])
        made["errorDeclaration"] = {**declared, "reason": reason}
    return made
