import { execFileSync } from "node:child_process";
import { request } from "node:http";
import { isObjectType } from "graphql";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { factsOf } from "../../../src/schema/fieldFacts.js";
import { schema } from "../../../src/schema/index.js";
import { createServer, type MedoidServer } from "../../../src/server/server.js";
import {
  type Fixture,
  id,
  openFixture,
  uuid,
  writeClustering,
  writeQueuedClustering,
  writeRuns,
} from "../../fixtures.js";
import { testedKind } from "../../testDatabase.js";

let fixture: Fixture;
let server: MedoidServer;
let address: string;

beforeEach(async () => {
  fixture = await openFixture();
  await writeRuns(fixture, { runs: 2 });
  await writeClustering(fixture, { embeddings: 10, assign: (n) => ({ label: n % 2 }) });
  await serve();
});
afterEach(async () => {
  await server.stop(0);
  await fixture.close();
});

async function serve(app = fixture.app) {
  await server?.stop(0);
  server = createServer(app, { log: (error) => fixture.internalErrors.push(error) });
  address = await server.listen(0, "127.0.0.1");
}

/** The response, and how many statements it took. */
async function ask(query: string, variables = {}, headers: Record<string, string> = {}) {
  fixture.statements.length = 0;
  const response = await fetch(`${address}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ query, variables }),
  });
  // biome-ignore lint/suspicious/noExplicitAny: tests read into results as they please
  return { body: (await response.json()) as any, statements: fixture.statements.length };
}

/**
 * The response while nothing is written: a PostgreSQL server has one count of transactions for all its databases, so
 * that another test's write counts here. Repeats the request until the response is a cached one, up to a maximum.
 */
async function askUndisturbed(...question: Parameters<typeof ask>) {
  for (let n = 0; ; n++) {
    const response = await ask(...question);
    if (response.statements === 0 || testedKind === "sqlite" || n === 100) return response;
  }
}

/** Executes a statement in another process: this one is not notified of it. */
function writeElsewhere(sql: string) {
  const program = {
    sqlite: `
      const Database = require("libsql");
      new Database(process.argv[1].replace("file:", "")).exec("PRAGMA foreign_keys = ON; " + process.argv[2]);`,
    postgresql: `
      const { Client } = require("pg");
      const client = new Client(process.argv[1]);
      client.connect().then(() => client.query(process.argv[2])).then(() => client.end());`,
  }[testedKind];
  execFileSync(process.execPath, ["--eval", program, fixture.app.database.url, sql]);
}

const walk = `query($id: ID!) {
  clusteringResult(id: $id) {
    status clusterCount
    clusters { edges { node { size medoidText medoidInvocation { run { initialPrompt } input { outputImageUrl } } } } }
  }
}`;
const result = { id: id("ClusteringResult", 0) };

describe("a response about a finished clustering", () => {
  test("is returned from the cache without a statement", async () => {
    const first = await ask(walk, result);
    expect(first.statements).toBeGreaterThan(0);
    expect(first.body.data.clusteringResult.clusters.edges).toHaveLength(2);
    expect(await ask(walk, result)).toEqual({ body: first.body, statements: 0 });
    expect((await ask(`{ cluster(id: "${uuid("Cluster", 0)}") { size } }`)).statements).toBe(1);
    expect((await ask(`{ cluster(id: "${uuid("Cluster", 0)}") { size } }`)).statements).toBe(0);
  });

  test("remains valid after unrelated writes", async () => {
    const first = await ask(walk, result);
    await writeQueuedClustering(fixture, 1);
    await fixture.prisma.clusteringResult.updateMany({
      where: { id: uuid("ClusteringResult", 1) },
      data: { status: "RUNNING", progress: 0.5 },
    });
    expect(await ask(walk, result)).toEqual({ body: first.body, statements: 0 });
  });

  test("is invalid as soon as the clustering is deleted, by any process", async () => {
    const nothing = { data: { clusteringResult: null } };
    await ask(walk, result);
    await ask(`mutation { deleteClusteringResult(id: "${result.id}") { __typename } }`);
    expect((await ask(walk, result)).body).toMatchObject(nothing);

    await writeClustering(fixture, { result: 1, embeddings: 10, assign: () => ({ label: 0 }) });
    const other = { id: id("ClusteringResult", 1) };
    expect((await ask(walk, other)).body.data.clusteringResult.clusterCount).toBe(1);
    expect((await ask(walk, other)).statements).toBe(0);
    writeElsewhere(`DELETE FROM "ClusteringResult"`);
    expect((await ask(walk, other)).body).toMatchObject(nothing);
  });

  test("and so is a comparison of two, for as long as both exist", async () => {
    await writeClustering(fixture, { result: 1, embeddings: 10, assign: () => ({ label: 0 }) });
    await writeClustering(fixture, { result: 2, embeddings: 10, assign: () => ({ label: 0 }) });
    const query = `query($from: ID!, $to: ID!) {
      compareClusteringResults(from: $from, to: $to) { commonCount overlaps { edges { node { from { label } } } } }
    }`;
    const [first, second] = [1, 2].map((n) => ({ from: result.id, to: id("ClusteringResult", n) }));
    const compared = await ask(query, first);
    expect(compared.body.data.compareClusteringResults.commonCount).toBe(10);
    await ask(query, second);
    await writeQueuedClustering(fixture, 3);
    expect(await ask(query, first)).toEqual({ body: compared.body, statements: 0 });
    await ask(`mutation { deleteClusteringResult(id: "${first.to}") { __typename } }`);
    expect((await ask(query, first)).body.data).toEqual({ compareClusteringResults: null });
    expect((await ask(query, second)).statements).toBe(0);
    // A comparison with what has not succeeded is null until something is written.
    const unfinished = { from: result.id, to: id("ClusteringResult", 3) };
    expect((await ask(query, unfinished)).body.data).toEqual({ compareClusteringResults: null });
    await fixture.prisma.job.deleteMany({ where: { id: uuid("ClusteringResult", 3) } });
    await fixture.prisma.clusteringResult.delete({ where: { id: uuid("ClusteringResult", 3) } });
    await writeClustering(fixture, { result: 3, embeddings: 10, assign: () => ({ label: 0 }) });
    expect((await ask(query, unfinished)).body.data.compareClusteringResults.commonCount).toBe(10);
  });

  test("that shows names is invalid once one of them has changed, by any process, and no other is", async () => {
    await writeClustering(fixture, { result: 1, embeddings: 10, assign: () => ({ label: 0 }) });
    const named = `query($id: ID!) { clusteringResult(id: $id) { name clusters { edges { node { size name } } } } }`;
    const noted = `query($id: ID!) { cluster(id: $id) { note clusteringResult { note } } }`;
    const other = { id: id("ClusteringResult", 1) };
    const ofCluster = { id: id("Cluster", 1) };
    const names = async () => {
      const { body, statements } = await ask(named, result);
      const { name, clusters } = body.data.clusteringResult;
      const ofClusters = clusters.edges.map(({ node }: { node: { name: string | null } }) => node.name);
      return [[name, ...ofClusters], statements > 0];
    };
    const annotate = (what: string, input: string) =>
      ask(`mutation { annotate${what}(input: { ${input} }) { __typename } }`);
    expect(await names()).toEqual([[null, null, null], true]);
    expect(await names()).toEqual([[null, null, null], false]);
    await ask(walk, result);
    await ask(named, other);
    await ask(noted, ofCluster);

    await annotate("Cluster", `id: "${id("Cluster", 1)}", name: "odd"`);
    expect(await names()).toEqual([[null, null, "odd"], true]);
    expect(await names()).toEqual([[null, null, "odd"], false]);
    await annotate("ClusteringResult", `id: "${result.id}", name: "by parity", note: "odd and even"`);
    expect(await names()).toEqual([["by parity", null, "odd"], true]);
    await annotate("Cluster", `id: "${id("Cluster", 1)}", name: null`);
    expect(await names()).toEqual([["by parity", null, null], true]);
    expect(await names()).toEqual([["by parity", null, null], false]);
    expect((await ask(walk, result)).statements).toBe(0);
    expect((await ask(named, other)).statements).toBe(0);
    expect((await ask(noted, ofCluster)).body.data.cluster).toEqual({
      ...{ note: null, clusteringResult: { note: "odd and even" } },
    });

    await writeRuns(fixture, { from: 2, runs: 1 });
    expect(await names()).toEqual([["by parity", null, null], false]);
    writeElsewhere(
      `UPDATE "ClusteringResultAnnotation" SET "name" = 'elsewhere', "revision" = "revision" + 1`,
    );
    expect(await names()).toEqual([["elsewhere", null, null], true]);
    await ask(`mutation { deleteClusteringResult(id: "${result.id}") { __typename } }`);
    expect((await ask(named, result)).body.data).toEqual({ clusteringResult: null });
  });

  test.each([
    [
      "a list that grows",
      `clusters { edges { node { medoidInvocation { run { invocations { totalCount } } } } } }`,
    ],
    [
      "assignments in other clusterings",
      `clusters { edges { node { medoidEmbedding { assignments { totalCount } } } } }`,
    ],
    ["a count that grows", `embeddingModel { embeddingCount }`],
  ])("with %s is valid until anything is written", async (_, fields) => {
    const query = `query($id: ID!) { clusteringResult(id: $id) { ${fields} } }`;
    const first = await ask(query, result);
    expect(await askUndisturbed(query, result)).toEqual({ body: first.body, statements: 0 });
    await writeRuns(fixture, { from: 2, runs: 1 });
    expect((await ask(query, result)).statements).toBeGreaterThan(0);
  });
});

describe("any other response to a query", () => {
  test("is valid until anything is written, by any process", async () => {
    const query = `{ latestClusteringResult { id } runs { totalCount } }`;
    const outcome = async (asking = ask) => {
      const { body, statements } = await asking(query);
      return [body.data.latestClusteringResult?.id, body.data.runs.totalCount, statements > 0];
    };
    const latest = (n: number) => id("ClusteringResult", n);
    expect(await outcome()).toEqual([latest(0), 2, true]);
    expect(await outcome(askUndisturbed)).toEqual([latest(0), 2, false]);
    await writeRuns(fixture, { from: 2, runs: 1 }); // Prisma
    expect(await outcome()).toEqual([latest(0), 3, true]);
    await writeClustering(fixture, { result: 2, embeddings: 10, assign: () => ({ label: 0 }) }); // a database thread
    expect(await outcome()).toEqual([latest(2), 3, true]);
    expect(await outcome(askUndisturbed)).toEqual([latest(2), 3, false]);
    writeElsewhere(
      `UPDATE "ClusteringResult" SET "status" = 'FAILED', "finishingNumber" = NULL WHERE "id" = '${uuid("ClusteringResult", 2)}'`,
    );
    expect(await outcome()).toEqual([latest(0), 3, true]);
    expect(await outcome(askUndisturbed)).toEqual([latest(0), 3, false]);
  });

  test("shows each step of a running clustering, and then its clusters", async () => {
    await writeQueuedClustering(fixture, 1);
    const running = { id: id("ClusteringResult", 1) };
    const query = `query($id: ID!) { clusteringResult(id: $id) { status progress clusters { totalCount } } }`;
    const state = async () => Object.values((await ask(query, running)).body.data.clusteringResult);
    expect(await state()).toEqual(["QUEUED", 0, { totalCount: 0 }]);
    for (const progress of [0.25, 0.5]) {
      await fixture.prisma.clusteringResult.update({
        where: { id: uuid("ClusteringResult", 1) },
        data: { status: "RUNNING", progress },
      });
      expect(await state()).toEqual(["RUNNING", progress, { totalCount: 0 }]);
    }
    const where = { id: uuid("ClusteringResult", 1) };
    await fixture.prisma.$transaction([
      fixture.prisma.job.delete({ where }),
      fixture.prisma.clusteringResult.delete({ where }),
    ]);
    await writeClustering(fixture, { result: 1, embeddings: 10, assign: (n) => ({ label: n % 2 }) });
    expect((await state())[2]).toEqual({ totalCount: 2 });
  });

  test("is not cached if something was written while it was read", async () => {
    const { app } = fixture;
    let during: (() => Promise<unknown>) | undefined = () =>
      fixture.prisma.run.updateMany({ data: { initialPrompt: "changed" } });
    const read: typeof app.database.read = async (sql, values) => {
      const rows = await app.database.read(sql, values);
      await during?.();
      during = undefined;
      return rows;
    };
    await serve({ ...app, database: { ...app.database, read } });
    const query = `{ runs(first: 1) { edges { node { initialPrompt } } } }`;
    const prompt = async () => (await ask(query)).body.data.runs.edges[0].node.initialPrompt;
    expect(await prompt()).toBe("prompt 1");
    expect(await prompt()).toBe("changed");
  });
});

describe("a cached response is not returned", () => {
  test("for another operation, other variables, another address or another key", async () => {
    const document = `query A($id: ID!) { run(id: $id) { id } } query B($id: ID!) { run(id: $id) { initialPrompt } }`;
    const send = async (body: object, headers: Record<string, string> = {}) => {
      const response = await fetch(`${address}/graphql`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify({ query: document, ...body }),
      });
      return ((await response.json()) as { data: { run: unknown } }).data.run;
    };
    const [zero, one] = [{ id: id("Run", 0) }, { id: id("Run", 1) }];
    for (let round = 0; round < 2; round++) {
      expect(await send({ operationName: "A", variables: zero })).toEqual(zero);
      expect(await send({ operationName: "B", variables: zero })).toEqual({ initialPrompt: "prompt 0" });
      expect(await send({ operationName: "A", variables: one })).toEqual(one);
    }
    await ask(walk, result);
    expect((await ask(walk, result, { authorization: "Bearer another" })).statements).toBeGreaterThan(0);
  });

  test("with image URLs of a host other than the one of the request", async () => {
    const imageUrl = (host: string) =>
      new Promise<string>((resolve, reject) => {
        const sent = request(
          `${address}/graphql`,
          { method: "POST", headers: { "content-type": "application/json", host } },
          async (response) => {
            let text = "";
            for await (const chunk of response) text += chunk;
            const { edges } = JSON.parse(text).data.clusteringResult.clusters;
            resolve(edges[0].node.medoidInvocation.input.outputImageUrl);
          },
        );
        sent.on("error", reject);
        sent.end(JSON.stringify({ query: walk, variables: result }));
      });
    for (const host of ["localhost:1", "127.0.0.2", "localhost:1"]) {
      expect(await imageUrl(host)).toMatch(new RegExp(`^http://${host}/images/`));
    }
  });

  test("in place of errors, mutations or introspection", async () => {
    const wrong = `{ run(id: "nonsense") { id } }`;
    for (let round = 0; round < 2; round++) {
      expect((await ask(wrong)).body.errors[0].extensions.code).toBe("INVALID_INPUT");
    }
    const mutation = `mutation { cancelClustering(id: "${id("ClusteringResult", 9)}") { __typename } }`;
    for (let round = 0; round < 2; round++) expect((await ask(mutation)).statements).toBeGreaterThan(0);
  });
});

