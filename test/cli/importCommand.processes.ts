import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { entryPoint } from "./runMedoid.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "medoid-import-command-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const clone = resolve(".");
const medoid = `node ${entryPoint}`;
const { DATABASE_URL: _, INIT_CWD: __, ...environment } = process.env;

/** Runs a line as a shell does. @returns what is printed, and the commands in it that have lines of their own or are quoted */
function run(line: string, cwd = folder, given: NodeJS.ProcessEnv = {}) {
  const { status, stdout, stderr } = spawnSync("sh", ["-c", line], {
    cwd,
    env: { ...environment, ...given },
    encoding: "utf8",
    timeout: 120_000,
  });
  const printed = stdout + stderr;
  const found = [...printed.matchAll(/`([^`]*medoid[^`]*)`|^ {2}((?:node|npm) .*medoid.*)$/gm)];
  return { status, printed, commands: found.map(([, inLine, own]) => inLine ?? own) };
}

function file(path: string, content: string | Uint8Array): string {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
  return path;
}

const rows = (word: string, dimensions = 2) =>
  [
    "id,body,vector",
    ...Array.from({ length: 12 }, (_, n) => `${n},${word} ${n},"[${n % 2}${",0.5".repeat(dimensions - 1)}]"`),
  ].join("\n");

test("an import that records nothing leaves no new database behind, and one that does makes it", () => {
  const good = file("good/texts.csv", rows("text"));
  const failing: [string, number][] = [
    [`${file("prose.txt", "Dear diary.\n")}`, 1],
    ["missing.csv --text body", 1],
    [`${file("empty.csv", "")} --text body`, 1],
    [`${good} --text other`, 1],
    [`${good} --text body --vectors missing.npy`, 1],
    [`${good} --vector vector --vectors f`, 2],
    [`${good} --unknown`, 2],
    [good, 2],
    [`${file("without.csv", "id,body\n1,\n2,\n")} --text body`, 1],
    [`${file("cut.jsonl.gz", gzipSync(`${'{"body":"a"}\n'.repeat(100)}`).subarray(0, 30))} --text body`, 1],
    [`${file("runs.jsonl", '{"network":["a"]}\n')}`, 1],
    [`${file("spans.jsonl", '{"trace_id":"t","span_id":"s","span_kind":"TOOL","start_time":1e18}\n')}`, 1],
    [`${file("other.sqlite", "SQLite format 3\0")}`, 1],
  ];
  for (const [args, status] of failing) {
    expect([args, run(`${medoid} import ${args} --database-url ./new.db`).status]).toEqual([args, status]);
    expect(readdirSync(folder).filter((name) => name.startsWith("new.db"))).toEqual([]);
  }
  // Nor does one that could not create it begin to read.
  const refused = run(`${medoid} import ${good} --text body --database-url no/such/folder.db`);
  expect(refused).toMatchObject({ status: 1, printed: expect.stringContaining("does not exist") });

  for (const [args, what] of [
    [`${good} --text body --id id --vector vector`, "rows"],
    [
      file(
        "good/runs.jsonl",
        `${JSON.stringify({ id: "0198c1b2-0000-7000-8001-000000000001", network: ["a"], initialPrompt: "p", invocations: [{ sequenceNumber: 0, model: "a", type: "TEXT", outputText: "t" }] })}\n`,
      ),
      "runs",
    ],
  ]) {
    const made = `--database-url './made of ${what}.db'`;
    const imported = run(`${medoid} import ${args} ${made}`);
    expect(imported, imported.printed).toMatchObject({ status: 0 });
    expect(existsSync(join(folder, `made of ${what}.db`))).toBe(true);
    expect(run(imported.commands[0])).toMatchObject({
      status: 0,
      printed: expect.stringMatching(/deleted/i),
    });
  }
});

test("rows of another table under the same name are told how to get a name of their own", () => {
  const database = "--database-url ./names.db";
  const options = `--text body --id id ${database}`;
  for (const name of ["a", "b", "c d"]) file(`${name}/texts.csv`, rows(`text of ${name}`));
  expect(run(`${medoid} import a/texts.csv ${options}`).status).toBe(0);
  const collision = run(`${medoid} import b/texts.csv ${options}`);
  expect(collision.status).toBe(1);
  expect(collision.printed).toContain('the name of their dataset, which is "texts" here');
  expect(collision.commands.at(-1)).toBe(
    `${medoid} import b/texts.csv --dataset b-texts --text body --id id ${database}`,
  );
  expect(run(collision.commands.at(-1)!)).toMatchObject({ status: 0 });

  // Only some rows differ, and the name is taken again.
  file("c d/texts.csv", `${rows("text of b").replaceAll("text of b 1", "text of c 1")}\n12,new,"[1,0.5]"\n`);
  const some = run(`${medoid} import 'c d/texts.csv' --dataset b-texts ${options}`);
  expect(some.status).toBe(0);
  expect(some.printed).toContain('is recorded as "text of b 1". Given: "text of c 1"');
  const [again] = some.commands.filter((command) => command.includes("--dataset"));
  expect(again).toBe(`${medoid} import 'c d/texts.csv' --dataset b-texts-2 --text body --id id ${database}`);
  expect(run(again)).toMatchObject({ status: 0, printed: expect.not.stringContaining("differs") });
});

