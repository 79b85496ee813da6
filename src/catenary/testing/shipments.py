"""What hypothesis draws: events of EPCIS that keep every rule."""

from __future__ import annotations

import string
from typing import Any, Final

import hypothesis.strategies as st

from catenary.exchange.vocabulary import VOCABULARIES

__all__ = ["documents", "epcs", "events"]

PREFIXES: Final = {"example": "https://ns.example.com/epcis/", "other": "urn:example:other:"}
_SERIAL: Final = st.text(string.ascii_letters + string.digits + "-._", min_size=1, max_size=12)
_TEXT: Final = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_NAME: Final = st.text(string.ascii_letters, min_size=1, max_size=6).map(
    lambda name: "v" + name if name.lower().startswith("xml") else name
)
_LEAF: Final = (
    st.none()
    | st.booleans()
    | st.integers(-(10**15), 10**15)
    | st.floats(-1e9, 1e9, allow_nan=False)
    | _TEXT
)


def _digits(least: int, most: int | None = None) -> st.SearchStrategy[str]:
    return st.text(string.digits, min_size=least, max_size=least if most is None else most)


@st.composite
def epcs(draw: st.DrawFn) -> str:
    """Draw the URN of a single thing, place or document, of any scheme that has a link."""
    length = draw(st.integers(6, 12))
    prefix = draw(_digits(length))
    name, total, serial = draw(
        st.sampled_from(
            [
                ("sgtin", 13, _SERIAL),
                ("sscc", 17, None),
                ("sgln", 12, _SERIAL),
                ("grai", 12, _SERIAL),
                ("gsrn", 17, None),
                ("gsrnp", 17, None),
                ("gdti", 12, _SERIAL),
                ("sgcn", 12, _digits(1, 12)),
                ("gsin", 16, None),
                ("itip", 13, st.builds("{}.{}.{}".format, _digits(2), _digits(2), _SERIAL)),
                ("upui", 13, _SERIAL),
                ("pgln", 12, None),
                ("giai", 0, None),
                ("ginc", 0, None),
                ("cpi", 0, _digits(1, 12)),
            ]
        )
    )
    reference = draw(_digits(total - length)) if total else draw(_digits(1, 10))
    tail = "" if serial is None else f".{draw(serial)}"
    return f"urn:epc:id:{name}:{prefix}.{reference}{tail}"


def _members(depth: int = 2) -> st.SearchStrategy[dict[str, Any]]:
    """Draw members of somebody's own."""
    inner: st.SearchStrategy[Any] = _LEAF
    for _ in range(depth):
        names = st.builds("{}:{}".format, st.sampled_from(sorted(PREFIXES)), _NAME)
        inner = _LEAF | st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3)
    names = st.builds("{}:{}".format, st.sampled_from(sorted(PREFIXES)), _NAME)
    return st.dictionaries(names, inner, max_size=3)


def _word(name: str) -> st.SearchStrategy[str]:
    words = st.sampled_from(sorted(VOCABULARIES[name].words))
    return words | st.just("https://example.com/word")


_TIMES: Final = st.builds(
    "{:04d}-{:02d}-{:02d}T{:02d}:{:02d}:{:02d}{}{}".format,
    st.integers(1990, 2080),
    st.integers(1, 12),
    st.integers(1, 28),
    st.integers(0, 23),
    st.integers(0, 59),
    st.integers(0, 59),
    st.sampled_from(["", ".5", ".123", ".1239", ".999999"]),
    st.sampled_from(["Z", "+00:00", "+05:30", "-11:00", "+14:00"]),
)
_QUANTITY: Final = st.fixed_dictionaries(
    {"epcClass": st.builds("urn:epc:class:lgtin:4012345.0{}.{}".format, _digits(5), _SERIAL)},
    optional={"quantity": st.integers(0, 10**6) | st.floats(0, 1e6)},
)


def _parties(member: str, words: str) -> st.SearchStrategy[Any]:
    return st.lists(st.fixed_dictionaries({"type": _word(words), member: epcs()}), max_size=3)


