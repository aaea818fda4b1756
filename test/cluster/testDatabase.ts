import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Libsql from "libsql";
import { isBusy } from "../../src/database/retryWhenBusy.js";
import { openMedoid } from "../../src/medoid.js";
import { readSettings } from "../../src/settings.js";
import { groupedRows, writeRun } from "../temporaryMedoid.js";
import { recordHistory } from "./statusHistory.js";

/** A migrated database that processes are started on, with embeddings to cluster and a record of every status. */
export interface TestDatabase {
  /** As in DATABASE_URL. */
  readonly url: string;
  readonly folder: string;
  /** Runs one statement beside the processes. Placeholders are `?`. */
  query<Row = Record<string, unknown>>(sql: string, ...values: unknown[]): Promise<Row[]>;
  /** Whether the write lock can be had now. */
  canWrite(): Promise<boolean>;
  close(): Promise<void>;
}

/** Embeddings of the model "Model", in three groups and some noise. */
export const embeddingCount = 123;

/** @param within a folder that is there already; default: a new one, which goes with the database */
export async function openTestDatabase(within?: string): Promise<TestDatabase> {
  const folder = within ?? mkdtempSync(join(tmpdir(), "medoid-faults-"));
  const path = join(folder, "medoid.db");
  const url = `file:${path}`;
  const medoid = await openMedoid({ databaseUrl: url, settings: readSettings({}) });
  try {
    await writeRun(medoid, [...groupedRows(3, 40), ...noise()]);
  } finally {
    await medoid.close();
  }
  const connection = new Libsql(path, { timeout: 60_000 });
  const database: TestDatabase = {
    url,
    folder,
    async query<Row>(sql: string, ...values: unknown[]) {
      const statement = connection.prepare(sql);
      if (statement.reader) return statement.all(...values) as Row[];
      statement.run(...values);
      return [];
    },
    async canWrite() {
      const another = new Libsql(path);
      try {
        another.exec("BEGIN IMMEDIATE; ROLLBACK");
        return true;
      } catch (error) {
        if (!isBusy(error)) throw error;
        return false;
      } finally {
        another.close();
      }
    },
    async close() {
      connection.close();
      if (within === undefined) rmSync(folder, { recursive: true });
    },
  };
  await recordHistory(database);
  return database;
}

/** Outliers of the three groups. */
function noise(): Float32Array[] {
  return [
    Float32Array.of(0.7, 0.7, 0.1, 0),
    Float32Array.of(-0.9, 0.2, 0.3, 0),
    Float32Array.of(0.1, -0.8, 0.6, 0),
  ];
}
