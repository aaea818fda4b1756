import { parentPort, workerData } from "node:worker_threads";
import { clusterPoints, type HdbscanResult, STAGE_SHARES } from "./clusterPoints.js";
import { type HdbscanParameters, InvalidClusteringInputError } from "./parameters.js";
import { type Progress, ProgressReporter } from "./progress.js";

/** What the thread is given. */
export interface ClusteringTask {
  data: Float32Array;
  dimensions: number;
  parameters: HdbscanParameters;
}

/** What it says: progress, then exactly one of the others. */
export type ClusteringMessage =
  | { kind: "progress"; progress: Progress }
  | { kind: "result"; result: HdbscanResult }
  | { kind: "invalid"; field: string; value: unknown; message: string; row: number | undefined };

const port = parentPort;
if (port !== null) {
  const { data, dimensions, parameters } = workerData as ClusteringTask;
  const post = (message: ClusteringMessage, moved: ArrayBuffer[] = []) => port.postMessage(message, moved);
  const progress = new ProgressReporter(STAGE_SHARES, (report) =>
    post({ kind: "progress", progress: report }),
  );
  try {
    const result = clusterPoints(data, dimensions, parameters, progress);
    const moved = Object.values(result).flatMap((value) =>
      ArrayBuffer.isView(value) ? [value.buffer as ArrayBuffer] : [],
    );
    post({ kind: "result", result }, moved);
  } catch (error) {
    if (!(error instanceof InvalidClusteringInputError)) throw error;
    const { field, value, message, row } = error;
    post({ kind: "invalid", field, value, message, row });
  }
}