describe("GET", () => {
  const get = (query: string, headers: Record<string, string> = {}) =>
    fetch(`${address}/graphql?query=${encodeURIComponent(query)}`, {
      headers: { "x-graphql-require-preflight": "1", ...headers },
    });
  const query = `{ runs { totalCount } }`;

  test("has a weak ETag, for all encodings, and is 304 if the client has the response already", async () => {
    const first = await get(query);
    const etag = first.headers.get("etag")!;
    expect(etag).toMatch(/^W\/"[\w-]{43}"$/);
    expect(first.headers.get("cache-control")).toBe("private, no-cache");
    expect(await first.json()).toMatchObject({ data: { runs: { totalCount: 2 } } });
    for (const tag of [etag, `"other", ${etag}`, etag.slice("W/".length), "*"]) {
      const again = await get(query, { "if-none-match": tag });
      expect([again.status, again.headers.get("etag"), await again.text()]).toEqual([304, etag, ""]);
    }
    expect((await get(query, { "if-none-match": '"other"' })).status).toBe(200);
  });

  test("has a different response, with a different ETag, once part of it has changed", async () => {
    const etag = (await get(query)).headers.get("etag")!;
    await writeRuns(fixture, { from: 2, runs: 1 });
    const changed = await get(query, { "if-none-match": etag });
    expect(changed.status).toBe(200);
    expect(changed.headers.get("etag")).not.toBe(etag);
    expect(await changed.json()).toMatchObject({ data: { runs: { totalCount: 3 } } });
  });

  test("of an error has no ETag", async () => {
    const response = await get(`{ run(id: "nonsense") { id } }`, { "if-none-match": "*" });
    expect([response.status, response.headers.get("etag")]).toEqual([200, null]);
  });
});

