import type { App } from "../../app.js";
import { RecordConflictError } from "../../database/errors/bulkErrors.js";
import type { RecordedCounts } from "../../database/recording/runRecord.js";
import { InvalidInputError } from "../errors.js";
import { type ReadRuns, type RecordTrajectoriesInput, readRunInputs } from "./runInput.js";

export interface RecordedTrajectories extends RecordedCounts {
  /** Bare UUIDs of the given runs, in their order. */
  runIds: string[];
}

/**
 * Records runs with their invocations, images and embeddings, all or none. What is already stored must be
 * equal; additions to stored runs are appended. Recording the same input again changes nothing.
 * @param signal once it aborts, nothing is recorded, unless the recording is already complete
 * @returns the numbers of new rows, or an error, with nothing written
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

/**
 * Converts a path within the records into a path within the input, whose invocations may be in another order.
 */
function inputPath([run, ...rest]: string[], { invocationIndices }: ReadRuns): string[] {
  if (rest[0] === "invocations") rest[1] = String(invocationIndices[Number(run)][Number(rest[1])]);
  return ["input", "runs", run, ...rest];
}
