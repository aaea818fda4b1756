import type { ClusteringToStore } from "../bulkStore.js";
import { readUuid } from "../copyFormat/uuidBytes.js";
import { longestPause } from "../errors/retryWhenBusy.js";
import { type StagedRows, stagedRowsQuery } from "../storing/stagedRows.js";
import {
  type Attempt,
  AttemptOverError,
  abandonedQuery,
  publication,
  type StagingStore,
} from "../storing/stagingStore.js";
import { rowsPerTransaction } from "../storing/storeClustering.js";
import { type Connection, sqliteDateTime, writeTransaction } from "./connection.js";
import { sqliteDialect } from "./sqliteDialect.js";

/** The attempt has neither succeeded nor been taken over. */
const isMine = `EXISTS (
  SELECT 1 FROM "ClusteringResult" r WHERE r."id" = ? AND r."attempt" = ? AND r."status" <> 'SUCCEEDED')`;

export function sqliteStagingStore(connection: Connection): StagingStore {
  const stage = ({ clusteringResultId, attempt }: Attempt, work: () => void) =>
    writeTransaction(connection, () => {
      const running = connection
        .prepare(`SELECT 1 FROM "Job" WHERE "id" = ? AND "attempt" = ? AND "status" = 'RUNNING'`)
        .get(clusteringResultId, attempt);
      if (!running) throw new AttemptOverError();
      work();
    });
  return {
    insertClusters: (clustering) => stage(clustering, () => insertClusters(connection, clustering)),
    insertAssignments: (clustering, first, end) =>
      stage(clustering, () => insertAssignments(connection, clustering, first, end)),
    publish(clustering, check) {
      const query = connection.prepare(stagedRowsQuery("?1"));
      const checkRows = () => check(query.get(clustering.clusteringResultId) as StagedRows);
      // Changes whenever another connection has committed.
      const dataVersion = () => connection.prepare("PRAGMA data_version").raw().get([]) as [number];
      // The check reads every row, and therefore runs before the write lock is taken. With the lock it only
      // runs again if anything has been written meanwhile.
      const [checked] = dataVersion();
      checkRows();
      stage(clustering, () => {
        if (dataVersion()[0] !== checked) checkRows();
        const statements = publication(clustering, sqliteDialect.placeholder, sqliteDateTime);
        for (const { sql, parameters } of statements) connection.prepare(sql).run(parameters);
      });
    },
    discardSomeAssignments({ clusteringResultId: id, attempt }) {
      const some = connection.prepare(`
        DELETE FROM "ClusterAssignment" WHERE rowid IN (
          SELECT rowid FROM "ClusterAssignment" WHERE "clusteringResultId" = ? LIMIT ${rowsPerTransaction}
        ) AND ${isMine}`);
      return writeTransaction(connection, () => some.run(id, id, attempt)).changes;
    },
    discardClusters({ clusteringResultId: id, attempt }) {
      const clusters = connection.prepare(
        `DELETE FROM "Cluster" WHERE "clusteringResultId" = ? AND ${isMine}`,
      );
      writeTransaction(connection, () => clusters.run(id, id, attempt));
    },
    abandoned: () => connection.prepare(abandonedQuery).all() as Attempt[],
    isOver: () => false,
    // Long enough for every writer that waits for the lock to try again.
    pauseMilliseconds: longestPause,
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

function insertAssignments(
  connection: Connection,
  clustering: ClusteringToStore,
  first: number,
  end: number,
): void {
  const insert = connection.prepare(`
    INSERT INTO "ClusterAssignment"
      ("clusteringResultId", "embeddingId", "clusterId", "probability", "outlierScore", "point")
    VALUES (?, ?, ?, ?, ?, ?)`);
  for (let row = first; row < end; row++) {
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
