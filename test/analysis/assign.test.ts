import { setTimeout as delay } from "node:timers/promises";
import { parse } from "graphql";
import { v7 as uuid } from "uuid";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAnalyses } from "../../src/analysis/analyses.js";
import { assignmentCost } from "../../src/analysis/assignment/assignmentCost.js";
import type { App } from "../../src/app.js";
import { assignedLinks } from "../../src/clustering/assignedLinks.js";
import { kernelModule } from "../../src/clustering/kernel/kernel.js";
import { NearestByReachability } from "../../src/clustering/nearestByReachability.js";
import { type HdbscanParameters, pickParameters } from "../../src/clustering/parameters.js";
import { startClustering } from "../../src/resolvers/clusterings/startClustering.js";
import { schema } from "../../src/schema/index.js";
import { dependsOn } from "../../src/server/cache/immutableResults.js";
import { executeInProcess } from "../../src/server/inProcess.js";
import { operationComplexity } from "../../src/server/limits/operationComplexity.js";
import { createServer } from "../../src/server/server.js";
import { clusterHere } from "../clustering/clusterHere.js";
import { random } from "../clustering/shuffled.js";
import { openTemporaryApp, type TemporaryApp, writeRun } from "../temporaryApp.js";
import { type ClusterInput, clusterToEnd } from "./clusterToEnd.js";

const next = random(11);
/** Groups of points, some far from all, some copies, and others from the same places. */
const place = (i: number) =>
  Float32Array.of(6 * (i % 4) + next(), 5 * (i % 3) + 2 * next(), (i % 7 === 0 ? 30 : 1) * (next() + 0.1));
const rows = Array.from({ length: 130 }, (_, i) => place(i));
for (const copy of [11, 12, 70, 71]) rows[copy] = rows[copy - 5];
const others = Array.from({ length: 40 }, (_, i) => place(i));
others[3] = rows[6];

let temporary: TemporaryApp;
let app: App;
/** The ids of the embeddings that take part, in the order of the rows, and of the others. */
let took: string[];
let late: string[];
let runId: string;
let pictures: string;
let plain: string;
beforeAll(async () => {
  temporary = await openTemporaryApp({ queue: { pollMilliseconds: 20 } });
  app = temporary.app;
  await app.queue.start();
  runId = uuid();
  took = await writeRun(app, rows, { model: "Model", runId });
  late = await writeRun(app, others, { model: "Model" });
  [pictures] = await writeRun(app, [Float32Array.of(1, 2)], { model: "Pictures" });
  plain = await cluster(settings[0][1]);
});
afterAll(() => temporary.close());

/** Clusters the embeddings of the first run. */
const cluster = (input: ClusterInput) => clusterToEnd(app, { ...input, filter: { runIds: [runId] } });

const settings: [string, ClusterInput][] = [
  ["the vectors themselves", { minClusterSize: 5, minSamples: 3, normalize: false }],
  ["directions and leaves", { minClusterSize: 4, minSamples: 4, clusterSelectionMethod: "LEAF" }],
  [
    "an epsilon, the cosine and alpha",
    { minClusterSize: 4, minSamples: 2, metric: "COSINE", clusterSelectionEpsilon: 0.001, alpha: 1.3 },
  ],
  [
    "one cluster",
    {
      minClusterSize: 60,
      minSamples: 3,
      normalize: false,
      allowSingleCluster: true,
      clusterSelectionEpsilon: 6,
    },
  ],
];

const query = `query ($id: ID!, $embeddingIds: [ID!], $vectors: [VectorInput!]) {
  clusteringResult(id: $id) {
    assign(embeddingIds: $embeddingIds, vectors: $vectors) {
      embedding { id } cluster { label } probability nearest { id } distance
    }
  }
}`;

interface Assigned {
  embedding: { id: string } | null;
  cluster: { label: number } | null;
  probability: number;
  nearest: { id: string };
  distance: number;
}
type Asked = { embeddingIds?: unknown; vectors?: unknown };

async function assign(id: string, asked: Asked, on = app): Promise<Assigned[]> {
  const { data, errors } = await executeInProcess(on, { query, variables: { id, ...asked } });
  expect(errors).toBeUndefined();
  return (data as unknown as { clusteringResult: { assign: Assigned[] } }).clusteringResult.assign;
}

