"""What to call ports and passages of the built-in sea, which results know by their ids."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from catenary.languages import Message, recognised, say
from catenary.worlds import sea

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping

    from catenary.logistics.places import Place

__all__ = ["OWN", "called", "called_briefly", "own_names"]


@cache
def _names() -> tuple[dict[str, str], dict[str, str]]:
    return sea.passage_names() | sea.vessel_names(), sea.port_names()


OWN: Final = "names"
"""Attribute of a table: id → name of the world's own facilities in it."""


def own_names(places: Iterable[Place]) -> dict[str, str]:
    """Return id → name of places whose name is their own, not that of a port with their id.

    Examples
    --------
    >>> from catenary.logistics.places import Place
    >>> own_names([Place("NLRTM", "Mine", 0, 0), Place("CNSHA", "Shanghai", 0, 0)])
    {'NLRTM': 'Mine'}
    """
    ports = _names()[1]
    return {
        one.id: one.name for one in places if one.name not in (one.id, ports.get(one.id, one.id))
    }


def called(label: str, own: Mapping[Hashable | None, Any] | None = None) -> str:
    """Return the name of a port or passage with its id; of what is not built in, its id.

    Parameters
    ----------
    label
        Id, or coordinates.
    own
        Attributes of a table of results, in which facilities of the world's own have their names.

    Examples
    --------
    >>> called("suez"), called("CNSHA"), called("51.95,4.1")
    ('Suez Canal (suez)', 'Shanghai (CNSHA)', '51.95,4.1')
    >>> called("NLRTM", {"names": {"NLRTM": "Mine"}})
    'Mine (NLRTM)'
    """
    names = (own or {}).get(OWN, {})
    if label in names:
        return _with_id(names[label], label)
    name = called_briefly(label)
    return name if label not in _names()[0] else _with_id(name, label)


def called_briefly(label: str) -> str:
    """Return the name of a passage or ship alone, of a port with its id.

    Examples
    --------
    >>> called_briefly("suez"), called_briefly("CNSHA")
    ('Suez Canal', 'Shanghai (CNSHA)')
    """
    others, ports = _names()
    if label in others:
        return recognised(others[label])
    return _with_id(ports[label], label) if label in ports else recognised(label)


def _with_id(name: str, label: str) -> Message:
    return say("{name} ({label})", name=name, label=label)
