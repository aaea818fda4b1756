import { setImmediate, setTimeout } from "node:timers/promises";
import { RecordConflictError } from "../database/errors/bulkErrors.js";
import type { ImportTarget, StartRecording } from "../database/recording/importTarget.js";
import type { PlacedInvocation } from "../database/recording/placedRecords.js";
import type { Added } from "../database/recording/runRecording.js";
import type { TaskReporter } from "../database/threads/taskReporter.js";
import { conflictReason } from "./conflictReason.js";
import { addTo, noCounts } from "./importCounts.js";
import type { ImportReport } from "./importReport.js";
import { ImportTally } from "./importTally.js";
import { parts } from "./parts.js";
import { RunRefusedError } from "./runRefusedError.js";
import { RunFileError, type RunSource, type SourceRun } from "./runSource.js";
import { SkippedTally } from "./skippedTally.js";

/** Milliseconds after which a write transaction takes up no further run. */
const transactionMilliseconds = 100;

/**
 * Share of the survey in the duration of an import, unless the source says another one. It was measured, and is small
 * because the survey reads no vectors and no images.
 */
const usualSurveyShare = 0.1;

/**
 * Limits of the small runs that are recorded together: more statements at once are not faster, and one
 * conflict makes all of them be recorded one by one.
 */
const smallRunsTogether = 200;

/**
 * Records the runs of a source one by one, or small ones together, several in one short transaction, and each
 * of them completely or not at all. Runs that are recorded already are recognised by reading only, without
 * reading their images. Closes the source.
 *
 * @returns what was recorded: if the source cannot be read further, of the runs before
 * @throws RunFileError if the source cannot be read and nothing of it is recorded; TaskStoppedError: the runs recorded
 *   before stay recorded
 */
export async function importRuns(
  target: ImportTarget,
  source: RunSource,
  reporter: TaskReporter,
): Promise<ImportReport> {
  const { surveyShare = usualSurveyShare } = source;
  try {
    const skipped = new SkippedTally();
    const allRows = await source.survey(skipped, {
      report: (progress) => reporter.report((progress as number) * surveyShare),
    });
    await source.useDimensions(await target.dimensions());

    const tally = new ImportTally();
    let unreadable: RunFileError | undefined;
    let rows = 0;
    const report = () =>
      reporter.report(surveyShare + (1 - surveyShare) * Math.min(1, rows / Math.max(1, allRows)));

    /** Reads runs and records them; with `compareOnly` it only finds out what it would add. */
    const take = async (start: StartRecording, runs: SourceRun[], compareOnly: boolean): Promise<Added> => {
      for (const run of runs) run.restart();
      const recording = await start({ compareOnly });
      await recording.recordRuns(runs.map(({ record }) => ({ path: [], record })));
      const together: PlacedInvocation[] = [];
      for (const run of runs) {
        for (const piece of run.pieces()) {
          report();
          const lengths =
            piece.invocationsWithImage.length > 0
              ? await target.storedImageLengths(piece.invocationsWithImage)
              : new Map<string, number | null>();
          const invocations = piece
            .complete(lengths)
            .map((record) => ({ path: ["invocations"], runId: run.record.id, record }));
          if (run.isSmall) together.push(...invocations);
          else await recording.recordInvocations(invocations);
        }
      }
      if (together.length > 0) await recording.recordInvocations(together);
      return recording.finish();
    };
    const count = (runs: SourceRun[], added: Added) => {
      const read = noCounts();
      for (const run of runs) {
        addTo(read, { ...run.read, runs: 1 });
        skipped.addAll(run.skipped);
        rows += run.rows;
      }
      tally.add(read, added);
    };
    const settle = ({ runs, result }: Outcome) => {
      for (const run of runs) skipped.addAll(run.leftOutBefore);
      if (result instanceof RunFileError) unreadable = result;
      else if (!(result instanceof Error)) count(runs, result);
      else for (const run of runs) rows += leaveOut(run, result);
    };
    const leaveOut = (run: SourceRun, fault: Exclude<RunFault, RunFileError>) => {
      if (!(fault instanceof RecordConflictError)) return run.leaveOut(skipped, fault.message);
      const { reason, difference } = conflictReason(fault);
      return run.leaveOut(skipped, reason, difference);
    };
    /**
     * Takes runs together or, if one of them cannot be recorded, in parts, which become smaller until they are single
     * runs. The last one is the first that cannot be read.
     */
    const takeAll = async (
      runs: SourceRun[],
      takeTogether: (runs: SourceRun[]) => Promise<Added>,
    ): Promise<Outcome[]> => {
      const result = await orFault(takeTogether(runs));
      if (!(result instanceof Error)) return [{ runs, result }];
      if (runs.length === 1) {
        runs[0].release?.();
        return [{ runs, result }];
      }
      const outcomes: Outcome[] = [];
      for (const part of parts(runs)) {
        outcomes.push(...(await takeAll(part, takeTogether)));
        if (isUnreadable(outcomes)) break;
      }
      return outcomes;
    };

    const groups = asRecorded(target, runsTogether(source.runs()));
    let next = await groups.next();
    /** Records the groups until the last one, or until one cannot be read. */
    const takeGroups = async () => {
      while (!next.done && !unreadable) {
        // libsql releases a statement's memory only when the thread returns to its event loop.
        await setImmediate();
        source.refuseChanges();
        report();
        const first = next.value;
        if (await isAnyStored(target, first)) {
          const outcomes = await target.read((start) => takeAll(first, (runs) => take(start, runs, true)));
          const isComplete = outcomes.every(
            ({ result }) =>
              result instanceof Error ||
              result.invocationCount + result.embeddingCount + result.sharedRunCount === 0,
          );
          if (isComplete) {
            for (const outcome of outcomes) settle(outcome);
            next = await groups.next();
            continue;
          }
        }
        /** The groups of the transaction; a transaction that is retried records the same runs. */
        const batch = [first];
        const outcomes = await target.write(async (start, part) => {
          const until = Date.now() + transactionMilliseconds;
          const outcomes: Outcome[] = [];
          for (let at = 0; at < batch.length; at++) {
            outcomes.push(...(await takeAll(batch[at], (runs) => part(() => take(start, runs, false)))));
            if (isUnreadable(outcomes)) break;
            if (at < batch.length - 1 || Date.now() >= until) continue;
            if (next.value === batch[at]) next = await groups.next();
            if (!next.done && !(await isAnyStored(target, next.value))) batch.push(next.value);
          }
          source.refuseChanges();
          return outcomes;
        });
        for (const outcome of outcomes) settle(outcome);
        if (next.value === batch.at(-1)) next = await groups.next();
        await setTimeout(target.pauseMilliseconds);
      }
    };
    try {
      await takeGroups();
    } catch (error) {
      if (!(error instanceof RunFileError)) throw error;
      unreadable = error;
    }
    if (next.done) {
      skipped.addAll(next.value.leftOut());
      unreadable ??= next.value.unreadable ?? source.unreadable?.();
    }
    if (unreadable && tally.isEmpty()) throw unreadable;
    reporter.report(1);
    return {
      ...tally.counts(),
      skipped: skipped.entries(),
      unreadable: unreadable?.message,
    };
  } finally {
    await source.close();
  }
}

