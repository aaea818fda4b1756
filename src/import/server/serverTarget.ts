import type { ImportTarget, StartRecording } from "../../database/recording/importTarget.js";
import type { ServerAddress } from "../../remote/serverAddress.js";
import { importApi } from "./importApi.js";
import { ServerRecording } from "./serverRecording.js";

/**
 * A running server as the target of an import. The server compares what is recorded already, as it does for every
 * caller of the API, so nothing is read before it is sent.
 */
export function serverTarget(server: ServerAddress, signal?: AbortSignal): ImportTarget {
  const api = importApi(server, signal);
  const start: StartRecording = async () => new ServerRecording(api);
  return {
    dimensions: () => api.dimensions(),
    comparesFirst: false,
    storedRuns: (ids) => api.recordedRuns(ids),
    storedImageLengths: async (ids) => new Map((await api.invocationsWithImage(ids)).map((id) => [id, null])),
    read: (compare) => compare(start),
    // A recording sends one request, or undoes itself.
    write: (record) => record(start, (part) => part()),
    pauseMilliseconds: 0,
  };
}
