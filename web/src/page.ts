/** The whole page: title, answer, figures, sections, and the choice of language. */

import type { Figure, Lang, Page, Section } from "./document";
import { el, svg } from "./dom";
import { forgetFigures, nothing } from "./frame";
import type { Shapes } from "./geometry";
import { language, LANGUAGES, number, setLanguage, t, text } from "./i18n";
import { drawSection, type Setting } from "./sections";
import { hideTip } from "./tooltip";

export function drawPage(main: HTMLElement, page: Page, shapes: Shapes): void {
  const setting: Setting = { places: page.places ?? {}, shapes, choices: new Map() };
  const speak = (lang: Lang) => {
    const from = scrollY;
    setLanguage(lang);
    document.documentElement.lang = lang === "zh" ? "zh-Hans" : "en";
    document.title = text(page.title);
    forgetFigures();
    hideTip();
    main.replaceChildren(...parts(page, setting, speak));
    if (from > 0) scrollTo(0, from);
  };
  speak(page.lang);
}

function parts(page: Page, setting: Setting, speak: (lang: Lang) => void): HTMLElement[] {
  const sections = page.sections ?? [];
  const body = [
    heading(page),
    figureCards(page.figures ?? []),
    warnings(page),
    ...sections.map((section) => drawSection(section, setting)),
    sections.length === 0 ? nothing(t("This result has nothing to show.")) : null,
    footer(page),
  ].filter((part) => part !== null);
  return [banner(speak), contents(sections), el("article", {}, ...body)];
}

function banner(speak: (lang: Lang) => void): HTMLElement {
  const chain = svg("svg", { viewBox: "0 0 44 22", "aria-hidden": "true" });
  chain.append(
    svg("path", { d: "M5 5C14 23 30 23 39 5" }),
    svg("circle", { cx: 5, cy: 5, r: 4 }),
    svg("circle", { cx: 39, cy: 5, r: 4 }),
  );
  const buttons = (Object.keys(LANGUAGES) as Lang[]).map((lang) => {
    const chosen = lang === language();
    const button = el(
      "button",
      { type: "button", lang: lang === "zh" ? "zh-Hans" : "en", "aria-pressed": String(chosen) },
      LANGUAGES[lang],
    );
    button.addEventListener("click", () => {
      speak(lang);
      document
        .querySelector<HTMLElement>('.languages [aria-pressed="true"]')
        ?.focus({ preventScroll: true });
    });
    return button;
  });
  const choice = el(
    "div",
    { class: "languages", role: "group", "aria-label": t("Language") },
    ...buttons,
  );
  return el("div", { class: "banner" }, el("span", { class: "brand" }, chain, "catenary"), choice);
}

function heading(page: Page): HTMLElement {
  const [first, ...others] = (page.headline ?? []).map(text);
  return el(
    "header",
    {},
    el("h1", {}, text(page.title)),
    text(page.subtitle) !== "" && el("p", { class: "subtitle" }, text(page.subtitle)),
    first !== undefined && el("p", { class: "headline" }, first),
    ...others.map((sentence) => el("p", { class: "answer" }, sentence)),
    answers(page),
    details(page),
  );
}

/** A few short sentences for every world, side by side. */
function answers(page: Page): HTMLElement | null {
  const all = page.answers ?? [];
  if (all.length === 0) return null;
  const parts = all.map(({ name, sentences }) =>
    el(
      "div",
      {},
      text(name) !== "" && el("p", { class: "world-name" }, text(name)),
      ...sentences.map((sentence) => el("p", {}, text(sentence))),
    ),
  );
  return el("div", { class: "answers" }, ...parts);
}

function details(page: Page): HTMLElement | null {
  const all = (page.details ?? []).map(text).filter(Boolean);
  if (all.length === 0) return null;
  return el(
    "details",
    { class: "details" },
    el("summary", {}, t("The whole answer in words")),
    ...all.map((sentence) => el("p", {}, sentence)),
  );
}

function figureCards(figures: Figure[]): HTMLElement | null {
  if (figures.length === 0) return null;
  const cards = figures.map(({ label, value, unit, note }) =>
    el(
      "div",
      { class: "card" },
      el("dt", {}, text(label)),
      el(
        "dd",
        {},
        el("span", { class: "value" }, number(value, unit)),
        text(note) !== "" && el("small", {}, text(note)),
      ),
    ),
  );
  return el("dl", { class: "cards" }, ...cards);
}

/** Warnings that stand unfolded: those of the analysis come first, then those of its world. */
const SHOWN = 3;

function warnings(page: Page): HTMLElement | null {
  const told = (page.warnings ?? []).map(text).filter(Boolean);
  if (told.length === 0) return null;
  const title = el("h2", { id: "before-trusting" }, t("Before you trust this"));
  const list = (some: string[]) => el("ul", {}, ...some.map((one) => el("li", {}, one)));
  const rest = told.length > SHOWN + 1 ? told.slice(SHOWN) : [];
  const more = rest.length > 0 && [
    el(
      "details",
      { class: "fold" },
      el("summary", {}, t("{count} more", { count: rest.length })),
      list(rest),
    ),
  ];
  return el(
    "section",
    { class: "warnings", "aria-labelledby": "before-trusting" },
    title,
    list(told.slice(0, told.length - rest.length)),
    ...(more || []),
  );
}

/** Beside the text where there is room; folded above it where there is not. */
function contents(sections: Section[]): HTMLElement {
  const items = sections.map(({ id, title }) =>
    el("li", {}, el("a", { href: `#${id}` }, text(title))),
  );
  const list = el("ol", {}, ...items);
  const wide = typeof matchMedia === "undefined" || matchMedia("(min-width: 1180px)").matches;
  const fold = el("details", { open: wide }, el("summary", {}, t("Contents")), list);
  return el(
    "nav",
    { class: "contents", "aria-label": t("Contents"), hidden: items.length < 2 },
    fold,
  );
}

function footer(page: Page): HTMLElement | null {
  const words = (page.footer ?? []).map(text).filter(Boolean);
  return words.length > 0 ? el("footer", {}, ...words.map((line) => el("p", {}, line))) : null;
}
