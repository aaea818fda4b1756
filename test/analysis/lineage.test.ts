import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clusterLineage } from "../../src/analysis/lineage.js";
import { overlapsOf } from "../../src/clustering/overlaps.js";

/** Two clusterings, as the numbers of rows with each pair of labels. */
function lineageOf(counts: Record<string, number>) {
  const overlaps = Object.entries(counts).map(([pair, count]) => {
    const [from, to] = pair.split(" ").map(Number);
    return { from, to, count };
  });
  return clusterLineage(overlaps).map(({ kind, from, to, sharedCount }) => [kind, from, to, sharedCount]);
}

describe("what became of clusters", () => {
  it("one that loses and gains a few rows continues", () => {
    expect(lineageOf({ "0 1": 8, "0 -1": 2, "-1 1": 1, "1 0": 20 })).toEqual([
      ["CONTINUED", 0, 1, 8],
      ["CONTINUED", 1, 0, 20],
    ]);
  });

  it("one that breaks into two splits, unless one part is most of it", () => {
    expect(lineageOf({ "0 0": 5, "0 1": 5 })).toEqual([
      ["CONTINUED", 0, 0, 5],
      ["SPLIT", 0, 1, 5],
    ]);
    expect(lineageOf({ "0 0": 4, "0 1": 4, "0 -1": 2 })).toEqual([
      ["SPLIT", 0, 0, 4],
      ["SPLIT", 0, 1, 4],
    ]);
  });

  it("two that become one merge", () => {
    expect(lineageOf({ "0 0": 4, "1 0": 4, "-1 0": 1 })).toEqual([
      ["MERGED", 0, 0, 4],
      ["MERGED", 1, 0, 4],
    ]);
  });

  it("one whose rows become outliers dies, and one of outliers is born", () => {
    expect(lineageOf({ "0 -1": 9, "-1 0": 7 })).toEqual([
      ["DIED", 0, null, 0],
      ["BORN", null, 0, 0],
    ]);
  });

  it("overlaps below half of both are no lineage", () => {
    expect(lineageOf({ "0 0": 4, "0 -1": 6, "-1 0": 6 })).toEqual([
      ["DIED", 0, null, 0],
      ["BORN", null, 0, 0],
    ]);
  });

  it("there is nothing to tell where there are no clusters", () => {
    expect(lineageOf({ "-1 -1": 12 })).toEqual([]);
    expect(lineageOf({})).toEqual([]);
  });

  it("tells of every cluster, of each at most once that it continued, and turns round with the direction", () => {
    const labels = fc.array(fc.tuple(fc.integer({ min: -1, max: 4 }), fc.integer({ min: -1, max: 4 })), {
      minLength: 1,
      maxLength: 50,
    });
    fc.assert(
      fc.property(labels, (pairs) => {
        const from = Int32Array.from(pairs, ([label]) => label);
        const to = Int32Array.from(pairs, ([, label]) => label);
        const one = new Int32Array(pairs.length).fill(1);
        const lineage = clusterLineage(overlapsOf(from, to, one));
        const clusters = (all: Int32Array) => [...new Set(all)].filter((label) => label >= 0).sort();
        const told = (side: "from" | "to") =>
          [...new Set(lineage.flatMap((entry) => entry[side] ?? []))].sort();
        expect(told("from")).toEqual(clusters(from));
        expect(told("to")).toEqual(clusters(to));
        const continued = lineage.filter(({ kind }) => kind === "CONTINUED");
        expect(new Set(continued.map((entry) => entry.from)).size).toBe(continued.length);
        expect(new Set(continued.map((entry) => entry.to)).size).toBe(continued.length);
        const back = clusterLineage(overlapsOf(to, from, one)).filter(({ kind }) => kind === "CONTINUED");
        expect(new Set(back.map((entry) => `${entry.to} ${entry.from}`))).toEqual(
          new Set(continued.map((entry) => `${entry.from} ${entry.to}`)),
        );
      }),
    );
  });
});
