import { DatabaseUnavailableError } from "../errors/databaseUnavailable.js";
import { FileContents, type FileContentsHandle, FileDamage } from "./fileContents.js";
import { fileIdentity, identityAt, statsAt } from "./fileIdentity.js";

const deleted =
  "The database's file is no longer at its path. Nothing is read or written until it is back there.";
const replaced =
  "Another file has taken the place of the database's. Nothing is read or written until the first one is back, or the process is started again.";
const emptied =
  "The database's file was emptied. Nothing is read or written: restore it, and start the process again.";
/** A write-ahead log of the other database would be added to whatever is restored. */
const overwritten =
  "The database's file was overwritten by something that is not SQLite. Nothing is read or written: stop every process that uses it, delete the files beside it that end in -wal and -shm, restore it again, and start.";
/** SQLite would go on with files that no other process sees, and that go with the last one that has them open. */
const companionLost =
  "A file beside the database's that SQLite uses (it ends in -wal or -shm) was removed or replaced. Nothing is read or written: stop every process that uses the database, and start again.";

/** By FileDamage. */
const damages: Record<number, string> = {
  [FileDamage.overwritten]: overwritten,
  [FileDamage.companionLost]: companionLost,
};
/** What was open meanwhile must not be used any more, whatever is done to the file. */
const lasting = new Set([emptied, ...Object.values(damages)]);

/** A look at the file costs some microseconds, so what only reads may take the last one for as long as this. */
const lastLookMilliseconds = 50;

/** A file that was opened, as another thread of the process is told of it. */
export interface DatabaseFileHandle {
  identity: string;
  contents?: FileContentsHandle;
}

export interface DatabaseFileOptions {
  /** Which file it is, where another thread has opened it before. Default: the one that is at the path now. */
  opened?: DatabaseFileHandle;
  /** Told once when the file is no longer in place, and with null once it is back. */
  onChange?: (reason: string | null) => void;
}

/**
 * The file that a database was opened as. SQLite goes on with a file that was deleted or replaced, as long as it is
 * open: what is written then is lost with the process, and a connection that is opened later meets another file, or
 * creates an empty one. Where one was overwritten in place, SQLite would go on with a mixture of both.
 */
export class DatabaseFile {
  /** A `fileIdentity`. */
  readonly identity: string;
  readonly #onChange: (reason: string | null) => void;
  #lastReason: string | null = null;
  #lookedAt = 0;
  #contents: FileContents | undefined;

  constructor(
    readonly path: string,
    { opened, onChange = () => {} }: DatabaseFileOptions = {},
  ) {
    this.#onChange = onChange;
    this.identity = opened?.identity ?? (identityAt(path) as string);
    this.#contents = opened?.contents && new FileContents(opened.contents);
  }

  /** To be called once a connection has read from the file, which stays open for as long as this is used. */
  watchContents(): void {
    this.#contents = FileContents.open(this.path);
    this.#contents.damage();
  }

  /** For a thread that opens the file later: it is to be the same one still. */
  handle(): DatabaseFileHandle {
    this.problem();
    return { identity: this.identity, contents: this.#contents?.handle() };
  }

  /** Why the file cannot be used; null where it is in place. */
  problem(): string | null {
    // What was open when it was emptied knows pages of it that a restored file need not have.
    if (this.#lastReason !== null && lasting.has(this.#lastReason)) return this.#lastReason;
    const stats = statsAt(this.path);
    const reason = !stats
      ? deleted
      : fileIdentity(stats) !== this.identity
        ? replaced
        : stats.size === 0n
          ? emptied
          : (damages[this.#contents?.damage() ?? FileDamage.none] ?? null);
    this.#lookedAt = performance.now();
    if (reason !== this.#lastReason) {
      const isNews = reason === null || this.#lastReason === null;
      this.#lastReason = reason;
      if (isNews) this.#onChange(reason);
    }
    return reason;
  }

  /**
   * To be called before anything is written, and before a connection is opened.
   * @throws DatabaseUnavailableError where the file is not in place
   */
  requireInPlace(): void {
    const reason = this.problem();
    if (reason) throw new DatabaseUnavailableError(reason);
  }

  /**
   * To be called before anything is read.
   * @throws DatabaseUnavailableError where the file was not in place a moment ago
   */
  requireInPlaceToRead(): void {
    if (this.#lastReason === null && performance.now() - this.#lookedAt < lastLookMilliseconds) return;
    this.requireInPlace();
  }
}
