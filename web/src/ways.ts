/** Ways between regions that a scenario closes (a cross), narrows or lengthens: dashed arcs. */

import type { Ways } from "./document";
import { el, svg } from "./dom";
import { arc, isPlace, type View } from "./geometry";
import { text } from "./i18n";
import { symbol } from "./passages";

const MANY = 12; // Lines of one cause; more are drawn thinner, with one cross for all.

export function drawWays(ways: Ways[], view: View): SVGElement[] {
  const fit = Math.max(0.65, Math.min(1, view.width / 700));
  return ways.map(({ name, state, lines }) => {
    const known = lines.filter(
      ([lon, lat, lon2, lat2]) => isPlace(lon, lat) && isPlace(lon2, lat2),
    );
    const many = known.length > MANY;
    const group = svg("g", { class: `way ${state}${many ? " many" : ""}` });
    group.append(svg("title", {}, text(name)));
    const arcs = known.map(([lon, lat, lon2, lat2]) => arc(view, [lon, lat], [lon2, lat2]));
    group.append(svg("path", { d: arcs.flat().map(outline).join("") }));
    const marked = state === "longer" ? [] : many ? arcs.slice(0, 1) : arcs;
    for (const [x, y] of marked.map(middle)) {
      const mark = svg("g", {
        class: "passage",
        transform: `translate(${x.toFixed(1)} ${y.toFixed(1)}) scale(${fit.toFixed(2)})`,
      });
      mark.append(...symbol(state === "closed" ? "closed" : "narrowed"));
      group.append(mark);
    }
    return group;
  });
}

function outline(piece: number[]): string {
  let d = "";
  for (let i = 0; i < piece.length; i += 2)
    d += `${i === 0 ? "M" : "L"}${piece[i]!.toFixed(1)} ${piece[i + 1]!.toFixed(1)}`;
  return d;
}

/** Half-way along the longest piece. */
function middle(pieces: number[][]): [number, number] {
  const longest = pieces.reduce((one, other) => (other.length > one.length ? other : one));
  const at = 2 * Math.floor(longest.length / 4);
  return [longest[at]!, longest[at + 1]!];
}

/** In words below the map, every one of them: some have no line. */
export function wayList(ways: Ways[]): HTMLElement | null {
  if (ways.length === 0) return null;
  const items = ways.map(({ name, state }) => {
    const mark = svg("svg", {
      width: 26,
      height: 16,
      viewBox: "-13 -8 26 16",
      "aria-hidden": "true",
    });
    mark.append(svg("g", { class: `way ${state}` }, svg("path", { d: "M-13 0H13" })));
    if (state !== "longer") mark.append(...symbol(state === "closed" ? "closed" : "narrowed"));
    return el("li", {}, mark, text(name));
  });
  return el("ul", { class: "passages" }, ...items);
}
