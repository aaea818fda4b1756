import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { builtModule } from "../../builtModule.js";
import { embeddingDigest } from "../embeddingDigest.js";

/** Below so many bytes a thread costs more than it spares. */
const fewBytes = 8 * 2 ** 20;

/** What a digest's thread is given. All of it is shared memory. */
export interface DigestTask {
  ids: Uint8Array;
  vectors: Uint8Array;
  bytesPerVector: number;
  /**
   * How many rows are at their places (`readyRows`), how many there will have been (`lastRow`; −1 while unknown), and
   * how often either was told (`changes`).
   */
  state: Int32Array;
}

export const readyRows = 0;
export const lastRow = 1;
export const changes = 2;

/** The digest of embeddings, computed while they still come to their places. */
export interface RunningDigest {
  /** So many rows, from the first on, will not be changed any more. */
  advance(rows: number): void;
  /** In hex, of so many rows. */
  digest(rows: number): Promise<string>;
  /** Nobody wants it any more. */
  abandon(): void;
}

/** @param ids and vectors in shared memory that is large enough for all that come */
export function runningDigest(ids: Uint8Array, vectors: Uint8Array, bytesPerVector: number): RunningDigest {
  if (vectors.byteLength < fewBytes) {
    const digest = embeddingDigest(ids, vectors, bytesPerVector);
    return {
      advance: digest.update,
      async digest(rows) {
        digest.update(rows);
        return digest.digest();
      },
      abandon() {},
    };
  }
  const state = new Int32Array(new SharedArrayBuffer(12));
  state[lastRow] = -1;
  const workerData: DigestTask = { ids, vectors, bytesPerVector, state };
  // Of Node's options none: with those of a program on the command line (--input-type) no thread would start.
  const thread = new Worker(builtModule(import.meta.url, "./digestThread.js"), { workerData, execArgv: [] });
  const ended = once(thread, "message");
  ended.catch(() => {}); // told by digest()
  const advance = (rows: number) => {
    Atomics.store(state, readyRows, rows);
    Atomics.add(state, changes, 1);
    Atomics.notify(state, changes);
  };
  return {
    advance,
    async digest(rows) {
      Atomics.store(state, lastRow, rows);
      advance(rows);
      const [digest] = await ended;
      return digest;
    },
    abandon() {
      void thread.terminate();
    },
  };
}
