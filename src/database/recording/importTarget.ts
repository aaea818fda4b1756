import type { ImportedFile } from "./importedFile.js";
import type { RecordingStore } from "./recordingStore.js";

/** The database that an import writes its runs to. */
export interface ImportTarget {
  /** The origin of the runs. */
  readonly importedFile: ImportedFile;
  /** Number of dimensions of each embedding model, by name. */
  dimensions(): Promise<Map<string, number>>;
  /** Which of the given runs are recorded. */
  storedRuns(runIds: string[]): Promise<Set<string>>;
  /** Lengths, in bytes, of the images of the given invocations, by the invocation's id. */
  storedImageLengths(invocationIds: string[]): Promise<Map<string, number>>;
  /** Runs `compare` on one snapshot of the database. */
  read<T>(compare: (store: RecordingStore) => Promise<T>): Promise<T>;
  /**
   * Runs `record` in a transaction, and again from its start if the transaction was lost.
   * @param record receives a function that runs a part of the work: its changes are undone if the part
   *   throws, and otherwise stay
   */
  write<T>(
    record: (store: RecordingStore, part: <Part>(work: () => Promise<Part>) => Promise<Part>) => Promise<T>,
  ): Promise<T>;
  /** Pause between two transactions, in milliseconds, in which others can write. */
  pauseMilliseconds: number;
}
