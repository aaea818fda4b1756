import type { ImportedFile } from "./recording/importedFile.js";
import type { RunRecord } from "./recording/runRecord.js";
import type { Added } from "./recording/runRecording.js";

/**
 * Selects embeddings of one model: those that satisfy every given condition. A condition that is null or
 * undefined restricts nothing. Ids are bare UUIDs.
 */
export interface EmbeddingSelection {
  embeddingModelId: string;
  runIds?: string[] | null;
  networks?: string[][] | null;
  initialPrompts?: string[] | null;
  /** Embeddings of the outputs of these models. */
  models?: string[] | null;
  /** Range of the invocation's sequence number, both ends inclusive. */
  sequenceNumber?: { min?: number | null; max?: number | null } | null;
  /**
   * Applied last: of the embeddings that satisfy the other conditions, in each run in sequence order, selects
   * the 1st, the (n+1)th, the (2n+1)th, and so on.
   */
  everyNth?: number | null;
}

/** The embeddings of a selection in canonical order: run id, sequence number, embedding id. */
export interface LoadedEmbeddings {
  count: number;
  /** 16 bytes per id. */
  ids: Uint8Array;
  /** `count` · `dimensions` numbers, row-major, on a SharedArrayBuffer. */
  vectors: Float32Array;
  dimensions: number;
}

/**
 * The rows of a finished clustering. Arrays with one element per embedding are in the order of its
 * LoadedEmbeddings.
 */
export interface ClusteringToStore {
  clusteringResultId: string;
  /** Nothing is written unless the job is RUNNING in this attempt. */
  attempt: number;
  embeddingIds: Uint8Array;
  inputDigest: string;
  engineVersion: string;
  /** JSON of the parameters of the reduction as they took effect; null: there was none. */
  reduction: string | null;
  /** Number of embeddings that the reduction placed among those that it laid out. */
  placedCount: number;
  /** One cluster id (UUID) per label. */
  clusterIds: string[];
  /** One row index per label. */
  medoids: Int32Array;
  sizes: Int32Array;
  persistence: Float64Array;
  labels: Int32Array;
  probabilities: Float64Array;
  outlierScores: Float64Array;
  distinctPoints: Int32Array;
  spanningTree: TreeToStore;
}

/** A spanning tree for a clustering that has succeeded. */
export interface TreeOfResult {
  clusteringResultId: string;
  /** Of the embeddings that it is the tree of. */
  inputDigest: string;
  bytes: Uint8Array;
}

/** The spanning tree that the clusters were cut from. */
interface TreeToStore {
  /** Whatever the caller will want back. */
  bytes: Uint8Array;
  /**
   * The id of a stored tree of the same bytes: this one is then not stored once more, unless that one has been deleted
   * meanwhile. Null: none is known.
   */
  storedAs: string | null;
}

/**
 * The positions of a finished map. Arrays with elements per embedding are in the order of its LoadedEmbeddings.
 */
export interface MapToStore {
  embeddingMapId: string;
  /** Nothing is written unless the job is RUNNING in this attempt. */
  attempt: number;
  embeddingIds: Uint8Array;
  inputDigest: string;
  engineVersion: string;
  /** Two finite numbers per embedding: x, y. */
  positions: Float32Array;
  /** Number of embeddings that were placed among those that were laid out. */
  placedCount: number;
  /** The number of neighbours that took effect; null for a method without neighbours. */
  neighbours: number | null;
  /** 0 to 1; null if there are too few embeddings to tell. */
  trustworthiness: number | null;
}

interface WriteOptions {
  /**
   * Aborting it ends the write and rejects the promise with the signal's reason; nothing has been written
   * then. If the write was committed before it noticed the abort, the promise resolves.
   */
  signal?: AbortSignal;
}

interface RecordingOptions extends WriteOptions {
  /** The file that the runs come from. Default: they come through the API. */
  importedFile?: ImportedFile;
}

export interface BulkOptions {
  signal?: AbortSignal;
  /** 0 to 1. */
  onProgress?: (progress: number) => void;
}

/** The tables of what is computed from embeddings: the subjects of jobs. */
export type SubjectTable = "ClusteringResult" | "EmbeddingMap";

/** Maximum number of clustering results, and of maps, that are listed when the deletion of a run is refused. */
export const mostSubjectsListed = 20;

/** What uses the embeddings of runs, so that these cannot be deleted. */
export interface RunUse {
  table: SubjectTable;
  /** Bare UUID. */
  id: string;
}

export interface RunsToDelete {
  /** Bare UUIDs. */
  runIds: string[];
  /**
   * If it is not null, only those runs are deleted that this import recorded and no other file contains: these
   * become runs of the other file.
   */
  importedFileId: string | null;
}

