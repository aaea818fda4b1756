// How reductions change what is clustered: node bench/reduction.js --vectors FILE.f16 [--rows 5000]
// Prints a row of a table for each reduction: the numbers of docs/clustering.md. See bench/README.md for the data.
import { parseArgs } from "node:util";
import { hdbscan } from "../dist/clustering/index.js";
import { fileRows } from "./points.js";

const { values: options } = parseArgs({
  options: {
    vectors: { type: "string" },
    rows: { type: "string", default: "5000" },
    dimensions: { type: "string", default: "384" },
    "min-cluster-size": { type: "string", default: "10" },
  },
});
if (options.vectors === undefined) throw new Error("--vectors FILE.f16 is missing");
const [rows, dimensions, minClusterSize] = [
  options.rows,
  options.dimensions,
  options["min-cluster-size"],
].map(Number);
const data = fileRows({ vectors: options.vectors, rows, dimensions });
const reductions = [
  ["none", null],
  ...[2, 5, 50].map((to) => [`PCA to ${to}`, { method: "PCA", dimensions: to }]),
  ["UMAP to 2", { dimensions: 2 }],
  ...[0, 1, 2, 3, 4].map((seed) => [`UMAP to 5, seed ${seed}`, { seed }]),
  ["UMAP to 10", { dimensions: 10 }],
];
const percent = (count) => `${((100 * count) / rows).toFixed(1)} %`;

console.log("| reduction | clusters | outliers | largest cluster | s |\n|---|---:|---:|---:|---:|");
for (const [name, reduction] of reductions) {
  const begun = performance.now();
  const { labels, sizes } = await hdbscan(
    { data, dimensions },
    { minClusterSize, normalize: true, reduction },
  );
  const outliers = labels.filter((label) => label < 0).length;
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  console.log(
    `| ${name} | ${sizes.length} | ${percent(outliers)} | ${percent(sizes[0] ?? 0)} | ${seconds} |`,
  );
}
