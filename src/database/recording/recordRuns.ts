import type { TaskReporter } from "../threads/taskReporter.js";
import type { RecordingStore } from "./recordingStore.js";
import type { RecordedCounts, RunRecord } from "./runRecord.js";
import { type PlacedInvocation, startRecording } from "./runRecording.js";

/** How many runs, invocations and bytes of content are compared and inserted at a time. */
const runsPerPiece = 1000;
const invocationsPerPiece = 1000;
const bytesPerPiece = 16 * 2 ** 20;

/**
 * Records whole runs within a transaction, which must be rolled back where it throws. What exists already must be
 * equal; what is new in it is appended. The reporter is asked between the pieces whether to go on.
 * @returns how much was new
 * @throws RecordConflictError which names what is not equal, or is given twice; TaskStoppedError
 */
export async function recordRuns(
  store: RecordingStore,
  runs: RunRecord[],
  reporter: TaskReporter,
): Promise<RecordedCounts> {
  const recording = await startRecording(store);
  for (let first = 0; first < runs.length; first += runsPerPiece) {
    reporter.heedStop();
    await recording.recordRuns(
      runs
        .slice(first, first + runsPerPiece)
        .map((run, index) => ({ path: [String(first + index)], record: run })),
    );
  }
  for (const piece of invocationPieces(runs)) {
    reporter.heedStop();
    await recording.recordInvocations(piece);
  }
  const { runCount, invocationCount, embeddingCount } = await recording.finish();
  return { runCount, invocationCount, embeddingCount };
}
/** The invocations of all runs, in order, in pieces: a statement serves a piece, whichever runs are in it. */
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
