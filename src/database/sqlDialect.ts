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
  /** The value of one parameter that names a field of a JSON object; the name has no quotation mark. */
  jsonFieldValue(name: string): unknown;
  /** JSON of a field of the object in a column, as it is written there; null if there is no such field. */
  jsonField(column: string, placeholder: string): string;
  /** A JSON value as text: a string itself, everything else as it is written. */
  textOfJson(json: string): string;
  /** The texts of a JSON array of strings, joined by a separator. */
  joinedJson(json: string, separator: string): string;
  /** A text that is ordered by code points, whatever the expression is made of. */
  byCodePoint(text: string): string;
  /** The value of one parameter: a pattern of the texts that contain a text, in upper or lower case. */
  containingPattern(text: string): unknown;
  /** The condition that a text matches the pattern that the placeholder stands for. */
  matches(text: string, placeholder: string): string;
  /**
   * A subquery for joins that look up each of its rows by a key in other tables: in the key's order, so that the looked-up
   * rows are next to each other, where a database does not choose the order of joins and their method by itself.
   */
  inKeyOrder(select: string, key: string): string;
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
