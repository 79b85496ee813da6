/** Units as they are written in worlds (`MUSD(2011)/year`, `t/day`), in words a reader knows. */

/** Looked up in the catalogue one by one; any other word stays as it is. */
export const UNIT_WORDS = [
  "USD",
  "EUR",
  "CNY",
  "JPY",
  "GBP",
  "day",
  "days",
  "week",
  "year",
  "hour",
  "t",
  "kg",
  "g",
  "kt",
  "Mt",
  "Gt",
  "km",
  "person",
  "thousand {unit}",
  "million {unit}",
  "billion {unit}",
];

const UNITLESS = new Set(["", "1", "index", "rank", "year", "share"]);
const MONEY = /^([kMG])?([A-Z]{3})(?:\((\d{4})\))?$/;
const POWERS: Record<string, [number, string]> = {
  k: [1e3, "thousand {unit}"],
  M: [1e6, "million {unit}"],
  G: [1e9, "billion {unit}"],
};

type Translate = (key: string, values?: Record<string, string>) => string;

export const isUnitless = (unit: string): boolean => UNITLESS.has(unit);

/** `MUSD(2011)/year` is `million USD (2011)/year`. */
export function unitWords(unit: string, t: Translate): string {
  return unit
    .split("/")
    .map((part) => quantity(part, t))
    .join("/");
}

function quantity(part: string, t: Translate): string {
  const [, prefix, currency, year] = MONEY.exec(part) ?? [];
  if (!currency) return t(part);
  const name = prefix ? t(POWERS[prefix]![1], { unit: t(currency) }) : t(currency);
  return year ? `${name} (${year})` : name;
}

/** Millions of a currency as the currency, since a short number says million itself. */
export function withoutPrefix(value: number, unit: string): [number, string] {
  const [first = "", ...rest] = unit.split("/");
  const prefix = MONEY.exec(first)?.[1];
  return prefix ? [value * POWERS[prefix]![0], [first.slice(1), ...rest].join("/")] : [value, unit];
}
