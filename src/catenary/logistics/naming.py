"""What to call ports and passages of the built-in sea, which results know by their ids."""

from __future__ import annotations

from functools import cache

from catenary.languages import Message, recognised, say
from catenary.worlds import sea

__all__ = ["called", "called_briefly"]


@cache
def _names() -> tuple[dict[str, str], dict[str, str]]:
    return sea.passage_names() | sea.vessel_names(), sea.port_names()


def called(label: str) -> str:
    """Return the name of a port or passage with its id; of what is not built in, its id.

    Examples
    --------
    >>> called("suez"), called("CNSHA"), called("51.95,4.1")
    ('Suez Canal (suez)', 'Shanghai (CNSHA)', '51.95,4.1')
    """
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
