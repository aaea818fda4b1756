import { mostModels } from "../../database/recording/runRecord.js";
import type { SourceRun } from "../runSource.js";
import { runsOfFewModels } from "../runsOfFewModels.js";
import { emptyTally } from "../runTally.js";
import { SkippedTally, withDetail } from "../skippedTally.js";
import { rowIdOf, runIdOf, stepIdOf } from "./rowIds.js";
import type { RowSort, SortedRow } from "./rowSort.js";
import { metadataOf } from "./rowValues.js";
import type { TableOptions } from "./tableOptions.js";
import { invocationOf, type RowRecording } from "./usableRow.js";

/** Limit of the invocations of a run that are in memory at a time. */
const invocationsPerPiece = 250;

/** The runs that a column names, whose rows are sorted. */
export function* groupedRuns(
  sort: RowSort,
  recording: RowRecording,
  options: TableOptions,
): Generator<SourceRun, () => SkippedTally> {
  function* all(): Generator<SourceRun> {
    for (const name of sort.runs()) yield groupedRun(name, sort, recording, options);
  }
  const leftOut = yield* runsOfFewModels(all());
  return () => leftOut;
}

function groupedRun(name: string, sort: RowSort, recording: RowRecording, options: TableOptions): SourceRun {
  const id = runIdOf(options.dataset, name);
  const [first] = sort.rowsOf(name, null, 1);

  /** The rows, piece by piece. */
  function* pieces(): Generator<SortedRow[]> {
    for (let after: SortedRow | null = null; ; ) {
      const rows = sort.rowsOf(name, after, invocationsPerPiece);
      if (rows.length > 0) yield rows;
      if (rows.length < invocationsPerPiece) return;
      after = rows[rows.length - 1];
    }
  }

  const run: SourceRun = {
    record: {
      id,
      network: sort.modelsOf(name, mostModels + 1),
      initialPrompt: first.values.prompt,
      seed: null,
      maxLength: null,
      // What the id is derived from, and nothing else: a table may be imported again with other columns.
      metadata: metadataOf(Object.entries({ dataset: options.dataset, run: name }), "the names of the run")
        .metadata,
    },
    leftOutBefore: new SkippedTally(),
    ...emptyTally(),
    restart() {
      Object.assign(run, emptyTally());
    },
    *pieces() {
      const ids = new Set<string>();
      let lastStep = -1;
      for (const rows of pieces()) {
        run.rows += rows.length;
        const usable: { row: SortedRow; id: string; sequenceNumber: number }[] = [];
        for (const row of rows) {
          const { step, externalId } = row.values;
          const sequenceNumber = step ?? lastStep + 1;
          const rowId =
            externalId === null
              ? stepIdOf(id, sequenceNumber)
              : rowIdOf(options.dataset, { run: name, id: externalId });
          const reason =
            sequenceNumber === lastStep
              ? "another row has the same run and step"
              : ids.has(rowId)
                ? "another row has the same run and id"
                : null;
          if (reason !== null) {
            run.skipped.add("row", reason, shownRow(row, options));
            continue;
          }
          const { prompt } = row.values;
          if (prompt !== "" && prompt !== run.record.initialPrompt)
            run.skipped.add("prompt", "it differs from that of its run's first row", shownRow(row, options));
          ids.add(rowId);
          lastStep = sequenceNumber;
          usable.push({ row, id: rowId, sequenceNumber });
        }
        yield {
          invocationsWithImage: [],
          complete: () => usable.map(({ row, ...place }) => invocationOf(row, place, recording, run)),
        };
      }
    },
    leaveOut(skipped, reason, difference) {
      skipped.add("run", reason, withDetail(name, difference));
      let rows = 0;
      for (const piece of pieces()) {
        for (const row of piece) skipped.add("row", "its run is left out", shownRow(row, options));
        rows += piece.length;
      }
      return rows;
    },
  };
  return run;
}

function shownRow({ number, values }: SortedRow, { run, step }: TableOptions): string {
  return `row ${number}, ${run}: ${values.run}${step === undefined ? "" : `, ${step}: ${values.step}`}`;
}
