"""Which pressure a final demand causes, and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import pandas as pd

from catenary.economy.accounts import Accounts
from catenary.economy.choosing import chosen_regions
from catenary.economy.groups import absent_members
from catenary.economy.pressures import Pressures, pressures_of
from catenary.errors import OptionError
from catenary.languages import joined, recognised, say
from catenary.maths.footprints import embodied, embodied_by_group
from catenary.maths.iterative import IterativeSystem
from catenary.model import Result, Run, World
from catenary.model.analysis import analysis

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

__all__ = ["Footprint", "footprint"]

MOST_ROWS: Final = 5_000_000
"""Rows that the table of details may have."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Footprint(Result):
    """Pressures by those who cause them and by those for whom they are caused."""

    producers: pd.DataFrame
    """Direct and total intensity per producer and pressure."""
    regions: pd.DataFrame
    """Production- and consumption-based accounts."""
    flows: pd.DataFrame
    """Embodied pressure from region to region, largest first."""
    details: pd.DataFrame
    """The same by sector that causes it or product that is bought, where asked for."""

    def summary(self) -> str:
        """Return the accounts in a few lines."""
        lines: list[str] = []
        keys = [key for key in ("world", "stressor") if key in self.regions]
        for (*label, _), regions in self.regions.groupby(keys, sort=False):
            top = regions.iloc[int(regions["consumption"].to_numpy().argmax())]
            total, traded = regions["production"].sum(), regions["exported"].sum()
            about: dict[str, Any] = {
                "total": total, "stressor": recognised(str(top["stressor"])),
                "region": str(top["region"]), "consumed": top["consumption"],
                "produced": top["production"], "unit": str(top["unit"]),
            }  # fmt: skip
            if total > 0 and (regions[["production", "exported"]] >= 0).to_numpy().all():
                line = say(
                    "{total:.6g} {unit} of {stressor} in the world; {traded:.1%} of it crosses a "
                    "border inside goods and services. Largest footprint: {region}, "
                    "{consumed:.6g} consumed against {produced:.6g} produced.",
                    traded=traded / total,
                    **about,
                )
            else:  # removals: parts of the sum are no shares
                line = say(
                    "{total:.6g} {unit} of {stressor} in the world, {traded:.6g} of it across a "
                    "border inside goods and services. Largest footprint: {region}, "
                    "{consumed:.6g} consumed against {produced:.6g} produced.",
                    traded=traded,
                    **about,
                )
            lines.append(say("{label}: {text}", label=str(label[0]), text=line) if label else line)
        return joined(lines, "\n")


@analysis("see")
def footprint(
    world: World,
    *,
    stressor: str = "",
    merge: str = "",
    detail: Literal["none", "sector", "product"] = "none",
    origin: str = "",
    destination: str = "",
) -> Footprint:
    """Attribute pressures to the final demand that causes them, all stages counted.

    With s the pressure per unit of output and A the input coefficients, m = s (I - A)⁻¹ is what
    one unit of final demand takes, and s (I - A)⁻¹ Y splits it by origin and destination. Large
    systems are solved by sweeps over the flows; a warning then states the residual.

    Parameters
    ----------
    world
        Needs `intermediate` and `final`, and `stressors` or `value_added`.
    stressor
        Rows of `stressors`, separated by commas; `all` of them; `value_added`; blank = the first
        stressor, or value added if there is none.
    merge
        Groups of regions to see as one region, separated by commas (EU27, LDC, landlocked,
        islands, or groups of the world).
    detail
        What to split the flows by in the table `details`: `sector` that causes the pressure, or
        `product` that final demand buys.
    origin
        Regions or groups where the pressure arises, in `details`; blank = all.
    destination
        Regions or groups whose final demand causes it, in `details`; blank = all.

    Returns
    -------
    Footprint
        Intensities per producer, accounts per region, flows from region to region, details.

    Raises
    ------
    OptionError
        If there is no such stressor or region, or the details would have too many rows.
    MissingDataError
        If the world lacks a matrix.

    References
    ----------
    Miller, R. E. & Blair, P. D. (2009), Input-Output Analysis, ch. 10; Kanemoto, K. et al.
    (2012), Environmental Science & Technology 46(1), 172-179.

    Examples
    --------
    >>> import catenary
    >>> from catenary.testing import two_regions
    >>> catenary.footprint(two_regions()).regions["consumption"].round(1).tolist()
    [7.2, 4.8]
    """
    accounts = Accounts.of(world, merge=merge)
    pressures = pressures_of(world, accounts, stressor)
    asked = (
        chosen_regions(world, accounts, origin, "origin"),
        chosen_regions(world, accounts, destination, "destination"),
    )
    _check_size(accounts, pressures, asked, detail)
    made = accounts.output != 0  # rounded tables hold outputs just below 0
    intensity = np.zeros_like(pressures.caused)
    np.divide(pressures.caused, accounts.output, out=intensity, where=made)
    needed = accounts.solver.output_for(accounts.final)
    multipliers = accounts.solver.intensities(intensity.T).T
    by_origin = embodied(intensity, needed, accounts.region, len(accounts.regions))
    details = _details(accounts, pressures, intensity, needed, asked, detail)
    return Footprint(
        run=Run(
            analysis="footprint",
            options={},
            world="",
            warnings=tuple(
                dict.fromkeys(
                    (
                        *accounts.warnings,
                        *absent_members(world, f"{origin},{destination}"),
                        *_warnings(accounts, pressures),
                    )
                )
            ),
        ),
        producers=_producers(accounts, pressures, intensity, multipliers),
        regions=_regions(accounts, pressures, by_origin),
        flows=_flows(accounts, pressures, by_origin),
        details=details,
    )


