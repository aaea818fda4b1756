import type { PoolClient } from "pg";
import type { TreeStore } from "../storing/putSpanningTree.js";
import { postgresDialect } from "./postgresDialect.js";

/** A store that works in the client's current transaction. */
export const postgresTreeStore = (client: PoolClient): TreeStore => ({
  placeholder: postgresDialect.placeholder,
  lockRows: async <Row>(sql: string, parameters: unknown[]) =>
    (await client.query(`${sql} FOR NO KEY UPDATE`, parameters)).rows as Row[],
  run: (sql, parameters) => client.query(sql, parameters),
});
