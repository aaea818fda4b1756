import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { chromium } from "playwright-core";
import { afterAll, beforeAll, expect, type TestContext, test } from "vitest";
import { keepOutput, printed, runMedoid } from "../cli/runMedoid.js";
import { type Server, startServer } from "../cluster/medoidProcess.js";
import { findChromium } from "../server/pages/chromium.js";
import { createTestDatabase, type TestDatabase } from "../testDatabase.js";
import { CannotInstall, type ClientProject, copyExample } from "./clientProject.js";

// Each of examples/ in an empty folder, started by the one command that examples/README.md gives, against `medoid
// serve` with the sample.

const commands = new Map(
  [...readFileSync("examples/README.md", "utf8").matchAll(/^\| `(\w+)` \| `([^`]+)` \|/gm)].map(
    ([, name, command]) => [name, command],
  ),
);

let database: TestDatabase;
let server: Server;
let address: string;

beforeAll(async () => {
  database = await createTestDatabase();
  const { code, stderr } = await runMedoid(database.url, "sample");
  expect(code, stderr).toBe(0);
  server = await startServer(database);
  address = new URL(server.url).origin;
});
afterAll(async () => {
  await server?.end("SIGTERM");
  await database?.drop();
});

/** The example in a folder of its own; the test is skipped if its command cannot install what it needs. */
async function copied(name: string, { skip, onTestFinished }: TestContext): Promise<ClientProject> {
  try {
    const example = await copyExample(name);
    onTestFinished(() => example.remove());
    return example;
  } catch (error) {
    if (error instanceof CannotInstall) skip(error.message);
    throw error;
  }
}

const commandOf = (name: string) => commands.get(name) ?? expect.fail(`examples/README.md has no ${name}`);

test("examples/README.md has a command for each example", () => {
  const folders = readdirSync("examples", { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  expect([...commands.keys()].sort()).toEqual(folders.sort());
});

test.for(["typescript", "python"])(
  "%s: clusters, and walks to what produced the medoids",
  async (name, context) => {
    const example = await copied(name, context);
    const printed = await example.run("sh", ["-c", commandOf(name)], { MEDOID_URL: server.url });
    const lines = printed.trimEnd().split("\n");
    const walk = lines.slice(lines.findIndex((line) => /^\d+ clusters/.test(line)));
    expect(walk).toHaveLength(1 + 3 * 5);
    expect(walk.slice(0, 3)).toEqual([
      "47 clusters of 1440 embeddings",
      "4.6 %  In the garden at dawn in the rain, two sunflowers turn to the light, a bicycle leans on the wall, and somebody has left the gate open.",
      '  step 3 of the run from "An old bicycle leans against a bench in a garden full of tulips.", by SceneViewer-Poet',
    ]);
    expect(walk[3]).toMatch(/^ {2}of the image http:\S+\/images\/[0-9a-f-]{36} by ScenePainter-Careful$/);
    expect((await fetch(/http:\S+/.exec(walk[3])![0])).headers.get("content-type")).toBe("image/svg+xml");
  },
);

test("vite: a page shows the clusters with their images, and watches another clustering", async (context) => {
  const example = await copied("vite", context);
  // In a process group of its own, because npm does not pass signals on.
  const environment = { ...process.env, NODE_ENV: "development", NO_COLOR: "1", MEDOID_ADDRESS: address };
  const vite = keepOutput(
    spawn("sh", ["-c", commandOf("vite")], { cwd: example.folder, env: environment, detached: true }),
  );
  context.onTestFinished(async () => {
    if (vite.exitCode === null) process.kill(-vite.pid!, "SIGTERM");
    await vite.finished;
  });
  const [page] = await printed(vite, /http:\/\/localhost:\d+\//);
  expect(await (await fetch(page)).text()).toContain("<h1>The largest clusters</h1>");
  expect(await (await fetch(new URL("main.ts", page))).text()).toContain("clusterEmbeddings");
  const response = await fetch(new URL("graphql", page), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query: "{ runs { totalCount } }" }),
  });
  expect(await response.json()).toMatchObject({ data: { runs: { totalCount: 48 } } });

  const executablePath = findChromium();
  if (!executablePath) return;
  const browser = await chromium.launch({ executablePath, args: ["--disable-dev-shm-usage"] });
  try {
    const tab = await browser.newPage();
    const complaints: string[] = [];
    tab.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    tab.on("pageerror", (error) => complaints.push(String(error)));
    await tab.goto(page);
    await tab.locator("[name=size]").fill("20");
    await tab.locator("button").click();
    await tab.getByText("23 clusters, 108 outliers").waitFor();
    expect(await tab.locator("article").count()).toBe(10);
    const loaded = () =>
      [...document.images].every(({ complete, naturalWidth }) => complete && naturalWidth > 0);
    await tab.waitForFunction(loaded);
    expect(await tab.locator("img").first().getAttribute("src")).toMatch(new RegExp(`^${page}images/`));
    expect(complaints).toEqual([]);
  } finally {
    await browser.close();
  }
});
