"""What moves on the page of a counterfactual: trade by partner, output, emissions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from catenary.languages import Message, recognised, say
from catenary.report.document import Section, told_table, words

if TYPE_CHECKING:
    import pandas as pd

    from catenary.report.naming import Names
    from catenary.report.tallies import View

__all__ = ["change", "emissions", "outputs", "partners"]

_ROWS: Final = 40


def partners(place: str, title: Message, view: View, names: Names) -> Section:
    """Return the largest differences of trade between two regions."""
    partners = view["partners"]
    rows = [
        [names.region(str(row["origin"])), names.region(str(row["destination"])), row["before"],
         row["after"], row["after"] - row["before"], 100 * row["change"]]
        for _, row in partners.head(_ROWS).iterrows()
    ]  # fmt: skip
    columns = [
        (say("from"), ""), (say("to"), ""), (say("before"), "number"), (say("after"), "number"),
        (say("difference"), "number"), (say("change"), "%"),
    ]  # fmt: skip
    note = say(
        "The {count} largest differences, all products together, before tariffs, in {unit}.",
        count=len(rows), unit=str(view["basis"]["unit"].iloc[0]),
    )  # fmt: skip
    return told_table(place, title, columns, rows, note=note)


def outputs(place: str, title: Message, view: View, names: Names) -> Section:
    """Return the industries whose sales change most."""
    products = view["products"]
    moved = (products["after"] - products["before"]).abs()
    shown = products.loc[moved.sort_values(ascending=False, kind="stable").index[:_ROWS]]
    rows = [
        [names.product(str(row["product"])), names.region(str(row["region"])), row["before"],
         row["after"], 100 * (row["after"] / row["before"] - 1) if row["before"] else None,
         100 * row["cost"]]
        for _, row in shown.iterrows()
    ]  # fmt: skip
    columns = [
        (say("product"), ""), (say("made in"), ""), (say("before"), "number"),
        (say("after"), "number"), (say("change"), "%"), (say("cost to make"), "%"),
    ]  # fmt: skip
    note = say(
        "Sales of the {count} industries that change most, in {unit}; the value added of the world "
        "is the measure of money.",
        count=len(rows), unit=str(view["basis"]["unit"].iloc[0]),
    )  # fmt: skip
    return told_table(place, title, columns, rows, note=note)


def emissions(place: str, title: Message, view: View, names: Names) -> Section | None:
    """Return what is emitted before and after, where and for whom, or that nothing is known."""
    emissions = view["emissions"]
    if emissions.empty:
        told = say(
            "This table names no emissions or other pressures, so that nothing can be said of what "
            "is emitted. With a matrix `stressors` the page shows it."
        )
        return words(place, title, [told])
    rows = [
        [names.region(str(row["region"])), row["production_before"], row["production"],
         change(row, "production"), row["consumption_before"], row["consumption"],
         change(row, "consumption")]
        for _, row in emissions.iterrows()
    ]  # fmt: skip
    columns = [
        (say("region"), ""), (say("caused there, before"), "number"), (say("after"), "number"),
        (say("change"), "%"), (say("for its demand, before"), "number"),
        (say("after"), "number"), (say("change"), "%"),
    ]  # fmt: skip
    note = say(
        "{stressor}, in {unit}: where it is caused, and for whose final demand, all stages of "
        "production counted. What is made causes as much per amount as before.",
        stressor=recognised(str(emissions["stressor"].iloc[0])),
        unit=str(emissions["unit"].iloc[0]),
    )
    return told_table(place, title, columns, rows, note=note)


def change(row: pd.Series, column: str) -> float | None:
    """Return by how many percent a column changes; None if there was nothing."""
    before = row[f"{column}_before"]
    return float(100 * (row[column] / before - 1)) if before else None
