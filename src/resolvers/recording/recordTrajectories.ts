import type { App } from "../../app.js";
import { RecordConflictError } from "../../database/errors/bulkErrors.js";
import type { RecordedCounts } from "../../database/recording/runRecord.js";
import { InvalidInputError } from "../errors.js";
import { type ReadRuns, type RecordTrajectoriesInput, readRunInputs } from "./runInput.js";

export interface RecordedTrajectories extends RecordedCounts {
  /** Bare UUIDs of the runs that were given, in their order. */
  runIds: string[];
}

/**
 * Records runs with their invocations, images and embeddings, all or nothing. What exists already must be
 * equal; what is new in it is appended. Recording the same again changes nothing.
 * @param signal once it aborts nothing is recorded, unless all was already
 * @returns how much was new, or what is wrong with the input; then nothing was written.
 */
export async function recordTrajectories(
  app: Pick<App, "database">,
  input: RecordTrajectoriesInput,
  signal?: AbortSignal,
): Promise<RecordedTrajectories | InvalidInputError> {
  const read = readRunInputs(input);
  if ("issues" in read) return new InvalidInputError(read.issues);
  try {
    const counts = await app.database.bulk.recordRuns(read.records, { signal });
    const { runCount, invocationCount, embeddingCount } = counts;
    return { runIds: read.records.map(({ id }) => id), runCount, invocationCount, embeddingCount };
  } catch (error) {
    if (!(error instanceof RecordConflictError)) throw error;
    const { path, message, value } = error;
    return new InvalidInputError([{ path: inputPath(path, read), message, value }]);
  }
}

/** A path within the records as a path within the input, where invocations may stand in another order. */
function inputPath([run, ...rest]: string[], { invocationIndices }: ReadRuns): string[] {
  if (rest[0] === "invocations") rest[1] = String(invocationIndices[Number(run)][Number(rest[1])]);
  return ["input", "runs", run, ...rest];
}
