import { type Engine, hdbscanEngine } from "../../src/jobs/clustering/engine.js";

/** An engine that computes only once it is let go, and stops when it is told to. */
export function heldEngine() {
  let letGo = () => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  let stopped = 0;
  const engine: Engine = {
    ...hdbscanEngine,
    version: "held",
    async cluster(points, options) {
      options.onProgress?.({ stage: "NEIGHBOURS", progress: 0.5 });
      await new Promise<void>((resolve, reject) => {
        held.then(resolve);
        options.signal?.addEventListener("abort", () => {
          stopped++;
          reject(options.signal?.reason);
        });
      });
      return hdbscanEngine.cluster(points, options);
    },
  };
  return { engine, letGo: () => letGo(), stopped: () => stopped };
}
