import { join } from "node:path";
import { Command } from "commander";
import { afterAll, beforeAll, expect, test } from "vitest";
import { addImportCommand } from "../../src/cli/commands/import.js";
import { CommandError } from "../../src/cli/process.js";
import { capturedCli } from "../cli/capturedCli.js";
import { recordedRows } from "../recordedRows.js";
import { type ImportFolder, openImportFolder } from "./importFolder.js";

// What `medoid import` proposes for a table whose column of texts is not named.

let here: ImportFolder;
beforeAll(async () => {
  here = await openImportFolder();
});
afterAll(() => here.close());

/** What the command prints for a table: the columns, the error that it ends with, and the command that this proposes. */
async function proposed(name: string, content: string | Buffer, ...options: string[]) {
  const { temporary } = here;
  const path = here.file(name, content);
  const before = await recordedRows(temporary.app);
  const { cli, printed } = capturedCli(temporary);
  const program = new Command().exitOverride();
  addImportCommand(program, () => cli);
  const error = await program
    .parseAsync(["import", path, ...options], { from: "user" })
    .catch((thrown) => thrown);
  expect(await recordedRows(temporary.app)).toEqual(before);
  const [, command] = /^ {2}medoid (.*)$/m.exec(error.message) ?? [];
  const rows = printed()
    .split("\n")
    .filter((line) => line.startsWith("│"))
    .map((line) =>
      line
        .split("│")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  return { rows, error, command: command?.replace(path, name) };
}

const csvOf = (columns: string[], row: (number: number) => unknown[]) =>
  [columns, ...Array.from({ length: 3 }, (_, number) => row(number))]
    .map((fields) => fields.map((field) => `"${field}"`).join(","))
    .join("\n");

test.each(["note_id", "my id", "reviewId", "paper.id", "url", "filename", "index", "Unnamed: 0", ""])(
  "import proposes a column of ids named %j, if it has a distinct value in each row",
  async (name) => {
    const columns = ["user_id", "title", name];
    const { command } = await proposed(
      "ids.csv",
      csvOf(columns, (n) => [`u${n}`, `words ${n}`, n]),
    );
    const shown = /[ .:]|^$/.test(name) && name !== "paper.id" ? `'${name}'` : name;
    expect(command).toBe(`import ids.csv --text title --id ${shown}`);
    for (const repeated of ["same", ""]) {
      const { command: other, error } = await proposed(
        "ids.csv",
        csvOf(columns, (n) => [`u${n}`, `words ${n}`, n < 2 ? repeated : n]),
      );
      expect(other).toBe("import ids.csv --text title");
      expect(error.message).toContain("No column seems to hold ids");
    }
  },
);

test("import proposes the better of several ids and vectors, and keeps the options that are given", async () => {
  const columns = ["index", "doc_id", "box", "embedding", "body"];
  const content = csvOf(columns, (n) => [n, `d${n}`, "[1,2,3,4]", `[${n},0.5]`, `words ${n}`]);
  expect((await proposed("given.csv", content)).command).toBe(
    "import given.csv --text body --vector embedding --id doc_id",
  );
  const vectors = join(here.folder, "given.npy");
  expect(
    (await proposed("given.csv", content, "--vectors", vectors, "--id", "index", "--embedding-model", "m"))
      .command,
  ).toBe(`import given.csv --text body --id index --vectors ${vectors} --embedding-model m`);
  const { error } = await proposed("given.csv", content, "--vector", "other");
  expect(error.message).toContain('has no column "other". It has: index, doc_id, box, embedding, body.');
});

test("import says of vectors in another form what to do", async () => {
  const dimensions = Array.from({ length: 8 }, (_, n) => `e.${n}`);
  const numbered = await proposed(
    "numbered.csv",
    csvOf(["note", ...dimensions], (n) => [`words ${n}`, ...dimensions.map(() => n / 2)]),
  );
  expect(numbered.rows.map(([column]) => column)).toEqual(["column", "note", "e.0 … e.7"]);
  expect(numbered.error.message).toContain('table.filter(regex="^e\\\\.\\\\d+$").values.tolist()');
  for (const printed of ["[0.5 -1.25\n 2.]", "(0.5, -1.25)", "array([0.5, -1.25], dtype=float32)"]) {
    const content = csvOf(["note", "v"], (n) => [`words ${n}`, printed]);
    const { rows, error } = await proposed("printed.csv", content);
    expect(rows.at(-1)!.slice(0, 2)).toEqual(["v", "vectors as Python prints them"]);
    expect(error.message).toContain("json.dumps([float(x) for x in vector])");
    const { error: refused } = await proposed("printed.csv", content, "--text", "note", "--vector", "v");
    expect(refused).toBeInstanceOf(CommandError);
    expect(refused.message).toContain(
      'has no vector in its column "v": its vector is text as Python prints it',
    );
  }
});

test("import shows the first of many columns, and refuses to propose columns of a table without rows", async () => {
  const wide = ["note", ...Array.from({ length: 2000 }, (_, n) => `c${n}x`)];
  const { rows } = await proposed(
    "wide.csv",
    csvOf(wide, (n) => wide.map(() => `word ${n}`)),
  );
  expect(rows.length).toBe(43);
  expect(rows.at(-1)).toEqual(["… and 1,960 more", "metadata", ""]);
  for (const options of [[], ["--format", "table"]]) {
    const { error } = await proposed("header.csv", "note,v\n", ...options);
    expect(error).toEqual(new CommandError(`${join(here.folder, "header.csv")} has no rows.`));
  }
});

test("a table in CSV is recognised without the ending of its name; prose is not", async () => {
  const content = csvOf(["id", "note"], (n) => [n, `words ${n}`]);
  for (const delimiter of [",", ";", "\t", "|"]) {
    const { command } = await proposed("unnamed", content.replaceAll(",", delimiter));
    expect(command).toBe("import unnamed --text note --id id");
  }
  for (const prose of ["Dear diary, today\nI did, as ever, nothing.\n", "Dear diary, hello\n"]) {
    const { error } = await proposed("unnamed", prose);
    expect(error.message).toContain('it seems to be text that begins with "Dear diary, ');
  }
});
