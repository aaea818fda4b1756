import type { PoolClient } from "pg";
import type { ClusteringToStore } from "../bulkStore.js";
import { CopyRows } from "../copyFormat/copyRows.js";
import { type StagedRows, stagedRowsQuery } from "../storing/stagedRows.js";
import {
  type Attempt,
  AttemptOverError,
  abandonedQuery,
  publication,
  type StagingStore,
} from "../storing/stagingStore.js";
import { rowsPerTransaction } from "../storing/storeClustering.js";
import type { BulkConnections } from "./connections/bulkConnections.js";
import { isIntegrityViolation } from "./connections/integrityViolation.js";
import { retryWhenAway, writeTransaction } from "./connections/transaction.js";
import { copyInto } from "./copyInto.js";
import { postgresDialect } from "./postgresDialect.js";

const clusterBytes = 110;
const assignmentBytes = 106;

/**
 * Time limit, in milliseconds, of a statement in a transaction that stages rows: a worker that is suspended
 * meanwhile must not delay the worker that takes over.
 */
const stagingMilliseconds = 15_000;

const currentAttempt = `
  SELECT 1 FROM "Job" WHERE "id" = $1 AND "attempt" = $2 AND "status" = 'RUNNING'`;

/** @param signal ends the staging and the publishing, but not the discarding */
export function postgresStagingStore(connections: BulkConnections, signal?: AbortSignal): StagingStore {
  const stage = (attempt: Attempt, work: (client: PoolClient) => Promise<void>) =>
    writeTransaction(
      connections,
      async (client) => {
        await client.query(`SET LOCAL statement_timeout = ${stagingMilliseconds}`);
        await requireAttempt(client, attempt);
        await work(client);
        // The result's row is locked only from here on, so that a worker that takes over need not wait for
        // the rows to be written.
        await requireAttempt(client, attempt, "FOR NO KEY UPDATE");
      },
      { signal, isWorthRetrying: isTimeout },
    );
  const discard = ({ clusteringResultId: id, attempt }: Attempt, sql: string) =>
    writeTransaction(connections, async (client) => {
      const { rowCount: isMine } = await client.query(
        `SELECT 1 FROM "ClusteringResult" WHERE "id" = $1 AND "attempt" = $2 AND "status" <> 'SUCCEEDED'
         FOR NO KEY UPDATE`,
        [id, attempt],
      );
      return isMine ? ((await client.query(sql, [id])).rowCount ?? 0) : 0;
    });
  return {
    insertClusters: (clustering) => stage(clustering, (client) => insertClusters(client, clustering)),
    insertAssignments: (clustering, first, end) =>
      stage(clustering, (client) => insertAssignments(client, clustering, first, end)),
    publish: (clustering, check) =>
      writeTransaction(
        connections,
        async (client) => {
          // Locks the result's row, so that no worker takes the clustering over before the commit.
          await requireAttempt(client, clustering, "FOR NO KEY UPDATE");
          const { rows } = await client.query<StagedRows>(stagedRowsQuery("$1"), [
            clustering.clusteringResultId,
          ]);
          check(rows[0]);
          // Held until the commit, so that results are published one at a time: the next one continues the
          // finishing order of this one.
          await client.query("SELECT pg_advisory_xact_lock(hashtextextended('medoid finishing order', 0))");
          const statements = publication(clustering, postgresDialect.placeholder, (time) => time);
          for (const { sql, parameters } of statements) await client.query(sql, parameters);
        },
        { signal },
      ),
    discardSomeAssignments: (attempt) =>
      discard(
        attempt,
        `DELETE FROM "ClusterAssignment" WHERE ctid = ANY(ARRAY(
           SELECT ctid FROM "ClusterAssignment" WHERE "clusteringResultId" = $1 LIMIT ${rowsPerTransaction}))`,
      ),
    async discardClusters(attempt) {
      await discard(attempt, `DELETE FROM "Cluster" WHERE "clusteringResultId" = $1`);
    },
    abandoned: async () => (await connections.query<Attempt>(abandonedQuery)).rows,
    // Either rows of the attempt that has taken over conflict with these, or the rows that these refer to
    // were deleted.
    async isOver(error, { clusteringResultId, attempt }) {
      if (!isIntegrityViolation(error)) return false;
      const isCurrent = () => connections.query(currentAttempt, [clusteringResultId, attempt]);
      return (await retryWhenAway(isCurrent)).rows.length === 0;
    },
    pauseMilliseconds: 0,
  };
}

/**
 * @param hold the locking clause that holds the row until the transaction ends, so that no worker takes the
 *   clustering over meanwhile
 */
async function requireAttempt(
  client: PoolClient,
  { clusteringResultId, attempt }: Attempt,
  hold: "" | "FOR NO KEY UPDATE" = "",
): Promise<void> {
  const { rowCount } = await client.query(`${currentAttempt} ${hold}`, [clusteringResultId, attempt]);
  if (!rowCount) throw new AttemptOverError();
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

function isTimeout(error: unknown): boolean {
  return (error as { code?: unknown }).code === "57014"; // query_canceled
}
