import { RunFileError, type RunSource } from "../runSource.js";
import { openTable } from "../table/openTable.js";
import { requireColumns } from "../table/requireColumns.js";
import type { RowFault } from "../table/rowValues.js";
import { fewestNumbers, seemingVector } from "../table/seemingVector.js";
import { tableFormat } from "../table/tableFormat.js";
import { cell, shownCell, type TableReader, type TableRow } from "../table/tableReader.js";
import { holdsVectors } from "../table/vectorColumns.js";
import { unchangedFiles } from "../unchangedFiles.js";
import { RepeatedFieldError } from "./chatText.js";
import { usableVector } from "./embeddings.js";
import { exportedName, langfuseObservation } from "./langfuseObservation.js";
import { openInferenceSpan } from "./openInferenceSpan.js";
import type { FieldsOfSpans, Span } from "./span.js";
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

  const names = vector === undefined ? [] : recordedNames(vector);
  const isVectorColumn = (column: string) => table.notMetadata.get(column) === holdsVectors;
  const vectorFields = new Set<string>();
  const fieldsOfSpans: FieldsOfSpans = {
    isOwn: (column) => column === vector,
    isVector(path, value) {
      const isVector = isVectorColumn(path) || isLongVector(value);
      if (isVector) vectorFields.add(path);
      return isVector;
    },
  };

  function spanOf(row: TableRow): Span | RowFault {
    let span: Span | RowFault;
    try {
      span = readSpan[format](row, fieldsOfSpans);
    } catch (error) {
      if (error instanceof RepeatedFieldError) {
        return { reason: error.message, example: `row ${row.number}` };
      }
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
      for (const field of vectorFields) {
        const column = table.columns.find((each) => each === field || exportedName(each) === field);
        if (column === undefined) skipped.add("column", `${holdsVectors}, within another one`, field);
        else skipped.add("column", holdsVectors, column);
      }
      return sort.count();
    },
    useDimensions: (recorded) => sort.attachEmbeddings(recorded),
    runs: () =>
      traceRuns(
        sort,
        format,
        (field, value) =>
          names.includes(field) || vectorFields.has(field) || isVectorColumn(field) || isLongVector(value),
      ),
    refuseChanges,
    async close() {
      sort.close();
      await table.close();
    },
  };
}

/** The names that a column has in metadata. */
function recordedNames(column: string): string[] {
  return [column, column.replace(/^attributes\./, ""), exportedName(column)];
}

/** Whether a value of a field, which may hold anything else in other rows, is a vector. */
function isLongVector(value: unknown): boolean {
  const vector = seemingVector(value);
  return typeof vector === "object" && vector !== null && vector.length >= fewestNumbers;
}

/** Opens a table with all its columns, those that Parquet says hold lists of numbers or bytes included. */
async function openWhole(path: string, shownPath: string, vector: string | undefined): Promise<TableReader> {
  const table = await openTable(path, shownPath, [], vector, { isVector: isVectorOfSpan });
  if (tableFormat(path, shownPath).kind !== "Parquet") return table;
  await table.close();
  return openTable(path, shownPath, table.columns);
}
