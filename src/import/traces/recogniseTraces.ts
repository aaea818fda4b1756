import { RunFileError } from "../runSource.js";
import { jsonRows } from "../table/jsonRows.js";
import { openTable } from "../table/openTable.js";
import { tableFormat } from "../table/tableFormat.js";
import type { TableRow } from "../table/tableReader.js";
import { isFields, readFields } from "./chatText.js";
import { exportedName, observationTypes } from "./langfuseObservation.js";
import type { TraceFormat } from "./traceOptions.js";

/** Number of the first rows by which a file of traces is recognised, since some of them may be damaged. */
const rowsLookedAt = 50;

/**
 * The format of the traces that a file holds, recognised by the columns and values of its first rows; null if it is
 * another table, or runs.
 *
 * @throws RunFileError if it is a response of an API, with all spans in one object, or its first rows cannot be read as
 *   a table
 */
export async function recognisedTraces(path: string, shownPath: string): Promise<TraceFormat | null> {
  const rows: TableRow[] = [];
  for await (const row of firstRows(path, shownPath)) {
    if (isSpan(row)) return "openinference";
    if (row.cells.network !== undefined || row.cells.invocations !== undefined) return null; // runs, with all steps
    if (row.fault === null) rows.push(row);
    if (rows.length === rowsLookedAt) break;
  }
  const list = rows.length === 1 && Object.entries(rows[0].cells).find(([, value]) => isListOfSpans(value));
  if (list) {
    throw new RunFileError(
      `${shownPath} is one JSON object with all spans in it. Write them as JSON lines: \`jq -c '.${list[0]}[]' FILE > NEW.jsonl\`.`,
    );
  }
  return areObservations(rows) ? "langfuse" : null;
}

async function* firstRows(path: string, shownPath: string): AsyncGenerator<TableRow> {
  if (tableFormat(path, shownPath).kind === "JSON lines") return yield* jsonRows(path, shownPath);
  const table = await openTable(path, shownPath, []);
  try {
    yield* table.rows();
  } finally {
    await table.close();
  }
}

/** Whether a row has the ids of a span and of its trace, or the context with them, and a kind or attributes. */
function isSpan({ cells }: Pick<TableRow, "cells">): boolean {
  const context = typeof cells.context === "string" ? readFields(cells.context)?.value : cells.context;
  const inContext = isFields(context) ? Object.keys(context) : [];
  const names = [...Object.keys(cells), ...inContext.map((name) => `context.${name}`)].map(exportedName);
  const hasContext = names.some((name) => /^context\.(?:trace|span)_id$/.test(name));
  const hasIds = names.includes("trace_id") && names.includes("span_id");
  return (hasContext || hasIds) && names.some((name) => /^(?:span_kind$|attributes(?:$|\.))/.test(name));
}

function isListOfSpans(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    isFields(value[0]) &&
    (isSpan({ cells: value[0] }) || areObservations([{ cells: value[0] }]))
  );
}

/** Whether rows have the fields that all exports of observations have, and most of them one of their types. */
function areObservations(rows: Pick<TableRow, "cells">[]): boolean {
  const columns = new Map<string, string>();
  for (const { cells } of rows) for (const name of Object.keys(cells)) columns.set(exportedName(name), name);
  const [type, ...others] = ["type", "id", "trace_id", "start_time"].map((name) => columns.get(name));
  if (type === undefined || others.includes(undefined)) return false;
  const types = rows.map(({ cells }) => cells[type] ?? null).filter((each) => each !== null);
  const known = types.filter((each) => observationTypes.has(String(each).toUpperCase()));
  return 2 * known.length > types.length;
}
