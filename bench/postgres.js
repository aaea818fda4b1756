// Reading and writing many rows on PostgreSQL: loading compared with psql's own COPY, the bytes of a row in each table
// and index, importing compared with writing row by row through Prisma, and how long the walk takes during an import.
// It starts a server of its own, with PostgreSQL's default settings.
//   npm run build && node bench/postgres.js [--embeddings 1000000] [--dimensions 384] [--imported 100000] [--psql PATH]
// With --imported 0 the import is left out.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import Libsql from "libsql";
import { v4 as uuid } from "uuid";
import { openDatabase } from "../dist/database/openDatabase.js";
import { walkQuery } from "../dist/schema/walkQuery.js";
import { startPostgres } from "../test/postgres/postgresServer.js";

const { values } = parseArgs({
  options: {
    embeddings: { type: "string", default: "1000000" },
    dimensions: { type: "string", default: "384" },
    imported: { type: "string", default: "100000" },
    psql: { type: "string", default: "psql" },
  },
});
const embeddings = Number(values.embeddings);
const dimensions = Number(values.dimensions);
const imported = Number(values.imported);
const steps = 100;
const times = 5;
const rowByRow = 20; // runs that are written through Prisma

const medoid = new URL("../dist/cli/medoid.js", import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), "medoid-bench-"));
const server = await startPostgres({
  settings: ["fsync=on", "synchronous_commit=on", "full_page_writes=on", "max_wal_size=4GB"],
});
try {
  await loading();
  if (imported > 0) await importing();
} finally {
  await server.remove();
  rmSync(folder, { recursive: true });
}

async function loading() {
  const database = await createDatabase("loading");
  const { bulk, prisma } = database;
  for (let first = 0; first < embeddings; first += 20 * steps) {
    const count = Math.min(20, Math.ceil((embeddings - first) / steps));
    await bulk.recordRuns(Array.from({ length: count }, runRecord));
  }
  const { id } = await prisma.embeddingModel.findFirstOrThrow();
  await prisma.$executeRawUnsafe("VACUUM ANALYZE");
  const sql = `COPY (SELECT "id", "vector" FROM "Embedding" WHERE "embeddingModelId" = '${id}') TO STDOUT (FORMAT binary)`;
  const seconds = { psql: [], medoid: [] };
  for (let time = 0; time <= times; time++) {
    const psql = await secondsOf(() => {
      execFileSync(values.psql, ["-qc", sql, database.url], { stdio: ["ignore", "ignore", "inherit"] });
    });
    const load = await secondsOf(() => bulk.loadEmbeddings({ embeddingModelId: id }));
    if (time === 0) continue; // to fill the caches
    seconds.psql.push(psql);
    seconds.medoid.push(load);
  }
  const [psql, load] = [median(seconds.psql), median(seconds.medoid)];
  print(`Loading ${embeddings} × ${dimensions}`, {
    "psql COPY to nowhere, s": psql,
    "loadEmbeddings, s": load,
    ratio: load / psql,
  });
  await sizes(database, id);
  await database.close();
}

