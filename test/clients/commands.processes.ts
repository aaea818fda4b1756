import { spawn } from "node:child_process";
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { parquetWriteBuffer } from "hyparquet-writer";
import { v7 as uuid } from "uuid";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createProgram } from "../../src/cli/program.js";
import { settingDefinitions } from "../../src/settings.js";
import { entryPoint, type Finished, keepOutput, type MedoidProcess, printed } from "../cli/runMedoid.js";
import { todayContent, writePanicTdaDump } from "../import/panicTdaTodayFixture.js";
import { createTestDatabase, type TestDatabase, testedKind } from "../testDatabase.js";
import { inlineCodeOf } from "./documents.js";

// What the documents say to type in prose, in tables and in comments: commands, their options, and variables.
// (documents.processes.ts runs the commands in code blocks.)

const documents = [
  "README.md",
  "CONTRIBUTING.md",
  ...readdirSync("docs")
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];
const compose = readFileSync("compose.yaml", "utf8");

interface DocumentedCommand {
  /** The arguments of medoid as they are documented, and the words before them if these are not just `medoid`. */
  text: string;
  where: string;
  environment?: Record<string, string>;
}

const viaNpm = "npm run -s medoid -- ";

/** The rows of the table of commands: the command, and the rest of its row. */
const commandRows = readFileSync("docs/command-line.md", "utf8")
  .split("\n")
  .map((line) => /^\| `([a-z][a-z-]*)( [^`]*)?` \| (.*) \|$/.exec(line))
  .filter((row) => row !== null)
  .map(([, name, rest = "", described]) => ({ name, text: name + rest, described }));
const names = commandRows.map(({ name }) => name);

function documentedCommands(): DocumentedCommand[] {
  const found: DocumentedCommand[] = commandRows.map(({ text }) => ({
    text,
    where: "docs/command-line.md, the table",
  }));
  for (const { described } of commandRows) {
    for (const [, code] of described.matchAll(/`([^`]+)`/g)) {
      if (names.includes(code.split(" ")[0]) && code.includes(" "))
        found.push({ text: code, where: "docs/command-line.md, the table" });
    }
  }
  for (const { where, code } of documents.flatMap(inlineCodeOf)) {
    if (code.startsWith("medoid ")) found.push({ text: code.slice("medoid ".length), where });
    if (code.startsWith(viaNpm)) found.push({ text: code, where });
  }
  const environment = Object.fromEntries(
    [...compose.matchAll(/^ +(MEDOID_\w+): "(.*)"$/gm)].map(([, name, value]) => [name, value]),
  );
  for (const [, text] of compose.matchAll(/^# +docker compose run (?:--\w+ )*server (.*)$/gm)) {
    found.push({ text, where: "compose.yaml", environment });
  }
  for (const [, list] of compose.matchAll(/^ +command: (\["(?:serve|worker)".*\])$/gm)) {
    found.push({ text: JSON.parse(list).join(" "), where: "compose.yaml", environment });
  }
  const seen = new Set<string>();
  return found.filter(({ text }) => !seen.has(text) && seen.add(text));
}

/** A run of the sample, which a clustering uses. */
const deleteUsedRun = "delete-runs --ids 01955c29-d400-7267-8dbc-7a3cc0eb76aa --dry-run";

/**
 * Commands that are only mentioned, or mentioned with an option that needs more arguments: the command to run instead.
 */
const inFull: Record<string, string> = {
  assign: "assign --out FILE",
  copy: "copy --from URL --to URL",
  "delete-runs": deleteUsedRun,
  keys: "keys list",
  "worker --port": "worker --port 0",
};

/** A clustering of the embedded default in a folder. */
const file = "file:./medoid.db";

/**
 * The placeholders of the documents, which a reader replaces. A function makes the value, in the folder of the command.
 */
const placeholders: [RegExp, string | ((text: string) => string | Promise<string>)][] = [
  [/\bCOMMAND\b/, "models"],
  [/\bNAME\b/, "documents"],
  [/\bCLUSTER\b/, "0"],
  [/\bSHELL\b/, "bash"],
  [/\bFILE\b/, "runs.jsonl"],
  [
    /\bDIRECTORY\b/,
    () => {
      writePanicTdaDump(join(folder, "dump"), todayContent(1, 4));
      return "dump";
    },
  ],
  [/\bFROM TO\b/, () => `${clusteringId} ${clusteringId}`],
  [/--from URL/, `--from ${file}`],
  [/--to URL/, "--to file:./copy.db"],
  [/\[ID\]|\bID\b/, (text) => idFor(text.split(" ")[0])],
  [/postgresql:\/\/…/, () => postgres?.url ?? "postgresql://server/medoid"],
  // A port that is not in use.
  [/--port 4000/, "--port 0"],
];

