import fc from "fast-check";
import { expect, test } from "vitest";
import { positionOf, type RowOrder } from "../../src/resolvers/pagination/rowOrder.js";
import { rowsInMemory } from "../../src/resolvers/pagination/rowsInMemory.js";

interface Row {
  size: number;
  label: number;
}
const order: RowOrder<Row> = {
  order: "rows",
  orderBy: [
    { kind: "integer", descending: true, value: ({ size }) => size },
    { kind: "integer", value: ({ label }) => label },
  ],
};
const isBefore = (p: Row, q: Row) => p.size > q.size || (p.size === q.size && p.label < q.label);
const row = fc.record({ size: fc.integer({ min: 0, max: 4 }), label: fc.integer({ min: 0, max: 6 }) });

test("a range has the rows between two positions, whether rows are at these or not, from either end", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(row, { selector: ({ size, label }) => 10 * size + label }),
      fc.record({
        after: fc.option(row),
        before: fc.option(row),
        limit: fc.integer({ min: 0, max: 12 }),
        fromEnd: fc.boolean(),
        inclusive: fc.boolean(),
      }),
      async (rows, { after, before, limit, fromEnd, inclusive }) => {
        const sorted = rows.toSorted((p, q) => (isBefore(p, q) ? -1 : 1));
        const source = rowsInMemory(order, sorted.length, (place) => sorted[place]);
        const isWithin = (each: Row) =>
          (after === null || isBefore(after, each) || (inclusive && !isBefore(each, after))) &&
          (before === null || isBefore(each, before) || (inclusive && !isBefore(before, each)));
        const between = sorted.filter(isWithin);
        const position = (given: Row | null) => given && positionOf(order, given);
        expect(
          await source.rows({
            ...{ limit, fromEnd, inclusive, after: position(after), before: position(before) },
          }),
        ).toEqual(fromEnd ? between.slice(Math.max(0, between.length - limit)) : between.slice(0, limit));
        expect(await source.count()).toBe(sorted.length);
      },
    ),
  );
});