test("after an import, the hint is about the models of the file", () => {
  const database = "--database-url ./models.db";
  file("first.csv", rows("text"));
  file("second.csv", rows("text", 3));
  const import_ = (name: string, model: string) =>
    run(
      `${medoid} import ${name} --text body --id id --vector vector --embedding-model ${model} ${database}`,
    );
  const cluster = (model?: string) =>
    `${medoid} cluster ${model === undefined ? "" : `--embedding-model ${model} `}${database}`;
  expect(import_("first.csv", "zeta").commands.at(-1)).toBe(cluster());
  expect(run(cluster())).toMatchObject({ status: 0 });
  const second = import_("second.csv", "alpha");
  expect(second.printed).toContain("The embeddings of alpha have not been clustered yet.");
  expect(second.commands.at(-1)).toBe(cluster("alpha"));
  expect(run(second.commands.at(-1)!)).toMatchObject({ status: 0 });
  file("first.csv", `${rows("text")}\n12,new,"[1,0.5]"\n`);
  const grown = import_("first.csv", "zeta");
  expect(grown.printed).toContain("To cluster the new embeddings too");
  expect(grown.commands.at(-1)).toBe(cluster("zeta"));
  expect(import_("first.csv", "zeta").printed).not.toContain(" cluster ");

  const lacking = run(
    `${medoid} import ${file("third.csv", rows("text", 20))} --text body --id id ${database}`,
  );
  const [advised] = lacking.commands.filter((command) => command.includes("--vector"));
  expect(advised).toBe(`${medoid} import third.csv --text body --vector vector --id id ${database}`);
  const embedded = run(advised);
  expect(embedded).toMatchObject({ status: 0, commands: [cluster("vector")] });
});

test("in a clone, paths are those of the folder where the command was typed", () => {
  // A folder in the clone, and one elsewhere.
  const inside = mkdtempSync(join(clone, "test", ".typed-"));
  const elsewhere = mkdtempSync(join(tmpdir(), "medoid-typed-"));
  try {
    for (const [typedIn, npm] of [
      [inside, "npm run -s medoid --"],
      [elsewhere, `npm run -s --prefix ${clone} medoid --`],
    ]) {
      const typed = (line: string) => run(line, typedIn);
      writeFileSync(join(typedIn, "texts.csv"), rows("text"));
      const database = "--database-url ./typed.db";
      const options = `--text body --id id --vector vector ${database}`;
      const imported = typed(`${npm} import ./texts.csv ${options}`);
      expect(imported, imported.printed).toMatchObject({
        status: 0,
        commands: [
          `${npm} delete-runs --imported-from ./texts.csv ${database}`,
          `${npm} cluster ${database}`,
        ],
      });
      expect(typed(imported.commands[1])).toMatchObject({ status: 0 });
      expect(typed(`${npm} export --out out.csv ${database}`)).toMatchObject({ status: 0 });
      expect(typed(`${npm} map --out map.svg ${database}`)).toMatchObject({ status: 0 });
      const absent = "DATABASE_URL=absent.db";
      expect(typed(`${absent} ${npm} results`).printed).toContain("There is no database at absent.db");
      const written = ["map.svg", "out.csv", "out.csv.meta.json", "texts.csv", "typed.db"];
      expect(readdirSync(typedIn).sort()).toEqual(written);
      // The database that is used if none is named stays that of the clone.
      const help = typed(`${npm} results --help; ${npm} --help`).printed;
      expect(help).toContain(`file:${relative(typedIn, join(clone, "medoid.db"))}`);
    }

    // Elsewhere the variable says nothing: here, no script of this package runs.
    const other = { INIT_CWD: inside, npm_lifecycle_event: "test" };
    expect(
      run(`${medoid} import texts.csv ${"--text body"} --database-url x.db`, folder, other).printed,
    ).toContain("texts.csv does not exist");
    // A program that such a script has started somewhere else.
    const inherited = {
      INIT_CWD: inside,
      npm_lifecycle_event: "medoid",
      npm_package_json: join(clone, "package.json"),
    };
    expect(
      run(`${medoid} import texts.csv --text body --database-url x.db`, folder, inherited).printed,
    ).toContain("texts.csv does not exist");
  } finally {
    for (const each of [inside, elsewhere]) rmSync(each, { recursive: true });
  }
});
