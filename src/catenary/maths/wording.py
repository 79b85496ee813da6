"""How alike texts are, by the words and pieces of words that they share."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["likeness", "pieces"]

_PIECE: Final = 3
_WORD: Final = re.compile(r"\w+")
_UNSPACED: Final = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]")


def pieces(text: str) -> Counter[str]:
    """Return the words of a text and their pieces of three letters; signs two by two in Chinese.

    Case, accents and width of letters do not count.

    Examples
    --------
    >>> sorted(pieces("Café"))
    ['afe', 'caf', 'cafe ']
    >>> sorted(pieces("电池"))
    ['池', '电', '电池']
    """
    plain = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(one for one in plain if not unicodedata.combining(one))
    found: Counter[str] = Counter()
    for word in _WORD.findall(unicodedata.normalize("NFC", plain)):
        if _UNSPACED.search(word):
            found.update(word)
            found.update(word[k : k + 2] for k in range(len(word) - 1))
        else:
            found[f"{word} "] += 1
            found.update(word[k : k + _PIECE] for k in range(len(word) - _PIECE + 1))
    return found


def likeness(query: str, texts: Sequence[str]) -> Array:
    """Return how alike each text is to a query, (N,), 0 … 1: the cosine of weighted pieces.

    Pieces that few texts have count most (term frequency times inverse document frequency).

    References
    ----------
    Salton, G. & Buckley, C. (1988), Term-weighting approaches in automatic text retrieval.
    Information Processing & Management 24(5), 513-523.

    Examples
    --------
    >>> likeness("lithium cells", ["Lithium-ion cell", "steel pipes", ""]).round(2).tolist()
    [0.67, 0.0, 0.0]
    """
    counted = [pieces(one) for one in (query, *texts)]
    held = Counter(piece for one in counted for piece in one)
    rarity = {piece: np.log((1 + len(counted)) / (1 + n)) + 1 for piece, n in held.items()}
    weights = [
        {piece: (1 + np.log(n)) * rarity[piece] for piece, n in one.items()} for one in counted
    ]
    norms = [float(np.sqrt(sum(value**2 for value in one.values()))) for one in weights]
    asked = weights[0]
    return np.array(
        [
            min(sum(v * asked.get(piece, 0.0) for piece, v in one.items()) / (norm * norms[0]), 1.0)
            if norm and norms[0]
            else 0.0
            for one, norm in zip(weights[1:], norms[1:], strict=True)
        ]
    )
