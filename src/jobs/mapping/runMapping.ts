import type { MapToStore } from "../../database/bulkStore.js";
import type { Database } from "../../database/database.js";
import { whenAvailable } from "../../database/errors/whenAvailable.js";
import type { EmbeddingMap } from "../../database/generated/sqlite/client.js";
import {
  type AttemptOptions,
  EmbeddingsGoneError,
  loadAttemptEmbeddings,
  withEmbeddingNamed,
} from "../computing/attemptEmbeddings.js";
import type { Engine } from "../computing/engine.js";
import { placeEmbeddings } from "./placeEmbeddings.js";

export interface ComputedMap {
  published: boolean;
  embeddings: number;
}

/**
 * Computes one attempt at a map: loads, lays out and stores. While the database cannot be read or written, the attempt
 * waits.
 * @returns the number of embeddings; `published` is false, with nothing stored, if another attempt runs or none does
 * @throws EmbeddingUnreadableError, EmbeddingsGoneError, InvalidClusteringInputError, or the signal's reason. Nothing
 *   was stored then
 */
export async function runMapping(
  { bulk }: Pick<Database, "bulk">,
  engine: Engine,
  map: EmbeddingMap,
  options: AttemptOptions,
): Promise<ComputedMap> {
  const { progress, signal, onUnavailable } = options;
  const embeddings = await loadAttemptEmbeddings(bulk, map, options);
  const { count, ids, vectors, dimensions } = embeddings;
  if (count === 0) throw new EmbeddingsGoneError("No embedding matches any more.");
  const { places, placedCount, neighbours, trustworthiness } = await placeEmbeddings(
    engine,
    { data: vectors, dimensions },
    map,
    options,
  ).catch((error) => {
    throw withEmbeddingNamed(error, embeddings, "laid out");
  });
  signal.throwIfAborted();
  const toStore: MapToStore = {
    embeddingMapId: map.id,
    attempt: map.attempt,
    embeddingIds: ids,
    inputDigest: await embeddings.digest,
    engineVersion: engine.version,
    positions: places,
    placedCount,
    neighbours,
    trustworthiness,
  };
  const published = await whenAvailable(
    () => bulk.storeMap(toStore, { signal, onProgress: progress.storing }),
    signal,
    onUnavailable,
  );
  return { published, embeddings: count };
}
