import { createHash } from "node:crypto";
import { fstatSync, openSync, readSync, realpathSync } from "node:fs";
import Libsql from "libsql";
import { fileIdentity, identityAt } from "./fileIdentity.js";

/** What threads of one process share of a file that SQLite has open. */
export interface FileContentsHandle {
  /** Descriptors of the database's file, and of its index of the write-ahead log (`-shm`). */
  database: number;
  walIndex: number;
  lastSeen: Contents | null;
  /** Which database it is; 0 until the file says so. */
  applicationId: number;
  /** The files beside it, while they are in use. */
  companions: Companion[];
  /** A FileDamage, once any thread has found it. */
  damage: Int32Array;
}

/** The write-ahead log, or its index. */
interface Companion {
  /** Beside the real file, where the path is a symbolic link. */
  path: string;
  /** A `fileIdentity`. */
  identity: string;
}

/** What was done to a file behind SQLite's back; once done, it cannot be undone. */
export const FileDamage = { none: 0, overwritten: 1, companionLost: 2 } as const;

interface Contents {
  checkpoint: string;
  changedAt: bigint;
  /** The size, and the header with the numbers of changes and of pages. */
  header: string;
  /** A digest of blocks all over the file: of a small file, of all. */
  sample: string;
}

const headerBytes = 100;
const blockBytes = 4096;
const mostBlocks = 64;

/**
 * Finds out whether something that is not SQLite has written to a database's file in place, as `cp backup.db medoid.db`
 * does: the write-ahead log, and the pages that connections hold in memory, then belong to another database.
 *
 * While a database in WAL mode is open, only checkpoints write to its file, in whichever process. Each announces itself
 * in the log's index before it writes (nBackfillAttempted) and says so when it is done (nBackfill), and no two leave
 * the index alike. So where no checkpoint runs and the index is as it was, the file must be as it was too.
 */
export class FileContents {
  readonly #database: number;
  readonly #walIndex: number;
  readonly #companions: Companion[];
  readonly #damage: Int32Array;
  #lastSeen: Contents | null;
  #applicationId: number;

  /** @param handle of `handle()`, in a thread beside the one that has opened the file */
  constructor({ database, walIndex, lastSeen, applicationId, companions, damage }: FileContentsHandle) {
    this.#database = database;
    this.#walIndex = walIndex;
    this.#lastSeen = lastSeen;
    this.#applicationId = applicationId;
    this.#companions = companions;
    this.#damage = damage;
  }

  /** @param path of a file in WAL mode that this process reads from, and goes on to hold open */
  static open(path: string): FileContents {
    // What is left in a log from before counts as a checkpoint that was begun.
    const connection = new Libsql(path);
    connection.prepare("PRAGMA wal_checkpoint(PASSIVE)").all([]);
    connection.close();
    const file = realpathSync(path);
    return new FileContents({
      database: keptDescriptor(file),
      walIndex: keptDescriptor(`${file}-shm`),
      lastSeen: null,
      applicationId: 0,
      companions: [`${file}-wal`, `${file}-shm`].flatMap((companion) => {
        const identity = identityAt(companion);
        return identity === null ? [] : [{ path: companion, identity }];
      }),
      damage: new Int32Array(new SharedArrayBuffer(4)),
    });
  }

  /** To be given to a thread. */
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
   * Whether the log or its index was removed or replaced. SQLite removes them when the last connection is closed, of
   * which this process holds one: so nothing else may.
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
    // A checkpoint never changes which database it is.
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
 * Which checkpoint was the last; null while one runs, or where one was given up and is still to be done again. The
 * places are those of SQLite's WalIndexHdr.aSalt, and WalCkptInfo.nBackfill and .nBackfillAttempted.
 */
function lastCheckpoint(walIndex: number): string | null {
  const index = read(walIndex, 136, 0);
  if (index.length < 136) return null;
  const salts = index.toString("hex", 32, 40);
  const done = index.readUInt32LE(96);
  return done === index.readUInt32LE(128) ? `${salts} ${done}` : null;
}

/** Blocks whose places stay the same for as long as the file grows by less than double, so that they stay in memory. */
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

/** By `fileIdentity`. */
const keptDescriptors = new Map<string, number>();

/**
 * A descriptor that stays open until the process ends: to close one would drop every lock that SQLite has on the file
 * in this process, whichever descriptor it took them by, as POSIX has it.
 */
function keptDescriptor(path: string): number {
  const kept = keptDescriptors.get(identityAt(path) ?? "");
  if (kept !== undefined) return kept;
  const descriptor = openSync(path, "r");
  keptDescriptors.set(fileIdentity(fstatSync(descriptor, { bigint: true })), descriptor);
  return descriptor;
}
