"""How emissions of regions and sectors compare with carbon budgets and targets."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final, Literal

import numpy as np
import pandas as pd

from catenary.economy.accounts import Accounts
from catenary.economy.levels import views
from catenary.economy.pressures import Pressures, carbon_of
from catenary.errors import DataError, OptionError, listed
from catenary.languages import joined, say
from catenary.maths.carbon import contraction, convergence, linear_to_zero, shares
from catenary.maths.footprints import embodied
from catenary.maths.grouping import sum_by
from catenary.model import Result, Run, World
from catenary.model.analysis import Number, Share, analysis
from catenary.worlds.carbon import CONTRACTION, Budget
from catenary.worlds.carbon import budgets as known_budgets

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["Budgets", "budgets"]

_GIGATONNE: Final = 1e9  # tonnes
_STEP: Final = 5  # years between two rows of a sector


@dataclass(frozen=True, kw_only=True, eq=False)
class Budgets(Result):
    """Shares of a carbon budget, and paths that keep to them or to targets."""

    regions: pd.DataFrame
    """Share, years left and the year of zero, by region, account and rule."""
    pathways: pd.DataFrame
    """Emissions year by year."""
    sectors: pd.DataFrame
    """Intensities that converge on the path of their sector."""

    def summary(self) -> str:
        """Return how long the budget lasts."""
        lines: list[str] = []
        for label, tables in views({"regions": self.regions}):
            regions = tables["regions"]
            first = regions[(regions["rule"] == "emissions") & (regions["account"] == "production")]
            line = say(
                "{budget:.4g} Gt CO2 are left from {start} on: {years:.1f} years of the emissions "
                "of this world; {linear:.1f} if they fall by as much every year.",
                budget=first["budget"].sum(),
                start=round(first["zero_year"].min() - first["years_to_zero"].min()),
                years=first["years_left"].min(),
                linear=first["years_to_zero"].min(),
            )
            lines.append(say("{label}: {text}", label=label, text=line) if label else line)
        return joined(lines, "\n")


@analysis("see")
def budgets(
    world: World,
    *,
    stressor: str = "",
    merge: str = "",
    temperature: Literal["1.5", "1.7", "2.0"] = "1.5",
    likelihood: Literal["50", "67", "83"] = "50",
    start: Literal["2025", "2020"] = "2025",
    weight: Share = 0.5,
    rate: Share = CONTRACTION,
    floor: Share = 0.0,
    horizon: Annotated[int, Number("year", 2026, 2200)] = 2050,
) -> Budgets:
    """Share a carbon budget among regions by stated rules, and draw paths that keep to it.

    Rules: `emissions` (grandfathering: by present emissions), and, where `regions.population` is
    given, `population` (equal per head), `blended` between the two, and `ability` (population
    divided by value added per head). Emissions are those of the world, by production and by
    consumption, as if they were those of the year in which the budget begins.

    Parameters
    ----------
    world
        Needs `intermediate`, `final` and `stressors` in a unit of mass.
    stressor
        Row of `stressors`, CO2; blank = the first.
    merge
        Groups of regions to see as one region, separated by commas.
    temperature
        Warming that the budget is for, in °C.
    likelihood
        That warming stays below, in percent.
    start
        Year from whose beginning the budget counts: 2025 (Indicators of Global Climate Change
        2024) or 2020 (IPCC AR6; not for 1.7 °C).
    weight
        Of population in the rule `blended`.
    rate
        Share of base-year emissions by which the path of absolute contraction falls a year.
    floor
        Share of today's mean intensity that sectors keep at the horizon.
    horizon
        Last year of paths.

    Returns
    -------
    Budgets
        Shares, years left, paths of emissions and of sector intensities.

    Raises
    ------
    OptionError
        If there is no such budget, or several stressors are asked for.
    DataError
        If a region emits less than nothing.
    UnitError
        If the stressor is in no unit of mass.

    References
    ----------
    Forster, P. M. et al. (2025), Earth System Science Data 17, 2641-2680; Raupach, M. R. et al.
    (2014), Nature Climate Change 4, 873-879; Krabbe, O. et al. (2015), Nature Climate Change 5,
    1057-1060.

    Examples
    --------
    >>> import catenary
    >>> from catenary.testing import two_regions
    >>> found = catenary.budgets(two_regions()).regions
    >>> found[found["account"] == "consumption"]["share"].round(2).tolist()
    [0.6, 0.4]
    """
    budget = _budget(float(temperature), int(likelihood), int(start))
    accounts = Accounts.of(world, merge=merge)
    pressures, tonnes, told = carbon_of(world, accounts, stressor)
    emissions = _emissions(accounts, pressures, tonnes / _GIGATONNE)
    told += _clean(accounts, emissions)
    heads, lacking = _population(world, accounts)
    told += lacking
    told += _years_apart(accounts.unit, budget)
    frames, paths = [], []
    years = np.arange(0.0, max(1, horizon - budget.start) + 1)
    for account, amount in emissions.items():
        for rule, share in _rules(accounts, amount, heads, weight).items():
            frame = _shared(accounts.regions, amount, share, budget)
            frames.append(frame.assign(account=account, rule=rule))
            zero = frame["years_to_zero"].to_numpy()[:, None]
            falling = np.divide(years, zero, out=np.full((len(zero), len(years)), np.inf),
                                where=zero > 0)  # fmt: skip
            path = amount[:, None] * np.maximum(0.0, 1 - falling)
            path[:, 0] = amount
            paths.append(_path(accounts.regions, account, f"zero_{rule}", path, budget.start))
        path = contraction(amount, years, rate)
        paths.append(_path(accounts.regions, account, "contraction", path, budget.start))
    order = ["region", "account", "rule", "emissions", "share", "budget", "years_left"]
    table = pd.concat(frames, ignore_index=True)[[*order, "years_to_zero", "zero_year"]]
    return Budgets(
        run=Run(
            analysis="budgets", options={}, world="", warnings=(*accounts.warnings, *told)
        ),
        regions=table.sort_values(
            ["account", "rule", "emissions"], ascending=[True, True, False], kind="stable",
            ignore_index=True,
        ),
        pathways=pd.concat(paths, ignore_index=True),
        sectors=_sectors(accounts, pressures, floor, budget.start, horizon),
    )  # fmt: skip


def _budget(temperature: float, likelihood: int, start: int) -> Budget:
    for one in known_budgets():
        if (one.temperature, one.likelihood, one.start) == (temperature, likelihood, start):
            return one
    raise OptionError(
        f"no budget of {temperature:g} °C at {likelihood} % from {start} on is known",
        hint="AR6 (start 2020) has 1.5 and 2.0 °C here; 1.7 °C starts in 2025",
    )


def _years_apart(unit: str, budget: Budget) -> list[str]:
    """Say of what year the emissions are, where the table tells."""
    found = re.search(r"\((\d{4})\)", unit)
    if found is None or int(found[1]) == budget.start:
        return []
    return [
        say(
            "emissions of {year} stand for those of {start}, when the budget begins",
            year=found[1],
            start=str(budget.start),
        )
    ]


def _clean(accounts: Accounts, emissions: dict[str, Array]) -> list[str]:
    """Say who emits nothing, and so has a budget for ever."""
    none = np.any([amount <= 0 for amount in emissions.values()], axis=0)
    if not none.any():
        return []
    return [
        say(
            "{count} regions emit nothing, by production or by consumption ({names}): what they "
            "have of a budget lasts without end",
            count=int(none.sum()),
            names=listed(accounts.regions[none], most=3),
        )
    ]


def _emissions(accounts: Accounts, pressures: Pressures, scale: float) -> dict[str, Array]:
    """Return emissions in Gt a year by region, by production and by consumption."""
    direct = accounts.per_output(pressures.caused[0])[None, :]
    needed = accounts.solver.output_for(accounts.final)
    flows = embodied(direct, needed, accounts.region, len(accounts.regions))[0] * scale
    household = pressures.direct[0] * scale
    found = {
        "production": flows.sum(axis=1) + household,
        "consumption": flows.sum(axis=0) + household,
    }
    for account, amount in found.items():
        if (amount < 0).any():
            worst = accounts.regions[int(amount.argmin())]
            raise DataError(
                f"{worst} emits {amount.min():.3g} Gt a year by {account}, less than nothing",
                hint="leave removals out of the stressor: budgets are of gross emissions",
            )
    if not found["production"].sum() > 0:
        raise DataError("nobody emits anything", hint="choose another stressor")
    return found


def _population(world: World, accounts: Accounts) -> tuple[Array | None, list[str]]:
    """Return the population of each region, or say that rules by head are left out."""
    table = world.table("regions")
    numbers = table["population"] if "population" in table else pd.Series(np.nan, table.index)
    heads = np.asarray(numbers, dtype=np.float64)
    present = np.bincount(accounts.region, minlength=len(accounts.regions)) > 0
    present |= accounts.final.sum(axis=0) != 0
    needed = present[accounts.merged] & ~world.parents("regions")
    missing = needed & ~(np.nan_to_num(heads) >= 1)
    if missing.any():
        return None, [
            say(
                "the population of {count} regions is not given, or less than one person "
                "({region} for one): shares by population, blended and by ability are left out; "
                "give the column population of the table regions",
                count=int(missing.sum()),
                region=str(table.index[missing][0]),
            )
        ]
    return sum_by(accounts.merged[needed], heads[needed], len(accounts.regions)), []


def _rules(
    accounts: Accounts, emissions: Array, heads: Array | None, weight: float
) -> dict[str, Array]:
    rules = {"emissions": shares(emissions, None, None, 0.0)}
    if heads is None:
        return rules
    rules["population"] = shares(emissions, heads, None, 1.0)
    rules["blended"] = shares(emissions, heads, None, weight)
    added = accounts.by_region(accounts.value_added)
    live = heads > 0
    if (added[live] > 0).all():
        wealth = np.divide(added, heads, out=np.ones_like(added), where=live)
        rules["ability"] = shares(emissions, heads, wealth, 1.0)
    return rules


def _shared(regions: pd.Index, emissions: Array, share: Array, budget: Budget) -> pd.DataFrame:
    own = share * budget.amount
    left = np.divide(own, emissions, out=np.full_like(own, np.inf), where=emissions > 0)
    zero = linear_to_zero(emissions, own)
    return pd.DataFrame(
        {
            "region": regions,
            "emissions": emissions,
            "share": share,
            "budget": own,
            "years_left": left,
            "years_to_zero": zero,
            "zero_year": budget.start + zero,
        }
    )


def _path(regions: pd.Index, account: str, path: str, amounts: Array, start: int) -> pd.DataFrame:
    years = amounts.shape[1]
    return pd.DataFrame(
        {
            "region": np.repeat(regions, years),
            "account": account,
            "path": path,
            "year": np.tile(np.arange(start, start + years), len(regions)),
            "amount": amounts.ravel(),
        }
    )


def _sectors(
    accounts: Accounts, pressures: Pressures, floor: float, start: int, horizon: int
) -> pd.DataFrame:
    """Return intensities that converge on their sector, market shares as they are."""
    count = len(accounts.products)
    caused, made = pressures.caused[0], np.maximum(accounts.output, 0.0)
    group = accounts.region * count + accounts.product
    pairs, place = np.unique(group[made > 0], return_inverse=True)
    emitted, output = (
        np.bincount(place, amount[made > 0], len(pairs)).astype(np.float64)
        for amount in (caused, made)
    )
    region, product = np.divmod(pairs, count)
    whole, sold = (
        np.bincount(product, amount, count).astype(np.float64) for amount in (emitted, output)
    )
    mean = np.divide(whole, sold, out=np.zeros(count), where=sold > 0)
    years = np.unique([*range(start, horizon, _STEP), max(horizon, start + 1)])
    down = (years - years[0]) / (years[-1] - years[0])
    intensity = emitted / output
    targets = np.zeros((len(pairs), len(years)))
    for one in range(count):
        own = product == one
        path = mean[one] * (1 - (1 - floor) * down)
        targets[own] = convergence(intensity[own], path, np.ones((own.sum(), len(years))))
    shape = len(years)
    return pd.DataFrame(
        {
            "region": pd.Categorical.from_codes(
                np.repeat(region, shape), categories=accounts.regions
            ),
            "product": pd.Categorical.from_codes(
                np.repeat(product, shape), categories=accounts.products
            ),
            "year": np.tile(years, len(pairs)),
            "sector_intensity": (mean[product][:, None] * (1 - (1 - floor) * down)).ravel(),
            "intensity": targets.ravel(),
        }
    )
