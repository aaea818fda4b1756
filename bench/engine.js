// The benchmark of the clustering engine: node bench/engine.js --vectors FILE.f16 --walks FILE.u32.gz --python PYTHON
// See bench/README.md. Without --vectors only synthetic rows are run; without --python no other libraries.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { cpus, tmpdir, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { hdbscan } from "../dist/clustering/index.js";
import { adjustedRandIndex, fileRows, random } from "./points.js";

const { values: options } = parseArgs({
  options: {
    vectors: { type: "string" },
    walks: { type: "string" },
    python: { type: "string" },
    /** The largest number of rows. Without it, the million steps and the million distinct rows are run too. */
    most: { type: "string" },
  },
});
const { vectors, walks, python } = options;
const most = Number(options.most ?? Infinity);
const here = (file) => fileURLToPath(new URL(file, import.meta.url));
const scratch = mkdtempSync(`${tmpdir()}/medoid-bench-`);
const run = (program, ...args) =>
  JSON.parse(
    execFileSync(program, args, {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
      maxBuffer: 2 ** 30,
    }),
  );
const measure = (given) => run(process.execPath, "--expose-gc", here("./measure.js"), JSON.stringify(given));
const peer = (given) =>
  python === undefined ? null : run(python, here("./peers.py"), JSON.stringify(given));

const DIMENSIONS = 384;
const DEFAULTS = { normalize: true, minClusterSize: 10, minSamples: 10 };
const wordnet = (rows, extra = {}) => ({ vectors, rows, dimensions: DIMENSIONS, ...extra });
const seconds = (value) => (value === undefined ? "" : value < 0.1 ? value.toFixed(3) : value.toFixed(2));

function row(name, measured) {
  const { median, processorSeconds, megabytes, facts, clusters, estimate } = measured;
  const pairs = facts === undefined ? "" : (facts.pairsComputed / facts.pairs).toFixed(3);
  const expected =
    estimate === undefined ? "" : `${seconds(estimate.seconds)} s, ${Math.round(estimate.bytes / 1e6)} MB`;
  const times = `${seconds(median)} (${seconds(measured.seconds[0])}) | ${seconds(processorSeconds)}`;
  console.log(`| ${name} | ${times} | ${Math.round(megabytes)} | ${pairs} | ${clusters} | ${expected} |`);
}

console.log(
  `Node ${process.version}, ${cpus().length} × ${cpus()[0].model}, ${Math.round(totalmem() / 2 ** 30)} GB`,
);
console.log(new Date().toISOString());
console.log(
  "\n| case | seconds, median (least) | processor seconds | MB above the input | pairs computed / all | clusters | estimate |\n|---|---|---|---|---|---|---|",
);

/** Warms up the code until it is compiled: the fewer rows, the more runs that takes. */
const warmUps = { 1000: 20, 10000: 8, 20000: 2, 50000: 1 };
const medoid = {};
if (vectors !== undefined) {
  for (const rows of [1_000, 10_000, 20_000, 50_000, 100_000].filter((n) => n <= most)) {
    const measured = measure({
      points: wordnet(rows),
      parameters: DEFAULTS,
      runs: rows > 50_000 ? 1 : 3,
      warm: rows > 50_000 ? 0 : warmUps[rows],
    });
    medoid[rows] = measured;
    row(`Medoid exact, ${rows} × 384`, measured);
    for (const [name, largest, runs] of [
      ["scikit-learn", 20_000, rows > 10_000 ? 1 : 3],
      ["hdbscan", 10_000, 1],
      ["fast_hdbscan", 100_000, rows > 50_000 ? 1 : 3],
    ]) {
      if (python === undefined || rows > largest || rows < 10_000) continue;
      row(`${name}, ${rows} × 384`, peer({ peer: name, ...wordnet(rows), ...DEFAULTS, runs }));
    }
  }
  if (walks !== undefined && most === Infinity) {
    row(
      "Medoid exact, 1,000,000 walk steps × 384",
      measure({
        points: wordnet(1_000_000, { walks }),
        parameters: DEFAULTS,
        runs: 1,
        warm: 0,
        distinct: 15_126,
      }),
    );
  }
  const leaf = { normalize: true, minClusterSize: 10, minSamples: 5, clusterSelectionMethod: "LEAF" };
  const approximate = { algorithm: "APPROXIMATE_HDBSCAN" };
  if (most >= 100_000) {
    row(
      "Medoid approximate, 100,000 × 384",
      measure({ points: wordnet(100_000), parameters: { ...DEFAULTS, ...approximate }, runs: 3 }),
    );
  }
  const agreements = [];
  for (const rows of [20_000, 50_000].filter((n) => n <= most)) {
    const labels = (name) => `${scratch}/${name}-${rows}.json`;
    const read = (name) => JSON.parse(readFileSync(labels(name), "utf8"));
    measure({ points: wordnet(rows), parameters: leaf, runs: 1, warm: 0, labels: labels("exact") });
    row(
      `Medoid approximate, ${rows} × 384, leaf`,
      measure({
        points: wordnet(rows),
        parameters: { ...leaf, ...approximate },
        runs: 3,
        labels: labels("approximate"),
      }),
    );
    if (python !== undefined)
      peer({ peer: "fast_hdbscan", ...wordnet(rows), ...leaf, runs: 1, labels: labels("fast") });
    const exact = read("exact");
    for (const name of python === undefined ? ["approximate"] : ["approximate", "fast"]) {
      const other = read(name);
      const either = adjustedRandIndex(exact, other, (i) => exact[i] >= 0 || other[i] >= 0);
      agreements.push(
        `| ${rows} | ${name} | ${adjustedRandIndex(exact, other).toFixed(4)} | ${either.toFixed(4)} |`,
      );
    }
  }
  if (walks !== undefined && most === Infinity) {
    row(
      "Medoid approximate, 1,000,000 distinct × 384",
      measure({
        points: wordnet(1_000_000, { walks, noise: 0.01 }),
        parameters: { ...DEFAULTS, ...approximate },
        runs: 1,
        warm: 0,
      }),
    );
  }
  console.log("\nAgreement with exact, leaf, minClusterSize 10, minSamples 5 (adjusted Rand index):\n");
  console.log("| rows | against exact | all rows | rows that either clusters |\n|---|---|---|---|");
  console.log(agreements.join("\n"));
}

