import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { distanceOf } from "../../src/clustering/distance.js";
import { createServer } from "../../src/server/server.js";
import {
  type Fixture,
  id,
  openFixture,
  uuid,
  writeClustering,
  writeQueuedClustering,
  writeRuns,
} from "../fixtures.js";

let fixture: Fixture;
const took = 18;
/** Embeddings 4, 9 and 14 are copies; all others have directions of their own, in the order of their numbers. */
const copies = [4, 9, 14];
const pointOf = (n: number) => (copies.includes(n) ? 4 : n);
const vectorOf = (n: number) => Float32Array.of(pointOf(n), 1);

beforeAll(async () => {
  fixture = await openFixture();
  await writeRuns(fixture, { runs: 4 }); // 20 embeddings, of which the last two take no part
  for (const n of copies) {
    const vector = new Uint8Array(vectorOf(n).buffer);
    await fixture.prisma.embedding.update({ where: { id: uuid("Embedding", n) }, data: { vector } });
  }
  for (const result of [0, 1, 2]) {
    await writeClustering(fixture, {
      result,
      embeddings: took,
      assign: (n) => ({ label: n < 9 ? 0 : -1, point: pointOf(n) }),
    });
  }
  const parametersOf = (result: number, data: object) =>
    fixture.prisma.clusteringResult.update({ where: { id: uuid("ClusteringResult", result) }, data });
  await parametersOf(1, { metric: "COSINE" });
  await parametersOf(2, { normalize: false });
  await writeQueuedClustering(fixture, 3);
  // A result of another model, which has one embedding.
  await fixture.prisma.embeddingModel.create({
    data: { id: uuid("EmbeddingModel", 1), name: "pictures", dimensions: 2, embeddingCount: 1 },
  });
  await writeQueuedClustering(fixture, 4);
  await parametersOf(4, { embeddingModelId: uuid("EmbeddingModel", 1) });
});
afterEach(() => vi.restoreAllMocks());
afterAll(async () => {
  expect(fixture.internalErrors).toEqual([]);
  await fixture.close();
});

const query = `query($id: ID!, $result: ID!, $limit: Int) {
  embedding(id: $id) { neighbours(clusteringResultId: $result, limit: $limit) { distance embedding { id } } } }`;

const ask = (n: number, result: number, limit?: number) =>
  fixture.execute(query, { id: id("Embedding", n), result: id("ClusteringResult", result), limit });

/** By sorting all distances. */
function expected(n: number, result: number, limit: number) {
  const metric = result === 1 ? "COSINE" : "EUCLIDEAN";
  const rows = Float32Array.from({ length: 2 * took }, (_, at) => {
    const vector = vectorOf(Math.floor(at / 2));
    const length = result === 2 ? 1 : Math.sqrt(vector[0] * vector[0] + vector[1] * vector[1]);
    return vector[at % 2] / length;
  });
  return Array.from({ length: took }, (_, other) => ({
    other,
    distance: distanceOf(rows, 2, n, other, metric),
  }))
    .filter(({ other }) => other !== n)
    .sort((a, b) => a.distance - b.distance || pointOf(a.other) - pointOf(b.other) || a.other - b.other)
    .slice(0, limit)
    .map(({ other, distance }) => ({ distance, embedding: { id: id("Embedding", other) } }));
}