test("for every field it is decided whether it is mutable", () => {
  // A field that is added to one of these types must be added here, or have the extension `mutable` or `annotation` if
  // its value may change while the clustering exists from which it is reached.
  const reached = [
    "ClusteringResult",
    "Cluster",
    "ClusterAssignment",
    "Embedding",
    "EmbeddingModel",
    "Invocation",
    "OutputImage",
    "Run",
  ];
  const immutable = reached.flatMap((name) => {
    const type = schema.getType(name);
    return isObjectType(type)
      ? Object.values(type.getFields())
          .filter((field) => !factsOf(field).mutable && !factsOf(field).annotation)
          .map((field) => `${name}.${field.name}`)
      : [];
  });
  expect(immutable).toMatchInlineSnapshot(`
    [
      "ClusteringResult.algorithm",
      "ClusteringResult.assignments",
      "ClusteringResult.attempt",
      "ClusteringResult.cluster",
      "ClusteringResult.clusterCount",
      "ClusteringResult.clusters",
      "ClusteringResult.createdAt",
      "ClusteringResult.embeddingCount",
      "ClusteringResult.embeddingModel",
      "ClusteringResult.engineVersion",
      "ClusteringResult.exportUrl",
      "ClusteringResult.failure",
      "ClusteringResult.filter",
      "ClusteringResult.finishedAt",
      "ClusteringResult.id",
      "ClusteringResult.inputDigest",
      "ClusteringResult.joiningOutliers",
      "ClusteringResult.laidOutCount",
      "ClusteringResult.merges",
      "ClusteringResult.outlierComposition",
      "ClusteringResult.outlierCount",
      "ClusteringResult.outliers",
      "ClusteringResult.parameters",
      "ClusteringResult.placedCount",
      "ClusteringResult.progress",
      "ClusteringResult.stage",
      "ClusteringResult.startedAt",
      "ClusteringResult.status",
      "ClusteringResult.sweep",
      "Cluster.clusteringResult",
      "Cluster.composition",
      "Cluster.distinctTextCount",
      "Cluster.id",
      "Cluster.label",
      "Cluster.medoidEmbedding",
      "Cluster.medoidInvocation",
      "Cluster.medoidOccurrences",
      "Cluster.medoidText",
      "Cluster.members",
      "Cluster.persistence",
      "Cluster.share",
      "Cluster.size",
      "Cluster.topTexts",
      "ClusterAssignment.cluster",
      "ClusterAssignment.clusteringResult",
      "ClusterAssignment.embedding",
      "ClusterAssignment.isMedoid",
      "ClusterAssignment.outlierScore",
      "ClusterAssignment.probability",
      "Embedding.dimensions",
      "Embedding.embeddingModel",
      "Embedding.id",
      "Embedding.invocation",
      "Embedding.neighbours",
      "Embedding.vector",
      "Embedding.vectorBase64",
      "EmbeddingModel.dimensions",
      "EmbeddingModel.id",
      "EmbeddingModel.name",
      "Invocation.completedAt",
      "Invocation.externalId",
      "Invocation.id",
      "Invocation.input",
      "Invocation.inputText",
      "Invocation.metadata",
      "Invocation.model",
      "Invocation.outputImage",
      "Invocation.outputImageUrl",
      "Invocation.outputText",
      "Invocation.run",
      "Invocation.seed",
      "Invocation.sequenceNumber",
      "Invocation.startedAt",
      "Invocation.type",
      "OutputImage.byteLength",
      "OutputImage.height",
      "OutputImage.mediaType",
      "OutputImage.url",
      "OutputImage.width",
      "Run.createdAt",
      "Run.id",
      "Run.initialPrompt",
      "Run.maxLength",
      "Run.metadata",
      "Run.network",
      "Run.seed",
    ]
  `);
});
