// How fast the API responds to the walk, compared with a floor that is measured in the same run.
//   npm run bench:api [-- --seconds 5] [--rounds 5] [--keep FOLDER]
// Its database comes from ../shared/data/make_upstream.py (Python with numpy and Pillow). With --keep it is made only
// once.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { load } from "./load.js";
import { walk } from "./walk.js";

const { values: options } = parseArgs({
  options: {
    seconds: { type: "string", default: "5" },
    rounds: { type: "string", default: "5" },
    keep: { type: "string" },
  },
});
const seconds = Number(options.seconds);
const rounds = Number(options.rounds);
const root = fileURLToPath(new URL("../..", import.meta.url));
const maker = join(root, "../shared/data/make_upstream.py");
const medoid = join(root, "dist/cli/medoid.js");
const embeddingModel = "MiniLM";

const folder = options.keep ?? mkdtempSync(join(tmpdir(), "medoid-bench-"));
mkdirSync(folder, { recursive: true });
const database = join(folder, "medoid.db");
const environment = { ...process.env, DATABASE_URL: `file:${database}`, MEDOID_LOG_LEVEL: "warn" };

function run(command, ...args) {
  execFileSync(command, args, { env: environment, stdio: ["ignore", "ignore", "inherit"] });
}

/** 200 runs of 200 steps: 20,000 texts, each with an embedding of the model, all clustered. */
function makeDatabase() {
  if (existsSync(database)) return;
  if (!existsSync(maker)) {
    console.error(`There is no ${maker} to make the database with.`);
    process.exit(1);
  }
  const upstream = join(folder, "upstream.sqlite");
  run("python3", maker, upstream, "--runs", "200", "--steps", "200", "--images", "--layout", "july");
  run(process.execPath, medoid, "import", upstream);
  run(process.execPath, medoid, "cluster", "--embedding-model", embeddingModel);
}

/** @returns the process that serves, and its URL */
function start(args, settings = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      env: { ...environment, ...settings },
      stdio: ["ignore", "pipe", "inherit"],
    });
    let text = "";
    child.stdout.on("data", (chunk) => {
      text += chunk;
      const match = /http:\S+\/graphql/.exec(text);
      if (match) resolve({ child, url: match[0] });
    });
    child.on("exit", () => reject(new Error(`It ended without serving: ${args.join(" ")}`)));
  });
}

async function ask(url, query, variables) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}

/**
 * The processor time in milliseconds that a process has used, all its threads together; NaN where Linux does not report
 * it. On a machine with other work this says more than elapsed time does.
 */
function processorTime({ pid }) {
  const ticksASecond = 100;
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
    return (1000 * (Number(fields[11]) + Number(fields[12]))) / ticksASecond;
  } catch {
    return Number.NaN;
  }
}

