"""Which product a thing is of, and how much of it a quantity is.

References
----------
GS1, EPC Tag Data Standard 2.0, sections 6 and 7 (classes of EPCs); UN/CEFACT, Recommendation 20
(codes of units).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, TypeAlias

from catenary.exchange.identifiers import ID

__all__ = [
    "MASS",
    "PIECE",
    "Amount",
    "amount_of",
    "class_of",
    "is_carrier",
    "product_of",
    "short",
]

PIECE: Final = "piece"
"""What single things are counted in."""

MASS: Final = {"kg": 0.001}
"""Tonnes in a unit of mass."""

Amount: TypeAlias = int | float

_UNITS: Final = {  # code → unit, and by what to multiply and divide
    "EA": (PIECE, 1, 1), "H87": (PIECE, 1, 1), "C62": (PIECE, 1, 1),
    "KGM": ("kg", 1, 1), "GRM": ("kg", 1, 1000), "MGM": ("kg", 1, 1_000_000),
    "TNE": ("kg", 1000, 1), "LBR": ("kg", 45_359_237, 100_000_000),
    "ONZ": ("kg", 45_359_237, 1_600_000_000),
    "LTR": ("l", 1, 1), "MLT": ("l", 1, 1000), "CLT": ("l", 1, 100), "DLT": ("l", 1, 10),
    "HLT": ("l", 100, 1), "MTQ": ("l", 1000, 1), "GLL": ("l", 3_785_411_784, 1_000_000_000),
    "MTR": ("m", 1, 1), "CMT": ("m", 1, 100), "MMT": ("m", 1, 1000), "KMT": ("m", 1000, 1),
    "MTK": ("m2", 1, 1), "CMK": ("m2", 1, 10_000),
    "KWH": ("kWh", 1, 1), "MWH": ("kWh", 1000, 1),
}  # fmt: skip
_CARRIERS: Final = ("00/", "8003/", "8004/")
"""Logistic units and returnable assets: they carry goods and are none."""


def short(identifier: str) -> str:
    """Return a canonical link without its host, to keep millions of them in memory.

    Examples
    --------
    >>> short("https://id.gs1.org/01/09521321000010/21/7")
    '01/09521321000010/21/7'
    """
    return identifier.removeprefix(f"{ID}/")


@lru_cache(maxsize=65_536)
def _of_head(head: str) -> str:
    """Return the product of what stands before a serial."""
    if head[:3] == "01/":
        return head[3:].partition("/")[0]
    return head.removeprefix("8010/")


def product_of(identifier: str) -> str:
    """Return the product of a short identifier: its GTIN, or whatever names its class.

    Logistic units (SSCC), assets (GRAI, GIAI) and single things in identifiers without a class
    have none.

    Parameters
    ----------
    identifier
        A thing or a class, as `short` returns it.

    Examples
    --------
    >>> product_of("01/09521321000010/21/7"), product_of("00/095213210000000005")
    ('09521321000010', '')
    >>> product_of("urn:epc:id:gid:95100000.12345.400")
    'urn:epc:id:gid:95100000.12345'
    """
    if identifier[:3] == "01/" or identifier[:5] == "8010/":
        first = identifier.find("/", identifier.find("/") + 1)
        return _of_head(identifier if first < 0 else identifier[:first])
    if identifier[:5] == "8006/":
        return identifier[5:19]
    if identifier.startswith(("urn:epc:id:gid:", "urn:epc:id:adi:")):
        return identifier.rpartition(".")[0]
    return ""


def is_carrier(identifier: str) -> bool:
    """Return whether a thing only carries others: a logistic unit or an asset."""
    return identifier.startswith(_CARRIERS)


def class_of(identifier: str) -> str:
    """Return the product of a short identifier of a class or lot; any address is a class.

    Examples
    --------
    >>> class_of("01/09521321000010/10/A"), class_of("https://example.com/steel")
    ('09521321000010', 'https://example.com/steel')
    """
    return product_of(identifier) or identifier


def amount_of(quantity: Amount, uom: str) -> tuple[Amount, str]:
    """Return a quantity in the unit that its kind is counted in, and that unit.

    Parameters
    ----------
    quantity
        As the event says.
    uom
        Its code of Recommendation 20; blank = pieces. Codes that are not known stay units of their
        own.

    Examples
    --------
    >>> amount_of(2500, "GRM"), amount_of(3, ""), amount_of(2, "XBX")
    ((2.5, 'kg'), (3, 'piece'), (2, 'XBX'))
    """
    if not uom:
        return quantity, PIECE
    unit, up, down = _UNITS.get(uom, (uom, 1, 1))
    return (quantity * up / down if down > 1 else quantity * up), unit
