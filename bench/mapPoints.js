// What the points of a map are, on SQLite: bytes, time and processor time of a server's response, without and with the
// clusters of a result and with what the embeddings come from. See bench/README.md.
//   npm run build && node bench/mapPoints.js [--points 100000] [--clusters 200]
import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import Libsql from "libsql";
import { openApp } from "../dist/app.js";
import { createServer } from "../dist/server/server.js";
import { storeMap } from "./madeUpMap.js";

const { values } = parseArgs({
  options: {
    points: { type: "string", default: "100000" },
    clusters: { type: "string", default: "200" },
  },
});
const [count, clusterCount] = [Number(values.points), Number(values.clusters)];
const times = 9;

const folder = mkdtempSync(join(tmpdir(), "medoid-bench-"));
const databaseUrl = `file:${join(folder, "map.db")}`;
try {
  const app = await openApp({ databaseUrl });
  const { mapId, resultId } = storeMap(new Libsql(join(folder, "map.db")), { count, clusterCount });
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
    ["with clusters and origin", `${path}?clusteringResultId=${resultId}&origin=true`],
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
