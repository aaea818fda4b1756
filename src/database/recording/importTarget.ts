import type { RunRecording } from "./runRecording.js";

/**
 * Begins a recording of the target. With `compareOnly` it writes nothing, and counts what it would have added.
 */
export type StartRecording = (options: { compareOnly: boolean }) => Promise<RunRecording>;

/** Where an import records its runs. */
export interface ImportTarget {
  /** Number of dimensions of each embedding model, by name. */
  dimensions(): Promise<Map<string, number>>;
  /** Whether recorded runs are compared by reading before anything is written, and not while it is written. */
  comparesFirst: boolean;
  /** Which of the given runs are recorded. */
  storedRuns(runIds: string[]): Promise<Set<string>>;
  /**
   * Lengths, in bytes, of the recorded images of the given invocations, by the invocation's id; null for an image
   * whose bytes must be given again, even if it is of the same length.
   */
  storedImageLengths(invocationIds: string[]): Promise<Map<string, number | null>>;
  /** Runs `compare` on one snapshot of the database. */
  read<T>(compare: (start: StartRecording) => Promise<T>): Promise<T>;
  /**
   * Runs `record` in a transaction, and again from its start if the transaction was lost.
   * @param record receives a function that runs a part of the work: its changes are undone if the part
   *   throws, and otherwise stay
   */
  write<T>(
    record: (start: StartRecording, part: <Part>(work: () => Promise<Part>) => Promise<Part>) => Promise<T>,
  ): Promise<T>;
  /** Pause between two transactions, in milliseconds, in which others can write. */
  pauseMilliseconds: number;
}
