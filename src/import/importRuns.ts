import { setImmediate, setTimeout } from "node:timers/promises";
import { RecordConflictError } from "../database/errors/bulkErrors.js";
import type { ImportTarget } from "../database/recording/importTarget.js";
import type { RecordingStore } from "../database/recording/recordingStore.js";
import { type Added, startRecording } from "../database/recording/runRecording.js";
import type { TaskReporter } from "../database/threads/taskReporter.js";
import type { ImportCounts, ImportReport } from "./importReport.js";
import type { RunSource, SourceRun } from "./runSource.js";
import { SkippedTally } from "./skippedTally.js";

/** Milliseconds after which a write transaction takes up no further run. */
const transactionMilliseconds = 100;

/**
 * Share of the survey in the duration of an import. It was measured, and is small because the survey reads no
 * vectors and no images.
 */
const surveyShare = 0.1;

/**
 * Records the runs of a source one by one, several in one short transaction, and each of them completely or
 * not at all. Runs that are recorded already are recognised by reading only, without reading their images.
 * Closes the source.
 *
 * @throws RunFileError, TaskStoppedError: the runs recorded before stay recorded
 */
export async function importRuns(
  target: ImportTarget,
  source: RunSource,
  reporter: TaskReporter,
): Promise<ImportReport> {
  try {
    const skipped = new SkippedTally();
    const allRows = source.survey(skipped, {
      report: (progress) => reporter.report((progress as number) * surveyShare),
    });
    source.useDimensions(await target.dimensions());

    const taken = noCounts();
    const alreadyThere = noCounts();
    let rows = 0;
    const report = () =>
      reporter.report(surveyShare + (1 - surveyShare) * Math.min(1, rows / Math.max(1, allRows)));

    /** Reads one run and records it; with `compareOnly` it only finds out what it would add. */
    const take = async (store: RecordingStore, run: SourceRun, compareOnly: boolean): Promise<Added> => {
      run.restart();
      const recording = await startRecording(store, { compareOnly });
      await recording.recordRuns([{ path: [], record: run.record }]);
      for (const piece of run.pieces()) {
        report();
        const lengths =
          piece.invocationsWithImage.length > 0
            ? await target.storedImageLengths(piece.invocationsWithImage)
            : new Map<string, number>();
        await recording.recordInvocations(
          piece.complete(lengths).map((record) => ({ path: ["invocations"], runId: run.record.id, record })),
        );
      }
      return recording.finish();
    };
    const count = (run: SourceRun, added: Added) => {
      addTo(taken, {
        runs: added.runCount,
        invocations: added.invocationCount,
        images: added.imageCount,
        embeddings: Object.fromEntries(added.embeddingCountByModel),
      });
      addTo(alreadyThere, {
        runs: 1 - added.runCount,
        invocations: run.read.invocations - added.invocationCount,
        images: run.read.images - added.imageCount,
        embeddings: Object.fromEntries(
          Object.entries(run.read.embeddings).map(([model, all]) => [
            model,
            all - (added.embeddingCountByModel.get(model) ?? 0),
          ]),
        ),
      });
      skipped.addAll(run.skipped);
      rows += run.rows;
    };
    const settle = (run: SourceRun, outcome: Added | RecordConflictError) => {
      skipped.addAll(run.leftOutBefore);
      if (!(outcome instanceof RecordConflictError)) count(run, outcome);
      else rows += run.leaveOut(skipped, `it differs from the recorded run: ${outcome.path.at(-1)}`);
    };

    const runs = source.runs();
    let next = runs.next();
    while (!next.done) {
      // libsql releases a statement's memory only when the thread returns to its event loop.
      await setImmediate();
      source.refuseChanges();
      report();
      const first = next.value;
      if (await target.isStored(first.record.id)) {
        const outcome = await target.read((store) => orConflict(take(store, first, true)));
        const isComplete =
          outcome instanceof RecordConflictError || outcome.invocationCount + outcome.embeddingCount === 0;
        if (isComplete) {
          settle(first, outcome);
          next = runs.next();
          continue;
        }
      }
      /** The runs of the transaction; a transaction that is retried records the same runs. */
      const batch = [first];
      const outcomes = await target.write(async (store, part) => {
        const until = Date.now() + transactionMilliseconds;
        const outcomes: (Added | RecordConflictError)[] = [];
        for (let at = 0; at < batch.length; at++) {
          outcomes.push(await orConflict(part(() => take(store, batch[at], false))));
          if (at < batch.length - 1 || Date.now() >= until) continue;
          if (next.value === batch[at]) next = runs.next();
          if (!next.done && !(await target.isStored(next.value.record.id))) batch.push(next.value);
        }
        source.refuseChanges();
        return outcomes;
      });
      for (const [at, run] of batch.entries()) settle(run, outcomes[at]);
      if (next.value === batch.at(-1)) next = runs.next();
      await setTimeout(target.pauseMilliseconds);
    }
    skipped.addAll(next.value());
    reporter.report(1);
    return { taken: inOrder(taken), alreadyThere: inOrder(alreadyThere), skipped: skipped.entries() };
  } finally {
    source.close();
  }
}

/** Returns a conflict instead of throwing it: it concerns only its run, and the import continues. */
async function orConflict<T>(taking: Promise<T>): Promise<T | RecordConflictError> {
  try {
    return await taking;
  } catch (error) {
    if (error instanceof RecordConflictError) return error;
    throw error;
  }
}

function noCounts(): ImportCounts {
  return { runs: 0, invocations: 0, images: 0, embeddings: {} };
}

function addTo(sum: ImportCounts, counts: ImportCounts): void {
  sum.runs += counts.runs;
  sum.invocations += counts.invocations;
  sum.images += counts.images;
  for (const [model, count] of Object.entries(counts.embeddings)) {
    sum.embeddings[model] = (sum.embeddings[model] ?? 0) + count;
  }
}

function inOrder(counts: ImportCounts): ImportCounts {
  const embeddings = Object.entries(counts.embeddings)
    .filter(([, count]) => count > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return { ...counts, embeddings: Object.fromEntries(embeddings) };
}
