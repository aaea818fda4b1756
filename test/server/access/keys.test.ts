import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { formatApiKey, hashSecret, parseApiKey, type Scope } from "../../../src/server/access/apiKey.js";
import { createApiKey, revokeApiKey } from "../../../src/server/access/apiKeys.js";
import { id, uuid, writeQueuedClustering, writeRuns } from "../../fixtures.js";
import { type ServedFixture, serveFixture } from "../servedFixture.js";

let served: ServedFixture;
beforeEach(async () => {
  served = await serveFixture();
});
afterEach(() => served.close());

const query = { query: "{ embeddingModels { name } }" };
const deletion = { query: `mutation { deleteRun(id: "${id("Run", 0)}") { __typename } }` };
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
const create = (...scopes: Scope[]) => createApiKey(served.fixture.prisma, { name: "a key", scopes });
/**
 * The time after which a server that has already read the keys notices a change; these servers read them at their first
 * request.
 */
const known = () => delay(1_050);

/** A response's status, and the codes of its errors. */
async function outcome(pending: Promise<Response>) {
  const response = await pending;
  const { errors = [] } = (await response.json()) as { errors?: { extensions: { code: string } }[] };
  return [response.status, ...errors.map(({ extensions }) => extensions.code)];
}

describe("a key", () => {
  const given = { id: uuid("Run", 1), secret: "s".repeat(43) };

  test("is distinguished from other texts", () => {
    const text = formatApiKey(given);
    expect(text).toMatch(/^medoid_[\w-]{22}_s{43}$/);
    expect(parseApiKey(text)).toEqual(given);
    for (const other of ["", text.slice(1), `${text}x`, text.replace("medoid_", "Medoid_"), "medoid__"]) {
      expect(parseApiKey(other)).toBeNull();
    }
  });

  test("is stored only as a hash", async () => {
    const { key, record } = await create("read");
    const row = await served.fixture.prisma.apiKey.findUniqueOrThrow({ where: { id: record.id } });
    const { secret } = parseApiKey(key)!;
    expect(row).toEqual({ ...record, scopes: '["read"]', hash: hashSecret(secret) });
    expect(row.hash).toMatch(/^[\da-f]{64}$/);
    expect(JSON.stringify(row)).not.toContain(secret);
  });
});

describe("without keys", () => {
  test("every caller may do everything, whatever key is sent", async () => {
    await writeRuns(served.fixture, { runs: 1 });
    expect(await outcome(served.post(query, bearer("whatever")))).toEqual([200]);
    expect(await outcome(served.post(deletion))).toEqual([200]);
    expect(await served.fixture.prisma.run.count()).toBe(0);
  });

  test("no caller may do anything if keys are required all the same", async () => {
    const strict = await serveFixture({ MEDOID_REQUIRE_KEYS: "on" });
    expect(await outcome(strict.post(query))).toEqual([401, "UNAUTHENTICATED"]);
    expect((await strict.get("/health/live")).status).toBe(200);
    await strict.close();
  });
});