describe("neighbours", () => {
  test.each([0, 1, 2])("are the nearest others by the metric of the result (%d)", async (result) => {
    for (const n of [0, 4, 9, 17]) {
      for (const limit of [1, 3, 500]) {
        const { data, errors } = await ask(n, result, limit);
        expect(errors).toBeUndefined();
        expect(data.embedding.neighbours).toEqual(expected(n, result, limit));
      }
    }
    expect((await ask(5, result)).data.embedding.neighbours).toHaveLength(10);
    expect((await ask(4, result, 2)).data.embedding.neighbours).toMatchObject([
      { distance: 0, embedding: { id: id("Embedding", 9) } },
      { distance: 0, embedding: { id: id("Embedding", 14) } },
    ]);
  });

  test("are none of an embedding that took no part, and before the clustering has succeeded", async () => {
    for (const [n, result] of [
      [18, 0],
      [0, 3],
    ]) {
      expect(await ask(n, result)).toEqual({ data: { embedding: { neighbours: [] } } });
    }
  });

  test.each([
    ["an unknown result", 9, "must be the id of a clustering result that exists"],
    [
      "a result of another model",
      4,
      'must be a clustering result of the embedding model "words", which the embedding is of, and is one of "pictures"',
    ],
  ])("%s is refused by its argument", async (_, result, problem) => {
    const { data, errors } = await ask(0, result);
    expect(data).toEqual({ embedding: null });
    const value = `"${id("ClusteringResult", result)}"`;
    expect(errors).toMatchObject([
      {
        message: `clusteringResultId: ${problem}; it was ${value}.`,
        extensions: { code: "INVALID_INPUT", issues: [{ path: ["clusteringResultId"], value }] },
      },
    ]);
  });

  test.each([0, -1, 501])("a limit of %d is refused", async (limit) => {
    expect((await ask(0, 0, limit)).errors).toMatchObject([
      {
        message: `limit: must be from 1 to 500; it was ${limit}.`,
        extensions: { code: "INVALID_INPUT", issues: [{ path: ["limit"], value: String(limit) }] },
      },
    ]);
  });

  test("of all embeddings of a page are sought together, each with its own limit, for any number of statements' worth of them", async () => {
    const find = vi.spyOn(fixture.app.analyses, "nearest");
    const both = `query($id: ID!, $first: Int!) { clusteringResult(id: $id) { assignments(first: $first) { edges { node { embedding {
      id few: neighbours(clusteringResultId: $id, limit: 1) { distance embedding { id } }
      many: neighbours(clusteringResultId: $id, limit: 4) { distance embedding { id } } } } } } } }`;
    const statements: number[] = [];
    for (const first of [took, 2]) {
      find.mockClear();
      fixture.statements.length = 0;
      const data = await fixture.data(both, { id: id("ClusteringResult", 0), first });
      const { edges } = data.clusteringResult.assignments;
      expect(edges).toHaveLength(first);
      for (const [n, { node }] of edges.entries()) {
        expect(node.embedding).toEqual({
          id: id("Embedding", n),
          few: expected(n, 0, 1),
          many: expected(n, 0, 4),
        });
      }
      expect(find).toHaveBeenCalledTimes(1);
      expect(find.mock.calls[0][0].sought).toHaveLength(first);
      statements.push(fixture.statements.length);
    }
    // The result, the page, its embeddings, their model, and the neighbours, which are all on the larger page.
    expect(statements).toEqual([4, 5]);
  });

  test("of a result that is deleted while they are sought are an error", async () => {
    const deleted = { id: uuid("ClusteringResult", 5) };
    await writeClustering(fixture, { result: 5, embeddings: took, assign: () => ({ label: 0 }) });
    const { nearest } = fixture.app.analyses;
    vi.spyOn(fixture.app.analyses, "nearest").mockImplementation(async (...request) => {
      await fixture.prisma.clusteringResult.delete({ where: deleted });
      return nearest(...request);
    });
    const { data, errors } = await ask(0, 5);
    expect(data).toEqual({ embedding: null });
    expect(errors).toMatchObject([{ extensions: { code: "NOT_FOUND" } }]);
  });
});

describe("on a server", () => {
  async function serving(settings: object, test: (ask: (n: number) => Promise<Response>) => Promise<void>) {
    const app = { ...fixture.app, settings: { ...fixture.app.settings, trustedProxies: 1, ...settings } };
    const server = createServer(app, { log: (error) => fixture.internalErrors.push(error) });
    const address = await server.listen(0, "127.0.0.1");
    try {
      await test((n) =>
        fetch(`${address}/graphql`, {
          method: "POST",
          headers: { "content-type": "application/json", "x-forwarded-for": "192.0.2.1" },
          body: JSON.stringify({
            query: `query($id: ID!, $first: Int!) { clusteringResult(id: $id) { assignments(first: $first) { edges { node { embedding {
              neighbours(clusteringResultId: $id, limit: 1) { distance } } } } } } }`,
            variables: { id: id("ClusteringResult", 0), first: n },
          }),
        }),
      );
    } finally {
      await server.stop(0);
    }
  }

  test("the answer about a finished result is kept over other writes", async () => {
    const find = vi.spyOn(fixture.app.analyses, "nearest");
    await serving({}, async (ask) => {
      const first = await (await ask(3)).text();
      expect(find).toHaveBeenCalledTimes(1);
      await writeQueuedClustering(fixture, 6);
      expect(await (await ask(3)).text()).toBe(first);
      expect(find).toHaveBeenCalledTimes(1);
    });
  });

  test("a search is charged by its size as it begins, and ended with its request", async () => {
    const { nearest } = fixture.app.analyses;
    const signals: (AbortSignal | undefined)[] = [];
    const find = vi.spyOn(fixture.app.analyses, "nearest").mockImplementation((request, options) => {
      const signal = options?.signal;
      signals.push(signal);
      if (request.sought.length < 5) return nearest(request, options);
      return new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
    });
    await fixture.prisma.embeddingModel.update({
      where: { id: uuid("EmbeddingModel", 0) },
      data: { dimensions: 65_536 },
    });
    find.mockImplementationOnce(async () => ({ nearest: new Map(), compared: took }));
    await serving({ rateLimit: 690, responseCacheBytes: 0, limitSeconds: 1 }, async (ask) => {
      const { extensions } = (await (await ask(2)).json()) as { extensions: { cost: { charged: number } } };
      // Of the search: 18 × 65,536 × (20 + 2) / 80,000.
      expect(extensions.cost.charged).toBeGreaterThan(325);
      expect(extensions.cost.charged).toBeLessThan(340);
      expect((await ask(5)).status).toBe(503);
      expect(signals.at(-1)?.aborted).toBe(true);
      expect((await ask(2)).status).toBe(429);
    });
    await fixture.prisma.embeddingModel.update({
      where: { id: uuid("EmbeddingModel", 0) },
      data: { dimensions: 2 },
    });
  });
});