async function refusal(id: string, asked: Asked) {
  return (await executeInProcess(app, { query, variables: { id, ...asked } })).errors![0];
}

const vectorsOf = (some: Float32Array[]) =>
  some.map((row, i) =>
    i % 2 === 0 ? { floats: [...row] } : { base64: Buffer.from(row.buffer).toString("base64") },
  );
const globalId = (id: string) => `Embedding:${id}`;
const joined = (some: Float32Array[]) => Float32Array.from(some.flatMap((row) => [...row]));

/** Where the engine says that the others belong. */
async function expected(id: string): Promise<Omit<Assigned, "embedding">[]> {
  const row = await app.database.prisma.clusteringResult.findUniqueOrThrow({ where: { id } });
  const own = pickParameters({ ...row, reduction: null }) as HdbscanParameters;
  const { spanningTree: tree, medoids } = clusterHere(joined(rows), 3, own);
  const search = new NearestByReachability(
    joined(others),
    tree,
    { ...own, dimensions: 3 },
    200,
    kernelModule(),
  );
  const first = Array.from(tree.weights, (_, point) => tree.points.indexOf(point));
  const distinct = joined(first.map((at) => rows[at]));
  do search.offer(distinct, Int32Array.from(first.keys()));
  while (search.endPass());
  const { points, heights } = search.links;
  const medoidPoints = Int32Array.from(medoids, (at) => tree.points[at]);
  const { labels, probabilities } = assignedLinks(tree, own, medoidPoints, search.links)!;
  return others.map((_, at) => ({
    cluster: labels[at] < 0 ? null : { label: labels[at] },
    probability: probabilities[at],
    nearest: { id: globalId(took.filter((_, row) => tree.points[row] === points[at]).sort()[0]) },
    distance: heights[at],
  }));
}

describe.each(settings)("%s", (_, input) => {
  it("what took part gets what is stored, by its id and by its vector", async () => {
    const id = await cluster(input);
    const stored = await app.database.prisma.clusterAssignment.findMany({
      where: { clusteringResultId: id },
      select: { embeddingId: true, probability: true, point: true, cluster: { select: { label: true } } },
    });
    const of = new Map(stored.map((assignment) => [assignment.embeddingId, assignment]));
    const what = (embeddingId: string) => {
      const { probability, cluster } = of.get(embeddingId)!;
      return { cluster, probability, distance: 0 };
    };
    expect(await assign(id, { embeddingIds: took })).toEqual(
      took.map((one) => ({ embedding: { id: globalId(one) }, ...what(one), nearest: { id: globalId(one) } })),
    );
    const firstWith = (point: number) => took.filter((one) => of.get(one)!.point === point).sort()[0];
    expect(await assign(id, { vectors: vectorsOf(rows) })).toEqual(
      took.map((one) => ({
        ...{ embedding: null, ...what(one) },
        nearest: { id: globalId(firstWith(of.get(one)!.point)) },
      })),
    );
  });

  it("what took no part gets what the engine says, by its id and by its vector, in the order asked", async () => {
    const id = await cluster(input);
    const answers = await expected(id);
    expect(new Set(answers.map(({ cluster }) => cluster?.label)).size).toBeGreaterThan(1);
    expect(await assign(id, { vectors: vectorsOf(others) })).toEqual(
      answers.map((answer) => ({ embedding: null, ...answer })),
    );
    const order = [...late.keys()].reverse();
    expect(
      await assign(id, { embeddingIds: order.flatMap((at) => [globalId(late[at]), took[at], late[at]]) }),
    ).toMatchObject(
      order.flatMap((at) => {
        const answer = { embedding: { id: globalId(late[at]) }, ...answers[at] };
        return [answer, { nearest: { id: globalId(took[at]) }, distance: 0 }, answer];
      }),
    );
  });
});

