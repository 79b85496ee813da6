"""What a query asks of an event, each condition apart from the parameter that wrote it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from catenary.exchange.queries.matching import Span

__all__ = [
    "Comparison",
    "Condition",
    "OnColumn",
    "OnMaster",
    "OnMember",
    "OnThing",
    "Order",
    "Within",
]

Comparison: TypeAlias = Literal["EQ", "GT", "GE", "LT", "LE", "EXISTS"]


@dataclass(frozen=True, slots=True)
class OnColumn:
    """A field that an event has once is one of these values, or before or after one."""

    column: str
    comparison: Comparison
    values: tuple[str | int, ...] = ()


@dataclass(frozen=True, slots=True)
class Within:
    """A place is one of these, or lies in one of them, however deep."""

    column: str
    roots: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OnThing:
    """One of these fields names a thing, or class of things, within one of these spans."""

    fields: tuple[int, ...]
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class OnMember:
    """A member of one of these names has one of these texts, numbers or times."""

    names: tuple[str, ...]
    comparison: Comparison
    texts: tuple[str, ...] = ()
    numbers: tuple[float, ...] = ()
    times: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class OnMaster:
    """What a field names has master data with one of these attributes.

    Parameters
    ----------
    column
        The field, if an event has it once.
    fields
        Fields that name classes of things.
    members
        Names of members.
    attributes
        Names of attributes of which one is there.
    texts
        What the attribute is; None = anything.
    """

    column: str = ""
    fields: tuple[int, ...] = ()
    members: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()
    texts: tuple[str, ...] | None = None


Condition: TypeAlias = OnColumn | Within | OnThing | OnMember | OnMaster


@dataclass(frozen=True, slots=True)
class Order:
    """What events are ordered by: a column, or members of these names."""

    column: str = "number"
    members: tuple[str, ...] = ()
    descending: bool = False
