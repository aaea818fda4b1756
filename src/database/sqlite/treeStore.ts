import type { TreeStore } from "../storing/putSpanningTree.js";
import type { TaskReporter } from "../threads/taskReporter.js";
import { type Connection, sqliteParameters } from "./connection.js";

/** A store that works in the connection's current transaction, which holds the write lock. */
export const sqliteTreeStore = (connection: Connection, reporter: TaskReporter): TreeStore => ({
  placeholder: sqliteParameters.placeholder,
  lockRows: <Row>(sql: string, parameters: unknown[]) => connection.prepare(sql).all(parameters) as Row[],
  run: (sql, parameters) => {
    reporter.throwIfStopped();
    return connection.prepare(sql).run(parameters);
  },
});
