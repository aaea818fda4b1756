import { expect, test } from "vitest";
import { repeatedField } from "../../src/import/table/repeatedField.js";

test.each([
  ['{"a":1,"a":2}', "a"],
  ['{"a":1,"\\u0061":1}', "a"],
  ['{"a":{"b":1,"c":[{"d":1,"d" :2}]}}', "d"],
  ['[{"a":1},{"b":2,"b":3}]', "b"],
  ['{"__proto__":1,"__proto__":2}', "__proto__"],
  ['{"":1,"":2}', ""],
  ['{"a":1,"b":{"a":2},"c":[{"a":3},{"a":4}]}', undefined],
  ['{"a":"\\"a\\":1","b":"{\\"b\\":2,\\"b\\":3}"}', undefined],
  ['{"a":["a","a"],"b":"a"}', undefined],
  ['"a"', undefined],
  ["[1,[2]]", undefined],
])("the field that is repeated in %s", (json, name) => {
  expect(repeatedField(json, JSON.parse(json))).toBe(name);
});

test("at any depth", () => {
  const nested = (inner: string) => `${'{"a":['.repeat(5000)}${inner}${"]}".repeat(5000)}`;
  for (const [json, name] of [
    [nested("1"), undefined],
    [nested('{"b":1,"b":2}'), "b"],
  ] as const) {
    expect(repeatedField(json, JSON.parse(json))).toBe(name);
  }
});
