import { execFile, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { keepOutput, type MedoidProcess, printed } from "../cli/runMedoid.js";
import { createTestDatabase } from "../testDatabase.js";
import { commandsOf, type Example, examplesOf, projectOfSection } from "./documents.js";

// Every block of commands and every example of the README, of docs/clustering.md and of docs/frontends.md, against the
// server that the README starts. (commands.processes.ts runs the commands that stand elsewhere; projects.clients.ts runs
// the clients that docs/frontends.md shows.)

const readme = examplesOf("README.md");
const clustering = examplesOf("docs/clustering.md");
const frontends = examplesOf("docs/frontends.md").filter(({ section }) => !projectOfSection.has(section));
const told = "http://127.0.0.1:4000";
const packageJson = JSON.parse(readFileSync("package.json", "utf8"));

const { url: databaseUrl, drop } = await createTestDatabase({ migrated: false });
const environment = { ...process.env, DATABASE_URL: databaseUrl };
let server: MedoidProcess;
/** Where it really is: not at the port of the text, which may be taken. */
let address: string;

beforeAll(async () => {
  // In a group of its own: npm does not hand signals on.
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
  text.replaceAll(told, address).replaceAll(told.replace("http", "ws"), address.replace("http", "ws"));

async function shell(command: string, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(command, args, { env: environment });
  return stdout.replaceAll(address, told);
}

async function ask(query: string): Promise<unknown> {
  const response = await fetch(`${address}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query }),
  });
  return shown(JSON.parse((await response.text()).replaceAll(address, told)));
}

/** A response as examples show it: they leave out what the operation cost, which every response reports. */
function shown(answer: { extensions?: { cost?: object } }): unknown {
  const { extensions, ...rest } = answer;
  if (!extensions) return rest;
  const { cost, ...told } = extensions;
  expect(cost).toBeDefined();
  return Object.keys(told).length > 0 ? { ...rest, extensions: told } : rest;
}

/** The answer as it is told, where "…" stands for any text. */
function expected(text: string): unknown {
  return JSON.parse(text, (_, value) => (value === "…" ? expect.any(String) : value));
}

const titled = (examples: Example[], ...languages: string[]) =>
  examples
    .filter(({ language }) => languages.includes(language))
    .map((example) => [example.where, example] as const);

/** By .ci/run as they stand, but the demo, which ends only when it is told: it is the server here. */
const setUp = ["npm install", "npm run demo", "npm test"];

describe("the README", () => {
  test("sets up with what .ci/run runs", () => {
    const [first] = readme.filter(({ language }) => language === "sh");
    expect(new Set(commandsOf(first.text))).toEqual(new Set(setUp));
    const ci = readFileSync(".ci/run", "utf8");
    expect(ci).toMatch(/^(?:\w+=\S+ )*npm install\b/m);
    expect(ci).toMatch(/^tested .*\bnpm test$/m);
  });

  test("starts a server whose log begins with its version", () => {
    const line = server
      .output()
      .split("\n")
      .find((text) => text.startsWith("{"));
    expect(JSON.parse(line!)).toMatchObject({ version: packageJson.version, msg: "Medoid starts" });
  });

  test("is one screen", () => {
    expect(readFileSync("README.md", "utf8").split(/\s+/).length).toBeLessThanOrEqual(800);
  });

  test("leads to a table of the commands that there are", async () => {
    const named = [...readFileSync("docs/command-line.md", "utf8").matchAll(/^\| `([a-z]+)[^`]*` \|/gm)].map(
      ([, name]) => name,
    );
    const help = await shell("npm", "run", "-s", "medoid", "--", "--help");
    const commands = [...help.matchAll(/^ {2}([a-z]+) .*? {2}/gm)].map(([, name]) => name);
    expect(named.sort()).toEqual(commands.filter((name) => name !== "help").sort());
  });

  test("names scripts of npm that there are", () => {
    const text = readFileSync("README.md", "utf8") + readFileSync("CONTRIBUTING.md", "utf8");
    for (const [, name] of text.matchAll(/\bnpm run (?:-s )?([\w:]+)/g)) {
      expect(packageJson.scripts).toHaveProperty(name);
    }
  });

  test("leads to a program that clusters with the engine alone", async () => {
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

describe("what is asked", () => {
  test.each(titled([...readme, ...clustering, ...frontends], "graphql"))(
    "at %s is answered as it says",
    async (_, { text, answer }) => {
      expect(await ask(text)).toEqual(expected(answer!.text));
    },
  );
});

describe("the command", () => {
  const commands = [...readme, ...clustering, ...frontends]
    .filter(({ language }) => language === "sh")
    .flatMap(({ text, answer, where }) => commandsOf(text).map((command) => ({ where, command, answer })))
    .filter(({ command }) => !setUp.includes(command));

  test.each(commands)("$where: $command", async ({ command, answer }) => {
    const output = await shell("sh", "-c", here(command));
    if (answer?.language === "json") expect(shown(JSON.parse(output))).toEqual(expected(answer.text));
    else if (answer) expect(output).toBe(answer.text);
  });
});

describe("the program", () => {
  test.each(titled([...readme, ...clustering, ...frontends], "js"))(
    "at %s prints what it says",
    async (_, { text, answer }) => {
      expect(await shell(process.execPath, "--input-type=module", "--eval", here(text))).toBe(answer!.text);
    },
  );
});

test("the page for frontends explains every code", async () => {
  const { data } = (await ask('{ __type(name: "ErrorCode") { enumValues { name } } }')) as {
    data: { __type: { enumValues: { name: string }[] } };
  };
  const explained = [...readFileSync("docs/frontends.md", "utf8").matchAll(/^\| `([A-Z_]+)` \|/gm)].map(
    ([, code]) => code,
  );
  const codes = data.__type.enumValues.map(({ name }) => name).sort();
  expect(explained.sort()).toEqual(codes);
});