/** Prints the bytes of a row, for the recorded rows and for one clustering with one outlier in three rows. */
async function sizes({ prisma }, embeddingModelId) {
  const run = (sql) => prisma.$executeRawUnsafe(sql);
  const result = uuid();
  await run(`
    INSERT INTO "ClusteringResult" ("id", "embeddingModelId", "algorithm", "minClusterSize", "minSamples",
      "clusterSelectionMethod", "clusterSelectionEpsilon", "alpha", "allowSingleCluster", "metric", "normalize",
      "filter", "status", "engineVersion")
    VALUES ('${result}', '${embeddingModelId}', 'HDBSCAN', 10, 10, 'EXCESS_OF_MASS', 0, 1, false, 'EUCLIDEAN', true,
      '{}', 'SUCCEEDED', '3')`);
  await run(`
    INSERT INTO "Cluster" ("id", "clusteringResultId", "label", "size", "persistence", "medoidEmbeddingId", "medoidPoint")
    SELECT gen_random_uuid(), '${result}', row_number() OVER () - 1, 100, random(), "id", 0
    FROM (SELECT "id" FROM "Embedding" LIMIT ${Math.ceil(embeddings / 100)}) AS medoid`);
  await run(`
    INSERT INTO "ClusterAssignment"
      ("clusteringResultId", "embeddingId", "clusterId", "probability", "outlierScore", "point")
    SELECT '${result}', e."id", CASE WHEN random() < 0.67 THEN c."id" END, random(), random(), n
    FROM (SELECT "id", row_number() OVER (ORDER BY "id") AS n FROM "Embedding") AS e
    JOIN (SELECT "id", "label" FROM "Cluster") AS c ON c."label" = n % ${Math.ceil(embeddings / 100)}
    ORDER BY e."id"`);
  await run("VACUUM ANALYZE");
  const tables = await prisma.$queryRawUnsafe(`
    SELECT c."relname"::text AS "table", greatest(c."reltuples", 1)::float8 AS "rows",
      (pg_table_size(c."oid"))::float8 AS "bytes"
    FROM pg_class AS c JOIN pg_namespace AS n ON n."oid" = c."relnamespace"
    WHERE n."nspname" = 'public' AND c."relkind" = 'r' AND c."reltuples" > 1000 ORDER BY 1`);
  for (const { table, rows, bytes } of tables) {
    const indexes = await prisma.$queryRawUnsafe(`
      SELECT i."indexrelid"::regclass::text AS "index", pg_relation_size(i."indexrelid")::float8 AS "bytes"
      FROM pg_index AS i WHERE i."indrelid" = '"${table}"'::regclass ORDER BY 1`);
    print(`Bytes a row of ${table}, of ${Math.round(rows)} rows`, {
      "the table": bytes / rows,
      ...Object.fromEntries(indexes.map(({ index, bytes }) => [index, bytes / rows])),
    });
  }
}

async function importing() {
  const file = join(folder, "upstream.sqlite");
  writeUpstream(file, imported / steps);

  const slow = await createDatabase("rows");
  const { prisma } = slow;
  const model = await prisma.embeddingModel.create({ data: { id: uuid(), name: "Words", dimensions } });
  const slowSeconds = await secondsOf(async () => {
    for (let r = 0; r < rowByRow; r++) {
      const { invocations, seed, maxLength, network, ...run } = runRecord();
      await prisma.run.create({ data: { ...run, network: JSON.stringify(network) } });
      for (const { embeddings, outputImage, inputInvocationId, ...invocation } of invocations) {
        await prisma.invocation.create({ data: { ...invocation, runId: run.id } });
        const [{ id, vector }] = embeddings;
        const bytes = new Uint8Array(vector.buffer);
        await prisma.embedding.create({
          data: { id, invocationId: invocation.id, embeddingModelId: model.id, vector: bytes },
        });
      }
    }
  });
  await slow.close();

  const database = await createDatabase("importing");
  const sample = spawn(process.execPath, [medoid, "sample"], environment(database.url));
  await once(sample, "exit");
  const cluster = spawn(process.execPath, [medoid, "cluster", "--json"], environment(database.url));
  await once(cluster, "exit");
  const result = await database.prisma.clusteringResult.findFirstOrThrow({ where: { status: "SUCCEEDED" } });
  const port = await freePort();
  const serving = spawn(process.execPath, [medoid, "serve", "--port", String(port)], {
    ...environment(database.url),
    env: { ...process.env, DATABASE_URL: database.url, MEDOID_RATE_LIMIT: "0" },
  });
  const walk = () => askWalk(port, `ClusteringResult:${result.id}`);
  for (let tries = 0; ; tries++) {
    if (await walk().catch(() => false)) break;
    if (tries > 100) throw new Error("the server did not respond");
    await delay(200);
  }
  for (let i = 0; i < 100; i++) await walk();
  const idle = [];
  for (let i = 0; i < 500; i++) idle.push(await walkMilliseconds(walk));
  const importer = spawn(process.execPath, [medoid, "import", file], environment(database.url));
  let isOver = false;
  const over = once(importer, "exit").then(() => {
    isOver = true;
  });
  const busy = [];
  const started = performance.now();
  while (!isOver) busy.push(await walkMilliseconds(walk));
  await over;
  const seconds = (performance.now() - started) / 1000;
  serving.kill();
  await once(serving, "exit");
  const slowRate = (rowByRow * steps) / slowSeconds;
  const rate = imported / seconds;
  print(`Importing ${imported} × ${dimensions}, beside a server that receives requests`, {
    "embeddings a second, Prisma row by row": slowRate,
    "embeddings a second, medoid import": rate,
    ratio: rate / slowRate,
    "walk p99 idle, ms": percentile(idle, 0.99),
    "walk p99 during the import, ms": percentile(busy, 0.99),
    "p99 ratio": percentile(busy, 0.99) / percentile(idle, 0.99),
  });
  await database.close();
}

