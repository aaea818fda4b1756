import { createHash } from "node:crypto";
import { fstatSync, openSync, readSync } from "node:fs";
import Libsql from "libsql";
import { fileIdentity, identityAt } from "./fileIdentity.js";

/** The state that threads of one process share about a file that SQLite has open. */
export interface FileContentsHandle {
  /** Descriptors of the database's file and of the index of its write-ahead log (`-shm`). */
  database: number;
  walIndex: number;
  lastSeen: Contents | null;
  /** The application id in the file's header, which identifies the database; 0 until the header has one. */
  applicationId: number;
  /** The write-ahead log and its index, while they are in use. */
  companions: Companion[];
  /** One element: a FileDamage, once any thread has found one. */
  damage: Int32Array;
}

/** The write-ahead log or its index. */
interface Companion {
  /** The path beside the real file, also if the database's path is a symbolic link. */
  path: string;
  /** The file's `fileIdentity`. */
  identity: string;
}

/** Damage that other programs did to a file without SQLite's knowledge. It is permanent. */
export const FileDamage = { none: 0, overwritten: 1, companionLost: 2 } as const;

interface Contents {
  checkpoint: string;
  changedAt: bigint;
  /** The file's size, and the header's counters of changes and pages. */
  header: string;
  /** A digest of blocks spread over the file; of a small file, of all blocks. */
  sample: string;
}

const headerBytes = 100;
const blockBytes = 4096;
const mostBlocks = 64;

/**
 * Detects that a program other than SQLite has written to a database's file in place, as `cp backup.db
 * medoid.db` does. The write-ahead log, and the pages that connections have in memory, then belong to another
 * database.
 *
 * While a database in WAL mode is open, only checkpoints write to its file, in whichever process they run.
 * Each announces itself in the log's index before it writes (nBackfillAttempted), records there when it has
 * finished (nBackfill), and leaves the index in a state that no other checkpoint leaves. Therefore, if no
 * checkpoint is running and the index is unchanged, the file must be unchanged too.
 */
export class FileContents {
  readonly #database: number;
  readonly #walIndex: number;
  readonly #companions: Companion[];
  readonly #damage: Int32Array;
  #lastSeen: Contents | null;
  #applicationId: number;

  /** @param handle returned by `handle()`, in a thread other than the one that opened the file */
  constructor({ database, walIndex, lastSeen, applicationId, companions, damage }: FileContentsHandle) {
    this.#database = database;
    this.#walIndex = walIndex;
    this.#lastSeen = lastSeen;
    this.#applicationId = applicationId;
    this.#companions = companions;
    this.#damage = damage;
  }

  /** @param file the path, without symbolic links, of a file in WAL mode that this process reads and keeps open */
  static open(file: string): FileContents {
    // Pages that remain in the log from earlier would look like a checkpoint that has begun.
    const connection = new Libsql(file);
    connection.prepare("PRAGMA wal_checkpoint(PASSIVE)").all([]);
    connection.close();
    return new FileContents({
      database: sharedDescriptor(file),
      walIndex: sharedDescriptor(`${file}-shm`),
      lastSeen: null,
      applicationId: 0,
      companions: [`${file}-wal`, `${file}-shm`].flatMap((companion) => {
        const identity = identityAt(companion);
        return identity === null ? [] : [{ path: companion, identity }];
      }),
      damage: new Int32Array(new SharedArrayBuffer(4)),
    });
  }

  /** The state to pass to another thread. */
  handle(): FileContentsHandle {
    return {
      database: this.#database,
      walIndex: this.#walIndex,
      lastSeen: this.#lastSeen,
      applicationId: this.#applicationId,
      companions: this.#companions,
      damage: this.#damage,
    };
  }

  /** @returns a FileDamage */
  damage(): number {
    if (Atomics.load(this.#damage, 0) === FileDamage.none) {
      if (this.#isCompanionLost()) Atomics.store(this.#damage, 0, FileDamage.companionLost);
      else if (this.#isOverwritten()) Atomics.store(this.#damage, 0, FileDamage.overwritten);
    }
    return Atomics.load(this.#damage, 0);
  }

  /**
   * Whether the log or its index was removed or replaced. SQLite removes them only when the last connection
   * is closed, and this process has one open.
   */
  #isCompanionLost(): boolean {
    return this.#companions.some(({ path, identity }) => identityAt(path) !== identity);
  }

  #isOverwritten(): boolean {
    const last = this.#lastSeen;
    const checkpoint = lastCheckpoint(this.#walIndex);
    const { size, ctimeNs: changedAt } = fstatSync(this.#database, { bigint: true });
    const header = read(this.#database, headerBytes, 0);
    const applicationId = header.length < headerBytes ? 0 : header.readUInt32BE(68);
    // A checkpoint never changes the application id.
    if (this.#applicationId !== 0 && this.#applicationId !== applicationId) return true;
    this.#applicationId = applicationId;
    if (checkpoint === null) return false;
    const isUntouched = last?.checkpoint === checkpoint && last.changedAt === changedAt;
    const seen: Contents = {
      checkpoint,
      changedAt,
      header: `${size} ${header.toString("base64")}`,
      sample: isUntouched ? last.sample : sampleOf(this.#database, Number(size)),
    };
    if (lastCheckpoint(this.#walIndex) !== checkpoint) return false; // one began meanwhile
    this.#lastSeen = seen;
    return last?.checkpoint === checkpoint && (last.header !== seen.header || last.sample !== seen.sample);
  }
}

/**
 * Identifies the last checkpoint; null while one is running, or if one was abandoned and must be repeated.
 * The offsets are those of SQLite's WalIndexHdr.aSalt, WalCkptInfo.nBackfill and
 * WalCkptInfo.nBackfillAttempted.
 */
function lastCheckpoint(walIndex: number): string | null {
  const index = read(walIndex, 136, 0);
  if (index.length < 136) return null;
  const salts = index.toString("hex", 32, 40);
  const done = index.readUInt32LE(96);
  return done === index.readUInt32LE(128) ? `${salts} ${done}` : null;
}

/**
 * The positions of the blocks stay the same until the file's size doubles, so that the blocks stay in the
 * system's cache.
 */
function sampleOf(descriptor: number, size: number): string {
  const blocks = Math.ceil(size / blockBytes);
  let step = 1;
  while (blocks > mostBlocks * step) step *= 2;
  const hash = createHash("md5");
  for (let block = 0; block < blocks; block += step) {
    hash.update(read(descriptor, blockBytes, block * blockBytes));
  }
  return hash.digest("base64");
}

function read(descriptor: number, length: number, position: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  return bytes.subarray(0, readSync(descriptor, bytes, 0, length, position));
}

/** Open descriptors by `fileIdentity`. */
const openDescriptors = new Map<string, number>();

/**
 * A descriptor that stays open until the process ends. By POSIX's rules, closing any descriptor of a file
 * releases every lock that the process has on the file, including SQLite's.
 */
function sharedDescriptor(path: string): number {
  const open = openDescriptors.get(identityAt(path) ?? "");
  if (open !== undefined) return open;
  const descriptor = openSync(path, "r");
  openDescriptors.set(fileIdentity(fstatSync(descriptor, { bigint: true })), descriptor);
  return descriptor;
}
