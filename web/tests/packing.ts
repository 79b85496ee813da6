import { deflateSync } from "node:zlib";
import type { Packed } from "../src/document";

/** As Python packs: differences to the row above, 65535 for missing. */
export function pack(rows: (number | null)[][], scale = 0.001, offset = 0): Packed {
  const columns = rows[0]?.length ?? 0;
  const numbers = rows
    .flat()
    .map((value) => (value === null ? 65535 : Math.round((value - offset) / scale)));
  const bytes = Buffer.alloc(2 * numbers.length);
  numbers.forEach((value, at) => {
    const above = at < columns ? 0 : numbers[at - columns]!;
    bytes.writeUInt16LE((value - above + 65536) % 65536, 2 * at);
  });
  return {
    shape: [rows.length, columns],
    scale,
    offset,
    data: deflateSync(bytes).toString("base64"),
  };
}
