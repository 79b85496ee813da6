"""Queries: the store finds what a plain look at every event finds."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings
from places import wipe
from plainly import PREFIXES, answers, facts
from shipped import document, shipment

from catenary.errors import OptionError
from catenary.exchange import event_hash
from catenary.exchange.queries import PARAMETERS, QueryError
from catenary.testing.shipments import events

if TYPE_CHECKING:
    from catenary.exchange.store import Store

pytestmark = pytest.mark.part("9.4")

LAW = settings(
    max_examples=settings().max_examples // 3,  # each captures a document
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
SHIPPED = shipment(1, 0)
_TIMES = ("eventTime", "errorDeclarationTime", "time")
_ORDERED = ("GT", "GE", "LT", "LE")
_THINGS = (
    "epc", "parentID", "inputEPC", "outputEPC", "anyEPC", "epcClass", "inputEPCClass",
    "outputEPCClass", "anyEPCClass",
)  # fmt: skip


def names(shipped: list[dict[str, Any]]) -> list[str]:
    """Return what tells events apart, each once, in the order of capture."""
    found = []
    for one in shipped:
        declared = one.get("errorDeclaration", {}).get("declarationTime", "")
        found.append(event_hash(one, PREFIXES) + declared)
    return found


@st.composite
def parameters(draw: st.DrawFn, shipped: list[dict[str, Any]]) -> dict[str, Any]:
    """Draw parameters that some of the events, or none, fulfil."""
    made: dict[str, Any] = {}
    for _ in range(draw(st.integers(1, 3))):
        said = list(facts(draw(st.sampled_from(shipped))))
        field, value = draw(st.sampled_from(said))
        if field in {"sensorElementList", "errorDeclaration"}:
            made[f"EXISTS_{field}"] = draw(st.sampled_from([True, None, "true", ""]))
        elif field in _TIMES:
            made[f"{draw(st.sampled_from(['GE', 'LT']))}_{field}"] = value
        elif field in _THINGS:
            made[f"MATCH_{field}"] = [value]
        elif field == "eventType":
            made[field] = [value, "ObjectEvent"]
        elif field == "booleanValue":
            made["EQ_booleanValue"] = value
        elif field.startswith(("source_", "destination_", "bizTransaction_")):
            made[f"EQ_{field}"] = [value]
        elif ":" not in field and not isinstance(value, str):
            value = draw(st.sampled_from([value, value + 1, value / 2, str(value)]))
            made[f"{draw(st.sampled_from(['EQ', *_ORDERED]))}_{field}"] = value
        elif ":" not in field:
            made[f"EQ_{field}"] = draw(st.sampled_from([value, [value], [value, value]]))
        else:
            _own(draw, made, field, value)
    return made


def _own(draw: st.DrawFn, made: dict[str, Any], field: str, value: Any) -> None:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if draw(st.booleans()) or value is None:
        made[f"EXISTS_{field}"] = True
    elif number and draw(st.booleans()):
        made[f"{draw(st.sampled_from(_ORDERED))}_{field}"] = value
    else:
        made[f"EQ_{field}"] = draw(st.sampled_from([value, [value, "something else"]]))


@LAW
@given(shipped=st.lists(events(), min_size=1, max_size=8), data=st.data())
def test_the_store_finds_what_a_plain_look_finds(
    kept: Store, shipped: list[dict[str, Any]], data: st.DataObject
) -> None:
    wipe(kept)
    job = kept.capture(document(shipped))
    assert job.success, job.errors
    known = names(shipped)
    first = dict(zip(reversed(known), reversed(shipped), strict=True))
    assert job.stored == len(first)
    assert job.known == len(shipped) - len(first)
    for _ in range(4):
        asked = data.draw(parameters(shipped))
        wanted = [name for name in dict.fromkeys(known) if answers(first[name], asked)]
        found = [
            one.hash + one.event.get("errorDeclaration", {}).get("declarationTime", "")
            for one in kept.query(asked, prefixes=PREFIXES)
        ]
        assert found == wanted, asked
        assert kept.count(kept.parse(asked, PREFIXES)) == len(wanted)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=4,
)
_NAMES = st.sampled_from(
    [
        *PARAMETERS, "EQ_value_CEL", "GT_quantity_KGM", "EQ_source_location", "EQ_bizTransaction_",
        "EQ_example:a", "GT_INNER_ILMD_example:a", "EXISTS_other:b", "HASATTR_bizLocation",
        "EQATTR_example:a_b", "@context", "EQ_{x}y", "LE_SENSORREPORT_http://a/b",
    ]
) | st.text(max_size=12)  # fmt: skip
_WORDS = st.sampled_from(
    [
        "2026-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.9999999-11:00",
        "urn:epc:idpat:sgtin:4012345.*.*", "urn:epc:idpat:sgtin:\U0010ffff.*", "https://a/*",
        "urn:epc:idpat:gid:[1-999999999999999999]", "5", "-1e300", "shipping", "ASC", "true",
        "urn:epc:idpat:sgtin:4012345.011111.[0-999999999999999999]", "http://" + "x" * 5000,
        "eventTime", "\ud800", "a\0b", "urn:example:\ud800",
    ]
)  # fmt: skip


@LAW
@given(asked=st.dictionaries(_NAMES, _JSON | _WORDS | st.lists(_WORDS, max_size=3), max_size=4))
def test_whatever_is_asked_is_answered_or_told(kept: Store, asked: dict[str, Any]) -> None:
    if not kept.last_number():
        assert kept.capture(document([{**SHIPPED, "example:a": 1}])).success
    with suppress(OptionError):  # a clear answer, and nothing else is raised
        page = kept.page(asked, per_page=2)
        found = list(kept.query(asked))
        assert page.events == found[:2]
        assert len(found) == kept.count(asked, most=kept.parse(asked).limit)


def test_bounds_on_questions_are_told(kept: Store) -> None:
    for asked in (
        {"EQ_readPoint": ["urn:x:y"] * 6_000},
        {"MATCH_epc": [f"urn:epc:idpat:sgtin:{at}.*.*" for at in range(1_000_000, 1_000_060)]},
        {f"EXISTS_example:a{at}": True for at in range(300)},
        {"maxEventCount": 10**30},
    ):
        with pytest.raises(QueryError):
            kept.page(asked)
    assert kept.page({"EQ_readPoint": [f"urn:x:{at}" for at in range(5_000)]}).events == []
    many = {f"EXISTS_example:a{at}": True for at in range(150)}
    assert kept.page(many).events == []
