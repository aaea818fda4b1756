import { once } from "node:events";
import { cpSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createClient } from "graphql-sse";
import { afterEach, beforeEach, expect, test } from "vitest";
import { linkPackages } from "../linkPackages.js";
import { checkEveryRow } from "./checkEveryRow.js";
import { ask, startClustering } from "./client.js";
import { hasWorkers } from "./installation.js";
import { type RunningProcess, startProcess, startServer, startWorker } from "./medoidProcess.js";
import { recordMutation, runInput } from "./runInputs.js";
import { openTestDatabase, type TestDatabase } from "./testDatabase.js";

/** The files of the checkout that a package contains. */
const installed = ["dist", "package.json", "schema.graphql", "prisma/sqlite", "prisma/postgres"];
const root = fileURLToPath(new URL("../..", import.meta.url));
/** Longer than any pool keeps an idle thread. */
const untilIdle = 6_500;
/** 1 × 1 pixels. */
const png =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

let folder: string;
let database: TestDatabase;
const running: RunningProcess[] = [];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "medoid-replaced-"));
  for (const path of installed) cpSync(join(root, path), join(folder, path), { recursive: true });
  linkPackages(join(folder, "node_modules"));
  database = await openTestDatabase();
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((each) => each.end("SIGKILL")));
  await database.close();
  rmSync(folder, { recursive: true });
});

/** Replaces every file of dist/ by one that ends the process that reads it. */
function replaceBuild(): void {
  renameSync(join(folder, "dist"), join(folder, "dist.old"));
  cpSync(join(folder, "dist.old"), join(folder, "dist"), { recursive: true });
  rmSync(join(folder, "dist.old"), { recursive: true });
  for (const entry of readdirSync(join(folder, "dist"), { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) writeFileSync(join(entry.parentPath, entry.name), `throw new Error("another build")`);
  }
}

test.each<[string, () => void]>([
  ["dist is renamed", () => renameSync(join(folder, "dist"), join(folder, "dist.old"))],
  ["dist is replaced by another build", replaceBuild],
  [
    "everything is deleted, packages and migrations too",
    () => {
      for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
    },
  ],
])("running processes continue to do everything when %s", async (_, replace) => {
  const options = {
    entryPoint: join(folder, "dist/cli/medoid.js"),
    environment: { MEDOID_CLUSTERING_THREADS: "2" },
  };
  const server = await startServer(database, { ...options, computes: !hasWorkers });
  running.push(server);
  if (hasWorkers) running.push(await startWorker(database, options));

  replace();

  await useEverything(server.url);
  await delay(untilIdle);
  await useEverything(server.url);
  for (const { child } of running) {
    expect(child.exitCode).toBeNull();
    expect(child.output()).not.toMatch(/"level":[56]0|Error/);
    child.kill("SIGTERM");
    expect((await child.finished).code).toBe(0);
  }
  await checkEveryRow(database, []);
});

test("a server continues to do everything when its files are renamed as soon as it says that it is ready", async () => {
  const port = await freePort();
  const server = startProcess(
    database,
    { entryPoint: join(folder, "dist/cli/medoid.js"), environment: { MEDOID_CLUSTERING_THREADS: "2" } },
    ...["serve", "--port", String(port)],
  );
  running.push(server);
  const isReady = async () => (await fetch(`http://127.0.0.1:${port}/health/ready`)).ok;
  while (!(await isReady().catch(() => false))) await delay(2);

  for (const name of readdirSync(folder)) renameSync(join(folder, name), join(folder, `${name}.old`));

  await server.printed(/http:\S+\/graphql/);
  await useEverything(`http://127.0.0.1:${port}/graphql`);
  expect(server.child.exitCode).toBeNull();
  expect(server.child.output()).not.toMatch(/"level":[56]0|Error/);
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

async function useEverything(url: string): Promise<void> {
  const { origin } = new URL(url);

  const run = runInput("a prompt", 30);
  run.network = ["Painter", "Viewer"];
  run.invocations.push({
    id: crypto.randomUUID(),
    sequenceNumber: run.invocations.length,
    model: "Viewer",
    type: "IMAGE",
    outputImage: { base64: png, mediaType: "image/png" },
  });
  const recorded = await ask(url, recordMutation, { input: { runs: [run] } });
  expect(recorded).toMatchObject({ recordTrajectories: { runCount: 1, embeddingCount: 30 } });

  // Counted and loaded with a filter, and subscribed to.
  const id = await startClustering(url, {
    filter: { runIds: [run.id] },
    minClusterSize: 5,
    allowSingleCluster: true,
  });
  expect((await watched(url, id)).at(-1)).toBe("SUCCEEDED");
  const { clusteringResult } = await ask<{ clusteringResult: { clusters: { edges: object[] } } }>(
    url,
    `query ($id: ID!) {
      clusteringResult(id: $id) {
        clusters(first: 1) { edges { node { size medoidInvocation { run { id } } topTexts { text } } } }
      }
    }`,
    { id },
  );
  expect(clusteringResult.clusters.edges).toHaveLength(1);

  const { run: walked } = await ask<{
    run: { invocations: { edges: { node: { outputImageUrl: string } }[] } };
  }>(
    url,
    `query ($id: ID!) { run(id: $id) { invocations(last: 1) { edges { node { outputImageUrl } } } } }`,
    { id: run.id },
  );
  const image = await fetch(walked.invocations.edges[0].node.outputImageUrl);
  expect(image.headers.get("content-type")).toBe("image/png");
  expect(Buffer.from(await image.arrayBuffer()).toString("base64")).toBe(png);

  const page = await fetch(url, { headers: { accept: "text/html" } });
  expect(page.status).toBe(200);
  const [, script] = /<script src="([^"]+)"/.exec(await page.text())!;
  expect((await (await fetch(new URL(script, `${origin}/`))).text()).length).toBeGreaterThan(5e6);
  for (const path of ["/health/live", "/health/ready", "/metrics"]) {
    expect((await fetch(`${origin}${path}`)).status, path).toBe(200);
  }

  // A different build, on the same database.
  const file = join(tmpdir(), `medoid-${run.id}.jsonl`);
  const imported = runInput("imported", 3);
  writeFileSync(file, JSON.stringify(imported));
  const importing = startProcess(database, {}, "import", file);
  expect((await importing.child.finished).code).toBe(0);
  rmSync(file);
  expect(await ask(url, `query ($id: ID!) { run(id: $id) { initialPrompt } }`, { id: imported.id })).toEqual({
    run: { initialPrompt: "imported" },
  });

  for (const [mutation, of] of [
    ["deleteClusteringResult", id],
    ["deleteRun", run.id],
    ["deleteRun", imported.id],
  ]) {
    const deletion = `mutation ($id: ID!) { ${mutation}(id: $id) { __typename ... on Error { message } } }`;
    const deleted = await ask<Record<string, { message?: string }>>(url, deletion, { id: of });
    expect(deleted[mutation].message).toBeUndefined();
  }
}

/** The statuses that a subscription delivers. */
async function watched(url: string, id: string): Promise<string[]> {
  const client = createClient({ url, retryAttempts: 0 });
  const events = client.iterate<{ clusteringProgress: { status: string } }>({
    query: `subscription ($id: ID!) { clusteringProgress(id: $id) { status } }`,
    variables: { id },
  });
  const statuses: string[] = [];
  for await (const { data } of events) if (data) statuses.push(data.clusteringProgress.status);
  client.dispose();
  return statuses;
}
