import type { SourceRun } from "../runSource.js";

/**
 * Which of the ids that several rows of a table have are taken by a row that is used, so that no other row uses them.
 * An id that only one row has is not remembered: there may be more of them than fit in memory.
 */
export class TakenIds {
  readonly #taken = new Set<string>();
  readonly #ofRun = new WeakMap<SourceRun, string[]>();

  /** @param repeated the ids that several rows have, as `idDigits` */
  constructor(readonly repeated: ReadonlySet<string>) {}

  /** @param digits null if no id of the table is repeated */
  isRepeated(digits: string | null): digits is string {
    return digits !== null && this.repeated.has(digits);
  }

  has(digits: string | null): boolean {
    return digits !== null && this.#taken.has(digits);
  }

  /** @param run the run that the row belongs to */
  add(digits: string | null, run: SourceRun): void {
    if (!this.isRepeated(digits)) return;
    this.#taken.add(digits);
    const ofRun = this.#ofRun.get(run);
    if (ofRun) ofRun.push(digits);
    else this.#ofRun.set(run, [digits]);
  }

  /** Forgets the ids of a run that is read anew, or is left out. */
  release(run: SourceRun): void {
    for (const digits of this.#ofRun.get(run) ?? []) this.#taken.delete(digits);
    this.#ofRun.delete(run);
  }
}
