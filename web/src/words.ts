/** Paragraphs, and text to copy. */

import type { Code, Words } from "./document";
import { el } from "./dom";
import { caption } from "./frame";
import { t, text } from "./i18n";

export function drawWords({ note, paragraphs }: Words): HTMLElement {
  const words = (paragraphs ?? []).map((paragraph) => el("p", {}, text(paragraph)));
  return el("div", { class: "words" }, caption(note), ...words);
}

const SAID_FOR = 2000; // Milliseconds.

export function drawCode({ note, language, text: code, title }: Code): HTMLElement {
  const block = el(
    "pre",
    { tabindex: 0, role: "region", "aria-label": text(title) },
    el("code", {}, ...tokens(code ?? "", language)),
  );
  const button = el("button", { type: "button", class: "copy" }, t("Copy"));
  button.addEventListener("click", async () => {
    button.textContent = (await copied(block, code)) ? t("Copied") : t("Press Ctrl+C to copy");
    setTimeout(() => (button.textContent = t("Copy")), SAID_FOR);
  });
  return el("div", {}, caption(note), el("div", { class: "code" }, button, block));
}

/** Where the browser refuses its clipboard, the text is selected for the reader to copy. */
async function copied(block: HTMLElement, code: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(code);
    return true;
  } catch {
    getSelection()?.selectAllChildren(block);
    return false;
  }
}

/** Comments step back and headings step forward; no more is needed to read TOML or a console. */
function tokens(code: string, language: Code["language"]): (Node | string)[] {
  const strong =
    language === "toml"
      ? /^\s*\[.*\]\s*$/
      : language === "console"
        ? /^\$ /
        : /^(?:from|import|def) /;
  return code.split("\n").flatMap((row, index) => {
    const kind = /^\s*#/.test(row) ? "comment" : strong.test(row) ? "strong" : "";
    const words = kind ? el("span", { class: kind }, row) : row;
    return index === 0 ? [words] : ["\n", words];
  });
}
