import type { AttemptProgress, BulkStore } from "../../database/bulkStore.js";

/**
 * The range of an attempt's progress that belongs to the engine; loading comes before it, storing after it.
 */
const engineStart = 0.05;
const engineEnd = 0.95;
const writeEveryMilliseconds = 250;
/** Maximum time for which the end of an attempt waits for a write in progress, on which no result depends. */
const lastWriteMilliseconds = 1_000;

/** Combines the progress of an attempt's parts into the progress of the attempt. */
export interface ProgressWriter {
  loading(progress: number): void;
  engine(stage: string, progress: number): void;
  storing(progress: number): void;
  /** Ends the writing. A write in progress is waited for briefly; no other follows. */
  stop(): Promise<void>;
}

/**
 * Writes progress to the row of the subject, a few times per second, for as long as this attempt is the running one.
 * @param hasStages whether the row names the stage too
 */
export function createProgressWriter(
  bulk: Pick<BulkStore, "writeProgress">,
  { table, id, attempt }: Pick<AttemptProgress, "table" | "id" | "attempt">,
  hasStages: boolean,
  onWritten: () => void,
): ProgressWriter {
  let latest = { stage: "LOADING", progress: 0 };
  let written = latest;
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> | undefined;
  let stopped = false;
  const ending = new AbortController();

  async function write(): Promise<void> {
    written = latest;
    const { progress, stage } = written;
    const row = { table, id, attempt, progress, stage: hasStages ? stage : null };
    await bulk.writeProgress(row, { signal: ending.signal });
    onWritten();
  }

  function schedule(): void {
    if (stopped || timer) return;
    timer = setTimeout(() => {
      timer = undefined;
      // A failed write does not fail the attempt: the next write, or the end of the attempt, replaces it.
      writing = write()
        .catch(() => {})
        .finally(() => {
          writing = undefined;
          if (latest !== written) schedule();
        });
    }, writeEveryMilliseconds);
  }

  function advance(stage: string, progress: number): void {
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
