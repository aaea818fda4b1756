import { afterAll, describe, expect, test } from "vitest";
import { printed, runMedoid, spawnMedoidWith } from "../../cli/runMedoid.js";
import { createTestDatabase } from "../../testDatabase.js";

const { url: databaseUrl, drop } = await createTestDatabase({ migrated: false });
afterAll(drop);

/** Starts the command on every address, and stops it. @returns its exit code, and its output */
async function startOnEveryAddress(
  url: string,
  command: string,
  environment: Record<string, string>,
  ...args: string[]
) {
  const address = ["--port", "0", "--host", "0.0.0.0"];
  const child = spawnMedoidWith({ DATABASE_URL: url, ...environment }, command, ...address, ...args);
  await printed(child, /http:\S+\/(graphql|metrics)\n/).catch(() => {});
  child.kill("SIGTERM");
  return child.finished;
}

describe.each(["serve", "worker"])("medoid %s on an address that other machines can reach", (command) => {
  test("starts only with a key, or with --insecure", async () => {
    const { url, drop } = await createTestDatabase({ migrated: false });
    const start = (environment: Record<string, string>, ...args: string[]) =>
      startOnEveryAddress(url, command, environment, ...args);
    const refused = await start({});
    expect(refused).toMatchObject({ code: 2, stdout: expect.not.stringContaining("http") });
    expect(refused.stderr).toMatch(/^--host 0\.0\.0\.0 .*medoid\.js keys create NAME.*--insecure/m);
    const [insecure, required] = await Promise.all([
      start({}, "--insecure"),
      start({ MEDOID_REQUIRE_KEYS: "on" }),
    ]);
    expect([insecure.code, required.code]).toEqual([0, 0]);
    expect((await runMedoid(url, "keys", "create", "the first")).code).toBe(0);
    expect((await start({})).code).toBe(0);
    await drop();
  });
});

describe.each(["serve", "demo", "worker"])("medoid %s", (command) => {
  test("does not start if only trusted documents are allowed, and there is no file of them", async () => {
    const child = spawnMedoidWith(
      { DATABASE_URL: databaseUrl, MEDOID_DOCUMENTS_ONLY: "on" },
      command,
      "--port",
      "0",
    );
    // If it prints an address, it has started.
    await printed(child, /http:/).catch(() => {});
    child.kill("SIGTERM");
    const { code, stdout, stderr } = await child.finished;
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/^MEDOID_DOCUMENTS_ONLY .*MEDOID_DOCUMENTS .*\n$/);
  });

  test("warns of a variable that is not the name of a setting", async () => {
    const { url, drop } = await createTestDatabase({ migrated: false });
    const environment = { DATABASE_URL: url, MEDOID_LIMIT_DEPHT: "3", MEDOID_LIMIT_DEPTH: "5" };
    const child = spawnMedoidWith(environment, command, "--port", "0");
    await printed(child, /"msg":"no setting|http:/);
    child.kill("SIGTERM");
    const { stderr } = await child.finished;
    const lines = stderr.split("\n").filter((line) => line.startsWith("{"));
    expect(lines.map((line) => JSON.parse(line)).filter(({ level }) => level === 40)).toMatchObject([
      {
        variable: "MEDOID_LIMIT_DEPHT",
        msg: "There is no setting of this name, so the variable has no effect.",
      },
    ]);
    await drop();
  });
});

test.each(["serve", "demo"])("medoid %s --help explains how to turn on traces", async (command) => {
  const { stdout } = await runMedoid(databaseUrl, command, "--help");
  expect(stdout).toMatch(/OTEL_EXPORTER_OTLP_ENDPOINT\n.*traces/);
});

describe("medoid keys", () => {
  test("creates a key that is shown once, lists it, and revokes it", async () => {
    const create = ["keys", "create", "ci", "--scopes", "write,read"];
    const { stdout, stderr, code } = await runMedoid(databaseUrl, ...create);
    expect(stdout).toMatch(/^medoid_[\w-]{22}_[\w-]{43}\n$/);
    const [, id] =
      /It allows read and write\. To revoke it: `node dist\/cli\/medoid\.js keys revoke (\S+)`\.\n/.exec(
        stderr,
      )!;
    expect(code).toBe(0);

    const listed = await runMedoid(databaseUrl, "keys", "list");
    expect(listed.stdout).toContain(id);
    expect(listed.stdout).not.toContain(stdout.trim().slice(-43));

    expect((await runMedoid(databaseUrl, "keys", "revoke", id)).stdout).toBe(`Revoked ${id}.\n`);
    const { stdout: json } = await runMedoid(databaseUrl, "keys", "list", "--json");
    const time = expect.stringMatching(/^\d{4}-.*Z$/);
    const record = { id, name: "ci", scopes: ["read", "write"], createdAt: time, revokedAt: time };
    expect(JSON.parse(json).at(-1)).toEqual(record);
  });

  test.each([
    [["keys", "create"], "NAME"],
    [["keys", "create", " "], "NAME"],
    [["keys", "create", "x", "--scopes", "admin"], "--scopes"],
    [["keys", "create", "x", "--scopes", ""], "--scopes"],
    [["keys", "revoke"], "ID"],
    [["keys", "forget"], "forget"],
  ])("%j exits with 2 and names the argument", async (args, name) => {
    const { code, stdout, stderr } = await runMedoid(databaseUrl, ...args);
    expect(stderr).toContain(name);
    expect([code, stdout]).toEqual([2, ""]);
  });

  test("revoke fails if the key does not exist", async () => {
    const { code, stderr } = await runMedoid(databaseUrl, "keys", "revoke", "nonsense");
    expect([code, stderr]).toEqual([1, "No key has the id nonsense.\n"]);
  });
});
