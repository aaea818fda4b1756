import { readDatabaseUrl } from "./databaseUrl.js";
import { postgresDialect } from "./postgres/postgresDialect.js";
import { postgresTasks } from "./postgres/postgresTasks.js";
import * as postgres from "./postgres/selectRows.js";
import type { SelectRows } from "./rowSelection.js";
import type { SqlDialect } from "./sqlDialect.js";
import * as sqlite from "./sqlite/selectRows.js";
import { sqliteDialect } from "./sqlite/sqliteDialect.js";
import { sqliteTasks } from "./sqlite/sqliteTasks.js";
import type { DatabaseThreadData } from "./threads/databaseThreads.js";
import type { KnownError } from "./threads/taskOutcome.js";
import type { TaskReporter } from "./threads/taskReporter.js";

/** What a task on a database thread does with rows that it reads, on either database. */
type Work<Input, Output> = (
  input: Input,
  dialect: SqlDialect,
  selectRows: SelectRows,
  reporter: TaskReporter,
) => Promise<Output>;

/**
 * On a database thread: creates tasks that only read, whatever the kind of the database. A statement that is to begin
 * after the task was stopped is not begun.
 * @param errors classes of errors that callers distinguish, in addition to the database's
 */
export function readingTasks(data: DatabaseThreadData, errors: KnownError[] = []) {
  if (readDatabaseUrl(data.url).kind === "postgresql") {
    const task = postgresTasks(data, errors);
    return <Input, Output>(work: Work<Input, Output>) =>
      task((on, input: Input, reporter, signal) =>
        work(input, postgresDialect, (selection) => postgres.selectRows(on, selection, signal), reporter),
      );
  }
  const task = sqliteTasks(data, errors);
  return <Input, Output>(work: Work<Input, Output>) =>
    task((on, input: Input, reporter) => {
      const selectRows: SelectRows = async (selection) => {
        reporter.throwIfStopped();
        return sqlite.selectRows(on, selection);
      };
      return work(input, sqliteDialect, selectRows, reporter);
    });
}
