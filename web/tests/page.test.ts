import { readFileSync } from "node:fs";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { MapFigure, Page, Section } from "../src/document";
import { Shapes } from "../src/geometry";
import { drawPage } from "../src/page";
import { pack } from "./packing";

const shapes = new Shapes(() => JSON.parse(readFileSync("dist/shapes.json", "utf8")));
const EVIL = '<script>alert(1)</script><img src=x onerror="alert(1)">';
const LONG = "a very long name ".repeat(40);
const places = {
  JPN: { name: { en: "Japan", zh: "日本" }, lon: 138, lat: 36, shape: "392" },
  FJI: { name: EVIL, lon: 178, lat: -18, shape: "242" },
  MCO: { name: LONG, lon: 7.4, lat: 43.7, shape: "492" },
  XXX: { name: "Nowhere", lon: NaN, lat: NaN },
};
const head = { title: { en: "Title", zh: "标题" }, alt: "what is seen" };
const map: MapFigure = {
  ...head,
  kind: "map",
  id: "map",
  unit: "share",
  palette: "loss",
  layers: [
    {
      name: "All",
      regions: ["JPN", "FJI", "MCO", "XXX"],
      values: pack([
        [0, 0, 0.1, 0],
        [0.5, null, 0.1, 0],
        [0.2, 0.1, 0.1, 0],
      ]),
      most: 0.5,
    },
    { name: "Wafers", regions: ["JPN"], values: pack([[0], [0.1], [0.4]]), most: 0.4 },
  ],
  days: [0, 1, 2],
  links: {
    origin: [0],
    destination: [1],
    flow: [3],
    ends: [
      { name: "a", lon: 0, lat: 0 },
      { name: "b", lon: 9, lat: 9 },
    ],
    unit: "USD",
  },
  passages: [
    { name: "Suez", lon: 32, lat: 30, open: 0 },
    { name: "Panama", lon: -80, lat: 9, open: 0.5 },
    { name: "Hormuz", lon: 56, lat: 26, open: 1 },
  ],
  missing: [{ name: "Rest of world", why: "a group" }],
};
const path: Section = {
  ...head,
  kind: "path",
  id: "path",
  unit: "share",
  days: [0, 1, 2],
  series: [
    {
      name: EVIL,
      values: [1, null, 0.5],
      bands: [{ low: [0.9, 0.8, null], high: [1, 1, 1], name: "half" }],
    },
    { name: "b", values: [1, 1, 1] },
  ],
  marks: [{ day: 1, text: LONG }],
};
const bars: Section = {
  ...head,
  kind: "bars",
  id: "bars",
  unit: "share",
  rows: [
    { name: EVIL, value: 0.4, low: 0.3, high: 0.5, note: "n" },
    { name: "b", value: null },
    { name: "c", value: -1 },
  ],
};
const table: Section = {
  ...head,
  kind: "table",
  id: "table",
  file: "t.csv",
  of: 99,
  columns: [
    { name: "Place", number: false, about: EVIL },
    { name: "Loss", unit: "share", number: true },
  ],
  rows: Array.from({ length: 40 }, (_, at) => [
    at === 0 ? EVIL : `row ${at}`,
    at === 3 ? null : at / 100,
  ]),
};
const code: Section = {
  ...head,
  kind: "code",
  id: "code",
  language: "toml",
  text: `# ${EVIL}\n[[changes]]\nx = 1`,
};
const words: Section = {
  ...head,
  kind: "words",
  id: "words",
  paragraphs: [EVIL, { en: "Hello", zh: "你好" }],
  folded: true,
};
const pair: Section = {
  ...head,
  kind: "pair",
  id: "pair",
  names: ["Pooled", "Home"],
  parts: [
    { ...map, id: "one" },
    { ...map, id: "two", layers: [{ ...map.layers[1]!, most: 0.9 }] },
  ],
};

let main: HTMLElement;

beforeEach(() => {
  document.body.replaceChildren();
  main = document.createElement("main");
  document.body.append(main);
});

async function draw(sections: Section[], more: Partial<Page> = {}): Promise<void> {
  const page: Page = {
    version: 1,
    lang: "en",
    title: EVIL,
    headline: [EVIL],
    warnings: [EVIL],
    figures: [{ label: EVIL, value: null, unit: "share" }],
    sections,
    places,
    footer: [EVIL],
    ...more,
  };
  drawPage(main, page, shapes);
  await settled();
}

/** Numbers are unpacked in the background: until each map has its legend, or says why not. */
async function settled(): Promise<void> {
  await vi.waitFor(() => {
    for (const map of all(".map"))
      if (!map.querySelector(".legend, .nothing")) throw new Error("still unpacking");
  });
}

const all = (selector: string) => [...main.querySelectorAll<HTMLElement>(selector)];
const one = (selector: string) => main.querySelector<HTMLElement>(selector)!;

