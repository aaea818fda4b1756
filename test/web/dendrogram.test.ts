import { describe, expect, test } from "vitest";
import { dendrogramPicture, nextJoin, nodeAt, rowHeight } from "../../web/tree/dendrogramPicture.js";
import { firstLeafCount, leafCounts, type Merge, MergeTree } from "../../web/tree/mergeTree.js";

/** 0 and 1 merge, then 2 and 3, then both, and 4 with all. */
const small = new MergeTree([
  { left: 0, right: 1, distance: 1, size: 2 },
  { left: 2, right: 3, distance: 2, size: 2 },
  { left: 5, right: 6, distance: 3, size: 4 },
  { left: 4, right: 7, distance: 5, size: 5 },
]);

/** Random merges of clusters, as a linkage matrix has them. */
function randomTree(clusters: number, random: () => number): MergeTree {
  const merges: Merge[] = [];
  const open = Array.from({ length: clusters }, (_, label) => ({ node: label, size: 1 }));
  const take = () => open.splice(Math.floor(random() * open.length), 1)[0];
  for (let distance = 0.5; open.length > 1; distance += Math.floor(3 * random()) / 10) {
    const [one, other] = [take(), take()];
    const size = one.size + other.size;
    open.push({ node: clusters + merges.length, size });
    const [left, right] = [one.node, other.node].sort((a, b) => a - b);
    merges.push({ left, right, distance, size });
  }
  return new MergeTree(merges);
}

function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

describe("the tree of merges", () => {
  test("shows all clusters, those of the larger side above", () => {
    const { leaves, joins, root } = small.shown(small.root, 10);
    expect(root).toBe(8);
    expect(leaves.map(({ node }) => node)).toEqual([0, 1, 2, 3, 4]);
    expect(joins.map(({ node, parent }) => [node, parent])).toEqual([
      [8, null],
      [7, 8],
      [6, 7],
      [5, 7],
    ]);
  });

  test("folds what merges at the smallest distances", () => {
    const { leaves, joins } = small.shown(small.root, 3);
    expect(leaves).toEqual([
      { node: 5, clusters: 2, joinedAt: 1, parent: 7 },
      { node: 6, clusters: 2, joinedAt: 2, parent: 7 },
      { node: 4, clusters: 1, joinedAt: 0, parent: 8 },
    ]);
    expect(joins.map(({ node }) => node)).toEqual([8, 7]);
    expect(small.shown(small.root, 1).leaves).toEqual([{ node: 8, clusters: 5, joinedAt: 5, parent: null }]);
  });

  test("shows a branch alone", () => {
    expect(small.shown(7, 10).leaves.map(({ node }) => node)).toEqual([0, 1, 2, 3]);
    expect(small.labelsOf(7).sort()).toEqual([0, 1, 2, 3]);
    expect(small.sums([10, 20, 30, 40, 50])).toEqual([10, 20, 30, 40, 50, 30, 70, 100, 150]);
    expect(small.sums([10, 20, 30])).toEqual([
      10,
      20,
      30,
      undefined,
      undefined,
      30,
      ...[0, 0, 0].map(() => undefined),
    ]);
    expect([small.isBranch(4), small.isBranch(5), small.isBranch(9)]).toEqual([false, true, false]);
  });

  test("shows each cluster once, whatever is folded", () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = numbers(seed);
      const tree = randomTree(2 + Math.floor(random() * 60), random);
      const root = tree.clusterCount + Math.floor(random() * tree.merges.length);
      const most = 1 + Math.floor(random() * 70);
      const { leaves, joins } = tree.shown(root, most);
      expect(leaves.length).toBe(Math.min(most, tree.clustersOf(root)));
      expect(joins.length).toBe(leaves.length - 1);
      const labels = leaves.flatMap(({ node }) => tree.labelsOf(node));
      expect(labels.sort((a, b) => a - b)).toEqual(tree.labelsOf(root).sort((a, b) => a - b));
      expect(new Set(labels).size).toBe(tree.clustersOf(root));
      // Nothing that is folded merges at a larger distance than what is not.
      const least = Math.min(...joins.map(({ distance }) => distance));
      for (const { joinedAt } of leaves) expect(joinedAt).toBeLessThanOrEqual(least);
    }
  });

  test("may be a chain of thousands", () => {
    const clusters = 20_000;
    const chain = new MergeTree(
      Array.from({ length: clusters - 1 }, (_, n) => ({
        left: n === 0 ? 0 : n + 1,
        right: n === 0 ? 1 : clusters + n - 1,
        ...{ distance: 1 + n, size: n + 2 },
      })),
    );
    const { leaves } = chain.shown(chain.root, 2000);
    expect(leaves.length).toBe(2000);
    expect(leaves[0].clusters).toBe(clusters - 1999);
    const picture = dendrogramPicture(chain.shown(chain.root, 2000), 400);
    expect(picture.lines().length).toBeGreaterThan(leaves.length);
    expect(chain.labelsOf(chain.root).length).toBe(clusters);
  });

  test("is shown with few leaves first, and with all at last", () => {
    expect(leafCounts(2)).toEqual([2]);
    expect(leafCounts(9)).toEqual([2, 3, 5, 8, 9]);
    expect(leafCounts(1700).slice(-2)).toEqual([1200, 1700]);
    expect(leafCounts(9000).at(-1)).toBe(2000);
    const shownFirst = (clusters: number) => leafCounts(clusters)[firstLeafCount(leafCounts(clusters))];
    expect([2, 9, 60, 61, 1700].map(shownFirst)).toEqual([2, 9, 60, 40, 40]);
  });
});

