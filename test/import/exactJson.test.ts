import fc from "fast-check";
import { expect, test } from "vitest";
import { parseExactJson } from "../../src/import/table/exactJson.js";
import { leastProcessorTime } from "../leastProcessorTime.js";

test("numbers that a JavaScript number holds, and all texts, are those of JSON.parse", () => {
  const quotesAndDigits = fc.string({
    unit: fc.constantFrom('"', "\\", "1", "12345678901234567", "e999", "é"),
  });
  const exact = (_: string, value: unknown) =>
    Number.isInteger(value) && !Number.isSafeInteger(value) ? 1 : value;
  const value = fc.jsonValue({ stringUnit: fc.constantFrom('"', "\\", "9007199254740993", "1e400", "x") });
  fc.assert(
    fc.property(value, quotesAndDigits, (json, text) => {
      const record = JSON.parse(JSON.stringify({ json, text, [text]: text }), exact);
      const written = JSON.stringify(record);
      expect(parseExactJson(written)).toEqual(JSON.parse(written));
      expect(parseExactJson(`{"big":12345678901234567890,"record":${written}}`)).toEqual({
        big: "12345678901234567890",
        record: JSON.parse(written),
      });
    }),
  );
});

test.each([
  ["9007199254740991", 9007199254740991],
  ["9007199254740993", "9007199254740993"],
  ["-9223372036854775808", "-9223372036854775808"],
  ["0.12345678901234567", Number("0.12345678901234567")],
  ["1234567890123456789.5", Number("1234567890123456789.5")],
  ["1e400", "1e400"],
  ["-1.5E+9999", "-1.5E+9999"],
  ["1e-400", 0],
  ["1e308", 1e308],
])("the number %s is read as %j", (written, read) => {
  expect(parseExactJson(`{"a":[${written}]}`)).toEqual({ a: [read] });
});

test("what is no JSON is refused, whether or not it has long numbers", () => {
  const starts = [
    '{"a":12345678901234567890,',
    "[12345678901234567890",
    '{"a":12345678901234567890,"b":"\\"',
  ];
  for (const text of [...starts, '{"a":1', '"\\']) expect(() => parseExactJson(text)).toThrow(SyntaxError);
});

test.each<[string, (length: number) => string]>([
  [
    "quotes that are escaped, and no end",
    (length) => `{"n":12345678901234567890,"text":"${'\\"'.repeat(length / 2)}`,
  ],
  ["backslashes, and no end", (length) => `{"n":12345678901234567890,"text":"${"\\".repeat(length)}`],
  ["digits", (length) => `{"n":${"1".repeat(length)}.`],
  ["strings", (length) => `[12345678901234567890${',"1"'.repeat(length / 4)}]`],
])("%s take time that grows with the length alone", (_, written) => {
  const processorTime = (length: number) => {
    const text = written(length);
    return leastProcessorTime(() => {
      try {
        parseExactJson(text);
      } catch (error) {
        expect(error).toBeInstanceOf(SyntaxError);
      }
    });
  };
  processorTime(80_000);
  // 16 times the length: 256 times as long if it were quadratic. (Collecting garbage makes 16 times into 30 at times.)
  expect(processorTime(1_280_000)).toBeLessThan(90 * Math.max(processorTime(80_000), 1_000));
});

test("a text of many megabytes beside a long number is read", () => {
  const text = "x".repeat(20_000_000);
  expect(parseExactJson(JSON.stringify({ text }).replace("{", '{"n":12345678901234567890,'))).toEqual({
    n: "12345678901234567890",
    text,
  });
});
