/** Numbers by two axes, as Python packs them (see `Packed` in document.ts). */

import type { Packed } from "./document";

export class PackedError extends Error {}

export const NOTHING = 65535;

/** Kept as the 16-bit numbers they came in: 365 days × 190 regions × 30 layers are 4 MB. */
export class Grid {
  constructor(
    readonly rows: number,
    readonly columns: number,
    private readonly numbers: Uint16Array,
    private readonly scale: number,
    private readonly offset: number,
  ) {}

  /** NaN where the value is missing or there is no such row. */
  at(row: number, column: number): number {
    if (row < 0 || row >= this.rows || column < 0 || column >= this.columns) return NaN;
    const packed = this.numbers[row * this.columns + column];
    return packed === undefined || packed === NOTHING ? NaN : this.offset + this.scale * packed;
  }

  column(column: number): number[] {
    return Array.from({ length: this.rows }, (_, row) => this.at(row, column));
  }

  get hasMissing(): boolean {
    return this.numbers.includes(NOTHING);
  }

  /** The row with the most of it all: the day that says most. */
  strongestRow(): number {
    let strongest = 0;
    let most = -Infinity;
    for (let row = 0; row < this.rows; row++) {
      let sum = 0;
      for (let column = 0; column < this.columns; column++) {
        const value = this.at(row, column);
        if (Number.isFinite(value)) sum += value * value; // few deep losses before many slight ones
      }
      if (sum > most) [strongest, most] = [row, sum];
    }
    return strongest;
  }
}

const unpacked = new WeakMap<Packed, Promise<Grid>>();

export function unpack(packed: Packed): Promise<Grid> {
  let grid = unpacked.get(packed);
  if (!grid) unpacked.set(packed, (grid = read(packed)));
  return grid;
}

async function read(packed: Packed): Promise<Grid> {
  const [rows, columns] = packed.shape ?? [];
  if (!isCount(rows) || !isCount(columns)) throw new PackedError(`shape ${rows} × ${columns}`);
  if (rows * columns === 0) return new Grid(rows, columns, new Uint16Array(), 1, 0);
  const bytes = await inflated(packed.data);
  if (bytes.length !== 2 * rows * columns) {
    throw new PackedError(`${bytes.length} bytes for ${rows} × ${columns} numbers`);
  }
  return new Grid(rows, columns, summed(bytes, columns), packed.scale, packed.offset);
}

const isCount = (size: unknown): size is number => Number.isInteger(size) && (size as number) >= 0;

async function inflated(base64: string): Promise<Uint8Array> {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const stream = new DecompressionStream("deflate");
  const writer = stream.writable.getWriter();
  // What is wrong with the bytes is told by the reader too; here it must only not go unhandled.
  writer
    .write(bytes)
    .then(() => writer.close())
    .catch(() => undefined);
  const chunks: Uint8Array[] = [];
  const reader = stream.readable.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read())
    chunks.push(part.value);
  return joined(chunks);
}

function joined(chunks: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(chunks.reduce((size, chunk) => size + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

/** Little-endian pairs of bytes, each row added to the one above it; Uint16Array wraps by itself. */
function summed(bytes: Uint8Array, columns: number): Uint16Array {
  const numbers = new Uint16Array(bytes.length / 2);
  for (let i = 0; i < numbers.length; i++) {
    const difference = bytes[2 * i]! | (bytes[2 * i + 1]! << 8);
    numbers[i] = i < columns ? difference : numbers[i - columns]! + difference;
  }
  return numbers;
}
