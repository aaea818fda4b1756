import fc from "fast-check";
import { expect, test } from "vitest";
import { shortenedText } from "../../src/runtime/shortenedText.js";

test("a text is cut to a length, and never within a character", () => {
  expect(shortenedText("🐈🐈", 4)).toBe("🐈🐈");
  expect(shortenedText("🐈🐈", 3)).toBe("🐈…");
  expect(shortenedText("🐈🐈", 2)).toBe("…");
  expect(shortenedText("abc", 2)).toBe("a…");
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.integer({ min: 1, max: 12 }), (text, longest) => {
      const short = shortenedText(text, longest);
      expect(short.length).toBeLessThanOrEqual(longest);
      expect(short.isWellFormed()).toBe(true);
      expect(text.startsWith(short.endsWith("…") && short !== text ? short.slice(0, -1) : short)).toBe(true);
    }),
    { seed: 1 },
  );
});
