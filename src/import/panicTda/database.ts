import { closeSync, openSync, readSync, realpathSync, statSync } from "node:fs";
import { pathToFileURL } from "node:url";
import Database from "libsql";
import type { Connection } from "../../database/sqlite/connection.js";
import { RunFileError } from "../runSource.js";

/** A database of panic-tda, opened for reading only. */
export interface PanicTdaDatabase {
  readonly connection: Connection;
  readonly hasColumn: (table: PanicTdaTable, column: string) => boolean;
  /**
   * Text that was selected with CAST(… AS BLOB): libsql ends the whole process over text that is no Unicode.
   * @returns undefined where it is none, or holds U+0000, which databases cannot hold in text
   */
  readonly text: (bytes: Buffer | null) => string | null | undefined;
  /** Bytes that were selected likewise, as a report shows them. */
  readonly shown: (bytes: Buffer | null) => string;
  /** Runs what reads the file. @throws RunFileError where SQLite cannot, as for a file that is damaged. */
  readonly read: <T>(work: () => T) => T;
  /** @throws RunFileError where somebody wrote to the file since it was opened: what was read may be mixed. */
  refuseChanges(): void;
  close(): void;
}

export type PanicTdaTable = "run" | "invocation" | "embedding";

const requiredColumns: Record<PanicTdaTable, string[]> = {
  run: ["id", "network", "initial_prompt"],
  invocation: ["id", "run_id", "sequence_number", "model", "type"],
  embedding: ["id", "invocation_id", "embedding_model", "vector"],
};

/** @throws RunFileError where the file cannot be read, is no SQLite database, or is another one. */
export function openPanicTda(path: string): PanicTdaDatabase {
  const file = resolvedFile(path);
  const isLogged = usesWriteAheadLog(path, file);
  // SQLite can only read a write-ahead log with an index file beside it. Where there is no log to read, as
  // immutable, the folder need not be writable and nothing is left behind in it.
  const isImmutable = isLogged && sizeOf(`${file}-wal`) === 0 && sizeOf(`${file}-journal`) === 0;
  const connection = attempt(
    path,
    () =>
      new Database(`${pathToFileURL(file).href}?${isImmutable ? "immutable=1" : "mode=ro"}`, {
        timeout: 5000,
      }),
  );
  try {
    connection.exec("PRAGMA temp_store = FILE"); // libsql is built to sort and to keep temporary tables in memory
    const columns = attempt(path, () => columnsOf(connection), isLogged);
    for (const [table, required] of Object.entries(requiredColumns) as [PanicTdaTable, string[]][]) {
      const missing = required.find((column) => !columns[table].has(column));
      if (!missing) continue;
      const lack = columns[table].size === 0 ? `no table "${table}"` : `no column "${table}.${missing}"`;
      throw new RunFileError(`${path} is a SQLite database, but none of panic-tda: it has ${lack}.`);
    }
    const { encoding } = connection.prepare("PRAGMA encoding").get([]) as { encoding: string };
    const decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
    const lenient = new TextDecoder(encoding, { ignoreBOM: true });
    const opened = statSync(file);
    return {
      connection,
      hasColumn: (table, column) => columns[table].has(column),
      text(bytes) {
        if (bytes === null) return null;
        try {
          const text = decoder.decode(bytes);
          return text.includes("\0") ? undefined : text;
        } catch {
          return undefined;
        }
      },
      shown: (bytes) => (bytes === null ? "NULL" : lenient.decode(bytes) || '""'),
      read(work) {
        try {
          return work();
        } catch (error) {
          const isOfSqlite = /^SQLITE_/.test((error as { code?: string }).code ?? "");
          throw isOfSqlite ? readError(path, error) : error;
        }
      },
      refuseChanges() {
        if (!isImmutable) return;
        const { mtimeMs, size } = statSync(file);
        if (mtimeMs === opened.mtimeMs && size === opened.size) return;
        throw new RunFileError(`${path} was written to while it was read. Run the import again.`);
      },
      close: () => connection.close(),
    };
  } catch (error) {
    connection.close();
    throw error;
  }
}

function resolvedFile(path: string): string {
  let file: string;
  try {
    file = realpathSync(path);
  } catch {
    throw new RunFileError(`${path} does not exist.`);
  }
  if (!statSync(file).isFile()) throw new RunFileError(`${path} is no file.`);
  return file;
}

/** Whether the file's header says that it is written through a write-ahead log. */
function usesWriteAheadLog(path: string, file: string): boolean {
  const header = Buffer.alloc(20);
  attempt(path, () => {
    const descriptor = openSync(file, "r");
    readSync(descriptor, header, 0, header.length, 0);
    closeSync(descriptor);
  });
  if (header.toString("latin1", 0, 16) !== "SQLite format 3\0") {
    throw new RunFileError(`${path} is no SQLite database.`);
  }
  return header[18] === 2;
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function columnsOf(connection: Connection): Record<PanicTdaTable, Set<string>> {
  const of = (table: PanicTdaTable) => {
    const rows = connection.prepare("SELECT name FROM pragma_table_info(?)").all([table]) as {
      name: string;
    }[];
    return new Set(rows.map(({ name }) => name));
  };
  return { run: of("run"), invocation: of("invocation"), embedding: of("embedding") };
}

/** Runs a step of opening the file: whatever goes wrong is the file's fault. */
function attempt<T>(path: string, open: () => T, needsIndexFile = false): T {
  try {
    return open();
  } catch (error) {
    throw readError(path, error, needsIndexFile);
  }
}

/** Says in one line what is wrong with the file. */
function readError(path: string, error: unknown, needsIndexFile = false): RunFileError {
  const { code, message } = error as { code?: string; message: string };
  if (code === "SQLITE_NOTADB") return new RunFileError(`${path} is no SQLite database.`);
  if (code === "SQLITE_CANTOPEN" && needsIndexFile) {
    return new RunFileError(
      `${path} has a write-ahead log, which SQLite reads only in a folder that is writable. Copy it with its "-wal" file to one.`,
    );
  }
  if (code === "SQLITE_READONLY_ROLLBACK") {
    return new RunFileError(
      `${path} was left in the middle of a transaction: its writer ended, and "${path}-journal" holds what must be undone before anybody reads it. ` +
        `Start the program that writes it once, or run: sqlite3 "${path}" "SELECT count(*) FROM run" ` +
        `(on copies of both files side by side, if these must stay as they are). Then run the import again.`,
    );
  }
  if (code?.startsWith("SQLITE_BUSY")) {
    return new RunFileError(
      `${path} is locked by another process that writes to it. Run the import again once it has finished.`,
    );
  }
  return new RunFileError(`${path} cannot be read: ${message.split("\n")[0]}`);
}
