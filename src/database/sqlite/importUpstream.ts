import { setImmediate, setTimeout } from "node:timers/promises";
import { RecordConflictError } from "../bulkErrors.js";
import type { TaskReporter } from "../taskReporter.js";
import type { UpstreamCounts, UpstreamReport } from "../upstreamReport.js";
import { type Connection, writeTransaction } from "./connection.js";
import { recordingStatements } from "./recordingStatements.js";
import { type Added, startRecording } from "./runRecording.js";
import { SkippedTally } from "./skippedTally.js";
import { openUpstream } from "./upstreamDatabase.js";
import { type UpstreamRun, upstreamRuns } from "./upstreamRuns.js";
import { surveyUpstream } from "./upstreamSurvey.js";

/** How long a write transaction goes on taking up runs, and how long others then have to write. */
const transactionMilliseconds = 100;
const pauseMilliseconds = 20;

/** Moving the write-ahead log into the database waits for the disk: during an import it is done every 64 MB, not 4. */
const pagesPerCheckpoint = 16_384;
const usualPagesPerCheckpoint = 1000;

/** The share of the survey in the whole, as measured: it moves no vectors and no images. */
const surveyShare = 0.1;

/**
 * Records the runs of a database of panic-tda one by one: whole ones only, several in a short transaction.
 * Those that are recorded already are recognised without the write lock and without reading their images.
 * @throws UpstreamFileError, TaskStoppedError; what was recorded until then stays.
 */
export async function importUpstream(
  connection: Connection,
  path: string,
  reporter: TaskReporter,
): Promise<UpstreamReport> {
  const upstream = openUpstream(path);
  connection.exec(`PRAGMA wal_autocheckpoint = ${pagesPerCheckpoint}`);
  try {
    const skipped = new SkippedTally();
    const survey = upstream.read(() =>
      surveyUpstream(upstream, skipped, {
        report: (progress) => reporter.report((progress as number) * surveyShare),
      }),
    );
    const models = connection.prepare(`SELECT "name", "dimensions" FROM "EmbeddingModel"`).raw().all([]);
    for (const [name, dimensions] of models as [string, number][]) survey.dimensions.set(name, dimensions);

    const taken = noCounts();
    const alreadyThere = noCounts();
    let rows = 0;
    const report = () =>
      reporter.report(surveyShare + (1 - surveyShare) * Math.min(1, rows / Math.max(1, survey.rows)));
    const isStored = connection.prepare(`SELECT 1 FROM "Run" WHERE "id" = ?`);
    const statements = recordingStatements(connection);
    const storedImageLengths = (ids: string[]) =>
      new Map(
        (
          statements.imageLengths.all([JSON.stringify(ids)]) as { invocationId: string; byteLength: number }[]
        ).map(({ invocationId, byteLength }) => [invocationId, byteLength]),
      );

    /** Reads one run and records it, or with `compareOnly` only finds out what it would add. */
    const take = (run: UpstreamRun, compareOnly: boolean): Added => {
      run.restart();
      const recording = startRecording(connection, { compareOnly });
      recording.recordRuns([{ path: [], record: run.record }]);
      for (const piece of run.pieces(storedImageLengths)) {
        report();
        recording.recordInvocations(
          piece.map((record) => ({ path: ["invocations"], runId: run.record.id, record })),
        );
      }
      return recording.finish();
    };
    const count = (run: UpstreamRun, added: Added) => {
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
    const leaveOut = (run: UpstreamRun, error: unknown) => {
      if (!(error instanceof RecordConflictError)) throw error;
      rows += run.leaveOut(skipped, `differs from what is recorded: ${error.path.at(-1)}`);
    };

    const runs = upstreamRuns(upstream, survey, skipped);
    let next = runs.next();
    while (!next.done) {
      // libsql gives a statement's memory back only when the thread comes round to its events.
      await setImmediate();
      upstream.refuseChanges();
      report();
      const run = next.value;
      if (isStored.get([run.record.id])) {
        try {
          const added = readTransaction(connection, () => take(run, true));
          if (added.invocationCount + added.embeddingCount === 0) {
            count(run, added);
            next = runs.next();
            continue;
          }
        } catch (error) {
          leaveOut(run, error);
          next = runs.next();
          continue;
        }
      }
      writeTransaction(connection, () => {
        const until = Date.now() + transactionMilliseconds;
        do {
          const run = next.value as UpstreamRun;
          connection.exec("SAVEPOINT run");
          try {
            count(run, take(run, false));
          } catch (error) {
            connection.exec("ROLLBACK TO run");
            leaveOut(run, error);
          }
          connection.exec("RELEASE run");
          next = runs.next();
        } while (!next.done && Date.now() < until && !isStored.get([next.value.record.id]));
        upstream.refuseChanges();
      });
      await setTimeout(pauseMilliseconds);
    }
    reporter.report(1);
    return { taken: inOrder(taken), alreadyThere: inOrder(alreadyThere), skipped: skipped.entries() };
  } finally {
    connection.exec(`PRAGMA wal_autocheckpoint = ${usualPagesPerCheckpoint}`);
    upstream.close();
  }
}

/** Runs `read` on one state of the database. */
function readTransaction<T>(connection: Connection, read: () => T): T {
  connection.exec("BEGIN");
  try {
    return read();
  } finally {
    connection.exec("COMMIT");
  }
}

function noCounts(): UpstreamCounts {
  return { runs: 0, invocations: 0, images: 0, embeddings: {} };
}

function addTo(sum: UpstreamCounts, counts: UpstreamCounts): void {
  sum.runs += counts.runs;
  sum.invocations += counts.invocations;
  sum.images += counts.images;
  for (const [model, count] of Object.entries(counts.embeddings)) {
    sum.embeddings[model] = (sum.embeddings[model] ?? 0) + count;
  }
}

function inOrder(counts: UpstreamCounts): UpstreamCounts {
  const embeddings = Object.entries(counts.embeddings)
    .filter(([, count]) => count > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return { ...counts, embeddings: Object.fromEntries(embeddings) };
}
