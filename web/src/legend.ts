/** How to read the colours and symbols of a map. */

import type { Links, Unit } from "./document";
import { el, svg } from "./dom";
import { number, t, unitName } from "./i18n";
import { thickness } from "./links";
import { Scale } from "./palette";
import { isUnitless } from "./units";

const WIDTH = 200;
const BAR = 10;
const BLOCKS = 50;

export function legend(parts: {
  scale: Scale;
  unit: Unit;
  hatched: boolean;
  land: boolean;
  links?: Links;
}): HTMLElement {
  const { scale, unit } = parts;
  return el(
    "div",
    { class: "legend" },
    !isUnitless(unit) && el("span", { class: "swatch" }, unitName(unit)),
    bar(scale, unit),
    parts.hatched && swatch(t("No value"), "hatched"),
    parts.land && swatch(t("Not in this result"), "plain"),
    parts.links && parts.links.flow.length > 0 && flow(parts.links),
  );
}

function bar(scale: Scale, unit: Unit): SVGElement {
  const label = (value: number) =>
    number(value, unit === "share" ? unit : "", {
      precision: "axis",
      signed: scale.palette === "change",
    });
  const middle = (scale.least + scale.most) / 2;
  const blocks = Array.from({ length: BLOCKS }, (_, block) => {
    const value = scale.least + ((block + 0.5) / BLOCKS) * (scale.most - scale.least);
    const fill = scale.colour(scale.shade(value));
    return svg("rect", {
      x: (block * WIDTH) / BLOCKS,
      width: WIDTH / BLOCKS + 0.5,
      height: BAR,
      fill,
    });
  });
  const words = [scale.least, middle, scale.most].map((value, index) =>
    svg(
      "text",
      { x: (index * WIDTH) / 2, y: BAR + 15, "text-anchor": ["start", "middle", "end"][index] },
      label(value),
    ),
  );
  const from = label(scale.least);
  const to = number(scale.most, unit, { signed: scale.palette === "change" });
  return svg(
    "svg",
    {
      class: "bar",
      viewBox: `0 0 ${WIDTH} ${BAR + 20}`,
      width: WIDTH,
      height: BAR + 20,
      role: "img",
      "aria-label": t("Colours from {from} to {to}", { from, to }),
    },
    ...blocks,
    ...words,
  );
}

function swatch(words: string, kind: string): HTMLElement {
  const sample = svg("svg", { width: 18, height: 12, viewBox: "0 0 18 12", "aria-hidden": "true" });
  sample.append(svg("rect", { width: 18, height: 12, class: kind }));
  if (kind === "hatched") {
    sample.append(svg("path", { class: "hatches", d: "M-2 8L8 -2M2 12L14 0M8 14L20 2" }));
  }
  return el("span", { class: "swatch" }, sample, words);
}

function flow({ flow: flows, unit }: Links): HTMLElement {
  const most = flows.reduce((one, other) => (other > one ? other : one), 0);
  const sample = svg("svg", { width: 34, height: 12, viewBox: "0 0 34 12", "aria-hidden": "true" });
  sample.append(svg("path", { class: "flow", d: "M2 6H32", "stroke-width": thickness(1) }));
  return el(
    "span",
    { class: "swatch" },
    sample,
    t("Flow of {amount}", { amount: number(most, unit) }),
  );
}
