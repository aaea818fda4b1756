import { execFile, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { keepOutput, type MedoidProcess, printed } from "../cli/runMedoid.js";
import { createTestDatabase } from "../testDatabase.js";
import { commandsOf, type Example, examplesOf, projectOfSection } from "./documents.js";

// Every block of commands and every example of the README, of docs/clustering.md and of docs/frontends.md, against the
// server that the README starts. (commands.processes.ts runs the commands outside of code blocks; projects.clients.ts
// runs the clients that docs/frontends.md shows.)

const readme = examplesOf("README.md");
const clustering = examplesOf("docs/clustering.md");
const frontends = examplesOf("docs/frontends.md").filter(({ section }) => !projectOfSection.has(section));
const documentedUrl = "http://127.0.0.1:4000";
const packageJson = JSON.parse(readFileSync("package.json", "utf8"));

const { url: databaseUrl, drop } = await createTestDatabase({ migrated: false });
const environment = { ...process.env, DATABASE_URL: databaseUrl };
let server: MedoidProcess;
/** Its real address, which is not at the port that the text names, because that may be in use. */
let address: string;

beforeAll(async () => {
  // In a process group of its own, because npm does not pass signals on.
  const options = { env: environment, detached: true };
  server = keepOutput(spawn("npm", ["run", "demo", "--", "--port", "0"], options));
  address = (await printed(server, /(http:\/\/[\d.:]+)\/graphql/))[1];
});
afterAll(async () => {
  const closed = new Promise((resolve) => server.on("close", resolve));
  process.kill(-server.pid!, "SIGTERM");
  await closed;
  await drop();
});

const here = (text: string) =>
  text
    .replaceAll(documentedUrl, address)
    .replaceAll(documentedUrl.replace("http", "ws"), address.replace("http", "ws"));

async function shell(command: string, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(command, args, { env: environment });
  return stdout.replaceAll(address, documentedUrl);
}

async function ask(query: string): Promise<unknown> {
  const response = await fetch(`${address}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query }),
  });
  return shown(JSON.parse((await response.text()).replaceAll(address, documentedUrl)));
}

/** A response as examples show it: they leave out the cost of the operation, which every response reports. */
function shown(result: { extensions?: { cost?: object } }): unknown {
  const { extensions, ...rest } = result;
  if (!extensions) return rest;
  const { cost, ...others } = extensions;
  expect(cost).toBeDefined();
  return Object.keys(others).length > 0 ? { ...rest, extensions: others } : rest;
}

/** The documented response, in which "…" stands for any text. */
function expected(text: string): unknown {
  return JSON.parse(text, (_, value) => (value === "…" ? expect.any(String) : value));
}

const titled = (examples: Example[], ...languages: string[]) =>
  examples
    .filter(({ language }) => languages.includes(language))
    .map((example) => [example.where, example] as const);

/**
 * Run by .ci/run as they are written, except the demo, which ends only when it is stopped: it is the server of these
 * tests.
 */
const setUp = ["npm install", "npm run demo", "npm test"];

describe("the README", () => {
  test("sets up with the commands that .ci/run runs", () => {
    const [first] = readme.filter(({ language }) => language === "sh");
    expect(new Set(commandsOf(first.text))).toEqual(new Set(setUp));
    const ci = readFileSync(".ci/run", "utf8");
    expect(ci).toMatch(/^(?:\w+=\S+ )*npm install\b/m);
    expect(ci).toMatch(/^tested .*\bnpm test$/m);
  });

  test("starts a server whose log begins with its version", async () => {
    const firstOfLog = () =>
      server
        .output()
        .split("\n")
        .find((text) => text.startsWith("{") && text.endsWith("}"));
    await expect.poll(firstOfLog, { timeout: 60_000 }).toBeDefined();
    expect(JSON.parse(firstOfLog()!)).toMatchObject({ version: packageJson.version, msg: "Medoid starts" });
  });

  test("fits on one screen", () => {
    expect(readFileSync("README.md", "utf8").split(/\s+/).length).toBeLessThanOrEqual(800);
  });

  test("links to a table of all commands", async () => {
    const named = [
      ...readFileSync("docs/command-line.md", "utf8").matchAll(/^\| `([a-z][a-z-]*)(?: [^`]*)?` \|/gm),
    ].map(([, name]) => name);
    const help = await shell("npm", "run", "-s", "medoid", "--", "--help");
    const commands = [...help.matchAll(/^ {2}([a-z][a-z-]*) .*? {2}/gm)].map(([, name]) => name);
    expect(named.sort()).toEqual(commands.filter((name) => name !== "help").sort());
  });

  test("names only scripts of npm that exist", () => {
    const text = readFileSync("README.md", "utf8") + readFileSync("CONTRIBUTING.md", "utf8");
    for (const [, name] of text.matchAll(/\bnpm run (?:-s )?([\w:]+)/g)) {
      expect(packageJson.scripts).toHaveProperty(name);
    }
  });

  test("links to a program that clusters with the engine alone", async () => {
    const [[, { text }]] = titled(examplesOf("docs/engine.md"), "ts");
    expect(text).toContain('from "medoid/clustering"');
    const program = `
      const data = new Float32Array(40 * 384);
      for (let i = 0; i < 40; i++) data.fill(1 + 0.001 * i, i * 384 + 190 * (i % 2), i * 384 + 190 * (i % 2) + 190);
      ${text}
      console.log(labels.length, medoids.length, probabilities.length);`;
    expect(await shell(process.execPath, "--input-type=module", "--eval", program)).toBe("40 2 40\n");
  });
});

describe("a documented request", () => {
  test.each(titled([...readme, ...clustering, ...frontends], "graphql"))(
    "at %s receives the documented response",
    async (_, { text, result }) => {
      expect(await ask(text)).toEqual(expected(result!.text));
    },
  );
});

describe("a documented command", () => {
  const commands = [...readme, ...clustering, ...frontends]
    .filter(({ language }) => language === "sh")
    .flatMap(({ text, result, where }) => commandsOf(text).map((command) => ({ where, command, result })))
    .filter(({ command }) => !setUp.includes(command));

  test.each(commands)("$where: $command", async ({ command, result }) => {
    const output = await shell("sh", "-c", here(command));
    if (result?.language === "json") expect(shown(JSON.parse(output))).toEqual(expected(result.text));
    else if (result) expect(output).toBe(result.text);
  });
});

describe("a documented program", () => {
  test.each(titled([...readme, ...clustering, ...frontends], "js"))(
    "at %s prints what is documented",
    async (_, { text, result }) => {
      expect(await shell(process.execPath, "--input-type=module", "--eval", here(text))).toBe(result!.text);
    },
  );
});

test("the page for frontends explains every error code", async () => {
  const { data } = (await ask('{ __type(name: "ErrorCode") { enumValues { name } } }')) as {
    data: { __type: { enumValues: { name: string }[] } };
  };
  const explained = [...readFileSync("docs/frontends.md", "utf8").matchAll(/^\| `([A-Z_]+)` \|/gm)].map(
    ([, code]) => code,
  );
  const codes = data.__type.enumValues.map(({ name }) => name).sort();
  expect(explained.sort()).toEqual(codes);
});
