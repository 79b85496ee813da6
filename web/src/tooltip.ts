/** One tooltip for the page. What it says is also in the live line under the figure, so it is hidden from readers. */

import { el } from "./dom";

let tip: HTMLElement | null = null;

export function showTip(x: number, y: number, ...content: (Node | string)[]): void {
  if (!tip?.isConnected) {
    tip = el("div", { class: "tip", "aria-hidden": "true" });
    document.body.append(tip);
  }
  tip.replaceChildren(...content);
  tip.hidden = false;
  const { width, height } = tip.getBoundingClientRect();
  const left = x + 16 + width > innerWidth ? x - 16 - width : x + 16;
  const top = y + 16 + height > innerHeight ? y - 12 - height : y + 16;
  tip.style.left = `${Math.max(4, left)}px`;
  tip.style.top = `${Math.max(4, top)}px`;
}

export function hideTip(): void {
  if (tip) tip.hidden = true;
}
