/** Words at days that matter, above a chart. */

import type { PathFigure } from "./document";
import { el } from "./dom";
import { dayName, text } from "./i18n";

export interface PlacedMark {
  day: number;
  words: string;
  row: number;
}

const MOST_ROWS = 3;

/** Words beside their line where they fit in three rows, else numbers and a list below. */
export function placeMarks(
  figure: PathFigure,
  width: number,
): { placed: PlacedMark[]; listed: PlacedMark[]; rows: number } {
  const [first, last] = [figure.days[0]!, figure.days[figure.days.length - 1]!];
  const marks = [...(figure.marks ?? [])]
    .filter(({ day }) => day >= first && day <= last)
    .sort((one, other) => one.day - other.day);
  const words = marks.map(({ text: words }) => text(words));
  const scale = (width - 60) / Math.max(1, last - first);
  const rows = (labels: string[]) => {
    const ends: number[] = [];
    return labels.map((label, index) => {
      const x = (marks[index]!.day - first) * scale;
      const size = widthOf(label) + 14;
      const from = x + size > width - 60 ? x - size : x;
      let row = ends.findIndex((end) => end <= from);
      if (row < 0) row = ends.push(0) - 1;
      ends[row] = Math.max(x, from + size);
      return row;
    });
  };
  const numbered = words.map((_, index) => String(index + 1));
  const fits =
    words.every((one) => widthOf(one) < width / 2) && Math.max(-1, ...rows(words)) < MOST_ROWS;
  const chosen = fits ? words : numbered;
  const placed = rows(chosen).map((row, index) => ({
    day: marks[index]!.day,
    words: chosen[index]!,
    row,
  }));
  const listed = fits ? [] : marks.map(({ day }, index) => ({ day, words: words[index]!, row: 0 }));
  return { placed, listed, rows: Math.max(0, ...placed.map(({ row }) => row + 1)) };
}

export function markList(marks: PlacedMark[]): HTMLElement | null {
  if (marks.length === 0) return null;
  return el(
    "ol",
    { class: "marks" },
    ...marks.map(({ day, words }) => el("li", {}, `${dayName(day)}: ${words}`)),
  );
}

/** Near enough without measuring: Chinese characters are square, Latin letters about half. */
export function widthOf(words: string): number {
  return [...words].reduce((width, letter) => width + (letter > "\u2e80" ? 13 : 7), 0);
}
