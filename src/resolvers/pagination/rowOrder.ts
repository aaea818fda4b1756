import type { Position, PositionKind } from "./pageArguments.js";

/** A total order of rows. */
export interface RowOrder<Row> {
  /** The name of the order, which its cursors contain. */
  order: string;
  /**
   * From the most to the least significant column. The last one makes the order total. No column is ever
   * null.
   */
  orderBy: PositionColumn<Row>[];
}

/** A column that rows are ordered by. */
export interface PositionColumn<Row> {
  descending?: boolean;
  kind: PositionKind;
  /** The column's value in the row's position. */
  value(row: Row): string | number;
}

export function positionOf<Row>({ orderBy }: RowOrder<Row>, row: Row): Position {
  return orderBy.map((column) => column.value(row));
}
