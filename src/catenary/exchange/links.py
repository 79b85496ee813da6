"""The canonical GS1 Digital Link of an identifier, however it was written.

References
----------
GS1, Core Business Vocabulary Standard 2.0, section 8.9 (rules 17 and 18 of the event hash); GS1
Digital Link: URI Syntax 1.2, section 4.11.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

from catenary.exchange.identifiers import ID, check_digit, link_parts

__all__ = ["canonical_link", "link_fault"]

_NAMED: Final = {
    "gtin": "01", "itip": "8006", "cpid": "8010", "gln": "414", "party": "417", "gsrnp": "8017",
    "gsrn": "8018", "gcn": "255", "sscc": "00", "gdti": "253", "ginc": "401", "gsin": "402",
    "grai": "8003", "giai": "8004", "cpv": "22", "lot": "10", "ser": "21", "tpx": "235",
    "cpsn": "8011", "glnx": "254", "srin": "8019", "refno": "8020",
}  # fmt: skip
"""Words that links once used for application identifiers."""

_KEYS: Final = {
    "00": r"[0-9]{18}",
    "01": r"[0-9]{14}",
    "253": r"[0-9]{13}[^/]{0,51}",
    "255": r"[0-9]{13,25}",
    "401": r"[^/]{1,90}",
    "402": r"[0-9]{17}",
    "414": r"[0-9]{13}",
    "417": r"[0-9]{13}",
    "8003": r"[0-9]{14}[^/]{0,48}",
    "8004": r"[^/]{1,90}",
    "8006": r"[0-9]{18}",
    "8010": r"[^/]{1,90}",
    "8017": r"[0-9]{18}",
    "8018": r"[0-9]{18}",
}
"""The primary keys, each with the pattern of its value (percent-encoded)."""

_QUALIFIERS: Final = {
    "01": ("22", "10", "21", "235"),
    "414": ("254", "7040"),
    "417": ("7040",),
    "8006": ("22", "10", "21"),
    "8010": ("8011",),
    "8017": ("8019",),
    "8018": ("8019",),
}
"""What may follow a key in the path."""

_KEPT: Final = {"01": ("21", "235", "10"), "414": ("254",), "8006": ("21", "10"), "8010": ("8011",)}
"""Of these the first that is there stays in the canonical link: the finest level."""

_MOST: Final = 65_536
_HEADS: Final[dict[str, str]] = {}
"""Links of URNs up to their serials."""
_SERIALISED: Final = ("urn:epc:id:sgtin:", "urn:epc:class:lgtin:", "urn:epc:id:upui:")
"""URNs that go on with a serial after their second dot."""
_HOST: Final = re.compile(r"https?://[^/?#]+(/[^?#]*)", re.IGNORECASE)
_PLAIN: Final = re.compile(r"[A-Za-z0-9\-._~';=]+")
_FITS: Final = {ai: re.compile(pattern, re.ASCII) for ai, pattern in _KEYS.items()}
_CHECKED: Final = {  # where the digits that the check digit protects begin and end
    "00": (0, 18), "01": (0, 14), "253": (0, 13), "255": (0, 13), "402": (0, 17), "414": (0, 13),
    "417": (0, 13), "8003": (1, 14), "8006": (0, 14), "8017": (0, 18), "8018": (0, 18),
}  # fmt: skip


def _encoded(value: str) -> str:
    """Return a value with every character that a path reserves percent-encoded, once."""
    if _PLAIN.fullmatch(value):
        return value
    return "".join(
        one if _PLAIN.fullmatch(one) else "".join(f"%{byte:02X}" for byte in one.encode())
        for one in unquote(value, errors="surrogateescape").encode(errors="replace").decode()
    )


def _key_of(path: str) -> tuple[str, str, dict[str, str]] | None:
    """Return the primary key of a path, its value and its qualifiers."""
    steps = [word for word in path.split("/") if word]
    for at in range(len(steps) - 1):
        key = _NAMED.get(steps[at], steps[at])
        fits = _FITS.get(key)
        if fits is None or not fits.fullmatch(steps[at + 1]):
            continue
        rest = steps[at + 2 :]
        names = [_NAMED.get(word, word) for word in rest[::2]]
        if len(rest) % 2 == 0 and all(name in _QUALIFIERS.get(key, ()) for name in names):
            return key, steps[at + 1], dict(zip(names, rest[1::2], strict=True))
    return None


def canonical_link(identifier: str) -> str:
    """Return an EPC URN or any GS1 Digital Link in the one form that hashes use.

    A domain of one's own, stem, query and all but the finest level go; what is no such identifier
    comes back as it is.

    Examples
    --------
    >>> canonical_link("urn:epc:id:sgln:4012345.00005.0")
    'https://id.gs1.org/414/4012345000054'
    >>> canonical_link("https://example.com/gtin/09780345418913/10/a/21/765tz?abc=211121")
    'https://id.gs1.org/01/09780345418913/21/765tz'
    >>> canonical_link("https://example.com/news")
    'https://example.com/news'
    """
    if identifier[:8] == "urn:epc:":
        dot = identifier.find(".", identifier.find(".") + 1)
        head = _HEADS.get(identifier[:dot])
        if head is not None:
            serial = identifier[dot + 1 :]
            if serial.isalnum() and serial.isascii():
                return head + serial
        return _of_urn(identifier, dot)
    return _of_link(identifier)


@lru_cache(maxsize=_MOST)
def _of_link(identifier: str) -> str:
    host = _HOST.match(identifier)
    found = _key_of(host[1]) if host and not host[1].endswith("/") else None
    if found is None:
        return identifier
    key, value, qualifiers = found
    kept = next((one for one in _KEPT.get(key, ()) if one in qualifiers), None)
    made = f"{ID}/{key}/{_encoded(value)}"
    return made if kept is None else f"{made}/{kept}/{_encoded(qualifiers[kept])}"


@lru_cache(maxsize=_MOST)
def _of_urn(urn: str, dot: int) -> str:
    """Return the link of a URN; remember the beginning that its serials share."""
    parts = link_parts(urn)
    if parts is None:
        return urn
    scheme, key, qualifier, serial = parts
    if not qualifier:
        return f"{ID}/{scheme}/{_encoded(key)}"
    head = f"{ID}/{scheme}/{key}/{qualifier}/"
    if urn.startswith(_SERIALISED) and urn[dot + 1 :] == serial:
        if len(_HEADS) >= _MOST:
            _HEADS.clear()
        _HEADS[urn[:dot]] = head
    return head + _encoded(serial)


@lru_cache(maxsize=_MOST)
def link_fault(link: str) -> str:
    """Return what is wrong with the key of a GS1 Digital Link; nothing for other addresses.

    Examples
    --------
    >>> link_fault("https://id.gs1.org/01/04012345111117")
    'has the check digit 7; it should be 8'
    >>> link_fault("https://example.com/news")
    ''
    """
    host = _HOST.match(link)
    found = _key_of(host[1]) if host else None
    if found is None or found[0] not in _CHECKED:
        return ""
    first, last = _CHECKED[found[0]]
    digits = found[1][first:last]
    if digits.isdigit() and (right := check_digit(digits[:-1])) != digits[-1]:
        return f"has the check digit {digits[-1]}; it should be {right}"
    return ""
