import DataLoader from "dataloader";
import type { App } from "../../app.js";
import { deletedMeanwhile, invalidArgument } from "../requestError.js";
import type { ClusteringResultRow } from "../rows.js";
import { type SqlReader, statement } from "../statement.js";
import { otherClusters, treeAndClusters } from "./treeAndClusters.js";

/** Where an outlier meets a cluster. */
export interface OutlierJoin {
  /** Bare UUID. */
  clusterId: string;
  joinsAt: number;
}

/** The number of outliers that meet a cluster within a distance. */
export interface JoiningCount {
  factor: number;
  outlierCount: number;
}

export const mostFactors = 20;

/**
 * Where the outliers of one result meet clusters, by the embedding's id: null for embeddings that are in a cluster or
 * took no part, and where there is no cluster. The tree is gone through once for all that are requested together.
 * @throws RequestError as `treeOfResult`
 */
export function outlierJoinLoader(
  app: Pick<App, "analyses">,
  reader: SqlReader,
  clusteringResult: DataLoader<string, ClusteringResultRow | null>,
  clusteringResultId: string,
): DataLoader<string, OutlierJoin | null> {
  return new DataLoader(async (embeddingIds) => {
    const row = await clusteringResult.load(clusteringResultId);
    if (row === null) throw deletedMeanwhile();
    if (!hasJoins(row)) return embeddingIds.map(() => null);
    const numbers = await numbersOf(reader, clusteringResultId, embeddingIds);
    const { tree, clusterIds, pointOf, ...clustering } = await treeAndClusters(app, row, reader);
    const found = embeddingIds.filter((id) => numbers.has(id));
    const points = Int32Array.from(found, (id) => pointOf(numbers.get(id)!));
    const input = { ...clustering, points };
    const joins = await app.analyses.run("outlierJoins", tree, input, { signal: reader.signal });
    if (joins === null) throw otherClusters(row);
    const joinOf = new Map(
      found.map((id, at): [string, OutlierJoin | null] => {
        const label = joins.nearestClusters[at];
        return [id, label < 0 ? null : { clusterId: clusterIds[label], joinsAt: joins.joinsAt[at] }];
      }),
    );
    return embeddingIds.map((id) => joinOf.get(id) ?? null);
  });
}

/**
 * How many outliers of a result meet their nearest cluster within each multiple of the largest height of its own.
 * @returns an empty list until the clustering has succeeded
 * @throws RequestError INVALID_INPUT, and as `treeOfResult`
 */
export async function joiningOutliers(
  app: Pick<App, "analyses">,
  row: ClusteringResultRow,
  factors: readonly number[],
  reader: SqlReader,
): Promise<JoiningCount[]> {
  if (factors.length > mostFactors) {
    throw invalidArgument(["within"], `must be at most ${mostFactors} numbers.`, factors.length);
  }
  const wrong = factors.findIndex((factor) => !(factor >= 0));
  if (wrong >= 0) throw invalidArgument(["within", String(wrong)], "must be 0 or more.", factors[wrong]);
  if (row.status !== "SUCCEEDED") return [];
  if (!hasJoins(row)) return factors.map((factor) => ({ factor, outlierCount: 0 }));
  const { tree, own, medoids } = await treeAndClusters(app, row, reader);
  const input = { own, medoids, factors: [...factors] };
  const counts = await app.analyses.run("joiningCounts", tree, input, { signal: reader.signal });
  if (counts === null) throw otherClusters(row);
  return factors.map((factor, at) => ({ factor, outlierCount: counts[at] }));
}

const hasJoins = ({ status, clusterCount, outlierCount }: ClusteringResultRow): boolean =>
  status === "SUCCEEDED" && clusterCount !== 0 && outlierCount !== 0;

/** The numbers of the distinct vectors of embeddings, by the embedding's id. */
async function numbersOf(
  reader: SqlReader,
  clusteringResultId: string,
  embeddingIds: readonly string[],
): Promise<Map<string, number>> {
  const { parameter, query } = statement(reader);
  const list = parameter(reader.dialect.listValue(embeddingIds));
  const rows = await query(`
    SELECT "embeddingId", "point" FROM "ClusterAssignment"
    WHERE "clusteringResultId" = ${parameter(clusteringResultId)}
      AND ${reader.dialect.isOneOf(`"embeddingId"`, list, "id")}`);
  return new Map(rows.map(({ embeddingId, point }) => [embeddingId as string, Number(point)]));
}
