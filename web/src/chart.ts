/** Paths over time: lines, fans around them, and marks at days that matter. */

import { bisectCenter } from "d3-array";
import { scaleLinear, type ScaleLinear } from "d3-scale";
import { area, line } from "d3-shape";
import type { PathFigure, Series } from "./document";
import { el, svg } from "./dom";
import { caption, fitted, nothing, numbersOf } from "./frame";
import { dayName, number, t, text, unitName } from "./i18n";
import { markList, type PlacedMark, placeMarks, widthOf } from "./marks";
import { DASHES, LINES } from "./palette";
import { drawTable } from "./table";
import { hideTip, showTip } from "./tooltip";
import { isUnitless } from "./units";

export type Extent = [number, number];

const heightFor = (width: number): number => Math.round(Math.max(270, Math.min(340, 0.36 * width)));
const ROOM_FOR_NAMES = 640; // Pixels; a narrower chart names its lines above.
const LINE_HEIGHT = 16;
const MOST_NAMED = 8;

export function drawPath(
  figure: PathFigure,
  extent: Extent | null = extentOf([figure]),
): HTMLElement {
  const days = figure.days ?? [];
  const series = figure.series ?? [];
  if (days.length === 0 || extent === null) {
    return el(
      "div",
      {},
      caption(figure.note),
      nothing(t("There is nothing to draw: no day has a value.")),
    );
  }
  const drawing = new PathDrawing({ ...figure, days, series }, extent);
  return el(
    "div",
    { class: "path" },
    caption(figure.note),
    drawing.element,
    numbersOf(() => numbers(figure)),
  );
}

