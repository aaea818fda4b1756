import type { Join, ListType, SqlDialect } from "../sqlDialect.js";

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
  joins,
  // The page is picked before anything is joined that does not decide it.
  firstRowsOfEach: ({ columns, table, joins: deciding, details, where, orderBy, limit, parents }) => `
    SELECT parent."value" AS "parentId", ${columns}
    FROM ${parents} CROSS JOIN LATERAL (
      SELECT "row".ctid AS "place" FROM ${table} AS "row" ${deciding}
      WHERE ${where} ORDER BY ${orderBy} LIMIT ${limit}) AS "picked"
    ${joins([{ table, as: "row", on: `"row".ctid = "picked"."place"` }])} ${deciding} ${details}
    ORDER BY parent."key", ${orderBy}`,
};

/**
 * OFFSET keeps the planner from putting these in another order, or reading a whole table to join it: each row leads to
 * few, by an index. So a plan rests on the query alone, also while nothing is known yet of what was just imported.
 */
function joins(of: Join[]): string {
  return of
    .map(({ table, as, on }) => {
      const matching = `SELECT * FROM ${table} AS "${as}" WHERE ${on} OFFSET 0`;
      return `CROSS JOIN LATERAL (${matching}) AS "${as}"`;
    })
    .join(" ");
}
