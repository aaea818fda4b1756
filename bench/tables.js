// Importing tables and traces, and exporting results on SQLite: the time, the processor time and the peak memory of the commands,
// their start included, beside pandas and DuckDB reading the same files; and downloading exports from a server beside
// reading the same rows by pages of its API. Needs Linux, for the memory of a process.
//   npm run build && node bench/tables.js [--rows 5000] [--large 1000000] [--dimensions 384] [--python PATH]
// With --large 0 the large table is left out. PATH is a Python 3 with pandas, pyarrow and duckdb from PyPI; without it,
// they are left out. A million rows need 6 GB in the folder for temporary files, and pandas 10 GB of memory.
import { execFileSync, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ParquetWriter } from "hyparquet-writer";
import { fileWriter } from "hyparquet-writer/src/node.js";
import Libsql from "libsql";

const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "5000" },
    large: { type: "string", default: "1000000" },
    dimensions: { type: "string", default: "384" },
    python: { type: "string" },
  },
});
const dimensions = Number(values.dimensions);
const times = 3;
const rowsPerGroup = 50_000;
const exported = 15_000;
const pageSize = 500;
/** Rows that are read by pages: of a large table only a part, because the time of a page does not depend on its place. */
const mostPaged = 20_000;
/** The columns of an export. */
const pageQuery = `query($first: Int!, $after: String) { latestClusteringResult {
  assignments(first: $first, after: $after) {
    pageInfo { endCursor }
    edges { node {
      probability outlierScore isMedoid
      cluster { label medoidInvocation { id } }
      embedding { id invocation {
        id externalId sequenceNumber model outputText metadata startedAt completedAt
        run { id network initialPrompt }
      } }
    } }
  }
} }`;
let state = 1; // of the random numbers

const medoid = new URL("../dist/cli/medoid.js", import.meta.url).pathname;
const peers = new URL("./tablePeers.py", import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), "medoid-bench-"));
const columns = ["--text", "text", "--vector", "vector", "--id", "id"];
try {
  await small(Number(values.rows));
  await traces(Number(values.rows));
  await exporting(exported, times);
  if (Number(values.large) > 0) await large(Number(values.large));
} finally {
  rmSync(folder, { recursive: true });
}

async function small(rows) {
  const parquet = join(folder, "small.parquet");
  writeParquet(parquet, rows);
  const csv = join(folder, "small.csv");
  const lines = Array.from({ length: rows }, (_, i) => {
    const { id, text, vector } = row(i);
    return `${id},"${text}","${JSON.stringify(vector)}"`;
  });
  writeFileSync(csv, ["id,text,vector", ...lines, ""].join("\n"));
  for (const file of [parquet, csv]) await importing(file, rows, times);
}

/** Spans of OpenInference: a call of a model in each trace, and the embedding of its output. */
async function traces(rows) {
  const file = join(folder, "spans.jsonl");
  const lines = Array.from({ length: rows }, (_, i) => {
    const { text, vector } = row(i);
    const span = (n, kind, attributes) =>
      JSON.stringify({
        name: kind,
        context: { trace_id: `trace ${i}`, span_id: `span ${i}.${n}` },
        parent_id: null,
        span_kind: kind,
        start_time: `2026-01-01T00:00:0${n}+00:00`,
        end_time: `2026-01-01T00:00:0${n}.5+00:00`,
        status_code: "OK",
        attributes,
      });
    const call = { "input.value": `Question ${i}?`, "output.value": text, "llm.model_name": "GPT" };
    const embedded = "embedding.embeddings.0.embedding";
    const embedding = {
      "embedding.model_name": "Nomic",
      [`${embedded}.text`]: text,
      [`${embedded}.vector`]: vector,
    };
    return `${span(1, "LLM", call)}\n${span(2, "EMBEDDING", embedding)}\n`;
  });
  writeFileSync(file, lines.join(""));
  await importing(file, rows, times, { what: `${rows} traces with vectors of ${dimensions}`, options: [] });
}

async function large(rows) {
  const file = join(folder, "large.parquet");
  writeParquet(file, rows);
  const database = await importing(file, rows, 1);
  storeResult(database, rows);
  await exportResult(database, rows, 1);
  await fromServer(database, rows);
}