/** From least to most of all lines and bands; none where every value is missing. */
export function extentOf(figures: PathFigure[]): Extent | null {
  let [least, most] = [Infinity, -Infinity];
  const see = (values: (number | null)[] | undefined) => {
    for (const value of values ?? []) {
      if (value === null || !Number.isFinite(value)) continue;
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
  };
  for (const { series } of figures) {
    for (const { values, bands } of series ?? []) {
      see(values);
      for (const { low, high } of bands ?? []) [low, high].forEach(see);
    }
  }
  if (least > most) return null;
  if (least > 0 && least < most / 2) least = 0; // Near enough to nothing to show it.
  if (least === most) return least === 0 ? [0, 1] : [Math.min(0, least), Math.max(0, most)];
  return [least, most];
}

class PathDrawing {
  readonly element: HTMLElement;
  private readonly stage = el("div", { class: "stage", tabindex: 0, role: "group" });
  private readonly live = el("p", { class: "readout", "aria-live": "polite" });
  private readonly cursor = svg("line", { class: "cursor" });
  private x!: ScaleLinear<number, number>;
  private y!: ScaleLinear<number, number>;
  private at: number | null = null;
  private height = 0;

  constructor(
    private readonly figure: PathFigure,
    private readonly extent: Extent,
  ) {
    this.stage.setAttribute("aria-label", t("Chart. Arrow keys go from day to day."));
    this.element = el(
      "div",
      {},
      fitted(this.stage, (width) => this.draw(width)),
      this.live,
    );
    this.follow();
  }

  private draw(width: number): void {
    const { figure } = this;
    this.height = heightFor(width);
    const named =
      width >= ROOM_FOR_NAMES && figure.series.length > 1 && figure.series.length <= MOST_NAMED;
    const names = figure.series.map(({ name }) => text(name));
    const right = named ? Math.min(210, 24 + Math.max(...names.map(widthOf))) : 14;
    const marks = placeMarks(figure, width);
    const top = 12 + marks.rows * LINE_HEIGHT;
    const [first, last] = [figure.days[0]!, figure.days[figure.days.length - 1]!];
    this.y = scaleLinear(this.extent, [this.height - 40, top]).nice(5);
    const ticks = this.y.ticks(5);
    const left = 14 + Math.max(...ticks.map((tick) => widthOf(this.label(tick))));
    this.x = scaleLinear([first, last === first ? first + 1 : last], [left, width - right]);
    const drawing = svg(
      "svg",
      {
        viewBox: `0 0 ${width} ${this.height}`,
        height: this.height,
        role: "img",
        "aria-label": text(figure.alt) || text(figure.title),
      },
      ...this.axes(ticks, width, right),
      ...marks.placed.flatMap((mark) => this.mark(mark)),
      ...figure.series.flatMap((series, index) => this.bands(series, index)),
      ...figure.series.map((series, index) => this.line(series, index)),
      ...(named ? this.names(names, width - right) : []),
      this.cursor,
    );
    const key = !named && names.length > 1 ? legend(names) : null;
    this.stage.replaceChildren(
      ...[key, drawing, markList(marks.listed)].filter((part) => part !== null),
    );
  }

  private label(value: number): string {
    return number(value, this.figure.unit === "share" ? "share" : "", { precision: "axis" });
  }

  private axes(ticks: number[], width: number, right: number): SVGElement[] {
    const bottom = this.height - 40;
    const [left] = this.x.range() as [number, number];
    const grid = ticks.flatMap((tick) => [
      svg("line", {
        class: tick === 0 ? "zero" : "grid",
        x1: left,
        x2: width - right,
        y1: this.y(tick),
        y2: this.y(tick),
      }),
      svg("text", { x: left - 8, y: this.y(tick) + 4, "text-anchor": "end" }, this.label(tick)),
    ]);
    const days = this.x
      .ticks(Math.max(2, Math.floor((width - left - right) / 90)))
      .filter(Number.isInteger);
    const below = days.map((day) =>
      svg(
        "text",
        { x: this.x(day), y: bottom + 20, "text-anchor": "middle" },
        number(day, "", { precision: "exact" }),
      ),
    );
    const unit = isUnitless(this.figure.unit) ? "" : unitName(this.figure.unit);
    return [
      ...grid,
      ...below,
      svg(
        "text",
        { class: "axis", x: width - right, y: bottom + 36, "text-anchor": "end" },
        t("Day"),
      ),
      ...(unit ? [svg("text", { class: "axis", x: 0, y: 10 }, unit)] : []),
    ];
  }

  private line({ values }: Series, index: number): SVGElement {
    const { days } = this.figure;
    const path = line<number>()
      .defined((at) => isNumber(values[at]))
      .x((at) => this.x(days[at]!))
      .y((at) => this.y(values[at]!));
    const crowded = index >= MOST_NAMED;
    return svg("path", {
      class: crowded ? "series other" : "series",
      d: path(days.map((_, at) => at)) ?? "",
      stroke: crowded ? null : LINES[index % LINES.length],
      "stroke-dasharray": DASHES[index % DASHES.length] || null,
    });
  }

  private bands({ bands }: Series, index: number): SVGElement[] {
    const { days } = this.figure;
    return (bands ?? []).map(({ low, high }) => {
      const path = area<number>()
        .defined((at) => isNumber(low[at]) && isNumber(high[at]))
        .x((at) => this.x(days[at]!))
        .y0((at) => this.y(low[at]!))
        .y1((at) => this.y(high[at]!));
      return svg("path", {
        class: "band",
        d: path(days.map((_, at) => at)) ?? "",
        fill: LINES[index % LINES.length],
      });
    });
  }

  /** At the ends of the lines, moved apart where they would overlap. */
  private names(names: string[], right: number): SVGElement[] {
    const ends = this.figure.series
      .map(({ values }, index) => ({
        index,
        y: this.y(values.findLast(isNumber) ?? this.extent[0]),
      }))
      .sort((one, other) => one.y - other.y);
    ends.forEach((end, at) => {
      if (at > 0) end.y = Math.max(end.y, ends[at - 1]!.y + LINE_HEIGHT);
    });
    const over = ends[ends.length - 1]!.y - (this.height - 40);
    if (over > 0) {
      ends[ends.length - 1]!.y -= over;
      for (let at = ends.length - 2; at >= 0; at--)
        ends[at]!.y = Math.min(ends[at]!.y, ends[at + 1]!.y - LINE_HEIGHT);
    }
    return ends.map(({ index, y }) =>
      svg(
        "text",
        { class: "name", x: right + 8, y: y + 4, fill: LINES[index % LINES.length] },
        shortened(names[index]!),
      ),
    );
  }

  private mark({ day, words, row }: PlacedMark): SVGElement[] {
    const x = this.x(day);
    const [, end] = this.x.range() as [number, number];
    const anchor = x > end - widthOf(words) ? "end" : "start";
    return [
      svg("line", { class: "mark", x1: x, x2: x, y1: row * LINE_HEIGHT + 4, y2: this.height - 40 }),
      svg(
        "text",
        {
          class: "mark",
          x: x + (anchor === "end" ? -5 : 5),
          y: row * LINE_HEIGHT + 14,
          "text-anchor": anchor,
        },
        words,
      ),
    ];
  }

  private follow(): void {
    const { days } = this.figure;
    this.stage.addEventListener("pointermove", (event) => {
      const box = this.stage.querySelector("svg[role=img]")!.getBoundingClientRect();
      this.point(
        bisectCenter(days, this.x.invert(event.clientX - box.left)),
        event.clientX,
        event.clientY,
      );
    });
    for (const end of ["pointerleave", "blur"])
      this.stage.addEventListener(end, () => this.leave());
    this.stage.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1, PageUp: 30, PageDown: -30 }[event.key];
      if (event.key === "Escape") this.leave();
      if (step === undefined) return;
      event.preventDefault();
      const at = Math.max(0, Math.min(days.length - 1, this.at === null ? 0 : this.at + step));
      const box = this.stage.querySelector("svg[role=img]")!.getBoundingClientRect();
      this.point(at, box.left + this.x(days[at]!), box.top + 40);
    });
  }

  private point(at: number, x: number, y: number): void {
    this.at = at;
    const { days, series, unit } = this.figure;
    const day = days[at]!;
    const top = this.y.range()[1]!;
    for (const [name, value] of Object.entries({
      x1: this.x(day),
      x2: this.x(day),
      y1: top,
      y2: this.height - 40,
    })) {
      this.cursor.setAttribute(name, String(value));
    }
    this.cursor.classList.add("shown");
    const values = series
      .slice(0, 12)
      .map(({ name, values }) => ({ name: text(name), value: number(values[at], unit) }));
    const rows = values.map(({ name, value }, index) =>
      el("span", {}, sample(index), name, " ", el("b", {}, value)),
    );
    showTip(x, y, el("strong", {}, dayName(day)), ...rows);
    this.live.textContent = `${dayName(day)}: ${values.map(({ name, value }) => `${name} ${value}`).join(t(", "))}`;
  }

  private leave(): void {
    this.at = null;
    this.cursor.classList.remove("shown");
    hideTip();
  }
}

