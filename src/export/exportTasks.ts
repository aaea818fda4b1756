// Runs on a database thread: the tasks that an exporter requests by name.
import { workerData } from "node:worker_threads";
import { readDatabaseUrl } from "../database/databaseUrl.js";
import { postgresDialect } from "../database/postgres/postgresDialect.js";
import { postgresTasks } from "../database/postgres/postgresTasks.js";
import * as postgres from "../database/postgres/selectRows.js";
import type { SelectRows } from "../database/rowSelection.js";
import type { SqlDialect } from "../database/sqlDialect.js";
import * as sqlite from "../database/sqlite/selectRows.js";
import { sqliteDialect } from "../database/sqlite/sqliteDialect.js";
import { sqliteTasks } from "../database/sqlite/sqliteTasks.js";
import type { DatabaseThreadData } from "../database/threads/databaseThreads.js";
import { serveTasks } from "../database/threads/taskThread.js";
import { encodedPiece } from "./encodedPiece.js";
import { mapPointsPiece } from "./mapPoints/mapPointsPiece.js";

const data = workerData as DatabaseThreadData;

/** A task that reads rows and encodes them. */
type Encode<Request, Encoded> = (
  request: Request,
  dialect: SqlDialect,
  selectRows: SelectRows,
) => Promise<Encoded>;

const onPostgres =
  (task: ReturnType<typeof postgresTasks>) =>
  <Request, Encoded>(encode: Encode<Request, Encoded>) =>
    task((on, request: Request, _, signal) =>
      encode(request, postgresDialect, (selection) => postgres.selectRows(on, selection, signal)),
    );

const onSqlite =
  (task: ReturnType<typeof sqliteTasks>) =>
  <Request, Encoded>(encode: Encode<Request, Encoded>) =>
    task((on, request: Request, reporter) =>
      encode(request, sqliteDialect, async (selection) => {
        reporter.throwIfStopped();
        return sqlite.selectRows(on, selection);
      }),
    );

const task =
  readDatabaseUrl(data.url).kind === "postgresql"
    ? onPostgres(postgresTasks(data))
    : onSqlite(sqliteTasks(data));

serveTasks({ encodedPiece: task(encodedPiece), mapPointsPiece: task(mapPointsPiece) });
