/** A map of the world: regions shaded by value, flows, passages, and a day to choose. */

import { bisectRight } from "d3-array";
import { Choices, controls } from "./controls";
import { csv } from "./csv";
import type { MapFigure, MapLayer, Place, Text } from "./document";
import { el, svg } from "./dom";
import { caption, fitted, nothing, numbersOf, whenPrinting } from "./frame";
import { isPlace, view, type Shapes, type View } from "./geometry";
import { comparing, dayName, number, t, text } from "./i18n";
import { legend } from "./legend";
import { drawLinks } from "./links";
import { type Grid, unpack } from "./packed";
import { Scale } from "./palette";
import { drawPassages, passageList } from "./passages";
import { hatching, RegionLayer } from "./regions";
import { sparkline } from "./sparkline";
import { drawTable } from "./table";
import { hideTip, showTip } from "./tooltip";
import { drawWays, wayList } from "./ways";

export interface MapSetting {
  places: Record<string, Place>;
  shapes: Shapes;
  choices: Choices;
  /** Of a pair: one set of controls and one scale for both. */
  shared?: { most: (layer: number) => number; leads: boolean };
}

export function drawMap(figure: MapFigure, setting: MapSetting): HTMLElement {
  const { choices, shared } = setting;
  const layers = figure.layers ?? [];
  const unplaced = el("div");
  const credit = t("Shapes: Natural Earth. They imply no opinion on the status of any territory.");
  const parts: (HTMLElement | null)[] = [caption(figure.note)];
  if (!layers.some((layer) => layer.regions?.length > 0)) {
    parts.push(nothing(t("No region has a value to show.")));
  }
  const flows = (figure.links?.flow?.length ?? 0) > 0;
  if (!shared)
    parts.push(
      controls(
        choices,
        layers.map(({ name }) => name),
        flows,
      ),
    );
  const drawing = new MapDrawing(figure, setting, unplaced);
  parts.push(
    drawing.element,
    passageList(figure.passages ?? []),
    wayList(figure.ways ?? []),
    unplaced,
  );
  if (!shared) parts.push(el("p", { class: "credit" }, credit));
  if (layers.length > 0) parts.push(numbersOf(() => drawing.numbers()));
  return el("div", { class: "map" }, ...parts);
}

class MapDrawing {
  readonly element: HTMLElement;
  private readonly stage = el("div", { class: "stage" });
  private readonly canvas = el("canvas", { "aria-hidden": "true" });
  private readonly legend = el("div");
  private readonly live = el("p", { class: "readout", "aria-live": "polite" });
  private readonly outline = svg("path", { class: "outline" });
  private readonly regions: RegionLayer;
  private readonly hatch: string;
  private view: View | null = null;
  private grid: Grid | null = null;
  private layer: MapLayer | undefined;
  private scale: Scale;
  private chosen: number | null = null;

  constructor(
    private readonly figure: MapFigure,
    private readonly setting: MapSetting,
    private readonly unplaced: HTMLElement,
  ) {
    this.hatch = `hatch-${figure.id}`;
    this.regions = new RegionLayer(this.hatch);
    this.scale = new Scale(figure.palette, 1);
    this.stage.setAttribute("tabindex", "0");
    this.stage.setAttribute("role", "group");
    this.stage.setAttribute(
      "aria-label",
      t("Map. Arrow keys go from region to region, from the largest value down."),
    );
    this.element = el(
      "div",
      {},
      fitted(this.stage, (width) => this.draw(width)),
      this.legend,
      this.live,
    );
    this.follow();
    const { choices } = setting;
    choices.clock.listen(() => this.paint());
    choices.listen(() => void this.choose());
    if (setting.shared?.leads ?? true) whenPrinting(() => this.showTellingDay());
    void this.choose();
  }

  private async choose(): Promise<void> {
    const layers = this.figure.layers ?? [];
    const index = Math.min(this.setting.choices.layer, layers.length - 1);
    const layer = layers[index];
    this.canvas.hidden = !this.setting.choices.flows;
    if (!layer) {
      this.listMissing();
      return;
    }
    if (layer === this.layer) return;
    try {
      this.grid = await unpack(layer.values);
    } catch (problem) {
      this.legend.replaceChildren(
        nothing(t("The numbers of this map cannot be read: {why}", { why: String(problem) })),
      );
      this.grid = null;
    }
    this.layer = layer;
    this.scale = new Scale(this.figure.palette, this.setting.shared?.most(index) ?? layer.most);
    this.settle();
    if (this.grid) this.showLegend();
    this.listMissing();
    if (this.view) this.draw(this.view.width);
  }

