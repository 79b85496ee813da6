/**
 * Colours. The scales run from light to dark, so that they are read without telling hues apart and
 * in print; change is orange against blue, which no common colour blindness confuses.
 */

import { interpolateRgbBasis } from "d3-interpolate";

export type Palette = "loss" | "change" | "amount";

const SHADES: Record<Palette, string[]> = {
  loss: ["#fdf1dc", "#f9d3a5", "#f0a36b", "#d8693f", "#ab3423", "#6b1518"],
  amount: ["#eef4f2", "#c3dde0", "#86bccb", "#4792ae", "#1f668c", "#10395f"],
  change: ["#8f3503", "#d0661c", "#f2b27a", "#f6f1e9", "#93bddb", "#3a7cb0", "#0f4272"],
};
const STEPS = 256;
const colours = Object.fromEntries(
  Object.entries(SHADES).map(([palette, shades]) => {
    const blend = interpolateRgbBasis(shades);
    return [palette, Array.from({ length: STEPS }, (_, step) => blend(step / (STEPS - 1)))];
  }),
) as Record<Palette, string[]>;

/** Lines: told apart by lightness and dash as well as by hue; each at least 4.5 : 1 on the page. */
export const LINES = [
  "#1b5e91",
  "#b8480c",
  "#2a7048",
  "#7d4a94",
  "#7a6100",
  "#49505a",
  "#a92c60",
  "#00707a",
];
export const DASHES = ["", "7 3", "2 3", "9 3 2 3", "", "7 3", "2 3", "9 3 2 3"];

export class Scale {
  readonly most: number;

  constructor(
    readonly palette: Palette,
    most: number,
  ) {
    this.most = Number.isFinite(most) && most > 0 ? most : 1;
  }

  get least(): number {
    return this.palette === "change" ? -this.most : 0;
  }

  /** Number of the shade, or -1 for a missing value: cheap to compare from day to day. */
  shade(value: number): number {
    if (!Number.isFinite(value)) return -1;
    const part = (value - this.least) / (this.most - this.least);
    return Math.round(Math.max(0, Math.min(1, part)) * (STEPS - 1));
  }

  colour(shade: number): string {
    return colours[this.palette][shade] ?? "none";
  }
}
