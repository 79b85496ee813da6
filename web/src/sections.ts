/** Each kind of section with the code that draws it. A section that cannot be drawn says so; the others stand. */

import { barExtent, drawBars } from "./bars";
import { drawPath, extentOf } from "./chart";
import { union } from "./clock";
import { Choices, controls } from "./controls";
import type { Page, Pair, Section, Text } from "./document";
import { el } from "./dom";
import { caption, nothing } from "./frame";
import type { Shapes } from "./geometry";
import { t, text } from "./i18n";
import { drawMap, layerNames, sharedMost } from "./map";
import { drawPoints } from "./points";
import { drawSea } from "./sea";
import { drawTable } from "./table";
import { drawCode, drawWords } from "./words";

export interface Setting {
  places: Page["places"];
  shapes: Shapes;
  /** By id of the section; kept when the language changes. */
  choices: Map<string, Choices>;
}

export function drawSection(section: Section, setting: Setting): HTMLElement {
  const heading = el("h2", {}, text(section.title));
  const content = drawSafely(section, setting);
  const folded = "folded" in section && section.folded === true;
  const body = folded
    ? [el("details", { class: "fold" }, el("summary", {}, heading), content)]
    : [heading, content];
  const kind = `kind-${section.kind}${folded ? " folded" : ""}`;
  return el("section", { id: section.id, class: kind }, ...body);
}

export function drawSafely(section: Section, setting: Setting): HTMLElement {
  try {
    return draw(section, setting);
  } catch (problem) {
    return nothing(t("This part cannot be drawn: {why}", { why: String(problem) }));
  }
}

function draw(section: Section, setting: Setting): HTMLElement {
  switch (section.kind) {
    case "words":
      return drawWords(section);
    case "map":
      return drawMap(section, {
        ...setting,
        choices: choicesOf(section.id, section.days, setting),
      });
    case "sea":
      return drawSea(section, setting.shapes);
    case "points":
      return drawPoints(section);
    case "path":
      return drawPath(section);
    case "bars":
      return drawBars(section);
    case "table":
      return el(
        "div",
        {},
        caption(section.note),
        drawTable({ ...section, label: text(section.title) }),
      );
    case "code":
      return drawCode(section);
    case "pair":
      return drawPair(section, setting);
    default:
      return nothing(
        t("This part is of a kind that this page cannot draw: {kind}", {
          kind: String((section as Section).kind),
        }),
      );
  }
}

function choicesOf(id: string, days: number[] | undefined, { choices }: Setting): Choices {
  let chosen = choices.get(id);
  if (!chosen) choices.set(id, (chosen = new Choices(days ?? [])));
  chosen.forget();
  return chosen;
}

/** A side without a title of its own goes by its name, so that no two regions of the page are called the same. */
function named(part: Section, name: Text | undefined): Section {
  return text(part.title) ? part : { ...part, title: name ?? "" };
}

/** Two figures of a kind share scale, day and layer: only then can they be compared by eye. */
function drawPair(pair: Pair, setting: Setting): HTMLElement {
  const notes = pair.parts.map(({ note }) => text(note));
  const alike = notes[0] === notes[1];
  const [one, other] = pair.parts.map((part, index) =>
    named(alike ? { ...part, note: undefined } : part, pair.names?.[index]),
  ) as Pair["parts"];
  let above: HTMLElement | null = null;
  let drawn: HTMLElement[];
  if (one.kind === "map" && other.kind === "map") {
    const choices = choicesOf(pair.id, union([one.days, other.days]), setting);
    const most = sharedMost(one, other);
    const flows = [one, other].some(({ links }) => (links?.flow?.length ?? 0) > 0);
    above = controls(choices, layerNames([one, other]), flows);
    drawn = [one, other].map((part) =>
      drawMap(part, { ...setting, choices, shared: { most, leads: part === one } }),
    );
  } else if (one.kind === "path" && other.kind === "path") {
    const extent = extentOf([one, other]);
    drawn = [one, other].map((part) => drawPath(part, extent));
  } else if (one.kind === "bars" && other.kind === "bars") {
    const extent = barExtent([one, other]);
    drawn = [one, other].map((part) => drawBars(part, extent));
  } else {
    drawn = [one, other].map((part) => drawSafely(part, setting));
  }
  const sides = drawn.map((side, index) =>
    el(
      "div",
      { class: "side", id: pair.parts[index]!.id },
      el("h3", {}, text(pair.names?.[index])),
      side,
    ),
  );
  const said = alike ? caption(notes[0]) : null;
  return el("div", {}, caption(pair.note), said, above, el("div", { class: "sides" }, ...sides));
}
