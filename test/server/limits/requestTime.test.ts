import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Fixture, id, openFixture, writeClustering, writeRuns } from "../../fixtures.js";
import { serveLimited } from "./limitedServer.js";

let fixture: Fixture;
beforeAll(async () => {
  fixture = await openFixture();
  await writeRuns(fixture, { runs: 2 });
  await writeClustering(fixture, { result: 0, embeddings: 10, assign: () => ({ label: 0 }) });
});
afterAll(async () => {
  expect(fixture.internalErrors).toEqual([]);
  await fixture.close();
});

/** The fixture, in which each statement of a request first waits. */
function slowed(milliseconds: number): Fixture {
  const { app } = fixture;
  const read: typeof app.database.read = async (sql, values) => {
    await delay(milliseconds);
    return app.database.read(sql, values);
  };
  return { ...fixture, app: { ...app, database: { ...app.database, read } } };
}

const walk = `query($id: ID!) { clusteringResult(id: $id) { clusters { edges { node { medoidInvocation { run { id } } } } } } }`;
const variables = { id: id("ClusteringResult", 0) };

describe("a request that takes longer than allowed", () => {
  test("has an error as its response, and starts no further statement", async () => {
    const server = await serveLimited(slowed(400), { limitSeconds: 0.25 });
    await server.post({ query: "{ __typename }" }); // the API keys are read
    fixture.statements.length = 0;
    const { status, json, refusal } = await server.post({ query: walk, variables });
    expect([status, refusal]).toEqual([503, { code: "REQUEST_LIMIT", limit: "SECONDS", maximum: 0.25 }]);
    expect(json.data ?? null).toBeNull();
    expect(server.rejections.count("SECONDS")).toBe(1);
    await delay(600);
    expect(fixture.statements.length).toBeLessThanOrEqual(2); // the running one was finished
    await server.stop(0);
  });

  const ofResult = (selection: string) => `clusteringResult(id: $id) { ${selection} }`;

  test.each([
    ["topTexts", ofResult("clusters { edges { node { topTexts { text } } } }")],
    ["a composition", ofResult("clusters { edges { node { composition(by: NETWORK) { value } } } }")],
    ["the number of texts", ofResult("clusters { edges { node { distinctTextCount } } }")],
    ["totalCount", ofResult("id clusters { edges { node { medoidOccurrences { totalCount } } } }")],
    ["a comparison", "compareClusteringResults(from: $id, to: $id) { commonCount }"],
  ])("has its long statement interrupted: %s", async (_, selection) => {
    const { app } = fixture;
    const { longReads } = app.database;
    const endless = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n`;
    const outcomes: Promise<unknown>[] = [];
    const query: typeof longReads.query = (_sql, _values, signal) => {
      const read = longReads.query(endless, [], signal);
      outcomes.push(read.catch((error) => error.extensions.limit));
      return read;
    };
    const database = { ...app.database, longReads: { ...longReads, query } };
    const server = await serveLimited({ ...fixture, app: { ...app, database } }, { limitSeconds: 0.2 });
    const { status, refusal } = await server.post({
      query: `query($id: ID!) { ${selection} }`,
      variables,
    });
    expect([status, refusal.limit]).toEqual([503, "SECONDS"]);
    expect(await Promise.all(outcomes)).toEqual(["SECONDS"]);
    await server.stop(0);
  });

  test("is executed if it takes as long as allowed", async () => {
    const server = await serveLimited(slowed(20), { limitSeconds: 5 });
    const { status, json } = await server.post({ query: walk, variables });
    expect(status).toBe(200);
    expect(json.data.clusteringResult.clusters.edges).toHaveLength(1);
    expect(server.rejections.count("SECONDS")).toBe(0);
    await server.stop(0);
  });

  test("has 10 seconds by default, while a subscription may take any time", async () => {
    expect(fixture.app.settings.limitSeconds).toBe(10);
    const server = await serveLimited(slowed(150), { limitSeconds: 0.05 });
    const response = await fetch(`${server.address}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "text/event-stream" },
      body: JSON.stringify({
        query: `subscription($id: ID!) { clusteringProgress(id: $id) { clusters { edges { node { size } } } } }`,
        variables,
      }),
    });
    expect(await response.text()).toContain(`"size":10`);
    expect(server.rejections.count("SECONDS")).toBe(0);
    await server.stop(0);
  });
});

test("a query whose client disconnects starts no further statement", async () => {
  const server = await serveLimited(slowed(100));
  fixture.statements.length = 0;
  const client = new AbortController();
  const request = fetch(`${server.address}/graphql`, {
    method: "POST",
    signal: client.signal,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query: walk, variables }),
  });
  setTimeout(() => client.abort(), 150);
  await expect(request).rejects.toThrow("aborted");
  await delay(500);
  expect(fixture.statements.length).toBeLessThanOrEqual(2);
  expect(server.rejections.count("SECONDS")).toBe(0);
  await server.stop(0);
});
