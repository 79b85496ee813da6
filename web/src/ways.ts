/** Ways between regions that a scenario closes (a cross), narrows or lengthens: dashed arcs. */

import { geoCentroid } from "d3-geo";
import type { Ways } from "./document";
import { el, svg } from "./dom";
import { arc, isPlace, type Position, type View } from "./geometry";
import { text } from "./i18n";
import { symbol } from "./passages";

type Line = Ways["lines"][number];

const MANY = 12; // Lines of one cause; more are drawn as one bundle, with one cross for all.

export function drawWays(ways: Ways[], view: View): SVGElement[] {
  const fit = Math.max(0.65, Math.min(1, view.width / 700));
  return ways.map(({ name, state, lines }) => {
    const known = lines.filter(
      ([lon, lat, lon2, lat2]) => isPlace(lon, lat) && isPlace(lon2, lat2),
    );
    const many = known.length > MANY;
    const drawn = many ? bundled(known) : known;
    const group = svg("g", { class: `way ${state}${many ? " many" : ""}` });
    group.append(svg("title", {}, text(name)));
    const arcs = drawn.map(([lon, lat, lon2, lat2]) => arc(view, [lon, lat], [lon2, lat2]));
    group.append(
      svg("path", {
        d: arcs
          .slice(many ? 1 : 0)
          .flat()
          .map(outline)
          .join(""),
      }),
    );
    if (many) group.append(svg("path", { class: "trunk", d: arcs[0]!.map(outline).join("") }));
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

/** One trunk from the middle of the origins to that of the destinations, then the branches. */
function bundled(lines: Line[]): Line[] {
  const ends = (from: 0 | 2) => {
    const places = lines.map((line): Position => [line[from], line[from + 1]!]);
    return [...new Map(places.map((place) => [place.join(), place])).values()];
  };
  const [origins, destinations] = [ends(0), ends(2)];
  const [start, end] = [centre(origins), centre(destinations)];
  return [
    [...start, ...end],
    ...origins.map((one): Line => [...one, ...start]),
    ...destinations.map((one): Line => [...end, ...one]),
  ];
}

function centre(places: Position[]): Position {
  const [lon, lat] = geoCentroid({ type: "MultiPoint", coordinates: places });
  return [lon, lat];
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
