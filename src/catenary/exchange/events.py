"""The five kinds of event of EPCIS 2.0, and the parts that they are made of.

Field names are those of the standard in Python's spelling (`eventTimeZoneOffset` is
`event_time_zone_offset`). What is absent is `UNSET`, since `null` is no value in EPCIS. Whatever a
partner adds under a prefix of its own stays, as it was written, in `extensions`.

From these types come the check of types (compiled by msgspec), the list of everything that is wrong
(`checking`) and the JSON schema (`schema`).

References
----------
GS1, EPCIS Standard 2.0, sections 7.3, 7.4 and 10.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, TypeAlias

from msgspec import UNSET, Meta, Struct, UnsetType, convert, field, to_builtins
from msgspec.structs import fields

from catenary.errors import SchemaError
from catenary.exchange.vocabulary import vocabulary_pattern

__all__ = [
    "EVENT_TYPES",
    "UNSET",
    "AggregationEvent",
    "AssociationEvent",
    "BusinessTransaction",
    "Destination",
    "ErrorDeclaration",
    "Event",
    "ObjectEvent",
    "OtherEvent",
    "PersistentDisposition",
    "Place",
    "QuantityElement",
    "SensorElement",
    "SensorMetadata",
    "SensorReport",
    "Source",
    "TransactionEvent",
    "TransformationEvent",
    "event_from",
    "plain",
]

_SPELT: Final = {
    "parent_id": "parentID",
    "event_id": "eventID",
    "device_id": "deviceID",
    "transformation_id": "transformationID",
    "child_epcs": "childEPCs",
    "input_epc_list": "inputEPCList",
    "output_epc_list": "outputEPCList",
    "corrective_event_ids": "correctiveEventIDs",
    "s_dev": "sDev",
    "extensions": "",  # no member is called so: extensions are those that no field takes
}


def _spelling(name: str) -> str:
    first, *rest = name.split("_")
    return _SPELT.get(name, first + "".join(word.capitalize() for word in rest))


Time: TypeAlias = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
Address: TypeAlias = Annotated[str, Meta(extra_json_schema={"format": "uri"})]
Number: TypeAlias = float | int
Offset: TypeAlias = Annotated[
    str, Meta(pattern=r"^[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00)(?!\n)$")
]
Unit: TypeAlias = Annotated[str, Meta(pattern=r"^[A-Z0-9]{2,3}(?!\n)$")]
Hexadecimal: TypeAlias = Annotated[str, Meta(pattern=r"^[A-Fa-f0-9]+(?!\n)$")]
Action: TypeAlias = Literal["ADD", "OBSERVE", "DELETE"]
BusinessStep: TypeAlias = Annotated[str, Meta(pattern=vocabulary_pattern("bizStep"))]
Disposition: TypeAlias = Annotated[str, Meta(pattern=vocabulary_pattern("disposition"))]
TransactionType: TypeAlias = Annotated[str, Meta(pattern=vocabulary_pattern("bizTransaction"))]
PartyType: TypeAlias = Annotated[str, Meta(pattern=vocabulary_pattern("source"))]
Reason: TypeAlias = Annotated[str, Meta(pattern=vocabulary_pattern("reason"))]
Component: TypeAlias = Annotated[str, Meta(pattern=vocabulary_pattern("component"))]
Measurement: TypeAlias = Annotated[str, Meta(pattern=vocabulary_pattern("measurement"))]
Alert: TypeAlias = Annotated[str, Meta(pattern=vocabulary_pattern("exception"))]


class Closed(Struct, kw_only=True, omit_defaults=True, rename=_spelling, gc=False):
    """A part that takes no extensions."""


class Open(Struct, kw_only=True, omit_defaults=True, rename=_spelling):
    """A part that takes extensions."""

    extensions: dict[str, Any] = field(default_factory=dict)


class QuantityElement(Closed, kw_only=True, forbid_unknown_fields=True):
    """How much of a class of things: a number of pieces, or an amount in `uom`."""

    epc_class: Address
    quantity: Number | UnsetType = UNSET
    uom: Unit | UnsetType = UNSET


class BusinessTransaction(Closed, kw_only=True, forbid_unknown_fields=True):
    """An order, invoice or other document that an event belongs to."""

    biz_transaction: Address
    type: TransactionType | UnsetType = UNSET


class Source(Closed, kw_only=True, forbid_unknown_fields=True):
    """Where, or from whom, a transfer begins."""

    type: PartyType
    source: Address


class Destination(Closed, kw_only=True, forbid_unknown_fields=True):
    """Where, or with whom, a transfer ends."""

    type: PartyType
    destination: Address


class PersistentDisposition(Closed, kw_only=True, forbid_unknown_fields=True):
    """Conditions that hold until they are unset."""

    set: Annotated[list[Disposition], Meta(min_length=1)] | UnsetType = UNSET
    unset: Annotated[list[Disposition], Meta(min_length=1)] | UnsetType = UNSET


class Place(Open, kw_only=True):
    """A read point or business location."""

    id: Address


class ErrorDeclaration(Open, kw_only=True):
    """Says that an event recorded earlier was wrong."""

    declaration_time: Time
    reason: Reason | UnsetType = UNSET
    corrective_event_ids: list[Address] | UnsetType = UNSET


class SensorMetadata(Open, kw_only=True):
    """What holds for all reports of a sensor element."""

    time: Time | UnsetType = UNSET
    start_time: Time | UnsetType = UNSET
    end_time: Time | UnsetType = UNSET
    device_id: Address | UnsetType = UNSET
    device_metadata: Address | UnsetType = UNSET
    raw_data: Address | UnsetType = UNSET
    data_processing_method: Address | UnsetType = UNSET
    biz_rules: Address | UnsetType = UNSET


class SensorReport(Open, kw_only=True):
    """One measured or computed value."""

    type: Measurement | UnsetType = UNSET
    exception: Alert | UnsetType = UNSET
    device_id: Address | UnsetType = UNSET
    device_metadata: Address | UnsetType = UNSET
    raw_data: Address | UnsetType = UNSET
    data_processing_method: Address | UnsetType = UNSET
    biz_rules: Address | UnsetType = UNSET
    time: Time | UnsetType = UNSET
    microorganism: Address | UnsetType = UNSET
    chemical_substance: Address | UnsetType = UNSET
    value: Number | UnsetType = UNSET
    component: Component | UnsetType = UNSET
    string_value: str | UnsetType = UNSET
    boolean_value: bool | UnsetType = UNSET
    hex_binary_value: Hexadecimal | UnsetType = UNSET
    uri_value: Address | UnsetType = UNSET
    min_value: Number | UnsetType = UNSET
    max_value: Number | UnsetType = UNSET
    mean_value: Number | UnsetType = UNSET
    s_dev: Number | UnsetType = UNSET
    perc_rank: Number | UnsetType = UNSET
    perc_value: Number | UnsetType = UNSET
    uom: str | UnsetType = UNSET
    coordinate_reference_system: Address | UnsetType = UNSET


class SensorElement(Open, kw_only=True):
    """Reports that share their metadata."""

    sensor_metadata: SensorMetadata | UnsetType = UNSET
    sensor_report: Annotated[list[SensorReport], Meta(min_length=1)]


class Event(Open, kw_only=True):
    """What every kind of event has."""

    event_time: Time
    event_time_zone_offset: Offset
    record_time: Time | UnsetType = UNSET
    event_id: Address | UnsetType = UNSET
    certification_info: Address | list[Address] | UnsetType = UNSET
    error_declaration: ErrorDeclaration | UnsetType = UNSET
    biz_step: BusinessStep | UnsetType = UNSET
    disposition: Disposition | UnsetType = UNSET
    persistent_disposition: PersistentDisposition | UnsetType = UNSET
    read_point: Place | UnsetType = UNSET
    biz_location: Place | UnsetType = UNSET
    source_list: list[Source] | UnsetType = UNSET
    destination_list: list[Destination] | UnsetType = UNSET
    sensor_element_list: list[SensorElement] | UnsetType = UNSET


class ObjectEvent(Event, kw_only=True, tag_field="type", tag="ObjectEvent"):
    """Something happened to objects."""

    action: Action
    epc_list: list[Address] | UnsetType = UNSET
    quantity_list: list[QuantityElement] | UnsetType = UNSET
    biz_transaction_list: list[BusinessTransaction] | UnsetType = UNSET
    ilmd: dict[str, Any] | UnsetType = UNSET


class AggregationEvent(Event, kw_only=True, tag_field="type", tag="AggregationEvent"):
    """Objects were packed into, found in or taken out of a container."""

    action: Action
    parent_id: Address | UnsetType = UNSET
    child_epcs: list[Address] | UnsetType = UNSET
    child_quantity_list: list[QuantityElement] | UnsetType = UNSET
    biz_transaction_list: list[BusinessTransaction] | UnsetType = UNSET


class TransactionEvent(Event, kw_only=True, tag_field="type", tag="TransactionEvent"):
    """Objects were tied to, or released from, a business transaction."""

    action: Action
    biz_transaction_list: Annotated[list[BusinessTransaction], Meta(min_length=1)]
    parent_id: Address | UnsetType = UNSET
    epc_list: list[Address] | UnsetType = UNSET
    quantity_list: list[QuantityElement] | UnsetType = UNSET


class TransformationEvent(Event, kw_only=True, tag_field="type", tag="TransformationEvent"):
    """Objects were used up, and others came into being."""

    input_epc_list: list[Address] | UnsetType = UNSET
    input_quantity_list: list[QuantityElement] | UnsetType = UNSET
    output_epc_list: list[Address] | UnsetType = UNSET
    output_quantity_list: list[QuantityElement] | UnsetType = UNSET
    transformation_id: Address | UnsetType = UNSET
    biz_transaction_list: list[BusinessTransaction] | UnsetType = UNSET
    ilmd: dict[str, Any] | UnsetType = UNSET


class AssociationEvent(Event, kw_only=True, tag_field="type", tag="AssociationEvent"):
    """Objects were fixed to, or taken off, another object or a place for long."""

    action: Action
    parent_id: Address
    child_epcs: list[Address] | UnsetType = UNSET
    child_quantity_list: list[QuantityElement] | UnsetType = UNSET
    biz_transaction_list: list[BusinessTransaction] | UnsetType = UNSET


class OtherEvent(Event, kw_only=True):
    """An event of somebody's own type: any field, each of the right type, and whatever else."""

    type: str
    action: Action | UnsetType = UNSET
    parent_id: Address | UnsetType = UNSET
    epc_list: list[Address] | UnsetType = UNSET
    child_epcs: list[Address] | UnsetType = UNSET
    input_epc_list: list[Address] | UnsetType = UNSET
    output_epc_list: list[Address] | UnsetType = UNSET
    quantity_list: list[QuantityElement] | UnsetType = UNSET
    child_quantity_list: list[QuantityElement] | UnsetType = UNSET
    input_quantity_list: list[QuantityElement] | UnsetType = UNSET
    output_quantity_list: list[QuantityElement] | UnsetType = UNSET
    transformation_id: Address | UnsetType = UNSET
    biz_transaction_list: list[BusinessTransaction] | UnsetType = UNSET
    ilmd: dict[str, Any] | UnsetType = UNSET


