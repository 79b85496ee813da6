"""What the program says, in English and in other languages.

The English sentence is the key; `zh/LC_MESSAGES/catenary.po` holds the Chinese ones. A `Message` is
the English text, so that nothing else has to know that there are others.
"""

from __future__ import annotations

from catenary.languages.messages import (
    LANGUAGES,
    Message,
    Named,
    clauses,
    in_language,
    joined,
    language,
    say,
    speaking,
    wanted,
)
from catenary.languages.recognising import recognised

__all__ = [
    "LANGUAGES",
    "Message",
    "Named",
    "clauses",
    "in_language",
    "joined",
    "language",
    "recognised",
    "say",
    "speaking",
    "wanted",
]
