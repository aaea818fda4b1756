import { afterEach, describe, expect, test } from "vitest";
import { createApiKey } from "../../src/access/apiKeys.js";
import { clientAddress, isLoopback, limitedNetwork } from "../../src/access/clientAddress.js";
import { createRateLimit } from "../../src/access/rateLimit.js";
import { writeRuns } from "../fixtures.js";
import { type ServedFixture, serveFixture } from "../servedFixture.js";

let served: ServedFixture | undefined;
afterEach(async () => {
  await served?.close();
  served = undefined;
});

const query = { query: "{ runs(first: 3) { edges { node { id } } } }" };
const costOf = async (response: Response) =>
  ((await response.json()) as { extensions: { cost: { objects: number } } }).extensions.cost.objects;

describe("the rate limit", () => {
  test("counts each caller's cost, and says when to come back", async () => {
    const limit = createRateLimit(10);
    expect(await limit.spend("a", 10)).toBeNull();
    expect(await limit.spend("a", 1)).toBe(60);
    expect(await limit.spend("b", 25)).toBeNull();
    expect(await limit.spend("b", 1)).toBe(60);
    const none = createRateLimit(0);
    expect(await none.spend("a", 1e9)).toBeNull();
  });

  test("answers RATE_LIMITED once an address has asked for too much, and no other", async () => {
    served = await serveFixture({
      MEDOID_RATE_LIMIT: "20",
      MEDOID_TRUSTED_PROXIES: "1",
      MEDOID_RESPONSE_CACHE_BYTES: "0", // what is kept costs 1
    });
    await writeRuns(served.fixture, { runs: 1 });
    const from = (address: string) => served!.post(query, { "x-forwarded-for": `1.1.1.1, ${address}` });
    const cost = 1 + (await costOf(await from("192.0.2.9"))); // the request itself costs 1
    expect(cost).toBeGreaterThan(3);

    const answers = [];
    for (let spent = 0; spent + cost <= 20; spent += cost) answers.push((await from("192.0.2.1")).status);
    const refused = await from("192.0.2.1");

    expect(new Set(answers)).toEqual(new Set([200]));
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

  test("counts a key's requests wherever they come from, and nothing runs above it", async () => {
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

  test("lets this machine's own processes alone", async () => {
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