@st.composite
def _sensors(draw: st.DrawFn) -> dict[str, Any]:
    report = st.fixed_dictionaries(
        {"type": _word("measurement")},
        optional={
            "value": st.floats(-1e6, 1e6),
            "component": _word("component"),
            "booleanValue": st.booleans(),
            "stringValue": _TEXT,
            "uom": st.sampled_from(["CEL", "KMH"]),
            "time": _TIMES,
            "deviceID": epcs(),
            "bizRules": epcs(),
        },
    )
    made: dict[str, Any] = {"sensorReport": draw(st.lists(report, min_size=1, max_size=3))}
    if draw(st.booleans()):
        made["sensorMetadata"] = {"time": draw(_TIMES), "example:note": draw(_TEXT)}
    return {**made, **draw(_members(1))}


_OPTIONAL: Final[dict[str, st.SearchStrategy[Any]]] = {
    "recordTime": _TIMES,
    "eventID": st.just("urn:uuid:374d95fc-9457-4a51-bd6a-0bba133845a8"),
    "certificationInfo": st.just("https://example.com/c")
    | st.lists(st.sampled_from(["https://example.com/a", "https://example.com/b"])),
    "errorDeclaration": st.fixed_dictionaries(
        {"declarationTime": _TIMES}, optional={"reason": _word("reason")}
    ),
    "bizStep": _word("bizStep"),
    "disposition": _word("disposition"),
    "persistentDisposition": st.fixed_dictionaries({"set": st.just(["damaged"])}),
    "readPoint": st.builds(lambda one, own: {"id": one, **own}, epcs(), _members(1)),
    "bizLocation": st.builds(lambda one: {"id": one}, epcs()),
    "sourceList": _parties("source", "source"),
    "destinationList": _parties("destination", "source"),
    "sensorElementList": st.lists(_sensors(), max_size=2),
}
_EPCS: Final = st.lists(epcs(), min_size=1, max_size=4, unique=True)
_QUANTITIES: Final = st.lists(_QUANTITY, min_size=1, max_size=3)
_TRANSACTIONS: Final = st.lists(
    st.fixed_dictionaries({"bizTransaction": epcs()}, optional={"type": _word("bizTransaction")}),
    min_size=1,
    max_size=3,
)
_KINDS: Final[dict[str, tuple[dict[str, Any], dict[str, Any]]]] = {
    "ObjectEvent": (
        {"action": st.just("ADD"), "epcList": _EPCS},
        {"quantityList": _QUANTITIES, "bizTransactionList": _TRANSACTIONS, "ilmd": _members()},
    ),
    "AggregationEvent": (
        {"action": st.sampled_from(["ADD", "OBSERVE"]), "parentID": epcs(), "childEPCs": _EPCS},
        {"childQuantityList": _QUANTITIES, "bizTransactionList": _TRANSACTIONS},
    ),
    "TransactionEvent": (
        {
            "action": st.sampled_from(["ADD", "OBSERVE", "DELETE"]),
            "bizTransactionList": _TRANSACTIONS,
            "epcList": _EPCS,
        },
        {"parentID": epcs(), "quantityList": _QUANTITIES},
    ),
    "TransformationEvent": (
        {"inputEPCList": _EPCS, "outputQuantityList": _QUANTITIES},
        {"transformationID": epcs(), "ilmd": _members(), "outputEPCList": _EPCS},
    ),
    "AssociationEvent": (
        {"action": st.just("ADD"), "parentID": epcs(), "childEPCs": _EPCS},
        {"childQuantityList": _QUANTITIES, "bizTransactionList": _TRANSACTIONS},
    ),
}


@st.composite
def events(draw: st.DrawFn) -> dict[str, Any]:
    """Draw an event, as JSON, that keeps every rule; its prefixes are those of `documents`."""
    kind = draw(st.sampled_from(sorted(_KINDS)))
    needed, more = _KINDS[kind]
    made = draw(
        st.fixed_dictionaries(
            {
                "type": st.just(kind),
                "eventTime": _TIMES,
                "eventTimeZoneOffset": st.sampled_from(["+00:00", "-06:00", "+14:00"]),
                **needed,
            },
            optional={**more, **_OPTIONAL},
        )
    )
    return {**made, **draw(_members())}


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a document of such events."""
    context: list[Any] = ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"]
    context += draw(st.permutations([{k: v} for k, v in PREFIXES.items()]))
    made: dict[str, Any] = {
        "@context": context,
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": draw(_TIMES),
        "epcisBody": {"eventList": draw(st.lists(events(), max_size=4))},
    }
    if draw(st.booleans()):
        made["sender"] = draw(epcs())
    return made
