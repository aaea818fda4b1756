import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { CommandError } from "../../src/cli/process.js";
import { createProgram } from "../../src/cli/program.js";

const folder = mkdtempSync(join(tmpdir(), "medoid-missing-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, "no such.db");
const id = "0198c1b2-0000-7000-8000-000000000000";

/** Those that record, serve or migrate. */
const creating = ["demo", "serve", "worker", "import", "sample", "keys create", "migrate"];
/** It needs none. */
const without = ["completion"];
/** The arguments that the others need. */
const args: Record<string, string[]> = {
  compare: [id, id],
  name: ["0", "a name"],
  delete: [id],
  "delete-runs": ["--ids", `Run:${id}`],
  run: [id],
  image: [id, "--out", join(folder, "image")],
  "keys revoke": [id],
  copy: ["--from", path, "--to", join(folder, "other.db")],
  export: ["--out", join(folder, "out.csv")],
};

const all = createProgram(new AbortController().signal)
  .commands.flatMap((command) =>
    command.commands.length === 0
      ? [command.name()]
      : command.commands.map((each) => `${command.name()} ${each.name()}`),
  )
  .filter((name) => ![...creating, ...without].includes(name));

test.each(all)("medoid %s says in one line that there is no database, and creates none", async (name) => {
  const words = [...name.split(" "), ...(args[name] ?? []), "--database-url", path];
  const program = createProgram(new AbortController().signal);
  const refused = program.parseAsync(words, { from: "user" });
  await expect(refused).rejects.toThrow(CommandError);
  await expect(refused).rejects.toMatchObject({
    exitCode: 1,
    message: expect.stringMatching(
      new RegExp(`^There is no database at ${path}\\.( Load the sample with .*)?$`),
    ),
  });
  expect(readdirSync(folder)).toEqual([]);
});

test("the commands to create a database name it, too", async () => {
  const program = createProgram(new AbortController().signal);
  await expect(program.parseAsync(["show", "--database-url", path], { from: "user" })).rejects.toThrow(
    new RegExp(
      `Load the sample with \`.* sample --database-url '${path}'\`, or your own data with \`.* import FILE --database-url '${path}'\`\\.$`,
    ),
  );
});
