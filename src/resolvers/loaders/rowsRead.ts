/** Counts the rows that the database has read for one operation. */
export class RowsRead {
  #count = 0;
  #late: ((rows: number) => void) | undefined;

  get count(): number {
    return this.#count;
  }

  add(rows: number): void {
    this.#count += rows;
    this.#late?.(rows);
  }

  /**
   * Has `late` take what statements that still run will have read: an operation may be answered before they end.
   * @returns the rows read until now
   */
  settle(late: (rows: number) => void): number {
    this.#late = late;
    return this.#count;
  }
}
