import { describe, expect, test } from "vitest";
import { PackedError, unpack } from "../src/packed";
import { pack } from "./packing";

describe("packed numbers", () => {
  test("come back as they went in, falling and missing ones too", async () => {
    const rows = [
      [0, 0.5, null],
      [0.25, null, 65.5],
      [0.1, 0.2, 0],
    ];
    const grid = await unpack(pack(rows));
    rows.forEach((row, day) =>
      row.forEach((value, column) => {
        if (value === null) expect(grid.at(day, column)).toBeNaN();
        else expect(grid.at(day, column)).toBeCloseTo(value, 6);
      }),
    );
    expect(grid.hasMissing).toBe(true);
    expect(grid.column(0)).toHaveLength(3);
  });

  test("have offset and scale", async () => {
    const grid = await unpack(pack([[-40, 12]], 0.5, -50));
    expect([grid.at(0, 0), grid.at(0, 1)]).toEqual([-40, 12]);
  });

  test("are missing outside of the grid", async () => {
    const grid = await unpack(pack([[1]]));
    for (const [row, column] of [
      [-1, 0],
      [1, 0],
      [0, 1],
      [0, -1],
    ])
      expect(grid.at(row!, column!)).toBeNaN();
  });

  test("may be none", async () => {
    const grid = await unpack(pack([]));
    expect([grid.rows, grid.columns, grid.strongestRow(), grid.hasMissing]).toEqual([
      0,
      0,
      0,
      false,
    ]);
  });

  test("tell the day on which there is most, on either side of nothing", async () => {
    const grid = await unpack(
      pack(
        [
          [0.1, 0.1],
          [-0.3, null],
          [0.1, 0.15],
        ],
        0.001,
        -1,
      ),
    );
    expect(grid.strongestRow()).toBe(1);
  });

  test.each([
    ["not base64", { shape: [1, 1], scale: 1, offset: 0, data: "%%" }],
    ["not deflated", { shape: [1, 1], scale: 1, offset: 0, data: "AAAA" }],
    ["of another shape", { ...pack([[1, 2]]), shape: [3, 3] }],
    ["of no shape", { ...pack([[1, 2]]), shape: [NaN, 1] }],
    ["cut off", { ...pack([[1, 2]]), data: pack([[1, 2]]).data.slice(0, 8) }],
  ])("are refused where they are %s", async (_, packed) => {
    await expect(unpack(packed as never)).rejects.toThrow();
  });

  test("are refused by name where the shape is another", async () => {
    await expect(unpack({ ...pack([[1, 2]]), shape: [3, 3] })).rejects.toThrow(PackedError);
  });
});
