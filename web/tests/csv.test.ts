import { describe, expect, test } from "vitest";
import { csv } from "../src/csv";
import { setLanguage } from "../src/i18n";
import { file } from "../src/table";

describe("CSV", () => {
  test("begins with a BOM and ends each row with CRLF", () => {
    expect(
      csv([
        ["名称", 1],
        ["甲", null],
      ]),
    ).toBe("\ufeff名称,1\r\n甲,\r\n");
  });

  test("quotes what would end a field", () => {
    expect(csv([['a "b"', "c,d", "e\nf"]])).toBe('\ufeff"a ""b""","c,d","e\nf"\r\n');
  });

  test("takes words that look like formulas for words, and leaves numbers", () => {
    expect(csv([["=1+1", "+1", "-1", "@x", "\tx", -1]])).toBe(
      "\ufeff'=1+1,'+1,'-1,'@x,'\tx,-1\r\n",
    );
    expect(csv([['=HYPERLINK("x")']])).toBe('\ufeff"\'=HYPERLINK(""x"")"\r\n');
  });

  test("leaves out what is no number", () => {
    expect(csv([[NaN, Infinity, undefined, 0]])).toBe("\ufeff,,,0\r\n");
  });

  test("of a table is in the language of the reader, with units, and numbers as they are", () => {
    setLanguage("zh");
    const columns = [
      { name: { en: "Place", zh: "地区" }, number: false },
      { name: { en: "Loss", zh: "损失" }, unit: "share", number: true },
    ];
    const rows = [[{ en: "Japan", zh: "日本" }, 0.25], [{ en: "=cmd", zh: "=cmd" }]];
    expect(file({ columns, rows, file: "x.csv", label: "" } as never)).toBe(
      "\ufeff地区,损失 (share)\r\n日本,0.25\r\n'=cmd,\r\n",
    );
    setLanguage("en");
  });
});
