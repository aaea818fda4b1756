import { openTable } from "../table/openTable.js";
import { cell, type TableRow } from "../table/tableReader.js";
import { isFields, parsedJson } from "./chatText.js";
import { exportedName, observationTypes } from "./langfuseObservation.js";
import type { TraceFormat } from "./traceOptions.js";

/** Number of the first rows by which a file of traces is recognised, since some of them may be damaged. */
const rowsLookedAt = 50;

/**
 * The format of the traces that a file holds, recognised by the columns and values of its first rows; null if it is
 * another table, or cannot be read.
 */
export async function recognisedTraces(path: string, shownPath: string): Promise<TraceFormat | null> {
  try {
    const first = await openTable(path, shownPath, []);
    await first.close();
    const table = await openTable(path, shownPath, first.columns);
    try {
      const rows: TableRow[] = [];
      for await (const row of table.rows()) {
        if (row.fault === null) rows.push(row);
        if (rows.length === rowsLookedAt) break;
      }
      if (rows.some(isSpan)) return "openinference";
      const columns = new Map(table.columns.map((column) => [exportedName(column), column]));
      return rows.length > 0 && areObservations(rows, columns) ? "langfuse" : null;
    } finally {
      await table.close();
    }
  } catch {
    return null; // Whoever reads the file reports the error.
  }
}

/** Whether a row has the context of a span of OpenTelemetry, and a kind or attributes. */
function isSpan({ cells }: TableRow): boolean {
  const names = Object.keys(cells);
  const context = typeof cells.context === "string" ? parsedJson(cells.context) : cells.context;
  const inContext = isFields(context) ? Object.keys(context).map((name) => `context.${name}`) : [];
  const hasContext = [...names, ...inContext].some((name) =>
    /^context\.(?:trace_id|span_id|traceId|spanId)$/.test(name),
  );
  return hasContext && names.some((name) => /^(?:span_kind|spanKind|attributes)(?:$|\.)/.test(name));
}

/** Whether rows have the columns that all exports of observations have, and only their types. */
function areObservations(rows: TableRow[], columns: Map<string, string>): boolean {
  if (!["id", "trace_id", "start_time", "type"].every((name) => columns.has(name))) return false;
  const types = rows.map((row) => cell(row, columns.get("type")!)).filter((type) => type !== null);
  return types.length > 0 && types.every((type) => observationTypes.has(String(type)));
}
