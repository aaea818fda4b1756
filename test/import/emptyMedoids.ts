import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDatabase } from "../../src/database/openDatabase.js";
import { type Connection, openConnection } from "../../src/database/sqlite/connection.js";

/** A temporary folder for files to import, and any number of empty databases to import them into. */
export interface EmptyMedoids {
  folder: string;
  open(): Connection;
  remove(): void;
}

/** Creates one database, and copies it each time: that is faster than migrating each. */
export async function createEmptyMedoids(): Promise<EmptyMedoids> {
  const folder = mkdtempSync(join(tmpdir(), "medoid-import-"));
  await (await openDatabase(`file:${join(folder, "empty.db")}`)).close();
  let count = 0;
  return {
    folder,
    open() {
      const path = join(folder, `medoid ${++count}.db`);
      copyFileSync(join(folder, "empty.db"), path);
      return openConnection(`file:${path}`);
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}
