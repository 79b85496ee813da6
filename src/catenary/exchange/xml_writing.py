"""Events as XML 2.0, so that reading them gives back the same JSON.

Each event is read back as it is written. Where JSON says what XML cannot (a list in a list, `null`
within one, a context's own order), the members that would come back changed stand as JSON in an
attribute of the event (`layout.MARKS`), which the schema of EPCIS allows and others may ignore.

References
----------
GS1, EPCIS Standard 2.0, sections 9 and 10.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree as ET

from catenary.exchange.contexts import PREFIXES, prefixes_of
from catenary.exchange.layout import (
    EPCS,
    MARKS,
    NUMBERS,
    ORDER,
    PARTIES,
    PLACES,
    QUANTITIES,
    REPORT_WORDS,
    TEXTS,
    WORDS,
)
from catenary.exchange.limits import LIMITS
from catenary.exchange.vocabulary import VOCABULARIES
from catenary.exchange.xml_events import EventReader
from catenary.exchange.xml_names import Names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["EventWriter", "attribute", "same", "text"]

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]*", re.ASCII)
_BARRED: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_RESERVED: Final = frozenset(
    {"epcis", "epcisq", "xsi", "xsd", "xs", "xml", "xmlns", "catenary", "sbdh"}
)
_METADATA: Final = (
    "time", "startTime", "endTime", "deviceID", "deviceMetadata", "rawData", "dataProcessingMethod",
    "bizRules",
)  # fmt: skip
_KINDS: Final = {int: "integer", float: "double"}
ROOT: Final = {
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "xsd": "http://www.w3.org/2001/XMLSchema",
    "catenary": MARKS,
}
"""What every document declares."""


def text(value: str) -> str:
    """Return a text as it stands in an element.

    Examples
    --------
    >>> text("a < b & c")
    'a &lt; b &amp; c'
    """
    value = _BARRED.sub("\ufffd", value)
    return (
        value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")
    )


def attribute(value: str) -> str:
    """Return a text as it stands in an attribute, quotes and all."""
    made = text(value).replace('"', "&quot;").replace("\n", "&#10;").replace("\t", "&#9;")
    return f'"{made}"'


def same(a: object, b: object) -> bool:
    """Whether two JSON values are the same; 26 and 26.0 are, 1 and true are not.

    Examples
    --------
    >>> same({"a": [26]}, {"a": [26.0]}), same(1, True)
    (True, False)
    """
    if isinstance(a, bool) != isinstance(b, bool):
        return False
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(value, b[name]) for name, value in a.items())
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b


def _number(value: float) -> str:
    whole = float(value).is_integer() and abs(value) < 1e15
    return str(int(value)) if whole else repr(value)


class EventWriter:
    """Writes events that share a document.

    Parameters
    ----------
    prefixes
        What the document declares, beside the prefixes of the standard.
    """

    def __init__(self, prefixes: Mapping[str, str]) -> None:
        self.shared = {
            name: address
            for name, address in prefixes.items()
            if _NAME.fullmatch(name) and name not in _RESERVED and address
        }
        self.known = dict(prefixes)
        self.own: dict[str, str] = {}

    def declarations(self) -> str:
        """Return the attributes of the root that declare prefixes."""
        return "".join(
            f" xmlns:{name}={attribute(address)}"
            for name, address in {**self.shared, **ROOT}.items()
        )

    def write(
        self, event: dict[str, Any], *, root: bool = False, single: tuple[str, ...] = ()
    ) -> str:
        """Return an event as XML.

        Parameters
        ----------
        event
            An event of which the types are right.
        root
            Whether it stands alone, so that it declares everything itself.
        single
            Lists that a draft gave as a single object.
        """
        kind = event["type"]
        self.own = prefixes_of(event.get("@context")) if not root else {}
        self.used: dict[str, str] = {}
        inside = "".join(self._members(event))
        if kind in ORDER:
            tag, before, after = kind, "", ""
        else:
            tag, before, after = self._tag(kind) or "Event", "<extension>", "</extension>"
        attributes = "".join(
            f" {name}={attribute(value)}"
            for key, value in event.items()
            if key[:1] == "@" and key != "@context" and isinstance(value, str)
            for name in self._attribute_name(key)
        )
        declared = "".join(f" xmlns:{n}={attribute(a)}" for n, a in self.used.items())
        shared = self.declarations() if root else ""
        start = f"<{tag}{shared}{declared}{attributes}"
        kept = self._kept(event, f"{start}>{inside}</{tag}>", single, root=root)
        return f"{before}{start}{kept}>{inside}</{tag}>{after}"

    def _kept(
        self, event: dict[str, Any], made: str, single: tuple[str, ...], *, root: bool
    ) -> str:
        """Return the attribute that keeps what would come back changed."""
        wrapped = f"<r{'' if root else self.declarations()}>{made}</r>"
        names = Names(self.known, list(self.used.items()))
        back, _, added = EventReader(names, LIMITS)(ET.fromstring(wrapped)[0])  # noqa: S314  ours
        if added and not root:
            back["@context"] = [added]
        if root and "@context" in event:
            back["@context"] = event["@context"]
        changed = {n: v for n, v in event.items() if n not in back or not same(back[n], v)}
        gone = [name for name in back if name not in event]
        if not changed and not gone and not single:
            return ""
        said = {"is": changed, "not": gone, "single": single}
        return f" catenary:json={attribute(json.dumps({k: v for k, v in said.items() if v}))}"

    # --- names ------------------------------------------------------------------------------------

    def _address(self, prefix: str) -> str:
        return (
            self.own.get(prefix) or self.known.get(prefix) or PREFIXES.get(prefix) or f"{prefix}:"
        )

    def _tag(self, key: str) -> str:
        """Return the name of an element or attribute; nothing where XML has no such name."""
        prefix, colon, name = key.partition(":")
        if not colon:
            return key if _NAME.fullmatch(key) and key != "extension" else ""
        named = _NAME.fullmatch(prefix) and _NAME.fullmatch(name)
        if not named or prefix.startswith("xml") or prefix in ROOT:
            return ""
        address = self._address(prefix)
        if self.shared.get(prefix) != address:
            self.used[prefix] = address
        return key

    def _attribute_name(self, key: str) -> Iterator[str]:
        name = self._tag(key[1:])
        if name and not name.startswith("xmlns"):
            yield name

    # --- members ----------------------------------------------------------------------------------

    def _members(self, event: dict[str, Any]) -> Iterator[str]:
        order = ORDER.get(event["type"], ORDER["ObjectEvent"])
        for name in order:
            if name in event:
                yield from self._field(name, event[name])
        for key, value in event.items():
            if ":" in key and key[:1] != "@":
                yield from self._free(key, value)

    def _field(self, name: str, value: Any) -> Iterator[str]:
        if name in TEXTS:
            yield f"<{name}>{text(value)}</{name}>"
        elif name in WORDS:
            yield f"<{name}>{text(VOCABULARIES[WORDS[name]].to_xml(value))}</{name}>"
        elif name == "certificationInfo":
            for one in value if isinstance(value, list) else [value]:
                yield f"<{name}>{text(one)}</{name}>"
        else:
            yield f"<{name}>{self._inside(name, value)}</{name}>"

    def _inside(self, name: str, value: Any) -> str:
        """Return what is in an element that has elements."""
        if name in EPCS:
            return "".join(f"<epc>{text(one)}</epc>" for one in value)
        if name in QUANTITIES:
            return "".join(map(self._quantity, value))
        if name in PLACES:
            return f"<id>{text(value['id'])}</id>{self._extensions(value)}"
        if name in PARTIES:
            return "".join(self._parties(name, value))
        if name == "sensorElementList":
            return "".join(map(self._sensor, value))
        return self._declaration(value) if name == "errorDeclaration" else self._rest(name, value)

    def _rest(self, name: str, value: dict[str, Any]) -> str:
        if name == "ilmd":
            return "".join(part for k, v in value.items() for part in self._free(k, v))
        words = VOCABULARIES["disposition"]
        return "".join(
            f"<{side}>{text(words.to_xml(one))}</{side}>"
            for side in ("unset", "set")
            for one in value.get(side, ())
        )

    def _extensions(self, value: dict[str, Any]) -> str:
        return "".join(part for k, v in value.items() if ":" in k for part in self._free(k, v))

    @staticmethod
    def _quantity(one: dict[str, Any]) -> str:
        made = f"<epcClass>{text(one['epcClass'])}</epcClass>"
        if "quantity" in one:
            made += f"<quantity>{_number(one['quantity'])}</quantity>"
        if "uom" in one:
            made += f"<uom>{text(one['uom'])}</uom>"
        return f"<quantityElement>{made}</quantityElement>"

    @staticmethod
    def _parties(name: str, value: list[dict[str, str]]) -> Iterator[str]:
        member, vocabulary = PARTIES[name]
        words = VOCABULARIES[vocabulary]
        for one in value:
            kind = f" type={attribute(words.to_xml(one['type']))}" if "type" in one else ""
            yield f"<{member}{kind}>{text(one[member])}</{member}>"

    def _declaration(self, value: dict[str, Any]) -> str:
        made = f"<declarationTime>{text(value['declarationTime'])}</declarationTime>"
        if "reason" in value:
            made += f"<reason>{text(VOCABULARIES['reason'].to_xml(value['reason']))}</reason>"
        if "correctiveEventIDs" in value:
            ids = "".join(
                f"<correctiveEventID>{text(one)}</correctiveEventID>"
                for one in value["correctiveEventIDs"]
            )
            made += f"<correctiveEventIDs>{ids}</correctiveEventIDs>"
        return made + self._extensions(value)

    def _sensor(self, element: dict[str, Any]) -> str:
        made = ""
        if "sensorMetadata" in element:
            made += f"<sensorMetadata{self._attributes(element['sensorMetadata'])}/>"
        for report in element["sensorReport"]:
            made += f"<sensorReport{self._attributes(report)}/>"
        made += self._extensions(element)
        return f"<sensorElement>{made}</sensorElement>"

    def _attributes(self, part: dict[str, Any]) -> str:
        made = ""
        for name, value in part.items():
            if name in NUMBERS:
                said = _number(value)
            elif name in REPORT_WORDS:
                said = VOCABULARIES[REPORT_WORDS[name]].to_xml(value)
            elif isinstance(value, bool):
                said = "true" if value else "false"
            elif isinstance(value, str):
                said = value
            else:
                continue
            if tag := self._tag(name):
                made += f" {tag}={attribute(said)}"
        return made

    # --- extensions -------------------------------------------------------------------------------

    def _free(self, key: str, value: Any) -> Iterator[str]:
        """Yield the elements of a member of somebody's own."""
        tag = self._tag(key)
        if not tag:
            return
        if isinstance(value, list):
            mark = ' catenary:list="1"' if len(value) == 1 else ""
            for one in value:
                yield self._one(tag, one, mark)
        else:
            yield self._one(tag, value, "")

    def _one(self, tag: str, value: Any, mark: str) -> str:
        if isinstance(value, dict):
            return self._object(tag, value, mark)
        if isinstance(value, str):
            return f"<{tag}{mark}>{text(value)}</{tag}>"
        if value is None:
            return f'<{tag} xsi:nil="true"{mark}/>'
        if isinstance(value, list):  # in a list: what is read back differs, and is kept
            return f"<{tag}{mark}/>"
        kind = "boolean" if isinstance(value, bool) else _KINDS[type(value)]
        said = str(value).lower() if kind == "boolean" else repr(value)
        return f'<{tag} xsi:type="xsd:{kind}"{mark}>{said}</{tag}>'

    def _object(self, tag: str, value: dict[str, Any], mark: str) -> str:
        said = value.get("@value", "")
        attributes = "".join(
            f" {name}={attribute(inner)}"
            for key, inner in value.items()
            if key[:1] == "@" and key != "@value" and isinstance(inner, str)
            for name in self._attribute_name(key)
        )
        inside = "".join(p for k, v in value.items() if k[:1] != "@" for p in self._free(k, v))
        shown = text(said) if isinstance(said, str) else ""
        return f"<{tag}{attributes}{mark}>{shown}{inside}</{tag}>"
