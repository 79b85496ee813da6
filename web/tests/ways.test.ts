import { describe, expect, test } from "vitest";
import type { Ways } from "../src/document";
import { view } from "../src/geometry";
import { drawWays, wayList } from "../src/ways";

const world = view(800);
const one: Ways = { name: "A → B: closed", state: "closed", lines: [[134, -25, 138, 36]] };

describe("ways", () => {
  test("that are closed are dashed and crossed", () => {
    const [group] = drawWays([one], world);
    expect(group!.getAttribute("class")).toBe("way closed");
    expect(group!.querySelector("title")!.textContent).toBe("A → B: closed");
    expect(group!.querySelectorAll(".passage .cross")).toHaveLength(1);
    expect(group!.querySelector("path")!.getAttribute("d")).toMatch(/^M[\d.]+ [\d.]+L/);
  });

  test("that take longer have no cross", () => {
    const [group] = drawWays([{ ...one, state: "longer" }], world);
    expect(group!.querySelectorAll(".passage")).toHaveLength(0);
  });

  test("of one cause are bundled where there are many", () => {
    const lines = [100, 110, 120, 130].flatMap((lon) =>
      [0, 5, 10, 15].map((to): [number, number, number, number] => [lon, 30, to, 50]),
    );
    const [group] = drawWays([{ ...one, lines }], world);
    expect(group!.getAttribute("class")).toBe("way closed many");
    expect(group!.querySelectorAll(".trunk")).toHaveLength(1);
    expect(group!.querySelectorAll(".cross")).toHaveLength(1);
  });

  test("without a place are in the list, and drawn as nothing", () => {
    const nowhere: Ways = { ...one, lines: [[NaN, 0, 0, 0]] };
    expect(drawWays([nowhere], world)[0]!.querySelector("path")!.getAttribute("d")).toBe("");
    expect(wayList([nowhere])!.textContent).toContain("A → B: closed");
    expect(wayList([])).toBeNull();
  });
});