/** Why a run cannot be recorded, though the import continues, or why the source cannot be read further. */
type RunFault = RecordConflictError | RunRefusedError | RunFileError;

/** What became of runs that were taken together. */
interface Outcome {
  runs: SourceRun[];
  result: Added | RunFault;
}

interface EndOfRuns {
  /** Counts what is skipped besides what was counted with the runs. */
  leftOut(): SkippedTally;
  /** Why there are no further runs, if the source cannot be read to its end. */
  unreadable?: RunFileError;
}

function isUnreadable(outcomes: Outcome[]): boolean {
  return outcomes.at(-1)?.result instanceof RunFileError;
}

/**
 * Groups small runs that follow each other; every other run is a group of its own. It ends before what cannot be read,
 * instead of throwing, so that the runs before are recorded.
 */
async function* runsTogether(runs: ReturnType<RunSource["runs"]>): AsyncGenerator<SourceRun[], EndOfRuns> {
  let group: SourceRun[] = [];
  const ids = new Set<string>();
  try {
    for (;;) {
      const { done, value } = await nextRun(runs);
      const isNext = !done && value.isSmall && group.length < smallRunsTogether && !ids.has(value.record.id);
      if (!isNext && group.length > 0) {
        yield group;
        group = [];
        ids.clear();
      }
      if (done) return value;
      if (!value.isSmall) {
        yield [value];
        continue;
      }
      group.push(value);
      ids.add(value.record.id);
    }
  } finally {
    await runs.return(() => new SkippedTally()); // closes what it reads, if the import ends early
  }
}

/** The groups, whose runs get the ids under which they are recorded, if these are former ones. */
async function* asRecorded(
  target: ImportTarget,
  groups: ReturnType<typeof runsTogether>,
): ReturnType<typeof runsTogether> {
  try {
    for (;;) {
      const { done, value } = await groups.next();
      if (done) return value;
      const withFormer = value.filter(({ former }) => former);
      if (withFormer.length > 0) {
        const ids = withFormer.flatMap(({ record, former }) => [record.id, former!.id]);
        const stored = await target.storedRuns(ids);
        for (const { record, former } of withFormer) {
          if (stored.has(former!.id) && !stored.has(record.id)) former!.use();
        }
      }
      yield value;
    }
  } finally {
    await groups.return({ leftOut: () => new SkippedTally() });
  }
}

async function isAnyStored(target: ImportTarget, runs: SourceRun[]): Promise<boolean> {
  return target.comparesFirst && (await target.storedRuns(runs.map(({ record }) => record.id))).size > 0;
}

async function nextRun(
  runs: ReturnType<RunSource["runs"]>,
): Promise<{ done: true; value: EndOfRuns } | { done?: false; value: SourceRun }> {
  try {
    const { done, value } = await runs.next();
    return done ? { done, value: { leftOut: value } } : { done: false, value };
  } catch (error) {
    if (!(error instanceof RunFileError)) throw error;
    return { done: true, value: { leftOut: () => new SkippedTally(), unreadable: error } };
  }
}

/** Returns a fault of runs instead of throwing it. */
async function orFault<T>(taking: Promise<T>): Promise<T | RunFault> {
  try {
    return await taking;
  } catch (error) {
    const isFault =
      error instanceof RecordConflictError ||
      error instanceof RunRefusedError ||
      error instanceof RunFileError;
    if (isFault) return error;
    throw error;
  }
}
