import type { Engine } from "./engine.js";

export interface YieldingEngine extends Engine {
  /**
   * Must be called when a request begins and when it ends. While such calls keep coming, one core is left
   * free.
   */
  noteRequest(): void;
}

/**
 * An engine whose clusterings and maps leave one core free while requests come. A lower priority of its threads is not
 * enough: a low-priority thread that has just been scheduled still runs until the next scheduler tick, a few
 * milliseconds, before a request gets its core.
 */
export function yieldingEngine(engine: Engine): YieldingEngine {
  const requests = new Int32Array(new SharedArrayBuffer(4));
  return {
    ...engine,
    cluster: (points, options) => engine.cluster(points, { ...options, standAside: requests }),
    layOut: (points, options) => engine.layOut(points, { ...options, standAside: requests }),
    project: (points, options) => engine.project(points, { ...options, standAside: requests }),
    trustworthiness: (points, places, options) =>
      engine.trustworthiness(points, places, { ...options, standAside: requests }),
    noteRequest: () => {
      Atomics.add(requests, 0, 1);
    },
  };
}
