import fc from "fast-check";
import { expect, test } from "vitest";
import { Utf8Check } from "../../src/import/table/utf8Check.js";

/** The line that is reported if the bytes come in chunks that end at these places. */
function reported(bytes: Buffer, ends: number[]): number | null {
  const check = new Utf8Check();
  const places = [0, ...[...ends].sort((a, b) => a - b), bytes.length].map((end) =>
    Math.min(end, bytes.length),
  );
  for (let i = 1; i < places.length; i++) {
    const line = check.invalidLine(bytes.subarray(places[i - 1], places[i]));
    if (line !== null) return line;
  }
  return check.invalidLine(null);
}

/** The first line that a decoder refuses. */
function expected(bytes: Buffer): number | null {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const lines = bytes.toString("latin1").split("\n");
  const at = lines.findIndex((line) => {
    try {
      decoder.decode(Buffer.from(line, "latin1"));
      return false;
    } catch {
      return true;
    }
  });
  return at < 0 ? null : at + 1;
}

const parts = fc.oneof(
  fc.constantFrom("\n", "a", "é", "日", "🎉", "\ufeff").map((text) => Buffer.from(text)),
  fc
    .constantFrom([0xe9], [0xc3], [0xf0, 0x9f, 0x8e], [0x80], [0xff], [0xed, 0xa0, 0x80])
    .map((bytes) => Buffer.from(bytes)),
);

test("the line of the first byte that is not UTF-8 is found, wherever chunks end", () => {
  fc.assert(
    fc.property(
      fc.array(parts, { maxLength: 12 }),
      fc.array(fc.nat(30), { maxLength: 8 }),
      (content, ends) => {
        const bytes = Buffer.concat(content);
        expect(reported(bytes, ends)).toBe(expected(bytes));
      },
    ),
    { numRuns: 2000 },
  );
});
