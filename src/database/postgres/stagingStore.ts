import type { PoolClient } from "pg";
import type { StagedTables } from "../storing/stagedTables.js";
import {
  type Attempt,
  AttemptOverError,
  abandonedQuery,
  type StagingStore,
} from "../storing/stagingStore.js";
import type { BulkConnections } from "./connections/bulkConnections.js";
import { isIntegrityViolation } from "./connections/integrityViolation.js";
import { retryWhenAway, writeTransaction } from "./connections/transaction.js";
import { postgresDialect } from "./postgresDialect.js";

/** How statements that both databases run take parameters. */
export const postgresParameters = { placeholder: postgresDialect.placeholder, time: (date: Date) => date };

export interface PostgresStagingStore extends StagingStore {
  /** Does the work in one transaction, if the attempt is the running one, and still is afterwards. */
  stage(attempt: Attempt, work: (client: PoolClient) => Promise<void>): Promise<void>;
  /** Checks what an attempt has staged, and publishes it in one transaction. */
  publish<Staged>(attempt: Attempt, publication: Publication<Staged>): Promise<void>;
}

interface Publication<Staged> {
  /** Selects one row of counts. Its one parameter is the id of the subject. */
  query: string;
  /** @throws if something is missing */
  check: (staged: Staged) => void;
  /** A statement that is run before the others, which holds a lock until the commit. */
  lock?: string;
  statements: () => { sql: string; parameters: unknown[] }[];
}

/**
 * Time limit, in milliseconds, of a statement in a transaction that stages rows: a worker that is suspended
 * meanwhile must not delay the worker that takes over.
 */
const stagingMilliseconds = 15_000;

const currentAttempt = `
  SELECT 1 FROM "Job" WHERE "id" = $1 AND "attempt" = $2 AND "status" = 'RUNNING'`;

/**
 * What storing results of any kind of job has in common.
 * @param signal ends the staging and the publishing, but not the discarding
 */
export function postgresStagingStore(
  connections: BulkConnections,
  tables: StagedTables,
  signal?: AbortSignal,
): PostgresStagingStore {
  const { subject } = tables;
  return {
    tables,
    stage: (attempt, work) =>
      writeTransaction(
        connections,
        async (client) => {
          await client.query(`SET LOCAL statement_timeout = ${stagingMilliseconds}`);
          await requireAttempt(client, attempt);
          await work(client);
          // The job's row is locked only from here on, so that a worker that takes over need not wait for
          // the rows to be written.
          await requireAttempt(client, attempt, "FOR NO KEY UPDATE");
        },
        { signal, isWorthRetrying: isTimeout },
      ),
    publish: (attempt, { query, check, lock, statements }) =>
      writeTransaction(
        connections,
        async (client) => {
          // Locks the job's row, so that no worker takes the job over before the commit.
          await requireAttempt(client, attempt, "FOR NO KEY UPDATE");
          const { rows } = await client.query(query, [attempt.subjectId]);
          check(rows[0]);
          if (lock) await client.query(lock);
          for (const { sql, parameters } of statements()) await client.query(sql, parameters);
        },
        { signal },
      ),
    discardSome: ({ subjectId, attempt }, { table, reference, most }) =>
      writeTransaction(connections, async (client) => {
        const { rowCount: isMine } = await client.query(
          `SELECT 1 FROM "${subject}" WHERE "id" = $1 AND "attempt" = $2 AND "status" <> 'SUCCEEDED'
           FOR NO KEY UPDATE`,
          [subjectId, attempt],
        );
        if (!isMine) return 0;
        const { rowCount } = await client.query(
          `DELETE FROM "${table}" WHERE ctid = ANY(ARRAY(
             SELECT ctid FROM "${table}" WHERE "${reference}" = $1 LIMIT ${most}))`,
          [subjectId],
        );
        return rowCount ?? 0;
      }),
    abandoned: async () => (await connections.query<Attempt>(abandonedQuery(tables))).rows,
    // Either rows of the attempt that has taken over conflict with these, or the rows that these refer to
    // were deleted.
    async isOver(error, { subjectId, attempt }) {
      if (!isIntegrityViolation(error)) return false;
      const isCurrent = () => connections.query(currentAttempt, [subjectId, attempt]);
      return (await retryWhenAway(isCurrent)).rows.length === 0;
    },
    pauseMilliseconds: 0,
  };
}

/**
 * @param hold the locking clause that holds the row until the transaction ends, so that no worker takes the
 *   job over meanwhile
 */
async function requireAttempt(
  client: PoolClient,
  { subjectId, attempt }: Attempt,
  hold: "" | "FOR NO KEY UPDATE" = "",
): Promise<void> {
  const { rowCount } = await client.query(`${currentAttempt} ${hold}`, [subjectId, attempt]);
  if (!rowCount) throw new AttemptOverError();
}

function isTimeout(error: unknown): boolean {
  return (error as { code?: unknown }).code === "57014"; // query_canceled
}
