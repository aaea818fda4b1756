/**
 * What differs between databases in the SQL that Medoid writes by hand for reads. A list of ids is one
 * parameter, so that no length of it is refused. `parent."value"` is the id at hand in `parents`.
 */
export interface SqlDialect {
  /** The placeholder of the nth parameter, from 1. */
  placeholder(n: number): string;
  /** A list of ids as the value of one parameter. */
  listValue(ids: readonly string[]): unknown;
  /** A FROM item named "parent" with one row, and the column "value", for each id of the list in this placeholder. */
  parents(placeholder: string): string;
  /** Joins, to be followed in this order. */
  joins(joins: Join[]): string;
  /** The first rows of each parent, in order; only those rows are read where an index has the order. */
  firstRowsOfEach(query: RowsOfEach): string;
}

/** A table that is joined to those before it, each row to few. */
export interface Join {
  table: string;
  as: string;
  on: string;
}

/** Rows of `table`, which goes by the name "row", and of what is joined to it. */
export interface RowsOfEach {
  columns: string;
  table: string;
  /** As `SqlDialect.joins` gives it. */
  joins: string;
  /** Likewise, of what only the columns come from. */
  details: string;
  /** Says too that the row belongs to `parent."value"`. */
  where: string;
  orderBy: string;
  /** A placeholder. */
  limit: string;
  /** As `SqlDialect.parents` gives it. */
  parents: string;
}

export const sqliteDialect: SqlDialect = {
  placeholder: (n) => `?${n}`,
  listValue: (ids) => JSON.stringify(ids),
  parents: (placeholder) => `json_each(${placeholder}) AS parent`,
  // Where it may choose, SQLite begins with what has a constant, and comes to the parents too late.
  joins: (joins) => joins.map(({ table, as, on }) => `CROSS JOIN ${table} AS "${as}" ON ${on}`).join(" "),
  // SQLite has no LATERAL, but a correlated subquery may pick the row ids. A window function would number
  // every row of each parent before it kept the first ones.
  firstRowsOfEach: ({ columns, table, joins, details, where, orderBy, limit, parents }) => `
    SELECT parent."value" AS "parentId", ${columns}
    FROM ${parents} CROSS JOIN ${table} AS "row" ${joins} ${details}
    WHERE "row".rowid IN (
      SELECT "row".rowid FROM ${table} AS "row" ${joins} WHERE ${where} ORDER BY ${orderBy} LIMIT ${limit})
    ORDER BY parent."key", ${orderBy}`,
};
