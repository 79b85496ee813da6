"""Plain data as TOML that people can read and edit: texts, numbers, lists and tables of these."""

from __future__ import annotations

import re
from collections.abc import Mapping
from numbers import Real
from typing import Any, Final

__all__ = ["is_bare", "toml", "toml_value"]

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+\Z")
_ESCAPED: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_CONTROL: Final = re.compile(r'[\x00-\x1f\x7f"\\]')


def toml(data: Mapping[str, Any], *, comment: str = "") -> str:
    """Return a mapping as TOML; lists of mappings become [[tables]], one key a line.

    Parameters
    ----------
    data
        Texts, numbers, truth values, lists and mappings; deeper mappings are written in line.
    comment
        What stands at the top, behind #.

    Examples
    --------
    >>> print(toml({"name": "mine", "changes": [{"where": {"id": "a.b"}, "add": 30}]}), end="")
    name = "mine"
    <BLANKLINE>
    [[changes]]
    where = { id = "a.b" }
    add = 30
    """
    lines = [f"# {line}".rstrip() for line in comment.splitlines()]
    tables = {key: value for key, value in data.items() if _is_tables(value)}
    lines += [
        f"{_key(key)} = {toml_value(value)}" for key, value in data.items() if key not in tables
    ]
    for key, rows in tables.items():
        for row in rows:
            lines += ["", f"[[{_key(key)}]]"]
            lines += [f"{_key(name)} = {toml_value(value)}" for name, value in row.items()]
    return "\n".join(lines).lstrip("\n") + "\n"


def _is_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(v, Mapping) for v in value)


def is_bare(key: str) -> bool:
    """Return whether a key needs no quotes.

    Examples
    --------
    >>> is_bare("red-sea"), is_bare("a.b")
    (True, False)
    """
    return bool(_BARE.match(key))


def _key(key: str) -> str:
    return key if is_bare(key) else _text(key)


def _text(text: str) -> str:
    escaped = _CONTROL.sub(lambda m: _ESCAPED.get(m[0], f"\\u{ord(m[0]):04x}"), text)
    return f'"{escaped}"'


def toml_value(value: Any) -> str:
    """Return one value as TOML.

    Examples
    --------
    >>> toml_value(["a", 30.0, True]), toml_value({"id": "s0"})
    ('["a", 30, true]', '{ id = "s0" }')
    """
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        inside = ", ".join(f"{_key(key)} = {toml_value(item)}" for key, item in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml_value, value))}]"
    if not isinstance(value, Real):  # whatever else there is, as text
        return _text(str(value))
    number = float(value)
    # whole numbers without .0, as people write them
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)
