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
   * Ends the count. A response may be sent before all statements have ended: `late` is called with the rows
   * that those read later.
   * @returns the number of rows read until now
   */
  settle(late: (rows: number) => void): number {
    this.#late = late;
    return this.#count;
  }
}
