import { statSync } from "node:fs";
import { DatabaseUnavailableError } from "../errors/databaseUnavailable.js";

const deleted =
  "The database's file is no longer at its path. Nothing is read or written until it is back there.";
const replaced =
  "Another file has taken the place of the database's. Nothing is read or written until the first one is back, or the process is started again.";
const emptied =
  "The database's file was emptied. Nothing is read or written: restore it, and start the process again.";

/** A look at the file costs some microseconds, so what only reads may take the last one for as long as this. */
const lastLookMilliseconds = 50;

export interface DatabaseFileOptions {
  /** Which file it is, where another thread has opened it before. Default: the one that is at the path now. */
  identity?: string;
  /** Told once when the file is no longer in place, and with null once it is back. */
  onChange?: (reason: string | null) => void;
}

/**
 * The file that a database was opened as. SQLite goes on with a file that was deleted or replaced, as long as it is
 * open: what is written then is lost with the process, and a connection that is opened later meets another file, or
 * creates an empty one.
 */
export class DatabaseFile {
  /** Device and inode. */
  readonly identity: string;
  readonly #onChange: (reason: string | null) => void;
  #lastReason: string | null = null;
  #lookedAt = 0;

  constructor(
    readonly path: string,
    { identity, onChange = () => {} }: DatabaseFileOptions = {},
  ) {
    this.#onChange = onChange;
    this.identity = identity ?? (stateOf(path)?.identity as string);
  }

  /** Why the file cannot be used; null where it is in place. */
  problem(): string | null {
    // What was open when it was emptied knows pages of it that a restored file need not have.
    if (this.#lastReason === emptied) return emptied;
    const state = stateOf(this.path);
    const reason = !state
      ? deleted
      : state.identity !== this.identity
        ? replaced
        : state.isEmpty
          ? emptied
          : null;
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

function stateOf(path: string): { identity: string; isEmpty: boolean } | undefined {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats && { identity: `${stats.dev}:${stats.ino}`, isEmpty: stats.size === 0n };
}
