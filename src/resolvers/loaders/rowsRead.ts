/** Counts the rows that the database has read for one operation. */
export class RowsRead {
  /** The rows of the current execution, and the most of an execution before it. */
  #count = 0;
  #before = 0;
  #late: ((rows: number) => void) | undefined;

  get count(): number {
    return Math.max(this.#before, this.#count);
  }

  add(rows: number): void {
    const before = this.count;
    this.#count += rows;
    this.#late?.(this.count - before);
  }

  /**
   * Starts the count again, because the operation is executed again: it counts once, with the execution that reads the
   * most rows.
   */
  restart(): void {
    this.#before = this.count;
    this.#count = 0;
  }

  /**
   * Ends the count. A response may be sent before all statements have ended: `late` is called with the rows
   * that those read later.
   * @returns the number of rows read until now
   */
  settle(late: (rows: number) => void): number {
    this.#late = late;
    return this.count;
  }
}
