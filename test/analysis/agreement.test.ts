import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { adjustedMutualInformation } from "../../src/analysis/adjustedMutualInformation.js";
import { bytesOf, compare, readOverlaps } from "../../src/analysis/comparison.js";
import { adjustedRandIndex } from "../../src/clustering/adjustedRandIndex.js";
import { overlapsOf } from "../../src/clustering/overlaps.js";
import { agreementByPairs } from "../clustering/agreementByPairs.js";

const groupings = fc
  .array(fc.tuple(fc.integer({ min: -1, max: 4 }), fc.integer({ min: -1, max: 2 })), {
    minLength: 2,
    maxLength: 60,
  })
  .map((pairs) => ({
    from: Int32Array.from(pairs, ([group]) => group),
    to: Int32Array.from(pairs, ([, group]) => group),
  }));
const ones = (length: number): Int32Array => new Int32Array(length).fill(1);

/** Written by bySklearn.py: how clusterings agree, whose overlaps are as `readOverlaps` reads them. */
const bySklearn = JSON.parse(readFileSync(new URL("bySklearn.json", import.meta.url), "utf8")) as {
  name: string;
  overlaps: string;
  rand: number;
  information: number;
  randOfClustered: number | null;
}[];

describe("agreement of two groupings", () => {
  it("a comparison is the same to the bit whatever the order in which a database returns the overlaps", () => {
    const shuffledOverlaps = groupings.chain(({ from, to }) => {
      const overlaps = overlapsOf(from, to, ones(from.length));
      const all = { minLength: overlaps.length, maxLength: overlaps.length };
      return fc.record({ overlaps: fc.constant(overlaps), shuffled: fc.shuffledSubarray(overlaps, all) });
    });
    fc.assert(
      fc.property(shuffledOverlaps, ({ overlaps, shuffled }) => {
        expect(compare(shuffled)).toEqual(compare(overlaps));
      }),
    );
  });

  it("the adjusted Rand index is that of all pairs", () => {
    fc.assert(
      fc.property(groupings, ({ from, to }) => {
        const overlaps = overlapsOf(from, to, ones(from.length));
        expect(adjustedRandIndex(overlaps)).toBeCloseTo(agreementByPairs(from, to), 12);
        expect(adjustedRandIndex(overlapsOf(from, from, ones(from.length)))).toBe(1);
      }),
    );
  });

  it("the adjusted mutual information is that of all ways to share rows, by factorials", () => {
    fc.assert(
      fc.property(groupings, ({ from, to }) => {
        const overlaps = overlapsOf(from, to, ones(from.length));
        expect(adjustedMutualInformation(overlaps)).toBeCloseTo(informationByFactorials(from, to), 10);
        expect(adjustedMutualInformation(overlapsOf(from, from, ones(from.length)))).toBe(1);
      }),
    );
  });

  it.each(bySklearn)("is what scikit-learn computes, of $name", ({ overlaps, ...expected }) => {
    const found = compare(readOverlaps(overlaps));
    const off = (value: number, by: number) => Math.abs(value - by);
    expect(off(found.adjustedRandIndex, expected.rand)).toBeLessThan(1e-12);
    expect(off(found.adjustedMutualInformation, expected.information)).toBeLessThan(1e-12);
    expect(found.adjustedRandIndexOfClustered === null).toBe(expected.randOfClustered === null);
    expect(off(found.adjustedRandIndexOfClustered ?? 0, expected.randOfClustered ?? 0)).toBeLessThan(1e-12);
  });

  it("does not depend on whether rows are counted one by one or by weight", () => {
    fc.assert(
      fc.property(
        groupings,
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 60, maxLength: 60 }),
        ({ from, to }, copies) => {
          const weights = Int32Array.from(from, (_, at) => copies[at]);
          const each = (groups: Int32Array) =>
            Int32Array.from([...groups].flatMap((group, at) => new Array<number>(copies[at]).fill(group)));
          const weighted = overlapsOf(from, to, weights);
          const single = overlapsOf(each(from), each(to), ones(each(from).length));
          expect(adjustedRandIndex(weighted)).toBe(adjustedRandIndex(single));
          expect(adjustedMutualInformation(weighted)).toBe(adjustedMutualInformation(single));
        },
      ),
    );
  });
});

/** By the definition of Vinh, Epps & Bailey (2010), with factorials as sums of logarithms. */
function informationByFactorials(from: Int32Array, to: Int32Array): number {
  const rows = from.length;
  const count = (groups: Int32Array, group: number) => groups.filter((other) => other === group).length;
  const groupsFrom = [...new Set(from)];
  const groupsTo = [...new Set(to)];
  const logFactorial = (n: number): number => (n < 2 ? 0 : Math.log(n) + logFactorial(n - 1));
  const entropy = (groups: Int32Array): number =>
    [...new Set(groups)].reduce((sum, group) => {
      const share = count(groups, group) / rows;
      return sum - share * Math.log(share);
    }, 0);
  let information = 0;
  let expected = 0;
  for (const groupFrom of groupsFrom) {
    for (const groupTo of groupsTo) {
      const a = count(from, groupFrom);
      const b = count(to, groupTo);
      const shared = from.filter((group, row) => group === groupFrom && to[row] === groupTo).length;
      if (shared > 0) information += (shared / rows) * Math.log((rows * shared) / (a * b));
      for (let k = Math.max(1, a + b - rows); k <= Math.min(a, b); k++) {
        const ways =
          logFactorial(a) +
          logFactorial(b) +
          logFactorial(rows - a) +
          logFactorial(rows - b) -
          (logFactorial(rows) +
            logFactorial(k) +
            logFactorial(a - k) +
            logFactorial(b - k) +
            logFactorial(rows - a - b + k));
        expected += Math.exp(ways) * (k / rows) * Math.log((rows * k) / (a * b));
      }
    }
  }
  const scale = (entropy(from) + entropy(to)) / 2 - expected;
  const equal = groupsFrom.every((group) => new Set(to.filter((_, row) => from[row] === group)).size === 1);
  if (equal && groupsFrom.length === groupsTo.length) return 1;
  return Math.abs(scale) < 1e-12 ? 0 : (information - expected) / scale;
}

describe("a comparison", () => {
  it("ends when it is stopped", () => {
    const overlaps = readOverlaps("0 0 4,0 1 4,-1 1 2,2 -1 7");
    const stop = () => {
      throw new Error("stopped");
    };
    expect(() => compare(overlaps, stop)).toThrow("stopped");
  });

  it("is larger in memory the more pairs it has", () => {
    const [few, many] = [10, 1_000].map((pairs) =>
      bytesOf(compare(Array.from({ length: pairs }, (_, n) => ({ from: n, to: n, count: n + 1 })))),
    );
    expect(many).toBeGreaterThan(40 * 990 + few);
  });
});