/** Measures the import of a file into new databases. @returns the last one */
async function importing(file, rows, repeat, { what = `${rows} × ${dimensions}`, options = columns } = {}) {
  const measured = [];
  const database = join(folder, `${randomUUID()}.db`);
  for (let time = 0; time < repeat; time++) {
    for (const ending of ["", "-wal", "-shm"]) rmSync(`${database}${ending}`, { force: true });
    measured.push(await command(["import", file, ...options], database));
  }
  print(`import of ${what} from ${file.split(".").at(-1)}`, measured, peersOf(file));
  return database;
}

async function exporting(rows, repeat) {
  const file = join(folder, "exported.parquet");
  writeParquet(file, rows);
  const database = join(folder, "exported.db");
  await command(["import", file, ...columns], database);
  storeResult(database, rows);
  await exportResult(database, rows, repeat);
  await fromServer(database, rows);
}

async function exportResult(database, rows, repeat) {
  for (const format of ["parquet", "csv", "jsonl"]) {
    const out = join(folder, `assignments.${format}`);
    const measured = [];
    for (let time = 0; time < repeat; time++) {
      measured.push(await command(["export", "--out", out], database));
    }
    const megabytes = { "file, MB": statSync(out).size / 1e6 };
    print(`export of ${rows} assignments to ${format}`, measured, { ...megabytes, ...peersOf(out) });
    rmSync(out);
  }
}

/** Measures downloads of all assignments from a server, and reading the same columns by pages. */
async function fromServer(database, rows) {
  const args = [medoid, "serve", "--port", "0", "--no-worker", "--database-url", `file:${database}`];
  const server = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  try {
    const url = await new Promise((resolve, reject) => {
      let printed = "";
      server.stdout.on("data", (text) => {
        printed += text;
        const [address] = /http:\S+\/graphql/.exec(printed) ?? [];
        if (address) resolve(address);
      });
      server.on("exit", () => reject(new Error("The server ended.")));
    });
    const ask = async (query, variables) => {
      const headers = { "Content-Type": "application/json" };
      const response = await fetch(url, {
        method: "POST",
        headers,
        body: JSON.stringify({ query, variables }),
      });
      const { data, errors } = await response.json();
      if (errors) throw new Error(JSON.stringify(errors));
      return data.latestClusteringResult;
    };
    const seconds = async (read) => {
      const start = performance.now();
      await read();
      return (performance.now() - start) / 1000;
    };
    const download = async (address) => {
      for await (const _ of (await fetch(address)).body);
    };
    const paged = Math.min(rows, mostPaged);
    const bySecond = await seconds(async () => {
      let after = null;
      for (let read = 0; read < paged; read += pageSize) {
        const { assignments } = await ask(pageQuery, { first: pageSize, after });
        after = assignments.pageInfo.endCursor;
      }
    });
    const byPages = (bySecond * rows) / paged;
    const shown = { [`by pages, s${paged < rows ? `, from ${paged} rows` : ""}`]: byPages };
    for (const format of ["PARQUET", "CSV", "JSONL"]) {
      const { exportUrl } = await ask(
        `{ latestClusteringResult { exportUrl(table: ASSIGNMENTS, format: ${format}) } }`,
      );
      const whole = await seconds(() => download(exportUrl));
      shown[`${format}, s`] = whole;
      shown[`by pages / ${format}`] = byPages / whole;
    }
    printNumbers(`${rows} assignments from a server`, shown);
  } finally {
    const ended = once(server, "exit");
    server.kill();
    await ended;
  }
}

/** A made-up result of all embeddings: clusters of 67 on average, and a third of the rows outliers. */
function storeResult(path, rows) {
  const clusters = Math.ceil(rows / 100);
  const result = randomUUID();
  const time = "2026-01-01T00:00:00.000+00:00";
  const database = new Libsql(path);
  database.exec(`
    BEGIN;
    INSERT INTO "ClusteringResult" ("id", "embeddingModelId", "algorithm", "minClusterSize", "minSamples",
      "clusterSelectionMethod", "clusterSelectionEpsilon", "alpha", "allowSingleCluster", "metric", "normalize",
      "filter", "status", "engineVersion", "createdAt", "startedAt", "finishedAt", "finishingNumber", "inputDigest",
      "embeddingCount", "clusterCount", "outlierCount")
    SELECT '${result}', "id", 'HDBSCAN', 10, 10, 'EXCESS_OF_MASS', 0, 1, false, 'EUCLIDEAN', true, '{}', 'SUCCEEDED',
      '4', '${time}', '${time}', '${time}', 1, 'made up', ${rows}, ${clusters}, ${Math.ceil(rows / 3)}
    FROM "EmbeddingModel" LIMIT 1;
    INSERT INTO "Cluster"
      ("id", "clusteringResultId", "label", "size", "persistence", "medoidEmbeddingId", "medoidPoint")
    SELECT "id", '${result}', row_number() OVER (ORDER BY "id") - 1, 67, 0.5, "id", 0
    FROM (SELECT "id" FROM "Embedding" ORDER BY "id" LIMIT ${clusters});
    CREATE TEMP TABLE "label" AS SELECT "label", "id" FROM "Cluster";
    CREATE UNIQUE INDEX temp."byLabel" ON "label" ("label");
    INSERT INTO "ClusterAssignment"
      ("clusteringResultId", "embeddingId", "clusterId", "probability", "outlierScore", "point")
    SELECT '${result}', e."id", CASE WHEN n % 3 > 0 THEN l."id" END, 0.75, 0.25, n
    FROM (SELECT "id", row_number() OVER (ORDER BY "id") AS n FROM "Embedding") AS e
    CROSS JOIN "label" AS l ON l."label" = n % ${clusters};
    COMMIT`);
  database.close();
}

