import { RunFileError, type RunSource } from "../runSource.js";
import { openTable } from "../table/openTable.js";
import { requireColumns } from "../table/requireColumns.js";
import type { RowFault } from "../table/rowValues.js";
import { tableFormat } from "../table/tableFormat.js";
import { cell, shownCell, type TableReader, type TableRow } from "../table/tableReader.js";
import { unchangedFiles } from "../unchangedFiles.js";
import { usableVector } from "./embeddings.js";
import { langfuseObservation } from "./langfuseObservation.js";
import { openInferenceSpan } from "./openInferenceSpan.js";
import type { Span } from "./span.js";
import { openSpanSort } from "./spanSort.js";
import type { TraceFormat, TraceOptions } from "./traceOptions.js";
import { traceRuns } from "./traceRuns.js";
import { isVectorOfSpan } from "./vectorOfSpan.js";

const readSpan: Record<TraceFormat, typeof openInferenceSpan> = {
  openinference: openInferenceSpan,
  langfuse: langfuseObservation,
};

/** Share of the survey in the duration of an import, as measured: it sorts the whole file. */
const surveyShare = 0.6;

/** Number of rows after which the survey reports its progress. */
const rowsPerReport = 500;

/**
 * The traces of an LLM application as runs: each session, or each trace that belongs to none, with the calls of models
 * in it as invocations. The survey reads the whole file and sorts it in a temporary one, so nothing is recorded of a
 * file that cannot be read to its end.
 *
 * @throws RunFileError if the file cannot be read as a table, or lacks the column of vectors
 */
export async function traceSource(options: TraceOptions): Promise<RunSource> {
  const { path, shownPath, format, vector, embeddingModel = "" } = options;
  const refuseChanges = unchangedFiles([{ path, shownPath }]);
  const table = await openWhole(path, shownPath, vector);
  const sort = openSpanSort();
  try {
    if (vector !== undefined) requireColumns(table, [vector], shownPath);
  } catch (error) {
    sort.close();
    await table.close();
    throw error;
  }

  function spanOf(row: TableRow): Span | RowFault {
    let span: Span | RowFault;
    try {
      span = readSpan[format](row, (column) => column === vector);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return { reason: "its objects and lists are nested too deeply", example: `row ${row.number}` };
    }
    if (vector !== undefined && !("reason" in span) && span.invocation) {
      const given = cell(row, vector);
      const own = usableVector(given, (shown) =>
        shown === null ? `row ${row.number}` : shownCell(row, vector, shown),
      );
      span.embeddings.push({ embeddingModel, isOwn: true, text: "", vector: own });
    }
    return span;
  }

  return {
    surveyShare,
    async survey(skipped, reporter) {
      let rows = 0;
      for await (const row of table.rows()) {
        rows++;
        if (rows % rowsPerReport === 0) reporter.report(table.shareRead());
        const span = spanOf(row);
        if ("reason" in span) skipped.add("row", span.reason, span.example);
        else sort.add(span);
      }
      if (rows === 0) throw new RunFileError(`${shownPath} has no rows.`);
      sort.finish(skipped);
      return sort.count();
    },
    useDimensions: (recorded) => sort.attachEmbeddings(recorded),
    runs: () => traceRuns(sort, format),
    refuseChanges,
    async close() {
      sort.close();
      await table.close();
    },
  };
}

/** Opens a table with all its columns, those that Parquet says hold lists of numbers or bytes included. */
async function openWhole(path: string, shownPath: string, vector: string | undefined): Promise<TableReader> {
  const table = await openTable(path, shownPath, [], vector, { isVector: isVectorOfSpan });
  if (tableFormat(path, shownPath).kind !== "Parquet") return table;
  await table.close();
  return openTable(path, shownPath, table.columns);
}
