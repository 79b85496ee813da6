/** The countries of a map as SVG: coloured by value, one change of colour per region that changed. */

import type { MapLayer, Place } from "./document";
import { svg } from "./dom";
import { isPlace, place, type Shapes, type View } from "./geometry";
import type { Grid } from "./packed";
import type { Scale } from "./palette";

/** Square pixels; a smaller country gets a dot, of a size that suits the map. */
const VISIBLE_AREA = 9;
const dotRadius = ({ width }: View): number => Math.max(2.2, Math.min(3.2, width / 300));

export interface Region {
  /** Column of the layer. */
  column: number;
  id: string;
  centre: [number, number];
  elements: SVGElement[];
}

const HATCHED = -1; // As Scale has it for a missing value.

export class RegionLayer {
  readonly element = svg("g", {});
  regions: Region[] = [];
  private shown = new Int16Array();

  constructor(private readonly hatch: string) {}

  /** Lays out the regions of a layer; what the result does not name stays plain land. */
  lay(layer: MapLayer, places: Record<string, Place>, shapes: Shapes, view: View): void {
    const taken = new Set<string>();
    this.regions = layer.regions.map((id, column) =>
      region(id, column, places[id], shapes, view, taken),
    );
    this.shown = new Int16Array(this.regions.length).fill(HATCHED);
    const land = [...shapes.countries]
      .filter(([id]) => !taken.has(id))
      .map(([, country]) => country);
    const rest = svg("path", {
      class: "land",
      d: land.map((country) => view.path(country) ?? "").join(""),
    });
    const areas = this.regions.flatMap((one) => one.elements.filter((e) => e.tagName === "path"));
    const dots = this.regions.flatMap((one) => one.elements.filter((e) => e.tagName === "circle"));
    const borders = svg("path", { class: "borders", d: view.path(shapes.borders) ?? "" });
    const sea = svg("path", { class: "sea", d: view.path({ type: "Sphere" }) ?? "" });
    for (const mark of [...areas, ...dots]) mark.setAttribute("fill", `url(#${this.hatch})`);
    this.element.replaceChildren(sea, rest, ...areas, borders, ...dots);
  }

  paint(grid: Grid, row: number, scale: Scale): void {
    this.regions.forEach(({ column, elements }, index) => {
      const shade = scale.shade(grid.at(row, column));
      if (this.shown[index] === shade) return;
      this.shown[index] = shade;
      const fill = shade === HATCHED ? `url(#${this.hatch})` : scale.colour(shade);
      for (const element of elements) element.setAttribute("fill", fill);
    });
  }
}

function region(
  id: string,
  column: number,
  where: Place | undefined,
  shapes: Shapes,
  view: View,
  taken: Set<string>,
): Region {
  const country = where?.shape === undefined ? undefined : shapes.countries.get(where.shape);
  const free = country !== undefined && !taken.has(where!.shape!);
  const drawn = free && country.geometry.coordinates.length > 0;
  const area = drawn ? view.path.area(country) : 0;
  const elements: SVGElement[] = [];
  if (drawn) {
    taken.add(where!.shape!);
    elements.push(
      svg("path", { class: "region", "data-column": column, d: view.path(country) ?? "" }),
    );
  }
  const dot = where && isPlace(where.lon, where.lat) ? place(view, where.lon, where.lat) : null;
  const centre = dot ?? (drawn ? view.path.centroid(country) : [view.width / 2, view.height / 2]);
  if (area < VISIBLE_AREA && (dot || drawn)) {
    elements.push(
      svg("circle", {
        class: "region dot",
        "data-column": column,
        cx: centre[0],
        cy: centre[1],
        r: dotRadius(view),
      }),
    );
  }
  return { column, id, centre: centre as [number, number], elements };
}

export function hatching(id: string): SVGElement {
  return svg(
    "pattern",
    { id, width: 5, height: 5, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
    svg("rect", { width: 5, height: 5, fill: "#ffffff" }),
    svg("rect", { width: 1.6, height: 5, fill: "#8b949e" }),
  );
}
