import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { entryPoint } from "./runMedoid.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "medoid-printed-"));
  const rows = Array.from({ length: 12 }, (_, i) => `${i},text ${i},"[${i % 2}, ${1 + i / 1000}]"`);
  writeFileSync(join(folder, "texts.csv"), `${["id,text,vector", ...rows].join("\n")}\n`);
});
afterAll(() => rmSync(folder, { recursive: true }));

const { DATABASE_URL: _, ...environment } = process.env;

/** Runs a line in the folder as a shell does. @returns everything that is printed, and the commands in it */
function run(line: string) {
  const { status, stdout, stderr } = spawnSync("sh", ["-c", line], {
    cwd: folder,
    env: environment,
    encoding: "utf8",
    timeout: 120_000,
  });
  const printed = stdout + stderr;
  const found = [...printed.matchAll(/`([^`]*medoid[^`]*)`|^ {2}(node .*medoid.*)$/gm)];
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
