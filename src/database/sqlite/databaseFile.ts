import type Libsql from "libsql";
import { DatabaseUnavailableError } from "../errors/databaseUnavailable.js";
import { FileContents, type FileContentsHandle, FileDamage } from "./fileContents.js";
import { fileIdentity, identityAt, linkStatsAt, realPathOf } from "./fileIdentity.js";

const deleted =
  "The database's file is no longer at its path. Nothing is read or written until it is back there.";
const replaced =
  "Another file has taken the place of the database's. Nothing is read or written until the first one is back, or the process is started again.";
/** SQLite would use another write-ahead log in each connection that is opened from now on. */
const moved =
  "The database's file was moved, and a link was left at its path. Nothing is read or written until the file itself is back there, beside its files that end in -wal and -shm.";
const emptied =
  "The database's file was emptied. Nothing is read or written: restore it, and start the process again.";
/** Otherwise the write-ahead log of the previous database would be applied to the restored file. */
const overwritten =
  "The database's file was overwritten in place, by another database or by something else. Nothing is read or written: stop every process that uses it, delete the files beside it that end in -wal and -shm, restore it again, and start.";
/**
 * SQLite would go on with files that no other process sees, and that vanish when the last process that has
 * them open ends.
 */
const companionLost =
  "A file beside the database's that SQLite uses (it ends in -wal or -shm) was removed or replaced. Nothing is read or written: stop every process that uses the database, and start again.";

/** The reason for each FileDamage. */
const damages: Record<number, string> = {
  [FileDamage.overwritten]: overwritten,
  [FileDamage.companionLost]: companionLost,
};
/**
 * Reasons that last: connections that were open meanwhile must not be used any more, even if the file is
 * repaired.
 */
const lasting = new Set([emptied, ...Object.values(damages)]);

/** Connections that `holdBackLog` keeps open. */
const heldOpen: Libsql.Database[] = [];

/** Looking at the file takes some microseconds, so that reads may rely on a look that is at most this old. */
const lastLookMilliseconds = 50;

/** Identifies a file that was opened. */
export interface OpenedFile {
  /** The file's `fileIdentity`. */
  identity: string;
  /**
   * The path without symbolic links when the file was opened. SQLite derives the names of the files beside it
   * from this path.
   */
  realPath: string;
}

/** Identifies a file that was opened, for another thread of the process. */
export interface DatabaseFileHandle extends OpenedFile {
  contents?: FileContentsHandle;
}

/** @throws DatabaseUnavailableError if there is no file at the path, at which a connection has just opened one */
export function openedFileAt(path: string): OpenedFile {
  const [identity, realPath] = [identityAt(path), realPathOf(path)];
  if (identity === null || realPath === null) throw new DatabaseUnavailableError(deleted);
  return { identity, realPath };
}

/** The reason for which a path no longer leads to the file, or leads to it by another name; null if it does. */
export function displacement(path: string, { identity, realPath }: OpenedFile): string | null {
  const stats = linkStatsAt(realPath);
  const isInPlace =
    stats !== undefined &&
    fileIdentity(stats) === identity &&
    (path === realPath || realPathOf(path) === realPath);
  if (isInPlace) return null;
  const found = realPathOf(path) === null ? null : identityAt(path);
  if (found === null) return deleted;
  return found === identity ? moved : replaced;
}

export interface DatabaseFileOptions {
  /**
   * Identifies the file, if another thread has opened it before. Default: the file that is at the path now.
   */
  opened?: DatabaseFileHandle;
  /** Called with the reason once the file is no longer in place, and with null once it is back. */
  onChange?: (reason: string | null) => void;
}

/**
 * The file that a database was opened as. SQLite goes on with a file that was deleted or replaced for as long
 * as it has the file open: what is written then is lost when the process ends, and a connection that is
 * opened later gets another file, or creates an empty one. If a file was overwritten in place, SQLite would
 * go on with a mixture of both.
 */
export class DatabaseFile {
  readonly #opened: OpenedFile;
  readonly #onChange: (reason: string | null) => void;
  #lastReason: string | null = null;
  #lookedAt = 0;
  #contents: FileContents | undefined;

  constructor(
    readonly path: string,
    { opened, onChange = () => {} }: DatabaseFileOptions = {},
  ) {
    this.#onChange = onChange;
    this.#opened = opened ?? openedFileAt(path);
    this.#contents = opened?.contents && new FileContents(opened.contents);
  }

  /**
   * Must be called once a connection, which stays open for as long as this object is used, has read from the
   * file.
   */
  watchContents(): void {
    this.#contents = FileContents.open(this.#opened.realPath);
    this.#contents.damage();
  }

  /** Identifies the file for a thread that opens it later, which must find the same file. */
  handle(): DatabaseFileHandle {
    this.problem();
    return { ...this.#opened, contents: this.#contents?.handle() };
  }

  /** The reason for which the file cannot be used; null if it is in place. */
  problem(): string | null {
    // Connections that were open when the file was emptied have pages of it in memory, which a restored file
    // need not have.
    if (this.#lastReason !== null && lasting.has(this.#lastReason)) return this.#lastReason;
    const reason = this.#placeProblem() ?? damages[this.#contents?.damage() ?? FileDamage.none] ?? null;
    this.#lookedAt = performance.now();
    if (reason !== this.#lastReason) {
      const isNews = reason === null || this.#lastReason === null;
      this.#lastReason = reason;
      if (isNews) this.#onChange(reason);
    }
    return reason;
  }

  /** The reason for which the path no longer leads to the file, or leads to it by another name, or it is empty. */
  #placeProblem(): string | null {
    return (
      displacement(this.path, this.#opened) ??
      (linkStatsAt(this.#opened.realPath)?.size === 0n ? emptied : null)
    );
  }

  /**
   * Keeps a connection open until the process ends, if the file was moved and is reached through a link. SQLite would
   * move the log into the file when a process closes its last connection; that would undo what other processes have
   * written to the file since, through a log beside the new path.
   *
   * @param connection has read from the file before it was moved. (One that is opened by the link would read the log
   *   beside the new path by the index of the old one.)
   * @returns whether the connection must stay open
   */
  holdBackLog(connection: Libsql.Database): boolean {
    if (this.problem() !== moved) return false;
    heldOpen.push(connection);
    // Otherwise Node would close the connections, in any order, once nothing keeps the process alive.
    if (heldOpen.length === 1) process.once("exit", () => process.exit());
    return true;
  }

  /**
   * Must be called before each write, and before a connection is opened.
   * @throws DatabaseUnavailableError if the file is not in place
   */
  requireInPlace(): void {
    const reason = this.problem();
    if (reason) throw new DatabaseUnavailableError(reason);
  }

  /**
   * Must be called before each read.
   * @throws DatabaseUnavailableError if the file was not in place at the last look, at most 50 ms ago
   */
  requireInPlaceToRead(): void {
    if (this.#lastReason === null && performance.now() - this.#lookedAt < lastLookMilliseconds) return;
    this.requireInPlace();
  }
}
