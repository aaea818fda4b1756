import { setImmediate } from "node:timers/promises";
import type { BulkOptions } from "./bulkStore.js";
import type { CopySource, CopyTarget } from "./copy/copiedDatabase.js";
import { storedTables } from "./copy/storedTables.js";
import { TableDigest } from "./copy/tableDigest.js";
import { databaseKindOf } from "./databaseUrl.js";
import { readFromPostgres, writeToPostgres } from "./postgres/copyTables.js";
import { readFromSqlite, writeToSqlite } from "./sqlite/copyTables.js";

/** One table, as read from the source and read back from the target. */
export interface CopiedTable {
  table: string;
  rows: number;
  /** Digest of the rows in their canonical form, independent of their order: see TableDigest. */
  digest: string;
}

/** The reason for which nothing was copied, as one line. */
class CopyRefusedError extends Error {
  override readonly name = "CopyRefusedError";
}

/** The fraction of the progress that is writing; the rest is reading back. */
const writingShare = 0.8;
/** Cost of copying one row of a table, relative to a row without content, as measured. */
const weights: Record<string, number> = { Embedding: 3, OutputImage: 10, ClusterAssignment: 2 };

/**
 * Copies all data of one database, read from one snapshot, into another database, which must be empty. Both
 * must have been opened before, so that their tables exist. All or nothing is copied: before the target's one
 * transaction ends, the target is read back and compared table by table. Nobody else writes to the target
 * meanwhile.
 *
 * A clustering that is RUNNING in the source is QUEUED in the copy.
 *
 * @throws CopyRefusedError if the target is not empty, or does not hold what was read; the signal's reason
 *   once it aborts. In either case the target is unchanged
 */
export function copyDatabase(
  from: string,
  to: string,
  { signal, onProgress }: BulkOptions = {},
): Promise<CopiedTable[]> {
  const readFrom = databaseKindOf(from) === "postgresql" ? readFromPostgres : readFromSqlite;
  const writeTo = databaseKindOf(to) === "postgresql" ? writeToPostgres : writeToSqlite;
  const copy = async (source: CopySource, target: CopyTarget): Promise<CopiedTable[]> => {
    const total = await totalWeight(source);
    let done = 0;
    const report = async (weight: number) => {
      signal?.throwIfAborted();
      done += weight;
      onProgress?.(Math.min(1, done / total));
      await setImmediate(); // lets other work run, because reading from SQLite blocks the thread
    };
    await requireEmpty(target);
    const copied: CopiedTable[] = [];
    for (const table of storedTables) {
      const weight = weights[table.name] ?? 1;
      const digest = new TableDigest();
      for await (const batch of source.read(table, "taken")) {
        digest.add(batch);
        await target.write(table, batch);
        await report(batch.ends.length * weight * writingShare);
      }
      copied.push({ table: table.name, rows: digest.rows, digest: digest.digest() });
    }
    for (const [index, table] of storedTables.entries()) {
      const weight = weights[table.name] ?? 1;
      const digest = new TableDigest();
      for await (const batch of target.read(table, "stored")) {
        digest.add(batch);
        await report(batch.ends.length * weight * (1 - writingShare));
      }
      requireEqual(copied[index], { table: table.name, rows: digest.rows, digest: digest.digest() });
    }
    onProgress?.(1);
    return copied;
  };
  return writeTo(to, (target) => readFrom(from, (source) => copy(source, target), signal), signal);
}

async function totalWeight(source: CopySource): Promise<number> {
  let total = 1;
  for (const table of storedTables) {
    total += (weights[table.name] ?? 1) * (await source.count(table, "taken"));
  }
  return total;
}

async function requireEmpty(target: CopyTarget): Promise<void> {
  for (const table of storedTables) {
    const rows = await target.count(table, "stored");
    if (rows === 0) continue;
    throw new CopyRefusedError(
      `The database to copy to must be empty, and its table ${table.name} has ${rows} ${rows === 1 ? "row" : "rows"}. Nothing was copied.`,
    );
  }
}

function requireEqual(given: CopiedTable, stored: CopiedTable): void {
  if (given.rows === stored.rows && given.digest === stored.digest) return;
  throw new CopyRefusedError(
    `The table ${given.table} was stored differently from what was read: ${given.rows} rows with the digest ${given.digest} were read, ${stored.rows} with ${stored.digest} were stored. Nothing was copied.`,
  );
}
