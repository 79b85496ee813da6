"""An event, less all that does not tell where goods are: what following goods needs of it."""

from __future__ import annotations

from typing import Any, Final

from msgspec import Struct

from catenary.exchange.flows.things import short
from catenary.exchange.layout import LISTS
from catenary.exchange.links import canonical_link
from catenary.exchange.times import milliseconds
from catenary.exchange.vocabulary import CBV, VOCABULARIES

__all__ = ["ARRIVES", "DEPARTS", "SELLS", "VOIDS", "Move", "moment_of", "move_of", "rank_of"]

DEPARTS: Final = frozenset({"shipping", "departing"})
"""Business steps with which goods leave a place."""
ARRIVES: Final = frozenset({"receiving", "arriving", "unloading"})
"""Business steps with which goods come to a place."""
SELLS: Final = frozenset({"retail_selling", "dispensing"})
"""Business steps with which a customer takes goods."""
VOIDS: Final = "void_shipping"
_SOLD: Final = frozenset({"retail_sold", "dispensed"})
_GTIN: Final = "gtin"
_NAMES: Final = frozenset(
    {"descriptionshort", "productname", "itemname", "tradeitemdescription", "functionalname"}
)
_PARTIES: Final = ("location", "possessing_party", "owning_party")
"""Which of several sources or destinations says where goods come from or go to: the first."""


class Move(Struct, array_like=True, omit_defaults=True):
    """What one event says of where things are.

    Parameters
    ----------
    kind
        Type of event: `O`bject, `A`ggregation, `T`ransaction or trans`F`ormation.
    action, step
        Action and business step (bare; blank = none or of one's own).
    read, business
        Read point and business location, canonical and short; blank = not said.
    things
        Single things: EPCs, children, inputs.
    classes
        Quantities: class, amount (None = not said) and unit code; of children and inputs too.
    parent
        Container; blank = none.
    made, made_classes
        Outputs of a transformation.
    joined
        Id that joins the parts of a transformation.
    origin, destination
        Place or party that goods come from or go to.
    orders
        Business transactions.
    sold
        Whether a customer takes the things.
    names
        What instance or lot master data says of the product: `gtin`, `name`.
    """

    kind: str
    action: str = ""
    step: str = ""
    read: str = ""
    business: str = ""
    things: list[str] = []
    classes: list[tuple[str, float | int | None, str]] = []
    parent: str = ""
    made: list[str] = []
    made_classes: list[tuple[str, float | int | None, str]] = []
    joined: str = ""
    origin: str = ""
    destination: str = ""
    orders: list[str] = []
    sold: bool = False
    names: dict[str, str] = {}


_KINDS: Final = {
    "ObjectEvent": "O",
    "AggregationEvent": "A",
    "TransactionEvent": "T",
    "TransformationEvent": "F",
}


def _word(name: str, said: str) -> str:
    vocabulary = VOCABULARIES[name]
    if said in vocabulary.words:
        return said
    full = vocabulary.full(said)
    return full.rpartition("-")[2] if full.startswith(CBV) else ""


def _ids(said: Any) -> list[str]:
    return [short(canonical_link(one)) for one in said or ()]


def _classes(said: Any) -> list[tuple[str, float | int | None, str]]:
    return [
        (short(canonical_link(one["epcClass"])), one.get("quantity"), one.get("uom", ""))
        for one in said or ()
    ]


def _place(event: dict[str, Any], name: str) -> str:
    said = event.get(name)
    return short(canonical_link(said["id"])) if said else ""


def _party(event: dict[str, Any], name: str) -> str:
    found = {_word("source", one["type"]): one[name] for one in event.get(f"{name}List") or ()}
    said = next((found[kind] for kind in _PARTIES if kind in found), "")
    return short(canonical_link(said)) if said else ""


def _names(said: Any) -> dict[str, str]:
    """Return what master data of instances or lots says of their product."""
    made: dict[str, str] = {}
    for name, value in said.items():
        local = name.replace("#", ":").rpartition(":")[2].casefold()
        text = value[0] if isinstance(value, list) and value else value
        text = text.get("@value") if isinstance(text, dict) else text
        if local == _GTIN and str(text).isdigit():
            made[_GTIN] = str(text).zfill(14)
        elif local in _NAMES and isinstance(text, str) and text.strip():
            made["name"] = min(made.get("name", text.strip()), text.strip())
    return made


def move_of(event: dict[str, Any]) -> Move | None:
    """Return what an event that keeps all rules says of where goods are; None: nothing.

    Examples
    --------
    >>> move_of({
    ...     "type": "ObjectEvent", "action": "OBSERVE", "bizStep": "shipping",
    ...     "epcList": ["urn:epc:id:sgtin:4012345.011111.987"],
    ...     "readPoint": {"id": "urn:epc:id:sgln:4012345.00005.0"},
    ... })
    Move(kind='O', action='OBSERVE', step='shipping', read='414/4012345000054', business='', \
things=['01/04012345111118/21/987'], classes=[], parent='', made=[], made_classes=[], joined='', \
origin='', destination='', orders=[], sold=False, names={})
    """
    kind = _KINDS.get(event["type"])
    if kind is None:
        return None
    for name in LISTS & event.keys():  # drafts may give one object for a list
        if isinstance(event[name], dict):
            event = {**event, name: [event[name]]}
    step = _word("bizStep", event.get("bizStep", ""))
    parent = event.get("parentID", "")
    made = Move(
        kind=kind,
        action=event.get("action", ""),
        step=step,
        read=_place(event, "readPoint"),
        business=_place(event, "bizLocation"),
        parent=short(canonical_link(parent)) if parent else "",
        origin=_party(event, "source"),
        destination=_party(event, "destination"),
        orders=sorted(
            {canonical_link(one["bizTransaction"]) for one in event.get("bizTransactionList") or ()}
        ),
        sold=step in SELLS or _word("disposition", event.get("disposition", "")) in _SOLD,
    )
    if kind == "F":
        made.things = _ids(event.get("inputEPCList"))
        made.classes = _classes(event.get("inputQuantityList"))
        made.made = _ids(event.get("outputEPCList"))
        made.made_classes = _classes(event.get("outputQuantityList"))
        made.joined = event.get("transformationID", "")
    elif kind == "A":
        made.things = _ids(event.get("childEPCs"))
        made.classes = _classes(event.get("childQuantityList"))
    else:
        made.things = _ids(event.get("epcList"))
        made.classes = _classes(event.get("quantityList"))
    if event.get("ilmd"):
        made.names = _names(event["ilmd"])
    return made


def rank_of(move: Move) -> int:
    """Return what comes first of events at one moment: things exist, arrive, are unpacked and
    worked on before they are packed, leave and end.
    """  # noqa: D205  one sentence
    if move.step in DEPARTS:
        return 6
    if move.step in ARRIVES:
        return 1
    if move.kind == "F":
        return 3
    if move.kind == "A":
        return 2 if move.action == "DELETE" else 5
    if move.kind == "O" and move.action == "ADD":
        return 0
    return 7 if move.action == "DELETE" or move.sold else 4


def moment_of(event: dict[str, Any]) -> int:
    """Return when an event happened, in milliseconds since 1970."""
    return milliseconds(event["eventTime"])
