import fc from "fast-check";
import { expect, test } from "vitest";
import { isQuotedNumber, parseExactJson } from "../../src/import/table/exactJson.js";
import { expectLinearTime } from "../linearTime.js";

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
  ["0.1", 0.1],
  ["1.50", 1.5],
  ["-0.0", -0],
  ["0e999", 0],
  ["0.1234567890123456", 0.1234567890123456],
  ["0.12345678901234567", "0.12345678901234567"],
  ["0.12345678901234566", 0.12345678901234566],
  ["0.00000000000000000000000000000000012", 1.2e-34],
  ["1.00000000000000000000000000000", 1],
  ["1.00000000000000000000000000001", "1.00000000000000000000000000001"],
  ["1234567890123456789.5", "1234567890123456789.5"],
  ["9.007199254740993e15", "9.007199254740993e15"],
  ["1e21", 1e21],
  ["12.5E-1", 1.25],
  ["1e400", "1e400"],
  ["-1.5E+9999", "-1.5E+9999"],
  ["1e-400", "1e-400"],
  ["4.9e-324", "4.9e-324"],
  ["5e-324", 5e-324],
  ["1e308", 1e308],
])("the number %s is read as %j", (written, read) => {
  expect(parseExactJson(`{"a":[${written}]}`)).toEqual({ a: [read] });
});

test("what is read has the digits that were written, of numbers of every length", () => {
  const digits = fc.string({ unit: fc.constantFrom(..."0123456789"), minLength: 1, maxLength: 22 });
  const written = fc
    .tuple(
      fc.constantFrom("", "-"),
      digits.map((whole) => whole.replace(/^0+(?=.)/, "")),
      fc.option(digits, { nil: "" }).map((fraction) => (fraction === "" ? "" : `.${fraction}`)),
      fc.option(fc.integer({ min: -330, max: 330 }), { nil: 0 }).map((power) => (power ? `e${power}` : "")),
    )
    .map((parts) => parts.join(""));
  const exactly = (number: string) => {
    const [, sign, whole, fraction = "", power = "0"] = /^(-?)(\d+)(?:\.(\d+))?(?:e(.*))?$/.exec(number)!;
    return BigInt(`${sign}${whole}${fraction}`) * 10n ** BigInt(Number(power) - fraction.length + 400);
  };
  fc.assert(
    fc.property(
      fc.oneof(written, fc.double({ noNaN: true, noDefaultInfinity: true }).map(String)),
      (number) => {
        const [read] = parseExactJson(`[${number}]`) as [number | string];
        const rounded = Number(number);
        const isExact = Number.isFinite(rounded) && exactly(String(rounded)) === exactly(number);
        if (/[.e]/.test(number)) expect(read).toBe(isExact ? rounded : number);
        else expect(read).toBe(Number.isSafeInteger(rounded) ? rounded : number);
        expect(isQuotedNumber(number)).toBe(typeof read === "string");
      },
    ),
    { numRuns: 2000 },
  );
});

test("only the numbers of the vectors are rounded, if they are not too large", () => {
  const long = "0.1234567890123456789";
  const text = `{"a":${long},"v":[${long}, 1],"b":{"v":${long}},"c":"v","d":[${long}],"w":[${long}]}`;
  const read = { a: long, v: [Number(long), 1], b: { v: long }, c: "v", d: [long], w: [long] };
  const isV = (name: string) => name === "v";
  expect(parseExactJson(text, isV)).toEqual(read);
  expect(parseExactJson(text)).toEqual({ ...read, v: [long, 1] });
  expect(parseExactJson('{"v":[1e400,1]}', isV)).toEqual({ v: ["1e400", 1] });
  expect(parseExactJson(`{"v":[${long}`.concat(',1],"x":', long, "}"), isV)).toEqual({
    v: [Number(long), 1],
    x: long,
  });
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
])("%s take time that grows with the length alone", async (_, written) => {
  await expectLinearTime(written, 1_280_000, (text) => {
    try {
      parseExactJson(text);
    } catch (error) {
      expect(error).toBeInstanceOf(SyntaxError);
    }
  });
});

test("a text of many megabytes beside a long number is read", () => {
  const text = "x".repeat(20_000_000);
  expect(parseExactJson(JSON.stringify({ text }).replace("{", '{"n":12345678901234567890,'))).toEqual({
    n: "12345678901234567890",
    text,
  });
});
