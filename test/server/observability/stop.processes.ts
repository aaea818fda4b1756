import { once } from "node:events";
import { request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, describe, expect, test, vi } from "vitest";
import { settingDefinitions } from "../../../src/settings.js";
import { printed, spawnMedoidWith } from "../../cli/runMedoid.js";
import { createTestDatabase } from "../../testDatabase.js";
import { connect } from "../webSockets/socketClient.js";

/** A timeout for events that occur as soon as the machine can handle them. */
const patience = { timeout: 60_000 };

/** A POST whose body never ends: a request that runs for as long as it may. */
async function stuckRequest(address: string) {
  const { port } = new URL(address);
  const headers = { "content-type": "application/json", "content-length": 100 };
  const stuck = request({ port, path: "/graphql", method: "POST", headers });
  stuck.on("error", () => {});
  stuck.write('{"query":');
  await once(stuck, "socket");
  await delay(100);
  return stuck;
}

describe("medoid serve", async () => {
  const { url: databaseUrl, drop } = await createTestDatabase({ migrated: false });
  afterAll(drop);
  const start = async (environment: Record<string, string>) => {
    const child = spawnMedoidWith({ DATABASE_URL: databaseUrl, ...environment }, "serve", "--port", "0");
    const [address] = await printed(child, /http:\S+(?=\/graphql)/);
    return { child, address };
  };

  test("stops within its limit on SIGTERM, and at once on a second signal", async () => {
    const limited = await start({ MEDOID_STOP_SECONDS: "0.3" });
    await stuckRequest(limited.address);
    limited.child.kill("SIGTERM");
    expect((await limited.child.finished).code).toBe(0);

    const patient = await start({ MEDOID_STOP_SECONDS: "600", MEDOID_LOG_LEVEL: "warn" });
    await stuckRequest(patient.address);
    patient.child.kill("SIGTERM");
    await vi.waitFor(() => expect(fetch(`${patient.address}/health/live`)).rejects.toThrow(), patience);
    expect(patient.child.exitCode).toBeNull();
    patient.child.kill("SIGTERM");
    expect(await patient.child.finished).toMatchObject({ code: 143, stderr: "" });
  });

  test("--help lists every setting with its variable and default", async () => {
    const help = spawnMedoidWith({ DATABASE_URL: databaseUrl }, "serve", "--help");
    const { code, stdout } = await help.finished;
    expect(code).toBe(0);
    const unwrapped = stdout.replace(/\n {6}(?! )/g, " ");
    for (const { variable } of Object.values(settingDefinitions)) {
      expect(unwrapped).toMatch(new RegExp(`^  ${variable} .* \\(default: .+\\)$`, "m"));
    }
  });

  test("does not start with a setting that cannot be parsed, and names it", async () => {
    const child = spawnMedoidWith({ DATABASE_URL: databaseUrl, MEDOID_STOP_SECONDS: "soon" }, "serve");
    expect(await child.finished).toEqual({
      code: 2,
      stdout: "",
      stderr: 'MEDOID_STOP_SECONDS must be a number of seconds from 0, not "soon".\n',
    });
  });

  test("ends on SIGTERM even if a WebSocket is open, which it closes first", async () => {
    const { child, address } = await start({});
    const client = await connect(address);
    child.kill("SIGTERM");
    expect((await client.closed)[0]).toBe(1001);
    expect((await child.finished).code).toBe(0);
  });
});
