import { kernelModule } from "../clustering/kernel/kernel.js";
import type { Share } from "../clustering/softMembership.js";
import type { BulkOptions } from "../database/bulkStore.js";
import type { Database } from "../database/database.js";
import { readThreadProgram } from "../runtime/threadProgram.js";
import type { Settings } from "../settings.js";
import type { AnalysisRequest } from "./analysisTasks.js";
import type { AssignmentRequest, assignVectors } from "./assignment/assignVectors.js";
import { bytesOfVectors, type PointVectors } from "./assignment/pointVectors.js";
import type { Comparison } from "./comparison.js";
import type { MembershipsRequest } from "./memberships/membershipsOfResult.js";
import type { FoundNeighbours, NeighbourRequest } from "./neighbours/nearestOfResult.js";
import { createSharedCache } from "./sharedCache.js";
import type { LoadedTree } from "./tree/loadedTree.js";
import type { InputOf, OutputOf, TreeAnalyses } from "./tree/treeAnalyses.js";

const program = readThreadProgram(new URL("./analysisTasks.bundle.js", import.meta.url), import.meta.url);

/** The signal ends the work on the thread. */
type AnalysisOptions = Pick<BulkOptions, "signal">;

type AssignmentOutcome = Awaited<ReturnType<typeof assignVectors>>;

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
  /** Whether the distinct vectors of a clustering result are in the cache. */
  hasVectors(clusteringResultId: string): boolean;
  /**
   * Finds where vectors belong in a clustering, with its distinct vectors from the cache, as far as they fit into it.
   * @returns as assignVectors.ts describes it
   * @throws EmbeddingUnreadableError; the signal's reason once it aborts
   */
  assign(
    request: Omit<AssignmentRequest, "loaded" | "kernel">,
    options?: AnalysisOptions,
  ): Promise<AssignmentOutcome>;
  /** Bytes of the trees in their cache, and of the vectors in theirs. */
  cachedTreeBytes(): number;
  cachedVectorBytes(): number;
  /** Time, in seconds, that each analysis has taken so far, waiting for a thread included. */
  readonly seconds: ReadonlyMap<string, number>;
  /** Waits for the analyses that run, then ends the threads. */
  close(): Promise<void>;
}

/** The most that what is kept for the next analysis takes, by its kind; 0: none is kept. */
type AnalysisCaches = Pick<Settings, "treeCacheBytes" | "vectorCacheBytes">;

export function createAnalyses(
  database: Pick<Database, "openThreads">,
  { treeCacheBytes, vectorCacheBytes }: AnalysisCaches,
): Analyses {
  const threads = database.openThreads(program);
  const trees = createSharedCache<LoadedTree>(treeCacheBytes, ({ bytes }) => bytes.byteLength);
  const vectors = createSharedCache<PointVectors>(
    vectorCacheBytes,
    ({ vectors, ids }) => vectors.byteLength + ids.byteLength,
  );
  const seconds = new Map<string, number>();

  async function timed<T>(name: string, work: Promise<T>): Promise<T> {
    const begun = performance.now();
    try {
      return await work;
    } finally {
      seconds.set(name, (seconds.get(name) ?? 0) + (performance.now() - begun) / 1000);
    }
  }

  return {
    loadTree: (id, { signal } = {}) =>
      trees.get(id, () => timed("load", threads.run<LoadedTree | null>("loadTree", id)), signal),
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
    hasVectors: (clusteringResultId) => vectors.has(clusteringResultId),
    async assign(request, { signal } = {}) {
      const { clusteringResultId, points, dimensions } = request;
      const which = { clusteringResultId, points, dimensions };
      const load = () => timed("load", threads.run<PointVectors | null>("loadPointVectors", which));
      const isKept = bytesOfVectors(which) <= vectorCacheBytes;
      const loaded = isKept ? await vectors.get(clusteringResultId, load, signal) : null;
      if (isKept && loaded === null) return "deleted";
      const complete: AssignmentRequest = { ...request, loaded, kernel: kernelModule() };
      return timed("assignment", threads.run<AssignmentOutcome>("assignVectors", complete, { signal }));
    },
    cachedTreeBytes: trees.bytes,
    cachedVectorBytes: vectors.bytes,
    seconds,
    close: () => threads.close(),
  };
}