describe("with keys", () => {
  test("a request without a valid key is refused, and changes nothing", async () => {
    await writeRuns(served.fixture, { runs: 1 });
    const { key } = await create("read", "write");
    const other = formatApiKey({ ...parseApiKey(key)!, id: uuid("Run", 7) });
    const forged = formatApiKey({ ...parseApiKey(key)!, secret: "A".repeat(43) });
    const refusals = [
      {},
      bearer(""),
      bearer("nonsense"),
      bearer(other),
      bearer(forged),
      bearer(`${key} ${key}`),
      { authorization: `Basic ${key}` },
      { authorization: key },
    ] as Record<string, string>[];
    for (const headers of refusals) {
      expect(await outcome(served.post(deletion, headers))).toEqual([401, "UNAUTHENTICATED"]);
    }
    const refused = await served.post(query);
    expect(refused.headers.get("www-authenticate")).toBe('Bearer realm="Medoid"');
    expect(await served.fixture.prisma.run.count()).toBe(1);
    const count = refusals.length + 1;
    expect(await served.metric('medoid_errors_total{code="UNAUTHENTICATED"}', bearer(key))).toBe(count);
    const rejected = 'medoid_rejected_requests_total{reason="UNAUTHENTICATED"}';
    expect(await served.metric(rejected, bearer(key))).toBe(count);

    expect(await outcome(served.post(deletion, bearer(key)))).toEqual([200]);
    expect(await served.fixture.prisma.run.count()).toBe(0);
  });

  test("a query needs the scope read, a mutation the scope write", async () => {
    await writeRuns(served.fixture, { runs: 1 });
    const [reading, writing] = [await create("read"), await create("write")];
    expect(await outcome(served.post(query, bearer(reading.key)))).toEqual([200]);
    expect(await outcome(served.post(deletion, bearer(reading.key)))).toEqual([403, "FORBIDDEN"]);
    expect(await served.fixture.prisma.run.count()).toBe(1);
    expect(await outcome(served.post(query, bearer(writing.key)))).toEqual([403, "FORBIDDEN"]);
    expect((await served.get("/metrics", bearer(writing.key))).status).toBe(403);
    const rejected = 'medoid_rejected_requests_total{reason="FORBIDDEN"}';
    expect(await served.metric(rejected, bearer(reading.key))).toBe(3);
    expect(await outcome(served.post(deletion, bearer(writing.key)))).toEqual([200]);
    expect(await served.fixture.prisma.run.count()).toBe(0);
  });

  describe("a key that may only write", () => {
    const cancel = (selection: string, fragments = "") => ({
      query: `mutation { cancelClustering(id: "${id("ClusteringResult", 0)}") { ${selection} } } ${fragments}`,
    });
    const bodyOf = async (operation: object, key: string) => {
      const response = await served.post(operation, bearer(key));
      const body = (await response.json()) as {
        data?: Record<string, unknown>;
        errors?: { message: string; extensions: { code: string } }[];
      };
      return { status: response.status, ...body };
    };
    const clusters = "clusters { edges { node { members { edges { node { id } } } } } }";

    test.each([
      [
        "an inline fragment",
        cancel(`... on ClusteringResult { id ${clusters} }`),
        "ClusteringResult.clusters",
      ],
      [
        "an alias",
        cancel("... on ClusteringResult { id: embeddingModel { name } }"),
        "ClusteringResult.embeddingModel",
      ],
      [
        "fragments",
        cancel(
          "...Two",
          `fragment One on ClusteringResult { ${clusters} } fragment Two on CancelClusteringPayload { ...One }`,
        ),
        "ClusteringResult.clusters",
      ],
      [
        "a fragment without a type",
        cancel(
          "... { ... on Node { ... on ClusteringResult { ... @include(if: true) { filter { models } } } } }",
        ),
        "ClusteringResult.filter",
      ],
      [
        "an address that is signed",
        cancel("... on ClusteringResult { exportUrl(table: ASSIGNMENTS) }"),
        "ClusteringResult.exportUrl",
      ],
      [
        "the text of a cluster's medoid",
        {
          query: `mutation { annotateCluster(input: { id: "${id("Cluster", 0)}", name: "named" }) {
            ... on Cluster { name medoidText } } }`,
        },
        "Cluster.medoidText",
      ],
      [
        "the number of a cluster's texts",
        {
          query: `mutation { annotateCluster(input: { id: "${id("Cluster", 0)}", name: "named" }) {
            ... on Cluster { name size distinctTextCount } } }`,
        },
        "Cluster.distinctTextCount",
      ],
      [
        "an error's clustering",
        {
          query: `mutation { deleteClusteringResult(id: "${id("ClusteringResult", 0)}") {
            ... on ClusteringInProgressError { clusteringResult { id outliers { totalCount } } }
          } }`,
        },
        "ClusteringResult.outliers",
      ],
      [
        "the runs that were recorded",
        {
          query:
            "mutation { recordTrajectories(input: { runs: [] }) { ... on RecordedTrajectories { runs { id } } } }",
        },
        "RecordedTrajectories.runs",
      ],
      [
        "the second of two mutations",
        {
          query: `mutation {
            cancelClustering(id: "${id("ClusteringResult", 0)}") { __typename }
            second: cancelClustering(id: "${id("ClusteringResult", 0)}") { ... on ClusteringResult { ${clusters} } }
          }`,
        },
        "ClusteringResult.clusters",
      ],
    ])("reads nothing through %s, and nothing is carried out", async (_, operation, field) => {
      await writeRuns(served.fixture, { runs: 1 });
      await writeQueuedClustering(served.fixture, 0);
      const [{ key }, both] = [await create("write"), await create("read", "write")];
      const { status, data, errors } = await bodyOf(operation, key);
      expect([status, data, errors?.length, errors?.[0].extensions.code]).toEqual([
        403,
        undefined,
        1,
        "FORBIDDEN",
      ]);
      expect(errors?.[0].message).toContain(` ${field} `);
      expect(await served.fixture.prisma.clusteringResult.findMany({ select: { status: true } })).toEqual([
        { status: "QUEUED" },
      ]);
      expect((await bodyOf(operation, both.key)).status).toBe(200);
    });

    test("receives the scalar fields of a mutation's response, and its errors", async () => {
      await writeRuns(served.fixture, { runs: 1 });
      await writeQueuedClustering(served.fixture, 0);
      const { key } = await create("write");
      const both = {
        query: `mutation Both {
          ...Deletion
          clusterEmbeddings(input: { embeddingModel: "words", minClusterSize: 1 }) {
            ... on Error { code }
            ... on InvalidInputError { issues { path value } }
          }
        }
        fragment Deletion on Mutation {
          deleteClusteringResult(id: "${id("ClusteringResult", 0)}") {
            ... on ClusteringInProgressError { code clusteringResult { id status } }
          }
        }
        query Other { runs { edges { node { id } } } }`,
        operationName: "Both",
      };
      expect(await bodyOf(both, key)).toMatchObject({
        status: 200,
        data: {
          deleteClusteringResult: {
            code: "CLUSTERING_IN_PROGRESS",
            clusteringResult: { id: id("ClusteringResult", 0), status: "QUEUED" },
          },
          clusterEmbeddings: {
            code: "INVALID_INPUT",
            issues: [{ path: ["input", "minClusterSize"], value: "1" }],
          },
        },
      });
      expect(await bodyOf(cancel("... on ClusteringResult { id status }"), key)).toMatchObject({
        status: 200,
        data: { cancelClustering: { id: id("ClusteringResult", 0), status: "CANCELLED" } },
      });
    });
  });

  test("a revoked key is refused within a second, and revoking the last one does not open the server", async () => {
    const { key, record } = await create("read");
    expect(await outcome(served.post(query, bearer(key)))).toEqual([200]);
    expect(await revokeApiKey(served.fixture.prisma, record.id)).toBe(true);
    await known();
    expect(await outcome(served.post(query, bearer(key)))).toEqual([401, "UNAUTHENTICATED"]);
    expect(await outcome(served.post(query))).toEqual([401, "UNAUTHENTICATED"]);
  });

  test("a subscriber whose key is revoked receives no more events", async () => {
    await writeRuns(served.fixture, { runs: 1 });
    await writeQueuedClustering(served.fixture, 0);
    const watch = (key: string) =>
      served.post(
        { query: `subscription { clusteringProgress(id: "${id("ClusteringResult", 0)}") { status } }` },
        { accept: "text/event-stream", ...bearer(key) },
      );
    const [{ key, record }, other] = [await create("read"), await create("read")];
    const [watched, watchedByOther] = [await watch(key), await watch(other.key)];
    await revokeApiKey(served.fixture.prisma, record.id);
    await known();
    await served.fixture.prisma.clusteringResult.update({
      where: { id: uuid("ClusteringResult", 0) },
      data: { status: "CANCELLED", finishedAt: new Date() },
    });
    served.fixture.app.changes.changed(uuid("ClusteringResult", 0));
    const events = await watched.text();
    expect(events).toContain('"status":"QUEUED"');
    expect(events).toContain('"code":"UNAUTHENTICATED"');
    expect(events).not.toContain("CANCELLED");
    expect(await watchedByOther.text()).toContain("CANCELLED");
  });

  test("each key has its own idempotency keys, and its id in the log", async () => {
    await writeRuns(served.fixture, { runs: 2 });
    const [one, two] = [await create("write"), await create("write")];
    const start = async (key: string) => {
      const response = await served.post(
        {
          query: `mutation {
            clusterEmbeddings(input: { embeddingModel: "words", minClusterSize: 2, idempotencyKey: "k" }) {
              ... on ClusteringResult { id }
            }
          }`,
        },
        bearer(key),
      );
      const { data } = (await response.json()) as { data: { clusterEmbeddings: { id: string } } };
      return data.clusterEmbeddings.id;
    };
    const first = await start(one.key);
    expect(await start(one.key)).toBe(first);
    expect(await start(two.key)).not.toBe(first);
    const rows = await served.fixture.prisma.job.findMany({ orderBy: { id: "asc" } });
    expect(rows.map(({ requestedBy }) => requestedBy)).toEqual([one.record.id, two.record.id]);
    const lines = served.log.filter(({ kind }) => kind === "mutation");
    expect(lines.slice(0, 2).map(({ caller }) => caller)).toEqual([one.record.id, one.record.id]);
  });

  test("a request costs no additional statement", async () => {
    const { key } = await create("read");
    await served.post(query, bearer(key));
    const { apiKey } = served.fixture.app.database.prisma;
    let reads = 0;
    const findMany = apiKey.findMany.bind(apiKey);
    apiKey.findMany = ((args: never) => {
      reads++;
      return findMany(args);
    }) as never;
    const begun = performance.now();
    await Promise.all(Array.from({ length: 20 }, () => served.post(query, bearer(key))));
    const seconds = (performance.now() - begun) / 1000;
    expect(reads).toBeLessThan(3 + seconds); // one a second
  });

  test("GraphiQL opens without a key, asks for one, and shows nothing of the database", async () => {
    await writeRuns(served.fixture, { runs: 1 });
    await create("read");
    const page = await (await served.get("/graphql", { accept: "text/html" })).text();
    const { defaultTabs, headers } = JSON.parse(/const options = (.*);/.exec(page)![1]);
    expect(JSON.parse(headers)).toEqual({ Authorization: "Bearer KEY" });
    const [{ query: first }] = defaultTabs;
    expect(first).toContain("in place of KEY");
    // The page's first query can be sent as it stands: the response says what is missing.
    expect(await outcome(served.post({ query: first }, JSON.parse(headers)))).toEqual([
      401,
      "UNAUTHENTICATED",
    ]);
    for (const tab of defaultTabs) expect(tab.headers).toBe(headers);
    expect(JSON.stringify(defaultTabs)).not.toContain("words");
    expect(page).not.toContain(uuid("Run", 0));
  });
});

