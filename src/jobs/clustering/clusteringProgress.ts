import type { Stage } from "../../clustering/index.js";
import type { BulkStore } from "../../database/bulkStore.js";

/** The engine's part of a clustering's progress; loading comes before it, storing after. */
const engineStart = 0.05;
const engineEnd = 0.95;
const writeEveryMilliseconds = 250;
/** What is under way when the attempt ends is waited for no longer: no result depends on it. */
const lastWriteMilliseconds = 1_000;

type RunningStage = Stage | "LOADING" | "STORING";

/** How far one attempt has come, from what its parts report. */
export interface ProgressWriter {
  loading(progress: number): void;
  engine(stage: Stage, progress: number): void;
  storing(progress: number): void;
  /** After it, nothing is written any more but what the database has long been told to. */
  stop(): Promise<void>;
}

/** Writes progress to the row, a few times a second, as long as the attempt is the one that runs. */
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
      // A failed write is no failure of the clustering: the next one, or the end, says more.
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
