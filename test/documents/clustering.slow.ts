import { readFileSync } from "node:fs";
import { Command } from "commander";
import { expect, test } from "vitest";
import { recommendedSetting } from "../../src/analysis/recommendedSetting.js";
import { formatOutliers } from "../../src/cli/commands/showOutliers.js";
import {
  addClusterOptions,
  type ClusterOptions,
  clusterInput,
  sizesToTry,
} from "../../src/cli/options/clusterOptions.js";
import type { ClusteringResultData } from "../../src/cli/output/clusteringResult.js";
import { type HdbscanParameters, hdbscan } from "../../src/clustering/index.js";
import { joiningCounts } from "../../src/clustering/outlierJoins.js";
import { pointLabels } from "../../src/clustering/pointLabels.js";
import { sweep } from "../../src/clustering/sweep.js";
import { shuffled } from "../clustering/shuffled.js";
import { readSample } from "./sample.js";

// The numbers of docs/clustering.md, recomputed from the sample.

const page = readFileSync("docs/clustering.md", "utf8");
const { data, dimensions, texts, steps, networks } = readSample();

/** Clusters the sample with options of `medoid cluster`. */
function clustered(options: string, rows = data) {
  const command = addClusterOptions(new Command().exitOverride());
  command.parse(options.split(" ").filter(Boolean), { from: "user" });
  const { embeddingModel: _, ...parameters } = clusterInput(command.opts<ClusterOptions>(), "");
  return hdbscan({ data: rows, dimensions }, parameters as Partial<HdbscanParameters>);
}

const rows = [...page.matchAll(/^\| `(--[^`]+)`(?: \([^)]*\))? \| (\d+) \| (\d+) \| (\d+) \|$/gm)].map(
  ([, options, ...numbers]) => [options, numbers.map(Number)] as const,
);

test("the tables have rows", () => {
  expect(rows.length).toBeGreaterThan(10);
  expect(page.match(/^\| `--[^`]+`[^|]*\| \d/gm)).toHaveLength(rows.length);
});

test.each(rows)(
  "%s gives the clusters, outliers and largest cluster of its row",
  async (options, numbers) => {
    const { labels, medoids, sizes } = await clustered(options);
    expect([medoids.length, labels.filter((label) => label < 0).length, sizes[0]]).toEqual(numbers);
  },
);

test("shuffled, the sample gives as many clusters as the page states, with the same members", async () => {
  const [, stated] = /five shuffles of the sample give ([\d, ]+) clusters/.exec(page)!;
  const original = await clustered("");
  const counts: number[] = [];
  for (const seed of [1, 2, 3, 4, 5]) {
    const order = shuffled(texts.length, seed);
    const moved = new Float32Array(data.length);
    for (const [to, from] of order.entries()) {
      moved.set(data.subarray(from * dimensions, (from + 1) * dimensions), to * dimensions);
    }
    const { labels, medoids } = await clustered("", moved);
    expect(labels).toEqual(order.map((from) => original.labels[from]));
    counts.push(medoids.length);
  }
  expect(stated).toBe(counts.join(", "));
});

test("the shares of outliers with a unique text and of outliers in early steps are those that the page states", async () => {
  const { labels } = await clustered("");
  const count = new Map<string, number>();
  for (const text of texts) count.set(text, (count.get(text) ?? 0) + 1);
  const of = (which: (i: number) => boolean, and: (i: number) => boolean) => {
    const all = texts.map((_, i) => i).filter(which);
    return { all: all.length, part: all.filter(and).length };
  };
  const percent = ({ all, part }: { all: number; part: number }) => `${Math.round((100 * part) / all)} %`;
  const thousands = (n: number) => n.toLocaleString("en-US");
  const isOutlier = (i: number) => labels[i] < 0;
  const isMember = (i: number) => labels[i] >= 0;
  const isOnce = (i: number) => count.get(texts[i]) === 1;

  const outliers = of(isOutlier, isOnce);
  expect(page).toContain(
    `Of the sample's ${outliers.all} outliers by default, ${outliers.part} have a text that occurs nowhere else, ${percent(outliers)}`,
  );
  const members = of(isMember, isOnce);
  expect(page).toContain(
    `of the ${thousands(members.all)} members of clusters, ${members.part} do, ${percent(members)}`,
  );
  const early = of((i) => steps[i] < 10, isOutlier);
  const late = of((i) => steps[i] >= 50, isOutlier);
  expect(page).toContain(
    `of the outputs of steps 0 to 9, ${early.part} of ${early.all} are outliers; of steps 50 to 59, ${late.part} of ${late.all}`,
  );
  expect(page).toContain(`${outliers.all} outliers (${((100 * outliers.all) / texts.length).toFixed(1)} %)`);
});

