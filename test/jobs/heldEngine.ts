import { type Engine, hdbscanEngine } from "../../src/jobs/computing/engine.js";

/** An engine that starts to compute only when it is released, and stops when it is aborted. */
export function heldEngine() {
  let letGo = () => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  let stopped = 0;
  const released = (signal: AbortSignal | undefined) =>
    new Promise<void>((resolve, reject) => {
      held.then(resolve);
      signal?.addEventListener("abort", () => {
        stopped++;
        reject(signal.reason);
      });
    });
  const engine: Engine = {
    ...hdbscanEngine,
    version: "held",
    async cluster(points, options) {
      options.onProgress?.({ stage: "NEIGHBOURS", progress: 0.5 });
      await released(options.signal);
      return hdbscanEngine.cluster(points, options);
    },
    async layOut(points, options) {
      options.onProgress?.({ stage: "NEIGHBOURS", progress: 0.5 });
      await released(options.signal);
      return hdbscanEngine.layOut(points, options);
    },
  };
  return { engine, letGo: () => letGo(), stopped: () => stopped };
}