export interface RunsDeletion {
  /**
   * The clustering results and the maps that used the runs' embeddings, of each table the newest first, at most
   * `mostSubjectsListed`. If there are any, nothing was deleted.
   */
  usedBy: RunUse[];
  deleted: {
    runs: number;
    invocations: number;
    images: number;
    /** By the id of the embedding model. */
    embeddings: Record<string, number>;
  };
}

/** The progress of one attempt at a clustering or a map. */
export interface AttemptProgress {
  table: SubjectTable;
  /** Bare UUID. */
  id: string;
  attempt: number;
  /** The name of a ClusteringStage; null for a table without stages. */
  stage: string | null;
  /** 0 to 1. */
  progress: number;
}

/** Reads and writes that are too large or too frequent for Prisma or for the server's thread. */
export interface BulkStore {
  countEmbeddings(selection: EmbeddingSelection, options?: Pick<BulkOptions, "signal">): Promise<number>;
  /**
   * Number of distinct texts of the selection's invocations, which is about the number of distinct vectors.
   */
  countDistinctTexts(selection: EmbeddingSelection, options?: Pick<BulkOptions, "signal">): Promise<number>;
  /** @throws EmbeddingUnreadableError */
  loadEmbeddings(selection: EmbeddingSelection, options?: BulkOptions): Promise<LoadedEmbeddings>;
  /**
   * Changes nothing if another attempt is running or none is. May be lost in a crash of the machine, because
   * progress need not be durable. Once the signal aborts, the promise no longer waits for the write.
   */
  writeProgress(progress: AttemptProgress, options?: { signal?: AbortSignal }): Promise<void>;
  /**
   * Runs beside other readers of the same embeddings, because it takes seconds for gigabytes.
   * @returns SHA-256, in hexadecimal, of all ids and vectors in canonical order
   */
  digestEmbeddings(embeddings: LoadedEmbeddings, options?: Pick<BulkOptions, "signal">): Promise<string>;
  /**
   * Stages clusters, assignments and the spanning tree in short transactions, then publishes them and sets the status
   * SUCCEEDED in one.
   * @returns false, with nothing written, if another attempt is running or none is
   */
  storeClustering(clustering: ClusteringToStore, options?: BulkOptions): Promise<boolean>;
  /**
   * Reads the bytes of a spanning tree.
   * @returns null if no tree has the id
   * @throws SpanningTreeUnreadableError if they are not those that were stored
   */
  loadSpanningTree(id: string, options?: Pick<BulkOptions, "signal">): Promise<ArrayBuffer | null>;
  /**
   * Stores the spanning tree of a published clustering, in the place of the one that it has, all in one transaction.
   * @returns false, with nothing written, if there is no such result, or it clustered other embeddings
   */
  putSpanningTree(tree: TreeOfResult, options?: WriteOptions): Promise<boolean>;
  /**
   * Stages positions in short transactions, then publishes them and sets the status SUCCEEDED in one.
   * @returns false, with nothing written, if another attempt is running or none is
   */
  storeMap(map: MapToStore, options?: BulkOptions): Promise<boolean>;
  /** Removes the staged rows of subjects that were cancelled or failed after their worker had died. */
  discardAbandonedRows(table: SubjectTable): Promise<void>;
  /**
   * Removes a finished subject with its job and its rows: of a clustering result the clusters, assignments and, unless
   * other results were cut from it, the spanning tree; of a map the positions. An embedding model without embeddings
   * that nothing else names is removed too.
   * @returns whether a finished subject existed
   */
  deleteFinished(table: SubjectTable, id: string, options?: WriteOptions): Promise<boolean>;
  /**
   * Records whole runs, all or none. What is already stored must be equal.
   * @throws RecordConflictError
   */
  recordRuns(runs: RunRecord[], options?: RecordingOptions): Promise<Added>;
  /**
   * Removes runs with their invocations, images and embeddings, all in one transaction, unless a clustering or
   * a map used one of them. Runs that do not exist are not counted. Models that lose their last embedding are removed
   * too, unless a clustering result or map names them.
   */
  deleteRuns(runs: RunsToDelete, options?: WriteOptions): Promise<RunsDeletion>;
  /**
   * Removes an imported file, unless it has runs.
   * @returns whether it must be called again, because many runs of other origin are in the file too
   */
  forgetImportedFile(id: string, options?: WriteOptions): Promise<boolean>;
  /**
   * Removes those of the embedding models that have no embeddings, and that no clustering result or map names.
   * @returns their number
   */
  deleteEmptyModels(ids: string[], options?: WriteOptions): Promise<number>;
  close(): Promise<void>;
}
