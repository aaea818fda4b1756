import type { TaskReporter } from "../threads/taskReporter.js";
import type { ImportedFile } from "./importedFile.js";
import type { PlacedInvocation } from "./placedRecords.js";
import type { RecordingStore } from "./recordingStore.js";
import type { RunRecord } from "./runRecord.js";
import { type Added, startRecording } from "./runRecording.js";

export interface RunsToRecord {
  runs: RunRecord[];
  /** The file that they come from; null if they come through the API. */
  importedFile: ImportedFile | null;
}

/**
 * Maximum number of runs, of invocations and of bytes of content that are compared and inserted at a time.
 */
const runsPerPiece = 1000;
const invocationsPerPiece = 1000;
const bytesPerPiece = 16 * 2 ** 20;

/**
 * Records whole runs within a transaction, which must be rolled back if this throws. What is already stored
 * must be equal; additions to stored runs are appended. Between the pieces, the reporter is checked for a
 * request to stop.
 * @returns the numbers of new rows
 * @throws RecordConflictError that names what is not equal or is given twice; TaskStoppedError
 */
export async function recordRuns(
  store: RecordingStore,
  { runs, importedFile }: RunsToRecord,
  reporter: TaskReporter,
): Promise<Added> {
  const recording = await startRecording(store, { importedFile });
  for (let first = 0; first < runs.length; first += runsPerPiece) {
    reporter.throwIfStopped();
    await recording.recordRuns(
      runs
        .slice(first, first + runsPerPiece)
        .map((run, index) => ({ path: [String(first + index)], record: run })),
    );
  }
  for (const piece of invocationPieces(runs)) {
    reporter.throwIfStopped();
    await recording.recordInvocations(piece);
  }
  return recording.finish();
}

/**
 * The invocations of all runs, in order, divided into pieces: one statement reads or writes a piece, which
 * may span runs.
 */
function* invocationPieces(runs: RunRecord[]): Generator<PlacedInvocation[]> {
  let piece: PlacedInvocation[] = [];
  let bytes = 0;
  for (const [runIndex, run] of runs.entries()) {
    for (const [index, record] of run.invocations.entries()) {
      piece.push({ path: [String(runIndex), "invocations", String(index)], runId: run.id, record });
      bytes += record.outputImage?.bytes.length ?? 0;
      for (const { vector } of record.embeddings) bytes += vector.byteLength;
      if (piece.length >= invocationsPerPiece || bytes >= bytesPerPiece) {
        yield piece;
        piece = [];
        bytes = 0;
      }
    }
  }
  if (piece.length > 0) yield piece;
}
