import fc from "fast-check";
import { expect, test } from "vitest";
import { pythonAsJson } from "../../src/import/traces/pythonLiteral.js";
import { expectLinearTime } from "../linearTime.js";
import { printedByPython } from "./printedByPython.js";

test("what Python prints of lists, dicts, strings, numbers and constants is read as it is", () => {
  const unit = fc.constantFrom(
    "'",
    '"',
    "\\",
    "\n",
    "\t",
    "\0",
    "a",
    "é",
    "猫",
    "🐈",
    "\u2028",
    "\u00a0",
    "{",
    "]",
    ",",
  );
  const value = fc.jsonValue({ stringUnit: unit }).map((each) => JSON.parse(JSON.stringify(each)));
  fc.assert(
    fc.property(fc.oneof(fc.array(value), fc.dictionary(fc.string({ unit }), value)), (given) => {
      expect(JSON.parse(pythonAsJson(printedByPython(given))!)).toEqual(given);
    }),
    { numRuns: 1000 },
  );
});

test.each([
  ["(1, 'a')", [1, "a"]],
  ["(1,)", [1]],
  ["[(), {}, []]", [[], {}, []]],
  ["{'a': None, \"it's\": True, 'f': False}", { a: null, "it's": true, f: false }],
  ["[1e-07, -2.5, 1e+16]", [1e-7, -2.5, 1e16]],
  ["['\\x00\\u2028\\U0001f408']", ["\0\u2028🐈"]],
])("%s", (text, value) => {
  expect(JSON.parse(pythonAsJson(text)!)).toEqual(value);
});

test.each([
  "array([1.0])",
  "[array([1.0, 2.0], dtype=float32)]",
  "[ 0.5 -1. ]",
  "[nan]",
  "[0.1, ..., 0.3]",
  "[np.float32(0.1)]",
  "['a",
  "['a\\q']",
  "[b'a']",
  "[1, 2",
  "[1)",
  "{1, 2}]",
  "[1 2 3]",
  "[[1] [2]]",
  "['a' 'b']",
  "{'x': 1 2}",
  "(1, 2) 3",
])("%s is not read", (text) => {
  expect(pythonAsJson(text)).toBeNull();
});

test.each(["['", "[\\", "'\\'", "(", "1 ", "['a', ", "'a\\"])(
  "%j, again and again, takes time that grows with the length alone",
  async (part) => {
    await expectLinearTime((length) => part.repeat(length / part.length), 1_280_000, pythonAsJson);
  },
);
