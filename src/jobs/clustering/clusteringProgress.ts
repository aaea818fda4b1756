import type { Stage } from "../../clustering/index.js";
import type { BulkStore } from "../../database/bulkStore.js";

/**
 * The range of a clustering's progress that belongs to the engine; loading comes before it, storing after it.
 */
const engineStart = 0.05;
const engineEnd = 0.95;
const writeEveryMilliseconds = 250;
/** Maximum time for which the end of an attempt waits for a write in progress, on which no result depends. */
const lastWriteMilliseconds = 1_000;

type RunningStage = Stage | "LOADING" | "STORING";

/** Combines the progress of an attempt's parts into the progress of the attempt. */
export interface ProgressWriter {
  loading(progress: number): void;
  engine(stage: Stage, progress: number): void;
  storing(progress: number): void;
  /** Ends the writing. A write in progress is waited for briefly; no other follows. */
  stop(): Promise<void>;
}

/**
 * Writes progress to the row of the clustering, a few times per second, for as long as this attempt is the
 * running one.
 */
export function createProgressWriter(
  bulk: Pick<BulkStore, "writeProgress">,
  clustering: { id: string; attempt: number },
  onWritten: () => void,
): ProgressWriter {
  let latest: { stage: RunningStage; progress: number } = { stage: "LOADING", progress: 0 };
  let written = latest;
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> | undefined;
  let stopped = false;
  const ending = new AbortController();

  async function write(): Promise<void> {
    written = latest;
    const { id: clusteringResultId, attempt } = clustering;
    await bulk.writeProgress({ clusteringResultId, attempt, ...written }, { signal: ending.signal });
    onWritten();
  }

  function schedule(): void {
    if (stopped || timer) return;
    timer = setTimeout(() => {
      timer = undefined;
      // A failed write does not fail the clustering: the next write, or the end of the attempt, replaces it.
      writing = write()
        .catch(() => {})
        .finally(() => {
          writing = undefined;
          if (latest !== written) schedule();
        });
    }, writeEveryMilliseconds);
  }

  function advance(stage: RunningStage, progress: number): void {
    const value = Math.min(1, Math.max(latest.progress, progress));
    if (stage === latest.stage && value === latest.progress) return;
    latest = { stage, progress: value };
    if (!writing) schedule();
  }

  return {
    loading: (progress) => advance("LOADING", progress * engineStart),
    engine: (stage, progress) => advance(stage, engineStart + progress * (engineEnd - engineStart)),
    storing: (progress) => advance("STORING", engineEnd + progress * (1 - engineEnd)),
    async stop() {
      stopped = true;
      clearTimeout(timer);
      const late = setTimeout(() => ending.abort(), lastWriteMilliseconds);
      await writing;
      clearTimeout(late);
    },
  };
}
