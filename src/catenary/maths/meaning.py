"""How alike texts are in meaning, by word vectors of a model that comes as a package."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from catenary.errors import OptionError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["likeness"]


def likeness(query: str, texts: Sequence[str]) -> Array:
    """Return how near each text is to a query in meaning, (N,), 0 … 1: the cosine of vectors.

    A text is the mean of the vectors of its pieces of words: "battery maker" is near "lithium
    cells" though they share no word. An empty text is near nothing. Needs the extra `meaning`,
    whose package holds the model: nothing is fetched.

    Raises
    ------
    OptionError
        If the extra is not installed.

    References
    ----------
    WordLlama (Miller 2024), vectors of 256 numbers made of the token embeddings of a large
    language model.
    """
    vectors = _model().embed([query, *texts]).astype(np.float64)
    size = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors = np.divide(vectors, size, out=np.zeros_like(vectors), where=size > 0)
    return np.asarray(np.clip(vectors[1:] @ vectors[0], 0.0, 1.0))


@cache
def _model() -> Any:
    """Return the model from its package; downloads are off."""
    try:
        import wordllama  # noqa: PLC0415  an optional extra
    except ImportError:
        raise OptionError(
            "comparing texts by meaning needs a model that is not installed",
            hint="install catenary[meaning], or leave out --alike meaning",
        ) from None
    return wordllama.WordLlama.load(
        cache_dir=Path(wordllama.__file__).parent, disable_download=True
    )
