import { longestPause } from "../errors/retryWhenBusy.js";
import type { StagedTables } from "../storing/stagedTables.js";
import {
  type Attempt,
  AttemptOverError,
  abandonedQuery,
  type StagingStore,
} from "../storing/stagingStore.js";
import { type Connection, writeTransaction } from "./connection.js";

export interface SqliteStagingStore extends StagingStore {
  /** Does the work in one transaction, if the attempt is the running one. */
  stage(attempt: Attempt, work: () => void): void;
  /** Checks what an attempt has staged, and publishes it in one transaction. */
  publish<Staged>(attempt: Attempt, publication: Publication<Staged>): void;
}

interface Publication<Staged> {
  /** Selects one row of counts. Its one parameter is the id of the subject. */
  query: string;
  /** @throws if something is missing */
  check: (staged: Staged) => void;
  statements: () => { sql: string; parameters: unknown[] }[];
}

/** What storing results of any kind of job has in common. */
export function sqliteStagingStore(connection: Connection, tables: StagedTables): SqliteStagingStore {
  /** The attempt has neither succeeded nor been taken over. */
  const isMine = `EXISTS (
    SELECT 1 FROM "${tables.subject}" s WHERE s."id" = ? AND s."attempt" = ? AND s."status" <> 'SUCCEEDED')`;
  const stage = ({ subjectId, attempt }: Attempt, work: () => void) =>
    writeTransaction(connection, () => {
      const running = connection
        .prepare(`SELECT 1 FROM "Job" WHERE "id" = ? AND "attempt" = ? AND "status" = 'RUNNING'`)
        .get(subjectId, attempt);
      if (!running) throw new AttemptOverError();
      work();
    });
  return {
    tables,
    stage,
    publish<Staged>(attempt: Attempt, { query, check, statements }: Publication<Staged>) {
      const counts = connection.prepare(query);
      const checkRows = () => check(counts.get(attempt.subjectId) as Staged);
      // Changes whenever another connection has committed.
      const dataVersion = () => connection.prepare("PRAGMA data_version").raw().get([]) as [number];
      // The check reads every row, and therefore runs before the write lock is taken. With the lock it only
      // runs again if anything has been written meanwhile.
      const [checked] = dataVersion();
      checkRows();
      stage(attempt, () => {
        if (dataVersion()[0] !== checked) checkRows();
        for (const { sql, parameters } of statements()) connection.prepare(sql).run(parameters);
      });
    },
    discardSome({ subjectId, attempt }, { table, reference, most }) {
      const some = connection.prepare(`
        DELETE FROM "${table}" WHERE rowid IN (
          SELECT rowid FROM "${table}" WHERE "${reference}" = ? LIMIT ${most}
        ) AND ${isMine}`);
      return writeTransaction(connection, () => some.run(subjectId, subjectId, attempt)).changes;
    },
    abandoned: () => connection.prepare(abandonedQuery(tables)).all() as Attempt[],
    isOver: () => false,
    // Long enough for every writer that waits for the lock to try again.
    pauseMilliseconds: longestPause,
  };
}
