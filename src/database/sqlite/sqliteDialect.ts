import { caseVariants } from "../caseVariants.js";
import type { SqlDialect } from "../sqlDialect.js";

export const sqliteDialect: SqlDialect = {
  placeholder: (n) => `?${n}`,
  listValue: (values) => JSON.stringify(values),
  isOneOf: (column, placeholder) => `${column} IN (SELECT "value" FROM json_each(${placeholder}))`,
  parents: (placeholder) => `json_each(${placeholder}) AS parent`,
  pairs: (placeholder) =>
    `(SELECT "value" ->> 0 AS "id", "value" ->> 1 AS "number" FROM json_each(${placeholder})) AS "pair"`,
  // CROSS JOIN fixes the order. Otherwise SQLite would begin with the table that is compared with a constant,
  // and reach the parents too late.
  joins: (joins) =>
    joins
      .map(
        ({ table, as, on, isOptional }) =>
          `${isOptional ? "LEFT" : "CROSS"} JOIN ${table} AS "${as}" ON ${on}`,
      )
      .join(" "),
  // The operator -> takes a text for a path if it begins with "$", and for the number of an item if it is one.
  jsonFieldValue: (name) => `$.${JSON.stringify(name)}`,
  jsonField: (column, placeholder) => `${column} -> ${placeholder}`,
  textOfJson: (json) => `CASE WHEN ${json} LIKE '"%' THEN ${json} ->> '$' ELSE ${json} END`,
  joinedJson: (json, separator) =>
    `(SELECT group_concat("value", '${separator}' ORDER BY "key") FROM json_each(${json}))`,
  byCodePoint: (text) => text,
  containingPattern: (text) => {
    const characters = caseVariants(text).map((variants) =>
      variants.length > 1 || "*?[".includes(variants[0]) ? `[${variants.join("")}]` : variants[0],
    );
    return `*${characters.join("")}*`;
  },
  matches: (text, placeholder) => `${text} GLOB ${placeholder}`,
  // Without a limit, SQLite would leave out the order of a subquery.
  inKeyOrder: (select, key) => `(${select} ORDER BY ${key} LIMIT -1)`,
  // SQLite has no LATERAL, but a correlated subquery can select the row ids. A window function would number
  // every row of each parent before selecting the first ones.
  firstRowsOfEach: ({ columns, table, joins, details, where, orderBy, limit, parents }) => `
    SELECT parent."value" AS "parentId", ${columns}
    FROM ${parents} CROSS JOIN ${table} AS "row" ${joins} ${details}
    WHERE "row".rowid IN (
      SELECT "row".rowid FROM ${table} AS "row" ${joins} WHERE ${where} ORDER BY ${orderBy} LIMIT ${limit})
    ORDER BY parent."key", ${orderBy}`,
};
