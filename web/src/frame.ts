/** What all figures share: heading, width, words beside the figure, and paper. */

import type { Text } from "./document";
import { el } from "./dom";
import { t, text } from "./i18n";

const USUAL_WIDTH = 720; // Where nothing is laid out, as in tests.

interface Fitted {
  host: HTMLElement;
  draw: (width: number) => void;
  width: number;
}

let figures: Fitted[] = [];
let preparations: (() => () => void)[] = [];

export function forgetFigures(): void {
  figures = [];
  preparations = [];
}

/** Draws at the width there is, and again when that changes. */
export function fitted(host: HTMLElement, drawAt: (width: number) => void): HTMLElement {
  const draw = (width: number) => {
    try {
      drawAt(width);
    } catch (problem) {
      host.replaceChildren(
        nothing(t("This part cannot be drawn: {why}", { why: String(problem) })),
      );
    }
  };
  const figure: Fitted = { host, draw, width: 0 };
  const fit = (width: number) => {
    if (width < 1 || Math.abs(width - figure.width) < 1) return;
    figure.width = width;
    draw(width);
  };
  figures.push(figure);
  if (typeof ResizeObserver === "undefined") {
    fit(USUAL_WIDTH);
  } else {
    new ResizeObserver(([entry]) => {
      if (!onPaper) afterPaint(() => fit(Math.floor(entry?.contentRect.width ?? 0)));
    }).observe(host);
  }
  return host;
}

const waiting: (() => void)[] = [];

/** Words are read first; figures follow, one at a time. */
function afterPaint(draw: () => void): void {
  if (waiting.push(draw) > 1) return;
  const next = () => {
    const [first] = waiting;
    try {
      first?.();
    } finally {
      waiting.shift();
      if (waiting.length > 0) setTimeout(next);
    }
  };
  requestAnimationFrame(() => setTimeout(next));
}

/** What `prepare` answers is called after printing. */
export function whenPrinting(prepare: () => () => void): void {
  preparations.push(prepare);
}

const PAPER_WIDTH = 690; // CSS pixels between the margins of A4.
const PAPER_GAP = 24;
let onPaper = false;

/** Figures are drawn anew for paper, since a shrunken one would have tiny letters. */
export function preparePrinting(): void {
  const opened = new Set<HTMLDetailsElement>();
  let restore: (() => void)[] = [];
  addEventListener("beforeprint", () => {
    onPaper = true;
    for (const fold of document.querySelectorAll<HTMLDetailsElement>("details.fold:not([open])")) {
      fold.open = true;
      opened.add(fold);
    }
    restore = preparations.map((prepare) => prepare());
    for (const { host, draw } of figures) {
      draw(host.closest(".sides") ? (PAPER_WIDTH - PAPER_GAP) / 2 : PAPER_WIDTH);
    }
  });
  addEventListener("afterprint", () => {
    onPaper = false;
    for (const fold of opened) fold.open = false;
    opened.clear();
    for (const undo of restore) undo();
    for (const { draw, width } of figures) if (width > 0) draw(width);
  });
}

/** A note in place of a figure that has nothing to show. */
export function nothing(message: string): HTMLElement {
  return el("p", { class: "nothing" }, message);
}

export function caption(note: Text | undefined): HTMLElement | null {
  const words = text(note);
  return words ? el("p", { class: "note" }, words) : null;
}

/** The numbers of a figure, built when somebody looks: those of the day that is shown. */
export function numbersOf(build: () => HTMLElement): HTMLElement {
  const summary = el("summary", {}, t("Numbers of this figure"));
  const details = el("details", { class: "numbers" }, summary);
  details.addEventListener("toggle", () => {
    if (details.open) details.replaceChildren(summary, build());
  });
  return details;
}