/** Resolves once the clustering has ended. */
async function ended(url, id) {
  for (;;) {
    const { clusteringResult } = await ask(url, "query($id: ID!) { clusteringResult(id: $id) { status } }", {
      id,
    });
    if (!["QUEUED", "RUNNING"].includes(clusteringResult.status)) return clusteringResult.status;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** The load of one connection while the server clusters, and how many seconds the clustering took. */
async function whileClustering(url, body) {
  const started = performance.now();
  const { clusterEmbeddings } = await ask(
    url,
    "mutation($input: ClusterEmbeddingsInput!) { clusterEmbeddings(input: $input) { __typename ... on ClusteringResult { id } ... on Error { message } } }",
    { input: { embeddingModel } },
  );
  if (!clusterEmbeddings.id) throw new Error(clusterEmbeddings.message);
  const until = ended(url, clusterEmbeddings.id);
  const busy = await load(url, { body, connections: 1, seconds: 0, until });
  const took = (performance.now() - started) / 1000;
  if ((await until) !== "SUCCEEDED") throw new Error("The clustering did not succeed");
  await ask(url, "mutation($id: ID!) { deleteClusteringResult(id: $id) { __typename } }", {
    id: clusterEmbeddings.id,
  });
  return { busy, took };
}

const milliseconds = (value) => value.toFixed(value < 10 ? 2 : 0);
const row = (...cells) => console.log(`| ${cells.join(" | ")} |`);

async function main() {
  makeDatabase();
  const floor = await start([join(root, "bench/api/floor.js"), database]);
  const uncached = await start([medoid, "serve", "--port", "0"], { MEDOID_RESPONSE_CACHE_BYTES: "0" });
  const cached = await start([medoid, "serve", "--port", "0"]);
  const servers = { floor, uncached, cached };
  try {
    const id = (await ask(cached.url, "{ latestClusteringResult { id } }")).latestClusteringResult.id;
    const responses = {};
    for (const [name, { url }] of Object.entries(servers)) {
      const text = JSON.stringify(await ask(url, walk, { id })).replaceAll(new URL(url).origin, "");
      responses[name] = text;
      if (text !== responses.floor) throw new Error(`${name} responds differently from the floor`);
    }
    const body = JSON.stringify({ query: walk, variables: { id } });
    for (const { url } of Object.values(servers)) await load(url, { body, connections: 8, seconds: 5 });

    console.log(
      `${cpus().length} × ${cpus()[0].model}, Node ${process.version}; load average before: ${loadavg()[0].toFixed(1)}`,
    );
    console.log(`The response has ${Buffer.byteLength(responses.floor)} bytes.\n`);
    row(
      "connections",
      "server",
      "p50 ms",
      "p99 ms",
      "requests per second",
      "of the floor's time",
      "processor ms per request",
      "of the floor's",
    );
    row("---:", "---", "---:", "---:", "---:", "---:", "---:", "---:");
    for (const connections of [1, 8, 32]) {
      let least;
      for (const [name, { url, child }] of Object.entries(servers)) {
        const before = processorTime(child);
        const { p50, p99, rate, count } = await load(url, { body, connections, seconds });
        const processor = (processorTime(child) - before) / count;
        least ??= { time: 1 / rate, processor };
        row(
          connections,
          name,
          milliseconds(p50),
          milliseconds(p99),
          Math.round(rate),
          (1 / rate / least.time).toFixed(1),
          milliseconds(processor),
          (processor / least.processor).toFixed(1),
        );
      }
    }

    console.log("\nWhile the same server clusters 20,000 embeddings:\n");
    row(
      "server",
      "p99 ms idle",
      "p99 ms while it clusters",
      "times: median",
      "least",
      "most",
      "clustering s",
    );
    row("---", "---:", "---:", "---:", "---:", "---:", "---:");
    for (const name of ["uncached", "cached"]) {
      const { url } = servers[name];
      await whileClustering(url, body); // warms up the clustering; the requests are warmed up above
      const measured = [];
      for (let round = 0; round < rounds; round++) {
        const idle = await load(url, { body, connections: 1, seconds });
        const { busy, took } = await whileClustering(url, body);
        measured.push({ idle: idle.p99, busy: busy.p99, times: busy.p99 / idle.p99, took });
      }
      const sorted = (what) => measured.map((round) => round[what]).sort((a, b) => a - b);
      const median = (what) => sorted(what)[Math.floor(rounds / 2)];
      row(
        name,
        milliseconds(median("idle")),
        milliseconds(median("busy")),
        median("times").toFixed(1),
        sorted("times")[0].toFixed(1),
        sorted("times").at(-1).toFixed(1),
        median("took").toFixed(1),
      );
    }
    console.log(`\nLoad average after: ${loadavg()[0].toFixed(1)}`);
  } finally {
    for (const { child } of Object.values(servers)) {
      child.removeAllListeners("exit");
      child.kill("SIGTERM");
    }
  }
}

await main();
if (!options.keep) rmSync(folder, { recursive: true });
