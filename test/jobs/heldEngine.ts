import { type Engine, hdbscanEngine } from "../../src/jobs/clustering/engine.js";

/** An engine that starts to compute only when it is released, and stops when it is aborted. */
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
