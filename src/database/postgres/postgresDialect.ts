import { caseVariants } from "../caseVariants.js";
import type { Join, ListType, SqlDialect } from "../sqlDialect.js";

const arrayTypes: Record<ListType, string> = {
  id: "uuid[]",
  text: "text[]",
  integer: "integer[]",
  ClusteringStatus: `"ClusteringStatus"[]`,
};

export const postgresDialect: SqlDialect = {
  placeholder: (n) => `$${n}`,
  listValue: (values) => [...values],
  isOneOf: (column, placeholder, type) => `${column} = ANY(${placeholder}::${arrayTypes[type]})`,
  parents: (placeholder) => `unnest(${placeholder}::uuid[]) WITH ORDINALITY AS parent("value", "key")`,
  pairs: (placeholder) =>
    `(SELECT ("value" ->> 0)::uuid AS "id", ("value" ->> 1)::int AS "number"
      FROM jsonb_array_elements(${placeholder}::text::jsonb)) AS "pair"`,
  joins,
  containingPattern: (text) =>
    caseVariants(text)
      .map((variants) =>
        variants.length > 1 ? `[${variants.join("")}]` : variants[0].replace(/[\\^$.*+?()[\]{}|]/, "\\$&"),
      )
      .join(""),
  matches: (text, placeholder) => `${text} ~ ${placeholder}::text`,
  // Of the type json, which keeps a value as it is written: jsonb would write numbers in another way.
  jsonFieldValue: (name) => name,
  jsonField: (column, placeholder) => `(${column}::json -> ${placeholder}::text)::text`,
  textOfJson: (json) => `CASE WHEN ${json} LIKE '"%' THEN (${json})::json #>> '{}' ELSE ${json} END`,
  joinedJson: (json, separator) =>
    `array_to_string(ARRAY(SELECT json_array_elements_text((${json})::json)), '${separator}')`,
  byCodePoint: (text) => `(${text}) COLLATE "C"`,
  inKeyOrder: (select) => `(${select})`,
  // The page is selected before tables that do not affect the selection are joined.
  firstRowsOfEach: ({ columns, table, joins: deciding, details, where, orderBy, limit, parents }) => `
    SELECT parent."value" AS "parentId", ${columns}
    FROM ${parents} CROSS JOIN LATERAL (
      SELECT "row".ctid AS "place" FROM ${table} AS "row" ${deciding}
      WHERE ${where} ORDER BY ${orderBy} LIMIT ${limit}) AS "picked"
    ${joins([{ table, as: "row", on: `"row".ctid = "picked"."place"` }])} ${deciding} ${details}
    ORDER BY parent."key", ${orderBy}`,
};

/**
 * OFFSET keeps the planner from reordering the joins, or from reading a whole table for one: each row leads
 * to few others, by an index. The plan therefore depends only on the query, even while there are no
 * statistics yet of rows that were just imported.
 */
function joins(of: Join[]): string {
  return of
    .map(({ table, as, on, isOptional }) => {
      const matching = `(SELECT * FROM ${table} AS "${as}" WHERE ${on} OFFSET 0) AS "${as}"`;
      return isOptional ? `LEFT JOIN LATERAL ${matching} ON true` : `CROSS JOIN LATERAL ${matching}`;
    })
    .join(" ");
}
