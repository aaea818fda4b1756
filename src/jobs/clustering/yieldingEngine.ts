import type { Engine } from "./engine.js";

export interface YieldingEngine extends Engine {
  /** To be called where a request begins and ends: requests that come one after another have a core for themselves. */
  noteRequest(): void;
}

/**
 * An engine whose clusterings leave a core to requests while they come. Its threads' lower priority is not enough: one
 * that has just begun to compute is let run to the system's next tick, a few milliseconds, before a request has its
 * place.
 */
export function yieldingEngine(engine: Engine): YieldingEngine {
  const requests = new Int32Array(new SharedArrayBuffer(4));
  return {
    ...engine,
    cluster: (points, options) => engine.cluster(points, { ...options, standAside: requests }),
    noteRequest: () => {
      Atomics.add(requests, 0, 1);
    },
  };
}
