// Writes dist/shapes.json: the countries of Natural Earth (by way of world-atlas), made small enough for a page.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { presimplify, simplify, sphericalTriangleArea } from "topojson-simplify";
import { geoArea } from "d3-geo";
import { feature, quantize } from "topojson-client";

const SMALLEST_BEND = 1.2e-6; // Steradians; a bend of 7 km by 7 km, a fifth of a pixel on a wide page.
const ANTARCTICA = "010"; // A third of the height of the map, and no industry.
const SMALL_COUNTRY = 1e-4; // Steradians; 4,000 km², such as French Polynesia. Its islands keep every point.
const STEPS = 1e4;
const HALF_THE_GLOBE = 2 * Math.PI;

const atlas = JSON.parse(
  readFileSync(createRequire(import.meta.url).resolve("world-atlas/countries-50m.json"), "utf8"),
);
const countries = new Map();
for (const { type, arcs, id, properties } of atlas.objects.countries.geometries) {
  const shape = id ?? properties.name; // Territories without an ISO number go by name.
  if (shape === ANTARCTICA) continue;
  const polygons = type === "Polygon" ? [arcs] : arcs;
  countries.set(shape, [...(countries.get(shape) ?? []), ...polygons]);
}
const geometries = [...countries]
  .sort(([one], [other]) => (one < other ? -1 : 1))
  .map(([id, arcs]) => ({ type: "MultiPolygon", id, arcs }));
const topology = {
  type: "Topology",
  bbox: atlas.bbox,
  transform: atlas.transform,
  objects: { countries: { type: "GeometryCollection", geometries } },
  arcs: atlas.arcs,
};
const simple = simplify(keepSmall(presimplify(topology, sphericalTriangleArea)), SMALLEST_BEND);
const small = dropUnused(withoutFlipped(quantize(simple, STEPS)));
mkdirSync("dist", { recursive: true });
writeFileSync("dist/shapes.json", JSON.stringify(small));

function keepSmall(topology) {
  for (const country of topology.objects.countries.geometries) {
    if (geoArea(feature(topology, country)) > SMALL_COUNTRY) continue;
    for (const arc of country.arcs.flat(2)) {
      for (const point of topology.arcs[arc < 0 ? ~arc : arc]) point[2] = Infinity;
    }
  }
  return topology;
}

/** An islet whose ring was turned or flattened by rounding would be drawn as the rest of the globe. */
function withoutFlipped(topology) {
  const whole = (arcs) => {
    const area = geoArea(feature(topology, { type: "Polygon", arcs }));
    return area > 0 && area < HALF_THE_GLOBE;
  };
  for (const country of topology.objects.countries.geometries) {
    country.arcs = country.arcs.filter(whole); // None left (Vatican): the map draws a dot.
  }
  return topology;
}

function dropUnused(topology) {
  const used = new Map();
  const renumber = (arc) => {
    const index = arc < 0 ? ~arc : arc;
    if (!used.has(index)) used.set(index, used.size);
    return arc < 0 ? ~used.get(index) : used.get(index);
  };
  const objects = {
    countries: {
      ...topology.objects.countries,
      geometries: topology.objects.countries.geometries.map((country) => ({
        ...country,
        arcs: country.arcs.map((rings) => rings.map((ring) => ring.map(renumber))),
      })),
    },
  };
  return { ...topology, objects, arcs: [...used.keys()].map((index) => topology.arcs[index]) };
}
