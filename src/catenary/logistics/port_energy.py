"""Energy and emissions of ports by equipment, and what measures save."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final

import numpy as np
import pandas as pd

from catenary.errors import MissingDataError, OptionError, did_you_mean
from catenary.languages import joined, say
from catenary.logistics.places import place, split
from catenary.model import Result, Run, World
from catenary.model.analysis import Number, analysis
from catenary.worlds import ports as built_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["PortEnergy", "port_energy"]

CARRIERS: Final = ("electricity", "diesel", "ship")
"""What energy is made of, as columns are ordered."""

TONNES_PER_TEU: Final = 10.0
"""Goods in a loaded TEU (`assumed-tonnes` of the built-in sources)."""

_ALL: Final = "all together"
_HAIR: Final = 1e-12
_TOLD: Final = 0.005  # of what all measures save: a smaller overlap is not told


@dataclass(frozen=True, kw_only=True, eq=False)
class PortEnergy(Result):
    """Energy and emissions by equipment, and what measures save."""

    equipment: pd.DataFrame
    """What each equipment uses and emits for a TEU and a tonne."""
    measures: pd.DataFrame
    """What each measure saves alone, and all together, for a TEU."""
    ports: pd.DataFrame
    """Each port: before and after all measures."""

    def summary(self) -> str:
        """Return what a TEU takes, and the measure that saves most."""
        lines = []
        for _, one in self.ports.iterrows():
            label = str(one["world"]) if "world" in one else ""
            mine = self.measures[self.measures["port"] == one["port"]]
            if label:
                mine = mine[mine["world"] == label]
            line = joined(_sentences(one, mine), "\n  ")
            lines.append(say("{label}: {text}", label=label, text=line) if label else line)
        return joined(lines, "\n")


def _sentences(one: pd.Series, measures: pd.DataFrame) -> Iterator[str]:
    port: str = str(one["port"])
    if not port:
        port = say("A container terminal")
    elif one["typical"]:
        port = say("{port}, taken to be a typical terminal", port=port)
    yield say(
        "{port}: {energy:,.4g} kWh and {co2e:,.4g} kg CO2e a TEU ({tonne:,.3g} kg a tonne).",
        port=port,
        energy=one["energy"],
        co2e=one["co2e"],
        tonne=one["co2e_per_t"],
    )
    alone = measures[measures["measure"] != _ALL].nlargest(1, "co2e_saved")
    for _, best in alone.iterrows():
        if best["co2e_saved"] > _HAIR:
            yield say(
                "{measure} saves most: {saved:,.4g} kg CO2e a TEU ({share:.0%}).",
                measure=str(best["measure"]),
                saved=best["co2e_saved"],
                share=best["co2e_share"],
            )
    for _, whole in measures[measures["measure"] == _ALL].iterrows():
        yield say(
            "All together: {saved:,.4g} kg CO2e a TEU ({share:.0%}).",
            saved=whole["co2e_saved"],
            share=whole["co2e_share"],
        )
        apart = float(measures.loc[measures["measure"] != _ALL, "co2e_saved"].sum())
        if apart - whole["co2e_saved"] > _TOLD * abs(apart):
            yield say(
                "Each alone would add up to {apart:,.4g} kg: some are about the same energy.",
                apart=apart,
            )


@analysis("see")
def port_energy(
    world: World,
    *,
    port: str = "",
    measures: str = "",
    teu: Annotated[float, Number("TEU/year", 0, 1e9)] | None = None,
    tonnes_per_teu: Annotated[float, Number("t/TEU", 0.1, 100)] = TONNES_PER_TEU,
    electricity: Annotated[float, Number("kg CO2e/kWh", 0, 10)] | None = None,
) -> PortEnergy:
    """Say what a port uses and emits for a TEU by equipment, and what measures save.

    Energy is electricity of the grid, diesel, and electricity that ships at berth make for
    themselves. A measure takes away a share of the energy of one kind that some equipment uses, and
    needs electricity of the grid instead: so shore power, electric yard cranes and automation save
    emissions as long as the grid emits less than what they replace.

    Parameters
    ----------
    world
        Its own `port_equipment`, `port_factors` and `port_measures` come before those built in.
    port
        Ids or names of ports, parted by commas; one without rows in `port_equipment` is taken to
        be a typical container terminal. Blank = all with rows, or a typical one if there are none.
    measures
        Measures, parted by commas; blank = all that are known. The last row is all of them
        together: first those that lessen a need, then those that bring electricity instead, last
        those that save electricity, each on what the ones before have left.
    teu
        Containers handled in a year; blank = only figures by TEU.
    tonnes_per_teu
        Goods in a TEU.
    electricity
        What a kWh of the grid emits; blank = as `port_factors` says.

    Returns
    -------
    PortEnergy
        Equipment, measures and ports.

    Raises
    ------
    OptionError
        If a port or measure is unknown.
    MissingDataError
        If what a kWh emits is not known.

    References
    ----------
    Stolz, B., Held, M., Georges, G. & Boulouchos, K. (2021), The CO2 reduction potential of
    shore-side electricity in Europe. Applied Energy 285, 116425.

    Examples
    --------
    >>> import catenary
    >>> told = catenary.port_energy(catenary.load("sea"), measures="shore_power")
    >>> round(float(told.measures["co2e_saved"].iloc[0]), 3)
    7.5
    """
    factors = _factors(world, electricity)
    known = _table(world, "port_measures")
    chosen = _chosen(known, measures)
    rows, told, ports, lost = [], [], [], set()
    for label, frame, typical in _ports(world, port):
        used = frame[list(CARRIERS)].to_numpy(np.float64)
        rows.append(_equipment(label, frame, used, factors, tonnes_per_teu))
        names = frame["equipment"].astype("str").to_numpy(object)
        of = {measure: known[known["measure"] == measure] for measure in chosen}
        for measure, lines in of.items():
            told.append(_saving(label, measure, used, _with(used, names, lines), factors))
            if not _touches(used, names, lines):
                lost.add(measure)
        after = used
        for lines in sorted(of.values(), key=_turn):
            after = _with(after, names, lines)
        if len(chosen) > 1:
            told.append(_saving(label, _ALL, used, after, factors))
        ports.append(
            {**_port(label, used, after, factors, tonnes_per_teu, teu), "typical": typical}
        )
    return PortEnergy(
        run=Run(
            analysis="port_energy",
            options={},
            world="",
            warnings=tuple(_warnings(world, sorted(lost))),
        ),
        equipment=_typed(pd.concat(rows, ignore_index=True), "port", "equipment"),
        measures=_typed(pd.DataFrame(told, columns=_SAVING), "port", "measure"),
        ports=_typed(pd.DataFrame(ports), "port"),
    )


def _table(world: World, name: str) -> pd.DataFrame:
    """Return a table of the world, else that built in."""
    owner = world if name in world else built_in.world()
    return owner.table(name)


def _factors(world: World, electricity: float | None) -> Array:
    """Return what a kWh of each carrier emits."""
    frame = _table(world, "port_factors")["co2e"]
    spare = built_in.world().table("port_factors")["co2e"]
    found = [float(frame.get(one, spare.get(one, np.nan))) for one in CARRIERS]
    if electricity is not None:
        found[0] = electricity
    if not np.isfinite(found).all():
        raise MissingDataError(
            "what a kWh emits is not known of every kind of energy",
            hint=f"give port_factors the rows {', '.join(CARRIERS)}",
        )
    return np.array(found)


def _chosen(known: pd.DataFrame, text: str) -> list[str]:
    """Return the measures that a list names."""
    names = list(dict.fromkeys(known["measure"].astype("str")))
    wanted = split(text) if text else names
    for one in wanted:
        if one not in names:
            raise OptionError(
                f"measures names {one!r}, which is no measure", hint=did_you_mean(one, names)
            )
    return list(dict.fromkeys(wanted))


def _ports(world: World, text: str) -> Iterator[tuple[str, pd.DataFrame, bool]]:
    """Yield each port with its equipment, and whether that is a typical terminal's."""
    frame = _table(world, "port_equipment")
    at = frame["facility"].astype("str").where(frame["facility"].notna(), "")
    own = [one for one in dict.fromkeys(at) if one]
    usual = frame[at == ""] if (at == "").any() else built_in.world().table("port_equipment")
    for one in dict.fromkeys(_facility(world, one, own) for one in split(text)) if text else own:
        mine = one in own
        yield one, frame[at == one] if mine else usual, not mine
    if not text and not own:
        yield "", usual, True


