import { v7 as uuid } from "uuid";
import {
  type HdbscanParameterOptions,
  InvalidClusteringInputError,
  pickParameters,
} from "../../clustering/index.js";
import type { ClusteringToStore, EmbeddingSelection, LoadedEmbeddings } from "../../database/bulkStore.js";
import { readUuid } from "../../database/copyFormat/uuidBytes.js";
import type { Database } from "../../database/database.js";
import { EmbeddingUnreadableError } from "../../database/errors/bulkErrors.js";
import type { DatabaseUnavailableError } from "../../database/errors/databaseUnavailable.js";
import { whenAvailable } from "../../database/errors/whenAvailable.js";
import type { ClusteringResult } from "../../database/generated/sqlite/client.js";
import type { ProgressWriter } from "./clusteringProgress.js";
import type { Engine } from "./engine.js";
import { requireMappedMedoids } from "./verifyMedoids.js";

/**
 * There were enough embeddings when the clustering was requested, but now there are fewer than its parameters
 * need.
 */
export class EmbeddingsGoneError extends Error {
  override readonly name = "EmbeddingsGoneError";
}

export interface AttemptOptions {
  threads: number;
  progress: ProgressWriter;
  signal: AbortSignal;
  /** Called with the error each time that the attempt has to wait for the database. */
  onUnavailable: (error: DatabaseUnavailableError) => void;
}

export interface ComputedClustering {
  published: boolean;
  embeddings: number;
  clusters: number;
  outliers: number;
}

/**
 * Computes one attempt of a clustering: loads, clusters, verifies and stores. While the database cannot be
 * read or written, the attempt waits.
 * @returns counts of what was stored; `published` is false, with nothing stored, if another attempt runs or
 *   none does
 * @throws EmbeddingUnreadableError, EmbeddingsGoneError, InvalidClusteringInputError, MedoidUnmappedError, or
 *   the signal's reason. Nothing was stored then
 */
export async function runClustering(
  database: Database,
  engine: Engine,
  clustering: ClusteringResult,
  { threads, progress, signal, onUnavailable }: AttemptOptions,
): Promise<ComputedClustering> {
  const embeddings = await whenAvailable(
    () => database.bulk.loadEmbeddings(selectionOf(clustering), { signal, onProgress: progress.loading }),
    signal,
    onUnavailable,
  );
  signal.throwIfAborted();
  const { minClusterSize, minSamples } = clustering;
  if (embeddings.count < Math.max(minClusterSize, minSamples)) {
    throw new EmbeddingsGoneError(
      `${embeddings.count} embeddings match now, fewer than minClusterSize ${minClusterSize} or minSamples ${minSamples}.`,
    );
  }
  const digest = database.bulk.digestEmbeddings(embeddings, { signal });
  digest.catch(() => {}); // awaited below, unless something else fails first
  const points = { data: embeddings.vectors, dimensions: embeddings.dimensions };
  const result = await engine
    .cluster(points, {
      ...parametersOf(clustering),
      threads,
      signal,
      onProgress: (report) => progress.engine(report.stage, report.progress),
    })
    .catch((error) => {
      throw withEmbeddingNamed(error, embeddings);
    });
  signal.throwIfAborted();
  requireMappedMedoids(result, embeddings.count);
  const toStore: ClusteringToStore = {
    clusteringResultId: clustering.id,
    attempt: clustering.attempt,
    embeddingIds: embeddings.ids,
    inputDigest: await digest,
    engineVersion: engine.version,
    reduction: result.parameters.reduction && JSON.stringify(result.parameters.reduction),
    clusterIds: Array.from(result.medoids, () => uuid()),
    medoids: result.medoids,
    sizes: result.sizes,
    persistence: result.persistence,
    labels: result.labels,
    probabilities: result.probabilities,
    outlierScores: result.outlierScores,
    distinctPoints: result.distinctPoints,
  };
  const published = await whenAvailable(
    () => database.bulk.storeClustering(toStore, { signal, onProgress: progress.storing }),
    signal,
    onUnavailable,
  );
  const clustered = result.sizes.reduce((sum, size) => sum + size, 0);
  return {
    published,
    embeddings: embeddings.count,
    clusters: result.sizes.length,
    outliers: embeddings.count - clustered,
  };
}

function parametersOf(clustering: ClusteringResult): HdbscanParameterOptions {
  const { reduction } = clustering;
  return { ...pickParameters(clustering), reduction: reduction === null ? null : JSON.parse(reduction) };
}

function selectionOf(clustering: ClusteringResult): EmbeddingSelection {
  return { ...JSON.parse(clustering.filter), embeddingModelId: clustering.embeddingModelId };
}

/** The engine identifies a vector by its row; readers of the failure need the embedding's id. */
function withEmbeddingNamed(error: unknown, { ids }: LoadedEmbeddings): unknown {
  if (!(error instanceof InvalidClusteringInputError) || error.row === undefined) return error;
  return new EmbeddingUnreadableError(readUuid(ids, error.row * 16), `cannot be clustered: ${error.message}`);
}
