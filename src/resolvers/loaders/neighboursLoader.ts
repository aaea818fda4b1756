import type DataLoader from "dataloader";
import type { Analyses } from "../../analysis/analyses.js";
import { searchCost } from "../../analysis/neighbours/searchCost.js";
import { deletedMeanwhile } from "../requestError.js";
import { type SqlReader, statement } from "../statement.js";
import { type InResultKey, inResultLoader, type ResultParents } from "./inResultLoader.js";

/** Another embedding, by its bare UUID, and how far it is. */
export interface Neighbour {
  id: string;
  distance: number;
}

export const defaultNeighbourLimit = 10;
export const largestNeighbourLimit = 500;

/**
 * The nearest others of embeddings among those that took part in one clustering, nearest first. All that are requested
 * together are sought in one pass over the vectors.
 * @throws RequestError as `inResultLoader`
 */
export function neighboursLoader(
  analyses: Pick<Analyses, "nearest">,
  reader: SqlReader,
  parents: ResultParents,
  clusteringResultId: string,
): DataLoader<InResultKey, Neighbour[], string> {
  async function exists(): Promise<boolean> {
    const { parameter, query } = statement(reader);
    const id = parameter(clusteringResultId);
    return (await query(`SELECT 1 FROM "ClusteringResult" WHERE "id" = ${id}`)).length > 0;
  }

  return inResultLoader<Neighbour>(parents, clusteringResultId, async (result, { dimensions }, sought) => {
    const { metric, normalize, embeddingCount } = result;
    await reader.rowsRead?.beginWork(searchCost(embeddingCount ?? 0, dimensions, sought.length));
    const { nearest, compared } = await analyses.nearest(
      { clusteringResultId, sought, dimensions, metric, normalize },
      { signal: reader.signal },
    );
    const isWhole = compared === embeddingCount || (compared === 0 && (await exists()));
    if (!isWhole) throw deletedMeanwhile();
    return nearest;
  });
}