describe("the picture of the merges", () => {
  const shown = small.shown(small.root, 10);
  const picture = dendrogramPicture(shown, 300);

  test("has rows from top to bottom, and larger distances further left", () => {
    expect(picture.leaves.map(({ y }) => (y - picture.top) / rowHeight)).toEqual([0.5, 1.5, 2.5, 3.5, 4.5]);
    const [root, ...others] = picture.joins;
    for (const { x } of others) expect(x).toBeGreaterThan(root.x);
    for (const { x, top, bottom, y } of picture.joins) {
      expect(x).toBeGreaterThanOrEqual(0);
      expect(x).toBeLessThanOrEqual(300);
      expect(y).toBe((top + bottom) / 2);
    }
    for (const { at } of picture.ticks) expect(at).toBeLessThanOrEqual(300);
    expect(picture.isLogarithmic).toBe(false);
  });

  test.each([
    ["far apart", [0.001, 0.01, 1, 5], true],
    ["close together", [1.031, 1.032, 1.036, 1.0373], false],
    ["equal", [2, 2, 2, 2], false],
    ["of copies", [0, 0, 0.5, 2], false],
    ["0", [0, 0, 0, 0], false],
  ])("has a readable scale of distances that are %s", (_, distances, isLogarithmic) => {
    const tree = new MergeTree(small.merges.map((merge, n) => ({ ...merge, distance: distances[n] })));
    const drawn = dendrogramPicture(tree.shown(tree.root, 10), 300);
    expect(drawn.isLogarithmic).toBe(isLogarithmic);
    expect(drawn.lines()).not.toMatch(/NaN|Infinity/);
    for (const { x } of drawn.joins) expect(x >= 0 && x <= 300).toBe(true);
    expect(new Set(drawn.ticks.map(({ text }) => text)).size).toBe(drawn.ticks.length);
    if (new Set(distances).size > 1) expect(drawn.ticks.length).toBeGreaterThanOrEqual(2);
  });

  test("is pointed at where its lines are", () => {
    for (const { node, x, top, bottom } of picture.joins) {
      expect(nodeAt(picture, x, top + (bottom - top) / 3)).toBe(node);
    }
    for (const { leaf, y } of picture.leaves) expect(nodeAt(picture, 299, y)).toBe(leaf.node);
    expect(nodeAt(picture, 0, 1)).toBeNull();
    expect(nodeAt(picture, 299, 1000)).toBeNull();
  });

  test("is walked through by keys", () => {
    const walk = (from: number | null, key: string) => nextJoin(shown, picture.joins, from, key);
    expect(walk(null, "ArrowRight")).toBe(8);
    expect(walk(8, "ArrowRight")).toBe(7);
    expect(walk(7, "ArrowRight")).toBe(5);
    expect(walk(5, "ArrowRight")).toBeNull();
    expect(walk(5, "ArrowLeft")).toBe(7);
    expect(walk(8, "ArrowLeft")).toBeNull();
    const fromTop = [5];
    for (let node = walk(5, "ArrowDown"); node !== null; node = walk(node, "ArrowDown")) fromTop.push(node);
    expect([...fromTop].sort()).toEqual([5, 6, 7, 8]);
    expect(walk(fromTop[1], "ArrowUp")).toBe(5);
  });
});
