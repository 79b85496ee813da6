/** The path of one region, in the size of a word. */

import { line } from "d3-shape";
import { svg } from "./dom";
import type { Scale } from "./palette";

const WIDTH = 132;
const HEIGHT = 30;

export function sparkline(values: number[], at: number, scale: Scale): SVGElement {
  const finite = values.filter(Number.isFinite);
  const least = finite.reduce(
    (one, other) => Math.min(one, other),
    scale.palette === "change" ? 0 : scale.least,
  );
  const most = finite.reduce((one, other) => Math.max(one, other), 0) || 1;
  const x = (row: number) => 4 + (row / Math.max(1, values.length - 1)) * (WIDTH - 8);
  const y = (value: number) => 3 + (1 - (value - least) / (most - least || 1)) * (HEIGHT - 6);
  const path = line<number>()
    .defined(Number.isFinite)
    .x((_, row) => x(row))
    .y(y);
  const here = values[at];
  return svg(
    "svg",
    { class: "spark", width: WIDTH, height: HEIGHT, viewBox: `0 0 ${WIDTH} ${HEIGHT}` },
    svg("path", { d: `M4 ${y(0)}H${WIDTH - 4}`, class: "base" }),
    svg("path", { d: path(values) ?? "", class: "line" }),
    here !== undefined && Number.isFinite(here) && svg("circle", { cx: x(at), cy: y(here), r: 3 }),
  );
}
