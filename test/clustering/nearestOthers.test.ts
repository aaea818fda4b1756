import fc from "fast-check";
import { expect, it } from "vitest";
import { distanceOf } from "../../src/clustering/distance.js";
import { type NamedRow, NearestOthers, type NearRow } from "../../src/clustering/nearestOthers.js";
import { clusterHere } from "./clusterHere.js";
import { shuffled } from "./shuffled.js";

/** Rows on a coarse grid, or anywhere, with copies: many distances are equal. */
const rows = fc
  .record({ dimensions: fc.integer({ min: 1, max: 4 }), grid: fc.boolean() })
  .chain(({ dimensions, grid }) =>
    fc.record({
      dimensions: fc.constant(dimensions),
      vectors: fc.array(
        fc.array(grid ? fc.integer({ min: 0, max: 3 }) : fc.float({ min: -2, max: 2, noNaN: true }), {
          minLength: dimensions,
          maxLength: dimensions,
        }),
        { minLength: 1, maxLength: 30, size: "max" },
      ),
    }),
  )
  .map(({ dimensions, vectors }) => ({
    dimensions,
    vectors: vectors.map((vector) => Float32Array.from(vector, (value) => value + 0.125)),
  }));

const comparison = fc.constantFrom(
  { metric: "EUCLIDEAN" as const, normalize: true },
  { metric: "EUCLIDEAN" as const, normalize: false },
  { metric: "COSINE" as const, normalize: true },
);

const joined = (vectors: Float32Array[]) => Float32Array.from(vectors.flatMap((vector) => [...vector]));

it("are those that sorting all distances gives, whatever the order and the blocks of the rows", () => {
  fc.assert(
    fc.property(
      rows,
      comparison,
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 40 }),
      fc.infiniteStream(fc.integer({ min: 1, max: 9 })),
      fc.nat(),
      ({ dimensions, vectors }, how, blockRows, most, limits, seed) => {
        const data = joined(vectors);
        const { distinctPoints } = clusterHere(data, dimensions, {
          ...how,
          minSamples: 1,
          minClusterSize: 2,
        });
        const named = vectors.map(
          (_, row): NamedRow => ({
            id: `${(row * 7) % 31}`.padStart(2, "0"),
            content: distinctPoints[row],
          }),
        );
        const sought = named
          .filter((_, row) => row % 3 !== 1)
          .map((row) => ({ ...row, limit: Math.min(most, limits.next().value) }));
        const vectorOf = new Map(named.map(({ id }, row) => [id, vectors[row]]));
        const others = new NearestOthers(
          joined(sought.map(({ id }) => vectorOf.get(id)!)),
          sought,
          { dimensions, ...how },
          blockRows,
        );
        const order = Array.from(shuffled(named.length, seed), (row) => named[row]);
        for (let start = 0; start < order.length; start += blockRows) {
          const block = order.slice(start, start + blockRows);
          others.offer(joined(block.map(({ id }) => vectorOf.get(id)!)), block);
        }

        const scaled = vectors.map((vector) => {
          const length = how.normalize ? Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0)) : 1;
          return vector.map((x) => x / length);
        });
        const all = joined(scaled);
        for (const [s, { id, limit }] of sought.entries()) {
          const row = named.findIndex((one) => one.id === id);
          const expected = named
            .map(
              (one, other): NearRow => ({
                ...one,
                distance: distanceOf(all, dimensions, row, other, how.metric),
              }),
            )
            .filter((one) => one.id !== id)
            .sort((a, b) => a.distance - b.distance || a.content - b.content || (a.id < b.id ? -1 : 1));
          expect(others.nearest[s]).toEqual(expected.slice(0, limit));
        }
      },
    ),
    { numRuns: 300 },
  );
});

it("asks before each row whether to go on", () => {
  const sought = [0, 1, 2].map((content) => ({ id: String(content), content, limit: 1 }));
  const vectors = Float32Array.of(0, 1, 2);
  const others = new NearestOthers(
    vectors,
    sought,
    { dimensions: 1, metric: "EUCLIDEAN", normalize: false },
    3,
  );
  let asked = 0;
  expect(() =>
    others.offer(vectors, sought, () => {
      if (++asked === 2) throw new Error("stopped");
    }),
  ).toThrow("stopped");
  expect(others.nearest.map(({ length }) => length)).toEqual([1, 0, 0]);
});
