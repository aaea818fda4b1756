import type { Api } from "../api/api.js";
import { counted, number, parametersText, percent } from "../output/clusteringResult.js";
import { CommandError } from "../process.js";
import type { MappedEmbeddings } from "./existingMap.js";

const mapQuery = /* GraphQL */ `
  query Map($id: ID!, $clusteringResultId: ID) {
    embeddingMap(id: $id) {
      id
      embeddingModel { name }
      embeddingCount
      laidOutCount
      placedCount
      method
      neighbours
      minDistance
      seed
      metric
      normalize
      inputDigest
      trustworthiness
      pointsUrl(clusteringResultId: $clusteringResultId)
    }
  }
`;

/** The data of the query. */
export interface MapData {
  id: string;
  embeddingModel: { name: string };
  embeddingCount: number;
  laidOutCount: number | null;
  placedCount: number | null;
  method: string;
  neighbours: number | null;
  minDistance: number | null;
  seed: number | null;
  metric: string;
  normalize: boolean;
  inputDigest: string;
  trustworthiness: number | null;
  pointsUrl: string;
}

/** Reads what is known about a map. */
export async function readMap(api: Api, id: string, { result }: MappedEmbeddings): Promise<MapData> {
  const variables = { id, clusteringResultId: result?.id ?? null };
  const { embeddingMap } = await api.execute<{ embeddingMap: MapData | null }>(mapQuery, variables);
  if (embeddingMap === null) throw new CommandError(`The map ${id} was deleted.`);
  return embeddingMap;
}

/** The parameters of a map that have a value. */
export const mapParameters = ({
  method,
  neighbours,
  minDistance,
  seed,
  metric,
  normalize,
}: MapData): string =>
  `${method} with ${parametersText({ neighbours, minDistance, seed, metric, normalize })}`;

/** How well the map keeps neighbours. */
export const trustworthinessText = ({ trustworthiness }: MapData): string =>
  `trustworthiness ${trustworthiness === null ? "not defined for so few embeddings" : trustworthiness.toFixed(3)}`;

/** How many clusters a result has. */
export function clustersText({ id, clusterCount, outlierCount, embeddingCount }: MappedResultCounts): string {
  const share = embeddingCount ? ` (${percent((outlierCount ?? 0) / embeddingCount)})` : "";
  return `${number(clusterCount)} with ${counted(outlierCount, "outlier")}${share}, of ${id}`;
}

type MappedResultCounts = Pick<
  NonNullable<MappedEmbeddings["result"]>,
  "id" | "clusterCount" | "outlierCount" | "embeddingCount"
>;
