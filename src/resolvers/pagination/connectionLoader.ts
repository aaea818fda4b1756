import DataLoader from "dataloader";
import type { SqlReader } from "../statement.js";
import { countOf, countOfEach, type Keyset, type Range, rowsOf, rowsOfEach } from "./keyset.js";
import type { RowSource } from "./keysetConnection.js";

/**
 * Pages of connections. Parents of one level that request the same range of the same keyset share one
 * statement.
 */
export class ConnectionLoader {
  readonly #reader: SqlReader;
  readonly #loaders = new Map<string, DataLoader<string, unknown>>();

  constructor(reader: SqlReader) {
    this.#reader = reader;
  }

  /**
   * @param parentId bare UUID; null for a keyset without parents
   * @param onRows called with the rows that are read of each parent
   */
  of<Row>(keyset: Keyset<Row>, parentId: string | null, onRows: (rows: Row[]) => void): RowSource<Row> {
    return parentId === null ? this.#ofAll(keyset, onRows) : this.#ofParent(keyset, parentId, onRows);
  }

  #ofParent<Row>(keyset: Keyset<Row>, parentId: string, onRows: (rows: Row[]) => void): RowSource<Row> {
    const loader = <Value>(what: unknown, load: (ids: readonly string[]) => Promise<Value[]>) => {
      const key = JSON.stringify([keyset.order, keyset.variant, what]);
      let found = this.#loaders.get(key) as DataLoader<string, Value> | undefined;
      if (!found) {
        found = new DataLoader<string, Value>(load);
        this.#loaders.set(key, found as DataLoader<string, unknown>);
      }
      return found.load(parentId);
    };
    return {
      rows: (range: Range) =>
        loader(range, async (ids) => {
          const rows = await rowsOfEach(this.#reader, keyset, ids, range);
          for (const ofParent of rows) onRows(ofParent);
          return rows;
        }),
      count: () => loader("count", (ids) => countOfEach(this.#reader, keyset, ids)),
    };
  }

  #ofAll<Row>(keyset: Keyset<Row>, onRows: (rows: Row[]) => void): RowSource<Row> {
    return {
      rows: async (range) => {
        const rows = await rowsOf(this.#reader, keyset, range);
        onRows(rows);
        return rows;
      },
      count: () => countOf(this.#reader, keyset),
    };
  }
}
