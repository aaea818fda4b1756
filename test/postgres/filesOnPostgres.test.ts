import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { aboveTheDatabase, readTestFiles, usesDatabase } from "./filesOnPostgres.js";

let files: Map<string, boolean>;
beforeAll(async () => {
  files = new Map((await readTestFiles()).map((file) => [file.path, usesDatabase(file)]));
});

describe("what runs on PostgreSQL", () => {
  test.each([
    ["imports what creates databases", "test/database/writeLock.test.ts"],
    ["imports it by way of others", "test/schema/pagination.test.ts"],
    ["starts processes", "test/cluster/takeover.faults.ts"],
  ])("is a file that %s", (_, path) => {
    expect(files.get(path)).toBe(true);
  });

  test.each(["test/clustering/golden.test.ts", "test/clustering/layout/placedRows.slow.ts"])(
    "is not a file that has no database: %s",
    (path) => {
      expect(files.get(path)).toBe(false);
    },
  );

  test.each(aboveTheDatabase)(
    "need not be %s, which is there, has a database, and does not ask which",
    (path) => {
      expect(files.get(path)).toBe(true);
      expect(readFileSync(path, "utf8")).not.toContain("testedKind");
    },
  );
});
