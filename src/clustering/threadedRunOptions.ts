import type { RunFacts } from "./hdbscanResult.js";

/** The options of a run in threads, a clustering or a layout, besides its parameters. */
export interface ThreadedRunOptions<Progress> {
  /**
   * Number of threads that compute. At most as many as the machine can run in parallel
   * (`os.availableParallelism()`) are started, whatever number is requested. The number does not change the
   * result.
   *
   * @default as many as the machine can run in parallel, and fewer for little work
   */
  threads?: number;
  /**
   * Aborting it stops the threads and rejects the promise with the signal's reason.
   *
   * @default none: the run cannot be stopped
   */
  signal?: AbortSignal;
  /**
   * A counter in shared memory. While its element 0 keeps changing, the run leaves one core of the machine
   * free for the thread that changes it, but never its own last core. That makes the run slower and does not
   * change its result.
   *
   * @default none: no core is left free
   */
  standAside?: Int32Array;
  /**
   * Called at most about 200 times, with the current stage and progress. The run does not wait for it.
   * If it throws, or returns a promise that is rejected before the run ends, the run stops and
   * rejects with that error; a later rejection is ignored.
   *
   * @default none
   */
  onProgress?: (progress: Progress) => unknown;
  /**
   * For measurements: called once, under the same rules as `onProgress`, with what the run did.
   *
   * @default none
   */
  onFacts?: (facts: RunFacts) => unknown;
}
