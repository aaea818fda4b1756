import type { Engine } from "./engine.js";

/** What the engine works for: the kinds of jobs. */
type WorkKind = "clustering" | "map";

/** An engine that sums up the time, in seconds, that its work of each kind spends in each stage. */
export interface TimedEngine extends Engine {
  readonly stageSeconds: Readonly<Record<WorkKind, ReadonlyMap<string, number>>>;
}

/** The stage of a run until it reports one, so that the start of its threads is included. */
const firstStage = "PREPARING";
/** The stage of a map in which its trustworthiness is measured, by a run of the engine that has stages of its own. */
const measuringStage = "TRUSTWORTHINESS";

export function timedEngine(engine: Engine): TimedEngine {
  const stageSeconds = { clustering: new Map<string, number>(), map: new Map<string, number>() };

  /** @param only the stage to which the whole run belongs; absent if each report says its stage */
  async function timed<Report extends { stage: string }, Result>(
    kind: WorkKind,
    { onProgress }: { onProgress?: (report: Report) => unknown },
    run: (listener: { onProgress: (report: Report) => unknown }) => Promise<Result>,
    only?: string,
  ): Promise<Result> {
    const seconds = stageSeconds[kind];
    let current = only ?? firstStage;
    let since = performance.now();
    const moveTo = (stage: string) => {
      const now = performance.now();
      seconds.set(current, (seconds.get(current) ?? 0) + (now - since) / 1000);
      current = stage;
      since = now;
    };
    const listener = (report: Report) => {
      if (only === undefined && report.stage !== current) moveTo(report.stage);
      return onProgress?.(report);
    };
    try {
      return await run({ onProgress: listener });
    } finally {
      moveTo(current);
    }
  }

  return {
    ...engine,
    stageSeconds,
    cluster: (points, options) =>
      timed("clustering", options, (listener) => engine.cluster(points, { ...options, ...listener })),
    layOut: (points, options) =>
      timed("map", options, (listener) => engine.layOut(points, { ...options, ...listener })),
    project: (points, options) =>
      timed("map", options, (listener) => engine.project(points, { ...options, ...listener })),
    trustworthiness: (points, places, options) =>
      timed(
        "map",
        options,
        (listener) => engine.trustworthiness(points, places, { ...options, ...listener }),
        measuringStage,
      ),
  };
}
