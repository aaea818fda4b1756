import type { RecordingStore } from "./recordingStore.js";

/** Where an import puts its runs. */
export interface ImportTarget {
  /** Of each embedding model, by name. */
  dimensions(): Promise<Map<string, number>>;
  isStored(runId: string): Promise<boolean>;
  /** Lengths, in bytes, of the images that these invocations have. */
  storedImageLengths(invocationIds: string[]): Promise<Map<string, number>>;
  /** Runs `compare` on one state of the database. */
  read<T>(compare: (store: RecordingStore) => Promise<T>): Promise<T>;
  /**
   * Runs `record` in a transaction: again from its start where that was lost.
   * @param record is given what keeps the changes of `part`, or undoes them where it throws
   */
  write<T>(
    record: (store: RecordingStore, part: <Part>(work: () => Promise<Part>) => Promise<Part>) => Promise<T>,
  ): Promise<T>;
  /** Between two transactions: how long others need to write. */
  pauseMilliseconds: number;
}
