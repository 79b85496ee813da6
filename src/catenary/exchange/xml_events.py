"""One event of XML as JSON.

What XML says and JSON cannot is kept by names that begin with @: an attribute of an extension is
`@name`, its text beside attributes or elements `@value`.

References
----------
GS1, EPCIS Standard 2.0, sections 9 and 10; EPCIS Standard 1.2, section 9.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from catenary.exchange.events import EVENT_TYPES
from catenary.exchange.findings import Finding, finding
from catenary.exchange.json_reading import decoded
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
from catenary.exchange.vocabulary import VOCABULARIES
from catenary.exchange.xml_names import local, number_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from catenary.exchange.limits import Limits
    from catenary.exchange.xml_names import Names

__all__ = ["EVENTS", "EventReader"]

EVENTS: Final = frozenset({*EVENT_TYPES, "QuantityEvent"})
_XSI: Final = "{http://www.w3.org/2001/XMLSchema-instance}"
_MARK: Final = f"{{{MARKS}}}"
_OWN: Final = (
    "{urn:epcglobal:epcis:xsd:",
    "{urn:epcglobal:xsd:",
    "{urn:epcglobal:epcis-query:xsd:",
)


def _is_own(tag: str) -> bool:
    """Whether an element belongs to EPCIS itself."""
    return tag[:1] != "{" or tag.startswith(_OWN)


class EventReader:
    """Reads one event; called with its element.

    Parameters
    ----------
    names
        Prefixes of namespaces.
    limits
        What is read at most.
    old
        Whether the document is of version 1: order is not looked at, and a QuantityEvent becomes
        an ObjectEvent that observes a quantity, as the standard tells to.
    """

    def __init__(self, names: Names, limits: Limits, old: bool = False) -> None:  # noqa: FBT001, FBT002
        self.names = names
        self.limits = limits
        self.old = old
        self.found: list[Finding] = []
        self.single: tuple[str, ...] = ()

    def __call__(self, element: Any) -> tuple[dict[str, Any], list[Finding], dict[str, str]]:
        """Return the event, what is wrong with it, and the prefixes that it adds."""
        kind = local(element.tag)
        known = _is_own(element.tag)
        event: dict[str, Any] = {"type": kind if known else self.named(element)}
        order = ORDER.get(kind, ()) if known else ()
        self._members(event, element, order)
        for name, value in element.attrib.items():
            if name == f"{_MARK}json":
                self._kept(event, value)
            elif not name.startswith((_XSI, _MARK)):
                event[f"@{self._key(name)}"] = value
        if kind == "QuantityEvent" and self.old:
            self._quantity_event(event)
        return event, self.found, self.names.added

    def _kept(self, event: dict[str, Any], value: str) -> None:
        kept = decoded(value.encode(), self.limits)
        event.update(kept.get("is", {}))
        for name in kept.get("not", ()):
            event.pop(name, None)
        self.single = tuple(kept.get("single", ()))

    @staticmethod
    def _quantity_event(event: dict[str, Any]) -> None:
        event["type"] = "ObjectEvent"
        event["action"] = "OBSERVE"
        element = {"epcClass": event.pop("epcClass", "")}
        if "quantity" in event:
            element["quantity"] = event.pop("quantity")
        event["quantityList"] = [element]

    def _members(
        self, event: dict[str, Any], element: Any, order: tuple[str, ...], *, inner: bool = False
    ) -> None:
        """Add the children of an element to an event."""
        last = -1
        for child in element:
            tag = child.tag
            if not isinstance(tag, str):
                continue
            if not _is_own(tag):
                self._extend(event, child)
                continue
            name = local(tag)
            if name in {"extension", "baseExtension"}:
                self._members(event, child, order, inner=True)
                continue
            if order and name in order:
                place = order.index(name)
                if place < last and not (self.old or inner):
                    hint = f"in XML {name} stands before {order[last]}"
                    self.found.append(finding(name, "element-order", "stands too late", hint=hint))
                last = max(last, place) if not inner else last
            self._member(event, name, child)

    def _member(self, event: dict[str, Any], name: str, child: Any) -> None:
        reader = self._READERS.get(name)
        if reader is None:
            if name in {"epcClass", "quantity"} and self.old:
                event[name] = self._number(child, name) if name == "quantity" else _text(child)
                return
            hint = "elements of one's own have a namespace"
            words = "is not known in an event"
            self.found.append(finding(name[:80], "unknown-field", words, hint=hint))
            return
        if name == "certificationInfo" and name in event:
            said = event[name]
            event[name] = [*(said if isinstance(said, list) else [said]), _text(child)]
            return
        if name in event:
            self.found.append(finding(name, "unique", "stands twice"))
        event[name] = reader(self, name, child)

    def _number(self, element: Any, path: str) -> Any:
        text = element if isinstance(element, str) else (element.text or "")
        made = number_of(text)
        if made is None:
            self.found.append(finding(path, "type", f"is {text[:40]!r}, not a number"))
            return 0
        return made

    def _key(self, tag: str) -> str:
        if tag[:1] != "{":
            return tag
        address, _, name = tag[1:].partition("}")
        return f"{self.names[address]}:{name}"

    def named(self, element: Any) -> str:
        """Return the name of an element as JSON spells it."""
        return self._key(element.tag)

    def _extend(self, holder: dict[str, Any], child: Any) -> None:
        key = self._key(child.tag)
        value = self.free(child)
        if key not in holder:
            holder[key] = [value] if child.get(f"{_MARK}list") else value
        elif isinstance(holder[key], list):
            holder[key].append(value)
        else:
            holder[key] = [holder[key], value]

    def free(self, element: Any, *, skip: tuple[str, ...] = ()) -> Any:
        """Return what an element of somebody's own holds."""
        attributes = {
            f"@{self._key(name)}": value
            for name, value in element.attrib.items()
            if not name.startswith((_XSI, _MARK)) and name not in skip
        }
        if len(element) == 0:
            value = _typed(element)
            return {"@value": value, **attributes} if attributes else value
        made: dict[str, Any] = attributes
        if element.text and element.text.strip():
            made["@value"] = element.text
        for child in element:
            if isinstance(child.tag, str):
                self._extend(made, child)
        return made

    # --- fields of the standard -------------------------------------------------------------------

    def _text_field(self, name: str, element: Any) -> str:  # noqa: ARG002
        return _text(element)

    def _word_field(self, name: str, element: Any) -> str:
        return VOCABULARIES[WORDS[name]].from_xml(_text(element))

    def _epcs_field(self, name: str, element: Any) -> list[str]:
        return [_text(child) for child in self._only(element, name, "epc")]

    def _only(self, element: Any, path: str, name: str) -> list[Any]:
        """Return the children of an element, all of which should have one name."""
        children = [child for child in element if isinstance(child.tag, str)]
        for child in children:
            if local(child.tag) not in {name, "extension"}:
                words = f"is not known in {path}"
                self.found.append(
                    finding(f"{path}.{local(child.tag)[:80]}", "unknown-field", words)
                )
        return [child for child in children if local(child.tag) == name]

    def _quantities_field(self, name: str, element: Any) -> list[dict[str, Any]]:
        made = []
        for at, one in enumerate(self._only(element, name, "quantityElement")):
            entry: dict[str, Any] = {}
            for child in one:
                if not isinstance(child.tag, str):
                    continue
                member = local(child.tag)
                if member == "quantity":
                    if child.get(f"{_XSI}nil") != "true":
                        entry[member] = self._number(child, f"{name}[{at}].quantity")
                else:
                    entry[member] = _text(child)
            made.append(entry)
        return made

    def _place_field(self, name: str, element: Any) -> dict[str, Any]:
        made: dict[str, Any] = {}
        self._place_members(made, name, element)
        return made

    def _place_members(self, made: dict[str, Any], name: str, element: Any) -> None:
        for child in element:
            if not isinstance(child.tag, str):
                continue
            if not _is_own(child.tag):
                self._extend(made, child)
            elif local(child.tag) == "id":
                made["id"] = _text(child)
            elif local(child.tag) == "extension":
                self._place_members(made, name, child)
            else:
                made[local(child.tag)] = self.free(child)

    def _parties_field(self, name: str, element: Any) -> list[dict[str, str]]:
        member, vocabulary = PARTIES[name]
        made = []
        for one in self._only(element, name, member):
            entry = {}
            if one.get("type") is not None:
                entry["type"] = VOCABULARIES[vocabulary].from_xml(one.get("type").strip())
            entry[member] = _text(one)
            made.append(entry)
        return made

    def _persistent_field(self, name: str, element: Any) -> dict[str, list[str]]:  # noqa: ARG002
        made: dict[str, list[str]] = {}
        words = VOCABULARIES["disposition"]
        for child in element:
            if isinstance(child.tag, str):
                made.setdefault(local(child.tag), []).append(words.from_xml(_text(child)))
        return made

    def _sensor_field(self, name: str, element: Any) -> list[dict[str, Any]]:
        made = []
        for at, one in enumerate(self._only(element, name, "sensorElement")):
            entry: dict[str, Any] = {}
            self._sensor_members(entry, one, f"{name}[{at}]")
            made.append(entry)
        return made

    def _sensor_members(self, entry: dict[str, Any], element: Any, path: str) -> None:
        for child in element:
            if not isinstance(child.tag, str):
                continue
            name = local(child.tag)
            if not _is_own(child.tag):
                self._extend(entry, child)
            elif name == "sensorMetadata":
                entry[name] = self._attributes(child, f"{path}.{name}")
            elif name == "sensorReport":
                reports = entry.setdefault(name, [])
                reports.append(self._attributes(child, f"{path}.{name}[{len(reports)}]"))
            elif name == "extension":
                self._sensor_members(entry, child, path)
            else:
                words = "is not known in a sensor element"
                self.found.append(finding(f"{path}.{name[:80]}", "unknown-field", words))

    def _attributes(self, element: Any, path: str) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for tag, value in element.attrib.items():
            if tag.startswith(_XSI):
                continue
            name = self._key(tag)
            if name in NUMBERS:
                made[name] = self._number(value, f"{path}.{name}")
            elif name in REPORT_WORDS:
                made[name] = VOCABULARIES[REPORT_WORDS[name]].from_xml(value.strip())
            elif name == "booleanValue":
                made[name] = self._boolean(value, f"{path}.{name}")
            else:
                made[name] = value if name == "stringValue" or ":" in name else value.strip()
        return made

    def _boolean(self, value: str, path: str) -> bool:
        said = value.strip()
        if said not in {"true", "false", "0", "1"}:
            self.found.append(finding(path, "type", f"is {value[:40]!r}, not true or false"))
        return said in {"true", "1"}

    def _declaration_field(self, name: str, element: Any) -> dict[str, Any]:
        made: dict[str, Any] = {}
        self._declaration_members(made, name, element)
        return made

    def _declaration_members(self, made: dict[str, Any], name: str, element: Any) -> None:
        for child in element:
            if not isinstance(child.tag, str):
                continue
            member = local(child.tag)
            if not _is_own(child.tag):
                self._extend(made, child)
            elif member == "reason":
                made[member] = VOCABULARIES["reason"].from_xml(_text(child))
            elif member == "correctiveEventIDs":
                made[member] = [
                    _text(one) for one in self._only(child, f"{name}.{member}", "correctiveEventID")
                ]
            elif member == "extension":
                self._declaration_members(made, name, child)
            else:
                made[member] = _text(child)

    def _ilmd_field(self, name: str, element: Any) -> dict[str, Any]:  # noqa: ARG002
        made: dict[str, Any] = {}
        self._ilmd_members(made, element)
        return made

    def _ilmd_members(self, made: dict[str, Any], element: Any) -> None:
        for child in element:
            if isinstance(child.tag, str):
                if child.tag == "extension":
                    self._ilmd_members(made, child)
                else:
                    self._extend(made, child)

    _READERS: ClassVar[dict[str, Callable[[EventReader, str, Any], Any]]] = {
        **dict.fromkeys(TEXTS, _text_field),
        **dict.fromkeys(WORDS, _word_field),
        **dict.fromkeys(EPCS, _epcs_field),
        **dict.fromkeys(QUANTITIES, _quantities_field),
        **dict.fromkeys(PLACES, _place_field),
        **dict.fromkeys(PARTIES, _parties_field),
        "certificationInfo": _text_field,
        "errorDeclaration": _declaration_field,
        "ilmd": _ilmd_field,
        "persistentDisposition": _persistent_field,
        "sensorElementList": _sensor_field,
    }


def _text(element: Any) -> str:
    return (element.text or "").strip()


def _typed(element: Any) -> Any:
    """Return the text of an element as what xsi:type says it is."""
    text = element.text or ""
    if element.get(f"{_XSI}nil") == "true":
        return None
    kind = element.get(f"{_XSI}type", "").rpartition(":")[2]
    if kind in {"integer", "int", "long", "short", "decimal", "double", "float"}:
        made = number_of(text)
        return text if made is None else made
    if kind == "boolean" and text.strip() in {"true", "false", "0", "1"}:
        return text.strip() in {"true", "1"}
    return text
