import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { arc, isPlace, place, readShapes, view } from "../src/geometry";
import { drawable } from "../src/links";

const WIDTH = 1000;
const shapes = readShapes(JSON.parse(readFileSync("dist/shapes.json", "utf8")));
const world = view(WIDTH);

function across(id: string): number {
  const [[left], [right]] = world.path.bounds(shapes.countries.get(id)!);
  return right - left;
}

describe("shapes", () => {
  test("are those of nearly all countries", () => {
    const drawn = [...shapes.countries.values()].filter(
      (country) => (world.path(country) ?? "").length > 20,
    );
    expect(drawn.length).toBeGreaterThan(220);
    for (const id of [
      "392",
      "156",
      "840",
      "276",
      "076",
      "710",
      "036",
      "702",
      "470",
      "048",
      "462",
    ]) {
      expect(shapes.countries.has(id), id).toBe(true);
    }
  });

  test("stay whole across the antimeridian", () => {
    expect(across("643")).toBeLessThan(0.5 * WIDTH); // Russia
    expect(across("242")).toBeLessThan(0.03 * WIDTH); // Fiji
    expect(across("554")).toBeLessThan(0.1 * WIDTH); // New Zealand
  });

  test("are not turned inside out", () => {
    for (const [id, country] of shapes.countries)
      expect(world.path.area(country), id).toBeLessThan(0.09 * WIDTH * world.height);
  });

  test("may be lacking", () => {
    for (const broken of [null, {}, { objects: {} }])
      expect(readShapes(broken).countries.size).toBe(0);
  });
});

describe("places", () => {
  test("are where the projection has them", () => {
    for (const [lon, lat] of [
      [0, 0],
      [139.7, 35.7],
      [-179, -18],
      [178, -18],
      [-74, 40.7],
    ] as [number, number][]) {
      const [x, y] = place(world, lon, lat)!;
      const [a, b] = world.projection([lon, lat])!;
      expect([x, y].map((one) => one.toFixed(3))).toEqual([a, b].map((one) => one.toFixed(3)));
    }
  });

  test("that are none are refused", () => {
    for (const [lon, lat] of [
      [NaN, 0],
      [0, 95],
      [Infinity, 0],
    ] as [number, number][]) {
      expect(isPlace(lon, lat)).toBe(false);
      expect(place(world, lon, lat)).toBeNull();
    }
  });
});

describe("great circles", () => {
  const longestStep = (piece: number[]) => {
    let longest = 0;
    for (let i = 2; i < piece.length; i += 2)
      longest = Math.max(
        longest,
        Math.hypot(piece[i]! - piece[i - 2]!, piece[i + 1]! - piece[i - 1]!),
      );
    return longest;
  };

  test("begin and end where they should", () => {
    const [piece] = arc(world, [139.7, 35.7], [2.3, 48.9]);
    const from = place(world, 139.7, 35.7)!;
    const to = place(world, 2.3, 48.9)!;
    expect(piece!.slice(0, 2).map(Math.round)).toEqual(from.map(Math.round));
    expect(piece!.slice(-2).map(Math.round)).toEqual(to.map(Math.round));
  });

  test("bow towards the pole", () => {
    const [piece] = arc(world, [0, 50], [100, 50]);
    const highest = Math.min(...piece!.filter((_, at) => at % 2 === 1));
    expect(highest).toBeLessThan(place(world, 50, 55)![1]);
  });

  test("across the Pacific come in two pieces, and none jumps over the map", () => {
    const pieces = arc(world, [139.7, 35.7], [-118.2, 34]);
    expect(pieces).toHaveLength(2);
    for (const piece of pieces) expect(longestStep(piece)).toBeLessThan(0.05 * WIDTH);
  });

  test("to Fiji from Australia stay in one piece", () => {
    expect(arc(world, [151, -34], [178, -18])).toHaveLength(1);
  });

  test("between the same or opposite places are finite", () => {
    for (const [from, to] of [
      [
        [10, 10],
        [10, 10],
      ],
      [
        [0, 0],
        [180, 0],
      ],
      [
        [0, 90],
        [0, -90],
      ],
    ] as [[number, number], [number, number]][]) {
      expect(arc(world, from, to).flat().every(Number.isFinite)).toBe(true);
    }
  });
});

test("links without ends, flow or way are not drawn, and the strong lie on top", () => {
  const ends = [
    { name: "a", lon: 0, lat: 0 },
    { name: "b", lon: 10, lat: 10 },
    { name: "c", lon: NaN, lat: 0 },
  ];
  const links = {
    origin: [0, 0, 0, 0, 1, 0],
    destination: [1, 2, 0, 9, 0, 1],
    flow: [5, 1, 1, 1, 2, NaN],
    ends,
    unit: "USD",
  };
  expect(drawable(links)).toEqual([4, 0]);
});
