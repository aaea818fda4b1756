import { afterAll, beforeAll, expect, type TestContext, test } from "vitest";
import { runMedoid } from "../cli/runMedoid.js";
import { startServer } from "../cluster/medoidProcess.js";
import { createTestDatabase, type TestDatabase } from "../testDatabase.js";
import { CannotInstall, type ClientProject, installProject } from "./clientProject.js";

// The clients that frontends and notebooks use, as published in their registries, against `medoid serve` with the
// sample: first without a key, then with an API key. Each project reports the responses that it received.

let sample: TestDatabase;

beforeAll(async () => {
  sample = await createTestDatabase();
  for (const command of [["sample"], ["cluster", "--embedding-model", "UniversalSentenceEncoder"]]) {
    const { code, stderr } = await runMedoid(sample.url, ...command);
    expect(code, stderr).toBe(0);
  }
});
afterAll(() => sample?.drop());

/** Installs a project; the test is skipped if that is impossible. */
async function installed(name: string, { skip, onTestFinished }: TestContext): Promise<ClientProject> {
  try {
    const project = await installProject(name);
    onTestFinished(() => project.remove());
    return project;
  } catch (error) {
    if (error instanceof CannotInstall) skip(error.message);
    throw error;
  }
}

/** Starts a server on a copy of the sample, and stops it once the client has run. @returns the client's report */
async function reportTo(
  { keyed, ...settings }: { keyed: boolean; MEDOID_DOCUMENTS?: string; MEDOID_DOCUMENTS_ONLY?: string },
  run: (environment: Record<string, string>) => Promise<string>,
): Promise<unknown> {
  const database = await createTestDatabase({ copyOf: sample });
  const environment: Record<string, string> = {};
  if (keyed) {
    const { stdout } = await runMedoid(database.url, "keys", "create", "client", "--scopes", "read,write");
    environment.MEDOID_KEY = stdout.trim();
  }
  const server = await startServer(database, { environment: settings });
  try {
    return JSON.parse(await run({ ...environment, MEDOID_URL: server.url }));
  } finally {
    await server.end("SIGTERM");
    await database.drop();
  }
}

const id = expect.stringMatching(/^ClusteringResult:[0-9a-f-]{36}$/);
const events = expect.stringMatching(/^(QUEUED )*(RUNNING )*SUCCEEDED$/);
const code = "INVALID_INPUT";
const issue = { path: ["input", "minClusterSize"], value: "1" };
const notFound = { __typename: "NotFoundError", requestedId: id, code: "NOT_FOUND" };

test("urql queries, pages, starts, watches, deletes and sends documents by their hashes", async (context) => {
  const project = await installed("urql", context);
  await project.run("npm", ["run", "build"]);
  const run = (environment: Record<string, string>) => project.run("node", ["run.js"], environment);
  const report = {
    warnings: [],
    everything: ["clusteringResult", "run"],
    pages: [20, 40, 47],
    refused: { clusterEmbeddings: { __typename: "InvalidInputError", code, issues: [issue] } },
    started: "ClusteringResult",
    events,
    cached: "SUCCEEDED",
    deleted: "DeletedClusteringResult",
    cachedAfterwards: null,
    again: notFound,
  };
  const refusal =
    "[GraphQL] A page of another site could have sent this. Send a POST request with the Content-Type " +
    "application/json (in urql: preferGetMethod: false), or the header x-graphql-require-preflight with any value " +
    '(in urql: fetchOptions: { headers: { "x-graphql-require-preflight": "1" } }).';
  expect(await reportTo({ keyed: false, MEDOID_DOCUMENTS: project.documents }, run)).toEqual({
    ...report,
    byDefault: { elsewhere: refusal, ownPage: "answered" },
    persisted: {
      POST: { outcomes: ["answered", "answered"], sent: ["POST hash", "POST hash", "POST document"] },
      byDefault: { outcomes: [refusal, refusal], sent: ["GET hash", "GET hash"] },
    },
  });
  expect(await reportTo({ keyed: true }, run)).toEqual({
    ...report,
    byDefault: { elsewhere: "answered", ownPage: "answered" },
    persisted: {
      POST: { outcomes: ["answered", "answered"], sent: ["POST hash", "POST document", "POST document"] },
      byDefault: { outcomes: ["answered", "answered"], sent: ["GET hash", "GET document", "POST document"] },
    },
  });
});

