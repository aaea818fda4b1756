import type { Awaitable } from "../database/awaitable.js";
import type { RecordedInvocation } from "../database/recording/placedRecords.js";
import type { RunRecord } from "../database/recording/runRecord.js";
import type { TaskReporter } from "../database/threads/taskReporter.js";
import type { Difference } from "./conflictReason.js";
import type { ImportCounts } from "./importReport.js";
import type { SkippedTally } from "./skippedTally.js";

/**
 * A file that cannot be imported in the format that it seems to have; the message is one line that gives the
 * reason.
 */
export class RunFileError extends Error {
  override readonly name = "RunFileError";
}

/** Runs from elsewhere, in one format and in any number: read run by run, and each run piece by piece. */
export interface RunSource {
  /** Share of the survey in the duration of an import, if it reads everything. */
  surveyShare?: number;
  /**
   * Collects the facts about the whole source that are needed before its runs are read.
   *
   * @param skipped receives the rows that belong to no run
   * @returns number of invocations and embeddings in the source
   * @throws RunFileError
   */
  survey(skipped: SkippedTally, reporter: Pick<TaskReporter, "report">): Awaitable<number>;
  /**
   * @param dimensions number of dimensions, by name, of the embedding models that are recorded already:
   *   vectors of these models must have the same number
   */
  useDimensions(dimensions: Map<string, number>): Awaitable<void>;
  /**
   * The usable runs, one at a time, in the same order each time; the others are counted as skipped.
   *
   * @returns a function that counts everything else that is skipped; it is called after the last run
   */
  runs(): Generator<SourceRun, () => SkippedTally> | AsyncGenerator<SourceRun, () => SkippedTally>;
  /** Why the last reading of `runs` has ended before the end of the source; absent if it has not. */
  unreadable?(): RunFileError | undefined;
  /**
   * @throws RunFileError if the source was written to since it was opened, because the data read may then be
   *   inconsistent
   */
  refuseChanges(): void;
  close(): Awaitable<void>;
}

/** A run whose own row is usable. */
export interface SourceRun {
  record: Omit<RunRecord, "invocations">;
  /** The id under which an earlier import may have recorded it; `use` gives the run this id. */
  former?: { id: string; use(): void };
  /** Whether it has so few invocations that several such runs are recorded together. Default: false. */
  isSmall?: boolean;
  /** The unusable runs between the previous usable one and this one. */
  leftOutBefore: SkippedTally;
  /**
   * Makes the run readable from its start, even if it has been read before.
   *
   * @throws RunRefusedError if another run with the same id has been taken
   */
  restart(): void;
  /** Called as soon as the run cannot be recorded: another run, or its rows, may then take the ids. */
  release?(): void;
  /** Reads the invocations, piece by piece, in the order of their sequence numbers. */
  pieces(): Generator<RunPiece>;
  /** Counts of the usable rows among those read since the restart. */
  read: ImportCounts;
  /** Counts of the unusable rows among those read since the restart. */
  skipped: SkippedTally;
  /** Number of invocations and embeddings read since the restart. */
  rows: number;
  /**
   * Counts the run and everything that belongs to it as skipped.
   *
   * @param difference from what is recorded, if this is the reason
   * @returns number of its invocations and embeddings
   */
  leaveOut(skipped: SkippedTally, reason: string, difference?: Difference): number;
}

/** Consecutive invocations of a run. */
export interface RunPiece {
  /** The ids of those that have an image. */
  invocationsWithImage: string[];
  /**
   * Reads their images and embeddings.
   *
   * @param storedImageLengths lengths in bytes of the recorded images of these ids: an image of the same
   *   length is assumed to be the same, so that recognising a recorded run does not require reading most of
   *   the file; null for an image that must be read again
   */
  complete(storedImageLengths: Map<string, number | null>): RecordedInvocation[];
}
