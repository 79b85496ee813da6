/** Where things stand on the map: shapes, projection and great circles. */

import { geoEqualEarth, geoEqualEarthRaw, geoPath, type GeoProjection } from "d3-geo";
import { feature, mesh } from "topojson-client";
import type { Feature, MultiLineString, MultiPolygon } from "geojson";
import type { GeometryCollection, Topology } from "topojson-specification";

export type Country = Feature<MultiPolygon>;

export interface Shapes {
  countries: Map<string, Country>;
  borders: MultiLineString;
}

export function readShapes(topology: unknown): Shapes {
  const map = topology as Topology<{ countries: GeometryCollection }>;
  const all = map?.objects?.countries;
  if (!all) return { countries: new Map(), borders: { type: "MultiLineString", coordinates: [] } };
  const { features } = feature(map, all);
  return {
    countries: new Map(features.map((country) => [String(country.id), country as Country])),
    borders: mesh(map, all, (one, other) => one !== other),
  };
}

/** Centred on 11° E the map is cut in the Bering Strait, so that Russia and Fiji stay whole. */
const CENTRE = 11;
const NORTH = 83.7;
const SOUTH = -56.5;

export interface View {
  width: number;
  height: number;
  projection: GeoProjection;
  /** Of shapes, with coordinates to a tenth of a pixel. */
  path: ReturnType<typeof geoPath>;
}

export function view(width: number): View {
  const projection = geoEqualEarth().rotate([-CENTRE, 0]).fitWidth(width, { type: "Sphere" });
  const top = projection([CENTRE, NORTH])![1];
  const height = Math.ceil(projection([CENTRE, SOUTH])![1] - top);
  const [x, y] = projection.translate();
  projection.translate([x, y - top]).clipExtent([
    [0, 0],
    [width, height],
  ]);
  return { width, height, projection, path: geoPath(projection).digits(1) };
}

/** Position in pixels; none for coordinates that are no place on Earth. */
export function place(view: View, lon: number, lat: number): [number, number] | null {
  if (!isPlace(lon, lat)) return null;
  return project(view, lon * RADIANS, lat * RADIANS);
}

export function isPlace(lon: number, lat: number): boolean {
  return (
    Number.isFinite(lon) && Number.isFinite(lat) && Math.abs(lon) <= 360 && Math.abs(lat) <= 90
  );
}

const RADIANS = Math.PI / 180;
const STEP = 2.5 * RADIANS;

/**
 * Great circle in pieces, each a flat list x, y, x, y …; more than one where it crosses the edge of
 * the map. Computed here and not by geoPath because there may be 20,000 of them.
 */
export function arc(view: View, from: [number, number], to: [number, number]): number[][] {
  const one = vector(from);
  const other = vector(to);
  const cosine = one[0] * other[0] + one[1] * other[1] + one[2] * other[2];
  const angle = Math.acos(Math.max(-1, Math.min(1, cosine)));
  const steps = Math.max(1, Math.ceil(angle / STEP));
  const sine = Math.sin(angle);
  const pieces: number[][] = [[]];
  let before: [number, number] = [0, 0];
  for (let step = 0; step <= steps; step++) {
    const part = step / steps;
    const a = sine < 1e-9 ? 1 - part : Math.sin((1 - part) * angle) / sine;
    const b = sine < 1e-9 ? part : Math.sin(part * angle) / sine;
    const x = a * one[0] + b * other[0];
    const y = a * one[1] + b * other[1];
    const z = a * one[2] + b * other[2];
    const lambda = wrap(Math.atan2(y, x) - CENTRE * RADIANS);
    const phi = Math.atan2(z, Math.hypot(x, y));
    const here: [number, number] = [lambda, phi];
    if (step > 0 && Math.abs(lambda - before[0]) > Math.PI) cross(view, pieces, before, here);
    pieces[pieces.length - 1]!.push(...planar(view, lambda, phi));
    before = here;
  }
  return pieces;
}

/** Ends one piece at the edge that is near, and begins the next at the far one. */
function cross(
  view: View,
  pieces: number[][],
  before: [number, number],
  after: [number, number],
): void {
  const [near, far] = [Math.PI - Math.abs(before[0]), Math.PI - Math.abs(after[0])];
  const phi = before[1] + (near / (near + far || 1)) * (after[1] - before[1]);
  pieces[pieces.length - 1]!.push(...planar(view, Math.sign(before[0]) * Math.PI, phi));
  pieces.push([...planar(view, Math.sign(after[0]) * Math.PI, phi)]);
}

function vector([lon, lat]: [number, number]): [number, number, number] {
  const flat = Math.cos(lat * RADIANS);
  return [flat * Math.cos(lon * RADIANS), flat * Math.sin(lon * RADIANS), Math.sin(lat * RADIANS)];
}

function wrap(lambda: number): number {
  return lambda > Math.PI
    ? lambda - 2 * Math.PI
    : lambda < -Math.PI
      ? lambda + 2 * Math.PI
      : lambda;
}

function project(view: View, lambda: number, phi: number): [number, number] {
  return planar(view, wrap(Math.atan2(Math.sin(lambda), Math.cos(lambda)) - CENTRE * RADIANS), phi);
}

function planar(view: View, lambda: number, phi: number): [number, number] {
  const [x, y] = geoEqualEarthRaw(lambda, phi);
  const size = view.projection.scale();
  const [left, top] = view.projection.translate();
  return [left + size * x, top - size * y];
}