describe("a wrong request is refused by name and value", () => {
  const short = { floats: [1, 2] };
  it.each<[string, () => Asked, string[], string]>([
    ["neither argument", () => ({}), ["embeddingIds"], "null"],
    ["nulls", () => ({ embeddingIds: null, vectors: null }), ["embeddingIds"], "null"],
    ["both", () => ({ embeddingIds: [late[0]], vectors: [short] }), ["vectors"], '[{"floats":[1,2]}]'],
    ["no embeddings", () => ({ embeddingIds: [] }), ["embeddingIds"], "[]"],
    ["no vectors", () => ({ vectors: [] }), ["vectors"], "[]"],
    ["too many", () => ({ embeddingIds: Array(1001).fill(late[0]) }), ["embeddingIds"], "1001"],
    ["too many vectors", () => ({ vectors: Array(1001).fill(short) }), ["vectors"], "1001"],
    ["no id", () => ({ embeddingIds: [late[0], "x"] }), ["embeddingIds", "1"], '"x"'],
    ["the id of a run", () => ({ embeddingIds: [`Run:${runId}`] }), ["embeddingIds", "0"], "Run:"],
    [
      "an unknown embedding",
      () => ({ embeddingIds: [late[0], "0198c1b2-0000-7000-8000-00000000000a"] }),
      ["embeddingIds", "1"],
      "0198c1b2-0000-7000-8000-00000000000a",
    ],
    ["another model's", () => ({ embeddingIds: [took[0], pictures] }), ["embeddingIds", "1"], '"Pictures"'],
    ["another length", () => ({ vectors: [...vectorsOf(others).slice(0, 3), short] }), ["vectors", "3"], "2"],
    ["zeros", () => ({ vectors: [{ floats: [0, 0, 0] }] }), ["vectors", "0"], "0,0,0"],
    ["an empty vector", () => ({ vectors: [{ floats: [] }] }), ["vectors", "0"], "[]"],
    [
      "a number that is too large",
      () => ({ vectors: [{ floats: [1, 1e300, 1] }] }),
      ["vectors", "0", "floats", "1"],
      "1e+300",
    ],
    [
      "NaN in base64",
      () => ({
        vectors: [{ base64: Buffer.from(Float32Array.of(1, Number.NaN, 1).buffer).toString("base64") }],
      }),
      ["vectors", "0"],
      "NaN",
    ],
    ["no base64", () => ({ vectors: [{ base64: "?" }] }), ["vectors", "0", "base64"], '"?"'],
  ])("%s", async (_, asked, path, value) => {
    const { message, extensions } = await refusal(plain, asked());
    expect(extensions).toMatchObject({ code: "INVALID_INPUT", issues: [{ path }] });
    expect(message).toContain(`${path.join(".")}: `);
    expect(message).toContain(value);
  });

  it("every wrong item, up to 20", async () => {
    const { extensions } = await refusal(plain, { vectors: Array(30).fill(short) });
    const { issues } = extensions as unknown as { issues: { path: string[] }[] };
    expect(issues.map(({ path }) => path)).toEqual(
      Array.from({ length: 20 }, (_, at) => ["vectors", String(at)]),
    );
  });

  it("NaN, which GraphQL refuses itself", async () => {
    const { message, extensions } = await refusal(plain, { vectors: [{ floats: [1, Number.NaN, 1] }] });
    expect(extensions.code).toBe("INVALID_INPUT");
    expect(message).toContain("vectors[0].floats[1]");
  });

  it("a thousand are not refused", async () => {
    const answers = await assign(plain, { embeddingIds: Array(1000).fill(late[0]) });
    expect(answers).toHaveLength(1000);
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  });
});

it("with a reduction, only what took part has an answer", async () => {
  const reduction = { method: "PCA" as const, dimensions: 2 };
  const id = await cluster({ minClusterSize: 5, minSamples: 3, reduction });
  expect(await assign(id, { embeddingIds: [took[1]] })).toMatchObject([
    { nearest: { id: globalId(took[1]) } },
  ]);
  for (const [asked, path] of [
    [{ embeddingIds: [took[0], late[0]] }, ["embeddingIds", "1"]],
    [{ vectors: vectorsOf(rows.slice(0, 1)) }, ["vectors"]],
  ] as const) {
    const { message, extensions } = await refusal(id, asked);
    expect(extensions).toMatchObject({ code: "INVALID_INPUT", issues: [{ path }] });
    expect(message).toContain("the result has a reduction");
  }
});

