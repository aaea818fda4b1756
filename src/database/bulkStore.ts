import type { RecordedCounts, RunRecord } from "./recording/runRecord.js";

/** Which embeddings of a model take part: what matches all of it. Ids are bare UUIDs. */
export interface EmbeddingSelection {
  embeddingModelId: string;
  runIds?: string[] | null;
  networks?: string[][] | null;
  initialPrompts?: string[] | null;
  /** Models of the invocations. */
  models?: string[] | null;
  /** Both ends inclusive. */
  sequenceNumber?: { min?: number | null; max?: number | null } | null;
  /** Within each run, of what the rest leaves, in sequence order: keeps the 1st, the (n+1)th, … */
  everyNth?: number | null;
}

/** The embeddings of a selection in canonical order: run id, sequence number, embedding id. */
export interface LoadedEmbeddings {
  count: number;
  /** 16 bytes an id. */
  ids: Uint8Array;
  /** count · dimensions, row-major, on a SharedArrayBuffer. */
  vectors: Float32Array;
  dimensions: number;
}

/** What a finished clustering leaves behind, in the order of its LoadedEmbeddings. */
export interface ClusteringToStore {
  clusteringResultId: string;
  /** Nothing is written unless the result is RUNNING in this attempt. */
  attempt: number;
  embeddingIds: Uint8Array;
  inputDigest: string;
  engineVersion: string;
  /** One cluster id (UUID) a label. */
  clusterIds: string[];
  /** Row index a label. */
  medoids: Int32Array;
  sizes: Int32Array;
  persistence: Float64Array;
  labels: Int32Array;
  probabilities: Float64Array;
  outlierScores: Float64Array;
  distinctPoints: Int32Array;
}

interface WriteOptions {
  /**
   * Once it aborts the write ends and the promise rejects with its reason: nothing was written then. Where all was
   * committed before the write heard of it, the promise resolves.
   */
  signal?: AbortSignal;
}

export interface BulkOptions {
  signal?: AbortSignal;
  /** 0 to 1. */
  onProgress?: (progress: number) => void;
}

/** How many clustering results a refused deletion of a run names. */
export const mostResultsListed = 20;

export interface RunDeletion {
  /**
   * The clustering results that used its embeddings, newest first, at most `mostResultsListed`: where there is one,
   * nothing was deleted.
   */
  usedBy: string[];
}

/** How far an attempt at a clustering has come. */
export interface AttemptProgress {
  /** Bare UUID. */
  clusteringResultId: string;
  attempt: number;
  /** A ClusteringStage. */
  stage: string;
  /** 0 to 1. */
  progress: number;
}

/** Reads and writes that are too large, or come too often, for Prisma or for the server's thread. */
export interface BulkStore {
  countEmbeddings(selection: EmbeddingSelection, options?: Pick<BulkOptions, "signal">): Promise<number>;
  /** Distinct texts of the selection's invocations: about as many as there are distinct vectors. */
  countDistinctTexts(selection: EmbeddingSelection, options?: Pick<BulkOptions, "signal">): Promise<number>;
  /** @throws EmbeddingUnreadableError */
  loadEmbeddings(selection: EmbeddingSelection, options?: BulkOptions): Promise<LoadedEmbeddings>;
  /**
   * Changes nothing where the attempt is no longer the one that runs. What a crash of the machine loses of it is no
   * loss. Where the signal aborts, it is not waited for any more.
   */
  writeProgress(progress: AttemptProgress, options?: { signal?: AbortSignal }): Promise<void>;
  /**
   * Beside whatever else reads them: for gigabytes it takes seconds.
   * @returns SHA-256, in hex, of every id and vector in canonical order
   */
  digestEmbeddings(embeddings: LoadedEmbeddings, options?: Pick<BulkOptions, "signal">): Promise<string>;
  /**
   * Stages clusters and assignments in short transactions, and publishes them with SUCCEEDED at once.
   * @returns false, and nothing is written, where the attempt is no longer the one that runs.
   */
  storeClustering(clustering: ClusteringToStore, options?: BulkOptions): Promise<boolean>;
  /** Removes what is staged of results that were cancelled, or failed, after their worker had died. */
  discardAbandonedRows(): Promise<void>;
  /** Removes a finished result with its clusters and assignments. @returns whether there was one that has finished */
  deleteClusteringResult(id: string, options?: WriteOptions): Promise<boolean>;
  /**
   * Records whole runs, all or nothing; what exists already must be equal.
   * @throws RecordConflictError
   */
  recordRuns(runs: RunRecord[], options?: WriteOptions): Promise<RecordedCounts>;
  /**
   * Removes a run with its invocations, images and embeddings, unless a clustering used one of them.
   * @param runId bare UUID
   * @returns null where there is no such run
   */
  deleteRun(runId: string, options?: WriteOptions): Promise<RunDeletion | null>;
  close(): Promise<void>;
}