console.log(
  "\n| case | seconds, median (least) | processor seconds | MB above the input | pairs computed / all | clusters | estimate |\n|---|---|---|---|---|---|---|",
);
for (const dimensions of [384, 768, 1536]) {
  const points = { kind: "blobs", rows: 10_000, dimensions };
  row(
    `Medoid exact, blobs, 10,000 × ${dimensions}`,
    measure({ points, parameters: { ...DEFAULTS, normalize: false } }),
  );
}
for (const dimensions of [2, 384]) {
  const points = { kind: "uniform", rows: 20_000, dimensions };
  row(
    `Medoid exact, uniform, 20,000 × ${dimensions}`,
    measure({ points, parameters: { ...DEFAULTS, normalize: false } }),
  );
}

console.log(
  "\nManners (last of the runs above): time per fifth of the progress; longest task of the calling thread",
);
for (const [rows, { fifths, longestTask, facts }] of Object.entries(medoid)) {
  const { times } = facts;
  const whole = times.medoids;
  const medoids = ((100 * (times.medoids - times.clusters)) / whole).toFixed(1);
  const shares = fifths.map((share) => share.toFixed(2)).join(" ");
  console.log(
    `${rows} rows: ${shares}; ${longestTask.toFixed(1)} ms; medoids ${medoids} % of the run, largest cluster ${medoid[rows].largest}`,
  );
}

if (vectors !== undefined) {
  console.log(
    "\nThe order of the rows: 2,000 rows in their original order, then shuffled five times: clusters (agreement with the first)",
  );
  const given = { vectors, first: 1000, rows: 2000, dimensions: DIMENSIONS };
  const parameters = { minClusterSize: 4, minSamples: 3 };
  const data = fileRows(given);
  const original = await hdbscan({ data, dimensions: DIMENSIONS }, parameters);
  const shuffled = [];
  for (let seed = 0; seed < 5; seed++) {
    const next = random(seed + 1);
    const order = Array.from({ length: 2000 }, (_, i) => i).sort(() => next() - 0.5);
    const moved = new Float32Array(data.length);
    order.forEach((from, to) => {
      moved.set(data.subarray(from * DIMENSIONS, (from + 1) * DIMENSIONS), to * DIMENSIONS);
    });
    const result = await hdbscan({ data: moved, dimensions: DIMENSIONS }, parameters);
    const expected = order.map((from) => original.labels[from]);
    shuffled.push([result.sizes.length, adjustedRandIndex(expected, result.labels)]);
  }
  const line = (name, clusters, list) =>
    console.log(
      `${name}: ${clusters}; ${list.map(([count, ari]) => `${count} (${ari.toFixed(3)})`).join(", ")}`,
    );
  line("Medoid", original.sizes.length, shuffled);
  for (const name of python === undefined ? [] : ["scikit-learn", "hdbscan", "fast_hdbscan"]) {
    const measured = peer({ peer: name, ...given, ...parameters, normalize: false, shuffles: 5 });
    line(name, measured.clusters, measured.shuffled);
  }
}
