import fc from "fast-check";
import { expect, test } from "vitest";
import { rowOrder } from "../../src/database/postgres/loading/rowOrder.js";

const key = fc.oneof(fc.nat(3), fc.integer({ min: 0, max: 2 ** 32 - 1 }));

test("property: rows are ordered by both keys, and keep their order where these are equal", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(key, key), { maxLength: 60 }), (keys) => {
      const expected = keys
        .map(([first, second], row) => ({ first, second, row }))
        .sort((a, b) => a.first - b.first || a.second - b.second || a.row - b.row)
        .map(({ row }) => row);
      const order = rowOrder(
        Uint32Array.from(keys, ([first]) => first),
        Uint32Array.from(keys, ([, second]) => second),
      );
      expect([...order]).toEqual(expected);
    }),
  );
});
