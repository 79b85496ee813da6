"""Rows of analyses of the sea as a person reads them: names beside codes, passages in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from catenary.languages import in_language, language, say

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ANALYSES", "with_names"]

ANALYSES: Final = ("routes", "distances", "chokepoints", "emissions")
"""Those whose tables hold ids of ports and passages."""

_IDS: Final = ("origin", "destination", "port", "closed", "second", "instead")


def with_names(frame: pd.DataFrame) -> pd.DataFrame:
    """Return rows with the names of ports and passages beside their ids.

    A leg through a passage is told as one: where it begins and ends is the passage itself.

    Examples
    --------
    >>> import pandas as pd
    >>> with_names(pd.DataFrame({"port": ["NLRTM"]}))["port"].tolist()
    ['Rotterdam (NLRTM)']
    """
    from catenary.logistics.naming import called  # noqa: PLC0415  quick start

    spoken = language()

    def name(text: str) -> str:
        return "; ".join(in_language(called(one), spoken) for one in text.split(";"))

    found = frame.copy()
    for column in _IDS:
        if column in found and "vessel" not in found:  # of the basis it lists what bars the ship
            found[column] = [name(str(one)) for one in found[column]]
    if {"origin", "destination", "passage"} <= set(found):
        passed = (frame["passage"] != "").tolist()
        through = [
            in_language(say("through {name}", name=called(str(one))), spoken)
            for one in frame["passage"]
        ]
        found["origin"] = [
            way if here else place
            for way, here, place in zip(through, passed, found["origin"], strict=True)
        ]
        found["destination"] = [
            "" if here else place for here, place in zip(passed, found["destination"], strict=True)
        ]
        found = found.drop(columns="passage")
    return found