describe("images, if keys are required,", () => {
  const imageQuery = { query: `{ invocation(id: "${id("Invocation", 0)}") { outputImageUrl } }` };
  const imageUrl = async (key: string) => {
    const response = await served.post(imageQuery, bearer(key));
    const { data } = (await response.json()) as { data: { invocation: { outputImageUrl: string } } };
    return data.invocation.outputImageUrl;
  };

  test("have URLs that are valid for a while without a key", async () => {
    await writeRuns(served.fixture, { runs: 1 });
    const { key } = await create("read");
    const url = await imageUrl(key);
    expect(url).toMatch(/\/images\/[\da-f-]{36}\?expires=\d+&signature=[\w-]{43}$/);
    const image = await fetch(url);
    expect([image.status, await image.text()]).toEqual([200, '<svg id="0"/>']);
    const [, maxAge] = /^private, max-age=(\d+), immutable$/.exec(image.headers.get("cache-control")!)!;
    expect(Number(maxAge)).toBeGreaterThan(3590);
    expect(Number(maxAge)).toBeLessThanOrEqual(7200);
  });

  test("are refused at any other URL, unless a key is sent", async () => {
    await writeRuns(served.fixture, { runs: 1 });
    const [reading, writing] = [await create("read"), await create("write")];
    const url = new URL(await imageUrl(reading.key));
    const changed = (name: string, value: string) => {
      const other = new URL(url);
      other.searchParams.set(name, value);
      return other;
    };
    const bare = url.origin + url.pathname;
    for (const other of [
      bare,
      changed("expires", `${Number(url.searchParams.get("expires")) + 1}`),
      changed("expires", "Infinity"),
      changed("signature", "A".repeat(43)),
      changed("signature", ""),
      url.href.replace(uuid("Invocation", 0), uuid("Invocation", 2)),
    ]) {
      expect(await outcome(fetch(other))).toEqual([401, "UNAUTHENTICATED"]);
    }
    expect(await outcome(fetch(bare, { headers: bearer(writing.key) }))).toEqual([403, "FORBIDDEN"]);
    const byKey = await fetch(bare, { headers: bearer(reading.key) });
    const immutable = "private, max-age=31536000, immutable";
    expect([byKey.status, byKey.headers.get("cache-control")]).toEqual([200, immutable]);
    expect(served.log.filter(({ level }) => level >= 50)).toEqual([]);
  });

  test("are refused once the signature has expired", async () => {
    await served.close();
    served = await serveFixture({ MEDOID_IMAGE_URL_SECONDS: "1" });
    await writeRuns(served.fixture, { runs: 1 });
    const { key } = await create("read");
    const url = await imageUrl(key);
    await delay(2_050);
    expect(await outcome(fetch(url))).toEqual([401, "UNAUTHENTICATED"]);
  });
});