test("the outliers are as near to their clusters as the page states, and the sweep recommends what it says", async () => {
  const { labels, medoids, sizes, spanningTree, parameters } = await clustered("");
  const medoidPoints = medoids.map((row) => spanningTree.points[row]);
  const ofPoint = pointLabels(spanningTree, parameters, medoidPoints)!;
  const within = [1.1, 1.25, 1.5];
  const counts = joiningCounts(spanningTree, ofPoint, sizes.length, within);
  const settings = sizesToTry({ minClusterSize: 5, maxClusterSize: null }).map((minClusterSize) => ({
    ...parameters,
    minClusterSize,
  }));
  const points = sweep(spanningTree, settings, parameters).map((point, at) => ({
    ...settings[at],
    ...point,
  }));
  const recommendation = recommendedSetting(points);
  const outlierCount = labels.filter((label) => label < 0).length;
  const result = { outlierCount, embeddingCount: labels.length } as ClusteringResultData;
  const joiningOutliers = within.map((factor, at) => ({ within: factor, outlierCount: counts[at] }));
  const ofOutliers = networks.filter((_, i) => labels[i] < 0);
  const countIn = (all: string[], network: string) => all.filter((each) => each === network).length;
  const outlierComposition = [...new Set(ofOutliers)]
    .map((value) => {
      const count = countIn(ofOutliers, value);
      const share = count / outlierCount;
      return { value, count, share, lift: share / (countIn(networks, value) / networks.length) };
    })
    .sort((p, q) => q.count - p.count);
  const summary = { result, joiningOutliers, outlierComposition, sweep: points, recommendation };
  expect(page).toContain(formatOutliers(summary));
  const { minClusterSize, outlierCount: left } = recommendation!.point;
  expect(page).toContain(
    `${left} outliers are left (\`--min-cluster-size ${minClusterSize} --min-samples 5\``,
  );
});

test("the numbers for large inputs are those that the benchmark has measured", () => {
  const bench = readFileSync("bench/README.md", "utf8");
  const seconds = (name: string) => Number(new RegExp(`^\\| ${name} \\| ([\\d.]+) `, "m").exec(bench)![1]);
  const exact = Math.round(seconds("Medoid exact, 100000 × 384"));
  const approximate = Math.round(seconds("Medoid approximate, 100,000 × 384"));
  const million = Math.round(seconds("Medoid approximate, 1,000,000 distinct × 384"));
  expect(page).toContain(`${exact} s for 100,000 of 384 dimensions on two cores`);
  expect(page).toContain(`takes ${approximate} s and ${million} s`);
  const [, agreement] = /^\| 20,000 \| Medoid approximate \| ([\d.]+) /m.exec(bench)!;
  expect(page).toContain(`adjusted Rand index of ${agreement} at 20,000 rows`);
});

test("the README's table of shuffles is the benchmark's", () => {
  const cells = (text: string, name: string) =>
    new RegExp(`^\\| ${name} \\| (\\d+) \\| (.*) \\|$`, "m").exec(text)!.slice(1);
  const readme = readFileSync("README.md", "utf8");
  const bench = readFileSync("bench/README.md", "utf8").split("### The order of the rows")[1];
  for (const name of ["Medoid", "scikit-learn", "hdbscan", "fast_hdbscan"]) {
    const [asTheyAre, shuffled] = cells(bench, name);
    expect(cells(readme, name)).toEqual([asTheyAre, shuffled.replace(/ \([-\d.]+\)/g, "")]);
  }
});
