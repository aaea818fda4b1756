import type { RecordedCounts, RunRecord } from "../runRecord.js";
import type { Connection } from "./connection.js";

export function recordRuns(_connection: Connection, _runs: RunRecord[]): RecordedCounts {
  throw new Error("to be written");
}
