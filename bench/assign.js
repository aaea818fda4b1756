// What it costs to assign vectors that took no part to the clusters of those that did:
// node bench/assign.js --vectors FILE.f16 [--python PYTHON] [--rows 10000,100000] [--assigned 1000]
// See bench/README.md. Without --python no other library is run.
import { execFileSync } from "node:child_process";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { assignedLinks } from "../dist/clustering/assignedLinks.js";
import { hdbscan } from "../dist/clustering/index.js";
import { kernelModule } from "../dist/clustering/kernel/kernel.js";
import { NearestByReachability } from "../dist/clustering/nearestByReachability.js";
import { fileRows } from "./points.js";

const { values: options } = parseArgs({
  options: {
    vectors: { type: "string" },
    python: { type: "string" },
    rows: { type: "string", default: "10000,100000" },
    assigned: { type: "string", default: "1000" },
  },
});
const DIMENSIONS = 384;
const RUNS = 3;
const BLOCK = 5_461; // as many rows as assignVectors.ts takes
const parameters = { minClusterSize: 10, minSamples: 10, normalize: true };
const assigned = Number(options.assigned);
/** Most rows with which hdbscan is run: it takes minutes beyond. */
const MOST_OF_PEER = 10_000;

console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0].model}, ${new Date().toISOString()}\n`);
console.log("| rows × 384 | | seconds | processor seconds | passes | outliers |");
console.log("|---|---|---|---|---|---|");
for (const rows of options.rows.split(",").map(Number)) {
  const all = fileRows({ vectors: options.vectors, rows: rows + assigned, dimensions: DIMENSIONS });
  const data = all.slice(0, rows * DIMENSIONS);
  const others = all.slice(rows * DIMENSIONS);
  // The time to assign does not depend on how exact the tree is.
  const algorithm = rows > 20_000 ? "APPROXIMATE_HDBSCAN" : "HDBSCAN";
  const { spanningTree, medoids } = await hdbscan(
    { data, dimensions: DIMENSIONS },
    { ...parameters, algorithm },
  );
  const { points, weights } = spanningTree;
  const rowOf = new Int32Array(weights.length);
  for (const [row, point] of points.entries()) rowOf[point] = row;
  const own = {
    ...{ minClusterSize: 10, clusterSelectionMethod: "EXCESS_OF_MASS", clusterSelectionEpsilon: 0 },
    ...{ maxClusterSize: null, allowSingleCluster: false },
  };
  const how = { dimensions: DIMENSIONS, metric: "EUCLIDEAN", normalize: true, minSamples: 10, alpha: 1 };
  const runs = [];
  for (let run = 0; run < RUNS; run++) {
    const start = performance.now();
    const before = process.cpuUsage();
    const search = new NearestByReachability(others, spanningTree, how, BLOCK, kernelModule());
    let passes = 0;
    do {
      passes++;
      for (let from = 0; from < rowOf.length; from += BLOCK) {
        const numbers = Int32Array.from({ length: Math.min(BLOCK, rowOf.length - from) }, (_, k) => from + k);
        const block = new Float32Array(numbers.length * DIMENSIONS);
        for (const [k, point] of numbers.entries()) {
          const at = rowOf[point] * DIMENSIONS;
          block.set(data.subarray(at, at + DIMENSIONS), k * DIMENSIONS);
        }
        search.offer(block, numbers);
      }
    } while (search.endPass());
    const medoidPoints = Int32Array.from(medoids, (row) => points[row]);
    const { labels } = assignedLinks(spanningTree, own, medoidPoints, search.links);
    const { user, system } = process.cpuUsage(before);
    const outliers = labels.filter((label) => label < 0).length;
    runs.push({
      seconds: (performance.now() - start) / 1000,
      processor: (user + system) / 1e6,
      passes,
      outliers,
    });
  }
  const { seconds, processor, passes, outliers } = runs.sort((a, b) => a.seconds - b.seconds)[RUNS >> 1];
  console.log(
    `| ${rows} | Medoid | ${seconds.toFixed(2)} | ${processor.toFixed(2)} | ${passes} | ${outliers} |`,
  );
  if (options.python === undefined || rows > MOST_OF_PEER) continue;
  const given = {
    ...{ peer: "hdbscan", vectors: options.vectors, rows, assigned, dimensions: DIMENSIONS },
    ...{ minClusterSize: 10, minSamples: 10 },
  };
  const script = fileURLToPath(new URL("./peers.py", import.meta.url));
  const printed = execFileSync(options.python, [script, JSON.stringify(given)], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  const peer = JSON.parse(printed);
  const of = `${peer.median.toFixed(2)} | ${peer.processorSeconds.toFixed(2)} | | ${peer.outliers}`;
  console.log(`| ${rows} | hdbscan | ${of} |`);
}
