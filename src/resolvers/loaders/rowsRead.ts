/** Counts the rows that the database has read for one operation, and the cost of other work for it. */
export class RowsRead {
  /** The rows of the current execution, and the most of an execution before it. */
  #count = 0;
  #before = 0;
  #late: ((rows: number) => void) | undefined;
  #work = 0;
  #admitWork: ((cost: number) => Promise<void>) | undefined;

  get count(): number {
    return Math.max(this.#before, this.#count);
  }

  add(rows: number): void {
    const before = this.count;
    this.#count += rows;
    this.#late?.(this.count - before);
  }

  /** The cost of the work besides reading rows that has begun, in rows whose reading takes as long. */
  get work(): number {
    return this.#work;
  }

  /**
   * Counts work that is to begin. The complexity of the operation does not include it.
   * @param cost in rows whose reading takes as long
   * @throws if the work is refused
   */
  async beginWork(cost: number): Promise<void> {
    await this.#admitWork?.(cost);
    this.#work += cost;
  }

  /** @param admit is called with the cost of each work before it begins, and refuses it by throwing */
  admitWork(admit: (cost: number) => Promise<void>): void {
    this.#admitWork = admit;
  }

  /**
   * Starts the count of rows again, because the operation is executed again: it counts once, with the execution that reads the
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
