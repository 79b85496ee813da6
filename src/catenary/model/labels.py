"""Labels become integers here, once; and whoever uses a wrong one is told which is right."""

from __future__ import annotations

import json
import re
from fnmatch import translate
from functools import cache
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from catenary.errors import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

__all__ = ["as_text", "encode", "frozen", "hint_for", "matching", "small_codes", "text_digest"]

T = TypeVar("T", bound=np.generic)

_RETIRED: Final = {"ROM": "ROU", "ZAR": "COD", "TMP": "TLS", "RoW": "ROW", "ROTW": "ROW"}
"""Region codes that older tables use → what this program calls them."""


def _lasting(owner: object) -> bool:
    """Return whether nobody can write to the memory of an array."""
    while isinstance(owner, np.ndarray | memoryview):
        if isinstance(owner, memoryview):
            owner = owner.obj
        elif owner.flags.writeable:
            return False
        else:
            owner = owner.base  # None: numpy lets the owner write again
    if isinstance(owner, pa.ChunkedArray | pa.Array):
        chunks = owner.chunks if isinstance(owner, pa.ChunkedArray) else [owner]
        buffers = [buffer for chunk in chunks for buffer in chunk.buffers() if buffer is not None]
        return not any(buffer.is_mutable for buffer in buffers)
    return isinstance(owner, bytes) or (isinstance(owner, pa.Buffer) and not owner.is_mutable)


def frozen(values: NDArray[T]) -> NDArray[T]:
    """Return the array itself if nobody can write to its memory, else a read-only copy."""
    if _lasting(values):
        return values
    if values.ndim and not any(values.strides):  # one number for all rows
        kept: NDArray[T] = np.frombuffer(values[:1].tobytes(), values.dtype)
        return np.broadcast_to(kept[0], values.shape) if len(values) else values
    return np.frombuffer(values.tobytes(), values.dtype).reshape(values.shape)


def small_codes(codes: NDArray[np.integer], count: int) -> NDArray[np.integer]:
    """Return codes in the smallest type that pandas uses for so many categories, read-only."""
    kind = np.int8 if count <= 127 else np.int16 if count <= 32767 else np.int32
    return frozen(codes.astype(kind, copy=False))


def as_text(values: pd.Series | pd.Index) -> pa.ChunkedArray | pa.Array:
    """Return labels as Arrow text without surrounding blanks; whole floats lose their `.0`."""
    if isinstance(values.dtype, pd.StringDtype):
        return pa.array(values)
    if pd.api.types.is_integer_dtype(values.dtype):
        return pc.cast(pa.array(values), pa.string())
    known = values.notna().to_numpy() if isinstance(values, pd.Series) else values.notna()
    words = [
        (str(int(v)) if isinstance(v, float) and v.is_integer() else str(v)) if ok else None
        for v, ok in zip(values.tolist(), known, strict=True)
    ]
    return pa.array(words, pa.string())


def encode(values: pd.Series, index: pd.Index) -> tuple[NDArray[np.integer], list[str]]:
    """Return positions of labels in `index` (blank = -1), and the labels not found there.

    Examples
    --------
    >>> codes, unknown = encode(pd.Series(["b", "", "z"]), pd.Index(["a", "b"]))
    >>> codes.tolist(), unknown
    ([1, -1, -1], ['z'])
    """
    if isinstance(values.dtype, pd.CategoricalDtype):
        words = values.cat.categories
        codes = np.asarray(values.cat.codes)
        if words is index or words.equals(index):
            return codes, []
    else:
        words = as_text(values).cast(pa.large_string())
        if isinstance(words, pa.Array):
            words = pa.chunked_array([words])
        known = pa.array(index, pa.large_string())
        codes = pc.index_in(words, value_set=known).fill_null(-1).to_numpy()
        missed = words.filter(pa.array(codes < 0)).drop_null().unique()
        return codes, [word for word in missed.to_pylist() if word]
    places = index.get_indexer(words.astype("str"))
    used = np.zeros(len(words) + 1, bool)
    used[codes] = True  # code -1 marks the spare last place
    return np.append(places, -1)[codes], [str(w) for w in words[(places < 0) & used[:-1]] if w]


@cache
def _countries() -> dict[str, str]:
    import pycountry  # noqa: PLC0415  only to explain a mistake

    codes: dict[str, str] = {}
    for country in pycountry.countries:
        for key in ("alpha_2", "numeric", "name", "common_name"):
            if hasattr(country, key):
                codes[str(getattr(country, key)).casefold()] = country.alpha_3
    return codes


def hint_for(unknown: object, known: Iterable[object], *, table: str) -> str:
    """Return what to write instead of an unknown label: a translated code or the nearest ones.

    Examples
    --------
    >>> hint_for("DE", ["DEU", "FRA"], table="regions")
    "regions are ISO 3166-1 alpha-3 codes: 'DE' is 'DEU'"
    """
    labels = [str(label) for label in known]
    text = str(unknown)
    if table == "regions":
        right = _RETIRED.get(text) or _countries().get(text.casefold().lstrip())
        if right is not None and right in labels:
            return f"regions are ISO 3166-1 alpha-3 codes: {text!r} is {right!r}"
        if right is not None and right != text:
            return (
                f"{text!r} is {right!r} in ISO 3166-1 alpha-3, which this world does not have; "
                + did_you_mean(text, labels)
            )
    return did_you_mean(text, labels)


def matching(pattern: str, index: pd.Index) -> NDArray[np.bool_]:
    """Return which labels match an id or a glob (`*`, `?`, `[abc]`).

    Examples
    --------
    >>> matching("JPN.*", pd.Index(["JPN.c1", "DEU.c1"]))
    array([ True, False])
    """
    if not any(sign in pattern for sign in "*?["):
        return np.asarray(index.astype("str") == pattern)
    seeks = re.compile(translate(pattern)).match
    return np.fromiter((seeks(str(label)) is not None for label in index), bool, len(index))


def text_digest(values: Iterable[object]) -> bytes:
    """Return labels in a form that only equal labels share."""
    return json.dumps([None if v is None or v != v else str(v) for v in values]).encode()  # noqa: PLR0124
