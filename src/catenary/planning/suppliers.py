"""Who else could supply a product."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Final, Literal

import numpy as np
import pandas as pd

from catenary.errors import OptionError, did_you_mean
from catenary.languages import joined, say
from catenary.maths import meaning
from catenary.maths.scoring import drawn_weights, ranks, scaled, weighted
from catenary.maths.wording import likeness
from catenary.model import Result, Run, Scenario, World
from catenary.model.analysis import Number, Share, analysis
from catenary.planning.offers import Offers, baseline_use
from catenary.planning.relatedness import relatedness

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["MEASURES", "Suppliers", "suppliers"]

MEASURES: Final = {
    "cost": False, "days": False, "emissions": False, "capacity": True, "risk": False,
    "relatedness": True, "wording": True,
}  # fmt: skip
"""What candidates are judged by, and whether more is better."""

_DRAWS: Final = 1_000
_NAMED: Final = 3


@dataclass(frozen=True, kw_only=True, eq=False)
class Suppliers(Result):
    """Candidates, best first."""

    candidates: pd.DataFrame
    """Everybody who could supply, by score."""
    measures: pd.DataFrame
    """What they are judged by: weight, worst and best value."""

    def figures(self) -> pd.DataFrame:
        """Return how many candidates there are, how many are undominated, and the best cost."""
        parts = []
        for label, one in self._each():
            rows = [
                ("candidates", "number", float(len(one))),
                (
                    "candidates that nobody betters in everything",
                    "number",
                    float(one["front"].sum()),
                ),
                ("regions", "number", float(one["region"].nunique())),
                ("lowest cost of a unit", "USD/unit", float(one["cost"].min())),
            ]
            frame = pd.DataFrame(rows, columns=["figure", "unit", "value"])
            parts.append(frame.assign(world=label) if label else frame)
        return pd.concat(parts, ignore_index=True)

    def summary(self) -> str:
        """Return the best candidates in a sentence."""
        lines = []
        for label, one in self._each():
            names = [
                say("{supplier} ({score:.2f})", supplier=str(row.supplier), score=float(row.score))  # type: ignore[arg-type]
                for row in one.head(_NAMED).itertuples()
            ]
            text = say(
                "{count:,} candidates from {regions:,} regions; best {names}.",
                count=len(one),
                regions=int(one["region"].nunique()),
                names=joined(names, say(", ")),
            )
            lines.append(say("{label}: {text}", label=label, text=text) if label else text)
        return joined(lines, "\n")

    def _each(self) -> Iterator[tuple[str, pd.DataFrame]]:
        if "world" not in self.candidates:
            yield "", self.candidates
            return
        for label, one in self.candidates.groupby("world", sort=False):
            yield str(label), one


@analysis("strengthen")
def suppliers(
    world: World,
    *,
    product: str,
    region: str = "",
    quantity: Annotated[float, Number("product unit/day", 0, 1e15)] | None = None,
    text: str = "",
    alike: Literal["words", "meaning"] = "words",
    weights: str = "",
    carbon_price: Annotated[float, Number("USD/t CO2e", 0, 1e6)] = 0.0,
    spare: Annotated[float, Number("share", 0, 100)] = 0.0,
    avoid: str = "",
    least: Share = 0.0,
    scenario: Scenario | None = None,
    seed: Annotated[int, Number("number", 0, 2**31)] = 0,
) -> Suppliers:
    """Say who else could supply a product, ranked by what matters.

    Candidates are judged by cost with tariff, freight and carbon, days on the way, emissions,
    spare capacity, risk, relatedness of the product to what their region makes, and how well their
    capability answers a text. Each measure is 0 for the worst and 1 for the best candidate; the
    score is a weighted mean. How far ranks rest on the weights is shown, and who is undominated.

    Parameters
    ----------
    world
        Has `offers` (a list of one's own), or `producers`; `links`, `trade_flows` as far as known.
    product
        What is needed.
    region
        Where it is needed; blank = links do not matter.
    quantity
        How much is needed in a day; blank = what the region uses in the world.
    text
        What a supplier should be able to do, in plain words, compared with `offers.capability`.
    alike
        What makes a capability like the text: words and pieces of words that both share, or
        meaning, by word vectors (needs the extra `meaning`).
    weights
        Weights of measures, such as cost=2,risk=1,days=0; those not named have 1.
    carbon_price
        Price of emissions, counted in the cost.
    spare
        Share of output that producers of unknown capacity could add.
    avoid
        Regions or groups to leave out, separated by commas.
    least
        Least share of the need that a candidate has to be able to supply.
    scenario
        What has happened already.
    seed
        Of the weights that are drawn for the range of ranks.

    Returns
    -------
    Suppliers
        Candidates with measures, score and rank.

    Raises
    ------
    OptionError
        If an option names nothing, or nobody is left.

    References
    ----------
    Hidalgo, C. A. et al. (2007), Science 317, 482-487 (relatedness); OECD & JRC (2008), Handbook
    on Constructing Composite Indicators.

    Examples
    --------
    >>> import catenary
    >>> from catenary.testing import small_offers
    >>> found = catenary.suppliers(small_offers(), product="cells", weights="cost=3")
    >>> found.candidates[["supplier", "rank"]].to_numpy().tolist()
    [['near', 1.0], ['far', 2.0], ['spare', 3.0]]
    """
    now = world if scenario is None else scenario.apply(world)
    offers = Offers.of(now, product, region, spare=spare)
    need = quantity
    if need is None and region and "producers" in now:
        need = float(baseline_use(now, product, region).sum()) or None
    told: list[str] = list(offers.warnings)
    like = likeness if alike == "words" else meaning.likeness
    values = _measured(now, product, offers, need, partial(like, text) if text else None,
                       carbon_price)  # fmt: skip
    kept = _kept(now, offers, avoid)
    if need and least:
        kept &= offers["capacity"] >= least * need
    if not kept.any():
        raise OptionError(
            f"nobody who offers {product!r} is left", hint="avoid fewer regions, or ask for less"
        )
    values = {name: one[kept] for name, one in values.items()}
    known = [name for name, one in values.items() if np.isfinite(one).any()]
    weight = _weights(weights, known)
    table = np.column_stack([values[name] for name in known])
    better = np.array([MEASURES[name] for name in known])
    scores = np.where(np.isnan(table), 0.0, scaled(table, better))  # unknown counts as worst
    if np.isnan(table).any():
        told.append(say("what is not known of a candidate counts as the worst"))
    score = weighted(scores, weight)
    spread = ranks(weighted(scores, drawn_weights(weight, _DRAWS, seed)))
    place = np.flatnonzero(kept)
    frame = pd.DataFrame(
        {
            "supplier": pd.Series(offers.names[place], dtype="str"),
            "region": pd.Series(offers.region[place], dtype="str"),
            "score": score,
            "rank": ranks(score),
            "rank_low": np.quantile(spread, 0.05, axis=0),
            "rank_high": np.quantile(spread, 0.95, axis=0),
            "front": _undominated(scores[:, weight > 0]),
            **{name: values.get(name, np.full(len(place), np.nan)) for name in MEASURES},
            "serves": offers["capacity"][place] / need if need else np.full(len(place), np.nan),
            "lacking": np.isnan(table).sum(axis=1),
        }
    )
    return Suppliers(
        run=Run(analysis="suppliers", options={}, world="", warnings=tuple(told)),
        candidates=frame.sort_values(
            ["score", "supplier"], ascending=[False, True], kind="stable", ignore_index=True
        ),
        measures=_measures(known, weight, table, better),
    )


def _measured(
    world: World, product: str, offers: Offers, need: float | None,
    like: Callable[[Sequence[str]], Array] | None, carbon_price: float,
) -> dict[str, Array]:  # fmt: skip
    """Return every measure of every offer; nan = unknown."""
    near = relatedness(world, product)
    unknown = np.full(len(offers), np.nan)
    found = {
        "cost": offers.unit_cost(carbon_price),
        "days": offers["lead_time"],
        "emissions": offers["emissions"],
        "capacity": offers["capacity"] if not need else np.minimum(offers["capacity"] / need, 1.0),
        "risk": unknown,
        "relatedness": unknown,
        "wording": unknown,
    }
    if near is not None:
        found["relatedness"] = near.reindex(offers.region).to_numpy(np.float64)
    if "offers" in world:
        rows = world.table("offers").reindex(offers.ids)
        if "risk" in rows:
            found["risk"] = rows["risk"].to_numpy(np.float64, na_value=np.nan)
        if like is not None:
            said = rows["capability"].fillna("") if "capability" in rows else [""] * len(rows)
            found["wording"] = like([str(one) for one in said])
    elif like is not None:
        found["wording"] = like(list(map(str, offers.names)))
    return found


def _kept(world: World, offers: Offers, avoid: str) -> NDArray[np.bool_]:
    kept = np.ones(len(offers), bool)
    for word in filter(None, (one.strip() for one in avoid.split(","))):
        if word not in world.ids("regions"):
            raise OptionError(
                f"avoid names {word!r}, which is no region",
                hint=did_you_mean(word, map(str, world.ids("regions"))),
            )
        inside = world.ids("regions")[world.members("regions", word)].astype("str")
        kept &= ~np.isin(offers.region.astype(str), inside.to_numpy(str))
    return kept


def _weights(words: str, known: list[str]) -> Array:
    found = dict.fromkeys(known, 1.0)
    for part in filter(None, (one.strip() for one in words.split(","))):
        name, _, number = (one.strip() for one in part.partition("="))
        if name not in MEASURES:
            raise OptionError(
                f"weights names {name!r}, which is no measure", hint=did_you_mean(name, MEASURES)
            )
        try:
            value = float(number)
        except ValueError:
            value = -1.0
        if not 0 <= value < np.inf:
            raise OptionError(
                f"weights gives {part!r}, not a number of 0 or more",
                hint="write weights as MEASURE=NUMBER,MEASURE=NUMBER",
            )
        if name in found:
            found[name] = value
    weight = np.array([found[name] for name in known])
    if not weight.any():
        raise OptionError(
            "no measure that is known here has any weight", hint=f"known are {', '.join(known)}"
        )
    return weight


def _undominated(scores: Array) -> NDArray[np.bool_]:
    """Return whom nobody equals in everything and betters in something."""
    front = np.ones(len(scores), bool)
    for k, one in enumerate(scores):
        better = (scores >= one).all(axis=1) & (scores > one).any(axis=1)
        front[k] = not better.any()
    return front


def _measures(
    known: list[str], weight: Array, table: Array, better: NDArray[np.bool_]
) -> pd.DataFrame:
    most, least = np.nanmax(table, axis=0), np.nanmin(table, axis=0)
    return pd.DataFrame(
        {
            "measure": pd.Series(known, dtype="str"),
            "weight": weight / weight.sum(),
            "best": np.where(better, most, least),
            "worst": np.where(better, least, most),
        }
    )
