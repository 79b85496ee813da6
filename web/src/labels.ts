/** Names on a map where there is room: none over another, over a mark or over the edge. */

export interface Wish {
  x: number;
  y: number;
  /** Radius of the mark that is named. */
  radius: number;
  /** What to write, from the longest to the shortest. */
  words: string[];
}

export interface Label {
  words: string;
  /** Where the words begin, end or have their middle, and their base line. */
  x: number;
  y: number;
  anchor: "start" | "middle" | "end";
  box: Box;
  /** From the mark, where the label stands far from it. */
  leader: [number, number, number, number] | null;
}

export interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

interface Around {
  taken: Box[];
  leaders: [number, number, number, number][];
  size: { width: number; height: number };
  lines: [number, number][];
  /** Where the other marks are: a label nearer to one of them would seem to be its name. */
  others: [number, number][];
}

const HEIGHT = 15;
const NEAR = 5;
const STEPS = [NEAR, 13, 24, 38, 56, 78];
const ANGLES = Array.from({ length: 16 }, (_, step) => (step * Math.PI) / 8);

let ruler: CanvasRenderingContext2D | null | undefined;

/** As the strongest of our labels; where nothing can be measured, rather too wide. */
export function wordsWidth(words: string): number {
  if (ruler === undefined) {
    ruler = document.createElement("canvas").getContext("2d");
    if (ruler) ruler.font = `650 12.5px ${getComputedStyle(document.body).fontFamily}`;
  }
  if (ruler) return ruler.measureText(words).width + 4;
  return [...words].reduce((width, letter) => width + (letter > "\u2e80" ? 13 : 7), 0) + 4;
}

/** One label or none for each wish, in their order; fewer letters where there is less room. */
export function placeLabels(
  wishes: Wish[],
  size: { width: number; height: number },
  lines: [number, number][],
): (Label | null)[] {
  const marks: [number, number][] = wishes.map(({ x, y }) => [x, y]);
  const taken: Box[] = wishes.map(({ x, y, radius }) => around(x, y, radius + 1));
  const leaders: [number, number, number, number][] = [];
  return wishes.map((wish, own) => {
    const others = marks.filter((_, index) => index !== own);
    const label = best(wish, own, { taken, leaders, size, lines, others });
    if (label) {
      taken.push(label.box);
      if (label.leader) leaders.push(label.leader);
    }
    return label;
  });
}

function best(
  wish: Wish,
  own: number,
  { taken, leaders, size, lines, others }: Around,
): Label | null {
  for (const words of wish.words) {
    let [found, least]: [Label | null, number] = [null, Infinity];
    for (const step of STEPS) {
      for (const angle of ANGLES) {
        const label = at(wish, words, wish.radius + step, angle);
        const { box, leader } = label;
        if (box.left < 2 || box.top < 5) continue; // Chinese letters stand higher
        if (box.right > size.width - 2 || box.bottom > size.height - 4) continue;
        if (taken.some((other, index) => index !== own && meet(box, other))) continue;
        if (leader && taken.some((other, index) => index !== own && cuts(leader, other))) continue;
        if (leaders.some((other) => cuts(other, box))) continue;
        const hidden = lines.filter(([x, y]) => inside(x, y, box)).length;
        const mine = distance(wish.x, wish.y, box);
        const claimed = others.filter(([x, y]) => distance(x, y, box) < mine + 3).length;
        const cost = step + 6 * hidden + 30 * claimed + 2 * Math.abs(Math.sin(angle));
        if (cost < least) [found, least] = [label, cost];
      }
    }
    if (found) return found;
  }
  return null;
}

function at({ x, y, radius }: Wish, words: string, far: number, angle: number): Label {
  const width = wordsWidth(words);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [px, py] = [x + far * cos, y + far * sin];
  const anchor = Math.abs(cos) < 0.3 ? "middle" : cos > 0 ? "start" : "end";
  const left = { start: px, middle: px - width / 2, end: px - width }[anchor];
  const top = py - HEIGHT / 2 + (sin * HEIGHT) / 2;
  const box = { left, right: left + width, top, bottom: top + HEIGHT };
  const leader: Label["leader"] =
    far - radius > NEAR + 4
      ? [x + radius * cos, y + radius * sin, px - 2 * cos, py - 2 * sin]
      : null;
  const inset = { start: 2, middle: 0, end: -2 }[anchor];
  return { words, x: px + inset, y: top + 11.5, anchor, box, leader };
}

const around = (x: number, y: number, radius: number): Box => ({
  left: x - radius,
  right: x + radius,
  top: y - radius,
  bottom: y + radius,
});

export const meet = (one: Box, other: Box): boolean =>
  one.left < other.right &&
  other.left < one.right &&
  one.top < other.bottom &&
  other.top < one.bottom;

const inside = (x: number, y: number, box: Box): boolean =>
  x > box.left && x < box.right && y > box.top && y < box.bottom;

const distance = (x: number, y: number, box: Box): number =>
  Math.hypot(Math.max(box.left - x, 0, x - box.right), Math.max(box.top - y, 0, y - box.bottom));

function cuts([x1, y1, x2, y2]: [number, number, number, number], box: Box): boolean {
  const parts = Math.ceil(Math.hypot(x2 - x1, y2 - y1) / 3);
  for (let part = 0; part <= parts; part++) {
    const share = parts === 0 ? 0 : part / parts;
    if (inside(x1 + share * (x2 - x1), y1 + share * (y2 - y1), box)) return true;
  }
  return false;
}
