import type { Stage } from "../../clustering/index.js";
import type { Engine } from "../computing/engine.js";

/** An engine that sums up the time, in seconds, that its clusterings spend in each stage. */
export interface TimedEngine extends Engine {
  readonly stageSeconds: ReadonlyMap<Stage, number>;
}

export function timedEngine(engine: Engine): TimedEngine {
  const stageSeconds = new Map<Stage, number>();
  return {
    ...engine,
    stageSeconds,
    async cluster(points, options) {
      let current: Stage = "PREPARING"; // so that the start of its threads is included
      let since = performance.now();
      const moveTo = (stage: Stage) => {
        const now = performance.now();
        stageSeconds.set(current, (stageSeconds.get(current) ?? 0) + (now - since) / 1000);
        current = stage;
        since = now;
      };
      try {
        return await engine.cluster(points, {
          ...options,
          onProgress: (report) => {
            if (report.stage !== current) moveTo(report.stage);
            options.onProgress?.(report);
          },
        });
      } finally {
        moveTo(current);
      }
    },
  };
}