it("a result that has not succeeded, or whose tree is missing or damaged, is a typed error", async () => {
  await app.queue.stop();
  const outcome = await startClustering(app, { embeddingModel: "Model", minClusterSize: 5 }, "");
  if (!("id" in outcome)) throw new Error(outcome.message);
  const asked = { embeddingIds: [late[0]] };
  expect(await refusal(outcome.id, asked)).toMatchObject({
    message: `ClusteringResult:${outcome.id} has the status QUEUED: it has no clusters yet.`,
    extensions: { code: "CLUSTERING_IN_PROGRESS" },
  });
  const change = (id: string, data: object) =>
    app.database.prisma.clusteringResult.update({ where: { id }, data });
  await change(outcome.id, { status: "CANCELLED" });
  expect(await refusal(outcome.id, asked)).toMatchObject({
    message: `ClusteringResult:${outcome.id} has the status CANCELLED: it has no clusters.`,
    extensions: { code: "TREE_MISSING" },
  });
  await app.queue.start();

  const id = await cluster({ minClusterSize: 6, minSamples: 3, normalize: false });
  const { spanningTreeId } = await change(id, { minClusterSize: 40 });
  expect(await refusal(id, asked)).toMatchObject({
    message: expect.stringContaining("other clusters"),
    extensions: { code: "TREE_UNREADABLE" },
  });
  await change(id, { minClusterSize: 6, spanningTreeId: null });
  expect((await refusal(id, asked)).extensions).toEqual({ code: "TREE_MISSING" });
  expect(await assign(id, { embeddingIds: took })).toHaveLength(took.length);
  await change(id, { spanningTreeId });
});