/** Runs a command of Medoid. @returns its seconds, seconds of processor time, and peak memory in MB */
async function command(args, database) {
  const start = performance.now();
  const child = spawn(process.execPath, [medoid, ...args, "--database-url", `file:${database}`], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let errors = "";
  child.stderr.on("data", (text) => {
    errors += text;
  });
  let last = { processorSeconds: 0, megabytes: 0 };
  const watch = setInterval(() => {
    last = usage(child.pid) ?? last;
  }, 20);
  const [code] = await once(child, "close");
  clearInterval(watch);
  if (code !== 0) throw new Error(`medoid ${args.join(" ")} ended with ${code}: ${errors}`);
  return { seconds: (performance.now() - start) / 1000, ...last };
}

/** What Linux says of a process; null if it has ended. */
function usage(pid) {
  try {
    const [, peak] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    if (peak === undefined) return null;
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1).split(" ");
    const ticksPerSecond = 100;
    return {
      processorSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
      megabytes: (Number(peak) * 1024) / 1e6,
    };
  } catch {
    return null;
  }
}

/** Seconds in which pandas and DuckDB read the file; none without Python. */
function peersOf(file) {
  if (values.python === undefined) return {};
  return JSON.parse(execFileSync(values.python, [peers, file]).toString());
}

function writeParquet(path, rows) {
  const text = { type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "REQUIRED" };
  const schema = [
    { name: "schema", num_children: 3 },
    { name: "id", ...text },
    { name: "text", ...text },
    { name: "vector", repetition_type: "OPTIONAL", converted_type: "LIST", num_children: 1 },
    { name: "list", repetition_type: "REPEATED", num_children: 1 },
    { name: "element", repetition_type: "OPTIONAL", type: "FLOAT" },
  ];
  const writer = new ParquetWriter({ writer: fileWriter(path), schema });
  for (let first = 0; first < rows; first += rowsPerGroup) {
    const group = Array.from({ length: Math.min(rowsPerGroup, rows - first) }, (_, i) => row(first + i));
    const columnData = ["id", "text", "vector"].map((name) => ({
      name,
      data: group.map((each) => each[name]),
      ...(name === "vector" && { encoding: "PLAIN", statistics: false, codec: "UNCOMPRESSED" }),
    }));
    writer.write({ columnData, rowGroupSize: rowsPerGroup });
  }
  writer.finish();
}

function random() {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32 - 0.5;
}

function row(i) {
  return {
    id: `row ${i}`,
    text: `The text of row ${i}, which is about as long as a sentence that a model wrote, with ${(i * 7919) % 1000003} words.`,
    vector: Array.from({ length: dimensions }, () => Math.fround(random())),
  };
}

function median(numbers) {
  return numbers.sort((a, b) => a - b)[Math.floor((numbers.length - 1) / 2)];
}

function print(title, measured, others = {}) {
  printNumbers(title, {
    "seconds (median)": median(measured.map(({ seconds }) => seconds)),
    "of processor time": median(measured.map(({ processorSeconds }) => processorSeconds)),
    "peak memory, MB": Math.max(...measured.map(({ megabytes }) => megabytes)),
    ...others,
  });
}

function printNumbers(title, numbers) {
  console.log(`\n${title}`);
  for (const [what, value] of Object.entries(numbers)) console.log(`  ${what}: ${value.toFixed(2)}`);
}
