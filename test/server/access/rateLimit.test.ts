import { afterEach, describe, expect, test, vi } from "vitest";
import { createApiKey } from "../../../src/server/access/apiKeys.js";
import { clientAddress, isLoopback, limitedNetwork } from "../../../src/server/access/clientAddress.js";
import { createRateLimit } from "../../../src/server/access/rateLimit.js";
import { id, writeClustering, writeRuns } from "../../fixtures.js";
import { type ServedFixture, serveFixture } from "../servedFixture.js";

let served: ServedFixture | undefined;
afterEach(async () => {
  vi.useRealTimers();
  await served?.close();
  served = undefined;
});

const query = { query: "{ runs(first: 3) { edges { node { id } } } }" };
// biome-ignore lint/suspicious/noExplicitAny: tests read into responses as they please
const bodyOf = async (response: Response) => (await response.json()) as any;

describe("the rate limit", () => {
  test("counts each caller's cost, and reports when to retry", async () => {
    const limit = createRateLimit(10);
    expect(await limit.spend("a", 10)).toBeNull();
    expect(await limit.spend("a", 1)).toBe(60);
    expect(await limit.spend("b", 10)).toBeNull();
    const none = createRateLimit(0);
    expect(await none.spend("a", 1e9)).toBeNull();
    expect(await none.reserve("a", 1e9)).toHaveProperty("settle");
  });

  test("reserves what operations may cost, so that many at once cannot overdraw, and charges what they did cost", async () => {
    const limit = createRateLimit(100);
    const reservations = await Promise.all(Array.from({ length: 20 }, () => limit.reserve("a", 30)));
    const granted = reservations.filter((reserved) => "settle" in reserved);
    expect(granted).toHaveLength(3);
    expect(reservations.filter((reserved) => "retryAfterSeconds" in reserved)).toHaveLength(17);
    for (const each of granted) await each.settle(10);
    expect(await limit.spend("a", 70)).toBeNull();
    expect(await limit.spend("a", 1)).toBe(60);
  });

  test.each([
    ["the rest if an operation cost less", 10, 59_999, 90],
    ["nothing if it cost as much", 30, 0, 70],
    ["nothing if it cost more, and charges no more", 50, 0, 70],
    ["nothing in the next minute, which begins with the full limit", 10, 60_000, 100],
  ])("gives back %s", async (_, charge, milliseconds, left) => {
    vi.useFakeTimers();
    const limit = createRateLimit(100);
    const reserved = await limit.reserve("a", 30);
    if (!("settle" in reserved)) throw new Error("refused");
    await vi.advanceTimersByTimeAsync(milliseconds);
    await reserved.settle(charge);
    expect(await limit.spend("a", left)).toBeNull();
    expect(await limit.spend("a", 1)).toBeGreaterThan(0);
  });

  test("accepts a single operation that may cost more than a minute's share", async () => {
    const limit = createRateLimit(100);
    expect(await limit.spend("a", 1)).toBeNull();
    const reserved = await limit.reserve("a", 5_000);
    if (!("settle" in reserved)) throw new Error("refused");
    expect(await limit.reserve("a", 1)).toEqual({ retryAfterSeconds: 60 });
    await reserved.settle(5_000);
    expect(await limit.reserve("a", 1)).toEqual({ retryAfterSeconds: 60 });
  });

  test("responds with RATE_LIMITED to an address that has exceeded the limit, and to no other", async () => {
    served = await serveFixture({
      MEDOID_RATE_LIMIT: "20",
      MEDOID_TRUSTED_PROXIES: "1",
      MEDOID_RESPONSE_CACHE_BYTES: "0", // a cached response costs 1
    });
    await writeRuns(served.fixture, { runs: 3 });
    const from = (address: string) => served!.post(query, { "x-forwarded-for": `1.1.1.1, ${address}` });
    const { charged } = (await bodyOf(await from("192.0.2.9"))).extensions.cost;
    expect(charged).toBe(3);
    const cost = 1 + charged; // the request itself costs 1

    const statuses = [];
    for (let spent = 0; spent + cost <= 20; spent += cost) statuses.push((await from("192.0.2.1")).status);
    const refused = await from("192.0.2.1");

    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(refused.status).toBe(429);
    const { errors } = (await refused.json()) as { errors: { extensions: Record<string, unknown> }[] };
    const { code, retryAfterSeconds } = errors[0].extensions;
    expect(code).toBe("RATE_LIMITED");
    expect(retryAfterSeconds).toBeGreaterThan(50);
    expect(retryAfterSeconds).toBeLessThanOrEqual(60);
    expect(refused.headers.get("retry-after")).toBe(String(retryAfterSeconds));
    expect((await from("192.0.2.2")).status).toBe(200);
    const scraper = { "x-forwarded-for": "192.0.2.3" };
    expect(await served.metric('medoid_rejected_requests_total{reason="RATE_LIMITED"}', scraper)).toBe(1);
  });

  test("counts a key's requests from any address, and carries out nothing above the limit", async () => {
    served = await serveFixture({ MEDOID_RATE_LIMIT: "3" });
    const { prisma } = served.fixture;
    await writeRuns(served.fixture, { runs: 1 });
    const { id } = await prisma.run.findFirstOrThrow();
    const { key } = await createApiKey(prisma, { name: "k", scopes: ["read", "write"] });
    const headers = { authorization: `Bearer ${key}` };
    for (const _ of [1, 2, 3]) {
      expect((await served.post({ query: "{ __typename }" }, headers)).status).toBe(200);
    }
    const deletion = { query: `mutation { deleteRun(id: "${id}") { __typename } }` };
    expect((await served.post(deletion, headers)).status).toBe(429);
    expect(await prisma.run.count()).toBe(1);
  });

  describe("charges for what was read", () => {
    const members = `query($id: ID!, $after: String) { cluster(id: $id) { members(first: 500, after: $after) {
      pageInfo { hasNextPage endCursor } edges { probability node { id invocation { sequenceNumber run { id } } } } } } }`;

    test("for a whole result that is paged: about the number of its rows, not the sizes of the requested pages", async () => {
      served = await serveFixture({ MEDOID_RATE_LIMIT: "12000", MEDOID_RESPONSE_CACHE_BYTES: "0" });
      await writeRuns(served.fixture, { runs: 20, steps: 200 });
      await writeClustering(served.fixture, {
        embeddings: 2_000,
        assign: (n) => ({ label: n < 1_200 ? 0 : n % 40 }),
      });
      const { key } = await createApiKey(served.fixture.prisma, { name: "k", scopes: ["read"] });
      const headers = { authorization: `Bearer ${key}` };
      let [rows, charged, objects, requests] = [0, 0, 0, 0];
      for (let label = 0; label < 40; label++) {
        for (let after: string | null = null, more = true; more; requests++) {
          const variables = { id: id("Cluster", label), after };
          const response = await served.post({ query: members, variables }, headers);
          expect(response.status).toBe(200);
          const { data, extensions } = await bodyOf(response);
          const { edges, pageInfo } = data.cluster.members;
          rows += edges.length;
          charged += extensions.cost.charged;
          objects += extensions.cost.objects;
          [after, more] = [pageInfo.endCursor, pageInfo.hasNextPage];
        }
      }
      expect(rows).toBe(2_000);
      expect(objects).toBe(requests * (1 + 500 * 3));
      // Of each page: the cluster, its rows, the row after them, their invocations, and the few runs of these.
      expect(charged).toBeGreaterThan(2 * rows);
      expect(charged).toBeLessThan(2 * rows + 25 * requests);
      // The charge is neither higher nor lower.
      const left = 12_000 - charged - requests;
      const nodes = (count: number) => ({ query: `{ runs(first: ${count}) { edges { node { id } } } }` });
      expect(left).toBeGreaterThan(5_000);
      expect((await served.post(nodes(500), headers)).status).toBe(200);
    });

    test("if a query fails, too, and a query that might read too much is refused beforehand", async () => {
      served = await serveFixture({ MEDOID_RATE_LIMIT: "520", MEDOID_RESPONSE_CACHE_BYTES: "0" });
      await writeRuns(served.fixture, { runs: 3 });
      const { key } = await createApiKey(served.fixture.prisma, { name: "k", scopes: ["read"] });
      const ask = (query: string) => served!.post({ query }, { authorization: `Bearer ${key}` });
      const page = `{ runs(first: 500) { edges { node { id } } } }`;
      const failing = `{ runs(first: 500, after: "nonsense") { edges { node { id } } } }`;

      expect((await bodyOf(await ask(page))).extensions.cost).toEqual({
        objects: 500,
        maximum: 10_000,
        charged: 3,
      });
      // 4 are used up: with the requests' own, 12 more leave room for the page.
      for (let n = 0; n < 11; n++) expect((await bodyOf(await ask(failing))).errors).toHaveLength(1);
      expect((await bodyOf(await ask(page))).data.runs.edges).toHaveLength(3);
      expect((await ask(page)).status).toBe(200);
      expect((await ask(page)).status).toBe(429);
      expect((await ask(`{ runs(first: 3) { edges { node { id } } } }`)).status).toBe(200);
    });
  });

  test("does not apply to processes of this machine", async () => {
    served = await serveFixture({ MEDOID_RATE_LIMIT: "1" });
    for (const _ of [1, 2, 3]) expect((await served.post(query)).status).toBe(200);
  });
});

