import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clusterMerges } from "../../src/clustering/clusterMerges.js";
import { clusterPoints } from "../../src/clustering/clusterPoints.js";
import { distanceOf } from "../../src/clustering/distance.js";
import {
  type HdbscanResult,
  hdbscan,
  resolveParameters,
  type SpanningTreeOfRows,
} from "../../src/clustering/index.js";
import { joiningCounts, largestHeights, outlierJoins } from "../../src/clustering/outlierJoins.js";
import { pointLabels } from "../../src/clustering/pointLabels.js";
import { sweep } from "../../src/clustering/sweep.js";
import { Team } from "../../src/clustering/team.js";
import { widenFloat16 } from "../../src/import/float16.js";
import { agreementByPairs } from "./agreementByPairs.js";
import { anyOfTree, anySelection } from "./anyParameters.js";
import { clusterHere } from "./clusterHere.js";
import { inlineGoldenCases, sharedGoldenCase, sharedIsHere } from "./goldenCases.js";
import { expectGoldenFromTree } from "./goldenFromTree.js";
import { random } from "./shuffled.js";
import { withoutEnds } from "./withoutEnds.js";

/** Rows on a coarse grid or anywhere, with copies: ties of every kind. */
const points = fc
  .record({ dimensions: fc.integer({ min: 1, max: 4 }), grid: fc.boolean() })
  .chain(({ dimensions, grid }) =>
    fc.record({
      dimensions: fc.constant(dimensions),
      rows: fc.array(
        fc.array(grid ? fc.integer({ min: 0, max: 4 }) : fc.float({ min: -2, max: 2, noNaN: true }), {
          minLength: dimensions,
          maxLength: dimensions,
        }),
        { minLength: 1, maxLength: 40, size: "max" },
      ),
      copies: fc.array(fc.nat(99), { maxLength: 12 }),
    }),
  )
  .map(({ dimensions, rows, copies }) => {
    const all = [...rows, ...copies.map((copy) => rows[copy % rows.length])];
    return { dimensions, data: Float32Array.from(all.flat(), (value) => value + 0.125), rows: all.length };
  });

/** Settings of which some differ only in minClusterSize. */
const settingsOfSizes = fc
  .tuple(
    fc.array(anySelection, { minLength: 1, maxLength: 10 }),
    fc.array(fc.integer({ min: 2, max: 9 }), { maxLength: 2 }),
  )
  .map(([settings, sizes]) => [
    ...settings,
    ...sizes.flatMap((minClusterSize) =>
      settings
        .filter(({ maxClusterSize }) => maxClusterSize === null || maxClusterSize >= minClusterSize)
        .map((setting) => ({ ...setting, minClusterSize })),
    ),
  ]);
type Setting = ReturnType<typeof settingsOfSizes.generate>["value"][number];

/**
 * The setting of the next smaller minClusterSize of all; undefined unless one of those that have it is otherwise equal.
 */
function nextSmaller(settings: Setting[], setting: Setting): Setting | undefined {
  const size = Math.max(
    ...settings.map(({ minClusterSize }) => minClusterSize).filter((other) => other < setting.minClusterSize),
  );
  const wanted = JSON.stringify({ ...setting, minClusterSize: size });
  return settings.find(
    (other) => JSON.stringify({ ...other, minClusterSize: size }) === wanted && other.minClusterSize === size,
  );
}

