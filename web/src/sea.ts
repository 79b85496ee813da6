/** Ways over the sea on a map: light and strong lines, and the places they come by. */

import { drawTable } from "./table";
import type { SeaFigure, SeaLeg, SeaLine, SeaMark } from "./document";
import { el, svg } from "./dom";
import { caption, fitted, numbersOf } from "./frame";
import { isPlace, place, type Position, type Shapes, type View } from "./geometry";
import { t, text } from "./i18n";
import { placeLabels } from "./labels";
import { isNarrow, seaView } from "./seaview";
import { hideTip, showTip } from "./tooltip";

const DOT = 3.6;
const LARGEST = 15;
const SMALLEST = 3;

/** What the reader may point at: a mark or a leg. */
interface Item {
  name: string;
  note: string;
  at: [number, number];
  element: SVGElement;
}

export function drawSea(figure: SeaFigure, shapes: Shapes): HTMLElement {
  const drawing = new SeaDrawing(figure, shapes);
  const credit = t("Shapes: Natural Earth. They imply no opinion on the status of any territory.");
  return el(
    "div",
    { class: "map sea-map" },
    caption(figure.note),
    drawing.element,
    key(figure),
    list(figure.marks ?? []),
    el("p", { class: "credit" }, credit),
    numbersOf(() => numbers(figure)),
  );
}

class SeaDrawing {
  readonly element: HTMLElement;
  private readonly stage = el("div", { class: "stage", tabindex: 0, role: "group" });
  private readonly live = el("p", { class: "readout", "aria-live": "polite" });
  private items: Item[] = [];
  private chosen = -1;

  constructor(
    private readonly figure: SeaFigure,
    private readonly shapes: Shapes,
  ) {
    this.stage.setAttribute(
      "aria-label",
      t("Map. Arrow keys go from mark to mark, then from leg to leg."),
    );
    this.live.textContent = t(
      "Point at a mark or a line, or use the arrow keys, to read about it.",
    );
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
    this.items = [];
    this.chosen = -1;
    const marks = (figure.marks ?? []).filter(({ lon, lat }) => isPlace(lon, lat));
    const lines = figure.lines ?? [];
    const points = lines.flatMap(({ legs }) => legs.flatMap(positions));
    const view = seaView(width, [...points, ...marks.map(({ lon, lat }): Position => [lon, lat])]);
    const marked = marks
      .map((mark) => ({ size: radius(mark, width), element: this.mark(mark, view) }))
      .sort((one, other) => other.size - one.size) // The small lie on top.
      .map(({ element }) => element);
    // What lies on top is read first.
    const strokes = [...lines]
      .reverse()
      .map((line) => this.line(line, view))
      .reverse();
    this.stage.replaceChildren(
      svg(
        "svg",
        {
          viewBox: `0 0 ${view.width} ${view.height}`,
          class: "world",
          role: "img",
          "aria-label": text(figure.alt) || text(figure.title),
        },
        ...land(this.shapes, view),
        svg("g", { class: "routes" }, ...strokes),
        ...marked,
        ...this.labels(marks, view, lines),
      ),
    );
  }

  private line(line: SeaLine, view: View): SVGElement {
    const legs = line.legs.map((leg) => {
      const d = view.path({ type: "LineString", coordinates: positions(leg) }) ?? "";
      const element = svg("g", { class: "leg", "data-item": this.items.length });
      element.append(svg("path", { class: "aim", d }), svg("path", { class: "stroke", d }));
      const middle = positions(leg)[Math.floor(leg.points.length / 4)] ?? [0, 0];
      const at = place(view, middle[0], middle[1]) ?? [0, 0];
      this.items.push({ name: text(leg.name), note: text(leg.note), at, element });
      return { element, d };
    });
    // A light edge sets the line off from land, sea and other lines.
    const casing = svg("path", { class: "casing", d: legs.map(({ d }) => d).join("") });
    return svg("g", { class: `route ${line.style}` }, casing, ...legs.map((leg) => leg.element));
  }