function legend(names: string[]): HTMLElement {
  return el(
    "ul",
    { class: "key" },
    ...names.map((name, index) => el("li", {}, sample(index), name)),
  );
}

function sample(index: number): SVGElement {
  const crowded = index >= MOST_NAMED;
  return svg(
    "svg",
    { width: 22, height: 8, viewBox: "0 0 22 8", "aria-hidden": "true" },
    svg("path", {
      class: crowded ? "series other" : "series",
      d: "M0 4H22",
      stroke: crowded ? null : LINES[index % LINES.length],
      "stroke-dasharray": DASHES[index % DASHES.length] || null,
    }),
  );
}

const isNumber = (value: number | null | undefined): value is number =>
  typeof value === "number" && Number.isFinite(value);

const shortened = (name: string): string =>
  [...name].length > 28 ? `${[...name].slice(0, 27).join("")}…` : name;

function numbers({ days, series, unit, id, title }: PathFigure): HTMLElement {
  const columns = [
    { name: t("Day"), number: true },
    ...series.flatMap(({ name, bands }) => [
      { name, unit, number: true },
      ...(bands ?? []).flatMap((band) => [
        { name: `${text(band.name)} ${t("low")}`, unit, number: true },
        { name: `${text(band.name)} ${t("high")}`, unit, number: true },
      ]),
    ]),
  ];
  const rows = days.map((day, at) => [
    day,
    ...series.flatMap(({ values, bands }) => [
      values[at] ?? null,
      ...(bands ?? []).flatMap(({ low, high }) => [low[at] ?? null, high[at] ?? null]),
    ]),
  ]);
  return drawTable({ columns, rows, file: `${id}.csv`, label: text(title) });
}
