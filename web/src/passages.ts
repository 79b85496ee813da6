/** Canals and straits: a ring where open, half a disc where narrowed, a cross where closed. */

import type { Passage } from "./document";
import { el, svg } from "./dom";
import { isPlace, place, type View } from "./geometry";
import { number, t, text } from "./i18n";

const SIZE = 6;

type State = "open" | "narrowed" | "closed";

export function stateOf({ open }: Passage): State {
  return open <= 0 ? "closed" : open < 1 ? "narrowed" : "open";
}

export function describe(passage: Passage): string {
  const state = stateOf(passage);
  if (state === "closed") return t("{name}: closed", { name: text(passage.name) });
  if (state === "open") return t("{name}: open", { name: text(passage.name) });
  return t("{name}: {share} open", {
    name: text(passage.name),
    share: number(passage.open, "share", { precision: "axis" }),
  });
}

/** Closed ones last, so that they lie on top. */
export function drawPassages(passages: Passage[], view: View): SVGElement[] {
  const fit = Math.max(0.65, Math.min(1, view.width / 700));
  return [...passages]
    .filter(({ lon, lat }) => isPlace(lon, lat))
    .sort((one, other) => other.open - one.open)
    .map((passage) => {
      const [x, y] = place(view, passage.lon, passage.lat)!;
      const mark = svg("g", {
        class: "passage",
        transform: `translate(${x.toFixed(1)} ${y.toFixed(1)}) scale(${fit.toFixed(2)})`,
      });
      mark.append(svg("title", {}, describe(passage)), ...symbol(stateOf(passage)));
      return mark;
    });
}

export function symbol(state: State): SVGElement[] {
  if (state === "open") return [svg("circle", { r: SIZE - 2, class: "open" })];
  if (state === "narrowed") {
    const half = `M0 ${-SIZE + 1}A${SIZE - 1} ${SIZE - 1} 0 0 1 0 ${SIZE - 1}Z`;
    return [
      svg("circle", { r: SIZE - 1, class: "narrowed" }),
      svg("path", { d: half, class: "half" }),
    ];
  }
  const arm = SIZE * 0.45;
  const cross = `M${-arm} ${-arm}L${arm} ${arm}M${-arm} ${arm}L${arm} ${-arm}`;
  return [
    svg("circle", { r: SIZE + 1, class: "closed" }),
    svg("path", { d: cross, class: "cross" }),
  ];
}

/** In words below the map: those that are not wholly open, by name; the others by number. */
export function passageList(passages: Passage[]): HTMLElement | null {
  if (passages.length === 0) return null;
  const named = passages
    .filter((passage) => stateOf(passage) !== "open")
    .sort((one, other) => one.open - other.open);
  const items = (named.length > 0 ? named : passages).map((passage) => {
    const mark = svg("svg", {
      width: 16,
      height: 16,
      viewBox: "-8 -8 16 16",
      "aria-hidden": "true",
    });
    mark.append(...symbol(stateOf(passage)));
    return el("li", {}, mark, describe(passage));
  });
  return el("ul", { class: "passages" }, ...items);
}
