import type { ListType, SqlDialect } from "../sqlDialect.js";

const arrayTypes: Record<ListType, string> = {
  id: "uuid[]",
  text: "text[]",
  ClusteringStatus: `"ClusteringStatus"[]`,
};

export const postgresDialect: SqlDialect = {
  placeholder: (n) => `$${n}`,
  listValue: (values) => [...values],
  isOneOf: (column, placeholder, type) => `${column} = ANY(${placeholder}::${arrayTypes[type]})`,
  parents: (placeholder) => `unnest(${placeholder}::uuid[]) WITH ORDINALITY AS parent("value", "key")`,
  joins: (joins) => joins.map(({ table, as, on }) => `JOIN ${table} AS "${as}" ON ${on}`).join(" "),
  // The page is picked before anything is joined that does not decide it: else a planner may begin with all of that.
  firstRowsOfEach: ({ columns, table, joins, details, where, orderBy, limit, parents }) => `
    SELECT parent."value" AS "parentId", ${columns}
    FROM ${parents} CROSS JOIN LATERAL (
      SELECT "row".ctid AS "place" FROM ${table} AS "row" ${joins}
      WHERE ${where} ORDER BY ${orderBy} LIMIT ${limit}) AS "picked"
    JOIN ${table} AS "row" ON "row".ctid = "picked"."place" ${joins} ${details}
    ORDER BY parent."key", ${orderBy}`,
};
