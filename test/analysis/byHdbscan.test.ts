import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { condensedNodes } from "../../src/clustering/condensedNodes.js";
import { exemplars } from "../../src/clustering/exemplars.js";
import { NearestExemplars } from "../../src/clustering/nearestExemplars.js";
import { labelledTree } from "../../src/clustering/pointLabels.js";
import { SoftMembership } from "../../src/clustering/softMembership.js";
import { clusterHere } from "../clustering/clusterHere.js";

interface Case {
  name: string;
  parameters: {
    min_cluster_size: number;
    min_samples: number;
    cluster_selection_method?: string;
    allow_single_cluster?: boolean;
  };
  rows: number[][];
  labels: number[];
  nodes: { birth: number; death: number; size: number; stability: number; parentSize: number | null }[];
  /** By hdbscan's label: rows. */
  exemplars: number[][];
  /** Per row, by hdbscan's label; null where hdbscan computes none. */
  memberships: number[][] | null;
}

/** Written by byHdbscan.py. */
const byHdbscan: Case[] = JSON.parse(readFileSync(new URL("byHdbscan.json", import.meta.url), "utf8"));

function computed({ rows, parameters, labels: theirs }: Case) {
  const data = Float32Array.from(rows.flat());
  const dimensions = rows[0].length;
  const result = clusterHere(data, dimensions, {
    minClusterSize: parameters.min_cluster_size,
    minSamples: parameters.min_samples + 1, // the row itself is counted, too
    clusterSelectionMethod: parameters.cluster_selection_method === "leaf" ? "LEAF" : "EXCESS_OF_MASS",
    allowSingleCluster: parameters.allow_single_cluster ?? false,
    normalize: false,
  });
  const { spanningTree, medoids, sizes } = result;
  const { points, weights } = spanningTree;
  const tree = labelledTree(
    spanningTree,
    result.parameters,
    medoids.map((row) => points[row]),
  )!;
  /** By our label: hdbscan's. */
  const theirLabel = Array.from(medoids, (row) => theirs[row]);
  return { data, dimensions, result, points, weights, tree, labels: sizes.length, theirLabel };
}

describe.each(byHdbscan)("as hdbscan computes it, of $name:", (of) => {
  const { data, dimensions, result, points, weights, tree, labels, theirLabel } = computed(of);
  const rowOf = new Int32Array(weights.length);
  for (const [row, point] of points.entries()) rowOf[point] = row;
  const near = (found: number, expected: number) =>
    expect(Math.abs(found - expected)).toBeLessThanOrEqual(1e-9 * Math.max(1e-3, Math.abs(expected)));

  it("the labels", () => {
    expect(weights.length).toBe(of.rows.length);
    expect(labels).toBeGreaterThan(0);
    expect(Array.from(result.labels, (label) => (label < 0 ? -1 : theirLabel[label]))).toEqual(of.labels);
  });

  it("the condensed tree", () => {
    const nodes = condensedNodes(tree, weights);
    expect(nodes.parents).toHaveLength(of.nodes.length);
    const sorted = <Node extends { birth: number; size: number; death: number }>(list: Node[]) =>
      list.sort((a, b) => a.birth - b.birth || a.size - b.size || a.death - b.death);
    const found = Array.from(nodes.parents, (parent, number) => ({
      birth: parent < 0 ? 0 : 1 / nodes.birthDistances[number],
      death: 1 / nodes.deathDistances[number],
      size: nodes.sizes[number],
      stability: nodes.stabilities[number],
      parentSize: parent < 0 ? null : nodes.sizes[parent],
      label: nodes.labels[number],
    }));
    for (const [number, parent] of nodes.parents.entries()) expect(parent).toBeLessThan(number);
    expect(nodes.birthDistances[0]).toBe(result.spanningTree.heights.at(-1));
    expect(
      found
        .map(({ label }) => label)
        .filter((label) => label >= 0)
        .sort((a, b) => a - b),
    ).toEqual(Array.from({ length: labels }, (_, label) => label));
    const expected = sorted([...of.nodes]);
    for (const [at, node] of sorted(found).entries()) {
      expect([node.size, node.parentSize]).toEqual([expected[at].size, expected[at].parentSize]);
      near(node.birth, expected[at].birth);
      near(node.death, expected[at].death);
      near(node.stability, expected[at].stability);
    }
  });

  const found = exemplars(tree, labels, null);
  const exemplarsOf = (label: number) => found.numbers.subarray(found.first[label], found.first[label + 1]);

  it("the exemplars", () => {
    for (let label = 0; label < labels; label++) {
      const rows = Array.from(exemplarsOf(label), (point) => rowOf[point]).sort((a, b) => a - b);
      expect(rows).toEqual(of.exemplars[theirLabel[label]]);
    }
  });

  it.skipIf(of.memberships === null)("the memberships", () => {
    const blockRows = 3;
    const distances = new NearestExemplars(
      data,
      labels,
      { dimensions, metric: "EUCLIDEAN", normalize: false },
      blockRows,
    );
    const all = Array.from({ length: labels }, (_, label) =>
      Array.from(exemplarsOf(label), (point) => ({ label, row: rowOf[point] })),
    ).flat();
    for (let at = 0; at < all.length; at += blockRows) {
      const block = all.slice(at, at + blockRows);
      distances.offer(
        Float32Array.from(block.flatMap(({ row }) => of.rows[row])),
        block.map(({ label }) => label),
        () => {},
      );
    }
    const soft = new SoftMembership(tree, labels);
    let unlike = 0;
    for (const [row, expected] of of.memberships!.entries()) {
      const shares = soft.sharesOf(points[row], distances.distancesOf(row), labels);
      expect(shares).toHaveLength(labels);
      const sum = expected.reduce((total, share) => total + share, 0);
      const inSome = shares.reduce((total, { share }) => total + share, 0);
      for (const { label, share } of shares) near(share / inSome, expected[theirLabel[label]] / sum);
      if (result.labels[row] >= 0) near(inSome, result.probabilities[row]);
      if (Math.abs(sum - inSome) > 1e-9) unlike++;
      else continue;
      // Of several clusters that the outlier meets at once, hdbscan takes another one than the largest.
      const { leavesAt, leavesFrom, last } = tree.condensed;
      const point = points[row];
      const below = [...tree.labelOf.keys()].filter((cluster) => tree.labelOf[cluster] >= 0);
      expect(below.length).toBeGreaterThan(1);
      expect(result.labels[row]).toBe(-1);
      expect(tree.condensed.kids[leavesFrom[point]]).toBeGreaterThan(0);
      const possible = below.map((cluster) => leavesAt[point] / Math.max(last[cluster], leavesAt[point]));
      expect(Math.min(...possible.map((each) => Math.abs(each - sum)))).toBeLessThan(1e-9);
    }
    expect(unlike).toBeLessThan(of.rows.length / 4);
  });
});