describe("every kind of section", () => {
  test.each(
    [map, path, bars, table, code, words, pair].map((section) => [section.kind, section] as const),
  )("%s is drawn, and names are words", async (_, section) => {
    await draw([section, { ...words, id: "last", folded: false }]);
    expect(one(`#${section.id} h2`).textContent).toBe("Title");
    expect(one(`#${section.id}`).textContent).not.toContain("cannot be drawn");
    expect(all("script, img, [onerror], [style*=expression]")).toEqual([]);
    expect(main.textContent).toContain(EVIL);
  });

  const lacking: Section[] = [
    { ...map, layers: [], days: [], links: undefined, passages: [], missing: [] },
    { ...map, layers: [{ name: "", regions: [], values: pack([]), most: 0 }] },
    {
      ...map,
      layers: [{ name: "x", regions: ["JPN"], values: pack([[null], [null], [null]]), most: NaN }],
    },
    {
      ...map,
      layers: [
        {
          name: "x",
          regions: ["JPN", "???"],
          values: { shape: [1, 2], scale: 1, offset: 0, data: "AAAA" },
          most: 1,
        },
      ],
    },
    {
      ...map,
      days: undefined,
      layers: [{ name: "x", regions: ["JPN"], values: pack([[0]]), most: 0 }],
    },
    {
      ...map,
      links: { origin: [7], destination: [], flow: [], ends: [], unit: "" },
      passages: [{ name: "x", lon: NaN, lat: 0, open: NaN }],
    },
    { ...path, days: [], series: [] },
    { ...path, series: [{ name: "x", values: [null, null, null] }] },
    { ...path, days: [7], series: [{ name: "x", values: [0] }] },
    {
      ...path,
      series: [
        { name: "x", values: [1] },
        { name: "y", values: [] },
      ],
    },
    {
      ...path,
      series: Array.from({ length: 30 }, (_, at) => ({ name: `${at}`, values: [at, at, at] })),
    },
    { ...bars, rows: [] },
    {
      ...bars,
      rows: [
        { name: "x", value: 0 },
        { name: "y", value: 0 },
      ],
    },
    { ...table, rows: [], columns: [] },
    { ...table, rows: [[], [null, null]] },
    { ...code, text: "" },
    { ...words, paragraphs: [] },
    {
      ...pair,
      parts: [
        { ...path, series: [] },
        { ...path, id: "p2" },
      ],
    },
    { ...pair, parts: [bars, { ...bars, id: "b2", rows: [] }] },
    { ...pair, parts: [words, table] },
    {
      ...pair,
      parts: [
        { ...map, layers: [] },
        { ...map, id: "m2", layers: [], days: undefined },
      ],
    },
  ] as Section[];
  test.each(lacking.map((section, at) => [at, section.kind, section] as const))(
    "lacking numbers (%s, %s) is drawn all the same",
    async (_, __, section) => {
      await draw([section, { ...words, id: "last", folded: false }]);
      expect(one(`#${section.id}`).textContent).not.toContain("cannot be drawn");
      expect(one("#last").textContent).toContain("Hello");
      for (const shape of all("[d]")) expect(shape.getAttribute("d")).not.toContain("NaN");
    },
  );

  test.each(["map", "path", "bars", "table", "code", "words", "pair", "odd"])(
    "a %s of nothing but its kind says what is wrong, and the next one stands",
    async (kind) => {
      await draw([{ kind, id: "bare" } as never, { ...words, id: "last", folded: false }]);
      expect(one("#last").textContent).toContain("Hello");
    },
  );
});