describe("addresses", () => {
  test.each([
    ["127.0.0.1", true],
    ["127.9.9.9", true],
    ["::1", true],
    ["::ffff:127.0.0.1", true],
    ["localhost", true],
    ["0.0.0.0", false],
    ["::", false],
    ["10.0.0.1", false],
    ["::ffff:10.0.0.1", false],
    ["localhost.example.org", false],
    ["", false],
  ])("%j is loopback: %s", (host, expected) => expect(isLoopback(host)).toBe(expected));

  test.each([
    [0, "9.9.9.9", "10.0.0.1"],
    [1, "9.9.9.9", "9.9.9.9"],
    [1, "6.6.6.6, 9.9.9.9", "9.9.9.9"],
    [2, "6.6.6.6, 9.9.9.9, 8.8.8.8", "9.9.9.9"],
    [2, "9.9.9.9", "9.9.9.9"],
    [1, "", "10.0.0.1"],
  ])("behind %i proxies that forward for %j it is %s", (proxies, forwarded, expected) => {
    const request = {
      socket: { remoteAddress: "::ffff:10.0.0.1" },
      headers: { "x-forwarded-for": forwarded },
    };
    expect(clientAddress(request as never, proxies)).toBe(expected);
  });

  test.each([
    ["192.0.2.1", "192.0.2.1"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
    ["2001:db8:1:2::9", "2001:db8:1:2"],
    ["2001:0db8::1", "2001:db8:0:0"],
    ["::2", "0:0:0:0"],
    ["fe80::1%eth0", "fe80:0:0:0"],
  ])("%s is limited as %s", (address, expected) => expect(limitedNetwork(address)).toBe(expected));
});
