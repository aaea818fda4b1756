import { readFileSync } from "node:fs";
import { auditServer } from "graphql-http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createServer, type MedoidServer } from "../../src/server/server.js";
import { type Fixture, openFixture } from "../fixtures.js";

const documentation = readFileSync("docs/frontends.md", "utf8");

let fixture: Fixture;
let server: MedoidServer;
let url: string;

beforeAll(async () => {
  fixture = await openFixture();
  server = createServer(fixture.app);
  url = `${await server.listen(0, "127.0.0.1")}/graphql`;
});
afterAll(async () => {
  await server.stop(0);
  await fixture.close();
});

/** The number of audits of GraphQL over HTTP, and those that failed as "status id: name". */
async function audit(headers: Record<string, string>) {
  const results = await auditServer({
    url,
    fetchFn: (address: string, init: RequestInit = {}) =>
      fetch(address, { ...init, headers: { ...headers, ...(init.headers as Record<string, string>) } }),
  });
  return {
    count: results.length,
    failed: results.flatMap((result) =>
      result.status === "ok" ? [] : [`${result.status} ${result.id}: ${result.name}`],
    ),
  };
}

test("the whole suite passes with the header that the CSRF prevention requires", async () => {
  expect(await audit({ "x-graphql-require-preflight": "1" })).toEqual({ count: 61, failed: [] });
});

test("without it only requests fail that a page of another site could send: three audits of GET, all of them MAY", async () => {
  const { count, failed } = await audit({});
  expect(count).toBe(61);
  expect(failed.map((audit) => audit.split(":")[0])).toEqual(["notice 5A70", "notice D6D5", "notice 6A70"]);
  for (const name of failed) expect(documentation).toContain(name.replace(/^notice (\w+): .*/, "`$1`"));
});
