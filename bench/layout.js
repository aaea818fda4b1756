// The benchmark of the layout, beside umap-learn: node bench/layout.js --vectors FILE.f16 --python PYTHON
// See bench/README.md. Without --vectors only the sample is laid out; without --python only by Medoid.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { hdbscan } from "../dist/clustering/index.js";
import { neighbourhoodsKept } from "./neighbourhoodsKept.js";
import { adjustedRandIndex, fileRows } from "./points.js";

const { values: options } = parseArgs({
  options: {
    vectors: { type: "string" },
    python: { type: "string" },
    /** Numbers of rows of the vectors. */
    rows: { type: "string", default: "5000,10000,50000" },
    /** The programs take turns this often, each round with another seed. */
    rounds: { type: "string", default: "3" },
  },
});
const { vectors, python } = options;
const rounds = Number(options.rounds);
const here = (file) => fileURLToPath(new URL(file, import.meta.url));
const scratch = mkdtempSync(`${tmpdir()}/medoid-bench-`);
const run = (program, args, given) =>
  JSON.parse(
    execFileSync(program, [...args, JSON.stringify(given)], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    }),
  );
const programs = [["Medoid", (given) => run(process.execPath, [here("./measureLayout.js")], given)]];
if (python !== undefined) {
  programs.push(["umap-learn", (given) => run(python, [here("./peerLayout.py")], given)]);
}

const cases = [
  ["the sample", { vectors: here("../sample/data/vectors.f16"), rows: 938, dimensions: 512 }],
  ...(vectors === undefined ? [] : options.rows.split(",").map(Number)).map((rows) => [
    `WordNet, ${rows}`,
    { vectors, rows, dimensions: 384 },
  ]),
];
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)];
const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;

console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0].model}, ${new Date().toISOString()}\n`);
console.log(
  "| rows | dimensions | | steps s | processor s | whole s | MB | estimate | trustworthiness | continuity | clusters | outliers | agreement |\n|---|---|---|---|---|---|---|---|---|---|---|---|---|",
);
for (const [name, points] of cases) {
  const rows = fileRows(points);
  for (const dimensions of [2, 5]) {
    const minDistance = dimensions === 2 ? 0.1 : 0;
    const measured = programs.map(() => []);
    for (let round = 0; round < rounds; round++) {
      programs.forEach(([, measure], k) => {
        const file = `${scratch}/places.f32`;
        const threads = availableParallelism();
        const given = { ...points, layoutDimensions: dimensions, minDistance, seed: round, threads, file };
        const result = measure(given);
        const bytes = readFileSync(file);
        const places = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
        measured[k].push({ ...result, places: Float32Array.from(places) });
      });
    }
    const labels = [];
    for (const runs of measured) {
      const clusterings = [];
      for (const { places } of runs) {
        clusterings.push(await hdbscan({ data: places, dimensions }, { minClusterSize: 10, minSamples: 10 }));
      }
      labels.push(clusterings);
    }
    programs.forEach(([program], k) => {
      const runs = measured[k];
      const kept = runs.map(({ places }) => neighbourhoodsKept(rows, points.dimensions, places, dimensions));
      const of = (list, digits) => mean(list).toFixed(digits);
      const outliers = ({ labels: all }) => all.filter((label) => label < 0).length / all.length;
      // With the last program's clusters, and of the last program with its own from other seeds.
      const pairs = labels[k].flatMap((a, i) =>
        labels
          .at(-1)
          .filter((_, j) => i !== j)
          .map((b) => adjustedRandIndex(a.labels, b.labels)),
      );
      const { estimate } = runs[0];
      const cells = [
        name,
        dimensions,
        program,
        median(runs.map(({ steps }) => steps)).toFixed(2),
        median(runs.map(({ stepsProcessor }) => stepsProcessor)).toFixed(2),
        median(runs.map(({ whole }) => whole)).toFixed(2),
        Math.round(median(runs.map(({ megabytes }) => megabytes))),
        estimate === undefined
          ? ""
          : `${estimate.seconds.toFixed(2)} s, ${Math.round(estimate.bytes / 1e6)} MB`,
        of(
          kept.map(({ trustworthiness }) => trustworthiness),
          4,
        ),
        of(
          kept.map(({ continuity }) => continuity),
          4,
        ),
        labels[k].map(({ sizes }) => sizes.length).join(" "),
        `${(100 * mean(labels[k].map(outliers))).toFixed(0)} %`,
        pairs.length === 0 ? "" : `${Math.min(...pairs).toFixed(2)} to ${Math.max(...pairs).toFixed(2)}`,
      ];
      console.log(`| ${cells.join(" | ")} |`);
    });
  }
}
rmSync(scratch, { recursive: true });
