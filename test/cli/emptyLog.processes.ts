import { copyFileSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "libsql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runInput } from "../cluster/runInputs.js";
import { testedKind } from "../testDatabase.js";
import { runMedoid } from "./runMedoid.js";

describe.runIf(testedKind === "sqlite")(
  "a command that has ended leaves its data in the database's file",
  () => {
    let folder: string;
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), "medoid-log-"));
    });
    afterAll(() => rmSync(folder, { recursive: true }));

    const logSize = (path: string) => statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;

    /** Runs a command, and counts rows in a copy of the file without its log. */
    async function rowsAfter(path: string, table: string, ...args: string[]): Promise<number> {
      const { code, stderr } = await runMedoid(`file:${path}`, ...args);
      expect(code, stderr).toBe(0);
      expect(logSize(path), args.join(" ")).toBe(0);
      const copy = join(folder, "copy.db");
      copyFileSync(path, copy);
      const connection = new Database(copy);
      const [rows] = connection.prepare(`SELECT count(*) FROM "${table}"`).pluck().all([]) as number[];
      connection.close();
      return rows;
    }

    test("for every command that writes", async () => {
      const path = join(folder, "all.db");
      const file = join(folder, "runs.jsonl");
      writeFileSync(file, JSON.stringify(runInput("a run", 12)));
      expect(await rowsAfter(path, "_prisma_migrations", "migrate")).toBeGreaterThan(0);
      expect(await rowsAfter(path, "Run", "import", file)).toBe(1);
      expect(await rowsAfter(path, "ClusteringResult", "cluster")).toBe(1);
      expect(await rowsAfter(path, "Run", "sample")).toBeGreaterThan(1);
      expect(await rowsAfter(path, "ApiKey", "keys", "create", "a key")).toBe(1);
      const copied = join(folder, "copied.db");
      await rowsAfter(path, "Run", "copy", "--from", `file:${path}`, "--to", `file:${copied}`);
      expect(logSize(copied)).toBe(0);
      const connection = new Database(path);
      const [result] = connection.prepare(`SELECT "id" FROM "ClusteringResult"`).pluck().all([]) as string[];
      connection.close();
      expect(await rowsAfter(path, "ClusteringResult", "delete", result)).toBe(0);
    });

    test("every time: twenty imports into new files", async () => {
      const file = join(folder, "many.jsonl");
      writeFileSync(file, JSON.stringify(runInput("a run", 100)));
      const trials = Array.from({ length: 20 }, (_, n) => join(folder, `${n}.db`));
      const left = new Map<string, number>();
      for (let at = 0; at < trials.length; at += 2) {
        await Promise.all(
          trials.slice(at, at + 2).map(async (path) => {
            const { code, stderr } = await runMedoid(`file:${path}`, "import", file);
            expect(code, stderr).toBe(0);
            if (logSize(path) > 0) left.set(path, logSize(path));
          }),
        );
      }
      expect([...left]).toEqual([]);
    });
  },
);
