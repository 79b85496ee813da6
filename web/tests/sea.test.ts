import { describe, expect, test } from "vitest";
import type { SeaFigure } from "../src/document";
import { Shapes } from "../src/geometry";
import { meet, placeLabels } from "../src/labels";
import { drawPoints } from "../src/points";
import { drawSea } from "../src/sea";
import { seaView, span } from "../src/seaview";

const shapes = new Shapes(() => null);
const pacific: SeaFigure = {
  kind: "sea",
  id: "map",
  title: "Route",
  alt: "Yokohama to Los Angeles",
  lines: [
    {
      style: "best",
      legs: [
        {
          name: "Leg 1",
          note: "8,967 km",
          points: [139.6, 35.4, 160, 42, 180, 44, 220, 41, 241.7, 33.7],
        },
      ],
    },
  ],
  marks: [
    { name: "Yokohama", kind: "end", lon: 139.6, lat: 35.4 },
    { name: "Los Angeles", kind: "end", lon: -118.3, lat: 33.7 },
    { name: "Somewhere", kind: "passage", lon: 180, lat: 44, number: 1, note: "1 day" },
  ],
  key: [{ style: "best", name: "best route" }],
};

describe("a map of the sea", () => {
  test("is turned so that a route over the antimeridian stays whole", () => {
    const drawn = drawSea(pacific, shapes);
    const d = drawn.querySelector(".route.best .stroke")!.getAttribute("d")!;
    expect(d.match(/M/g)).toHaveLength(1);
    const xs = [...d.matchAll(/[ML]?([\d.]+),([\d.]+)/g)].map(([, x]) => Number(x));
    expect(Math.min(...xs)).toBeGreaterThan(0);
    expect(Math.max(...xs)).toBeLessThan(720);
  });

  test("names its ends, numbers its passages and says them again below", () => {
    const drawn = drawSea(pacific, shapes);
    const names = [...drawn.querySelectorAll(".spot-name")].map((one) => one.textContent);
    expect(names).toEqual(["Yokohama", "Los Angeles", "1 Somewhere"]);
    expect(drawn.querySelector(".numbered")!.textContent).toBe("1Somewhere");
    expect(drawn.querySelector("[role=img]")!.getAttribute("aria-label")).toBe(pacific.alt);
  });

  test("is read with the arrow keys: marks, then legs", () => {
    const drawn = drawSea(pacific, shapes);
    const stage = drawn.querySelector(".stage")!;
    const press = (key: string) => stage.dispatchEvent(new KeyboardEvent("keydown", { key }));
    press("ArrowRight");
    expect(drawn.querySelector(".readout")!.textContent).toBe("Yokohama");
    press("ArrowLeft");
    expect(drawn.querySelector(".readout")!.textContent).toBe("Leg 1: 8,967 km");
    expect(drawn.querySelectorAll(".chosen")).toHaveLength(1);
    press("Escape");
    expect(drawn.querySelectorAll(".chosen")).toHaveLength(0);
  });

  test("fills what is full or chosen, and draws lanes by their load", () => {
    const full: SeaFigure = {
      ...pacific,
      lines: [{ ...pacific.lines[0]!, style: "full" }],
      marks: [{ ...pacific.marks[2]!, strong: true }, pacific.marks[0]!],
      key: [{ style: "full", name: "full" }],
    };
    const drawn = drawSea(full, shapes);
    expect(drawn.querySelectorAll(".spot.strong")).toHaveLength(1);
    expect(drawn.querySelectorAll(".route.full .leg")).toHaveLength(1);
    expect(drawn.querySelector(".passages .route")!.getAttribute("class")).toBe("route full");
  });

  test("is drawn without a line or a mark, and with places that are none", () => {
    const nothing: SeaFigure = { ...pacific, lines: [], marks: [], key: [] };
    expect(drawSea(nothing, shapes).querySelectorAll(".route")).toHaveLength(0);
    const lost = { ...pacific.marks[0]!, lon: NaN };
    expect(drawSea({ ...pacific, marks: [lost] }, shapes).querySelectorAll(".spot")).toHaveLength(
      0,
    );
  });
});

describe("the view", () => {
  test("holds the smallest range of longitudes", () => {
    expect(span([170, -170])).toEqual({ middle: -180, width: 20 });
    expect(span([0, 90])).toEqual({ middle: 45, width: 90 });
    expect(span([350, 370, 5])).toEqual({ middle: 0, width: 20 });
    expect(span([]).width).toBe(360);
  });

  test.each([350, 720, 1200])("shows every place at %i px, and nothing beyond a pole", (width) => {
    for (const places of [
      [
        [121, 31],
        [4, 52],
      ],
      [
        [-180, -60],
        [0, 75],
        [120, 0],
      ],
      [
        [9.9, 53.5],
        [9.9, 53.5],
      ],
    ] as [number, number][][]) {
      const view = seaView(width, places);
      for (const place of places) {
        const [x, y] = view.projection(place)!;
        expect(x).toBeGreaterThanOrEqual(0);
        expect(x).toBeLessThanOrEqual(width);
        expect(y).toBeGreaterThanOrEqual(0);
        expect(y).toBeLessThanOrEqual(view.height);
      }
      expect(view.projection([0, 90])![1]).toBeLessThanOrEqual(0.5);
      expect(view.height).toBeLessThanOrEqual(1.05 * width + 1);
    }
  });
});

test("labels never meet, nor leave the map; the first are the first", () => {
  const wishes = Array.from({ length: 40 }, (_, at) => ({
    x: 100 + (at % 8) * 9,
    y: 80 + Math.floor(at / 8) * 9,
    radius: 4,
    words: [`${at} some passage`, String(at)],
  }));
  const labels = placeLabels(wishes, { width: 300, height: 200 }, []);
  const placed = labels.filter((label) => label !== null);
  expect(labels[0]!.words).toBe("0 some passage");
  expect(placed.length).toBeGreaterThan(5);
  placed.forEach((one, at) => {
    expect(one.box.left).toBeGreaterThanOrEqual(0);
    expect(one.box.right).toBeLessThanOrEqual(300);
    expect(placed.slice(at + 1).some((other) => meet(one.box, other.box))).toBe(false);
  });
});

test("points are drawn by two measures, the strong one filled", () => {
  const drawn = drawPoints({
    kind: "points",
    id: "points",
    title: "Cost and days",
    alt: "Three routes",
    x: { name: "days", unit: "day" },
    y: { name: "cost", unit: "USD" },
    rows: [
      { name: "1", x: 27, y: 2.3e6, strong: true },
      { name: "2", x: 30, y: 2.1e6 },
      { name: "3", x: NaN, y: 2e6 },
    ],
  });
  expect(drawn.querySelectorAll(".point")).toHaveLength(2);
  expect(drawn.querySelectorAll(".point.strong")).toHaveLength(1);
  expect(drawn.textContent).not.toContain("NaN");
});
