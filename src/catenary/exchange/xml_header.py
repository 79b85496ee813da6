"""What a document in XML says beside its events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree as ET

from catenary.exchange.limits import LIMITS
from catenary.exchange.xml_events import EventReader
from catenary.exchange.xml_names import Names, local
from catenary.exchange.xml_writing import attribute, same, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from catenary.exchange.limits import Limits
    from catenary.exchange.reading import Document

__all__ = ["HeaderXml", "header_of", "header_xml", "take"]

SBDH: Final = "{http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader}"


def header_of(root: Any) -> dict[str, Any]:
    """Return what the root element says."""
    header: dict[str, Any] = {"type": local(root.tag)}
    for name in ("schemaVersion", "creationDate"):
        if root.get(name) is not None:
            header[name] = root.get(name).strip()
    return header


def _identifier(element: Any, party: str) -> str | None:
    found = element.find(f".//{SBDH}{party}/{SBDH}Identifier")
    return None if found is None or not found.text else str(found.text).strip()


def _vocabularies(element: Any, reader: EventReader) -> list[dict[str, Any]]:
    """Return master data as JSON."""
    made = []
    for vocabulary in (one for one in element.iter() if local(one.tag) == "Vocabulary"):
        entries = []
        for one in (e for e in vocabulary.iter() if local(e.tag) == "VocabularyElement"):
            entry: dict[str, Any] = {"id": one.get("id", "")}
            attributes = [
                {"id": part.get("id", ""), "attribute": reader.free(part, skip=("id",))}
                for part in one
                if local(part.tag) == "attribute"
            ]
            children = [
                (child.text or "").strip()
                for part in one
                if local(part.tag) == "children"
                for child in part
            ]
            if attributes:
                entry["attributes"] = attributes
            if children:
                entry["children"] = children
            entries.append(entry)
        made.append({"type": vocabulary.get("type", ""), "vocabularyElementList": entries})
    return made


def take(document: Document, element: Any, names: Names, limits: Limits) -> None:
    """Add to the header of a document what an element beside its events says."""
    header, name = document.header, local(element.tag)
    if name == "EPCISHeader":
        _take_header(header, element, EventReader(names, limits, old=False))
    elif name == "EPCISBody":
        _take_body(document, element)
    elif name in {"queryName", "subscriptionID"}:
        header.setdefault("queryResults", {})[name] = (element.text or "").strip()
    elif element.tag[:1] == "{":
        reader = EventReader(names, limits, old=False)
        if name == "ignoreFields" and len(element):
            header[reader.named(element)] = [reader.named(child) for child in element]
        else:
            header[reader.named(element)] = reader.free(element)


def _take_header(header: dict[str, Any], element: Any, reader: EventReader) -> None:
    for member, party in (("sender", "Sender"), ("receiver", "Receiver")):
        if (said := _identifier(element, party)) is not None:
            header.setdefault(member, said)
    instance = element.find(f".//{SBDH}InstanceIdentifier")
    if instance is not None and instance.text:
        header.setdefault("instanceIdentifier", instance.text.strip())
    master = [one for one in element.iter() if local(one.tag) == "EPCISMasterData"]
    if master:
        header.setdefault(
            "epcisHeader",
            {"epcisMasterData": {"vocabularyList": _vocabularies(master[0], reader)}},
        )


def _take_body(document: Document, element: Any) -> None:
    header = document.header
    if document.kind == "EPCISDocument":
        header.setdefault("epcisBody", {"eventList": []})
        return
    results = header.pop("queryResults", None)
    if all(local(child.tag) != "QueryResults" for child in element):
        header["query"] = True
        header["epcisBody"] = {}
        return
    said = {"queryResults": {**(results or {}), "resultsBody": {"eventList": []}}}
    header.setdefault("epcisBody", said)


@dataclass(frozen=True, slots=True)
class HeaderXml:
    """The header element, and what it says of the document."""

    text: str
    parties: bool
    master: bool


def header_xml(header: Mapping[str, Any]) -> HeaderXml:
    """Return sender, receiver and master data of a document as an EPCISHeader.

    Examples
    --------
    >>> header_xml({}).text
    ''
    """
    parties = _is_party(header)
    master = _master_xml(header.get("epcisHeader"))
    made = (_sbdh(header) if parties else "") + master
    text_ = f"<EPCISHeader>{made}</EPCISHeader>\n" if made else ""
    return HeaderXml(text_, parties, bool(master))


def _is_party(header: Mapping[str, Any]) -> bool:
    """Whether a business document header can say who sends what to whom."""
    said = [header[name] for name in ("sender", "receiver", "instanceIdentifier") if name in header]
    plain = (
        isinstance(one, str) and one != "" and one.isprintable() and one.strip() == one
        for one in said
    )
    return bool(said) and all(plain)


def _sbdh(header: Mapping[str, Any]) -> str:
    def element(name: str, inner: str) -> str:
        return f"<sbdh:{name}>{inner}</sbdh:{name}>"

    def party(name: str, member: str) -> str:
        if member not in header:
            return ""
        return element(name, element("Identifier", text(header[member])))

    identification = element("Standard", "EPCglobal") + element("TypeVersion", "2.0")
    if "instanceIdentifier" in header:
        identification += element("InstanceIdentifier", text(header["instanceIdentifier"]))
    identification += element("Type", "Events")
    identification += element("CreationDateAndTime", text(str(header.get("creationDate", ""))))
    inner = (
        element("HeaderVersion", "1.0")
        + party("Sender", "sender")
        + party("Receiver", "receiver")
        + element("DocumentIdentification", identification)
    )
    space = f' xmlns:sbdh="{SBDH[1:-1]}"'
    return (
        f"<sbdh:StandardBusinessDocumentHeader{space}>{inner}</sbdh:StandardBusinessDocumentHeader>"
    )


def _master_xml(said: object) -> str:
    """Return master data as XML; nothing if it would come back changed."""
    try:
        lists = "".join(map(_vocabulary_xml, said["epcisMasterData"]["vocabularyList"]))  # type: ignore[index]
    except (TypeError, KeyError, AttributeError):
        return ""
    made = f"<EPCISMasterData><VocabularyList>{lists}</VocabularyList></EPCISMasterData>"
    reader = EventReader(Names({}, []), LIMITS)
    back = {"epcisMasterData": {"vocabularyList": _vocabularies(ET.fromstring(made), reader)}}  # noqa: S314
    return f"<extension>{made}</extension>" if same(back, said) else ""


def _vocabulary_xml(vocabulary: dict[str, Any]) -> str:
    entries = ""
    for entry in vocabulary["vocabularyElementList"]:
        inner = "".join(
            f"<attribute id={attribute(part['id'])}>{text(part['attribute'])}</attribute>"
            for part in entry.get("attributes", ())
        )
        if "children" in entry:
            ids = "".join(f"<id>{text(child)}</id>" for child in entry["children"])
            inner += f"<children>{ids}</children>"
        entries += f"<VocabularyElement id={attribute(entry['id'])}>{inner}</VocabularyElement>"
    kind = attribute(vocabulary["type"])
    entries = f"<VocabularyElementList>{entries}</VocabularyElementList>"
    return f"<Vocabulary type={kind}>{entries}</Vocabulary>"
