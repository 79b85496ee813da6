import { describe, expect, test, vi } from "vitest";
import { barExtent } from "../src/bars";
import { extentOf } from "../src/chart";
import { Clock, union } from "../src/clock";
import { placeMarks } from "../src/marks";
import { LINES, Scale } from "../src/palette";

const lightness = (colour: string) => {
  const [r, g, b] = (colour.match(/\d+/g) ?? []).map(Number) as [number, number, number];
  return relative(r, g, b);
};
const relative = (...channels: [number, number, number]) => {
  const [r, g, b] = channels.map((c) =>
    c / 255 <= 0.03928 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4,
  ) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};

describe("colours", () => {
  test.each(["loss", "amount"] as const)(
    "of %s darken all the way, so that they need no hue",
    (palette) => {
      const scale = new Scale(palette, 1);
      for (let shade = 1; shade < 256; shade++) {
        expect(lightness(scale.colour(shade))).toBeLessThanOrEqual(
          lightness(scale.colour(shade - 1)) + 1e-3,
        );
      }
      expect(lightness(scale.colour(0))).toBeGreaterThan(0.8);
      expect(lightness(scale.colour(255))).toBeLessThan(0.06);
    },
  );

  test("of change are lightest at nothing", () => {
    const scale = new Scale("change", 2);
    expect(scale.shade(0)).toBe(128);
    expect([scale.shade(-2), scale.shade(-9), scale.shade(2), scale.shade(9)]).toEqual([
      0, 0, 255, 255,
    ]);
    expect(lightness(scale.colour(128))).toBeGreaterThan(lightness(scale.colour(0)));
  });

  test("of lines stand out from the page", () => {
    const paper = relative(252, 251, 248);
    for (const line of LINES) {
      const [r, g, b] = [1, 3, 5].map((at) => parseInt(line.slice(at, at + 2), 16)) as [
        number,
        number,
        number,
      ];
      expect((paper + 0.05) / (relative(r, g, b) + 0.05), line).toBeGreaterThan(4.5);
    }
  });

  test.each([0, -1, NaN, Infinity])("stand a largest value of %s", (most) => {
    const scale = new Scale("loss", most);
    expect([scale.most, scale.shade(0), scale.shade(NaN)]).toEqual([1, 0, -1]);
  });
});

describe("extents", () => {
  const figure = (...values: (number | null)[]) => ({ series: [{ name: "", values }] }) as never;

  test("hold all that is finite, bands too", () => {
    const banded = {
      series: [
        {
          name: "",
          values: [0.9, null],
          bands: [{ low: [0.6, null], high: [1.2, NaN], name: "" }],
        },
      ],
    };
    expect(extentOf([banded as never])).toEqual([0.6, 1.2]);
  });

  test("begin at nothing where that is near", () => {
    expect(extentOf([figure(2, 9)])).toEqual([0, 9]);
    expect(extentOf([figure(8, 9)])).toEqual([8, 9]);
  });

  test("are never empty", () => {
    expect([
      extentOf([figure(0, 0)]),
      extentOf([figure(5)]),
      extentOf([figure(null)]),
      extentOf([{} as never]),
    ]).toEqual([[0, 1], [0, 5], null, null]);
    expect(barExtent([{ rows: [] } as never])).toEqual([0, 1]);
    expect(
      barExtent([
        {
          rows: [
            { name: "", value: -3 },
            { name: "", value: null },
          ],
        } as never,
      ]),
    ).toEqual([-3, 0]);
  });

  test("of bars hold the ranges", () => {
    expect(barExtent([{ rows: [{ name: "", value: 1, low: -1, high: 4 }] } as never])).toEqual([
      -1, 4,
    ]);
  });
});

describe("marks", () => {
  const figure = (count: number, words: string) =>
    ({
      days: [0, 100],
      series: [],
      marks: Array.from({ length: count }, (_, at) => ({ day: at * 5, text: words })),
    }) as never;

  test("stand beside their day where there is room, else are numbered and listed", () => {
    const few = placeMarks(figure(3, "stop"), 900);
    expect([few.listed.length, few.placed[1]!.words]).toEqual([0, "stop"]);
    const many = placeMarks(figure(15, "a rather long explanation of what happens"), 390);
    expect([many.listed.length, many.placed[1]!.words]).toEqual([15, "2"]);
  });

  test("outside of the days are left out", () => {
    expect(
      placeMarks({ days: [10, 20], series: [], marks: [{ day: 5, text: "x" }] } as never, 600)
        .placed,
    ).toEqual([]);
  });
});

describe("clock", () => {
  test("stays within its days and tells of changes only", () => {
    const clock = new Clock([3, 4, 9]);
    const seen: number[] = [];
    clock.listen((day) => seen.push(day));
    for (const position of [1, 1, 99, NaN, -5]) clock.move(position);
    expect(seen).toEqual([3, 4, 9, 3]);
  });

  test("plays to the end and stops", () => {
    vi.useFakeTimers({ toFake: ["requestAnimationFrame", "cancelAnimationFrame", "performance"] });
    const clock = new Clock([0, 1, 2]);
    clock.play();
    expect(clock.playing).toBe(true);
    vi.advanceTimersByTime(2000);
    expect([clock.day, clock.playing]).toEqual([2, false]);
    vi.useRealTimers();
  });

  test("without days stands still", () => {
    const clock = new Clock([]);
    clock.move(1);
    expect([clock.day, clock.position]).toEqual([0, 0]);
  });

  test("of two maps has the days of both", () => {
    expect(union([[0, 2], undefined, [1, 2]])).toEqual([0, 1, 2]);
  });
});
