import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { testedKind } from "../testDatabase.js";

// In a process of its own, because a thread that waits for a statement without an end ends no test.
const program = `
  import { openLongReads } from "./dist/database/sqlite/longReads.js";
  import { DatabaseFile } from "./dist/database/sqlite/databaseFile.js";
  import Libsql from "libsql";
  const [path] = process.argv.slice(1);
  new Libsql(path).exec("CREATE TABLE t (a)");
  const reads = openLongReads(new DatabaseFile(path));
  const endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
  const sum = async (from, to) => {
    let sum = 0;
    for (let k = from; k < to; k++) sum += (await reads.query("SELECT ? + " + k + " AS n", [1]))[0].n;
    return sum;
  };
  // More statements than a connection keeps.
  console.log(await sum(0, 450));
  for (let round = 0; round < 3; round++) {
    const waits = new AbortController();
    const reading = reads.query(endless, [], waits.signal).catch((error) => console.log(error.message));
    await new Promise((resolve) => setTimeout(resolve, 100));
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 20));
    waits.abort(new Error("ended"));
    await reading;
    console.log(await sum(round * 100, round * 100 + 100));
  }
  await reads.close();
`;

test.skipIf(testedKind === "postgresql")(
  "garbage that is collected during a long read does not make the process wait for it",
  () => {
    const folder = mkdtempSync(join(tmpdir(), "medoid-reads-"));
    try {
      const args = ["--expose-gc", "--input-type=module", "-e", program, join(folder, "reads.db")];
      const printed = execFileSync(process.execPath, args, { encoding: "utf8", timeout: 120_000 });
      expect(printed.trim().split("\n")).toEqual([
        ...["101475", "ended", "5050", "ended", "15050", "ended", "25050"],
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);
