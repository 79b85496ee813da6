"""Whom to support after a shock, and where training pays first, so that most is kept."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal

from catenary.economy.groups import absent_members
from catenary.languages import say
from catenary.model import Change, Result, Run, Scenario, World
from catenary.model.analysis import Number, Share, analysis
from catenary.model.money import told_amount
from catenary.model.progress import advance
from catenary.planning.worth import read_worth
from catenary.studies.floors import floors_of
from catenary.studies.keeping import Keep, kept_of
from catenary.studies.ledger import Ledger
from catenary.studies.plan_cases import Asking, futures_of
from catenary.studies.plan_items import Asked
from catenary.studies.plan_search import planned
from catenary.studies.support_candidates import Pricing, averted, candidates_of, sized
from catenary.studies.support_tables import Settled, tables_of, tallies_of
from catenary.studies.support_words import figures, summary
from catenary.worlds.measures import catalogue as read_catalogue

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd


__all__ = ["Support", "support"]

_HAIR = 1e-9


@dataclass(frozen=True, kw_only=True, eq=False)
class Support(Result):
    """Whom to support, what that keeps, and what each group gets."""

    candidates: pd.DataFrame
    """Every industry, region or firm that may be supported or trained: cost, and what it keeps."""
    steps: pd.DataFrame
    """The plan in the order in which to carry it out."""
    training: pd.DataFrame
    """Where training pays first."""
    groups: pd.DataFrame
    """What is reserved for and spent on each group, and what it loses."""
    plans: pd.DataFrame
    """The plan beside doing nothing and spending evenly."""
    scenarios: pd.DataFrame
    """Per case: what is lost without, with the plan, and at best."""
    changes: pd.DataFrame
    """What the plan changes, number by number."""
    numbers: pd.DataFrame
    """Every number of the catalogue that costs rest on, with its source."""
    proof: pd.DataFrame
    """Budget, bound, and how much was judged."""

    def figures(self) -> pd.DataFrame:
        """Return the few numbers that answer the question, one row each."""
        return figures(self)

    def summary(self) -> str:
        """Return whom to support, what that keeps, and where training pays first."""
        return summary(self)

    def scenario(self) -> Scenario:
        """Return the measures of the plan, as `stress` and `plan` take them."""
        changes = [json.loads(str(text)) for text in self.changes["change"]]
        return Scenario("support", tuple(Change.of({**one, "source": ""}) for one in changes))


@analysis("strengthen")
def support(
    world: World,
    *,
    scenarios: tuple[Scenario, ...] = (),
    budget: Annotated[float, Number("USD", 0, 1e15)],
    by: Literal["industry", "region", "firm", "producer"] = "industry",
    keep: Keep = "both",
    floors: str = "",
    regions: str = "",
    products: str = "",
    most: Annotated[int, Number("number", 1, 10_000)] = 60,
    family: Literal["", "producer", "region", "product"] = "",
    family_share: Share = 0.5,
    family_days: Annotated[float, Number("day", 0, 3650)] = 30,
    family_recovery: Annotated[float, Number("day", 0, 3650)] = 60,
    runs: Annotated[int, Number("draws", 1, 100_000)] = 64,
    seed: Annotated[int, Number("number", 0, 2**31)] = 1,
    chances: str = "",
    fresh: Annotated[int, Number("cases", 0, 100_000)] | None = None,
    aversion: Annotated[float, Number("times the mean", 0, 1000)] = 0.0,
    tail: Annotated[float, Number("share", 1e-3, 1)] = 0.1,
    parts: Annotated[int, Number("parts", 1, 100)] = 1,
    exact_cases: Annotated[int, Number("judgements", 0, 1_000_000_000)] = 20_000,
    protection: Share | None = None,
    recovery: Share | None = None,
    support_days: Annotated[float, Number("day", 0, 3650)] | None = None,
    worth: str = "",
    rate: Annotated[float, Number("share/year", 0, 10)] | None = None,
    catalogue: str = "",
    days: Annotated[int, Number("day", 1, 36_500)] = 365,
    stock_days: Annotated[float, Number("day", 0, 3650)] = 90,
    psi: Share = 0.8,
    restoration_days: Annotated[float, Number("day", 1, 3650)] = 60,
    overproduction: Annotated[float, Number("times capacity", 1, 10)] = 1.25,
    overproduction_days: Annotated[float, Number("day", 1, 36_500)] = 365,
    criticality: Literal["stated", "leontief", "linear"] = "stated",
) -> Support:
    """Choose whom to support under a recovery budget, and say where training pays first.

    Each industry, region or firm that a scenario takes capacity from may be supported (liquidity
    and labour avert a share of the loss) and trained (capacity comes back sooner), as the catalogue
    of measures says. The stress engine judges every set in the same scenarios, as for `plan`, so
    that what support keeps at those who buy and sell counts as well. Floors reserve shares of the
    budget for groups of regions or for products; what is reserved and helps nobody stays unspent.

    Parameters
    ----------
    world
        As for `stress`; jobs are `producers.labour`.
    scenarios
        What may happen; what is uncertain in each is drawn `runs` times.
    budget
        Most that all support and training may cost.
    by
        Who is supported as one: an industry (the sector of a product, else the product), a region,
        a firm or a single producer.
    keep
        What counts: output, jobs, or both, each as a share of a normal day, half and half. Without
        jobs in the world, both means output.
    floors
        Least shares of the budget by group, as LDC=0.2,AFR=0.1: regions, groups of regions or
        products. All others may cost what is left at most. A producer in two groups counts for
        both.
    regions
        Whose producers may be supported, and whose losses count: regions or groups, parted by
        commas; blank = all.
    products
        Of which products; blank = all.
    most
        Candidates at most: of those who lose most if nothing is done.
    family
        Instead of, or beside, scenarios: every producer, region or product in turn …
    family_share
        … loses so much of its capacity …
    family_days
        … for so many days in full …
    family_recovery
        … and gets it back linearly over so many.
    runs
        Draws of each scenario in which something is uncertain.
    seed
        Where the draws begin.
    chances
        How likely scenarios are, as NAME=0.2,NAME=0.05; they are scaled to add up to 1. Blank: all
        alike.
    fresh
        Cases that the plan is tried on after it is chosen; blank = as many as it was chosen for
        where something is uncertain, else none.
    aversion
        Weight of the mean of the worst cases, beside the mean of all.
    tail
        Share of the cases that are the worst.
    parts
        Equal parts in which support and training may be paid for; 1: as a whole or not at all.
    exact_cases
        If trying every set takes no more judgements, every set is tried.
    protection
        Share of any loss of capacity that support averts; blank = as the catalogue says.
    recovery
        Share of the time of recovery that training saves; blank = as the catalogue says.
    support_days
        Days of full loss for which support is paid; blank = as many as the worst case takes from
        each producer.
    worth
        What a year's output of a product is worth, such as semiconductors.atp=6e11; costs rest on
        it. It comes before its price, its unit of money and the catalogue.
    rate
        Interest on what is paid once; blank = as the catalogue says.
    catalogue
        TOML file with templates of one's own, merged over the built-in ones.
    days
        Days to run.
    stock_days
        Days of stock of inputs for which the world says nothing.
    psi
        Share of the target stock below which buyers cut production.
    restoration_days
        Days over which a gap in stock is ordered back.
    overproduction
        Most that capacity can be stretched.
    overproduction_days
        Days that stretching takes.
    criticality
        What a short input stops, as for `stress`.

    Returns
    -------
    Support
        Candidates, steps, training, groups, plans, scenarios, changes, numbers and proof.

    Raises
    ------
    OptionError
        If nobody can be supported, the budget is below any candidate, or floors are unknown or
        reserve more than the budget.
    MissingDataError
        If jobs are to be kept, and the world does not say where they are.

    References
    ----------
    As for `plan`; costs: the sources in table `numbers`.

    Examples
    --------
    >>> import catenary
    >>> from catenary.testing import two_regions
    >>> quake = catenary.Scenario("quake", (catenary.Change(
    ...     target="producers.capacity", where={"region": "BBB"}, multiply=0.2, days=30),))
    >>> found = catenary.support(two_regions(), scenarios=(quake,), budget=1.0, by="region",
    ...                          keep="output", days=90)
    >>> found.steps[["who", "kind"]].to_numpy().tolist()
    [['BBB', 'support']]
    """
    kept = kept_of(world, keep=keep, regions=regions, products=products)
    reserved = floors_of(world, floors)
    known = sized(read_catalogue(catalogue), {"support": protection, "training": recovery})
    pricing = Pricing.of(
        world, known, worth=read_worth(worth), rate=rate, support_days=support_days
    )
    options = _engine(
        stock_days=stock_days, psi=psi, restoration_days=restoration_days,
        overproduction=overproduction, overproduction_days=overproduction_days,
        criticality=criticality,
    )  # fmt: skip
    uncertain = any(change.uncertain for one in scenarios for change in one.changes)
    futures = futures_of(
        world, scenarios, Asking(
            family=family, share=family_share, days=family_days, recovery=family_recovery,
            runs=runs, seed=seed, chances=chances,
            fresh=fresh if uncertain or fresh is not None else 0,
        ),
    )  # fmt: skip
    first = Ledger(
        world=world, cases=futures.cases, chance=futures.chance, measures=(), kinds=(),
        days=days, options=options, weights=kept.weights,
    )  # fmt: skip
    lost = (futures.chance @ first.told(frozenset())) * kept.weights.output
    days_back = averted(first, known)
    del first  # it keeps the losses of every case
    candidates, told = candidates_of(
        world, by=by, floors=reserved, pricing=pricing, days=days_back, lost=lost,
        mine=kept.mine, most=most,
    )  # fmt: skip
    asked = Asked(
        world=world, measures=[one.measure for one in candidates], futures=futures,
        weights=kept.weights, budget=budget, aversion=aversion, tail=tail, carbon_price=0.0,
        required="", parts=parts, judge="simulation", thorough=True, exact_cases=exact_cases,
        days=days, options=options,
        caps=tuple(reserved.caps([one.groups for one in candidates], budget)),
    )  # fmt: skip
    settled = _settled(asked, kept=kept, floors=reserved, candidates=candidates, pricing=pricing)
    tables = tables_of(settled)
    warnings = (
        *kept.warnings, *told, *absent_members(world, ",".join(reserved.names)),
        *settled.found.warnings, *_unspent(tables["groups"]),
    )  # fmt: skip
    return Support(run=Run(analysis="support", options={}, world="", warnings=warnings), **tables)


def _engine(**given: Any) -> dict[str, Any]:
    """Return the options of the engine."""
    return {
        **given, "orders": "alt", "rationing": "stated", "switch_home": 0.0, "switch_abroad": 0.0,
        "switch_cost": 0.0, "price_response": 0.0, "demand_elasticity": 0.0, "capital_years": 4.0,
    }  # fmt: skip


def _settled(asked: Asked, **found_with: Any) -> Settled:
    """Search, and keep the judge that wrote everything down."""
    judges: list[Ledger] = []
    tallies = tallies_of(found_with["kept"], found_with["floors"])
    make = partial(Ledger, tallies=tallies)

    def judging(**given: Any) -> Ledger:
        judges.append(make(**given))
        return judges[-1]

    found = planned(
        asked, lambda done: advance("cases judged", done, max(done, asked.expected)), judging
    )
    return Settled(found=found, ledger=judges[0], **found_with)


def _unspent(groups: pd.DataFrame) -> Iterator[str]:
    """Say what is reserved and helps nobody."""
    for _, row in groups[(groups["group"] != "all") & (groups["floor"] > 0)].iterrows():
        left = float(row["reserved"] - row["spent"])
        if left > _HAIR * max(1.0, float(row["reserved"])):
            yield say(
                "{usd} that are reserved for {group} stay unspent: nobody there is hit whom they "
                "would help, or they do not pay for it",
                usd=told_amount(left, "USD"), group=row["group"],
            )  # fmt: skip
