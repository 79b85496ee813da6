/** Words, numbers and units in the language of the reader. The key of a message is its English text. */

import chinese from "../messages/zh.json";
import type { Lang, Text, Unit } from "./document";
import { isUnitless, unitWords, withoutPrefix } from "./units";

export const MISSING = "–";
export const LANGUAGES: Record<Lang, string> = { en: "English", zh: "中文" };

const LOCALES: Record<Lang, string> = { en: "en-GB", zh: "zh-CN" };
const CATALOGUES: Record<Lang, Record<string, string>> = { en: {}, zh: chinese };
let current: Lang = "en";

export function setLanguage(lang: string): void {
  current = lang === "zh" ? "zh" : "en";
}

export function language(): Lang {
  return current;
}

export function t(key: string, values: Record<string, string | number> = {}): string {
  return fill(CATALOGUES[current][key] ?? key, values);
}

/** The catalogue has one message for both forms, under `one`: Chinese has a single form. */
export function plural(one: string, other: string, count: number): string {
  const english = new Intl.PluralRules("en").select(count) === "one" ? one : other;
  return fill(CATALOGUES[current][one] ?? english, { count: number(count) });
}

function fill(message: string, values: Record<string, string | number>): string {
  return message.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** The words in the language of the reader, else in English, else in any. */
export function text(words: Text | null | undefined): string {
  if (typeof words === "string") return words;
  return words?.[current] ?? words?.en ?? words?.zh ?? "";
}

export function comparing(): (one: string, other: string) => number {
  return new Intl.Collator(LOCALES[current], { numeric: true }).compare;
}

/** `exact` for tables; `short` for axes, cards and maps, where millions need not be spelt out. */
export type Precision = "exact" | "short" | "axis";

export interface NumberStyle {
  precision?: Precision;
  signed?: boolean;
}

export function number(
  value: number | null | undefined,
  unit: Unit = "",
  { precision = "short", signed = false }: NumberStyle = {},
): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return MISSING;
  const signDisplay = signed ? "exceptZero" : "negative";
  if (unit === "share") return percent(value, precision, signDisplay);
  if (unit === "day") {
    return typeset(value, {
      style: "unit",
      unit: "day",
      unitDisplay: "long",
      ...(Math.abs(value) < 1 ? { maximumSignificantDigits: 3 } : { maximumFractionDigits: 1 }),
      signDisplay,
    });
  }
  if (unit === "year") return typeset(value, { useGrouping: false, maximumFractionDigits: 1 });
  const [amount, plain] = precision === "exact" ? [value, unit] : withoutPrefix(value, unit);
  const words = typeset(amount, { ...digits(amount, precision), signDisplay });
  return isUnitless(unit) ? words : beside(words, unitName(plain));
}

/** Chinese words follow a number without a space. */
function beside(amount: string, unit: string): string {
  return unit >= "\u2e80" ? amount + unit : `${amount} ${unit}`;
}

function percent(
  value: number,
  precision: Precision,
  signDisplay: "exceptZero" | "negative",
): string {
  if (value !== 0 && Math.abs(value) < 0.0005 && precision !== "axis") {
    return `<${typeset(0.001, { style: "percent", maximumFractionDigits: 1 })}`;
  }
  const least = precision === "axis" ? 0 : 1;
  return typeset(value, {
    style: "percent",
    minimumFractionDigits: least,
    maximumFractionDigits: 1,
    signDisplay,
  });
}

function digits(value: number, precision: Precision): Intl.NumberFormatOptions {
  const size = Math.abs(value);
  if (precision !== "exact" && size >= 1e5)
    return { notation: "compact", maximumSignificantDigits: 3 };
  if (Number.isInteger(value) || size >= 1000) return { maximumFractionDigits: 0 };
  if (size >= 1) return { maximumFractionDigits: 2 };
  if (size >= 1e-4) return { maximumSignificantDigits: 3 };
  return { notation: "scientific", maximumSignificantDigits: 3 };
}

const formats = new Map<string, Intl.NumberFormat>();

function typeset(value: number, options: Intl.NumberFormatOptions): string {
  const key = current + JSON.stringify(options);
  let format = formats.get(key);
  if (!format) formats.set(key, (format = new Intl.NumberFormat(LOCALES[current], options)));
  return format.format(value).replace("-", "−");
}

export function unitName(unit: Unit): string {
  return unitWords(unit === "day" ? "days" : unit, t);
}

export function dayName(day: number): string {
  return t("Day {day}", { day: number(day, "", { precision: "exact" }) });
}
