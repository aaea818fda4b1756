import { InvalidClusteringInputError } from "../../clustering/index.js";
import type { BulkStore, EmbeddingSelection, LoadedEmbeddings } from "../../database/bulkStore.js";
import { readUuid } from "../../database/copyFormat/uuidBytes.js";
import { EmbeddingUnreadableError } from "../../database/errors/bulkErrors.js";
import type { DatabaseUnavailableError } from "../../database/errors/databaseUnavailable.js";
import { whenAvailable } from "../../database/errors/whenAvailable.js";
import type { ProgressWriter } from "./attemptProgress.js";

/**
 * There were enough embeddings when the work was requested, but now there are fewer than its parameters need.
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

/** The embeddings that an attempt computes from. */
export interface AttemptEmbeddings extends LoadedEmbeddings {
  /** Computed beside the work on the embeddings. It may reject before it is awaited. */
  digest: Promise<string>;
}

/**
 * Loads the embeddings of a subject, and begins to compute their digest. While the database cannot be read, it waits.
 * @param subject its filter is JSON
 */
export async function loadAttemptEmbeddings(
  bulk: Pick<BulkStore, "loadEmbeddings" | "digestEmbeddings">,
  { filter, embeddingModelId }: { filter: string; embeddingModelId: string },
  { progress, signal, onUnavailable }: AttemptOptions,
): Promise<AttemptEmbeddings> {
  const selection: EmbeddingSelection = { ...JSON.parse(filter), embeddingModelId };
  const embeddings = await whenAvailable(
    () => bulk.loadEmbeddings(selection, { signal, onProgress: progress.loading }),
    signal,
    onUnavailable,
  );
  signal.throwIfAborted();
  const digest = bulk.digestEmbeddings(embeddings, { signal });
  digest.catch(() => {}); // awaited later, unless something else fails first
  return { ...embeddings, digest };
}

/** The engine identifies a vector by its row; readers of the failure need the embedding's id. */
export function withEmbeddingNamed(error: unknown, { ids }: LoadedEmbeddings, deed: string): unknown {
  if (!(error instanceof InvalidClusteringInputError) || error.row === undefined) return error;
  return new EmbeddingUnreadableError(readUuid(ids, error.row * 16), `cannot be ${deed}: ${error.message}`);
}

/** The code of a failure that would occur in every further attempt, whatever is computed; undefined for another. */
export function inputFailureCode(error: unknown): string | undefined {
  if (error instanceof EmbeddingUnreadableError) return "EMBEDDING_UNREADABLE";
  if (error instanceof EmbeddingsGoneError) return "NOT_ENOUGH_EMBEDDINGS";
  if (error instanceof InvalidClusteringInputError) return "INVALID_INPUT";
  return undefined;
}