describe("a clustering from the spanning tree of an earlier one", () => {
  it("is equal bit for bit to one from nothing", async () => {
    await fc.assert(
      fc.asyncProperty(
        points,
        anyOfTree,
        anySelection,
        anySelection,
        async ({ rows, ...given }, same, first, second) => {
          const minSamples = Math.min(same.minSamples, rows);
          const from = clusterHere(given.data, given.dimensions, { ...same, minSamples, ...first });
          const parameters = { ...same, minSamples, ...second };
          const taken = await hdbscan(given, { ...parameters, spanningTree: from.spanningTree });
          expect(withoutEnds(taken)).toEqual(
            withoutEnds(clusterHere(given.data, given.dimensions, parameters)),
          );
          expect(taken.spanningTree).toEqual(from.spanningTree);
        },
      ),
      { numRuns: 175 },
    );
  });

  it("is equal bit for bit on real embeddings, of which some occur twice", async () => {
    const vectors = widenFloat16(readFileSync("sample/data/vectors.f16"));
    const data = new Float32Array(512 * 360);
    data.set(vectors.subarray(0, 512 * 300));
    data.set(vectors.subarray(0, 512 * 60), 512 * 300);
    const settings = fc.sample(fc.tuple(anyOfTree, anySelection, anySelection), { numRuns: 25, seed: 7 });
    for (const [same, first, second] of settings) {
      const { spanningTree } = clusterHere(data, 512, { ...same, ...first });
      const taken = await hdbscan({ data, dimensions: 512 }, { ...same, ...second, spanningTree });
      expect(withoutEnds(taken)).toEqual(withoutEnds(clusterHere(data, 512, { ...same, ...second })));
    }
  });

  it.each(inlineGoldenCases.map((golden) => [golden.name, golden] as const))("%s", async (_, golden) => {
    await expectGoldenFromTree(golden);
  });

  // golden.slow.ts has others.
  it.skipIf(!sharedIsHere)("wordnet-2000-leaf", async () => {
    await expectGoldenFromTree(sharedGoldenCase("wordnet-2000-leaf"));
  });

  it("takes its own tree of the approximate mode, whose core distances may be those of missed neighbours", async () => {
    const next = random(4);
    const data = Float32Array.from({ length: 1_400 * 24 }, () => next());
    const given = { data, dimensions: 24 };
    const parameters = { algorithm: "APPROXIMATE_HDBSCAN", minClusterSize: 5, minSamples: 60 } as const;
    const { spanningTree } = await hdbscan(given, parameters);
    const taken = await hdbscan(given, { ...parameters, minClusterSize: 9, spanningTree });
    expect(withoutEnds(taken)).toEqual(
      withoutEnds(await hdbscan(given, { ...parameters, minClusterSize: 9 })),
    );
  });

  it("takes the tree of reduced rows", async () => {
    const given = {
      dimensions: 6,
      data: Float32Array.from({ length: 600 }, (_, at) => Math.fround(Math.sin(at * at))),
    };
    const reduction = { method: "PCA", dimensions: 2 } as const;
    const parameters = { minSamples: 3, reduction };
    const { spanningTree } = await hdbscan(given, { ...parameters, minClusterSize: 10 });
    const taken = await hdbscan(given, { ...parameters, minClusterSize: 3, spanningTree });
    expect(withoutEnds(taken)).toEqual(
      withoutEnds(await hdbscan(given, { ...parameters, minClusterSize: 3 })),
    );
  });
});

describe("a spanning tree that is not that of the rows and parameters is refused", () => {
  const given = { dimensions: 1, data: Float32Array.of(0, 1, 1, 2.5, 7, 7.5, 9) };
  const parameters = { minClusterSize: 2, minSamples: 2 };
  const spanningTree = clusterHere(given.data, 1, parameters).spanningTree;
  const changed = (change: (tree: SpanningTreeOfRows) => void): SpanningTreeOfRows => {
    const tree = structuredClone(spanningTree);
    change(tree);
    return tree;
  };
  const cases: [string, unknown, RegExp][] = [
    ["nothing", null, /must be the spanningTree of a result; it was null/],
    ["a number", 7, /it was number/],
    ["an object without arrays", {}, /its points must be an Int32Array; they were undefined/],
    [
      "heights of float32",
      { ...spanningTree, heights: Float32Array.from(spanningTree.heights) },
      /its heights must be a Float64Array; they were Float32Array/,
    ],
    [
      "too few edges",
      { ...spanningTree, firstEnds: spanningTree.firstEnds.slice(1) },
      /its firstEnds must have 5 elements; they had 4/,
    ],
    ["fewer rows", { ...spanningTree, points: spanningTree.points.slice(1) }, /points must have 7 elements/],
    [
      "another point of a row",
      changed((tree) => {
        tree.points[6] = 0;
      }),
      /row 6 is point 5, and in it point 0/,
    ],
    [
      "another number of copies",
      changed((tree) => {
        tree.weights[1] = 1;
      }),
      /point 1 has another number of rows/,
    ],
    [
      "an end that is no point",
      changed((tree) => {
        tree.secondEnds[2] = 6;
      }),
      /its edge 2 joins no two points/,
    ],
    [
      "a circle",
      changed((tree) => {
        tree.firstEnds[3] = tree.firstEnds[0];
        tree.secondEnds[3] = tree.secondEnds[0];
      }),
      /its edge 3 closes a circle/,
    ],
    [
      "a height of another edge",
      changed((tree) => {
        tree.heights[0] /= 2;
      }),
      /its edge 0 is not as high as the mutual reachability of its ends/,
    ],
    [
      "a height that is not a number",
      changed((tree) => {
        tree.heights[4] = Number.NaN;
      }),
      /its edge 4 is not as high/,
    ],
    [
      "that of another alpha",
      clusterHere(given.data, 1, { ...parameters, alpha: 0.01 }).spanningTree,
      /edge/,
    ],
    [
      "that of a smaller minSamples",
      clusterHere(given.data, 1, { ...parameters, minSamples: 1 }).spanningTree,
      /the core distance of its point 0 is not that of minSamples 2/,
    ],
    [
      "that of a greater minSamples",
      clusterHere(given.data, 1, { ...parameters, minSamples: 4 }).spanningTree,
      /the core distance of its point 0 is not that of minSamples 2/,
    ],
  ];
  it.each(cases)("%s", async (_, tree, message) => {
    const run = hdbscan(given, { ...parameters, spanningTree: tree as SpanningTreeOfRows });
    await expect(run).rejects.toThrow(message);
    await expect(run).rejects.toMatchObject({ name: "InvalidClusteringInputError", field: "spanningTree" });
  });

  it("that of another minSamples, unless all core distances are the same with it", () => {
    fc.assert(
      fc.property(
        points,
        anyOfTree,
        fc.integer({ min: 1, max: 6 }),
        ({ rows, data, dimensions }, same, other) => {
          const minSamples = Math.min(same.minSamples, rows);
          const right = clusterHere(data, dimensions, { ...same, minSamples }).spanningTree;
          const { spanningTree } = clusterHere(data, dimensions, {
            ...same,
            minSamples: Math.min(other, rows),
          });
          const take = () =>
            clusterPoints(data, dimensions, resolveParameters({ ...same, minSamples }), new Team(), {
              spanningTree,
            });
          const equal = right.coreDistances.every((core, at) => core === spanningTree.coreDistances[at]);
          if (equal) expect(take).not.toThrow();
          else expect(take).toThrow(/the core distance of its point/);
        },
      ),
      { numRuns: 150 },
    );
  });

  it("but that of the same rows in another order of equal content is not", async () => {
    const { spanningTree: same } = clusterHere(given.data.slice(), 1, { ...parameters, minClusterSize: 3 });
    await expect(hdbscan(given, { ...parameters, spanningTree: same })).resolves.toBeDefined();
  });
});

