import type { RunRecord } from "../../database/recording/runRecord.js";
import type { Added } from "../../database/recording/runRecording.js";
import type { ImportApi } from "./importApi.js";
import { ServerRecording } from "./serverRecording.js";

/**
 * Records whole runs through a server, all of them or none.
 *
 * @throws RecordConflictError, RunRefusedError, ServerError
 */
export async function recordRuns(api: ImportApi, runs: RunRecord[]): Promise<Added> {
  const recording = new ServerRecording(api);
  await recording.recordRuns(runs.map((record) => ({ path: [], record })));
  await recording.recordInvocations(
    runs.flatMap(({ id: runId, invocations }) => invocations.map((record) => ({ path: [], runId, record }))),
  );
  return recording.finish();
}
