"""Groups of regions that options name, and which of their members a world lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catenary.errors import listed
from catenary.languages import say
from catenary.worlds.groups import members

if TYPE_CHECKING:
    from catenary.model import World

__all__ = ["absent_members", "groups_of"]


def groups_of(merge: str) -> list[str]:
    """Return the groups that an option names, each once."""
    return list(dict.fromkeys(word.strip() for word in merge.split(",") if word.strip()))


def absent_members(world: World, groups: str) -> tuple[str, ...]:
    """Say which members of built-in groups a world does not know.

    Examples
    --------
    >>> import pandas as pd
    >>> from catenary import World
    >>> world = World({"regions": pd.DataFrame({"id": ["IDN", "PNG", "ROW"]})})
    >>> absent_members(world, "EU27")[0][:53]
    '27 of the 27 members of EU27 are not in this world (A'
    """
    regions = world.ids("regions")
    told: list[str] = []
    for group in groups_of(groups):
        known = members().get(group, ())
        own = (world.members("regions", group) & (regions != group)).any()
        gone = [] if own else [one for one in known if one not in regions]
        if gone:
            about = {
                "count": len(gone), "all": len(known), "group": group,
                "names": listed(gone, most=5),
            }  # fmt: skip
            told.append(
                say(
                    "{count} of the {all} members of {group} are not in this world ({names}); what "
                    "they make and buy may be in ROW",
                    **about,
                )
                if "ROW" in regions
                else say(
                    "{count} of the {all} members of {group} are not in this world ({names})",
                    **about,
                )
            )
    return tuple(told)