def _warnings(accounts: Accounts, pressures: Pressures) -> list[str]:
    told = pressures.idle(accounts)
    if isinstance(accounts.solver, IterativeSystem):
        told.append(
            say(
                "the system of {count:,} producers was solved by sweeps over the flows, to a "
                "residual of {residual:.1e} of the right-hand side",
                count=len(accounts.producers),
                residual=accounts.solver.residual,
            )
        )
    return told


def _labels(names: pd.Index, codes: Integers) -> pd.Categorical:
    return pd.Categorical.from_codes(codes, categories=names)


def _producers(
    accounts: Accounts, pressures: Pressures, intensity: Array, multipliers: Array
) -> pd.DataFrame:
    count, most = len(pressures.names), len(accounts.producers)
    bought = accounts.final.sum(axis=1)
    return pd.DataFrame(
        {
            "stressor": _labels(pd.Index(pressures.names), np.repeat(np.arange(count), most)),
            "producer": accounts.producers.take(np.tile(np.arange(most), count)),
            "region": _labels(accounts.regions, np.tile(accounts.region, count)),
            "product": _labels(accounts.products, np.tile(accounts.product, count)),
            "direct": intensity.ravel(),
            "total": multipliers.ravel(),
            "caused": (intensity * accounts.output).ravel(),
            "embodied": (multipliers * bought).ravel(),
        }
    )


def _regions(accounts: Accounts, pressures: Pressures, by_origin: Array) -> pd.DataFrame:
    frames = []
    for name, flows, household in zip(pressures.names, by_origin, pressures.direct, strict=True):
        own = np.diag(flows)
        frame = pd.DataFrame(
            {
                "region": accounts.regions,
                "stressor": name,
                "unit": pressures.unit,
                "production": flows.sum(axis=1) + household,
                "consumption": flows.sum(axis=0) + household,
                "imported": flows.sum(axis=0) - own,
                "exported": flows.sum(axis=1) - own,
                "household": household,
            }
        )
        frames.append(frame.sort_values(["consumption", "region"], ascending=[False, True]))
    return pd.concat(frames, ignore_index=True)


def _flows(accounts: Accounts, pressures: Pressures, by_origin: Array) -> pd.DataFrame:
    frames = []
    origin, destination = (part.ravel() for part in np.indices(by_origin.shape[1:]))
    for name, flows in zip(pressures.names, by_origin, strict=True):
        order = np.argsort(-flows.ravel(), kind="stable")
        frames.append(
            pd.DataFrame(
                {
                    "stressor": name,
                    "origin": _labels(accounts.regions, origin[order]),
                    "destination": _labels(accounts.regions, destination[order]),
                    "amount": flows.ravel()[order],
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def _check_size(
    accounts: Accounts, pressures: Pressures, asked: tuple[Integers, Integers], detail: str
) -> None:
    rows = len(pressures.names) * len(accounts.products) * len(asked[0]) * len(asked[1])
    if detail != "none" and rows > MOST_ROWS:
        raise OptionError(
            f"details by {detail} would have {rows:,} rows; {MOST_ROWS:,} are possible",
            hint="choose an origin, a destination or fewer stressors, or merge regions",
        )


def _details(
    accounts: Accounts,
    pressures: Pressures,
    intensity: Array,
    needed: Array,
    asked: tuple[Integers, Integers],
    detail: str,
) -> pd.DataFrame:
    """Return the flows by sector that causes them or by product that is bought."""
    origins, destinations = asked
    products = len(accounts.products)
    cells = np.zeros((len(pressures.names), len(origins), products, len(destinations)))
    for place, one in enumerate(origins if detail != "none" else ()):
        own = np.where(accounts.region == one, intensity, 0.0)
        weight, amount = own, needed
        if detail == "product":
            weight, amount = accounts.solver.intensities(own.T).T, accounts.final
        cells[:, place] = embodied_by_group(
            weight, amount[:, destinations], accounts.product, products
        )
    kept = np.flatnonzero(cells)
    kept = kept[np.argsort(-cells.ravel()[kept], kind="stable")]
    k, i, product, j = np.unravel_index(kept, cells.shape)
    kept = kept[np.argsort(k, kind="stable")]
    k, i, product, j = np.unravel_index(kept, cells.shape)
    return pd.DataFrame(
        {
            "stressor": _labels(pd.Index(pressures.names), k),
            "origin": _labels(accounts.regions, origins[i]),
            "destination": _labels(accounts.regions, destinations[j]),
            "product": _labels(accounts.products, product),
            "amount": cells.ravel()[kept],
        }
    )