def _facility(world: World, text: str, own: Sequence[str]) -> str:
    """Return the id of a port that is called so."""
    if text in own:
        return text
    found = place(world, text, nowhere=True)
    if "," in found.id:
        raise OptionError(
            f"port names {text!r}, which is a point and no facility",
            hint="give a UN/LOCODE such as NLRTM, or the name of a port",
        )
    return found.id


def _turn(lines: pd.DataFrame) -> tuple[int, float]:
    """Return when a measure has its turn: less need, then other energy, then less electricity.

    So what is left is the same in whatever order measures are named, and a measure that lessens a
    need does so before the rest is moved to the grid, where it would no longer be seen.
    """
    needs = float(lines["electricity"].max())
    spares = bool((lines["carrier"].astype("str") == CARRIERS[0]).all())
    return (2 if spares else 1 if needs > 0 else 0), needs


def _with(used: Array, names: NDArray[np.object_], lines: pd.DataFrame) -> Array:
    """Return what equipment uses once a measure is taken: all of its rows at once."""
    after = used.copy()
    for line in lines.to_dict("records"):
        mine = _mine(names, line["equipment"])
        carrier = CARRIERS.index(str(line["carrier"]))
        gone = used[mine, carrier] * line["less"]
        after[mine, carrier] -= gone
        after[mine, 0] += gone * line["electricity"]
    return np.maximum(after, 0.0)


