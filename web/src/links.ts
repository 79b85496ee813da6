/** Flows as great circles on a canvas, because there may be 20,000. */

import type { Links } from "./document";
import { arc, isPlace, type View } from "./geometry";

const COLOUR = "27, 94, 145";
const WIDEST = 4;
const FAINTEST = 0.03;
const STRONGEST = 0.6;
const NOTED = 40; // Links that stand out, however many there are.
const MANY = 3000; // Links; so many need no finely bent arcs.

export function drawLinks(canvas: HTMLCanvasElement, links: Links, view: View): void {
  const dense = Math.min(2, globalThis.devicePixelRatio || 1);
  canvas.width = Math.round(view.width * dense);
  canvas.height = Math.round(view.height * dense);
  // Kept in memory, not on a graphics card: several times faster for thousands of thin strokes.
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) return;
  context.scale(dense, dense);
  context.lineCap = "round";
  const order = drawable(links);
  const most = links.flow[order[order.length - 1] ?? -1] ?? 0;
  const fineness = order.length > MANY ? 5 : 2;
  const fit = Math.max(0.5, Math.min(1, view.width / 800));
  order.forEach((link, rank) => {
    const strength = most > 0 ? links.flow[link]! / most : 0;
    const stronger = order.length - 1 - rank;
    const opacity = FAINTEST + (STRONGEST - FAINTEST) * (NOTED / (NOTED + stronger));
    context.lineWidth = thickness(strength) * fit;
    context.strokeStyle = `rgba(${COLOUR}, ${opacity.toFixed(3)})`;
    context.beginPath();
    for (const piece of arcOf(links, link, view, fineness)) trace(context, piece);
    context.stroke();
  });
}

/** The square root keeps small flows visible beside large ones. */
export function thickness(strength: number): number {
  return 0.4 + (WIDEST - 0.4) * Math.sqrt(strength);
}

/** Weakest first, so that the strong lie on top. */
export function drawable(links: Links): number[] {
  const known = (position: number | undefined) => {
    const end = links.ends[position ?? -1];
    return end !== undefined && isPlace(end.lon, end.lat);
  };
  return links.origin
    .map((_, link) => link)
    .filter((link) => known(links.origin[link]) && known(links.destination[link]))
    .filter((link) => links.origin[link] !== links.destination[link] && links.flow[link]! > 0)
    .sort((one, other) => links.flow[one]! - links.flow[other]!);
}

function arcOf(links: Links, link: number, view: View, degrees: number): number[][] {
  const from = links.ends[links.origin[link]!]!;
  const to = links.ends[links.destination[link]!]!;
  return arc(view, [from.lon, from.lat], [to.lon, to.lat], degrees);
}

function trace(context: CanvasRenderingContext2D, piece: number[]): void {
  context.moveTo(piece[0]!, piece[1]!);
  for (let i = 2; i < piece.length; i += 2) context.lineTo(piece[i]!, piece[i + 1]!);
}
