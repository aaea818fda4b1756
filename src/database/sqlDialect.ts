/**
 * The differences between databases in the SQL that Medoid writes by hand for reads. A list of values is
 * passed as one parameter, so that a list of any length is accepted. In `parents`, `parent."value"` is the
 * current id.
 */
export interface SqlDialect {
  /** The placeholder of the nth parameter, from 1. */
  placeholder(n: number): string;
  /** Converts a list into the value of one parameter. */
  listValue(values: readonly (string | number)[]): unknown;
  /** The condition that a column's value is in the list that the placeholder stands for. */
  isOneOf(column: string, placeholder: string, type: ListType): string;
  /**
   * A FROM item named "parent" with the column "value", and one row for each id of the list that the
   * placeholder stands for.
   */
  parents(placeholder: string): string;
  /**
   * A FROM item named "pair" with the columns "id" and "number", and one row for each pair of the list that the
   * placeholder stands for: a list of [id, whole number] as JSON.
   */
  pairs(placeholder: string): string;
  /** Joins that the database must execute in this order. */
  joins(joins: Join[]): string;
  /** The first rows of each parent, in order. If an index has that order, only those rows are read. */
  firstRowsOfEach(query: RowsOfEach): string;
}

/** The type of a list's values: ids, texts, whole numbers, or values of an enum of the schema. */
export type ListType = "id" | "text" | "integer" | "ClusteringStatus";

/** A table that is joined to the tables before it, with few rows for each of theirs. */
export interface Join {
  table: string;
  as: string;
  on: string;
  /** Whether rows without a match stay, with null in the columns of this table. Default: false. */
  isOptional?: boolean;
}

/** Rows of `table`, which has the alias "row", and of the tables joined to it. */
interface RowsOfEach {
  columns: string;
  table: string;
  /** As returned by `SqlDialect.joins`. */
  joins: string;
  /** As returned by `SqlDialect.joins`: joins of tables that only `columns` uses. */
  details: string;
  /** Must include the condition that the row belongs to `parent."value"`. */
  where: string;
  orderBy: string;
  /** The placeholder of the number of rows. */
  limit: string;
  /** As returned by `SqlDialect.parents`. */
  parents: string;
}
