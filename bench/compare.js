// Comparing two clusterings of the same rows: Medoid's functions, and compareClusteringResults on SQLite with the
// assignments stored, beside scikit-learn's adjusted_rand_score and adjusted_mutual_info_score of the same labels.
//   npm run build && node bench/compare.js [--rows 1000000] [--clusters 2000] [--python PATH]
// PATH is a Python 3 with scikit-learn from PyPI; without it, scikit-learn is left out. A million rows need 1 GB in the
// folder for temporary files.
import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import Libsql from "libsql";
import { compare } from "../dist/analysis/comparison.js";
import { openApp } from "../dist/app.js";
import { overlapsOf } from "../dist/clustering/overlaps.js";
import { executeInProcess } from "../dist/server/inProcess.js";

const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "1000000" },
    clusters: { type: "string", default: "2000" },
    python: { type: "string" },
  },
});
const [rows, clusters] = [Number(values.rows), Number(values.clusters)];
let state = 1; // of the random numbers
const folder = mkdtempSync(join(tmpdir(), "medoid-bench-"));
try {
  const from = labels();
  // Of a fifth of the rows the label is that of another row.
  const to = from.map((label) => (random() < 0.2 ? from[Math.floor(random() * rows)] : label));
  console.log(`${rows.toLocaleString("en-US")} rows, ${clusters.toLocaleString("en-US")} clusters each\n`);
  console.log("| what | seconds | processor seconds | adjusted Rand index | adjusted mutual information |");
  console.log("|---|---|---|---|---|");
  await measured("Medoid, from the labels", () =>
    compare(overlapsOf(from, to, new Int32Array(rows).fill(1))),
  );
  if (values.python) bySklearn(from, to);
  await throughDatabase(from, to);
} finally {
  rmSync(folder, { recursive: true });
}

/** Sizes of clusters differ as those of real ones do; a third of the rows are outliers. */
function labels() {
  return Int32Array.from({ length: rows }, () =>
    random() < 1 / 3 ? -1 : Math.floor(clusters * random() ** 2),
  );
}

/** A number from 0 to below 1: a linear congruential generator, so that each run has the same labels. */
function random() {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
}

async function measured(name, work) {
  const [start, before] = [performance.now(), process.cpuUsage()];
  const { adjustedRandIndex, adjustedMutualInformation } = await work();
  const { user, system } = process.cpuUsage(before);
  print(name, (performance.now() - start) / 1e3, (user + system) / 1e6, [
    adjustedRandIndex,
    adjustedMutualInformation,
  ]);
}

function print(name, seconds, processorSeconds, indexes) {
  const numbers = [
    seconds.toFixed(2),
    processorSeconds.toFixed(2),
    ...indexes.map((index) => index.toFixed(12)),
  ];
  console.log(`| ${[name, ...numbers].join(" | ")} |`);
}

function bySklearn(from, to) {
  const files = [from, to].map((column, at) => {
    const file = join(folder, `labels-${at}.i32`);
    writeFileSync(file, column);
    return file;
  });
  const program = `
import json, sys, time
import numpy as np
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score
first, second = (np.fromfile(file, "<i4") for file in sys.argv[1:])
for score in (adjusted_rand_score, adjusted_mutual_info_score):
    start, before = time.perf_counter(), time.process_time()
    value = float(score(first, second))
    print(json.dumps([value, time.perf_counter() - start, time.process_time() - before]))
`;
  const printed = execFileSync(values.python, ["-c", program, ...files], { encoding: "utf8" });
  const [rand, information] = printed
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  print("scikit-learn, both scores", rand[1] + information[1], rand[2] + information[2], [
    rand[0],
    information[0],
  ]);
}

/** The same labels as results in a SQLite file, compared by the field of the API. */
async function throughDatabase(from, to) {
  const file = join(folder, "medoid.db");
  await (await openApp({ databaseUrl: `file:${file}` })).close(); // creates the tables
  const ids = fill(file, [from, to]);
  const app = await openApp({ databaseUrl: `file:${file}` });
  try {
    const query = `{ compareClusteringResults(from: "${ids[0]}", to: "${ids[1]}") {
      adjustedRandIndex adjustedMutualInformation lineage(limit: 10) { kind } overlaps { edges { node { count } } }
    } }`;
    await measured("compareClusteringResults on SQLite", async () => {
      const { data, errors } = await executeInProcess(app, { query, log: console.error });
      if (errors) throw new Error(JSON.stringify(errors));
      return data.compareClusteringResults;
    });
  } finally {
    await app.close();
  }
}

/** @returns the ids of the results */
function fill(file, columns) {
  const database = new Libsql(file);
  database.exec("PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF; BEGIN");
  const embeddings = Array.from({ length: rows }, () => randomUUID()).sort(); // the order in which results are stored
  const model = randomUUID();
  const insert = (table, row) => {
    const names = Object.keys(row);
    const marks = names.map(() => "?").join(", ");
    return database.prepare(`INSERT INTO "${table}" ("${names.join('", "')}") VALUES (${marks})`);
  };
  const put = (table, row) => insert(table, row).run(Object.values(row));
  put("EmbeddingModel", { id: model, name: "made up", dimensions: 1, embeddingCount: rows });
  const ids = columns.map((column, at) => {
    const id = randomUUID();
    put("ClusteringResult", {
      ...{ id, embeddingModelId: model, algorithm: "HDBSCAN", minClusterSize: 5, minSamples: 5 },
      ...{ clusterSelectionMethod: "EXCESS_OF_MASS", clusterSelectionEpsilon: 0, alpha: 1 },
      ...{ allowSingleCluster: 0, metric: "EUCLIDEAN", normalize: 1, filter: "{}", engineVersion: "made up" },
      ...{ status: "SUCCEEDED", finishingNumber: at + 1, embeddingCount: rows, clusterCount: clusters },
    });
    const clusterIds = Array.from({ length: clusters }, () => randomUUID());
    clusterIds.forEach((clusterId, label) => {
      put("Cluster", {
        ...{ id: clusterId, clusteringResultId: id, label, size: 1, persistence: 0.5 },
        ...{ medoidEmbeddingId: embeddings[0], medoidPoint: 0 },
      });
    });
    const assignment = { clusteringResultId: id, embeddingId: "", clusterId: null, probability: 0.5 };
    const statement = insert("ClusterAssignment", { ...assignment, outlierScore: 0.5, point: 0 });
    embeddings.forEach((embedding, row) => {
      statement.run([id, embedding, clusterIds[column[row]] ?? null, random(), random(), row]);
    });
    return id;
  });
  database.exec("COMMIT");
  database.close();
  return ids;
}