async function createDatabase(name) {
  const admin = await openClient(server.url);
  await admin.query(`CREATE DATABASE ${name}`);
  await admin.end();
  const url = new URL(server.url);
  url.pathname = `/${name}`;
  return openDatabase(url.href);
}

async function openClient(url) {
  const { default: pg } = await import("pg");
  const client = new pg.Client(url);
  await client.connect();
  return client;
}

function runRecord() {
  return {
    ...{ id: uuid(), network: ["Painter", "Viewer"], initialPrompt: "a prompt", seed: null, maxLength: null },
    metadata: null,
    invocations: Array.from({ length: steps }, (_, sequenceNumber) => ({
      ...{
        id: uuid(),
        sequenceNumber,
        model: "Viewer",
        type: "TEXT",
        seed: null,
        inputInvocationId: undefined,
      },
      ...{ outputText: `What is seen at step ${sequenceNumber}`, outputImage: null },
      ...{ startedAt: null, completedAt: null, externalId: null, metadata: null },
      embeddings: [{ id: uuid(), embeddingModel: "Words", vector: randomVector() }],
    })),
  };
}

function randomVector() {
  const vector = new Float32Array(dimensions);
  for (let i = 0; i < dimensions; i++) vector[i] = Math.random() - 0.5;
  return vector;
}

/** A database in the format of panic-tda, in which each step has an embedding. */
function writeUpstream(path, runs) {
  const upstream = new Libsql(path);
  upstream.exec(`
    CREATE TABLE run (id TEXT PRIMARY KEY, network TEXT, initial_prompt TEXT);
    CREATE TABLE invocation (id TEXT PRIMARY KEY, run_id TEXT, sequence_number INTEGER, model TEXT, type TEXT, output_text TEXT);
    CREATE TABLE embedding (id TEXT PRIMARY KEY, invocation_id TEXT, embedding_model TEXT, vector BLOB);
    CREATE INDEX invocation_run ON invocation (run_id);
    CREATE INDEX embedding_invocation ON embedding (invocation_id);
    BEGIN`);
  const run = upstream.prepare("INSERT INTO run VALUES (?, ?, ?)");
  const invocation = upstream.prepare("INSERT INTO invocation VALUES (?, ?, ?, ?, ?, ?)");
  const embedding = upstream.prepare("INSERT INTO embedding VALUES (?, ?, ?, ?)");
  const hex = () => `0${uuid().replaceAll("-", "").slice(1)}`.replace("e", "f");
  for (let r = 0; r < runs; r++) {
    const runId = hex();
    run.run([runId, '["Painter","Viewer"]', "a prompt"]);
    for (let s = 0; s < steps; s++) {
      const invocationId = hex();
      invocation.run([invocationId, runId, s, "Viewer", "TEXT", `What is seen at step ${s}`]);
      embedding.run([hex(), invocationId, "Words", Buffer.from(randomVector().buffer)]);
    }
  }
  upstream.exec("COMMIT");
  upstream.close();
}

async function askWalk(port, id) {
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query: walkQuery, variables: { id } }),
  });
  const { data } = await response.json();
  return Boolean(data?.clusteringResult);
}

async function walkMilliseconds(walk) {
  const milliseconds = (await secondsOf(walk)) * 1000;
  await delay(10);
  return milliseconds;
}

async function secondsOf(work) {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

async function freePort() {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  return port;
}

function environment(url) {
  return { env: { ...process.env, DATABASE_URL: url }, stdio: ["ignore", "ignore", "ignore"] };
}

function median(numbers) {
  return percentile(numbers, 0.5);
}

function percentile(numbers, share) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

function print(title, facts) {
  console.log(title);
  for (const [name, value] of Object.entries(facts)) console.log(`  ${name}: ${value.toFixed(2)}`);
}