describe("the page", () => {
  test("without sections says so", async () => {
    await draw([]);
    expect(main.textContent).toContain("This result has nothing to show.");
  });

  test("stands what is missing", async () => {
    drawPage(main, { version: 1, lang: "en", title: "Bare" } as never, shapes);
    expect(one("h1").textContent).toBe("Bare");
  });

  test("shows a missing figure as a dash", async () => {
    await draw([words]);
    expect(one(".card .value").textContent).toBe("–");
  });

  test("changes its language, and keeps day and layer", async () => {
    await draw([map, words]);
    const slider = one("#map input[type=range]") as HTMLInputElement;
    slider.value = "2";
    slider.dispatchEvent(new Event("input"));
    one('.languages [lang="zh-Hans"]').click();
    await settled();
    expect(document.documentElement.lang).toBe("zh-Hans");
    expect(one("#map h2").textContent).toBe("标题");
    expect(one("#map .day").textContent).toBe("第 2 天");
    expect(one(".languages [aria-pressed=true]").textContent).toBe("中文");
    one('.languages [lang="en"]').click();
  });

  test("lists its sections, each with an anchor that exists", async () => {
    await draw([map, path, bars, table, code, words, pair]);
    const links = all("nav a").map((link) => link.getAttribute("href")!);
    expect(links).toHaveLength(7);
    for (const link of links) expect(one(link)).not.toBeNull();
    const ids = all("[id]").map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe("the map", () => {
  test("opens at the day on which most is lost", async () => {
    await draw([map]);
    expect(one(".day").textContent).toBe("Day 1");
  });

  test("shades by value, hatches what is missing, and gives a small state a dot", async () => {
    await draw([map]);
    const fill = (column: number) => one(`[data-column="${column}"]`).getAttribute("fill");
    expect(fill(0)).toBe("rgb(107, 21, 24)");
    expect(fill(1)).toBe("url(#hatch-map)");
    expect(one('circle[data-column="2"]')).not.toBeNull();
  });

  test("repaints only what has changed", async () => {
    await draw([map]);
    const painted = vi.spyOn(Element.prototype, "setAttribute");
    const slider = one("#map input[type=range]") as HTMLInputElement;
    slider.value = "2";
    slider.dispatchEvent(new Event("input"));
    const changed = painted.mock.calls.filter(([name]) => name === "fill").length;
    painted.mockRestore();
    expect(changed).toBe(all('[data-column="0"], [data-column="1"]').length);
  });

  test("changes its layer", async () => {
    await draw([map]);
    const select = one("select") as HTMLSelectElement;
    select.value = "1";
    select.dispatchEvent(new Event("change"));
    await vi.waitFor(() => expect(all(".region").length).toBeLessThan(3));
    expect(all(".region").every((region) => region.getAttribute("data-column") === "0")).toBe(true);
  });

  test("lists what cannot be drawn, told or found", async () => {
    await draw([map]);
    expect(one(".missing").textContent).toContain("Rest of world (a group)");
    expect(one(".missing").textContent).toContain("Nowhere (no shape and no position known)");
  });

  test("goes by arrow keys from the hardest hit down", async () => {
    await draw([map]);
    const stage = one("#map .stage");
    const press = (key: string) =>
      stage.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    press("ArrowRight");
    expect(one(".readout").textContent).toBe("Japan: 50.0% · Day 1");
    press("ArrowRight");
    expect(one(".readout").textContent).toContain("10.0%");
  });

  test("names closed and narrowed passages in words", async () => {
    await draw([map]);
    expect(all(".passages li").map(({ textContent }) => textContent)).toEqual([
      "Suez: closed",
      "Panama: 50% open",
    ]);
  });

  test("has its numbers as a table, once asked for", async () => {
    await draw([map]);
    const numbers = one("details.numbers") as HTMLDetailsElement;
    expect(numbers.querySelector("table")).toBeNull();
    numbers.open = true;
    numbers.dispatchEvent(new Event("toggle"));
    expect(numbers.querySelectorAll("tbody tr")).toHaveLength(4);
  });

  test("of a pair shares day and scale with the other", async () => {
    await draw([pair]);
    expect(all("#pair input[type=range]")).toHaveLength(1);
    const slider = one("#pair input[type=range]") as HTMLInputElement;
    slider.value = "2";
    slider.dispatchEvent(new Event("input"));
    const fills = all('#pair path[data-column="0"]').map((region) => region.getAttribute("fill"));
    expect(fills).toHaveLength(2);
    expect(
      all("#pair .legend .bar text")
        .map(({ textContent }) => textContent)
        .filter((words) => words === "90%"),
    ).toHaveLength(2);
  });
});

describe("the table", () => {
  test("shows its first rows, then all", async () => {
    await draw([table]);
    expect(all("tbody tr")).toHaveLength(15);
    expect(main.textContent).toContain("The page holds 40 of 99 rows");
    all("#table button")
      .find(({ textContent }) => textContent === "Show all 40 rows")!
      .click();
    expect(all("tbody tr")).toHaveLength(40);
  });

  test("sorts either way, what is missing last", async () => {
    await draw([table]);
    const loss = () => all("thead button")[1]!;
    loss().click();
    expect(one("tbody td").textContent).toBe("39.0%");
    expect(all("thead th")[1]!.getAttribute("aria-sort")).toBe("descending");
    loss().click();
    expect(one("tbody td").textContent).toBe("0.0%");
    all("#table button")
      .find(({ textContent }) => textContent?.startsWith("Show all"))!
      .click();
    expect(all("tbody td").at(-1)!.textContent).toBe("–");
  });
});

describe("warnings", () => {
  const told = (count: number) => Array.from({ length: count }, (_, k) => `warning ${k + 1}`);

  test.each([
    [3, 3],
    [4, 4],
    [5, 3],
    [23, 3],
  ])("of %i, %i stand unfolded and none is lost", async (count, shown) => {
    await draw([], { warnings: told(count) });
    expect(all(".warnings li").map((item) => item.textContent)).toEqual(told(count));
    expect(all(".warnings > ul > li")).toHaveLength(shown);
    expect(all(".warnings details summary")).toHaveLength(count > shown ? 1 : 0);
  });
});
