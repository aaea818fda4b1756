// How fast the page is in headless Chromium, which draws without a graphics card (SwiftShader): the demo from opening
// its result to the labelled map, and maps of many points: the first points, all of them, and how many pictures a second
// are drawn while one pans. See bench/README.md.
//   npm run build && node bench/page.js [--points 100000,1000000]
import { mkdtempSync, rmSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import Libsql from "libsql";
import { chromium } from "playwright-core";
import { openApp } from "../dist/app.js";
import { loadSample } from "../dist/import/sample/loadSample.js";
import { createServer } from "../dist/server/server.js";
import { storeMap } from "./madeUpMap.js";

const { values } = parseArgs({ options: { points: { type: "string", default: "100000,1000000" } } });
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const times = 5;
const panMilliseconds = 4000;
const viewport = { width: 1280, height: 900 };

const folder = mkdtempSync(join(tmpdir(), "medoid-bench-"));
const browser = await chromium.launch({
  executablePath,
  args: ["--disable-dev-shm-usage", "--enable-unsafe-swiftshader"],
});
try {
  console.log(
    `Node ${process.version}, Chromium ${browser.version()}, ${cpus().length} × ${cpus()[0].model}, ${new Date().toISOString()}, load ${loadavg()[0].toFixed(1)}\n`,
  );
  await withServer("demo.db", computeSample, async (address, { resultId }) => {
    const opened = [];
    for (let time = 0; time < times; time++) opened.push(await open(`${address}/results/${resultId}`));
    const labelled = opened.map(({ named }) => named).sort((a, b) => a - b);
    const { scripts, requests } = opened[0];
    console.log(
      `demo: ${labelled[times >> 1].toFixed(0)} ms to the labelled map (median of ${times}, least ${labelled[0].toFixed(0)}); scripts ${(scripts / 1000).toFixed(1)} kB gzip; ${requests} requests\n`,
    );
  });
  console.log(
    "| points | first points, ms | all points, ms | pictures a second while panning | while zoomed in |",
  );
  console.log("|---:|---:|---:|---:|---:|");
  for (const count of values.points.split(",").map(Number)) {
    const write = ({ databaseFile }) => storeMap(new Libsql(databaseFile), { count, clusterCount: 200 });
    await withServer(`${count}.db`, write, async (address, { resultId }) => {
      const { first, all, panned, zoomed } = await open(`${address}/results/${resultId}`, true);
      console.log(
        `| ${count.toLocaleString("en")} | ${first.toFixed(0)} | ${all.toFixed(0)} | ${panned.toFixed(1)} | ${zoomed.toFixed(1)} |`,
      );
    });
  }
} finally {
  await browser.close();
  rmSync(folder, { recursive: true });
}

/** Serves a database that `write` has filled. */
async function withServer(name, write, use) {
  const databaseFile = join(folder, name);
  const app = await openApp({ databaseUrl: `file:${databaseFile}` });
  const written = await write({ app, databaseFile });
  const server = createServer(app);
  try {
    await use(await server.listen(0, "127.0.0.1"), written);
  } finally {
    await server.stop(0);
    await app.close();
  }
}

/** What the demo computes: the clustering and the map of the sample. */
async function computeSample({ app }) {
  const { embeddingModel } = await loadSample(app);
  await app.queue.start();
  const { executeInProcess } = await import("../dist/server/inProcess.js");
  const execute = async (query, variables) => {
    const { data, errors } = await executeInProcess(app, { query, variables });
    if (errors?.length) throw new Error(errors[0].message);
    return data;
  };
  const finished = async (field, id) => {
    const query = `query($id: ID!) { subject: ${field}(id: $id) { status } }`;
    for (;;) {
      const { status } = (await execute(query, { id })).subject;
      if (status === "SUCCEEDED") return;
      if (status !== "QUEUED" && status !== "RUNNING") throw new Error(`${field} ${status}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  };
  const input = { embeddingModel };
  const { result } = await execute(
    `mutation($input: ClusterEmbeddingsInput!) { result: clusterEmbeddings(input: $input) { ... on ClusteringResult { id } } }`,
    { input },
  );
  await finished("clusteringResult", result.id);
  const { map } = await execute(
    `mutation($input: MapEmbeddingsInput!) { map: mapEmbeddings(input: $input) { ... on EmbeddingMap { id } } }`,
    { input },
  );
  await finished("embeddingMap", map.id);
  return { resultId: result.id.split(":")[1] };
}

/** Opens a result as somebody who was never there, and measures in milliseconds since the request for the page. */
async function open(address, moves = false) {
  const context = await browser.newContext({ viewport });
  const page = await context.newPage();
  const bodies = [];
  let requests = 0;
  page.on("response", (response) => {
    requests++;
    if (new URL(response.url()).pathname.endsWith(".js")) bodies.push(response.body());
  });
  await page.addInitScript(() => {
    globalThis.measured = {};
    const note = () => {
      const facts = document.querySelector(".map-facts")?.textContent ?? "";
      if (/^[1-9]/.test(facts)) globalThis.measured.first ??= performance.now();
      if (facts !== "" && !/ of /.test(facts)) globalThis.measured.all ??= performance.now();
      if (document.querySelector(".map-name")) globalThis.measured.named ??= performance.now();
      requestAnimationFrame(note);
    };
    requestAnimationFrame(note);
  });
  await page.goto(address);
  await page.waitForFunction(() => measured.all && measured.named, undefined, { timeout: 120_000 });
  const measured = await page.evaluate(() => globalThis.measured);
  const scripts = (await Promise.all(bodies)).reduce((sum, body) => sum + gzipSync(body).length, 0);
  let panned;
  let zoomed;
  if (moves) {
    await page.waitForTimeout(2000); // the index of the points is made meanwhile
    panned = await pan(page);
    for (let step = 0; step < 4; step++) await page.getByRole("button", { name: "Zoom in" }).click();
    await page.waitForTimeout(1000);
    zoomed = await pan(page);
  }
  await context.close();
  return { ...measured, scripts, requests, panned, zoomed };
}

/** Drags the map around; counts the pictures that were finished in a second. */
async function pan(page) {
  const box = await page.locator(".map-surface").boundingBox();
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.evaluate(() => {
    globalThis.pictures = 0;
    const gl = document.querySelector(".map-points").getContext("webgl2");
    const count = () => {
      const pixel = new Uint8Array(4);
      gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel); // waits until it is drawn
      globalThis.pictures++;
      globalThis.counting = requestAnimationFrame(count);
    };
    globalThis.counting = requestAnimationFrame(count);
  });
  await page.mouse.move(x, y);
  await page.mouse.down();
  const start = performance.now();
  const before = await page.evaluate(() => pictures);
  for (let step = 0; performance.now() - start < panMilliseconds; step++)
    await page.mouse.move(x + 120 * Math.sin(step / 10), y + 90 * Math.cos(step / 7));
  const after = await page.evaluate(() => pictures);
  const seconds = (performance.now() - start) / 1000;
  await page.mouse.up();
  await page.evaluate(() => cancelAnimationFrame(counting));
  return (after - before) / seconds;
}
