import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "libsql";
import { RunFileError } from "./runSource.js";

/** A database in a temporary file, for rows that are not recorded as they are read, and may not fit in memory. */
export interface TemporaryDatabase {
  database: Database.Database;
  /** A statement that is prepared when it is first used, and then reused: preparing takes longer than most of them. */
  prepared(sql: string): Database.Statement;
  /** Runs statements that write, many of them in one transaction. @throws RunFileError if the disk is full */
  write(statement: () => void): void;
  /** Ends the transaction of the statements that were run. */
  commit(): void;
  /** Deletes the file. */
  close(): void;
}

/** Calls of `write` in one transaction. */
const writesPerTransaction = 10_000;

/** @param tables the statements that create the tables */
export function openTemporaryDatabase(tables: string): TemporaryDatabase {
  const folder = mkdtempSync(join(tmpdir(), "medoid-rows-"));
  const database = new Database(join(folder, "rows.db"));
  database.exec(`
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    PRAGMA temp_store = FILE;
    ${tables}`);
  const statements = new Map<string, Database.Statement>();
  let uncommitted = 0;
  const refused = (error: unknown): unknown => {
    const { code, message } = error as { code?: string; message: string };
    return /^SQLITE_(FULL|IOERR|CANTOPEN)/.test(code ?? "")
      ? new RunFileError(
          `The temporary file for the rows cannot be written (${message.split("\n")[0]}). It takes about as much space as the file that is imported, in the folder ${tmpdir()}, which TMPDIR names, and in the one that SQLITE_TMPDIR names.`,
        )
      : error;
  };
  const commit = () => {
    if (uncommitted > 0) database.exec("COMMIT");
    uncommitted = 0;
  };
  return {
    database,
    prepared(sql) {
      const statement = statements.get(sql) ?? database.prepare(sql);
      statements.set(sql, statement);
      return statement;
    },
    write(statement) {
      try {
        if (uncommitted === 0) database.exec("BEGIN");
        uncommitted++;
        statement();
        if (uncommitted >= writesPerTransaction) commit();
      } catch (error) {
        throw refused(error);
      }
    },
    commit() {
      try {
        commit();
      } catch (error) {
        throw refused(error);
      }
    },
    close() {
      database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
