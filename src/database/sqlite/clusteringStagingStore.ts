import type { ClusteringToStore } from "../bulkStore.js";
import { readUuid } from "../copyFormat/uuidBytes.js";
import { clusteringPublication, type Statement } from "../storing/publication.js";
import { pieceInsert, treeInsert } from "../storing/spanningTrees.js";
import { stagedRowsQuery } from "../storing/stagedRows.js";
import { clusteringTables } from "../storing/stagedTables.js";
import type { ClusteringStagingStore } from "../storing/stagingStore.js";
import { type Connection, sqliteParameters } from "./connection.js";
import { orderOfIds } from "./orderOfIds.js";
import { sqliteStagingStore } from "./stagingStore.js";

export function sqliteClusteringStagingStore(connection: Connection): ClusteringStagingStore {
  const store = sqliteStagingStore(connection, clusteringTables);
  const attemptOf = ({ clusteringResultId: subjectId, attempt }: ClusteringToStore) => ({
    subjectId,
    attempt,
  });
  const insert = (clustering: ClusteringToStore, { sql, parameters }: Statement) =>
    store.stage(attemptOf(clustering), () => void connection.prepare(sql).run(parameters));
  let order: Int32Array | undefined;
  return {
    ...store,
    insertClusters: (clustering) =>
      store.stage(attemptOf(clustering), () => insertClusters(connection, clustering)),
    insertAssignments: (clustering, first, end) => {
      order ??= orderOfIds(clustering.embeddingIds);
      const rows = order.subarray(first, end);
      return store.stage(attemptOf(clustering), () => insertAssignments(connection, clustering, rows));
    },
    insertTree: (clustering, tree) => insert(clustering, treeInsert(sqliteParameters, tree)),
    insertTreePiece: (clustering, piece) =>
      insert(clustering, pieceInsert(sqliteParameters, clustering.clusteringResultId, piece)),
    hasTree: (id) => connection.prepare(`SELECT 1 FROM "SpanningTree" WHERE "id" = ?`).get(id) !== undefined,
    publish: (clustering, spanningTreeId, check) =>
      store.publish(attemptOf(clustering), {
        query: stagedRowsQuery("?1"),
        check,
        statements: () => clusteringPublication(clustering, spanningTreeId, sqliteParameters),
      }),
  };
}

const embeddingIdOf = ({ embeddingIds }: ClusteringToStore, row: number) => readUuid(embeddingIds, row * 16);

function insertClusters(connection: Connection, clustering: ClusteringToStore): void {
  const insert = connection.prepare(`
    INSERT INTO "Cluster"
      ("id", "clusteringResultId", "label", "size", "persistence", "medoidEmbeddingId", "medoidPoint")
    VALUES (?, ?, ?, ?, ?, ?, ?)`);
  for (const [label, clusterId] of clustering.clusterIds.entries()) {
    const medoid = clustering.medoids[label];
    insert.run(
      clusterId,
      clustering.clusteringResultId,
      label,
      clustering.sizes[label],
      clustering.persistence[label],
      embeddingIdOf(clustering, medoid),
      clustering.distinctPoints[medoid],
    );
  }
}

function insertAssignments(connection: Connection, clustering: ClusteringToStore, rows: Int32Array): void {
  const insert = connection.prepare(`
    INSERT INTO "ClusterAssignment"
      ("clusteringResultId", "embeddingId", "clusterId", "probability", "outlierScore", "point")
    VALUES (?, ?, ?, ?, ?, ?)`);
  for (const row of rows) {
    const label = clustering.labels[row];
    insert.run(
      clustering.clusteringResultId,
      embeddingIdOf(clustering, row),
      label < 0 ? null : clustering.clusterIds[label],
      clustering.probabilities[row],
      clustering.outlierScores[row],
      clustering.distinctPoints[row],
    );
  }
}
