import type { Join } from "../../database/sqlDialect.js";
import { type Parameter, type SqlReader, statement } from "../statement.js";
import type { Position } from "./pageArguments.js";
import type { PositionColumn, RowOrder } from "./rowOrder.js";

/**
 * Rows in a total order, either of each of many parents or of none. The SQL may refer to the row as "row",
 * and to its joins.
 */
export interface Keyset<Row> extends RowOrder<Row> {
  /** Distinguishes keysets with the same order whose `where` differs. */
  variant?: string;
  columns: string;
  table: string;
  /** Joins that affect which rows there are. */
  joins?(parameter: Parameter): Join[];
  /** Further joins that affect their order; counting omits them. */
  orderJoins?: Join[];
  /** Further joins that only `columns` uses: they are applied to the rows of the page. */
  details?: Join[];
  /** The expression that equals the parent's id. */
  parent?: string;
  /** If there are parents, it may also refer to `parent."value"`. */
  where?(parameter: Parameter): string;
  /**
   * A column that has the same value in all of these rows, and whose place in the index is between the parent
   * and the order.
   */
  orderedWithin?: string;
  orderBy: OrderColumn<Row>[];
  row(columns: Record<string, unknown>): Row;
}

export interface OrderColumn<Row> extends PositionColumn<Row> {
  sql: string;
}

/**
 * A part of the rows, in order: those between two positions, limited to `limit` rows from the start or from
 * the end.
 */
export interface Range {
  limit: number;
  fromEnd: boolean;
  after: Position | null;
  before: Position | null;
  /** Whether the rows at the positions themselves are included. */
  inclusive?: boolean;
}

/** The rows of a range for each parent, read by one statement. */
export async function rowsOfEach<Row>(
  reader: SqlReader,
  keyset: Keyset<Row>,
  parentIds: readonly string[],
  range: Range,
): Promise<Row[][]> {
  const { dialect } = reader;
  const { parameter, query } = statement(reader);
  const sql = dialect.firstRowsOfEach({
    columns: keyset.columns,
    table: keyset.table,
    joins: dialect.joins([...(keyset.joins?.(parameter) ?? []), ...(keyset.orderJoins ?? [])]),
    details: dialect.joins(keyset.details ?? []),
    parents: dialect.parents(parameter(dialect.listValue(parentIds))),
    where: [`${keyset.parent} = parent."value"`, ...conditions(keyset, range, parameter)].join(" AND "),
    orderBy: orderBy(keyset, range),
    limit: parameter(range.limit),
  });
  const rows = await query(sql);
  const places = new Map(parentIds.map((id, place) => [id, place]));
  const found: Row[][] = parentIds.map(() => []);
  for (const row of rows) found[places.get(row.parentId as string)!].push(keyset.row(row));
  return range.fromEnd ? found.map((of) => of.reverse()) : found;
}

/** The rows of a range of a keyset without parents. */
export async function rowsOf<Row>(reader: SqlReader, keyset: Keyset<Row>, range: Range): Promise<Row[]> {
  const { parameter, query } = statement(reader);
  const { orderJoins = [], details = [] } = keyset;
  const joins = reader.dialect.joins([...(keyset.joins?.(parameter) ?? []), ...orderJoins, ...details]);
  const where = ["1 = 1", ...conditions(keyset, range, parameter)].join(" AND ");
  const rows = await query(`
    SELECT ${keyset.columns} FROM ${keyset.table} AS "row" ${joins}
    WHERE ${where} ORDER BY ${orderBy(keyset, range)} LIMIT ${parameter(range.limit)}`);
  const found = rows.map((row) => keyset.row(row));
  return range.fromEnd ? found.reverse() : found;
}

/** The number of rows of each parent, read by one statement, and only from an index if there is one. */
export async function countOfEach<Row>(
  reader: SqlReader,
  keyset: Keyset<Row>,
  parentIds: readonly string[],
): Promise<number[]> {
  const { dialect } = reader;
  const { parameter, queryLong } = statement(reader);
  const parents = dialect.parents(parameter(dialect.listValue(parentIds)));
  const joins = reader.dialect.joins(keyset.joins?.(parameter) ?? []);
  const where = [`${keyset.parent} = parent."value"`, ...filter(keyset, parameter)].join(" AND ");
  const rows = await queryLong(`
    SELECT parent."value" AS "parentId",
      (SELECT count(*) FROM ${keyset.table} AS "row" ${joins} WHERE ${where}) AS "count"
    FROM ${parents}`);
  const counts = new Map(rows.map((row) => [row.parentId, Number(row.count)]));
  return parentIds.map((id) => counts.get(id) ?? 0);
}

/** The number of rows of a keyset without parents. */
export async function countOf<Row>(reader: SqlReader, keyset: Keyset<Row>): Promise<number> {
  const { parameter, queryLong } = statement(reader);
  const joins = reader.dialect.joins(keyset.joins?.(parameter) ?? []);
  const where = ["1 = 1", ...filter(keyset, parameter)].join(" AND ");
  const [row] = await queryLong(
    `SELECT count(*) AS "count" FROM ${keyset.table} AS "row" ${joins} WHERE ${where}`,
  );
  return Number(row.count);
}

function filter<Row>(keyset: Keyset<Row>, parameter: Parameter): string[] {
  const own = keyset.where?.(parameter);
  return own ? [own] : [];
}

function conditions<Row>(keyset: Keyset<Row>, range: Range, parameter: Parameter): string[] {
  const { after, before, inclusive = false } = range;
  const found = filter(keyset, parameter);
  if (after) found.push(beyond(keyset, after, true, inclusive, parameter));
  if (before) found.push(beyond(keyset, before, false, inclusive, parameter));
  return found;
}

/**
 * The condition that a row comes after (or before) a position: SQL's row comparison, but with a direction for
 * each column.
 */
function beyond<Row>(
  keyset: Keyset<Row>,
  position: Position,
  after: boolean,
  inclusive: boolean,
  parameter: Parameter,
): string {
  const compare = (i: number): string => {
    const { sql, descending = false, kind } = keyset.orderBy[i];
    const value = parameter(kind === "time" ? new Date(position[i]) : position[i]);
    const operator = descending === after ? "<" : ">";
    if (i === keyset.orderBy.length - 1) return `${sql} ${operator}${inclusive ? "=" : ""} ${value}`;
    // The first comparison is redundant, but lets the scan of an index begin at the position.
    return `(${sql} ${operator}= ${value} AND (${sql} ${operator} ${value} OR ${compare(i + 1)}))`;
  };
  return compare(0);
}

function orderBy<Row>({ orderedWithin, orderBy: columns }: Keyset<Row>, range: Range): string {
  // PostgreSQL uses an index whose order begins with such a column only if ORDER BY names the column.
  const within = orderedWithin === undefined ? [] : [{ sql: orderedWithin, descending: false }];
  return [...within, ...columns]
    .map(({ sql, descending = false }) => `${sql} ${descending === range.fromEnd ? "ASC" : "DESC"}`)
    .join(", ");
}