EVENT_TYPES: Final[dict[str, type[Event]]] = {
    one.__name__: one
    for one in (
        ObjectEvent,
        AggregationEvent,
        TransactionEvent,
        TransformationEvent,
        AssociationEvent,
    )
}
"""The five kinds, by name."""

_NESTED: Final = ("readPoint", "bizLocation", "errorDeclaration")


def _parted(part: dict[str, Any]) -> dict[str, Any]:
    """Return a part with its extensions under the name that the types give them."""
    extensions = {name: value for name, value in part.items() if ":" in name or name[:1] == "@"}
    return {**{k: v for k, v in part.items() if k not in extensions}, "": extensions}


def _joined(part: dict[str, Any]) -> dict[str, Any]:
    extensions = part.pop("", {})
    return {**part, **extensions}


def event_from(event: dict[str, Any]) -> Event:
    """Return the typed event that a JSON object describes.

    Raises
    ------
    SchemaError
        If a field is missing, unknown or of another type.

    Examples
    --------
    >>> made = event_from({
    ...     "type": "ObjectEvent",
    ...     "eventTime": "2026-01-01T00:00:00Z",
    ...     "eventTimeZoneOffset": "+00:00",
    ...     "action": "OBSERVE",
    ...     "epcList": ["urn:epc:id:sgtin:4012345.011111.987"],
    ...     "example:temper": "mild",
    ... })
    >>> made.epc_list, made.extensions
    (['urn:epc:id:sgtin:4012345.011111.987'], {'example:temper': 'mild'})
    """
    from catenary.exchange.checking import schema_problems  # noqa: PLC0415  it reads these types

    if problems := schema_problems(event):
        raise SchemaError(
            f"{problems[0].where}: {problems[0].message}",
            hint=problems[0].hint,
            problems=problems,
        )
    parted = _parted(event)
    if event["type"] not in EVENT_TYPES:  # what no field takes is its own, prefix or not
        known = {one.encode_name for one in fields(OtherEvent)}
        own = {name: value for name, value in parted.items() if name and name not in known}
        parted[""].update(own)
    for name in _NESTED:
        if name in parted:
            parted[name] = _parted(parted[name])
    if "sensorElementList" in parted:
        elements = [_parted(element) for element in parted["sensorElementList"]]
        for element in elements:
            if "sensorMetadata" in element:
                element["sensorMetadata"] = _parted(element["sensorMetadata"])
            element["sensorReport"] = [_parted(report) for report in element["sensorReport"]]
        parted["sensorElementList"] = elements
    return convert(parted, EVENT_TYPES.get(event["type"], OtherEvent))


def plain(event: Event) -> dict[str, Any]:
    """Return the JSON object of a typed event; `event_from` undoes it.

    Examples
    --------
    >>> made = AssociationEvent(
    ...     event_time="2026-01-01T00:00:00Z", event_time_zone_offset="+00:00",
    ...     action="DELETE", parent_id="urn:epc:id:grai:4012345.55555.987",
    ... )
    >>> plain(made)["parentID"]
    'urn:epc:id:grai:4012345.55555.987'
    """
    made: dict[str, Any] = _joined(to_builtins(event))
    for name in _NESTED:
        if name in made:
            made[name] = _joined(made[name])
    for element in made.get("sensorElementList", ()):
        if "sensorMetadata" in element:
            element["sensorMetadata"] = _joined(element["sensorMetadata"])
        element["sensorReport"] = [_joined(report) for report in element["sensorReport"]]
    if "sensorElementList" in made:
        made["sensorElementList"] = [_joined(element) for element in made["sensorElementList"]]
    return made
