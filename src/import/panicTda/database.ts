import { closeSync, openSync, readSync, realpathSync, statSync } from "node:fs";
import { pathToFileURL } from "node:url";
import Database from "libsql";
import type { Connection } from "../../database/sqlite/connection.js";
import { shellWord } from "../../runtime/shellWord.js";
import { apparentContent } from "../apparentContent.js";
import { characterFault } from "../characterFault.js";
import { filesToImport } from "../importFormats.js";
import { RunFileError } from "../runSource.js";
import { type FoundLayout, type PanicTdaLayout, type PanicTdaTable, recogniseLayout } from "./layout.js";

/** A database of panic-tda, which is only read. */
export interface PanicTdaDatabase {
  readonly connection: Connection;
  readonly layout: PanicTdaLayout;
  readonly hasColumn: (table: PanicTdaTable, column: string) => boolean;
  /**
   * Decodes text that was selected with CAST(… AS BLOB). Text is never selected directly, because libsql
   * aborts the whole process on text that is not valid Unicode.
   *
   * @returns undefined if the bytes are not valid text or contain U+0000, which databases cannot store in
   *   text
   */
  readonly text: (bytes: Buffer | null) => string | null | undefined;
  /** What is wrong with such bytes, for example "is not valid UTF-8"; null if they are text, or NULL. */
  readonly textFault: (bytes: Buffer | null) => string | null;
  /** Decodes such bytes for a report, replacing invalid ones. */
  readonly shown: (bytes: Buffer | null) => string;
  /**
   * Runs work that reads the file.
   *
   * @throws RunFileError if SQLite cannot read it, for example because the file is damaged
   */
  readonly read: <T>(work: () => T) => T;
  /**
   * @throws RunFileError if the file was written to since it was opened, because the data read may then be
   *   inconsistent
   */
  refuseChanges(): void;
  close(): void;
}

/**
 * @throws RunFileError if the file cannot be read, is not a SQLite database, or is a database of another
 *   program
 */
export function openPanicTda(path: string): PanicTdaDatabase {
  const file = resolvedFile(path);
  const isLogged = usesWriteAheadLog(path, file);
  // SQLite can read a write-ahead log only with an index file beside it. If there is no log to read, the file
  // is opened as immutable: then the folder need not be writable, and no file is left behind in it.
  const isImmutable = isLogged && sizeOf(`${file}-wal`) === 0 && sizeOf(`${file}-journal`) === 0;
  const connection = attempt(
    path,
    () =>
      new Database(`${pathToFileURL(file).href}?${isImmutable ? "immutable=1" : "mode=ro"}`, {
        timeout: 5000,
      }),
  );
  try {
    connection.exec("PRAGMA temp_store = FILE"); // libsql's default is to sort and to hold temporary tables in memory
    const found = attempt(path, () => recogniseLayout(connection, path), isLogged);
    const opened = statSync(file);
    return panicTdaDatabase(connection, found, {
      path,
      refuseChanges() {
        if (!isImmutable) return;
        const { mtimeMs, size } = statSync(file);
        if (mtimeMs === opened.mtimeMs && size === opened.size) return;
        throw new RunFileError(`${path} was changed while it was read. Run the import again.`);
      },
    });
  } catch (error) {
    connection.close();
    throw error;
  }
}

/**
 * A database whose layout is known, on a connection that it closes.
 *
 * @param path of what is imported, for messages
 */
export function panicTdaDatabase(
  connection: Connection,
  { layout, hasColumn }: FoundLayout,
  { path, refuseChanges }: { path: string; refuseChanges: () => void },
): PanicTdaDatabase {
  const { encoding } = connection.prepare("PRAGMA encoding").get([]) as { encoding: string };
  const decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
  const lenient = new TextDecoder(encoding, { ignoreBOM: true });
  const decoded = (bytes: Buffer): string | undefined => {
    try {
      return decoder.decode(bytes);
    } catch {
      return undefined;
    }
  };
  return {
    connection,
    layout,
    hasColumn,
    text(bytes) {
      const text = bytes && decoded(bytes);
      return text?.includes("\0") ? undefined : text;
    },
    textFault(bytes) {
      const text = bytes && decoded(bytes);
      if (text === undefined) return `is not valid ${encoding.replace(/[lb]e$/, "")}`;
      return text === null ? null : characterFault(text);
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
    refuseChanges,
    close: () => connection.close(),
  };
}

function resolvedFile(path: string): string {
  let file: string;
  try {
    file = realpathSync(path);
  } catch {
    throw new RunFileError(`${path} does not exist.`);
  }
  if (!statSync(file).isFile()) throw new RunFileError(`${path} is not a file.`);
  return file;
}

/** Whether the file's header says that the database uses a write-ahead log. */
function usesWriteAheadLog(path: string, file: string): boolean {
  const header = Buffer.alloc(20);
  attempt(path, () => {
    const descriptor = openSync(file, "r");
    readSync(descriptor, header, 0, header.length, 0);
    closeSync(descriptor);
  });
  if (header.toString("latin1", 0, 16) !== "SQLite format 3\0") {
    throw notSqlite(path);
  }
  return header[18] === 2;
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** Runs a step of opening the file, and reports any failure as an error of the file. */
function attempt<T>(path: string, open: () => T, needsIndexFile = false): T {
  try {
    return open();
  } catch (error) {
    throw error instanceof RunFileError ? error : readError(path, error, needsIndexFile);
  }
}

/** Turns SQLite's error into one line that says what is wrong with the file. */
function readError(path: string, error: unknown, needsIndexFile = false): RunFileError {
  const { code, message } = error as { code?: string; message: string };
  if (code === "SQLITE_NOTADB") return notSqlite(path);
  if (code === "SQLITE_CANTOPEN" && needsIndexFile) {
    return new RunFileError(
      `${path} has a write-ahead log, which SQLite can read only in a writable folder. Copy the file and its "-wal" file to a writable folder.`,
    );
  }
  if (code === "SQLITE_READONLY_ROLLBACK") {
    return new RunFileError(
      `${path} was left in the middle of a transaction: the program that wrote it ended, and "${path}-journal" holds the changes that must be undone before the file can be read. ` +
        `Start the program that writes it once, or run: sqlite3 ${shellWord(asFile(path))} "SELECT count(*) FROM sqlite_master" ` +
        `(on copies of both files in one folder, if the originals must not change). Then run the import again.`,
    );
  }
  if (code?.startsWith("SQLITE_BUSY")) {
    return new RunFileError(
      `${path} is locked by another process that writes to it. Run the import again once it has finished.`,
    );
  }
  return new RunFileError(`${path} cannot be read: ${message.split("\n")[0]}`);
}

/** A path that a program does not take for an option, a URL or a database in memory. */
const asFile = (path: string) => (/^[./]/.test(path) ? path : `./${path}`);

function notSqlite(path: string): RunFileError {
  return new RunFileError(`${path} is not a SQLite database: it ${apparentContent(path)}. ${filesToImport}`);
}