  private mark(mark: SeaMark, view: View): SVGElement {
    const [x, y] = place(view, mark.lon, mark.lat)!;
    const element = svg("g", {
      class: `spot ${mark.kind}${mark.strong ? " strong" : ""}`,
      "data-item": this.items.length,
      transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})`,
    });
    const r = radius(mark, view.width);
    element.append(svg("circle", { r: Math.max(r, 9), class: "aim" }), ...shape(mark, r));
    this.items.push({ name: text(mark.name), note: text(mark.note), at: [x, y], element });
    return element;
  }

  private labels(marks: SeaMark[], view: View, lines: SeaLine[]): SVGElement[] {
    const points = lines
      .flatMap(({ legs }) => legs.flatMap(positions))
      .map(([lon, lat]) => place(view, lon, lat))
      .filter((point) => point !== null);
    const ends = (mark: SeaMark) => (mark.kind === "end" ? 0 : 1);
    const ordered = [...marks].sort((one, other) => ends(one) - ends(other));
    const wishes = ordered.map((mark) => {
      const [x, y] = place(view, mark.lon, mark.lat)!;
      return { x, y, radius: radius(mark, view.width), words: wordings(mark, view.width) };
    });
    return placeLabels(wishes, view, dense(points)).flatMap((label, index) => {
      if (!label) return [];
      const { kind } = ordered[index]!;
      const about = { x: label.x, y: label.y, "text-anchor": label.anchor };
      const words = svg("text", { class: `spot-name ${kind}`, ...about });
      words.append(label.words);
      if (!label.leader) return [words];
      const [x1, y1, x2, y2] = label.leader.map((one) => one.toFixed(1));
      return [svg("line", { class: "leader", x1, y1, x2, y2 }), words];
    });
  }

  private follow(): void {
    const point = (event: PointerEvent) => {
      const item = (event.target as Element).closest("[data-item]")?.getAttribute("data-item");
      if (item === null || item === undefined) return this.leave();
      this.pick(Number(item), event.clientX, event.clientY);
    };
    this.stage.addEventListener("pointermove", point);
    this.stage.addEventListener("pointerdown", point);
    for (const end of ["pointerleave", "blur"])
      this.stage.addEventListener(end, () => this.leave());
    this.stage.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (event.key === "Escape") this.leave();
      if (step === undefined || this.items.length === 0) return;
      event.preventDefault();
      const count = this.items.length;
      const from = this.chosen < 0 && step < 0 ? 0 : this.chosen;
      const next = (from + step + count) % count;
      const box = this.stage.getBoundingClientRect();
      const [x, y] = this.items[next]!.at;
      this.pick(next, box.left + x, box.top + y);
    });
  }

  private pick(index: number, x: number, y: number): void {
    const item = this.items[index];
    if (!item) return;
    if (this.chosen !== index) this.leave();
    this.chosen = index;
    item.element.classList.add("chosen");
    showTip(x, y, el("strong", {}, item.name), el("span", {}, item.note));
    this.live.textContent = item.note ? `${item.name}: ${item.note}` : item.name;
  }

  private leave(): void {
    this.items[this.chosen]?.element.classList.remove("chosen");
    this.chosen = -1;
    hideTip();
  }
}

function land(shapes: Shapes, view: View): SVGElement[] {
  const countries = [...shapes.countries.values()];
  return [
    svg("path", { class: "sea", d: view.path({ type: "Sphere" }) ?? "" }),
    svg("path", { class: "land", d: countries.map((one) => view.path(one) ?? "").join("") }),
    svg("path", { class: "borders", d: view.path(shapes.borders) ?? "" }),
  ];
}

function positions({ points }: SeaLeg): Position[] {
  const found: Position[] = [];
  for (let i = 0; i + 1 < points.length; i += 2) found.push([points[i]!, points[i + 1]!]);
  return found;
}

/** Points every few pixels, so that no label lies between two of them. */
function dense(points: [number, number][]): [number, number][] {
  return points.flatMap(([x, y], at) => {
    const [x2, y2] = points[at + 1] ?? [x, y];
    const far = Math.hypot(x2 - x, y2 - y);
    if (far > 120) return [[x, y] as [number, number]];
    const parts = Math.max(1, Math.ceil(far / 4));
    return Array.from({ length: parts }, (_, part): [number, number] => [
      x + (part / parts) * (x2 - x),
      y + (part / parts) * (y2 - y),
    ]);
  });
}

function radius({ size }: SeaMark, width: number): number {
  const fit = Math.max(0.65, Math.min(1, width / 800));
  if (size === undefined) return DOT * Math.max(0.8, fit);
  return fit * (SMALLEST + (LARGEST - SMALLEST) * Math.sqrt(Math.max(0, Math.min(1, size))));
}

function shape({ kind }: SeaMark, r: number): SVGElement[] {
  if (kind === "end")
    return [
      svg("circle", { r: r + 1.4, class: "rim" }),
      svg("circle", { r: r - 1, class: "core" }),
    ];
  if (kind === "port")
    return [svg("rect", { x: -r, y: -r, width: 2 * r, height: 2 * r, class: "rim" })];
  if (kind !== "closed") return [svg("circle", { r, class: "rim" })];
  const arm = 3.2;
  const cross = `M${-arm} ${-arm}L${arm} ${arm}M${-arm} ${arm}L${arm} ${-arm}`;
  return [svg("circle", { r: 7, class: "closed" }), svg("path", { d: cross, class: "cross" })];
}

/** Numbers alone where there is no room for names, but for the ends. */
function wordings(mark: SeaMark, width: number): string[] {
  const name = text(mark.name);
  if (mark.number === undefined) return [name];
  const digits = String(mark.number);
  const whole = `${digits} ${name}`;
  return isNarrow(width) && mark.kind !== "end" ? [digits] : [whole, digits];
}

function key({ key: entries }: SeaFigure): HTMLElement | null {
  if (!entries || entries.length === 0) return null;
  const items = entries.map(({ style, name }) => {
    const sample = svg("svg", {
      width: 30,
      height: 10,
      viewBox: "0 0 30 10",
      "aria-hidden": "true",
    });
    const route = svg("g", { class: `route ${style}` });
    route.append(svg("path", { class: "stroke", d: "M2 5H28" }));
    sample.append(route);
    return el("li", {}, sample, text(name));
  });
  return el("ul", { class: "passages" }, ...items);
}

/** The places with a number, in words, and what there is to say of each. */
function list(marks: SeaMark[]): HTMLElement | null {
  const numbered = marks.filter((mark) => mark.number !== undefined);
  if (numbered.length === 0) return null;
  const items = numbered.map((mark) =>
    el("li", {}, el("b", {}, String(mark.number)), text(mark.name)),
  );
  return el("ul", { class: "passages numbered" }, ...items);
}

function numbers({ id, title, marks, lines }: SeaFigure): HTMLElement {
  const columns = [
    { name: t("Name"), number: false },
    { name: t("About"), number: false },
    { name: t("Longitude"), unit: "°", number: true },
    { name: t("Latitude"), unit: "°", number: true },
  ];
  const rows = [
    ...marks.map(({ name, note, lon, lat }) => [name, note ?? "", lon, lat]),
    ...lines.flatMap(({ legs }) =>
      legs.map(({ name, note, points }) => [
        name,
        note ?? "",
        points[0] ?? null,
        points[1] ?? null,
      ]),
    ),
  ];
  return drawTable({ columns, rows, file: `${id}.csv`, label: text(title) });
}
