import DataLoader from "dataloader";
import type { Analyses } from "../../analysis/analyses.js";
import { searchCost } from "../../analysis/neighbours/searchCost.js";
import { deletedMeanwhile, invalidArgument, type RequestError } from "../requestError.js";
import type { ClusteringResultRow, EmbeddingModelRow, EmbeddingRow } from "../rows.js";
import { type SqlReader, statement } from "../statement.js";
import { present } from "./nodeLoader.js";

/** An embedding, and how many of its nearest others are requested. */
export interface NeighboursKey {
  embedding: EmbeddingRow;
  limit: number;
  /** The id of the clustering result, as the request has it. */
  given: string;
}

/** Another embedding, by its bare UUID, and how far it is. */
export interface Neighbour {
  id: string;
  distance: number;
}

interface Parents {
  clusteringResult: DataLoader<string, ClusteringResultRow | null>;
  embeddingModel: DataLoader<string, EmbeddingModelRow | null>;
}

export const defaultNeighbourLimit = 10;
export const largestNeighbourLimit = 500;

/** @throws RequestError (INVALID_INPUT) if the limit is out of range */
export function requireNeighbourLimit(limit: number): void {
  if (limit < 1 || limit > largestNeighbourLimit) {
    throw invalidArgument(["limit"], `must be from 1 to ${largestNeighbourLimit}.`, limit);
  }
}

const refused = (given: string, problem: string) => invalidArgument(["clusteringResultId"], problem, given);

/**
 * The nearest others of embeddings among those that took part in one clustering, nearest first: none for an embedding
 * that took no part, or as long as the clustering has not succeeded. All that are requested together are sought in one
 * pass over the vectors.
 * @throws RequestError, for each key, if there is no such clustering, or it is of another embedding model
 */
export function neighboursLoader(
  analyses: Pick<Analyses, "nearest">,
  reader: SqlReader,
  { clusteringResult, embeddingModel }: Parents,
  clusteringResultId: string,
): DataLoader<NeighboursKey, Neighbour[], string> {
  async function exists(): Promise<boolean> {
    const { parameter, query } = statement(reader);
    const id = parameter(clusteringResultId);
    return (await query(`SELECT 1 FROM "ClusteringResult" WHERE "id" = ${id}`)).length > 0;
  }

  async function found(
    { embeddingModelId, metric, normalize, embeddingCount }: ClusteringResultRow,
    keys: readonly NeighboursKey[],
  ): Promise<Map<string, Neighbour[]>> {
    const { dimensions } = await present(embeddingModel, embeddingModelId);
    const limits = new Map<string, number>();
    for (const { embedding, limit } of keys) {
      limits.set(embedding.id, Math.max(limit, limits.get(embedding.id) ?? 0));
    }
    const sought = Array.from(limits, ([id, limit]) => ({ id, limit }));
    await reader.rowsRead?.beginWork(searchCost(embeddingCount ?? 0, dimensions, sought.length));
    const { nearest, compared } = await analyses.nearest(
      { clusteringResultId, sought, dimensions, metric, normalize },
      { signal: reader.signal },
    );
    const isWhole = compared === embeddingCount || (compared === 0 && (await exists()));
    if (!isWhole) throw deletedMeanwhile();
    return nearest;
  }

  return new DataLoader<NeighboursKey, Neighbour[], string>(
    async (keys) => {
      const result = await clusteringResult.load(clusteringResultId);
      if (result === null)
        return keys.map(({ given }) => refused(given, "must be the id of a clustering result that exists."));
      const own = keys.filter(({ embedding }) => embedding.embeddingModelId === result.embeddingModelId);
      const nearest =
        result.status === "SUCCEEDED" && own.length > 0
          ? await found(result, own)
          : new Map<string, Neighbour[]>();
      return Promise.all(
        keys.map(async ({ embedding, limit, given }): Promise<Neighbour[] | RequestError> => {
          if (embedding.embeddingModelId === result.embeddingModelId) {
            return nearest.get(embedding.id)?.slice(0, limit) ?? [];
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
