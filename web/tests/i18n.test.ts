import { readdirSync, readFileSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import chinese from "../messages/zh.json";
import { dayName, number, plural, setLanguage, t, text, unitName } from "../src/i18n";
import { UNIT_WORDS } from "../src/units";

const catalogue: Record<string, string> = chinese;
const source = readdirSync("src")
  .filter((name) => name.endsWith(".ts"))
  .map((name) => readFileSync(`src/${name}`, "utf8"))
  .join("\n");
const keys = [
  ...new Set(
    [...source.matchAll(/\b(?:t|plural)\(\s*"((?:[^"\\]|\\.)*)"/g)].map(([, key]) => key!),
  ),
];
const placeholders = (message: string) =>
  [...message.matchAll(/\{\w+\}/g)].map(([name]) => name).sort();

afterEach(() => setLanguage("en"));

describe("catalogue", () => {
  test("has Chinese for every message", () => {
    expect(keys.length).toBeGreaterThan(30);
    expect([...keys, ...UNIT_WORDS].filter((key) => !catalogue[key])).toEqual([]);
  });

  test("has no message that nobody shows", () => {
    expect(
      Object.keys(catalogue).filter((key) => !keys.includes(key) && !UNIT_WORDS.includes(key)),
    ).toEqual([]);
  });

  test("keeps the placeholders", () => {
    for (const [key, message] of Object.entries(catalogue))
      expect(placeholders(message), key).toEqual(placeholders(key));
  });
});

describe("words", () => {
  test("come in the language of the reader, else in English, else as they are", () => {
    setLanguage("zh");
    expect(t("Contents")).toBe("目录");
    expect(text({ en: "Japan", zh: "日本" })).toBe("日本");
    expect(text({ en: "Japan" } as never)).toBe("Japan");
    expect(text("JPN")).toBe("JPN");
    expect(text(undefined)).toBe("");
    setLanguage("fr");
    expect(t("Contents")).toBe("Contents");
  });

  test("have a plural in English only", () => {
    const rows = (count: number) => plural("Show all {count} row", "Show all {count} rows", count);
    expect([rows(1), rows(1200)]).toEqual(["Show all 1 row", "Show all 1,200 rows"]);
    setLanguage("zh");
    expect([rows(1), rows(1200)]).toEqual(["显示全部 1 行", "显示全部 1,200 行"]);
  });

  test("leave a placeholder without value as it is", () => {
    expect(t("Day {day}")).toBe("Day {day}");
  });
});

describe("numbers", () => {
  test.each([
    [0.2497, "share", "25.0%", "25.0%"],
    [0.0001, "share", "<0.1%", "<0.1%"],
    [0, "share", "0.0%", "0.0%"],
    [-0.05, "share", "−5.0%", "−5.0%"],
    [1, "day", "1 day", "1天"],
    [212, "day", "212 days", "212天"],
    [0.1881, "day", "0.188 days", "0.188天"],
    [0.1839, "day", "0.184 days", "0.184天"],
    [48.3e9, "USD", "48.3bn USD", "483亿美元"],
    [48300, "MUSD(2011)/year", "48.3bn USD (2011)/year", "483亿美元 (2011)/年"],
    [1234.5, "t/day", "1,235 t/day", "1,235吨/天"],
    [0.00042, "kg CO2e/t", "0.00042 kg CO2e/t", "0.00042 kg CO2e/吨"],
    [1.5, "index", "1.5", "1.5"],
    [2011, "year", "2011", "2011"],
    [null, "share", "–", "–"],
    [NaN, "day", "–", "–"],
    [Infinity, "USD", "–", "–"],
    [-0, "share", "0.0%", "0.0%"],
  ])("%s %s is %s, in Chinese %s", (value, unit, english, inChinese) => {
    expect(number(value, unit)).toBe(english);
    setLanguage("zh");
    expect(number(value, unit)).toBe(inChinese);
  });

  test("are exact in tables and signed where they are changes", () => {
    expect(number(48300, "", { precision: "exact" })).toBe("48,300");
    expect(number(0.05, "share", { signed: true })).toBe("+5.0%");
    expect(number(0.5, "share", { precision: "axis" })).toBe("50%");
  });

  test("name days and units", () => {
    expect([dayName(5), unitName("day"), unitName("MUSD")]).toEqual([
      "Day 5",
      "days",
      "million USD",
    ]);
    setLanguage("zh");
    expect([dayName(5), unitName("day"), unitName("MUSD")]).toEqual(["第 5 天", "天", "百万美元"]);
  });
});