/** The id of what a command takes: of the sample, whose ids are always the same, or of what the test made. */
function idFor(command: string): string | Promise<string> {
  if (command === "keys") return keyId();
  if (command === "run") return "01955c29-d400-7267-8dbc-7a3cc0eb76aa";
  if (command === "image") return "f83d5812-c079-5734-8c82-ad13bbdea7ad";
  return clusteringId;
}

async function filled(text: string): Promise<string> {
  let command = inFull[text] ?? text;
  for (const [pattern, value] of placeholders) {
    if (pattern.test(command)) {
      command = command.replace(pattern, typeof value === "string" ? value : await value(text));
    }
  }
  return command;
}

/** What each prints; it must also end with 0, except for those below. A command that is missing here fails. */
const prints: Record<string, RegExp> = {
  assign: /^Wrote 1,440 assignments to runs\.jsonl: /m,
  completion: /complete -F _medoid medoid/,
  copy: /\bEmbedding\b.* 1,440 /,
  delete: /Deleted/,
  "delete-runs": /^Nothing was deleted: a clustering uses/m,
  demo: /47 clusters/,
  image: /^image\/svg\+xml, 640 × 480 pixels/m,
  export: /^Wrote 1,440 assignments|^PAR1/m,
  import: /runs +│ +1 |To import the table, run this command/,
  keys: /^medoid_|documents|Revoked|no key/m,
  map: /^trustworthiness 0\.9/m,
  models: /UniversalSentenceEncoder.*1,440/,
  name: /^ {2}name {2}(documents|gardens)$/m,
  results: / 47 +20\.5 %/,
  run: /^ +3 +0 \* +SceneViewer-Poet/m,
  runs: /There are more, of 48 runs/,
  sample: /already recorded: 48 runs/,
  serve: /GraphiQL and the API: http|serves? the page, the GraphQL API/,
  show: /66/,
  verify: /labels +1,440 equal/,
  worker: /Computing clusterings/,
};

/** The exit codes of commands that end with a usage message, or refuse. */
const exitCodes: Record<string, number> = { "import texts.parquet": 2, [deleteUsedRun]: 1 };

/** Commands that run until they are stopped. */
const lasting = /Ctrl-C (?:stops|returns)/;

let original: string;
let folder: string;
let clusteringId: string;
let postgres: TestDatabase | undefined;
const started: MedoidProcess[] = [];

function medoid(args: string[], environment: Record<string, string> = {}) {
  const { DATABASE_URL: _, ...inherited } = process.env;
  const env = { ...inherited, MEDOID_PORT: "0", ...environment };
  const child = keepOutput(spawn(process.execPath, [entryPoint, ...args], { cwd: folder, env }));
  started.push(child);
  return child;
}

async function succeeded(finished: Promise<Finished>, exitCode = 0): Promise<string> {
  const { code, stdout, stderr } = await finished;
  expect(code, stderr + stdout).toBe(exitCode);
  return stdout;
}

async function keyId(): Promise<string> {
  const made = await succeeded(medoid(["keys", "create", "documents", "--json"]).finished);
  return JSON.parse(made).id;
}

/** Runs it in a folder whose medoid.db holds the sample and a clustering. @returns everything that it printed */
async function run(command: string, environment?: Record<string, string>): Promise<string> {
  if (command.startsWith(viaNpm)) {
    // npm runs it in the package's folder.
    const env = { ...process.env, DATABASE_URL: `file:${join(folder, "medoid.db")}` };
    return succeeded(keepOutput(spawn("sh", ["-c", command], { env })).finished);
  }
  const child = medoid(command.split(" "), environment);
  const stops = printed(child, lasting).then(
    () => child.kill("SIGTERM"),
    () => {}, // it ended by itself
  );
  await succeeded(child.finished, exitCodes[command]);
  await stops;
  return child.output();
}

