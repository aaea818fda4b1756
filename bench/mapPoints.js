// What the points of a map are, on SQLite: bytes, time and processor time of a server's response, without and with the
// clusters of a result. See bench/README.md.
//   npm run build && node bench/mapPoints.js [--points 100000] [--clusters 200]
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import Libsql from "libsql";
import { openApp } from "../dist/app.js";
import { createServer } from "../dist/server/server.js";
import { random } from "./points.js";

const { values } = parseArgs({
  options: {
    points: { type: "string", default: "100000" },
    clusters: { type: "string", default: "200" },
  },
});
const [count, clusterCount] = [Number(values.points), Number(values.clusters)];
const times = 9;
const outliers = 0.4;

const next = random(1);
const bell = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
const folder = mkdtempSync(join(tmpdir(), "medoid-bench-"));
const databaseUrl = `file:${join(folder, "map.db")}`;
const [mapId, resultId] = [randomUUID(), randomUUID()];
try {
  const app = await openApp({ databaseUrl });
  storePoints(new Libsql(join(folder, "map.db")));
  const server = createServer(app);
  const address = await server.listen(0, "127.0.0.1");
  const [load] = loadavg();
  console.log(
    `Node ${process.version}, ${cpus().length} × ${cpus()[0].model}, ${new Date().toISOString()}, load ${load.toFixed(1)}\n`,
  );
  console.log(
    "| points | accepted | MB | ms, median (least) | processor ms, median |\n|---|---|---:|---:|---:|",
  );
  const path = `${address}/maps/${mapId}/points.arrow`;
  for (const [name, url] of [
    ["alone", path],
    ["with clusters", `${path}?clusteringResultId=${resultId}`],
  ]) {
    for (const accepted of ["identity", "gzip", "br"]) {
      const measured = [];
      for (let time = 0; time <= times; time++) {
        const before = process.cpuUsage();
        const start = performance.now();
        const bytes = await received(url, accepted);
        const milliseconds = performance.now() - start;
        const { user, system } = process.cpuUsage(before);
        if (time > 0) measured.push({ bytes, milliseconds, processor: (user + system) / 1000 });
      }
      const of = (what) => measured.map((each) => each[what]).sort((a, b) => a - b);
      const median = (what) => of(what)[Math.floor(times / 2)];
      console.log(
        `| ${name} | ${accepted} | ${(median("bytes") / 1e6).toFixed(2)} | ${median("milliseconds").toFixed(0)} (${of("milliseconds")[0].toFixed(0)}) | ${median("processor").toFixed(0)} |`,
      );
    }
  }
  await server.stop(0);
  await app.close();
} finally {
  rmSync(folder, { recursive: true });
}

/** The number of bytes of a response as they are sent. */
function received(url, accepted) {
  return new Promise((resolve, reject) => {
    request(url, { headers: { "Accept-Encoding": accepted } }, (response) => {
      let bytes = 0;
      if (response.statusCode !== 200) reject(new Error(`${response.statusCode}`));
      response.on("data", (chunk) => {
        bytes += chunk.length;
      });
      response.on("end", () => resolve(bytes));
      response.on("error", reject);
    })
      .on("error", reject)
      .end();
  });
}

/** A made-up map with islands, and a result whose clusters they are; the rows of both in the order of random ids. */
function storePoints(database) {
  const model = randomUUID();
  const time = "2026-01-01T00:00:00.000+00:00";
  const ids = Array.from({ length: count }, () => randomUUID()).sort();
  const clusters = Array.from({ length: clusterCount }, (_, label) => ({
    id: randomUUID(),
    medoid: ids[Math.floor((label * count) / clusterCount)],
    middle: [5 + 4 * bell(), 5 + 4 * bell()],
  }));
  database.exec("PRAGMA foreign_keys = OFF; BEGIN");
  database
    .prepare(
      `INSERT INTO "EmbeddingModel" ("id", "name", "dimensions", "embeddingCount") VALUES (?, 'made up', 384, ?)`,
    )
    .run([model, count]);
  database
    .prepare(
      `INSERT INTO "EmbeddingMap" ("id", "embeddingModelId", "method", "metric", "normalize", "filter", "status",
        "engineVersion", "createdAt", "finishedAt", "inputDigest", "embeddingCount")
      VALUES (?, ?, 'UMAP', 'EUCLIDEAN', true, '{}', 'SUCCEEDED', '4', ?, ?, 'made up', ?)`,
    )
    .run([mapId, model, time, time, count]);
  database
    .prepare(
      `INSERT INTO "ClusteringResult" ("id", "embeddingModelId", "algorithm", "minClusterSize", "minSamples",
        "clusterSelectionMethod", "clusterSelectionEpsilon", "alpha", "allowSingleCluster", "metric", "normalize",
        "filter", "status", "engineVersion", "createdAt", "startedAt", "finishedAt", "finishingNumber", "inputDigest",
        "embeddingCount", "clusterCount", "outlierCount")
      VALUES (?, ?, 'HDBSCAN', 10, 10, 'EXCESS_OF_MASS', 0, 1, false, 'EUCLIDEAN', true, '{}', 'SUCCEEDED', '4',
        ?, ?, ?, 1, 'made up', ?, ?, 0)`,
    )
    .run([resultId, model, time, time, time, count, clusterCount]);
  const cluster = database.prepare(
    `INSERT INTO "Cluster" ("id", "clusteringResultId", "label", "size", "persistence", "medoidEmbeddingId", "medoidPoint")
    VALUES (?, ?, ?, 10, 0.5, ?, 0)`,
  );
  clusters.forEach(({ id, medoid }, label) => {
    cluster.run([id, resultId, label, medoid]);
  });
  const position = database.prepare(
    `INSERT INTO "MapPosition" ("embeddingMapId", "embeddingId", "x", "y") VALUES (?, ?, ?, ?)`,
  );
  const assignment = database.prepare(
    `INSERT INTO "ClusterAssignment" ("clusteringResultId", "embeddingId", "clusterId", "probability", "outlierScore", "point")
    VALUES (?, ?, ?, ?, 0, ?)`,
  );
  ids.forEach((id, point) => {
    const inCluster = next() < outliers ? null : clusters[Math.floor(clusterCount * next() ** 2)];
    const [x, y] = inCluster ? inCluster.middle : [5 + 5 * bell(), 5 + 5 * bell()];
    position.run([mapId, id, Math.fround(x + 0.3 * bell()), Math.fround(y + 0.3 * bell())]);
    const probability = inCluster ? Math.min(1, 0.4 + 0.8 * next()) : 0;
    assignment.run([resultId, id, inCluster?.id ?? null, probability, point]);
  });
  database.exec("COMMIT");
  database.close();
}