describe("what follows from a spanning tree", () => {
  it("sweep: each point is what a clustering with its parameters gives", () => {
    fc.assert(
      fc.property(
        points,
        anyOfTree,
        anySelection,
        settingsOfSizes,
        ({ rows, data, dimensions }, same, first, settings) => {
          const minSamples = Math.min(same.minSamples, rows);
          const from = clusterHere(data, dimensions, { ...same, minSamples, ...first });
          const swept = sweep(from.spanningTree, settings, first);
          const labelsOf = (setting: (typeof settings)[number]) =>
            clusterHere(data, dimensions, { ...same, minSamples, ...setting }).labels;
          settings.forEach((setting, at) => {
            const { sizes, labels } = clusterHere(data, dimensions, { ...same, minSamples, ...setting });
            const smaller = nextSmaller(settings, setting);
            expect(swept[at]).toEqual({
              clusterCount: sizes.length,
              outlierCount: labels.filter((label) => label < 0).length,
              largestClusterSize: sizes.length > 0 ? sizes[0] : 0,
              adjustedRandIndex: expect.closeTo(agreementByPairs(labels, from.labels), 12),
              adjustedRandIndexToSmaller:
                smaller === undefined
                  ? null
                  : expect.closeTo(agreementByPairs(labels, labelsOf(smaller)), 12),
            });
          });
        },
      ),
      { numRuns: 80 },
    );
  });

  it("outliers meet clusters where the smallest largest step of all paths leads", () => {
    fc.assert(
      fc.property(points, anyOfTree, anySelection, ({ rows, data, dimensions }, same, parameters) => {
        const minSamples = Math.min(same.minSamples, rows);
        const result = clusterHere(data, dimensions, { ...same, minSamples, ...parameters });
        const { spanningTree, labels, sizes } = result;
        const medoids = result.medoids.map((row) => spanningTree.points[row]);
        const ofPoint = pointLabels(spanningTree, result.parameters, medoids)!;
        expect(spanningTree.points.map((point) => ofPoint[point])).toEqual(labels);
        const joins = outlierJoins(spanningTree, ofPoint);
        const nearestClusters = spanningTree.points.map((point) => joins.nearestClusters[point]);
        const joinsAt = Float64Array.from(spanningTree.points, (point) => joins.joinsAt[point]);
        const steps = largestSteps(data, dimensions, result);
        const largest = Array.from(sizes, (_, label) => {
          const own = [...labels.keys()].filter((row) => labels[row] === label);
          const areCopies = (row: number, other: number) =>
            spanningTree.points[row] === spanningTree.points[other];
          const within = (row: number, other: number) => (areCopies(row, other) ? 0 : steps[row][other]);
          return Math.max(0, ...own.flatMap((row) => own.map((other) => within(row, other))));
        });
        expect([...largestHeights(spanningTree, ofPoint, sizes.length)]).toEqual(largest);
        const factors = [0, 1, 1.1, 2, 100];
        expect(joiningCounts(spanningTree, ofPoint, sizes.length, factors)).toEqual(
          factors.map(
            (factor) =>
              [...labels.keys()].filter(
                (row) => nearestClusters[row] >= 0 && joinsAt[row] <= factor * largest[nearestClusters[row]],
              ).length,
          ),
        );
        for (let row = 0; row < rows; row++) {
          if (result.labels[row] >= 0 || result.sizes.length === 0) {
            expect([nearestClusters[row], joinsAt[row]]).toEqual([-1, Number.NaN]);
            continue;
          }
          const members = [...result.labels.keys()].filter((other) => result.labels[other] >= 0);
          const least = Math.min(...members.map((other) => steps[row][other]));
          const met = members.filter((other) => steps[row][other] === least);
          expect(joinsAt[row]).toBe(least);
          expect(nearestClusters[row]).toBe(Math.min(...met.map((other) => result.labels[other])));
        }
      }),
      { numRuns: 80 },
    );
  });

  it("clusters merge where the smallest largest step of all paths between their members leads", () => {
    let merging = 0;
    fc.assert(
      fc.property(points, anyOfTree, anySelection, ({ rows, data, dimensions }, same, parameters) => {
        const minSamples = Math.min(same.minSamples, rows);
        const result = clusterHere(data, dimensions, { ...same, minSamples, ...parameters });
        const { spanningTree, labels, sizes } = result;
        const ofPoint = new Int32Array(spanningTree.weights.length);
        for (let row = 0; row < rows; row++) ofPoint[spanningTree.points[row]] = labels[row];
        const merges = clusterMerges(spanningTree, ofPoint, sizes.length);
        expect(merges.first).toHaveLength(Math.max(0, sizes.length - 1));
        merging += merges.first.length;
        const steps = largestSteps(data, dimensions, result);
        const members = Array.from(sizes, (_, label) =>
          [...labels.keys()].filter((row) => labels[row] === label),
        );
        const together = members.map((_, label) => [label]);
        let before = 0;
        for (const [i, distance] of merges.distances.entries()) {
          const [first, second] = [merges.first[i], merges.second[i]];
          expect(first).toBeLessThan(second);
          expect(distance).toBeGreaterThanOrEqual(before);
          before = distance;
          for (const a of together[first]) {
            for (const b of together[second]) {
              const between = members[a].flatMap((row) => members[b].map((other) => steps[row][other]));
              expect(Math.min(...between)).toBe(distance);
            }
          }
          together.push([...together[first], ...together[second]]);
          [together[first], together[second]] = [[], []]; // each merges once
          expect(merges.sizes[i]).toBe(together[sizes.length + i].length);
        }
      }),
      { numRuns: 80 },
    );
    expect(merging).toBeGreaterThan(20);
  });
});

