import { expect, test } from "vitest";
import { runMedoid } from "./runMedoid.js";

test.each([
  [["--from", "file:missing.db", "--to", "file:x.db"], 1, /^There is no database at file:missing\.db\.$/m],
  [
    ["--from", "mysql://a/b", "--to", "file:x.db"],
    2,
    /^--from must be the path of a file, .* not with "mysql:"\.$/m,
  ],
  [["--from", "file:missing.db", "--to", "x:y"], 2, /^--to must be .* not with "x:"\.$/m],
  [["--to", "file:x.db"], 2, /--from/],
] as const)("medoid copy %j exits with %d", async (args, expected, message) => {
  const { code, stderr } = await runMedoid("file:./unused.db", "copy", ...args);
  expect(stderr).toMatch(message);
  expect(code).toBe(expected);
});
