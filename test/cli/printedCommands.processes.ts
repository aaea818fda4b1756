import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { entryPoint } from "./runMedoid.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "medoid-printed-"));
  const rows = Array.from({ length: 12 }, (_, i) => `${i},text ${i},"[${i % 2}, ${1 + i / 1000}]"`);
  writeFileSync(join(folder, "texts.csv"), `${["id,text,vector", ...rows].join("\n")}\n`);
});
afterAll(() => rmSync(folder, { recursive: true }));

const clone = resolve(".");

const { DATABASE_URL: _, ...environment } = process.env;

/** Runs a line as a shell does, by default in the folder. @returns everything that is printed, and the commands in it */
function run(line: string, cwd = folder) {
  const { status, stdout, stderr } = spawnSync("sh", ["-c", line], {
    cwd,
    env: environment,
    encoding: "utf8",
    timeout: 120_000,
  });
  const printed = stdout + stderr;
  const found = [...printed.matchAll(/`([^`]*medoid[^`]*)`|^ {2}((?:node|npm) .*medoid.*)$/gm)];
  return { status, printed, commands: found.map(([, inLine, own]) => inLine ?? own) };
}

test("from no database to a result, every command that is printed runs as printed, on the database of --database-url", () => {
  const medoid = `node ${entryPoint}`;
  const missing = run(`${medoid} show --database-url './a b.db'`);
  expect(missing.status).toBe(1);
  expect(missing.commands).toEqual([
    `${medoid} sample --database-url './a b.db'`,
    `${medoid} import FILE --database-url './a b.db'`,
  ]);

  const proposed = run(missing.commands[1].replace("FILE", "texts.csv"));
  expect(proposed.commands).toHaveLength(1);
  const imported = run(proposed.commands[0]);
  const undo = `${medoid} delete-runs --imported-from texts.csv --database-url './a b.db'`;
  const cluster = `${medoid} cluster --database-url './a b.db'`;
  expect(imported).toMatchObject({ status: 0, commands: [undo, cluster] });
  expect(run(undo).status).toBe(0);
  expect(run(proposed.commands[0]).status).toBe(0);

  const model = "it's another";
  const other = run(`${proposed.commands[0]} --embedding-model "${model}"`);
  expect(other.status).toBe(0);
  const [hint] = other.commands.slice(-1);
  expect(hint).toContain(" cluster --embedding-model ");

  const clustered = run(hint);
  expect(clustered.status).toBe(0);
  expect(clustered.printed).toContain("12 embeddings of ");
  // The rows of a table have no steps and no prompts.
  expect(clustered.printed).not.toMatch(/\bstep\b|\bprompt\b/);
  expect(run(`${medoid} results --database-url './a b.db'`).status).toBe(0);
  expect(existsSync(join(folder, "medoid.db"))).toBe(false);
});

test("the commands that sample, demo and keys print run as printed", () => {
  const medoid = `node ${entryPoint}`;
  const database = "--database-url './the sample.db'";
  const recorded = run(`${medoid} sample ${database}`);
  expect(recorded.commands).toEqual([
    expect.stringMatching(/ cluster --embedding-model \S+ --database-url '\.\/the sample\.db'$/),
  ]);
  expect(run(recorded.commands[0])).toMatchObject({ status: 0 });

  const demo = run(`${medoid} demo --no-serve ${database}`);
  const images = [...new Set(demo.commands)];
  expect(images.length).toBeGreaterThan(0);
  for (const image of images) {
    expect(image).toMatch(/ image Invocation:\S+ --out image\.\w+ --database-url '\.\/the sample\.db'$/);
    const file = join(folder, /--out (\S+)/.exec(image)![1]);
    rmSync(file, { force: true });
    expect(run(image)).toMatchObject({ status: 0 });
    expect(readFileSync(file).byteLength).toBeGreaterThan(0);
  }

  const none = run(`${medoid} keys list ${database}`);
  expect(none.commands).toEqual([`${medoid} keys create NAME ${database}`]);
  const created = run(none.commands[0]);
  expect(created.commands).toEqual([expect.stringContaining(`${medoid} keys revoke `)]);
  expect(run(created.commands[0])).toMatchObject({ status: 0, printed: expect.stringMatching(/^Revoked /) });
});

test.each([
  ["in a clone", clone, "npm run -s medoid --"],
  ["from another folder", undefined, `npm run -s --prefix ${clone} medoid --`],
])("commands that npm started print commands that npm starts: %s", (_, cwd, medoid) => {
  const database = `--database-url '${join(folder, `npm${cwd ? " in" : " outside"}.db`)}'`;
  const missing = run(`${medoid} results ${database}`, cwd);
  expect(missing).toMatchObject({
    status: 1,
    commands: [`${medoid} sample ${database}`, `${medoid} import FILE ${database}`],
  });
  const table = join(folder, "texts.csv");
  const proposed = run(missing.commands[1].replace("FILE", table), cwd);
  expect(proposed.commands).toEqual([expect.stringContaining(`${medoid} import ${table} --text text `)]);
  const imported = run(proposed.commands[0], cwd);
  expect(imported.commands).toEqual([
    `${medoid} delete-runs --imported-from ${table} ${database}`,
    `${medoid} cluster ${database}`,
  ]);
  expect(run(imported.commands[1], cwd)).toMatchObject({ status: 0 });
  const created = run(`${medoid} keys create NAME ${database}`, cwd);
  expect(run(created.commands[0], cwd)).toMatchObject({ status: 0 });
});