it("labels of points are none if the tree gives other clusters than those of the medoids", () => {
  const data = Float32Array.of(1, 1.1, 1.2, 5, 5.1, 5.2, 9, 9.1, 9.2);
  const parameters = { normalize: false, minSamples: 2, minClusterSize: 3 };
  const result = clusterHere(data, 1, parameters);
  const own = { ...result.parameters, minClusterSize: 3 };
  expect(result.sizes).toHaveLength(3);
  const medoids = result.medoids.map((row) => result.spanningTree.points[row]);
  expect(pointLabels(result.spanningTree, own, medoids)).not.toBeNull();
  for (const others of [
    medoids.slice(1),
    Int32Array.of(0, 1, 4),
    Int32Array.of(...medoids, 0),
    Int32Array.of(1, 4, 99),
  ]) {
    expect(pointLabels(result.spanningTree, own, others)).toBeNull();
  }
});

/**
 * Between all rows, the least that the largest step of a path can be, by mutual reachability: from all distances, not
 * from a tree.
 */
function largestSteps(
  data: Float32Array,
  dimensions: number,
  { parameters: { normalize, metric, alpha, minSamples } }: HdbscanResult,
): number[][] {
  const rows = data.length / dimensions;
  const scaled = data.slice();
  for (let row = 0; normalize && row < rows; row++) {
    const one = scaled.subarray(row * dimensions, (row + 1) * dimensions);
    const length = Math.sqrt(one.reduce((sum, x) => sum + x * x, 0));
    one.forEach((x, at) => {
      one[at] = x / length;
    });
  }
  const all = Array.from({ length: rows }, (_, i) =>
    Array.from({ length: rows }, (_, j) => distanceOf(scaled, dimensions, i, j, metric)),
  );
  const core = all.map((row) => row.toSorted((x, y) => x - y)[minSamples - 1]);
  const steps = all.map((row, i) =>
    row.map((distance, j) => (i === j ? 0 : Math.max(distance / alpha, core[i], core[j]))),
  );
  for (let k = 0; k < rows; k++) {
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < rows; j++) steps[i][j] = Math.min(steps[i][j], Math.max(steps[i][k], steps[k][j]));
    }
  }
  return steps;
}
