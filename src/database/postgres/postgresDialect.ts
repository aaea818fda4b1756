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
  // The window has the order of the rows, so that it numbers no more of them than are taken.
  firstRowsOfEach: ({ columns, table, joins, details, where, orderBy, limit, parents }) => `
    SELECT parent."value" AS "parentId", "first".* FROM ${parents} CROSS JOIN LATERAL (
      SELECT ${columns}, row_number() OVER (ORDER BY ${orderBy}) AS "place"
      FROM ${table} AS "row" ${joins} ${details}
      WHERE ${where} ORDER BY ${orderBy} LIMIT ${limit}) AS "first"
    ORDER BY parent."key", "first"."place"`,
};