beforeAll(async () => {
  original = mkdtempSync(join(tmpdir(), "medoid-documents-"));
  folder = original;
  await succeeded(medoid(["sample"]).finished);
  const clustered = JSON.parse(await succeeded(medoid(["cluster", "--json"]).finished));
  clusteringId = clustered.clusteringResult.id;
});
afterAll(() => rmSync(original, { recursive: true }));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "medoid-documents-"));
  copyFileSync(join(original, "medoid.db"), join(folder, "medoid.db"));
  const invocation = { sequenceNumber: 0, model: "Writer", type: "TEXT", outputText: "a text" };
  const record = { id: uuid(), network: ["Writer"], initialPrompt: "a prompt", invocations: [invocation] };
  writeFileSync(join(folder, "runs.jsonl"), `${JSON.stringify(record)}\n`);
  const table = parquetWriteBuffer({ columnData: [{ name: "text", data: ["a text"], type: "STRING" }] });
  writeFileSync(join(folder, "texts.parquet"), Buffer.from(table));
});
afterEach(async () => {
  for (const child of started.splice(0)) if (child.exitCode === null) child.kill("SIGKILL");
  rmSync(folder, { recursive: true });
  await postgres?.drop();
  postgres = undefined;
});

const commands = documentedCommands().map((each) => [each.text, each] as const);
/** They need a server, or a database of PostgreSQL, at another place. */
const needsOthers = /postgresql:|--server/;

