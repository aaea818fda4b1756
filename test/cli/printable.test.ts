import fc from "fast-check";
import stringWidth from "string-width";
import { describe, expect, test } from "vitest";
import { printable, quoted, shortened } from "../../src/cli/output/printable.js";
import { obeyed } from "./obeyedByTerminals.js";

const texts = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: "binary" }),
  fc
    .array(
      fc.constantFrom("\u001b[31m", "\n", "\r", "\u202e", "猫", "🐈‍⬛", "é", "e\u0301", "שלום", "\0", "a"),
    )
    .map((all) => all.join("")),
);

describe("texts of any kind", () => {
  test("take at most the width, hold nothing that a terminal obeys, and are unchanged where they fit", () => {
    fc.assert(
      fc.property(texts, fc.integer({ min: 3, max: 40 }), (text, width) => {
        for (const printed of [shortened(text, width), quoted(text, width)]) {
          expect(stringWidth(printed)).toBeLessThanOrEqual(width);
          expect(printed).not.toMatch(obeyed);
        }
        if (stringWidth(printable(text)) <= width && text.length <= width) {
          expect(shortened(text, width)).toBe(printable(text));
        }
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ["exactly as wide", "abcdef", "abcdef"],
    ["one column wider", "abcdefg", "abcde…"],
    ["of wide characters", "猫猫猫猫", "猫猫…"],
    ["with an escape that does not fit", "abcd\u001bx", "abcd…"],
    ["with a composed character at the end", "abcde\u0301fg", "abcde\u0301…"],
    ["empty", "", ""],
    ["of characters without width", "\u0301".repeat(1000), `${"\u0301".repeat(96)}…`],
  ])("a text %s", (_, text, printed) => {
    expect(shortened(text, 6)).toBe(printed);
  });

  test.each(["\ufeff", "\u200b", "\u00ad", "\u2060", "\u180e", "\ufff9"])(
    "the invisible character %j is escaped",
    (character) => {
      const code = character.charCodeAt(0).toString(16).padStart(4, "0");
      expect(printable(`a${character}b`)).toBe(`a\\u${code}b`);
      expect(quoted(`a${character}b`, 20)).toBe(`"a\\u${code}b"`);
    },
  );

  test("a megabyte is cut without being looked at", () => {
    const text = `line\n${"x".repeat(1_000_000)}`;
    expect(quoted(text, 20)).toBe('"line\\nxxxxxxxxxxx…"');
  });
});