def _mine(names: NDArray[np.object_], equipment: object) -> NDArray[np.bool_]:
    """Return which rows a line of a measure is about."""
    blank = not isinstance(equipment, str) or not equipment
    return np.ones(len(names), bool) if blank else np.asarray(names == equipment, bool)


def _touches(used: Array, names: NDArray[np.object_], lines: pd.DataFrame) -> bool:
    return any(
        used[_mine(names, line["equipment"]), CARRIERS.index(str(line["carrier"]))].any()
        for line in lines.to_dict("records")
    )


_SAVING: Final = [
    "port", "measure", "energy_saved", "energy_share", "co2e_saved", "co2e_share", "break_even",
]  # fmt: skip


def _saving(
    port: str, measure: str, before: Array, after: Array, factors: Array
) -> dict[str, object]:
    """Return what a measure saves for a TEU."""
    less = (before - after).sum(axis=0)
    whole, energy = float((before @ factors).sum()), float(before.sum())
    saved, other = float(less @ factors), float(less[1:] @ factors[1:])
    return {
        "port": port,
        "measure": measure,
        "energy_saved": float(less.sum()),
        "energy_share": float(less.sum()) / energy if energy else np.nan,
        "co2e_saved": saved,
        "co2e_share": saved / whole if whole else np.nan,
        "break_even": other / -less[0] if less[0] < -_HAIR else np.nan,
    }


def _equipment(
    port: str, frame: pd.DataFrame, used: Array, factors: Array, tonnes: float
) -> pd.DataFrame:
    """Return what each equipment uses and emits."""
    co2e = used @ factors
    whole = co2e.sum()
    return pd.DataFrame(
        {
            "port": port,
            "equipment": frame["equipment"].astype("str").to_numpy(),
            **dict(zip(CARRIERS, used.T, strict=True)),
            "energy": used.sum(axis=1),
            "co2e": co2e,
            "co2e_per_t": co2e / tonnes,
            "share": co2e / whole if whole else np.nan,
        }
    )


def _port(
    port: str, before: Array, after: Array, factors: Array, tonnes: float, teu: float | None
) -> dict[str, object]:
    """Return a port before and after all measures."""
    co2e, then = float((before @ factors).sum()), float((after @ factors).sum())
    yearly = np.nan if teu is None else teu
    return {
        "port": port,
        "energy": float(before.sum()),
        "energy_after": float(after.sum()),
        "co2e": co2e,
        "co2e_after": then,
        "co2e_per_t": co2e / tonnes,
        "energy_year": float(before.sum()) * yearly / 1e3,
        "co2e_year": co2e * yearly / 1e3,
        "co2e_year_after": then * yearly / 1e3,
    }


def _typed(frame: pd.DataFrame, *texts: str) -> pd.DataFrame:
    for name in texts:
        frame[name] = frame[name].astype("str")
    return frame


def _warnings(world: World, lost: Sequence[str]) -> Iterator[str]:
    """Yield what a reader should know before trusting the numbers."""
    if "port_equipment" not in world:
        yield say(
            "a typical terminal, put together of the figures of several: give the world a table "
            "port_equipment with a port's own"
        )
    if lost:
        yield say(
            "these measures are about equipment that is not told apart and save nothing here: "
            "{which}",
            which=", ".join(lost),
        )
