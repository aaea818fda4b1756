import type { PoolClient } from "pg";
import type { ClusteringToStore } from "../bulkStore.js";
import { CopyRows } from "../copyFormat/copyRows.js";
import { clusteringPublication, type Statement } from "../storing/publication.js";
import { pieceInsert, treeInsert } from "../storing/spanningTrees.js";
import { stagedRowsQuery } from "../storing/stagedRows.js";
import { clusteringTables } from "../storing/stagedTables.js";
import type { ClusteringStagingStore } from "../storing/stagingStore.js";
import type { BulkConnections } from "./connections/bulkConnections.js";
import { retryWhenAway } from "./connections/transaction.js";
import { copyInto } from "./copyInto.js";
import { postgresParameters, postgresStagingStore } from "./stagingStore.js";

const clusterBytes = 110;
const assignmentBytes = 106;

/** @param signal ends the staging and the publishing, but not the discarding */
export function postgresClusteringStagingStore(
  connections: BulkConnections,
  signal?: AbortSignal,
): ClusteringStagingStore {
  const store = postgresStagingStore(connections, clusteringTables, signal);
  const attemptOf = ({ clusteringResultId: subjectId, attempt }: ClusteringToStore) => ({
    subjectId,
    attempt,
  });
  const insert = (clustering: ClusteringToStore, { sql, parameters }: Statement) =>
    store.stage(attemptOf(clustering), async (client) => void (await client.query(sql, parameters)));
  return {
    ...store,
    insertClusters: (clustering) =>
      store.stage(attemptOf(clustering), (client) => insertClusters(client, clustering)),
    insertAssignments: (clustering, first, end) =>
      store.stage(attemptOf(clustering), (client) => insertAssignments(client, clustering, first, end)),
    insertTree: (clustering, tree) => insert(clustering, treeInsert(postgresParameters, tree)),
    insertTreePiece: (clustering, piece) =>
      insert(clustering, pieceInsert(postgresParameters, clustering.clusteringResultId, piece)),
    hasTree: async (id) => {
      const found = () => connections.query(`SELECT 1 FROM "SpanningTree" WHERE "id" = $1`, [id]);
      return (await retryWhenAway(found)).rows.length > 0;
    },
    publish: (clustering, spanningTreeId, check) =>
      store.publish(attemptOf(clustering), {
        query: stagedRowsQuery("$1"),
        check,
        // Held until the commit, so that results are published one at a time: the next one continues the
        // finishing order of this one.
        lock: "SELECT pg_advisory_xact_lock(hashtextextended('medoid finishing order', 0))",
        statements: () => clusteringPublication(clustering, spanningTreeId, postgresParameters),
      }),
  };
}

const embeddingIdOf = ({ embeddingIds }: ClusteringToStore, row: number) =>
  embeddingIds.subarray(row * 16, row * 16 + 16);

async function insertClusters(client: PoolClient, clustering: ClusteringToStore): Promise<void> {
  const columns = [
    "id",
    "clusteringResultId",
    "label",
    "size",
    "persistence",
    "medoidEmbeddingId",
    "medoidPoint",
  ];
  const rows = new CopyRows(columns.length, clustering.clusterIds.length * clusterBytes);
  for (const [label, clusterId] of clustering.clusterIds.entries()) {
    const medoid = clustering.medoids[label];
    rows
      .row()
      .uuid(clusterId)
      .uuid(clustering.clusteringResultId)
      .int4(label)
      .int4(clustering.sizes[label])
      .float8(clustering.persistence[label])
      .bytes(embeddingIdOf(clustering, medoid))
      .int4(clustering.distinctPoints[medoid]);
  }
  await copyInto(client, "Cluster", columns, rows);
}

async function insertAssignments(
  client: PoolClient,
  clustering: ClusteringToStore,
  first: number,
  end: number,
): Promise<void> {
  const columns = ["clusteringResultId", "embeddingId", "clusterId", "probability", "outlierScore", "point"];
  const rows = new CopyRows(columns.length, (end - first) * assignmentBytes);
  for (let row = first; row < end; row++) {
    const label = clustering.labels[row];
    rows
      .row()
      .uuid(clustering.clusteringResultId)
      .bytes(embeddingIdOf(clustering, row))
      .uuid(label < 0 ? null : clustering.clusterIds[label])
      .float8(clustering.probabilities[row])
      .float8(clustering.outlierScores[row])
      .int4(clustering.distinctPoints[row]);
  }
  await copyInto(client, "ClusterAssignment", columns, rows);
}
