/**
 * What differs between databases in the SQL that Medoid writes by hand for reads. A list of values is one
 * parameter, so that no length of it is refused. `parent."value"` is the id at hand in `parents`.
 */
export interface SqlDialect {
  /** The placeholder of the nth parameter, from 1. */
  placeholder(n: number): string;
  /** A list as the value of one parameter. */
  listValue(values: readonly string[]): unknown;
  /** That a column is one of the list in this placeholder. */
  isOneOf(column: string, placeholder: string, type: ListType): string;
  /** A FROM item named "parent" with one row, and the column "value", for each id of the list in this placeholder. */
  parents(placeholder: string): string;
  /** Joins, to be followed in this order. */
  joins(joins: Join[]): string;
  /** The first rows of each parent, in order; only those rows are read where an index has the order. */
  firstRowsOfEach(query: RowsOfEach): string;
}

/** What a list holds: ids, texts, or values of an enum of the schema. */
export type ListType = "id" | "text" | "ClusteringStatus";

/** A table that is joined to those before it, each row to few. */
export interface Join {
  table: string;
  as: string;
  on: string;
}

/** Rows of `table`, which goes by the name "row", and of what is joined to it. */
interface RowsOfEach {
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
