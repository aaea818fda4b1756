import { differsFromRecorded, repeatsId } from "../conflictReason.js";
import type { SourceRun } from "../runSource.js";
import { emptyTally } from "../runTally.js";
import { SkippedTally, withDetail } from "../skippedTally.js";
import { rowIdOf, singleRunId } from "./rowIds.js";
import { ownIdentity, type RowFault } from "./rowValues.js";
import { SeenIds } from "./seenIds.js";
import { invocationOf, type RowRecording, type UsableRow } from "./usableRow.js";

/** Longer texts, in characters, are recorded one by one, so that few of them are in memory at a time. */
const longText = 50_000;

/** The fields that are recorded of a row, as the options of the command call them. */
const fieldNames: Record<string, string> = {
  outputText: "text",
  network: "model",
  initialPrompt: "prompt",
  metadata: "other columns",
};

/** Each row as a run of its own. */
export async function* singleRuns(
  rows: AsyncIterable<UsableRow | RowFault>,
  recording: RowRecording,
  dataset: string,
): AsyncGenerator<SourceRun, () => SkippedTally> {
  let leftOut = new SkippedTally();
  const seen = { rows: new SeenIds(), leftOut: new SeenIds() };
  for await (const row of rows) {
    if ("reason" in row) {
      leftOut.add("row", row.reason, row.example);
      continue;
    }
    const run = singleRun(row, leftOut, recording, dataset, seen);
    leftOut = new SkippedTally();
    yield run;
  }
  return () => leftOut;
}

function singleRun(
  row: UsableRow,
  leftOutBefore: SkippedTally,
  recording: RowRecording,
  dataset: string,
  seen: { rows: SeenIds; leftOut: SeenIds },
): SourceRun {
  const { text, externalId, model, prompt, formerId } = row.values;
  let id = rowIdOf(
    dataset,
    externalId === null ? ownIdentity(row.values, row.number) : { run: null, id: externalId },
  );
  // They only decide what is said of a row that is not recorded in any case, because one id may be taken for another.
  const ownId = id;
  const isRepeated = externalId !== null && seen.rows.add(ownId);
  const run: SourceRun = {
    record: {
      id: singleRunId(id),
      network: [model],
      initialPrompt: prompt,
      seed: null,
      maxLength: null,
      metadata: null,
    },
    former: formerId === undefined ? undefined : { id: singleRunId(formerId), use: () => identify(formerId) },
    isSmall: text.length < longText,
    leftOutBefore,
    ...emptyTally(),
    restart() {
      Object.assign(run, emptyTally());
    },
    *pieces() {
      run.rows = 1;
      yield {
        invocationsWithImage: [],
        complete: () => [invocationOf(row, { id, sequenceNumber: 0 }, recording, run)],
      };
    },
    leaveOut(skipped, reason, difference) {
      const shown = `row ${row.number}${externalId === null ? "" : `, id ${externalId}`}`;
      const field = difference && (fieldNames[difference.field] ?? difference.field);
      const repeatsRecorded = isRepeated && !seen.leftOut.has(ownId);
      if (!repeatsRecorded) seen.leftOut.add(ownId);
      const differs = repeatsRecorded ? repeatsId : `${differsFromRecorded}row: `;
      const ofRow = field === undefined ? reason : `${differs}${field}`;
      skipped.add("row", ofRow, withDetail(shown, difference));
      return 1;
    },
  };
  function identify(rowId: string): void {
    id = rowId;
    run.record.id = singleRunId(rowId);
  }
  return run;
}
