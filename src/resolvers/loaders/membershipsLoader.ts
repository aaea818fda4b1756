import type DataLoader from "dataloader";
import { searchCost } from "../../analysis/neighbours/searchCost.js";
import type { App } from "../../app.js";
import { otherClusters, treeAndClusters } from "../analysis/treeAndClusters.js";
import { deletedMeanwhile } from "../requestError.js";
import type { SqlReader } from "../statement.js";
import { type InResultKey, inResultLoader, type ResultParents } from "./inResultLoader.js";

/** How much an embedding belongs to a cluster. */
export interface Membership {
  /** Bare UUID. */
  clusterId: string;
  /** 0 to 1. */
  share: number;
}

export const defaultMembershipLimit = 10;
export const largestMembershipLimit = 500;

/**
 * How much embeddings belong to the clusters of one clustering, greatest share first. All that are requested together are
 * compared with the exemplars of the clusters in one pass.
 * @throws RequestError as `inResultLoader` and `treeOfResult`
 */
export function membershipsLoader(
  app: Pick<App, "analyses">,
  reader: SqlReader,
  parents: ResultParents,
  clusteringResultId: string,
): DataLoader<InResultKey, Membership[], string> {
  return inResultLoader<Membership>(parents, clusteringResultId, async (row, { dimensions }, sought) => {
    if (row.clusterCount === 0) return new Map();
    const { signal } = reader;
    const { metric, normalize } = row;
    const { tree, own, medoids, points, clusterIds } = await treeAndClusters(app, row, reader);
    const clustering = { own, medoids, points };
    const exemplars = await app.analyses.run("exemplars", tree, clustering, { signal });
    if (exemplars === null) throw otherClusters(row);
    await reader.rowsRead?.beginWork(searchCost(exemplars.numbers.length, dimensions, sought.length));
    const shares = await app.analyses.memberships(
      {
        clusteringResultId,
        tree,
        ...clustering,
        exemplars,
        clusterIds,
        sought,
        dimensions,
        metric,
        normalize,
      },
      { signal },
    );
    if (shares === null) throw deletedMeanwhile();
    return new Map(
      Array.from(shares, ([id, of]) => [
        id,
        of.map(({ label, share }) => ({ clusterId: clusterIds[label], share })),
      ]),
    );
  });
}
