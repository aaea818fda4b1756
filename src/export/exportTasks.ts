// Runs on a database thread: the task that an exporter requests by name.
import { workerData } from "node:worker_threads";
import { readDatabaseUrl } from "../database/databaseUrl.js";
import { postgresDialect } from "../database/postgres/postgresDialect.js";
import { postgresTasks } from "../database/postgres/postgresTasks.js";
import * as postgres from "../database/postgres/selectRows.js";
import * as sqlite from "../database/sqlite/selectRows.js";
import { sqliteDialect } from "../database/sqlite/sqliteDialect.js";
import { sqliteTasks } from "../database/sqlite/sqliteTasks.js";
import type { DatabaseThreadData } from "../database/threads/databaseThreads.js";
import { serveTasks } from "../database/threads/taskThread.js";
import { encodedPiece, type PieceRequest } from "./encodedPiece.js";

const data = workerData as DatabaseThreadData;

const onPostgres = () =>
  postgresTasks(data)((on, request: PieceRequest, _, signal) =>
    encodedPiece(request, postgresDialect, (selection) => postgres.selectRows(on, selection, signal)),
  );

const onSqlite = () =>
  sqliteTasks(data)((on, request: PieceRequest, reporter) =>
    encodedPiece(request, sqliteDialect, async (selection) => {
      reporter.throwIfStopped();
      return sqlite.selectRows(on, selection);
    }),
  );

serveTasks({
  encodedPiece: readDatabaseUrl(data.url).kind === "postgresql" ? onPostgres() : onSqlite(),
});
