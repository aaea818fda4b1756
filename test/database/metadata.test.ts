import fc from "fast-check";
import { expect, test } from "vitest";
import { metadataText } from "../../src/database/recording/metadata.js";

const text = fc.string({ unit: "binary", maxLength: 10 }).filter((t) => !t.includes("\0"));

/** Every JSON value but those whose texts databases cannot store, of at most 9 levels. */
const json = fc.letrec<{ value: unknown; object: object }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 8, withCrossShrink: true },
    fc.constantFrom(null, true, false),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    text,
    fc.array(tie("value"), { maxLength: 4 }),
    tie("object"),
  ),
  object: fc.dictionary(fc.oneof(text, fc.constantFrom("__proto__", "10", "9", "")), tie("value"), {
    maxKeys: 5,
  }),
}));

/** The same value with the names of every object in another order. */
function reordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reordered);
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value).map(([name, part]) => [name, reordered(part)]);
  return Object.fromEntries(fields.toReversed());
}

test("property: metadata is read as it was given, and equal metadata has equal texts", () => {
  fc.assert(
    fc.property(json.object, (given) => {
      const written = metadataText(given);
      expect(typeof written).toBe("string");
      expect(JSON.parse(written as string)).toEqual(JSON.parse(JSON.stringify(given)));
      expect(metadataText(reordered(given))).toBe(written);
      expect(metadataText(JSON.parse(written as string))).toBe(written);
    }),
    { numRuns: 500 },
  );
});

test("names are sorted by their UTF-16 code units, as RFC 8785 requires", () => {
  // From section 3.2.3 of the RFC.
  const given = { "\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\ud83d\ude00": 5, "\u0080": 6, "\u00f6": 7 };
  expect(metadataText(given)).toBe(
    '{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\ud83d\ude00":5,"\ufb33":3}',
  );
});

const nested = (levels: number): unknown => (levels === 1 ? {} : { a: nested(levels - 1) });
/** Takes this number of bytes: {"a":"…"}. */
const ofBytes = (bytes: number) => ({ a: "x".repeat(bytes - 8) });

test("the limits: 16,000 bytes, 20 levels", () => {
  expect(metadataText(ofBytes(16_000))).toHaveLength(16_000);
  expect(metadataText(ofBytes(16_001))).toMatchObject({
    path: [],
    message: expect.stringContaining("16001"),
  });
  expect(metadataText({ a: "é".repeat(7_996) })).toHaveLength(8_004);
  expect(metadataText({ a: "é".repeat(7_997) })).toMatchObject({ message: expect.stringContaining("16002") });
  expect(typeof metadataText(nested(20))).toBe("string");
  expect(metadataText(nested(21))).toEqual({
    path: Array(20).fill("a"),
    message: "must not be deeper: at most 20 objects and lists may be inside each other.",
    value: "{…}",
  });
});

test("a structure that is far too deep is refused without exhausting the stack", () => {
  let deep: unknown = [];
  for (let level = 0; level < 1_000_000; level++) deep = [deep];
  expect(metadataText({ deep })).toMatchObject({ path: ["deep", ...Array(19).fill("0")], value: "[…]" });
});

test.each([
  ["a list", [], [], "must be an object."],
  ["null", null, [], "must be an object."],
  ["a date", { at: new Date(0) }, ["at"], "must be a value that JSON can hold."],
  ["a bigint", { n: [1n] }, ["n", "0"], "must be a value that JSON can hold."],
  ["NaN", { n: Number.NaN }, ["n"], "must be a finite number: JSON has no other."],
  ["U+0000", { a: "x\0" }, ["a"], "must not hold U+0000."],
  ["U+0000 in a name", { a: { "x\0": 1 } }, ["a", "x\0"], "must not hold U+0000."],
  ["a lone surrogate", { a: ["\ud83d"] }, ["a", "0"], "must not hold half of a surrogate pair."],
  ["a lone surrogate in a name", { "\ude00": 1 }, ["\ude00"], "must not hold half of a surrogate pair."],
])("%s is refused, with the place", (_, given, path, message) => {
  expect(metadataText(given)).toMatchObject({ path, message });
});

test("a name of any length is shortened in the path", () => {
  expect(metadataText({ ["x".repeat(1e6)]: Number.NaN })).toMatchObject({ path: [`${"x".repeat(99)}…`] });
});