test("Apollo queries, pages, starts, watches, deletes and sends documents by their hashes", async (context) => {
  const project = await installed("apollo", context);
  await project.run("npm", ["run", "build"]);
  const run = (environment: Record<string, string>) => project.run("node", ["run.js"], environment);
  const report = {
    warnings: [],
    pages: [20, 40, 47],
    total: 47,
    refused: { __typename: "InvalidInputError", code, issues: [{ __typename: "InputIssue", ...issue }] },
    started: "ClusteringResult",
    events,
    cached: "SUCCEEDED",
    recordBefore: true,
    deleted: "DeletedClusteringResult",
    recordAfter: false,
    again: notFound,
    partial: { data: ["runs", "clusteringResult"], codes: [code] },
  };
  const outcomes = ["answered", "answered"];
  expect(await reportTo({ keyed: false, MEDOID_DOCUMENTS: project.documents }, run)).toEqual({
    ...report,
    persisted: {
      POST: { outcomes, sent: ["POST hash", "POST hash", "POST document"] },
      GET: { outcomes, sent: ["GET hash", "GET hash", "POST document"] },
    },
  });
  // If the server accepts no trusted documents, the first is the only one that is sent by its hash.
  expect(await reportTo({ keyed: true }, run)).toEqual({
    ...report,
    persisted: {
      POST: { outcomes, sent: ["POST hash", "POST document", "POST document"] },
      GET: { outcomes, sent: ["GET hash", "POST document", "POST document"] },
    },
  });
});

test("Relay shows, pages, starts, watches and deletes, sending only the ids of its documents", async (context) => {
  const project = await installed("relay", context);
  await project.run("npm", ["run", "build"]);
  const documents = { MEDOID_DOCUMENTS: project.documents, MEDOID_DOCUMENTS_ONLY: "on" };
  for (const keyed of [false, true]) {
    const report = await reportTo({ keyed, ...documents }, (environment) =>
      project.run("node", ["built/run.js"], environment),
    );
    expect(report).toEqual({
      warnings: [],
      pages: [20, 40, 47],
      labels: 47,
      refused: { __typename: "InvalidInputError", code, issues: [issue] },
      started: "ClusteringResult",
      shown: "SUCCEEDED 23",
      notFound: ["NotFoundError", "NOT_FOUND", true, "ClusteringResult", "SUCCEEDED 23"],
      deleted: ["DeletedClusteringResult", true, "ClusteringResult", null],
    });
  }
});

test("Python's gql, sgqlc and ariadne-codegen query, page, start, watch and delete", async (context) => {
  const project = await installed("python", context);
  for (const keyed of [false, true]) {
    const report = await reportTo({ keyed }, async (environment) => {
      await project.run("sh", ["-eu", "build.sh"], environment);
      return project.run("python", ["run.py"], environment);
    });
    expect(report).toEqual({
      refused: "INVALID_INPUT: input.minClusterSize: must be a whole number of at least 2; it was 1.",
      last: { status: "SUCCEEDED", progress: 1 },
      newest: true,
      allClusters: true,
      allMembers: true,
      deleted: ["DeletedClusteringResult", true],
      again: ["NotFoundError", true],
      error: code,
      totalCount: 48,
      sgqlc: [
        [0, 66],
        [1, 60],
        [2, 60],
      ],
      ariadne: [
        [0, 66],
        [1, 60],
        [2, 60],
      ],
      ariadneStarted: "ClusteringResult",
      ariadneLast: "SUCCEEDED",
      ariadneDeleted: ["DeletedClusteringResult", true],
    });
  }
});
