// What other parameters of selection cost once the spanning tree is known:
// node bench/again.js --vectors FILE.f16 [--python PYTHON] [--rows 10000,20000]
// See bench/README.md. Without --python no other libraries are run.
import { execFileSync } from "node:child_process";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { hdbscan } from "../dist/clustering/index.js";
import { sweep } from "../dist/clustering/sweep.js";
import { fileRows } from "./points.js";

const { values: options } = parseArgs({
  options: {
    vectors: { type: "string" },
    python: { type: "string" },
    rows: { type: "string", default: "10000,20000,50000,100000" },
  },
});
const DIMENSIONS = 384;
const RUNS = 3;
const OWN = { minClusterSize: 10, minSamples: 5 };
const OTHER = { minClusterSize: 25, minSamples: 5 };
const SIZES = [5, 10, 15, 20, 30, 50];
/** Most rows with which each of the others is run: they take minutes beyond. */
const PEERS = { hdbscan: 10_000, "scikit-learn": 10_000, fast_hdbscan: 100_000 };

async function timed(work) {
  const start = performance.now();
  const processor = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(processor);
  return { result, seconds: (performance.now() - start) / 1000, processor: (user + system) / 1e6 };
}
async function median(work) {
  const runs = [];
  for (let run = 0; run < RUNS; run++) runs.push(await timed(work));
  return runs.sort((a, b) => a.seconds - b.seconds)[RUNS >> 1];
}
const shown = ({ seconds, processor }) => `${seconds.toFixed(2)} (${processor.toFixed(2)})`;

function requireEqual(taken, fromNothing) {
  for (const name of ["labels", "probabilities", "outlierScores", "medoids", "persistence"]) {
    const same = taken[name].every((value, at) => Object.is(value, fromNothing[name][at]));
    if (!same) throw new Error(`${name} differ from those of a clustering from nothing`);
  }
}

console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0].model}, ${new Date().toISOString()}\n`);
console.log("| rows × 384 | | from nothing | again, other size | 12 settings | largest cluster |");
console.log("|---|---|---|---|---|---|");
for (const rows of options.rows.split(",").map(Number)) {
  const data = fileRows({ vectors: options.vectors, rows, dimensions: DIMENSIONS });
  const points = { data, dimensions: DIMENSIONS };
  await hdbscan({ data: data.slice(0, 1_500 * DIMENSIONS), dimensions: DIMENSIONS }, OWN);
  const first = await timed(() => hdbscan(points, OWN));
  const { spanningTree } = first.result;
  const fromNothing = await timed(() => hdbscan(points, OTHER));
  const again = await median(() => hdbscan(points, { ...OTHER, spanningTree }));
  requireEqual(again.result, fromNothing.result);
  const selection = {
    clusterSelectionEpsilon: 0,
    maxClusterSize: null,
    allowSingleCluster: false,
  };
  const settings = SIZES.flatMap((minClusterSize) =>
    ["EXCESS_OF_MASS", "LEAF"].map((method) => ({
      minClusterSize,
      clusterSelectionMethod: method,
      ...selection,
    })),
  );
  const swept = await median(() => sweep(spanningTree, settings, settings[2]));
  const largest = again.result.sizes[0] ?? 0;
  console.log(
    `| ${rows} | Medoid | ${shown(fromNothing)} | ${shown(again)} | ${shown(swept)} | ${largest} |`,
  );
  for (const [peer, most] of Object.entries(PEERS)) {
    if (options.python === undefined || rows > most) continue;
    const sizes = peer === "hdbscan" ? [25, ...SIZES] : [25, 10];
    const given = { peer, vectors: options.vectors, rows, dimensions: DIMENSIONS, ...OTHER, sizes };
    const { seconds } = JSON.parse(
      execFileSync(
        options.python,
        [fileURLToPath(new URL("./peers.py", import.meta.url)), JSON.stringify(given)],
        {
          encoding: "utf8",
          stdio: ["ignore", "pipe", "inherit"],
        },
      ),
    );
    // hdbscan has the tree after its first; the others begin anew each time, and so 12 times for 12 settings.
    const each = seconds.slice(1).reduce((sum, own) => sum + own, 0) / (seconds.length - 1);
    console.log(
      `| ${rows} | ${peer} | ${seconds[0].toFixed(2)} | ${each.toFixed(2)} | ${(12 * each).toFixed(2)} | |`,
    );
  }
}
