import { describe, expect, test } from "vitest";
import { agreementText } from "../../web/compare/agreementText.js";
import { fateCounts, fatedClusters, fateText, type Lineage } from "../../web/compare/fates.js";
import { relatedClusters } from "../../web/compare/relatedClusters.js";

function entry(kind: Lineage["kind"], from: number | null, to: number | null): Lineage {
  const cluster = (label: number | null) => (label === null ? null : { label });
  return { kind, from: cluster(from), to: cluster(to) };
}

const lineage = [
  entry("CONTINUED", 0, 1),
  ...[entry("SPLIT", 0, 4), entry("SPLIT", 0, 5)],
  ...[entry("SPLIT", 1, 2), entry("SPLIT", 1, 3)],
  ...[entry("MERGED", 2, 0), entry("MERGED", 3, 0)],
  entry("DIED", 4, null),
  ...[entry("CONTINUED", 6, 7), entry("MERGED", 8, 7)],
  ...[entry("BORN", null, 9), entry("BORN", null, 8)],
];

describe("what became of clusters", () => {
  const texts = (side: "from" | "to") =>
    fatedClusters(lineage, side).map(({ cluster, entries }) => `${cluster.label} ${fateText(entries, side)}`);

  test("of the earlier clustering, by label", () => {
    expect(texts("from")).toEqual([
      "0 continues as cluster 1; clusters 4 and 5 split off",
      "1 splits into clusters 2 and 3",
      "2 merges into cluster 0",
      "3 merges into cluster 0",
      "4 is gone",
      "6 continues as cluster 7",
      "8 merges into cluster 7",
    ]);
  });

  test("and what those of the later one came from", () => {
    expect(texts("to")).toEqual([
      "0 takes in clusters 2 and 3",
      "1 continues cluster 0",
      "2 split off from cluster 1",
      "3 split off from cluster 1",
      "4 split off from cluster 0",
      "5 split off from cluster 0",
      "7 continues cluster 6; takes in cluster 8",
      "8 is new",
      "9 is new",
    ]);
  });

  test("names no more clusters than can be read", () => {
    const parts = Array.from({ length: 1007 }, (_, to) => entry("SPLIT", 0, to));
    expect(fateText(parts, "from")).toBe("splits into clusters 0, 1, 2, 3, 4, 5 and 1,001 more");
  });

  test("is counted once for each cluster", () => {
    expect(fateCounts(lineage)).toEqual({ CONTINUED: 2, SPLIT: 2, MERGED: 2, BORN: 2, DIED: 1 });
    expect(fateCounts([])).toEqual({ CONTINUED: 0, SPLIT: 0, MERGED: 0, BORN: 0, DIED: 0 });
  });
});

test.each([
  [1, "the same"],
  [0.9999, "almost completely"],
  [0.9, "almost completely"],
  [0.8, "agree well"],
  [0.65, "moderately"],
  [0.1, "agree little"],
  [0.09, "by chance"],
  [-0.5, "by chance"],
])("an index of %d is said to be %s", (index, words) => {
  expect(agreementText(index)).toContain(words);
});

test("the clusters that have embeddings in common with the selected one are those of the other clustering", () => {
  const overlap = (from: number | null, to: number | null, count: number) => ({
    ...{ from: from === null ? null : { label: from }, to: to === null ? null : { label: to }, count },
  });
  const overlaps = [overlap(0, 1, 9), overlap(0, null, 5), overlap(null, 1, 4), overlap(2, 0, 3)];
  const related = (side: "from" | "to", label: number) => [...relatedClusters(overlaps, { side, label })];
  expect(related("from", 0)).toEqual([
    [1, 9],
    [-1, 5],
  ]);
  expect(related("to", 1)).toEqual([
    [0, 9],
    [-1, 4],
  ]);
  expect(related("to", -1)).toEqual([[0, 5]]);
  expect(related("from", 7)).toEqual([]);
  expect(relatedClusters(overlaps, null).size).toBe(0);
});
