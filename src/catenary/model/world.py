"""The one object everything reads."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np

from catenary.errors import MissingDataError, OptionError, SchemaError, did_you_mean, listed
from catenary.languages import joined, say
from catenary.model.assembly import assembled
from catenary.model.labels import matching

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from catenary.model.matrix import Matrix
    from catenary.model.result import Result
    from catenary.model.table import Table

__all__ = ["World", "Worlds", "over"]

R = TypeVar("R", bound="Result")

_MOST: Final = 5
"""Worlds that a warning names."""


class World:
    """Tables and matrices that agree with each other; never changes, `with_` makes another.

    Parameters
    ----------
    parts
        Tables (frames indexed by id, or with a column `id`) and matrices, by name. What each
        may hold stands in `catenary.model.SCHEMA` and `MATRICES`.
    name
        What to call it.
    warnings
        What was dropped, clipped or rebalanced on the way here.

    Raises
    ------
    SchemaError
        If anything is wrong; its `problems` list everything found.

    Examples
    --------
    >>> import pandas as pd
    >>> World({"regions": pd.DataFrame({"id": ["DEU", "FRA"]})})
    World(regions: 2)
    """

    __slots__ = ("__dict__", "matrices", "name", "tables", "warnings")

    tables: Mapping[str, Table]
    matrices: Mapping[str, Matrix]
    name: str
    warnings: tuple[str, ...]

    def __init__(
        self,
        parts: Mapping[str, pd.DataFrame | Table | Matrix],
        *,
        name: str = "",
        warnings: Sequence[str] = (),
        _kept: Mapping[str, Table] | None = None,
    ) -> None:
        if hasattr(self, "tables"):
            raise AttributeError("a World never changes; make another")
        if not isinstance(parts, Mapping):
            raise SchemaError(
                f"the parts of a world are {type(parts).__name__}",
                hint='give a mapping, as in World({"regions": frame})',
            )
        tables, matrices, problems = assembled(parts, _kept or {})
        if problems:
            raise SchemaError.of(problems)
        for key, value in (
            ("tables", MappingProxyType(tables)),
            ("matrices", MappingProxyType(matrices)),
            ("name", name),
            ("warnings", tuple(warnings)),
        ):
            object.__setattr__(self, key, value)

    def __setattr__(self, name: str, value: object) -> None:
        """Refuse: a world never changes."""
        raise AttributeError(f"a World never changes; use with_({name}=…) to make another")

    def __reduce__(self) -> tuple[Callable[..., World], tuple[Any, ...]]:
        """Return how to make the same world again, in this process or another."""
        parts = {name: table.frame for name, table in self.tables.items()}
        return _again, ({**parts, **self.matrices}, self.name, self.warnings)

    def __delattr__(self, name: str) -> None:
        """Refuse: a world never changes."""
        raise AttributeError(f"a World never changes; {name} stays")

    def __repr__(self) -> str:
        """Name each part and its size."""
        parts = [f"{name}: {len(table.index):,}" for name, table in self.tables.items()]
        parts += [
            f"{name}: {m.values.shape[0]:,}×{m.values.shape[1]:,} {m.unit}"
            for name, m in self.matrices.items()
        ]
        return f"World({', '.join(parts)})"

    def __contains__(self, part: object) -> bool:
        """Whether the world has a table or matrix of that name."""
        return part in self.tables or part in self.matrices

    def part(self, name: str) -> Table:
        """Return a checked table with its integer codes.

        Raises
        ------
        MissingDataError
            If the world has no such table.
        """
        if name not in self.tables:
            raise MissingDataError(
                f"this world has no table {name!r}", hint=f"it has {listed(self._parts, most=20)}"
            )
        return self.tables[name]

    @property
    def _parts(self) -> list[str]:
        return [*self.tables, *self.matrices]

    def table(self, name: str) -> pd.DataFrame:
        """Return a table, indexed by id; changing it leaves the world as it is.

        Raises
        ------
        MissingDataError
            If the world has no such table.
        """
        return self.part(name).frame

    def matrix(self, name: str) -> Matrix:
        """Return a labelled matrix.

        Raises
        ------
        MissingDataError
            If the world has no such matrix.
        """
        if name not in self.matrices:
            raise MissingDataError(
                f"this world has no matrix {name!r}", hint=f"it has {listed(self._parts, most=20)}"
            )
        return self.matrices[name]

    def ids(self, table: str) -> pd.Index:
        """Return the ids of a table."""
        return self.part(table).index

    def with_(
        self,
        parts: Mapping[str, pd.DataFrame | Table | Matrix] | None = None,
        /,
        *,
        warnings: Sequence[str] = (),
        **named: pd.DataFrame | Table | Matrix,
    ) -> World:
        """Return a world in which these parts, by name, replace or join the present ones.

        Only what is new, and what refers to ids that changed, is checked again.
        """
        return World(
            {**self.tables, **self.matrices, **(parts or {}), **named},
            name=self.name,
            warnings=(*self.warnings, *warnings),
            _kept=self.tables,
        )

    def with_tables(self, *tables: Table) -> World:
        """Return a world in which tables made of its own (`Table.changed`) take their place.

        Their labels were checked when the first were made; only references are looked at again.
        """
        named = {table.name: table for table in tables}
        return World(
            {**self.tables, **self.matrices, **named},
            name=self.name,
            warnings=self.warnings,
            _kept={**self.tables, **named},
        )

    def without(self, *names: str) -> World:
        """Return a world that lacks these parts."""
        for name in names:
            if name not in self:
                raise MissingDataError(
                    f"this world has no part {name!r}",
                    hint=f"it has {listed(self._parts, most=20)}",
                )
        parts: dict[str, Table | Matrix] = {**self.tables, **self.matrices}
        kept = {name: part for name, part in parts.items() if name not in names}
        return World(kept, name=self.name, warnings=self.warnings, _kept=self.tables)

    @cached_property
    def digest(self) -> str:
        """Fingerprint of the contents, for caches and for the record of a run."""
        total = hashlib.blake2b(digest_size=16)
        parts: dict[str, Table | Matrix] = {**self.tables, **self.matrices}
        for name in sorted(parts):
            total.update(f"{name} {parts[name].digest} ".encode())
        return total.hexdigest()

    @cached_property
    def _groups(self) -> dict[str, dict[str, list[str]]]:
        groups: dict[str, dict[str, list[str]]] = {}
        for name, table in self.tables.items():
            if "parent" in table.frame:
                children: dict[str, list[str]] = {}
                texts = table.frame["parent"]
                for child, parents in texts[texts != ""].items():
                    for parent in str(parents).split(";"):
                        children.setdefault(parent.strip(), []).append(str(child))
                groups[name] = children
        return groups

    def parents(self, table: str) -> NDArray[np.bool_]:
        """Return which rows of a table are groups: others name them as `parent`.

        Examples
        --------
        >>> import pandas as pd
        >>> World({"regions": pd.DataFrame(
        ...     {"id": ["EU27", "DEU"], "parent": ["", "EU27"]})}).parents("regions")
        array([ True, False])
        """
        return np.asarray(self.ids(table).isin(list(self._groups.get(table, {}))))

    def matches(self, table: str, word: str) -> NDArray[np.bool_]:
        """Return which rows a word of a scenario means: an id with its members, or a glob.

        Asked once: scenarios of many changes name the same few.
        """
        found = self._matches.get((table, word))
        if found is None:
            found = matching(word, self.ids(table))
            if found.any() and not any(sign in word for sign in "*?["):
                found = found | self.members(table, word)
            found.flags.writeable = False
            self._matches[table, word] = found
        return found

    @cached_property
    def _matches(self) -> dict[tuple[str, str], NDArray[np.bool_]]:
        return {}

    def members(self, table: str, label: str) -> NDArray[np.bool_]:
        """Return which rows are `label` or belong to it through `parent`, at any depth.

        Examples
        --------
        >>> import pandas as pd
        >>> world = World({"regions": pd.DataFrame(
        ...     {"id": ["EU27", "DEU", "USA"], "parent": ["", "EU27", ""]})})
        >>> world.members("regions", "EU27")
        array([ True,  True, False])
        """
        children = self._groups.get(table, {})
        found: set[str] = set()
        waiting = [label]
        while waiting:
            one = waiting.pop()
            if one not in found:
                found.add(one)
                waiting += children.get(one, ())
        return np.asarray(self.ids(table).isin(found))


def _again(parts: Mapping[str, Any], name: str, warnings: Sequence[str]) -> World:
    return World(parts, name=name, warnings=warnings)


def _all_again(worlds: Mapping[str, World], name: str) -> Worlds:
    return Worlds(worlds, name=name)


class Worlds(Mapping[str, World]):
    """Worlds by label, in order: the years or vintages of a table, or the bounds of an unknown.

    Examples
    --------
    >>> import pandas as pd
    >>> one = World({"regions": pd.DataFrame({"id": ["DEU"]})})
    >>> Worlds({"2010": one, "2011": one})
    Worlds(2010, 2011)
    """

    name: str
    _worlds: Mapping[str, World]

    def __init__(self, worlds: Mapping[str, World], *, name: str = "") -> None:
        if "_worlds" in self.__dict__:
            raise AttributeError("Worlds never change; make others")
        if not worlds:
            raise OptionError("a set of worlds has no world in it", hint="give at least one")
        for label, world in worlds.items():
            if not isinstance(world, World):
                raise OptionError(
                    f"the world {label!r} is a {type(world).__name__}", hint="give a World"
                )
        self.__dict__.update(_worlds=MappingProxyType(dict(worlds)), name=name)

    def __setattr__(self, name: str, value: object) -> None:
        """Refuse: a set of worlds never changes."""
        raise AttributeError(f"Worlds never change; {name} stays")

    def __reduce__(self) -> tuple[Callable[..., Worlds], tuple[Any, ...]]:
        """Return how to make the same worlds again, in this process or another."""
        return _all_again, (dict(self._worlds), self.name)

    def __delattr__(self, name: str) -> None:
        """Refuse: a set of worlds never changes."""
        raise AttributeError(f"Worlds never change; {name} stays")

    def __getitem__(self, label: str) -> World:
        """Return one world.

        Raises
        ------
        OptionError
            If there is none of that label.
        """
        if label not in self._worlds:
            raise OptionError(
                f"{self.name or 'this set'} has no world {label!r}",
                hint=did_you_mean(label, self._worlds),
            )
        return self._worlds[label]

    def __contains__(self, label: object) -> bool:
        """Whether there is a world of that label."""
        return label in self._worlds

    def __iter__(self) -> Iterator[str]:
        """Iterate over the labels, in order."""
        return iter(self._worlds)

    def __len__(self) -> int:
        """Return the number of worlds."""
        return len(self._worlds)

    def __repr__(self) -> str:
        """Name the labels."""
        return f"Worlds({', '.join(self._worlds)})"

    @cached_property
    def digest(self) -> str:
        """Fingerprint of all worlds and their labels."""
        text = " ".join(f"{label}={world.digest}" for label, world in self.items())
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def over(worlds: Worlds, analysis: Callable[..., R], **options: Any) -> R:
    """Run an analysis on every world and join the tables; the column `world` holds the label.

    A region that some worlds have and others lack is a warning of the result: it is absent there,
    not zero. So are units that differ.

    Parameters
    ----------
    worlds
        The worlds.
    analysis
        A function from a world to a result.
    options
        Options passed to every call.
    """
    results = {label: analysis(world, **options) for label, world in worlds.items()}
    first = next(iter(results.values()))
    found = first.joined(results, world=worlds.digest)
    told = (*_missing_regions(worlds), *_unlike(worlds, blank=options.get("stressor") == ""))
    run = replace(
        found.run,
        warnings=(*told, *found.run.warnings),
        world_name=worlds.name or found.run.world_name,
    )
    return replace(found, run=run)


def _unlike(worlds: Worlds, *, blank: bool) -> tuple[str, ...]:
    """Say which matrices are in unlike units, and where the first stressor is not the same."""
    told = []
    for name in dict.fromkeys(name for world in worlds.values() for name in world.matrices):
        units = {k: w.matrix(name).unit for k, w in worlds.items() if name in w}
        if len(set(units.values())) > 1:
            told.append(
                say(
                    "amounts of {name} are not alike: {units}",
                    name=name,
                    units=_by_world(units),
                )
            )
    first = {k: str(w.matrix("stressors").rows[0]) for k, w in worlds.items()
             if "stressors" in w and len(w.matrix("stressors").rows)}  # fmt: skip
    if blank and len(set(first.values())) > 1:
        told.append(
            say(
                "the first stressor is not the same: {names}",
                names=_by_world(first),
            )
        )
    return tuple(told)


def _by_world(words: Mapping[str, str]) -> str:
    """Return each word that is not that of the world before, with its world."""
    before = [None, *words.values()]
    told = [
        say("{text} in {label}", text=word, label=label)
        for (label, word), last in zip(words.items(), before, strict=False)
        if word != last
    ]
    return joined(told[:_MOST], say(", "))


def _missing_regions(worlds: Worlds) -> tuple[str, ...]:
    """Say which worlds lack regions that others have."""
    ids = {label: world.ids("regions") for label, world in worlds.items() if "regions" in world}
    every = list(dict.fromkeys(region for index in ids.values() for region in index))
    told = []
    for label, index in ids.items():
        gone = [region for region in every if region not in index]
        if gone:
            told.append(
                say(
                    "{label}: {count} regions of the other worlds are missing ({names})",
                    label=label,
                    count=len(gone),
                    names=listed(gone, most=5),
                )
            )
    return tuple(told)
