/**
 * What a page shows. Python (`catenary.report`) writes it as JSON, this code draws it: the one
 * contract between the two. Ids and numbers need no language; words come in both.
 */

export type Lang = "en" | "zh";
export type Text = string | Record<Lang, string>;

/**
 * Numbers by two axes, packed: base64 of zlib of little-endian uint16, row after row, each row but
 * the first as the difference (modulo 65536) to the row before. 65535 is missing; a value is
 * offset + scale × number.
 */
export interface Packed {
  shape: [number, number];
  scale: number;
  offset: number;
  data: string;
}

/** `share` is shown as a percentage, `day` as a number of days; any other is named as it is. */
export type Unit = string;

export interface Page {
  version: 1;
  /** Shown first; the reader can change it. */
  lang: Lang;
  title: Text;
  subtitle?: Text;
  /** The answer, in sentences; the first is the one to remember. */
  headline: Text[];
  /** Short answers under it, side by side: of each world, with its name where there are several. */
  answers?: { name: Text; sentences: Text[] }[];
  /** The whole answer, folded. */
  details?: Text[];
  /** What a reader should know before trusting it. */
  warnings: Text[];
  /** The few numbers that answer the question. */
  figures: Figure[];
  sections: Section[];
  /** Every place that a section names. */
  places: Record<string, Place>;
  footer: Text[];
}

export interface Figure {
  label: Text;
  value: number | null;
  unit: Unit;
  note?: Text;
}

export interface Place {
  name: Text;
  lon: number;
  lat: number;
  /** Id of its shape (ISO 3166-1 numeric, as in world-atlas); none: a dot. */
  shape?: string;
}

export type Section =
  Words | MapFigure | SeaFigure | PathFigure | Points | Bars | Table | Code | Pair;

interface Head {
  /** Unique in the page; also the anchor. */
  id: string;
  title: Text;
  /** Under the title: how to read it. */
  note?: Text;
}

export interface Words extends Head {
  kind: "words";
  paragraphs: Text[];
  /** Shown folded, so that the page stays short. */
  folded?: boolean;
}

export interface MapFigure extends Head {
  kind: "map";
  /** Text alternative: what a reader who cannot see the map should know. */
  alt: Text;
  unit: Unit;
  /** `loss`: 0 is nothing, more is worse; `change`: both sides of 0; `amount`: 0 is nothing. */
  palette: "loss" | "change" | "amount";
  /** The reader chooses one (all products, one product, …). */
  layers: MapLayer[];
  /** Days of the rows of the layers, for the slider; none: the layers have one row. */
  days?: number[];
  links?: Links;
  passages?: Passage[];
  ways?: Ways[];
  /** Regions of the result that cannot be drawn, and why. */
  missing: { name: Text; why: Text }[];
}

export interface MapLayer {
  name: Text;
  /** Places of the columns. */
  regions: string[];
  values: Packed;
  /** Value of the strongest colour. */
  most: number;
}

/** Columns of equal length, because there may be 20,000. */
export interface Links {
  /** Positions in `ends`. */
  origin: number[];
  destination: number[];
  flow: number[];
  ends: { name: Text; lon: number; lat: number }[];
  unit: Unit;
}

export interface Passage {
  name: Text;
  lon: number;
  lat: number;
  /** Share open, 0..1. */
  open: number;
}

/** Ways between regions that are closed, narrowed or take longer, of one cause. */
export interface Ways {
  name: Text;
  state: "closed" | "narrowed" | "longer";
  /** Longitude and latitude of both ends. */
  lines: [number, number, number, number][];
}

/** Ways over the sea, point by point, and places on them; drawn as near as they allow. */
export interface SeaFigure extends Head {
  kind: "sea";
  alt: Text;
  /** Drawn in this order: the last lies on top. */
  lines: SeaLine[];
  /** In the order in which they are told; the first are the first to get a label. */
  marks: SeaMark[];
  /** What the strokes mean. */
  key: { style: SeaLine["style"]; name: Text }[];
}

export interface SeaLine {
  /**
   * `best` and `after` are strong, `other` and `before` light; by load: `full`, `busy` or `free`; by
   * mode.
   */
  style:
    | "best"
    | "other"
    | "before"
    | "after"
    | "full"
    | "busy"
    | "free"
    | "sea"
    | "rail"
    | "waterway"
    | "road"
    | "air";
  legs: SeaLeg[];
}

export interface SeaLeg {
  name: Text;
  note?: Text;
  /** lon, lat, lon, lat …; longitudes go on beyond 180 where the way does. */
  points: number[];
}

export interface SeaMark {
  name: Text;
  note?: Text;
  kind: "end" | "passage" | "port" | "closed";
  lon: number;
  lat: number;
  /** In the list below the map, and on the map where the name has no room. */
  number?: number;
  /** Share of the largest, 0..1: the area of its disc; none: a dot. */
  size?: number;
  /** Filled dark: what is full, or chosen. */
  strong?: boolean;
}

/** Few things by two measures. */
export interface Points extends Head {
  kind: "points";
  alt: Text;
  x: { name: Text; unit: Unit };
  y: { name: Text; unit: Unit };
  rows: { name: Text; x: number; y: number; strong?: boolean; note?: Text }[];
}

export interface PathFigure extends Head {
  kind: "path";
  alt: Text;
  unit: Unit;
  days: number[];
  series: Series[];
  marks?: { day: number; text: Text }[];
}

export interface Series {
  name: Text;
  values: (number | null)[];
  /** Bands around it, widest first: a fan. */
  bands?: { low: (number | null)[]; high: (number | null)[]; name: Text }[];
}

export interface Bars extends Head {
  kind: "bars";
  alt: Text;
  unit: Unit;
  rows: { name: Text; value: number | null; low?: number; high?: number; note?: Text }[];
}

export interface Table extends Head {
  kind: "table";
  columns: Column[];
  /** Row after row; words in both languages where a cell has them. */
  rows: (Text | number | null)[][];
  /** Their sum, which stands below them however they are sorted. */
  total?: (Text | number | null)[];
  /** Rows of the whole table, where not all are here. */
  of?: number;
  /** Name of the file that the reader may save. */
  file: string;
  folded?: boolean;
}

export interface Column {
  name: Text;
  unit?: Unit;
  /** What it means. */
  about?: Text;
  /** Numbers stand to the right. */
  number: boolean;
}

export interface Code extends Head {
  kind: "code";
  language: "toml" | "console" | "python";
  text: string;
  folded?: boolean;
}

/** Two of a kind side by side, such as both sourcing bounds. */
export interface Pair extends Head {
  kind: "pair";
  names: [Text, Text];
  parts: [Section, Section];
}