  /** The page opens at the day on which most is seen; a reader who has moved the day keeps theirs. */
  private settle(): void {
    const { choices, shared } = this.setting;
    if (choices.settled || !(shared?.leads ?? true)) return;
    choices.settled = true;
    this.showTellingDay();
  }

  private showTellingDay(): () => void {
    const { clock } = this.setting.choices;
    const before = clock.position;
    const day = this.grid ? this.figure.days?.[this.grid.strongestRow()] : undefined;
    if (day !== undefined) clock.move(clock.days.indexOf(day));
    return () => clock.move(before);
  }

  private showLegend(): void {
    const named = new Set(this.layer?.regions.map((id) => this.setting.places[id]?.shape));
    this.legend.replaceChildren(
      legend({
        scale: this.scale,
        unit: this.figure.unit,
        hatched: this.grid!.hasMissing,
        land: [...this.setting.shapes.countries.keys()].some((id) => !named.has(id)),
        links: this.figure.links,
      }),
    );
  }

  private draw(width: number): void {
    const drawn = (this.view = view(width));
    const { places, shapes } = this.setting;
    this.regions.lay(this.layer ?? NO_LAYER, places, shapes, drawn);
    const box = { viewBox: `0 0 ${drawn.width} ${drawn.height}` };
    this.stage.replaceChildren(
      svg(
        "svg",
        {
          ...box,
          class: "world",
          role: "img",
          "aria-label": text(this.figure.alt) || text(this.figure.title),
        },
        svg("defs", {}, hatching(this.hatch)),
        this.regions.element,
        this.outline,
      ),
      this.canvas,
      svg(
        "svg",
        { ...box, class: "over", "aria-hidden": "true" },
        ...drawWays(this.figure.ways ?? [], drawn),
        ...drawPassages(this.figure.passages ?? [], drawn),
      ),
    );
    if (this.figure.links) drawLinks(this.canvas, this.figure.links, drawn);
    this.paint();
  }

  private get row(): number {
    const { clock } = this.setting.choices;
    return this.figure.days?.length ? bisectRight(this.figure.days, clock.day) - 1 : 0;
  }

  private paint(): void {
    if (!this.grid || !this.view) return;
    this.regions.paint(this.grid, this.row, this.scale);
    if (this.chosen !== null) this.say(this.chosen);
    else if (!this.live.textContent && !this.setting.shared)
      this.live.textContent = t("Point at a region, or use the arrow keys, to see its value.");
  }

