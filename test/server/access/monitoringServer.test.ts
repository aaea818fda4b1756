import { request } from "node:http";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Scope } from "../../../src/server/access/apiKey.js";
import { createApiKey } from "../../../src/server/access/apiKeys.js";
import { createMonitoringServer, type MonitoringServer } from "../../../src/server/monitoringServer.js";
import { readSettings } from "../../../src/settings.js";
import { type Fixture, openFixture } from "../../fixtures.js";

let fixture: Fixture;
const servers: MonitoringServer[] = [];
beforeEach(async () => {
  fixture = await openFixture();
});
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
  await fixture.close();
});

/** Starts the server that monitors a worker, by default on the loopback address. @returns its URL */
async function serve(environment: Record<string, string> = {}, host = "127.0.0.1"): Promise<string> {
  const server = createMonitoringServer({ ...fixture.app, settings: readSettings(environment) });
  servers.push(server);
  const { port } = new URL(await server.listen(0, host));
  return `http://127.0.0.1:${port}`;
}

/**
 * The response's status, and the code of its error. `host` sets the Host header, which fetch does not let a program
 * choose.
 */
function ask(address: string, path: string, headers: Record<string, string> = {}) {
  return new Promise<{ status?: number; code?: string; text: string }>((resolve, reject) => {
    const sent = request(`${address}${path}`, { headers }, (response) => {
      let text = "";
      response.on("data", (chunk) => {
        text += chunk;
      });
      response.on("end", () => {
        const isJson = response.headers["content-type"]?.startsWith("application/json");
        const code = isJson ? JSON.parse(text).errors?.[0].extensions.code : undefined;
        resolve({ status: response.statusCode, code, text });
      });
    });
    sent.on("error", reject);
    sent.end();
  });
}

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
const create = async (...scopes: Scope[]) =>
  bearer((await createApiKey(fixture.prisma, { name: "a key", scopes })).key);
const series = (reason: string) => `medoid_rejected_requests_total{reason="${reason}"}`;

describe("a worker's metrics", () => {
  test("can be read by any process of this machine if there are no keys", async () => {
    const address = await serve();
    expect(await ask(address, "/metrics")).toMatchObject({
      status: 200,
      text: expect.stringMatching(/^medoid_clusterings\{/m),
    });
  });

  test("require a key with the scope read once there is one; health does not", async () => {
    const [reading, writing] = [await create("read"), await create("write")];
    const address = await serve();
    expect(await ask(address, "/metrics")).toMatchObject({ status: 401, code: "UNAUTHENTICATED" });
    expect(await ask(address, "/metrics", bearer("nonsense"))).toMatchObject({ status: 401 });
    expect(await ask(address, "/metrics", writing)).toMatchObject({ status: 403, code: "FORBIDDEN" });
    const { status, text } = await ask(address, "/metrics", reading);
    expect(status).toBe(200);
    expect(text).toContain(`${series("UNAUTHENTICATED")} 2\n`);
    expect(text).toContain(`${series("FORBIDDEN")} 1\n`);
    expect((await ask(address, "/health/live")).status).toBe(200);
    expect([200, 503]).toContain((await ask(address, "/health/ready")).status);
  });

  test("cannot be read if keys are required and there are none", async () => {
    const address = await serve({ MEDOID_REQUIRE_KEYS: "on" });
    expect(await ask(address, "/metrics")).toMatchObject({ status: 401, code: "UNAUTHENTICATED" });
    expect((await ask(address, "/health/live")).status).toBe(200);
  });

  test("cannot be read by a page of another site whose host name resolves to this address", async () => {
    const address = await serve({ MEDOID_BASE_URL: "https://medoid.example" });
    const foreign = { host: "rebound.example" };
    expect(await ask(address, "/metrics", foreign)).toMatchObject({ status: 403, code: "FORBIDDEN" });
    expect((await ask(address, "/metrics", { host: "medoid.example" })).status).toBe(200);
    expect((await ask(address, "/health/live", foreign)).status).toBe(200);
    expect((await ask(address, "/metrics")).text).toContain(`${series("HOST")} 1\n`);
    // Once there is a key, nothing is open, whatever the Host header is.
    const reading = await create("read");
    const closed = await serve();
    expect((await ask(closed, "/metrics", { ...reading, ...foreign })).status).toBe(200);
  });

  test("have the rate limit of each address, as requests to a server do", async () => {
    const address = await serve({ MEDOID_RATE_LIMIT: "2", MEDOID_TRUSTED_PROXIES: "1" }, "0.0.0.0");
    const from = { "x-forwarded-for": "192.0.2.1" };
    const statuses = [];
    for (let i = 0; i < 3; i++) statuses.push((await ask(address, "/metrics", from)).status);
    expect(statuses).toEqual([200, 200, 429]);
    expect((await ask(address, "/metrics", { "x-forwarded-for": "192.0.2.2" })).status).toBe(200);
  });
});
