"""What the page of a stress test shows of a closure: ways before and after, who waits, who pays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from catenary.languages import Message, clauses, joined, say
from catenary.report.atsea import Spot, leg, mark, passages_of, sea_map
from catenary.report.document import Section, bars, told_table
from catenary.report.freightmap import in_words, usd
from catenary.report.rerouted import closures_of, ground_of, held, mean_late, mean_of, rerouted

if TYPE_CHECKING:
    import pandas as pd

    from catenary.report.freightmap import Ground
    from catenary.report.naming import Names
    from catenary.report.rerouted import Rerouted
    from catenary.report.tallies import View

__all__ = [
    "METHOD", "closure_brief", "closure_lead", "closure_map", "closures_of", "who_pays",
    "who_waits",
]  # fmt: skip

METHOD: Final = (
    say(
        "When a passage, port, border or lane closes, goods take the best other way, or wait for "
        "the end of the closure where that is better for them. What is late is missing at its "
        "buyer until it comes; what has no way at all does not come."
    ),
    say(
        "Units differ by product. Who waits is therefore told in shares: what share of all waiting "
        "(goods times days late) in a product falls on a region, as the mean over products."
    ),
    say(
        "Lines on the map of a closure are found again for the page, and drawn only where they use "
        "the very passages that the table names."
    ),
)
"""How a closure is computed and told, in short."""

_BARS: Final = 12
_ROWS: Final = 40
_LEAST: Final = 1e-9

Row = dict[str, Any]


def _ground(closures: pd.DataFrame, *more: str) -> Ground:
    return ground_of([*closures["thing"].astype("str"), *more])


def _things(closures: pd.DataFrame) -> Message:
    """Return what is closed, narrowed, opened or delayed, by what is done to it."""
    ground, told = _ground(closures), dict[str, list[str]]()
    for state, kept in (
        ("closed", closures["open"] <= 0),
        ("partly", (closures["open"] > 0) & (closures["open"] < 1)),
        ("delayed", closures["open"].isna()),
        ("opened", closures["open"] >= 1),
    ):
        named = {one for names in told.values() for one in names}
        names = [ground.name(thing) for thing in closures["thing"][kept].astype("str").unique()]
        if left := [one for one in names if one not in named]:  # the worst that is done to it
            told[state] = left
    texts = {
        "closed": say("{which} closed", which=_all_of(told.get("closed", []))),
        "partly": say("{which} partly open", which=_all_of(told.get("partly", []))),
        "delayed": say("{which} delayed", which=_all_of(told.get("delayed", []))),
        "opened": say("{which} opened", which=_all_of(told.get("opened", []))),
    }
    parts = [texts[state] for state in told]
    return joined(parts, say("; "))


def _all_of(names: list[str]) -> Message:
    return joined(names, say(" and ")) if len(names) == 2 else in_words(names, 3)


def _days(closures: pd.DataFrame) -> Message:
    """Return from when to when the worst that is done lasts."""
    closed = closures[closures["open"] < 1]
    rows = closed if len(closed) else closures
    first = int(rows["first_day"].min())
    if rows["last_day"].isna().any():
        return say("from day {first} on, without an end in sight", first=first)
    return say("from day {first} to day {last}", first=first, last=int(rows["last_day"].max()))


def _days_late(late: pd.DataFrame) -> float:
    """Return the mean days late as the figures of the result have it, units of products mixed."""
    return float((late["late"] * late["extra_duration"]).sum() / late["late"].sum())


def closure_lead(several: list[View], names: Names) -> str:
    """Return what is closed and when, and how much trade comes how late; blank: nothing is."""
    shut = [(view, table) for view in several if (table := closures_of(view)) is not None]
    if not shut:
        return ""
    _, closures = shut[0]
    what = say("{things} {days}", things=_things(closures), days=_days(closures))
    if not any((view["detours"]["late"] > 0).any() for view, _ in shut):
        return say("{what}: {text}.", what=what, text=say("no trade comes late"))
    told = []
    for view, _ in shut[:2]:
        late = view["detours"][view["detours"]["late"] > 0]
        text = (
            say("{links:,} trade links come {days:.1f} days late on average", links=len(late),
                days=_days_late(late))
            if len(late)
            else say("no trade comes late")
        )  # fmt: skip
        label = names.world(view.label)
        told.append(say("{text} ({world})", text=text, world=label) if label else text)
    return say("{what}: {text}.", what=what, text=clauses(told))


def closure_brief(view: View, names: Names) -> list[str]:
    """Return who waits, who pays, and what has no way."""
    if closures_of(view) is None:
        return []
    detours = view["detours"]
    if detours.empty:
        return [say("No trade of this world goes another way for it.")]
    told: list[str] = []
    waiting = _waiting(detours)
    if waiting:
        told.append(
            say("Most of the waiting falls on {regions}.",
                regions=in_words([names.region(str(one["region"])) for one in waiting[:3]]))
        )  # fmt: skip
    told.append(_paid(detours, names))
    lost = int((detours["lost"] > 0).sum())
    if lost:
        told.append(say("{links:,} trade links have no way for some goods.", links=lost))
    return told


def _paid(detours: pd.DataFrame, names: Names) -> Message:
    """Return what freight and emissions rise by, in all where it is known, else by tonne."""
    if detours["cost"].notna().any():
        whole = (detours["cost"] + detours["time_cost"]).groupby(detours["destination"]).sum()
        most = whole.sort_values()
        return say(
            "It costs {whole}: freight {cost}, time lost {time}; most for {region} ({most}). "
            "Emissions change by {emissions:+,.0f} t CO2e.",
            whole=usd(float(whole.sum())), cost=_signed(float(detours["cost"].sum())),
            time=_signed(float(detours["time_cost"].sum())),
            region=names.region(str(most.index[-1])), most=usd(float(most.iloc[-1])),
            emissions=detours["emissions"].sum(),
        )  # fmt: skip
    weight = detours["quantity"] * detours["days"]
    return say(
        "Freight of a tonne on these links changes by {cost:+,.2f} USD and emissions by "
        "{emissions:+,.1f} kg CO2e on average.",
        cost=(detours["extra_cost"] * weight).sum() / weight.sum(),
        emissions=(detours["extra_emissions"] * weight).sum() / weight.sum(),
    )


def _signed(value: float) -> Message:
    return say("{sign}{amount}", sign="+" if value >= 0 else "−", amount=usd(abs(value)))


# --- the map --------------------------------------------------------------------------------------


def closure_map(place: str, view: View, names: Names) -> Section | None:
    """Return the ways of the trade that waits most, before and during the closure."""
    closures = closures_of(view)
    if closures is None or view["detours"].empty:
        return None
    found = rerouted(view["detours"], closures)
    if not found:
        return None
    lines: dict[str, list[Row]] = {"before": [], "after": [], "other": []}
    for one in found:
        ways = {"before": one.before, "after": one.after} if one.after else {"other": one.before}
        for when, legs in ways.items():
            told = _way(one, when, names)
            parts = [leg(told, _takes(one, when), points) for points in legs]
            lines[when].append({"style": when, "legs": parts})
    ground, worst = _ground(closures), max(found, key=lambda one: float(one.row["whole"])).row
    marks = _ends(found, names)
    marks += [
        mark(at, "closed") for thing in dict.fromkeys(closures["thing"].astype("str"))
        if (at := ground.spot(thing))
    ]  # fmt: skip
    alt = say(
        "Map of the ways of trade between {count} pairs of regions before and during the closure. "
        "{journey} comes {days:.1f} days later.",
        count=len(found), journey=_journey(worst, names), days=worst["extra_duration"],
    )  # fmt: skip
    note = say(
        "The pairs of regions that most of the waiting is between: those whose trade goes round, "
        "and dashed those whose trade waits for the end or has no other way. Crosses: what is "
        "closed. On land lines join places and borders and do not show where roads and rails run."
    )
    key = {
        "before": say("before"), "after": say("during the closure"), "other": say("waits"),
    }  # fmt: skip
    return sea_map(
        place, say("Ways before and after"),
        [*lines["other"], *lines["after"], *lines["before"]], marks,
        alt=alt, key=key, note=note,
    )  # fmt: skip


def _journey(row: Row, names: Names) -> Message:
    return say(
        "{origin} – {destination}",
        origin=names.region(str(row["origin"])), destination=names.region(str(row["destination"])),
    )  # fmt: skip


def _way(one: Rerouted, when: str, names: Names) -> Message:
    journey = _journey(one.row, names)
    if when == "before":
        return say("{journey}, before", journey=journey)
    if when == "other":
        return say("{journey}, waits", journey=journey)
    return say("{journey}, during the closure", journey=journey)


def _takes(one: Rerouted, when: str) -> Message:
    row = one.row
    passed = passages_of(str(row["passages_instead" if when == "after" else "passages"]), ";")
    ground = ground_of(passed)
    parts: list[str] = [
        say("{days:.1f} days", days=row["duration"])
        if when == "before"
        else _waits(row)
        if when == "other"
        else say("{days:+.1f} days, {cost:+,.0f} USD and {emissions:+,.0f} kg CO2e a tonne",
                 days=row["extra_duration"], cost=row["extra_cost"],
                 emissions=row["extra_emissions"])
    ]  # fmt: skip
    if passed:
        parts.append(say("by {passages}", passages=in_words([ground.name(p) for p in passed], 5)))
    return clauses(parts)


def _waits(row: Row) -> Message:
    """Return how long the goods of a row wait, of which only some may have a way at all."""
    late = say("{days:+.1f} days", days=row["extra_duration"])
    return late if row["late"] > 0 else say("no way for some goods")


def _ends(found: list[Rerouted], names: Names) -> list[Row]:
    """Return the places where ways begin and end, by the name of their region."""
    spots: dict[str, Row] = {}
    for one in found:
        first, last = one.before[0], one.before[-1]
        for label, at in ((one.row["origin"], first[:2]), (one.row["destination"], last[-2:])):
            spots.setdefault(str(label), mark(Spot(names.region(str(label)), *at), "end"))
    return list(spots.values())


# --- who waits and who pays -----------------------------------------------------------------------


def _waiting(detours: pd.DataFrame) -> list[Row]:
    """Return regions by their share of all waiting, with the worst of their products."""
    rows = detours.assign(held=held(detours))
    products = int((rows.groupby("product", observed=True)["held"].sum() > 0).sum())
    found = []
    for region, part in rows.groupby("destination", observed=True):
        share = float(part["held"].sum()) / max(products, 1)
        if share > _LEAST:
            late = part[part["late"] > 0]
            worst = part["product"].iloc[int(part["held"].to_numpy().argmax())]
            found.append({
                "region": str(region), "share": share, "days": mean_late(part),
                "products": int(late["product"].nunique()), "worst": str(worst),
            })  # fmt: skip
    return sorted(found, key=lambda one: -float(one["share"]))


def who_waits(place: str, title: Message, view: View, names: Names) -> Section | None:
    """Return the regions that most waiting falls on."""
    rows = _waiting(view["detours"])[:_BARS] if closures_of(view) is not None else []
    if not rows:
        return None
    told = [
        {
            "name": names.region(one["region"]),
            "value": one["share"],
            "note": say("{count:,} products, {days:.1f} days late; most {product}",
                        count=one["products"], days=one["days"],
                        product=names.product(one["worst"])),
        }
        for one in rows
    ]  # fmt: skip
    alt = say("Bars of {count} regions by their share of all waiting.", count=len(rows))
    note = say(
        "Share of all waiting (goods times days late, or times the days of the way where there is "
        "none), the mean over products."
    )
    return bars(place, title, told, unit="share", alt=alt, note=note)


def who_pays(place: str, title: Message, view: View, names: Names) -> Section | None:
    """Return the regions that pay most, in USD where mass is known, else in USD a tonne."""
    if closures_of(view) is None or view["detours"].empty:
        return None
    detours = view["detours"]
    whole = bool(detours["cost"].notna().any())
    rows = detours.assign(weight=detours["quantity"] * detours["days"])
    found: list[Row] = []
    for region, part in rows.groupby("destination", observed=True):
        one = _in_all(part) if whole else _by_tonne(part)
        found.append({"name": names.region(str(region)), **one})
    dearer = [one for one in found if one["value"] > _LEAST]
    dearer = sorted(dearer, key=lambda one: -float(one["value"]))
    if not dearer:
        return None
    if not whole:
        return _by_the_tonne(place, title, dearer)
    dearer = dearer[:_BARS]
    alt = say("Bars of {count} regions by extra cost of goods for them.", count=len(dearer))
    notes: list[str] = [
        say("Extra freight and the worth of the days lost, of all goods that come to a region.")
    ]
    cheaper = sum(one["value"] < -_LEAST for one in found)
    if cheaper:
        notes.append(say("{count} regions pay less, as goods come by other ports.", count=cheaper))
    unknown = int(detours.loc[detours["cost"].isna(), "product"].nunique())
    if unknown:
        notes.append(say("{count} products are left out: nobody says what they weigh.",
                         count=unknown))  # fmt: skip
    return bars(place, title, dearer, unit="USD", alt=alt, note=joined(notes, " "))


def _by_the_tonne(place: str, title: Message, dearer: list[Row]) -> Section:
    """Return a table instead of bars: what a tonne costs more says nothing of who pays most."""
    least, most = (usd(float(one["value"])) for one in (dearer[-1], dearer[0]))
    note = say(
        "Nobody says what these goods weigh, so that who pays most is not known. A tonne on the "
        "links that change pays {least} to {most} more, the mean over products.",
        least=least, most=most,
    ) if str(least) != str(most) else say(
        "Nobody says what these goods weigh, so that who pays most is not known. A tonne on the "
        "links that change pays {most} more, the mean over products.",
        most=most,
    )  # fmt: skip
    columns = [(say("region"), ""), (say("freight"), "USD/t"), (say("emissions"), "kg CO2e/t")]
    cells = [[one["name"], one["value"], one["emissions"]] for one in dearer[:_ROWS]]
    return told_table(place, title, columns, cells, note=note)


def _in_all(part: pd.DataFrame) -> Row:
    """Return what goods for a region cost more over the run."""
    cost, time = float(part["cost"].sum()), float(part["time_cost"].sum())
    told = say(
        "freight {cost}, time {time}, {emissions:+,.0f} t CO2e",
        cost=_signed(cost), time=_signed(time), emissions=part["emissions"].sum(),
    )  # fmt: skip
    return {"value": cost + time, "note": told}


def _by_tonne(part: pd.DataFrame) -> Row:
    """Return what a tonne for a region costs more."""
    emissions = mean_of(part, "extra_emissions", "weight")
    return {"value": mean_of(part, "extra_cost", "weight"), "emissions": emissions}
