/** Few things by two measures, such as routes by days and cost. */

import { extent } from "d3-array";
import { scaleLinear } from "d3-scale";
import type { Points, Unit } from "./document";
import { el, svg } from "./dom";
import { caption, fitted, nothing, numbersOf } from "./frame";
import { number, t, text, unitName } from "./i18n";
import { placeLabels } from "./labels";
import { isNarrow } from "./seaview";
import { drawTable } from "./table";
import { isUnitless } from "./units";

const BOTTOM = 44;
const TOP = 26;
const RADIUS = 4.5;

export function drawPoints(figure: Points): HTMLElement {
  const rows = (figure.rows ?? []).filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y));
  if (rows.length === 0)
    return el("div", {}, caption(figure.note), nothing(t("There is nothing to draw.")));
  const stage = el("div", { class: "stage" });
  return el(
    "div",
    { class: "path points" },
    caption(figure.note),
    fitted(stage, (width) => stage.replaceChildren(drawing({ ...figure, rows }, width))),
    numbersOf(() => numbers(figure)),
  );
}

function drawing(figure: Points, width: number): SVGElement {
  const height = Math.round(Math.max(230, Math.min(320, 0.36 * width)));
  const { rows } = figure;
  const y = scaleLinear(roomy(rows.map((row) => row.y)), [height - BOTTOM, TOP]).nice(4);
  const ticks = y.ticks(4);
  const words = ticks.map((tick) => number(tick, "", { precision: "exact" }));
  const left = 16 + 7 * Math.max(...words.map((one) => [...one].length));
  const x = scaleLinear(roomy(rows.map((row) => row.x)), [left, width - 16]).nice(4);
  const wishes = rows.map((row) => ({
    x: x(row.x),
    y: y(row.y),
    radius: RADIUS,
    words: isNarrow(width) ? [] : [text(row.name)],
  }));
  const labels = placeLabels(wishes, { width, height: height - BOTTOM }, []);
  return svg(
    "svg",
    {
      viewBox: `0 0 ${width} ${height}`,
      height,
      role: "img",
      "aria-label": text(figure.alt) || text(figure.title),
    },
    ...ticks.flatMap((tick, at) => [
      svg("line", { class: "grid", x1: left, x2: width - 16, y1: y(tick), y2: y(tick) }),
      svg("text", { x: left - 8, y: y(tick) + 4, "text-anchor": "end" }, words[at]!),
    ]),
    ...x
      .ticks(Math.max(2, Math.floor((width - left) / 110)))
      .map((tick) =>
        svg(
          "text",
          { x: x(tick), y: height - BOTTOM + 20, "text-anchor": "middle" },
          number(tick, "", { precision: "exact" }),
        ),
      ),
    svg("text", { class: "axis", x: 0, y: 12 }, axis(figure.y)),
    svg(
      "text",
      { class: "axis", x: width - 16, y: height - 6, "text-anchor": "end" },
      axis(figure.x),
    ),
    ...rows.map((row, at) =>
      svg(
        "circle",
        {
          class: row.strong ? "point strong" : "point",
          cx: wishes[at]!.x,
          cy: wishes[at]!.y,
          r: RADIUS,
        },
        svg("title", {}, [text(row.name), text(row.note)].filter(Boolean).join(": ")),
      ),
    ),
    ...labels.flatMap((label) => {
      if (!label) return [];
      const [x1, y1, x2, y2] = label.leader ?? [];
      const about = { x: label.x, y: label.y, "text-anchor": label.anchor };
      const words = svg("text", { class: "spot-name", ...about }, label.words);
      return label.leader ? [svg("line", { class: "leader", x1, y1, x2, y2 }), words] : [words];
    }),
  );
}

const axis = ({ name, unit }: { name: Points["x"]["name"]; unit: Unit }): string =>
  isUnitless(unit) ? text(name) : `${text(name)} (${unitName(unit)})`;

/** A little more than the values, so that no point lies on the edge; amounts begin at 0. */
function roomy(values: number[]): [number, number] {
  const [low = 0, high = 1] = extent(values) as [number, number];
  const room = high > low ? 0.08 * (high - low) : Math.abs(high) * 0.05 || 1;
  return [low >= 0 ? Math.max(0, low - room) : low - room, high + room];
}

function numbers({ rows, x, y, id, title }: Points): HTMLElement {
  const columns = [
    { name: t("Name"), number: false },
    { ...x, number: true },
    { ...y, number: true },
  ];
  const cells = rows.map((row) => [row.name, row.x, row.y]);
  return drawTable({ columns, rows: cells, file: `${id}.csv`, label: text(title) });
}
