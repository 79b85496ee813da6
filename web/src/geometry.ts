/** Where things stand on the map: shapes, projection and great circles. */

import { geoNaturalEarth1, geoNaturalEarth1Raw, geoPath, type GeoProjection } from "d3-geo";
import { feature, mesh } from "topojson-client";
import type { Feature, MultiLineString, MultiPolygon } from "geojson";
import type { GeometryCollection, Topology } from "topojson-specification";

export type Country = Feature<MultiPolygon>;

interface Drawn {
  countries: Map<string, Country>;
  borders: MultiLineString;
}

type Atlas = Topology<{ countries: GeometryCollection }>;

/** Read when the first map is drawn, so that words need not wait for it. */
export class Shapes {
  private known: Drawn | null = null;

  constructor(private readonly source: () => unknown) {}

  get countries(): Map<string, Country> {
    return this.read().countries;
  }

  get borders(): MultiLineString {
    return this.read().borders;
  }

  private read(): Drawn {
    return (this.known ??= readAtlas(this.source() as Atlas | null));
  }
}

function readAtlas(atlas: Atlas | null): Drawn {
  const all = atlas?.objects?.countries;
  if (!all) return { countries: new Map(), borders: { type: "MultiLineString", coordinates: [] } };
  const { features } = feature(atlas, all);
  return {
    countries: new Map(features.map((country) => [String(country.id), country as Country])),
    borders: mesh(atlas, all, (one, other) => one !== other),
  };
}

/** Centred on 11° E the map is cut in the Bering Strait, so that Russia and Fiji stay whole. */
const CENTRE = 11;
/** The whole north, with sea above Greenland; in the south what lies below every country is left out. */
const NORTH = 90;
const SOUTH = -59;

export type Position = [lon: number, lat: number];

export interface View {
  width: number;
  height: number;
  /** Scale and origin of the projection, at hand for the many points of arcs. */
  size: number;
  left: number;
  top: number;
  projection: GeoProjection;
  /** Of shapes, with coordinates to a tenth of a pixel. */
  path: ReturnType<typeof geoPath>;
}

export function view(width: number): View {
  const projection = geoNaturalEarth1().rotate([-CENTRE, 0]).fitWidth(width, { type: "Sphere" });
  const north = projection([CENTRE, NORTH])![1];
  const height = Math.ceil(projection([CENTRE, SOUTH])![1] - north);
  const [left, middle] = projection.translate();
  const top = middle - north;
  projection.translate([left, top]).clipExtent([
    [0, 0],
    [width, height],
  ]);
  const path = geoPath(projection).digits(1);
  return { width, height, size: projection.scale(), left, top, projection, path };
}

/** Position in pixels; none for coordinates that are no place on Earth. */
export function place(view: View, lon: number, lat: number): [number, number] | null {
  if (!isPlace(lon, lat)) return null;
  return view.projection([lon, lat]);
}

export function isPlace(lon: number, lat: number): boolean {
  return (
    Number.isFinite(lon) && Number.isFinite(lat) && Math.abs(lon) <= 360 && Math.abs(lat) <= 90
  );
}

const RADIANS = Math.PI / 180;

/**
 * Great circle in pieces, each a flat list x, y, x, y …; more than one where it crosses the edge of
 * the map. Computed here and not by geoPath because there may be 20,000 of them.
 */
export function arc(view: View, from: Position, to: Position, degrees = 2): number[][] {
  const one = vector(from);
  const other = vector(to);
  const cosine = one[0] * other[0] + one[1] * other[1] + one[2] * other[2];
  const angle = Math.acos(Math.max(-1, Math.min(1, cosine)));
  const sine = Math.sin(angle);
  const steps = Math.max(1, Math.ceil(angle / (degrees * RADIANS)));
  let piece: number[] = [];
  const pieces = [piece];
  let [lambda, phi] = [0, 0];
  for (let step = 0; step <= steps; step++) {
    const part = step / steps;
    const a = sine < 1e-9 ? 1 - part : Math.sin((1 - part) * angle) / sine;
    const b = sine < 1e-9 ? part : Math.sin(part * angle) / sine;
    const x = a * one[0] + b * other[0];
    const y = a * one[1] + b * other[1];
    const z = a * one[2] + b * other[2];
    const [lambdaBefore, phiBefore] = [lambda, phi];
    lambda = wrap(Math.atan2(y, x) - CENTRE * RADIANS);
    phi = Math.atan2(z, Math.sqrt(x * x + y * y));
    if (step > 0 && Math.abs(lambda - lambdaBefore) > Math.PI) {
      // Ends at the edge that is near, and goes on from the far one.
      const [near, far] = [Math.PI - Math.abs(lambdaBefore), Math.PI - Math.abs(lambda)];
      const between = phiBefore + (near / (near + far || 1)) * (phi - phiBefore);
      append(piece, view, Math.sign(lambdaBefore) * Math.PI, between);
      pieces.push((piece = []));
      append(piece, view, Math.sign(lambda) * Math.PI, between);
    }
    append(piece, view, lambda, phi);
  }
  return pieces;
}

function vector([lon, lat]: Position): [number, number, number] {
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

function append(piece: number[], { size, left, top }: View, lambda: number, phi: number): void {
  const [x, y] = geoNaturalEarth1Raw(lambda, phi);
  piece.push(left + size * x, top - size * y);
}
