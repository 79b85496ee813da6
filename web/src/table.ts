/** A table that sorts, shows its first rows, and saves all of them as CSV. */

import { type Cell, csv, save } from "./csv";
import type { Column, Text } from "./document";
import { el } from "./dom";
import { comparing, number, plural, t, text, unitName } from "./i18n";
import { isUnitless } from "./units";

type Value = Text | number | null;

export interface TableContent {
  columns: Column[];
  rows: Value[][];
  total?: Value[];
  of?: number;
  file: string;
  label: string;
  /** Where the file has more than the table. */
  whole?: () => string;
}

const FIRST_ROWS = 15;
const FEW_MORE = 5; // Rows for which nobody should have to ask.
const ROWS_A_FRAME = 400;
const WIDE = 8; // Columns; more are set smaller on paper.

export function drawTable(content: TableContent): HTMLElement {
  const { columns = [], rows = [] } = content;
  const body = el("tbody");
  const table = el(
    "table",
    { class: columns.length > WIDE && "wide" },
    headings(content, (sorted) => show(sorted)),
    body,
    content.total && el("tfoot", {}, line(content.total, columns)),
  );
  const more = el(
    "button",
    { type: "button" },
    plural("Show all {count} row", "Show all {count} rows", rows.length),
  );
  const download = el("button", { type: "button" }, t("Download as CSV"));
  const few = rows.length <= FIRST_ROWS + FEW_MORE;
  let shown = few ? rows.length : FIRST_ROWS;
  let order = rows;
  let turn = 0;

  /** Thousands of rows come in portions, so that the page still answers. */
  function show(sorted: Value[][]): void {
    order = sorted;
    body.replaceChildren();
    const mine = ++turn;
    const portion = (from: number) => {
      if (mine !== turn) return;
      const to = Math.min(from + ROWS_A_FRAME, shown, order.length);
      body.append(...order.slice(from, to).map((row) => line(row, columns)));
      if (to < Math.min(shown, order.length)) requestAnimationFrame(() => portion(to));
    };
    portion(0);
  }

  more.addEventListener("click", () => {
    shown = rows.length;
    more.remove();
    show(order);
  });
  download.addEventListener("click", () => save(content.file, content.whole?.() ?? file(content)));
  show(rows);
  return el(
    "div",
    { class: "table" },
    rows.length === 0 && el("p", { class: "nothing" }, t("This table has no rows.")),
    rows.length > 0 &&
      el(
        "div",
        { class: "scroll", tabindex: 0, role: "region", "aria-label": content.label || t("Table") },
        table,
      ),
    extent(content),
    el("div", { class: "buttons" }, !few && more, columns.length > 0 && download),
    meanings(columns),
  );
}

/** Sorting goes by the reader's language; what is missing comes last either way. */
function headings({ columns, rows }: TableContent, show: (rows: Value[][]) => void): HTMLElement {
  let sorted = -1;
  let ascending = true;
  const cells = columns.map((column, index) => {
    const button = el("button", { type: "button" }, heading(column));
    const cell = el("th", { scope: "col", class: column.number && "number" }, button);
    button.addEventListener("click", () => {
      ascending = sorted === index ? !ascending : !column.number;
      sorted = index;
      for (const other of cells) other.removeAttribute("aria-sort");
      cell.setAttribute("aria-sort", ascending ? "ascending" : "descending");
      show(inOrder(rows, index, ascending));
    });
    return cell;
  });
  return el("thead", {}, el("tr", {}, ...cells));
}

export function inOrder(rows: Value[][], column: number, ascending: boolean): Value[][] {
  const compare = comparing();
  const sign = ascending ? 1 : -1;
  return [...rows].sort((left, right) => {
    const [one, other] = [left[column] ?? null, right[column] ?? null];
    if (missing(one) || missing(other)) return Number(missing(one)) - Number(missing(other));
    if (typeof one === "number" && typeof other === "number") return sign * (one - other);
    return sign * compare(plain(one), plain(other));
  });
}

const missing = (value: Value): boolean => value === null || value === "" || Number.isNaN(value);

const plain = (value: Value): string => (typeof value === "number" ? String(value) : text(value));

function heading({ name, unit }: Column): string {
  return unit && unit !== "day" && !isUnitless(unit)
    ? `${text(name)} (${unitName(unit)})`
    : text(name);
}

const UNBROKEN = /[!-~]{18,}/; // An address or id, which may be broken anywhere.

function line(row: Value[], columns: Column[]): HTMLElement {
  return el(
    "tr",
    {},
    ...columns.map((column, index) => {
      const words = written(row[index] ?? null, column);
      if (column.number) return el("td", { class: "number" }, words);
      const kind = UNBROKEN.test(words) && "long";
      return index === 0
        ? el("th", { scope: "row", class: kind }, words)
        : el("td", { class: kind }, words);
    }),
  );
}

function written(value: Value, { unit, number: isNumber }: Column): string {
  if (value === null || (typeof value === "number" && !isNumber && Number.isNaN(value)))
    return number(null);
  if (typeof value !== "number") return text(value) || number(null);
  const shown = unit === "share" || unit === "day" || unit === "year" ? unit : "";
  return number(value, shown, { precision: "exact" });
}

function extent({ rows, of }: TableContent): HTMLElement | null {
  if (of === undefined || of <= (rows?.length ?? 0)) return null;
  const words = t("The page holds {rows} of {of} rows; the result has all of them.", {
    rows: number(rows.length, "", { precision: "exact" }),
    of: number(of, "", { precision: "exact" }),
  });
  return el("p", { class: "note" }, words);
}

function meanings(columns: Column[]): HTMLElement | null {
  const told = columns.filter(({ about }) => text(about));
  if (told.length === 0) return null;
  const items = told.flatMap(({ name, about }) => [
    el("dt", {}, text(name)),
    el("dd", {}, text(about)),
  ]);
  return el(
    "details",
    { class: "meanings" },
    el("summary", {}, t("What the columns mean")),
    el("dl", {}, ...items),
  );
}

/** Numbers as they are, with the unit in the heading. */
export function file({ columns, rows, total }: TableContent): string {
  const cells = (row: Value[]): Cell[] =>
    columns.map((_, index) => {
      const value = row[index] ?? null;
      return typeof value === "number" || value === null ? value : text(value);
    });
  const names = columns.map(({ name, unit }) => (unit ? `${text(name)} (${unit})` : text(name)));
  return csv([names, ...[...rows, ...(total ? [total] : [])].map(cells)]);
}