describe("off the server's thread", () => {
  it("takes as many statements for all as for few", async () => {
    await assign(plain, { embeddingIds: late });
    await app.queue.stop(); // its statements would be counted
    const { statementCount } = app.database;
    const least = async (asked: Asked) => {
      const counts: number[] = [];
      // What the queue had begun before it was stopped may end during one of them.
      for (let attempt = 0; attempt < 5; attempt++) {
        const before = statementCount();
        await assign(plain, asked);
        counts.push(statementCount() - before);
      }
      return Math.min(...counts);
    };
    // The result, its embeddings, their assignments, the model, the clusters, and the nearest and the clusters found.
    expect(await least({ embeddingIds: late })).toBe(7);
    expect(await least({ embeddingIds: late.slice(0, 2) })).toBe(7);
    expect(await least({ vectors: vectorsOf(others) })).toBe(5);
    expect(await least({ embeddingIds: took })).toBe(4);
    await app.queue.start();
  });

  it("answers alike with and without the vectors in memory, which are held within the set memory", async () => {
    const answers = await assign(plain, { vectors: vectorsOf(others) });
    const sought = others.map((vector) => ({ vector }));
    const row = await app.database.prisma.clusteringResult.findUniqueOrThrow({ where: { id: plain } });
    const clusters = await app.database.prisma.cluster.findMany({
      where: { clusteringResultId: plain },
      orderBy: { label: "asc" },
    });
    const bytes = new Set(rows.map((each) => each.join())).size * (3 * 4 + 16);
    for (const [vectorCacheBytes, kept] of [
      [0, 0],
      [bytes - 1, 0],
      [bytes, bytes],
    ]) {
      const analyses = createAnalyses(app.database, { treeCacheBytes: 1e6, vectorCacheBytes });
      try {
        const tree = (await analyses.loadTree(plain))!;
        const request = {
          ...{ clusteringResultId: plain, points: tree.points, dimensions: 3, tree, own: row, sought },
          ...{ metric: row.metric, normalize: row.normalize, minSamples: row.minSamples, alpha: row.alpha },
          medoids: Int32Array.from(clusters, ({ medoidPoint }) => medoidPoint),
        };
        for (let time = 0; time < 2; time++) {
          const found = await analyses.assign(request);
          if (typeof found === "string") throw new Error(found);
          expect(found.nearest.map(globalId)).toEqual(answers.map(({ nearest }) => nearest.id));
          expect([...found.distances]).toEqual(answers.map(({ distance }) => distance));
          expect([...found.labels]).toEqual(answers.map((answer) => answer.cluster?.label ?? -1));
          expect(analyses.cachedVectorBytes()).toBe(kept);
          expect(analyses.hasVectors(plain)).toBe(kept > 0);
        }
        const gone = { ...request, clusteringResultId: "0198c1b2-0000-7000-8000-00000000000a" };
        expect(await analyses.assign(gone)).toBe("deleted");
      } finally {
        await analyses.close();
      }
    }
  });

  it("ends when nobody waits for it any more", async () => {
    const row = await app.database.prisma.clusteringResult.findUniqueOrThrow({ where: { id: plain } });
    const tree = (await app.analyses.loadTree(plain))!;
    const gone = new AbortController();
    const work = app.analyses.assign(
      {
        ...{ clusteringResultId: plain, points: tree.points, dimensions: 3, tree, own: row },
        // So many vectors would take minutes.
        sought: Array.from({ length: 400_000 }, () => ({ vector: others[0] })),
        ...{ metric: row.metric, normalize: row.normalize, minSamples: row.minSamples, alpha: row.alpha },
        medoids: new Int32Array(),
      },
      { signal: gone.signal },
    );
    await delay(100);
    gone.abort(new Error("gone"));
    await expect(work).rejects.toThrow("gone");
  });

  it("a request whose time is over has an error; another is charged for what it compares", async () => {
    const slow = createServer({ ...app, settings: { ...app.settings, limitSeconds: 0.000_001 } });
    const usual = createServer({ ...app, settings: { ...app.settings, limitSeconds: 200 } });
    const ask = async (server: typeof slow) => {
      const response = await fetch(`${await server.listen(0, "127.0.0.1")}/graphql`, {
        method: "POST",
        headers: { "content-type": "application/json", accept: "application/graphql-response+json" },
        body: JSON.stringify({ query, variables: { id: plain, vectors: vectorsOf(others) } }),
      });
      await server.stop(0);
      return { status: response.status, json: await response.json() };
    };
    expect(await ask(slow)).toMatchObject({
      status: 503,
      json: { errors: [{ extensions: { code: "REQUEST_LIMIT", limit: "SECONDS" } }] },
    });
    const { status, json } = await ask(usual);
    expect([status, json.data.clusteringResult.assign.length]).toEqual([200, others.length]);
    // The result, and for each vector itself, its cluster, and two embeddings.
    expect(json.extensions.cost).toMatchObject({ objects: 1 + 4 * others.length });
  });
});

it("costs grow with what is compared and read", () => {
  expect(assignmentCost(100_000, 384, 1000, true)).toBe(
    Math.ceil(38_400_000 / 60_000 + (38_400_000 * 1024) / 3e6),
  );
  expect(assignmentCost(100_000, 384, 1, false)).toBe(Math.ceil(38_400_000 / 4000 + (38_400_000 * 64) / 3e6));
});

it("a list counts as many objects as it has items, up to a thousand", () => {
  const document = parse(
    `query ($ids: [ID!]) { clusteringResult(id: "x") { assign(embeddingIds: $ids) { probability } } }`,
  );
  for (const [given, counted] of [
    [1, 1],
    [700, 700],
    [2000, 1000],
  ]) {
    const variableValues = { ids: Array(given).fill("x") };
    expect(operationComplexity({ schema, document, variableValues })).toBe(1 + counted);
  }
});

it("an answer about vectors depends on the result's row alone; embeddings that took no part can be deleted", () => {
  const ask = (name: string, type: string) =>
    parse(
      `query ($id: ID!, $of: [${type}!]) { clusteringResult(id: $id) { assign(${name}: $of) { distance } } }`,
    );
  const id = `ClusteringResult:${plain}`;
  const variables = { id, of: [] };
  expect(dependsOn(ask("vectors", "VectorInput"), undefined, variables)?.rows).toEqual([
    { type: "ClusteringResult", uuid: plain },
  ]);
  expect(dependsOn(ask("embeddingIds", "ID"), undefined, variables)).toBeNull();
});
