/** Bars as a list of words: read aloud as it stands, and as wide as there is room. */

import type { Bars } from "./document";
import { el } from "./dom";
import { caption, nothing, numbersOf } from "./frame";
import { number, t, text } from "./i18n";
import { drawTable } from "./table";

type Row = Bars["rows"][number];

export function drawBars(figure: Bars, extent = barExtent([figure])): HTMLElement {
  const rows = figure.rows ?? [];
  if (rows.length === 0)
    return el("div", {}, caption(figure.note), nothing(t("There is nothing to draw.")));
  const ranged = rows.some(({ low, high }) => isNumber(low) && isNumber(high));
  const list = el("ul", {
    class: ranged ? "bars ranged" : "bars",
    "aria-label": text(figure.alt) || text(figure.title),
  });
  list.append(...rows.map((row) => bar(row, figure.unit, extent)));
  return el(
    "div",
    {},
    caption(figure.note),
    list,
    numbersOf(() => numbers(figure)),
  );
}

export function barExtent(figures: Bars[]): [number, number] {
  const values = figures
    .flatMap(({ rows }) => rows ?? [])
    .flatMap(({ value, low, high }) => [value, low, high])
    .filter((value): value is number => typeof value === "number" && Number.isFinite(value));
  const least = values.reduce((one, other) => Math.min(one, other), 0);
  const most = values.reduce((one, other) => Math.max(one, other), 0);
  return [least, most > least ? most : least + 1];
}

function bar(
  { name, value, low, high, note }: Row,
  unit: string,
  [least, most]: [number, number],
): HTMLElement {
  const part = (amount: number) => (100 * (amount - least)) / (most - least);
  const track = el("span", { class: "track", "aria-hidden": "true" });
  const piece = (kind: string, from: number, to: number) => {
    const mark = el("span", { class: kind });
    mark.style.left = `${Math.min(part(from), part(to))}%`;
    mark.style.width = `${Math.abs(part(to) - part(from))}%`;
    track.append(mark);
  };
  if (value !== null && Number.isFinite(value)) piece(value < 0 ? "bar below" : "bar", 0, value);
  if (isNumber(low) && isNumber(high)) piece("range", low, high);
  const range =
    isNumber(low) && isNumber(high)
      ? t("{low} to {high}", { low: number(low, unit), high: number(high, unit) })
      : "";
  return el(
    "li",
    {},
    el("span", { class: "name" }, text(name), text(note) !== "" && el("small", {}, text(note))),
    track,
    el("span", { class: "value" }, number(value, unit), range !== "" && el("small", {}, range)),
  );
}

const isNumber = (value: number | null | undefined): value is number =>
  typeof value === "number" && Number.isFinite(value);

function numbers({ rows, unit, id, title }: Bars): HTMLElement {
  const ranged = rows.some(({ low }) => isNumber(low));
  const columns = [
    { name: t("Name"), number: false },
    { name: t("Value"), unit, number: true },
    ...(ranged
      ? [
          { name: t("low"), unit, number: true },
          { name: t("high"), unit, number: true },
        ]
      : []),
  ];
  const cells = rows.map(({ name, value, low, high }) => [
    name,
    value,
    ...(ranged ? [low ?? null, high ?? null] : []),
  ]);
  return drawTable({ columns, rows: cells, file: `${id}.csv`, label: text(title) });
}
