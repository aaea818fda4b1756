import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runInput } from "../cluster/runInputs.js";
import { type DroppingProxy, startDroppingProxy } from "../postgres/droppingProxy.js";
import { createTestDatabase, testedKind } from "../testDatabase.js";
import { runMedoid } from "./runMedoid.js";

/** Counts every request; a read whose connection was lost is sent again. */
const always = 1_000;

describe.runIf(testedKind === "postgresql")(
  "when the database becomes unavailable after a command has done its work",
  () => {
    let database: Awaited<ReturnType<typeof createTestDatabase>>;
    let proxy: DroppingProxy;
    let folder: string;
    beforeEach(async () => {
      database = await createTestDatabase();
      proxy = await startDroppingProxy(database.url);
      folder = mkdtempSync(join(tmpdir(), "medoid-after-"));
    });
    afterEach(async () => {
      proxy?.close();
      await database?.drop();
      rmSync(folder, { recursive: true });
    });

    test("an import has succeeded, and reports what it recorded", async () => {
      const file = join(folder, "runs.jsonl");
      writeFileSync(file, JSON.stringify(runInput("a run", 3)));
      // Only the suggestion of what to do next reads the latest clustering.
      proxy.dropAt(/ORDER BY "row"\."finishingNumber" DESC/, always, { passOn: false });
      const { code, stdout, stderr } = await runMedoid(proxy.url, "import", file);
      expect(proxy.dropped).toBeGreaterThan(0);
      expect({ code, stderr }).toEqual({ code: 0, stderr: expect.not.stringMatching(/\n\s+at /) });
      expect(stdout).toMatch(/embeddings\s.*3/);
    });
  },
);
