import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createApiKey } from "../../../src/server/access/apiKeys.js";
import { type Fixture, openFixture, writeRuns } from "../../fixtures.js";
import { type LimitedServer, serveLimited } from "../limits/limitedServer.js";

let fixture: Fixture;
const servers: LimitedServer[] = [];

beforeAll(async () => {
  fixture = await openFixture();
  await writeRuns(fixture, { runs: 1 });
});
afterAll(async () => {
  for (const server of servers) await server.stop(0);
  expect(fixture.internalErrors).toEqual([]);
  await fixture.close();
});

async function serve(settings: Parameters<typeof serveLimited>[1] = {}, host?: string) {
  const server = await serveLimited(fixture, settings, {}, host);
  servers.push(server);
  return server;
}

/** Sets the Host header, which fetch does not let a program choose. */
function ask(server: LimitedServer, host: string, path = "/graphql", body = '{"query":"{ __typename }"}') {
  const { port } = new URL(server.address);
  const headers = { host, "content-type": "application/json" };
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    const method = path === "/graphql" ? "POST" : "GET";
    const sent = request({ port, path, method, headers }, (response) => {
      let text = "";
      response.on("data", (chunk) => {
        text += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
    });
    sent.on("error", reject);
    sent.end(method === "POST" ? body : undefined);
  });
}

describe("an open server on the loopback address", () => {
  test.each(["localhost:4000", "127.0.0.1", "127.8.8.8:1", "[::1]:4000", "LOCALHOST"])(
    "accepts requests to the host %s",
    async (host) => {
      expect(await ask(await serve(), host)).toEqual({ status: 200, text: expect.stringContaining("Query") });
    },
  );

  test.each([
    "rebound.example:4000",
    "localhost.example",
    "127.0.0.1.example",
    "10.0.0.1",
    "[2001:db8::1]",
    "%%%",
  ])(
    "refuses requests to the host %s: the name of another site may resolve to this address",
    async (host) => {
      const server = await serve();
      const { status, text } = await ask(server, host);
      expect([status, JSON.parse(text).errors[0].extensions.code]).toEqual([403, "FORBIDDEN"]);
      for (const path of ["/", "/metrics", "/images/0198c1b2-0000-7000-8000-000000000000"]) {
        expect((await ask(server, host, path)).status).toBe(403);
      }
      expect(server.rejections.count("HOST")).toBe(4);
      expect((await ask(server, host, "/health/live")).status).toBe(200);
      const metrics = await (await fetch(`${server.address}/metrics`)).text();
      expect(metrics).toContain('medoid_rejected_requests_total{reason="HOST"} 4');
    },
  );

  test("accepts requests to the host of its base URL", async () => {
    const server = await serve({ baseUrl: "https://medoid.example" });
    expect((await ask(server, "medoid.example")).status).toBe(200);
    expect((await ask(server, "other.example")).status).toBe(403);
  });
});

test("a server that other machines can reach accepts any host", async () => {
  expect((await ask(await serve({}, "0.0.0.0"), "any.example")).status).toBe(200);
});

test("if keys are required, any host is accepted, because a page of another site has no key", async () => {
  const { key } = await createApiKey(fixture.app.database.prisma, { name: "test", scopes: ["read"] });
  const server = await serve();
  const { status } = await ask(server, "any.example");
  expect(status).toBe(401);
  const response = await fetch(`${server.address}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
    body: '{"query":"{ __typename }"}',
  });
  expect(response.status).toBe(200);
});
