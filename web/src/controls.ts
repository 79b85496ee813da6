/** What the reader may choose on a map: layer, day, whether flows are shown. */

import { Clock } from "./clock";
import type { Text } from "./document";
import { el, svg } from "./dom";
import { dayName, t, text } from "./i18n";

/** Choices outlive a change of language, and the maps of a pair share them. */
export class Choices {
  layer = 0;
  flows = true;
  readonly clock: Clock;
  /** Set once the reader, or the most telling day, has moved the clock. */
  settled = false;
  private readonly listeners = new Set<() => void>();

  constructor(days: number[]) {
    this.clock = new Clock(days);
  }

  listen(listener: () => void): void {
    this.listeners.add(listener);
  }

  changed(): void {
    for (const listener of this.listeners) listener();
  }

  forget(): void {
    this.listeners.clear();
    this.clock.forget();
  }
}

export function controls(choices: Choices, layers: Text[], hasFlows: boolean): HTMLElement | null {
  const parts = [
    layers.length > 1 && layerChoice(choices, layers),
    hasFlows && flowChoice(choices),
    choices.clock.days.length > 1 && daySlider(choices),
  ].filter((part) => part !== false);
  return parts.length > 0 ? el("div", { class: "controls" }, ...parts) : null;
}

function layerChoice(choices: Choices, layers: Text[]): HTMLElement {
  const select = el("select");
  layers.forEach((name, index) => {
    select.append(el("option", { value: index, selected: index === choices.layer }, text(name)));
  });
  const printed = el("span", { class: "printed" }, text(layers[choices.layer]));
  select.addEventListener("change", () => {
    choices.layer = Number(select.value);
    printed.textContent = text(layers[choices.layer]);
    choices.changed();
  });
  return el("label", { class: "layer" }, el("span", {}, t("Show")), select, printed);
}

function flowChoice(choices: Choices): HTMLElement {
  const box = el("input", { type: "checkbox", checked: choices.flows });
  box.addEventListener("change", () => {
    choices.flows = box.checked;
    choices.changed();
  });
  return el("label", { class: "flows" }, box, t("Flows"));
}

function daySlider(choices: Choices): HTMLElement {
  const { clock } = choices;
  const slider = el("input", {
    type: "range",
    min: 0,
    max: clock.days.length - 1,
    step: 1,
    value: clock.position,
    "aria-label": t("Day"),
  });
  const shown = el("output", { class: "day", "aria-hidden": "true" });
  const button = playButton(choices);
  slider.addEventListener("input", () => {
    choices.settled = true;
    if (clock.playing) clock.pause();
    clock.move(Number(slider.value));
  });
  clock.listen((day) => {
    slider.value = String(clock.position);
    slider.setAttribute("aria-valuetext", dayName(day));
    shown.textContent = dayName(day);
  });
  return el("div", { class: "days" }, button, slider, shown);
}

function playButton({ clock }: Choices): HTMLElement {
  const path = svg("path", {});
  const button = el(
    "button",
    { type: "button", class: "play" },
    svg("svg", { width: 16, height: 16, viewBox: "0 0 16 16", "aria-hidden": "true" }, path),
  );
  button.addEventListener("click", () => (clock.playing ? clock.pause() : clock.play()));
  let showing: boolean | undefined;
  clock.listen(() => {
    if (showing === clock.playing) return;
    showing = clock.playing;
    path.setAttribute("d", showing ? "M3 2h4v12H3zM9 2h4v12H9z" : "M4 2l10 6-10 6z");
    button.setAttribute("aria-label", showing ? t("Pause") : t("Play day by day"));
  });
  return button;
}
