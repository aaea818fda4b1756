import DataLoader from "dataloader";
import { invalidArgument, type RequestError } from "../requestError.js";
import type { ClusteringResultRow, EmbeddingModelRow, EmbeddingRow } from "../rows.js";
import { present } from "./nodeLoader.js";

/** An embedding, and how much of it is requested in a clustering. */
export interface InResultKey {
  embedding: EmbeddingRow;
  limit: number;
  /** The id of the clustering result, as the request has it. */
  given: string;
}

export interface ResultParents {
  clusteringResult: DataLoader<string, ClusteringResultRow | null>;
  embeddingModel: DataLoader<string, EmbeddingModelRow | null>;
}

/** How much is requested of an embedding. */
interface Sought {
  /** Bare UUID. */
  id: string;
  limit: number;
}

const refused = (given: string, problem: string) => invalidArgument(["clusteringResultId"], problem, given);

/**
 * What embeddings have in one clustering, as lists of which the first items are returned: empty for an embedding that
 * took no part, or as long as the clustering has not succeeded.
 *
 * @param find finds it for all that are requested together, of a clustering that has succeeded and embeddings of its model
 * @throws RequestError, for each key, if there is no such clustering, or it is of another embedding model
 */
export function inResultLoader<Item>(
  { clusteringResult, embeddingModel }: ResultParents,
  clusteringResultId: string,
  find: (
    result: ClusteringResultRow,
    model: EmbeddingModelRow,
    sought: Sought[],
  ) => Promise<Map<string, Item[]>>,
): DataLoader<InResultKey, Item[], string> {
  async function found(
    result: ClusteringResultRow,
    keys: readonly InResultKey[],
  ): Promise<Map<string, Item[]>> {
    const limits = new Map<string, number>();
    for (const { embedding, limit } of keys) {
      limits.set(embedding.id, Math.max(limit, limits.get(embedding.id) ?? 0));
    }
    const model = await present(embeddingModel, result.embeddingModelId);
    return find(
      result,
      model,
      Array.from(limits, ([id, limit]) => ({ id, limit })),
    );
  }

  return new DataLoader<InResultKey, Item[], string>(
    async (keys) => {
      const result = await clusteringResult.load(clusteringResultId);
      if (result === null)
        return keys.map(({ given }) => refused(given, "must be the id of a clustering result that exists."));
      const own = keys.filter(({ embedding }) => embedding.embeddingModelId === result.embeddingModelId);
      const items =
        result.status === "SUCCEEDED" && own.length > 0
          ? await found(result, own)
          : new Map<string, Item[]>();
      return Promise.all(
        keys.map(async ({ embedding, limit, given }): Promise<Item[] | RequestError> => {
          if (embedding.embeddingModelId === result.embeddingModelId) {
            return items.get(embedding.id)?.slice(0, limit) ?? [];
          }
          const [model, other] = await Promise.all(
            [embedding, result].map((row) => present(embeddingModel, row.embeddingModelId)),
          );
          return refused(
            given,
            `must be a clustering result of the embedding model ${JSON.stringify(model.name)}, which the embedding is of, and is one of ${JSON.stringify(other.name)}.`,
          );
        }),
      );
    },
    { cacheKeyFn: ({ embedding, limit, given }) => `${embedding.id} ${limit} ${given}` },
  );
}
