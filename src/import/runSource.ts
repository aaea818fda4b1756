import type { RunRecord } from "../database/recording/runRecord.js";
import type { RecordedInvocation } from "../database/recording/runRecording.js";
import type { TaskReporter } from "../database/threads/taskReporter.js";
import type { ImportCounts } from "./importReport.js";
import type { SkippedTally } from "./skippedTally.js";

/** A file that cannot be imported as what it seems to be: the message is one line that says why. */
export class RunFileError extends Error {
  override readonly name = "RunFileError";
}

/** Runs from elsewhere, in one format, of any size: read one by one, and each piece by piece. */
export interface RunSource {
  /**
   * Finds out what must be known of the whole before its runs are read.
   * @param skipped takes what belongs to no run
   * @returns how many invocations and embeddings there are
   * @throws RunFileError
   */
  survey(skipped: SkippedTally, reporter: Pick<TaskReporter, "report">): number;
  /** @param dimensions of the embedding models that are recorded already, by name: vectors of these have as many */
  useDimensions(dimensions: Map<string, number>): void;
  /**
   * The usable runs, one at a time, in an order that is the same each time; the others are tallied.
   * @returns what was left out after the last of them
   */
  runs(): Generator<SourceRun, SkippedTally>;
  /** @throws RunFileError where somebody wrote to the source since it was opened: what was read may be mixed. */
  refuseChanges(): void;
  close(): void;
}

/** A run whose own data is usable. */
export interface SourceRun {
  record: Omit<RunRecord, "invocations">;
  /** The runs before it, since the last usable one. */
  leftOutBefore: SkippedTally;
  /** Makes the run ready to be read, from its start, though it may have been read before. */
  restart(): void;
  /** Reads the invocations by sequence number, piece by piece. */
  pieces(): Generator<RunPiece>;
  /** Of what was read since the restart: what is usable, … */
  read: ImportCounts;
  /** … what is not, … */
  skipped: SkippedTally;
  /** … and how many invocations and embeddings that was. */
  rows: number;
  /** Tallies the run, with all that belongs to it, as left out. @returns how many invocations and embeddings that was */
  leaveOut(skipped: SkippedTally, reason: string): number;
}

/** Some invocations of a run that follow each other. */
export interface RunPiece {
  /** Their ids, where they have an image. */
  invocationsWithImage: string[];
  /**
   * Reads their images and embeddings.
   * @param storedImageLengths the lengths of the images that are recorded for these ids: an image of the
   *   same length is taken for the same, so that recognising a run need not read most of the file
   */
  complete(storedImageLengths: Map<string, number>): RecordedInvocation[];
}
