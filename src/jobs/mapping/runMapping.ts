import type { LayoutOptions } from "../../clustering/index.js";
import type { MapToStore } from "../../database/bulkStore.js";
import type { Database } from "../../database/database.js";
import { whenAvailable } from "../../database/errors/whenAvailable.js";
import type { EmbeddingMap } from "../../database/generated/sqlite/client.js";
import type { Engine } from "../clustering/engine.js";
import {
  type AttemptOptions,
  EmbeddingsGoneError,
  loadAttemptEmbeddings,
  withEmbeddingNamed,
} from "../computing/attemptEmbeddings.js";

export interface ComputedMap {
  published: boolean;
  embeddings: number;
}

/** The dimensions of a map. */
const dimensions = 2;

/** The parameters of the layout that makes a map. */
export function layoutOf(
  map: Pick<EmbeddingMap, "neighbours" | "minDistance" | "seed" | "metric" | "normalize">,
): LayoutOptions {
  const { neighbours, minDistance, seed, metric, normalize } = map;
  return {
    dimensions,
    neighbours: neighbours ?? undefined,
    minDistance: minDistance ?? undefined,
    seed: seed ?? undefined,
    metric,
    normalize,
  };
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
  const { threads, progress, signal, onUnavailable } = options;
  const embeddings = await loadAttemptEmbeddings(bulk, map, options);
  const { count, ids, vectors } = embeddings;
  if (count === 0) throw new EmbeddingsGoneError("No embedding matches any more.");
  const layout = await engine
    .layOut(
      { data: vectors, dimensions: embeddings.dimensions },
      {
        ...layoutOf(map),
        threads,
        signal,
        onProgress: (report) => progress.engine(report.stage, report.progress),
      },
    )
    .catch((error) => {
      throw withEmbeddingNamed(error, embeddings, "laid out");
    });
  signal.throwIfAborted();
  requirePlaces(layout.places, count);
  const toStore: MapToStore = {
    embeddingMapId: map.id,
    attempt: map.attempt,
    embeddingIds: ids,
    inputDigest: await embeddings.digest,
    engineVersion: engine.version,
    positions: layout.places,
    neighbours: layout.parameters.neighbours,
    trustworthiness: null,
  };
  const published = await whenAvailable(
    () => bulk.storeMap(toStore, { signal, onProgress: progress.storing }),
    signal,
    onUnavailable,
  );
  return { published, embeddings: count };
}

/** @throws Error if an embedding has no place on the plane; such a map is never stored */
function requirePlaces(places: Float32Array, count: number): void {
  if (places.length !== dimensions * count) {
    throw new Error(`The engine returned ${places.length} coordinates for ${count} embeddings.`);
  }
  const lost = places.findIndex((coordinate) => !Number.isFinite(coordinate));
  if (lost >= 0) {
    const row = Math.floor(lost / dimensions);
    throw new Error(`The engine returned the coordinate ${places[lost]} for row ${row}.`);
  }
}
