import { type EmbeddedBefore, noneEmbedded } from "./embeddedBefore.js";
import { EmbeddingRecorder } from "./embeddingRecorder.js";
import type { ImportedFile } from "./importedFile.js";
import { InvocationRecorder } from "./invocationRecorder.js";
import type { PlacedInvocation, PlacedRun } from "./placedRecords.js";
import type { RecordingStore } from "./recordingStore.js";
import type { RecordedCounts } from "./runRecord.js";
import { RunRecorder } from "./runRecorder.js";

/** Numbers of rows that a recording has added. */
export interface Added extends RecordedCounts {
  imageCount: number;
  embeddingCountByModel: Map<string, number>;
  /** Number of stored runs of another origin that became known as shared. */
  sharedRunCount: number;
  /** What was stored of invocations that a file has without embeddings; null of what comes through the API. */
  embeddedBefore: EmbeddedBefore | null;
}

/**
 * Records runs piece by piece within a transaction of the caller, which must roll back if a method throws.
 * Each statement that reads serves a whole piece.
 */
export interface RunRecording {
  /** @throws RecordConflictError */
  recordRuns(runs: PlacedRun[]): Promise<void>;
  /**
   * @param invocations of runs that were recorded before; those of one run are ordered by sequence number
   * @throws RecordConflictError
   */
  recordInvocations(invocations: PlacedInvocation[]): Promise<void>;
  /** Updates the models' numbers of embeddings. Nothing may be recorded afterwards. */
  finish(): Promise<Added>;
}

/**
 * Begins a recording. With `compareOnly` it writes nothing, and counts what it would have added.
 *
 * @param importedFile the file that the runs come from; null if they come through the API
 */
export async function startRecording(
  store: RecordingStore,
  { compareOnly = false, importedFile }: { compareOnly?: boolean; importedFile: ImportedFile | null },
): Promise<RunRecording> {
  const runs = new RunRecorder(store, compareOnly, importedFile);
  const invocations = new InvocationRecorder(store, compareOnly, (id) => runs.isNew(id));
  const embeddings = await EmbeddingRecorder.start(store, compareOnly, (id) => invocations.isNew(id));
  const embeddedBefore = importedFile === null ? null : noneEmbedded();
  return {
    recordRuns: (piece) => runs.record(piece),
    recordInvocations: async (piece) => {
      await invocations.record(piece);
      await embeddings.record(piece);
      if (embeddedBefore) await embeddings.addStored(piece, embeddedBefore);
    },
    finish: async () => {
      await embeddings.finish();
      const counts = [...embeddings.addedByModel.values()];
      return {
        runCount: runs.added,
        invocationCount: invocations.added,
        imageCount: invocations.addedImages,
        embeddingCount: counts.reduce((sum, count) => sum + count, 0),
        embeddingCountByModel: embeddings.addedByModel,
        sharedRunCount: runs.shared,
        embeddedBefore,
      };
    },
  };
}