  /** Pointer and keys choose a region. */
  private follow(): void {
    const point = (event: PointerEvent) => {
      const column = (event.target as Element).getAttribute("data-column");
      if (column === null) return this.leave();
      this.pick(Number(column), event.clientX, event.clientY);
    };
    this.stage.addEventListener("pointermove", point);
    this.stage.addEventListener("pointerdown", point);
    this.stage.addEventListener("pointerleave", () => this.leave());
    this.stage.addEventListener("blur", () => this.leave());
    this.stage.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (event.key === "Escape") this.leave();
      if (step === undefined) return;
      event.preventDefault();
      this.walk(step);
    });
  }

  private walk(step: number): void {
    const order = this.ranked();
    if (order.length === 0) return;
    const at = this.chosen === null ? (step > 0 ? -1 : 0) : order.indexOf(this.chosen);
    const next = order[(at + step + order.length) % order.length]!;
    const [x, y] = this.regions.regions[next]!.centre;
    const box = this.stage.getBoundingClientRect();
    this.pick(next, box.left + x, box.top + y);
  }

  private ranked(): number[] {
    const size = (column: number) => {
      const value = this.grid?.at(this.row, column) ?? NaN;
      return Number.isNaN(value) ? -Infinity : Math.abs(value);
    };
    return (this.layer?.regions ?? [])
      .map((_, column) => column)
      .sort((one, other) => size(other) - size(one) || one - other);
  }

  private pick(column: number, x: number, y: number): void {
    const region = this.regions.regions[column];
    if (!region) return;
    this.chosen = column;
    const shape = region.elements[0];
    this.outline.setAttribute(
      "d",
      shape?.tagName === "path" ? (shape.getAttribute("d") ?? "") : ring(region.centre),
    );
    const path = this.grid?.column(column) ?? [];
    showTip(
      x,
      y,
      el("strong", {}, this.nameOf(region.id)),
      el("span", {}, this.valueOf(column)),
      ...(path.length > 1 ? [sparkline(path, this.row, this.scale)] : []),
    );
    this.say(column);
  }

  private leave(): void {
    if (this.chosen === null) return;
    this.chosen = null;
    this.outline.removeAttribute("d");
    hideTip();
  }

  private say(column: number): void {
    const name = this.nameOf(this.layer?.regions[column] ?? "");
    const { clock } = this.setting.choices;
    const words = `${name}: ${this.valueOf(column)}`;
    this.live.textContent =
      this.figure.days && this.figure.days.length > 1 ? `${words} · ${dayName(clock.day)}` : words;
  }

  private nameOf(id: string): string {
    return text(this.setting.places[id]?.name) || id;
  }

  private valueOf(column: number): string {
    const signed = this.figure.palette === "change";
    return number(this.grid?.at(this.row, column), this.figure.unit, { signed });
  }

  /** What cannot be drawn is named: by Python, or found here. */
  private listMissing(): void {
    const told = (this.figure.missing ?? []).map(({ name, why }) => ({
      name: text(name),
      why: text(why),
    }));
    const { places, shapes } = this.setting;
    const lost = (this.layer?.regions ?? [])
      .filter((id) => {
        const where = places[id];
        if (!where) return true;
        return !isPlace(where.lon, where.lat) && !shapes.countries.has(where.shape ?? "");
      })
      .map((id) => ({ name: this.nameOf(id), why: t("no shape and no position known") }));
    const missing = [...told, ...lost.filter(({ name }) => !told.some((one) => one.name === name))];
    this.unplaced.replaceChildren(...(missing.length > 0 ? [missingList(missing)] : []));
  }

  /** The day shown as a table; the file has every day. */
  numbers(): HTMLElement {
    const { layer, grid, figure } = this;
    if (!layer || !grid) return nothing(t("No region has a value to show."));
    const columns = [
      { name: t("Region"), number: false },
      {
        name: figure.days?.length ? dayName(this.setting.choices.clock.day) : t("Value"),
        unit: figure.unit,
        number: true,
      },
    ];
    const names = layer.regions.map((id) => this.nameOf(id));
    const rows = this.ranked().map((column) => [names[column]!, finite(grid.at(this.row, column))]);
    const whole = () =>
      csv([
        [t("Day"), ...names],
        ...Array.from({ length: grid.rows }, (_, row) => [
          figure.days?.[row] ?? null,
          ...names.map((_, column) => finite(grid.at(row, column))),
        ]),
      ]);
    return drawTable({ columns, rows, file: `${figure.id}.csv`, label: text(figure.title), whole });
  }
}

const NO_LAYER: MapLayer = {
  name: "",
  regions: [],
  values: { shape: [0, 0], scale: 1, offset: 0, data: "" },
  most: 1,
};

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

function ring([x, y]: [number, number]): string {
  return `M${x - 6} ${y}a6 6 0 1 0 12 0a6 6 0 1 0 -12 0`;
}

function missingList(missing: { name: string; why: string }[]): HTMLElement {
  const compare = comparing();
  const reasons = new Map<string, string[]>();
  for (const { name, why } of missing) reasons.set(why, [...(reasons.get(why) ?? []), name]);
  const items = [...reasons].map(([why, names]) =>
    el("li", {}, `${names.sort(compare).join(t(", "))}${why ? ` (${why})` : ""}`),
  );
  return el("div", { class: "missing" }, el("p", {}, t("Not on the map:")), el("ul", {}, ...items));
}

/** The strongest colour of both, so that a shade means the same on both maps. */
export function sharedMost(one: MapFigure, other: MapFigure): (layer: number) => number {
  return (layer) =>
    Math.max(
      0,
      ...[one, other].map(({ layers }) => layers?.[layer]?.most ?? 0).filter(Number.isFinite),
    );
}

export function layerNames(figures: MapFigure[]): Text[] {
  const longest = figures.reduce((one, other) =>
    other.layers?.length > one.layers?.length ? other : one,
  );
  return (longest.layers ?? []).map(({ name }) => name);
}
