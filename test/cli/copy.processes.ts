import { expect, test } from "vitest";
import { runMedoid } from "./runMedoid.js";

test.each([
  [
    ["--from", "file:missing.db", "--to", "file:x.db"],
    1,
    /The file of --from does not exist: file:missing\.db/,
  ],
  [["--from", "mysql://a/b", "--to", "file:x.db"], 2, /^--from must start with/],
  [["--from", "file:missing.db", "--to", "x"], 2, /^--to must start with/],
  [["--to", "file:x.db"], 2, /--from/],
] as const)("medoid copy %j exits with %d", async (args, expected, message) => {
  const { code, stderr } = await runMedoid("file:./unused.db", "copy", ...args);
  expect(stderr).toMatch(message);
  expect(code).toBe(expected);
});