describe("the command", () => {
  test("appears in the table, in prose, in compose.yaml and after npm", () => {
    expect(names).toHaveLength(25);
    expect(commands.map(([text]) => text)).toEqual(
      expect.arrayContaining([
        `${viaNpm}COMMAND`,
        `copy --from ${file} --to postgresql://…`,
        `copy --from postgresql://… --to ${file}`,
        "worker --concurrency 2",
        "keys create NAME --scopes read,write",
        "keys create NAME",
        "keys revoke ID",
        "serve --help",
        "serve --no-worker --host 0.0.0.0",
        "worker --port 4000",
      ]),
    );
  });

  // The embedded default is the same, whichever database the other tests use.
  test.skipIf(testedKind !== "sqlite").each(commands.filter(([text]) => !needsOthers.test(text)))(
    "%s does what is documented",
    async (text, { environment }) => {
      const command = await filled(text);
      expect(command, "every placeholder is in the table of placeholders").not.toMatch(/[A-Z]{2}|…/);
      const output = await run(command, environment);
      expect(output).toMatch(prints[command.replace(viaNpm, "").split(" ")[0]]);
    },
  );

  test.skipIf(testedKind !== "sqlite").each(commands.filter(([text]) => needsOthers.test(text)))(
    "%s is a command of the command line",
    async (text) => {
      const command = await filled(text);
      expect(command).not.toMatch(/[A-Z]{2}|…/);
      expect(await parsed(command.split(" "))).toBe(command.split(" ")[0]);
    },
  );

  test.skipIf(testedKind !== "postgresql")(
    "copy moves everything to PostgreSQL and back",
    { timeout: 180_000 },
    async () => {
      const [there, back] = commands.map(([text]) => text).filter((text) => text.includes("postgresql:"));
      expect(there).toMatch(/^copy --from file:/);
      expect(back).toMatch(/^copy --from postgresql:/);
      postgres = await createTestDatabase({ migrated: false });
      const digests = (output: string) => output.match(/\b[0-9a-f]{32}\b/g);
      const first = await run(await filled(there));
      expect(first).toMatch(prints.copy);
      expect(await run(`models --database-url ${postgres.url}`)).toMatch(prints.models);
      rmSync(join(folder, "medoid.db"));
      const second = await run(await filled(back));
      expect(digests(second)).toEqual(digests(first));
      expect(digests(first)).toHaveLength(18);
      expect(await run("models")).toMatch(prints.models);
      expect(await run(`show ${clusteringId}`)).toMatch(prints.show);
    },
  );

  test("has the options that its row of the table names", () => {
    const program = createProgram(new AbortController().signal);
    let count = 0;
    for (const { name, described } of commandRows) {
      const command = program.commands.find((each) => each.name() === name)!;
      const options = [command, ...command.commands].flatMap((each) => each.options.map(({ long }) => long));
      for (const [option] of described.matchAll(/(?<=`|[a-zA-Z] )--[a-z][a-z-]*/g)) {
        expect(options, `${name} ${option}`).toContain(option);
        count++;
      }
    }
    expect(count).toBeGreaterThan(5);
  });
});

/** The name of the command that the arguments select; the command is not run. */
async function parsed(args: string[]): Promise<string | undefined> {
  let reached: string | undefined;
  const program = createProgram(new AbortController().signal);
  const prepare = (command: Command) => {
    command.exitOverride().configureOutput({ writeErr: () => {} });
    command.action(() => {
      reached = command.name();
    });
    command.commands.forEach(prepare);
  };
  program.commands.forEach(prepare);
  await program.exitOverride().parseAsync(args, { from: "user" });
  return reached;
}

describe("the variable", () => {
  const definitions = Object.values(settingDefinitions) as {
    variable: string;
    default: () => unknown;
    defaultInWords?: string;
    parse: (text: string) => unknown;
  }[];
  const settings = new Map(definitions.map((definition) => [definition.variable, definition]));
  const texts = [...documents, "compose.yaml", "Dockerfile"].map((name) => readFileSync(name, "utf8"));
  const mentioned = texts
    .flatMap((text) => [...text.matchAll(/\bMEDOID_[A-Z_]*[A-Z](?:=[^\s`"]+)?/g)])
    .map(String);

  /** Variables that the code reads in addition to the settings, as process.env.NAME, os.environ.get or by an option. */
  function readElsewhere(): Set<string> {
    const files = ["src", "test"].flatMap((root) =>
      readdirSync(root, { recursive: true, encoding: "utf8" })
        .filter((name) => /\.(?:[jt]s|py)$/.test(name) && !/generated|node_modules/.test(name))
        .map((name) => join(root, name)),
    );
    const found = files.flatMap((name) => [
      ...readFileSync(name, "utf8").matchAll(/\benv(?:iron\.get)?(?:\.|\(")(MEDOID_[A-Z_]+)/g),
    ]);
    return new Set(found.map(([, variable]) => variable));
  }

  test("that a document names is a setting, or is read by the code", () => {
    const elsewhere = readElsewhere();
    const codes = new Set(
      readFileSync("schema.graphql", "utf8")
        .match(/^ {2}MEDOID_[A-Z_]+$/gm)!
        .map((code) => code.trim()),
    );
    expect(codes).toContain("MEDOID_IN_USE");
    const unknown = mentioned
      .map((text) => text.split("=")[0])
      .filter((name) => !settings.has(name) && !elsewhere.has(name) && !codes.has(name));
    expect(unknown).toEqual([]);
    expect(new Set(mentioned).size).toBeGreaterThan(25);
  });

  test("accepts the value that a document gives it", () => {
    const given = mentioned
      .map((text) => text.split("="))
      .filter(([name, value]) => value && settings.has(name));
    for (const [name, value] of given) {
      expect(settings.get(name)!.parse(value), `${name}=${value}`).not.toBeUndefined();
    }
    expect(given.length).toBeGreaterThan(3);
  });

  test("has the default that the tables of settings and limits give, and the tables are complete", () => {
    const limitRows = readFileSync("docs/limits.md", "utf8").matchAll(
      /^\|[^|]*\|[^|]*\| ([^|]+) \| `(MEDOID_LIMIT_\w+)` \|$/gm,
    );
    const settingRows = readFileSync("docs/settings.md", "utf8").matchAll(
      /^\| `(MEDOID_\w+)` \|[^|]*\| ([^|]+) \|[^|]*\|$/gm,
    );
    const rows = [
      ...[...limitRows].map(([, byDefault, variable]) => [byDefault, variable]),
      ...[...settingRows].map(([, variable, byDefault]) => [byDefault, variable]),
    ];
    expect(rows.map(([, variable]) => variable).sort()).toEqual([...settings.keys()].sort());
    for (const [byDefault, variable] of rows) {
      const setting = settings.get(variable)!;
      if (setting.defaultInWords !== undefined) {
        expect(byDefault).toBe(setting.defaultInWords);
        continue;
      }
      if (byDefault === "none") {
        expect([null, []]).toContainEqual(setting.default());
        continue;
      }
      // Settings are given without commas between thousands, and seconds without their unit.
      const value = setting.parse(byDefault.replaceAll(",", "").replace(/ s$/, ""));
      expect(value, `${variable}: ${byDefault}`).toEqual(setting.default());
    }
  });
});
