import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { lowerThreadPriority } from "../runtime/threadPriority.js";
import { clusterPoints } from "./clusterPoints.js";
import type { HdbscanResult, RunFacts } from "./hdbscanResult.js";
import { InvalidClusteringInputError } from "./invalidClusteringInput.js";
import { useKernelModule } from "./kernel/kernel.js";
import { layOutPoints } from "./layout/layOutPoints.js";
import type { LayoutParameters } from "./layout/layoutParameters.js";
import type { LayoutProgress } from "./layout/layoutProgress.js";
import type { LayoutResult } from "./layout/layoutResult.js";
import { type MeasuringParameters, measureTrustworthiness } from "./layout/measureTrustworthiness.js";
import type { SubsetSizes } from "./layout/subsetSizes.js";
import type { Trustworthiness, TrustworthinessProgress } from "./layout/trustworthinessParameters.js";
import type { HdbscanParameters } from "./parameters.js";
import type { Progress } from "./progress.js";
import type {
  ProjectionParameters,
  ProjectionProgress,
  ProjectionResult,
} from "./reduction/projectionParameters.js";
import { projectPoints } from "./reduction/projectPoints.js";
import type { SpanningTreeOfRows } from "./spanningTreeOfRows.js";
import { helpOn, Team } from "./team.js";
import { teamJobs } from "./teamJobs.js";

interface WithSizes {
  sizes: SubsetSizes;
}

interface HdbscanRun extends HdbscanParameters, WithSizes {
  spanningTree: SpanningTreeOfRows | undefined;
}

/** The kinds of work that threads can lead, by name. */
export interface ThreadedWork {
  hdbscan: { parameters: HdbscanRun; progress: Progress; result: HdbscanResult };
  layout: { parameters: LayoutParameters & WithSizes; progress: LayoutProgress; result: LayoutResult };
  projection: { parameters: ProjectionParameters; progress: ProjectionProgress; result: ProjectionResult };
  trustworthiness: {
    parameters: MeasuringParameters;
    progress: TrustworthinessProgress;
    result: Trustworthiness;
  };
}

type LeadTask = {
  [Name in keyof ThreadedWork]: {
    kind: "lead";
    name: Name;
    data: Float32Array;
    dimensions: number;
    parameters: ThreadedWork[Name]["parameters"];
    helpers: MessagePort[];
  };
}[keyof ThreadedWork];

/** A task of a thread: lead work on the data, or help another thread until its port is closed. */
export type ThreadTask = LeadTask | { kind: "help"; port: MessagePort; standAside?: Int32Array };

/** The thread's `workerData`. */
export interface ThreadData {
  kernel: WebAssembly.Module | null;
}

/**
 * Messages of a thread. A leading thread posts progress and then exactly one of the outcomes; a helping one
 * posts `helped` when its port is closed.
 */
export type ThreadMessage =
  | { kind: "progress"; progress: ThreadedWork[keyof ThreadedWork]["progress"] }
  | { kind: "result"; result: ThreadedWork[keyof ThreadedWork]["result"]; facts: RunFacts }
  | { kind: "invalid"; field: string; value: unknown; message: string; row: number | undefined }
  | { kind: "failed"; error: unknown }
  | { kind: "helped" };

interface Listeners {
  onProgress: (progress: ThreadedWork[keyof ThreadedWork]["progress"]) => void;
  onFacts: (facts: RunFacts) => void;
}

function runOf(
  { name, data, dimensions, parameters }: LeadTask,
  team: Team,
  listeners: Listeners,
): ThreadedWork[keyof ThreadedWork]["result"] {
  switch (name) {
    case "hdbscan": {
      const { sizes, spanningTree, ...others } = parameters;
      return clusterPoints(data, dimensions, others, team, { sizes, spanningTree, ...listeners });
    }
    case "layout": {
      const { sizes, ...others } = parameters;
      return layOutPoints(data, dimensions, others, team, { sizes, ...listeners });
    }
    case "projection":
      return projectPoints(data, dimensions, parameters, team, listeners);
    case "trustworthiness":
      return measureTrustworthiness(data, dimensions, parameters, team, listeners);
  }
}

/** The buffers of a result's arrays, each once, but for those that threads share anyway. */
function buffersOf(result: ThreadedWork[keyof ThreadedWork]["result"]): ArrayBuffer[] {
  const tree = "spanningTree" in result ? Object.values(result.spanningTree) : [];
  const buffers = [...Object.values(result), ...tree].map((value) =>
    ArrayBuffer.isView(value) ? value.buffer : null,
  );
  return [...new Set(buffers)].filter((buffer) => buffer instanceof ArrayBuffer);
}

if (parentPort !== null) {
  lowerThreadPriority();
  useKernelModule((workerData as ThreadData).kernel);
  const parent = parentPort;
  const post = (message: ThreadMessage, moved: ArrayBuffer[] = []) => parent.postMessage(message, moved);

  const lead = (task: LeadTask): void => {
    try {
      let facts: RunFacts | undefined;
      const team = new Team(task.helpers);
      const result = runOf(task, team, {
        onProgress: (progress) => post({ kind: "progress", progress }),
        onFacts: (measured) => {
          facts = measured;
        },
      });
      post({ kind: "result", result, facts: facts as RunFacts }, buffersOf(result));
    } catch (error) {
      if (error instanceof InvalidClusteringInputError) {
        const { field, value, message, row } = error;
        post({ kind: "invalid", field, value, message, row });
      } else post({ kind: "failed", error });
    } finally {
      for (const port of task.helpers) port.close();
    }
  };

  parent.on("message", (task: ThreadTask) => {
    if (task.kind === "lead") lead(task);
    else {
      task.port.on("close", () => post({ kind: "helped" }));
      helpOn(task.port, teamJobs, task.standAside);
    }
  });
}
