import { LRUCache } from "lru-cache";
import type { Share } from "../clustering/softMembership.js";
import type { BulkOptions } from "../database/bulkStore.js";
import type { Database } from "../database/database.js";
import { readThreadProgram } from "../runtime/threadProgram.js";
import type { AnalysisRequest } from "./analysisTasks.js";
import type { Comparison } from "./comparison.js";
import type { MembershipsRequest } from "./memberships/membershipsOfResult.js";
import type { FoundNeighbours, NeighbourRequest } from "./neighbours/nearestOfResult.js";
import type { LoadedTree } from "./tree/loadedTree.js";
import type { InputOf, OutputOf, TreeAnalyses } from "./tree/treeAnalyses.js";

const program = readThreadProgram(new URL("./analysisTasks.bundle.js", import.meta.url), import.meta.url);

/** The signal ends the work on the thread. */
type AnalysisOptions = Pick<BulkOptions, "signal">;

/** Computes, on threads, what can be known about finished clusterings without clustering again. */
export interface Analyses {
  /**
   * Loads a stored spanning tree, or takes it from the cache.
   * @returns null if no tree has the id
   * @throws SpanningTreeUnreadableError if it is damaged; the signal's reason once it aborts
   */
  loadTree(id: string, options?: AnalysisOptions): Promise<LoadedTree | null>;
  /** As pointsOfResult.ts describes it. @throws the signal's reason once it aborts */
  pointsOfResult(
    clusteringResultId: string,
    tree: LoadedTree,
    options?: AnalysisOptions,
  ): Promise<Int32Array | null>;
  /** @throws the signal's reason once it aborts */
  run<Name extends keyof TreeAnalyses>(
    name: Name,
    tree: LoadedTree,
    input: InputOf<Name>,
    options?: AnalysisOptions,
  ): Promise<OutputOf<Name>>;
  /**
   * Finds the nearest others of embeddings among those that took part in a clustering.
   * @throws EmbeddingUnreadableError; the signal's reason once it aborts
   */
  nearest(request: NeighbourRequest, options?: AnalysisOptions): Promise<FoundNeighbours>;
  /**
   * How much embeddings belong to each cluster, as membershipsOfResult.ts describes it.
   * @throws EmbeddingUnreadableError; the signal's reason once it aborts
   */
  memberships(request: MembershipsRequest, options?: AnalysisOptions): Promise<Map<string, Share[]> | null>;
  /**
   * Compares two clusterings of the same rows.
   * @param overlaps as `readOverlaps` reads them
   * @throws the signal's reason once it aborts
   */
  compare(overlaps: string, options?: AnalysisOptions): Promise<Comparison>;
  /** Bytes of the trees in the cache. */
  cachedBytes(): number;
  /** Time, in seconds, that each analysis has taken so far, waiting for a thread included. */
  readonly seconds: ReadonlyMap<string, number>;
  /** Waits for the analyses that run, then ends the threads. */
  close(): Promise<void>;
}

/** @param cacheBytes the most that the trees in the cache take together; 0: none is kept */
export function createAnalyses(database: Pick<Database, "openThreads">, cacheBytes: number): Analyses {
  const threads = database.openThreads(program);
  const trees =
    cacheBytes === 0
      ? null
      : new LRUCache<string, LoadedTree>({
          maxSize: cacheBytes,
          sizeCalculation: ({ bytes }) => Math.max(1, bytes.byteLength),
        });
  const seconds = new Map<string, number>();

  async function timed<T>(name: string, work: Promise<T>): Promise<T> {
    const begun = performance.now();
    try {
      return await work;
    } finally {
      seconds.set(name, (seconds.get(name) ?? 0) + (performance.now() - begun) / 1000);
    }
  }

  /** Trees that are being loaded, for all that wait for them: one that stops waiting does not end the loading. */
  const loading = new Map<string, Promise<LoadedTree | null>>();
  async function load(id: string): Promise<LoadedTree | null> {
    const loaded = await timed("load", threads.run<LoadedTree | null>("loadTree", id));
    if (loaded !== null) trees?.set(id, loaded);
    return loaded;
  }
  function startLoading(id: string): Promise<LoadedTree | null> {
    const loaded = load(id).finally(() => loading.delete(id));
    loading.set(id, loaded);
    return loaded;
  }

  return {
    async loadTree(id, { signal } = {}) {
      signal?.throwIfAborted();
      const cached = trees?.get(id);
      if (cached !== undefined) return cached;
      return untilAborted(loading.get(id) ?? startLoading(id), signal);
    },
    pointsOfResult: (clusteringResultId, tree, { signal } = {}) =>
      timed(
        "load",
        threads.run<Int32Array | null>("pointsOfResult", { clusteringResultId, tree }, { signal }),
      ),
    run<Name extends keyof TreeAnalyses>(
      name: Name,
      tree: LoadedTree,
      input: InputOf<Name>,
      { signal }: AnalysisOptions = {},
    ) {
      const request: AnalysisRequest<Name> = { name, tree, input };
      return timed(name, threads.run<OutputOf<Name>>("analyse", request, { signal }));
    },
    nearest: (request, { signal } = {}) =>
      timed("neighbours", threads.run<FoundNeighbours>("nearestOfResult", request, { signal })),
    memberships: (request, { signal } = {}) =>
      timed(
        "memberships",
        threads.run<Map<string, Share[]> | null>("membershipsOfResult", request, { signal }),
      ),
    compare: (overlaps, { signal } = {}) =>
      timed("comparison", threads.run<Comparison>("compareOverlaps", overlaps, { signal })),
    cachedBytes: () => trees?.calculatedSize ?? 0,
    seconds,
    close: () => threads.close(),
  };
}

/** @throws the signal's reason once it aborts */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  let onAbort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
