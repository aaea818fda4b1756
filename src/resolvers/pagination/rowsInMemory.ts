import type { RowSource } from "./keysetConnection.js";
import type { Position } from "./pageArguments.js";
import type { RowOrder } from "./rowOrder.js";

/**
 * Rows that are in memory already, or can be made from what is.
 * @param count the number of rows
 * @param rowAt the row at a place, from 0; the rows must be in the order
 */
export function rowsInMemory<Row>(
  order: RowOrder<Row>,
  count: number,
  rowAt: (place: number) => Row,
): RowSource<Row> {
  /** The number of rows before a position, or, if `through` is set, before it and at it. */
  function rowsUntil(position: Position, through: boolean): number {
    let start = 0;
    let end = count;
    while (start < end) {
      const middle = Math.floor((start + end) / 2);
      const compared = compare(order, rowAt(middle), position);
      if (compared < 0 || (through && compared === 0)) start = middle + 1;
      else end = middle;
    }
    return start;
  }
  return {
    async rows({ limit, fromEnd, after, before, inclusive = false }) {
      let start = after === null ? 0 : rowsUntil(after, !inclusive);
      let end = before === null ? count : rowsUntil(before, inclusive);
      if (fromEnd) start = Math.max(start, end - limit);
      else end = Math.min(end, start + limit);
      return Array.from({ length: Math.max(0, end - start) }, (_, place) => rowAt(start + place));
    },
    count: async () => count,
  };
}

/** Negative if the row comes before the position, positive if it comes after it. */
function compare<Row>({ orderBy }: RowOrder<Row>, row: Row, position: Position): number {
  for (const [at, { descending = false, value }] of orderBy.entries()) {
    const own = value(row);
    if (own !== position[at]) return own < position[at] === descending ? 1 : -1;
  }
  return 0;
}
