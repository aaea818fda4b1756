import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type MedoidProcess, printed } from "../cli/runMedoid.js";
import { createTestDatabase, type TestDatabase, testedKind } from "../testDatabase.js";
import { type BuiltImage, buildImage } from "./builtImage.js";
import { composeText, readComposeFile } from "./composeFile.js";

let image: BuiltImage;
beforeAll(() => {
  image = buildImage();
}, 180_000);
afterAll(() => image?.remove());

let database: TestDatabase;
const running: MedoidProcess[] = [];
beforeEach(async () => {
  // The image's own migrations are applied.
  database = await createTestDatabase({ migrated: false });
});
afterEach(async () => {
  for (const child of running.splice(0)) {
    child.kill("SIGKILL");
    await child.finished;
  }
  await database.drop();
});

function start(environment: Record<string, string>, command: string[]): MedoidProcess {
  const child = image.start({ DATABASE_URL: database.url, ...environment }, ...command);
  running.push(child);
  return child;
}

/**
 * Starts a command that listens on a port, checks its health as the engine does, stops it as the engine does, and
 * checks again.
 */
async function expectHealthyUntilStopped(environment: Record<string, string>, command: string[]) {
  const child = start(environment, command);
  const [, port] = await printed(child, /http:\/\/[^/]+:(\d+)\/[\s\S]*Ctrl-C/);
  const healthy = await image.checkHealth(port).finished;
  expect(healthy).toEqual({ code: 0, stdout: "", stderr: "" });
  child.kill("SIGTERM");
  expect(await child.finished).toMatchObject({ code: 0 });
  expect(await image.checkHealth(port).finished).toMatchObject({ code: 1 });
}

describe("the image", () => {
  test("prints its commands", async () => {
    const help = await start({}, ["serve", "--help"]).finished;
    expect(help).toMatchObject({ code: 0, stderr: "" });
    expect(help.stdout).toContain("--no-worker");
  });

  test("creates a database, loads the sample, clusters it and walks", async () => {
    const { code, stdout, stderr } = await start({}, ["demo", "--no-serve"]).finished;
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stdout).toMatch(/47 clusters/);
  });

  test("does not serve without API keys by default", async () => {
    const refused = await start({ MEDOID_PORT: "0" }, image.defaultCommand).finished;
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.stdout).not.toContain("http:");
    expect(refused.stderr).toContain("there is no API key");
  });

  test.runIf(testedKind === "sqlite")("serves by default if API keys are required", async () => {
    await expectHealthyUntilStopped({ MEDOID_REQUIRE_KEYS: "on", MEDOID_PORT: "0" }, image.defaultCommand);
  });

  test.runIf(testedKind === "postgresql").each(["server", "worker"])(
    "is started by compose.yaml as a %s",
    async (name) => {
      const { command, environment } = readComposeFile(composeText(), { POSTGRES_PASSWORD: "none" }).services[
        name
      ];
      const here = { DATABASE_URL: database.url, MEDOID_PORT: "0", MEDOID_UNREADY_SECONDS: "0" };
      // Any free port; everything else as in the file.
      const anyPort = command.map((word, n) => (command[n - 1] === "--port" ? "0" : word));
      await expectHealthyUntilStopped({ ...environment, ...here }, anyPort);
    },
  );
});
