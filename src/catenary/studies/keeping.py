"""What is to be kept: output, jobs, or both."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from catenary.errors import MissingDataError
from catenary.languages import say
from catenary.studies.weighing import Weights, chosen_rows, weights_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from catenary.model import World

    Array = NDArray[np.float64]
    Flags = NDArray[np.bool_]

__all__ = ["Keep", "Kept", "kept_of"]

Keep = Literal["output", "jobs", "both"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Kept:
    """What a unit of output lost of each producer counts.

    Parameters
    ----------
    keep
        What counts in the end: where a world says nothing of jobs, output.
    output
        As output; its unit is USD or day.
    jobs
        In days of one job, (N,); None: the world says nothing of jobs.
    normal_jobs
        Jobs on a normal day, of those that count.
    weights
        What is made small.
    mine
        Whose losses count, (N,).
    warnings
        What a reader should know.
    """

    keep: Keep
    output: Weights
    jobs: Array | None
    normal_jobs: float
    weights: Weights
    mine: Flags
    warnings: tuple[str, ...]

    @property
    def unit(self) -> str:
        """Of what is made small."""
        return self.weights.unit


def kept_of(world: World, *, keep: Keep, regions: str, products: str) -> Kept:
    """Return what counts.

    Jobs are `producers.labour`; a producer that makes nothing for a day keeps none of them busy on
    that day. Both: output and jobs as shares of a normal day, half and half.

    Raises
    ------
    MissingDataError
        If only jobs are to be kept, and the world does not say where they are.
    OptionError
        If a region or product matches nothing.

    Examples
    --------
    >>> from catenary.testing import serial_chain
    >>> kept_of(serial_chain(2), keep="both", regions="", products="").keep
    'output'
    """
    output = weights_of(world, loss="output", regions=regions, products=products, worth=None)
    producers = world.part("producers")
    mine = chosen_rows(world, "regions", regions)[producers.codes("region")]
    mine &= chosen_rows(world, "products", products)[producers.codes("product")]
    made, people = producers.numbers("output"), producers.numbers("labour")
    busy = mine & (made > 0)
    known = busy & (people > 0)
    if not known.any():
        if keep == "jobs":
            raise MissingDataError(
                "this world does not say how many people its producers employ",
                hint="fill in producers.labour, or choose keep=output",
            )
        told = say("the world does not say whom its producers employ (producers.labour): only "
                   "output counts")  # fmt: skip
        return Kept(
            keep="output", output=output, jobs=None, normal_jobs=0.0, weights=output, mine=mine,
            warnings=(told,) if keep == "both" else (),
        )  # fmt: skip
    warnings = []
    silent = int((busy & np.isnan(people)).sum())
    if silent:
        warnings.append(
            say("{count:,} of {all:,} producers do not say whom they employ: none of their jobs "
                "are counted", count=silent, all=int(busy.sum()))
        )  # fmt: skip
    jobs = np.divide(people, made, out=np.zeros(len(made)), where=known)
    normal = float(people[known].sum())
    weights = output
    if keep == "jobs":
        weights = replace(output, output=jobs, unit="job day", normal=normal)
    elif keep == "both":
        shares = 0.5 * output.output / output.normal + 0.5 * jobs / normal
        weights = replace(output, output=shares, unit="day", normal=1.0)
    return Kept(
        keep=keep, output=output, jobs=jobs, normal_jobs=normal, weights=weights, mine=mine,
        warnings=tuple(warnings),
    )  # fmt: skip
