/** A view of the part of the world in which some ways lie, turned so that the edge cuts none. */

import { geoNaturalEarth1, geoPath } from "d3-geo";
import type { Position, View } from "./geometry";

const CENTRE = 11; // As of maps of the whole world: cut in the Bering Strait.
const CLOSEST = 7; // Times the scale of the whole world: shapes are no finer.
const NARROW = 560;

export const isNarrow = (width: number): boolean => width < NARROW;

/** Middle and width of the smallest range of longitudes that holds all, over the edge or not. */
export function span(longitudes: number[]): { middle: number; width: number } {
  const round = [...new Set(longitudes.map((lon) => ((lon % 360) + 360) % 360))];
  round.sort((one, other) => one - other);
  if (round.length === 0) return { middle: CENTRE, width: 360 };
  let [gap, after] = [-1, 0];
  round.forEach((lon, at) => {
    const next = at + 1 < round.length ? round[at + 1]! : round[0]! + 360;
    if (next - lon > gap) [gap, after] = [next - lon, next];
  });
  const width = 360 - gap;
  const middle = after + width / 2;
  return { middle: ((((middle + 180) % 360) + 360) % 360) - 180, width };
}

export function seaView(width: number, places: Position[]): View {
  const { middle, width: wide } = span(places.map(([lon]) => lon));
  const projection = geoNaturalEarth1().rotate([wide > 300 ? -CENTRE : -middle, 0]);
  const whole = projection.fitWidth(width, { type: "Sphere" }).scale();
  const pad = isNarrow(width) ? 26 : Math.max(40, width * 0.05);
  const tallest = Math.round(width * (isNarrow(width) ? 1.05 : 0.56));
  const coordinates = places.length > 0 ? places : [[CENTRE, 0] as Position];
  const cloud = { type: "MultiPoint" as const, coordinates };
  projection.fitExtent(
    [
      [pad, pad],
      [width - pad, tallest - pad],
    ],
    cloud,
  );
  const fit = Number.isFinite(projection.scale()) ? projection.scale() : Infinity;
  projection.scale(Math.max(whole, Math.min(fit, CLOSEST * whole))).translate([0, 0]);
  const box = bounds(coordinates.map((one) => projection(one)!));
  const [north, south] = [projection([0, 90])![1], projection([0, -90])![1]];
  const least = width * (isNarrow(width) ? 0.7 : 0.36);
  const wanted = Math.max(least, Math.min(tallest, box.bottom - box.top + 2 * pad));
  const height = Math.ceil(Math.min(south - north, wanted));
  // The ways in the middle, but nothing beyond the poles.
  const top = Math.max(height - south, Math.min(-north, height / 2 - (box.top + box.bottom) / 2));
  const left = width / 2 - (wide > 300 ? 0 : (box.left + box.right) / 2);
  projection.translate([left, top]).clipExtent([
    [0, 0],
    [width, height],
  ]);
  const path = geoPath(projection).digits(1);
  return { width, height, size: projection.scale(), left, top, projection, path };
}

function bounds(points: [number, number][]) {
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  return {
    left: Math.min(...xs),
    right: Math.max(...xs),
    top: Math.min(...ys),
    bottom: Math.max(...ys),
  };
}
