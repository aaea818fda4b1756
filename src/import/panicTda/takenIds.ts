import type { SourceRun } from "../runSource.js";

/**
 * Remembers which of the repeated ids of a table are taken by a row that is used, so that no other row with
 * the same id is used. Ids that only one row has are not stored, because there may be more of them than fit
 * in memory.
 */
export class TakenIds {
  /** The run whose row has taken an id. */
  readonly #taken = new Map<string, SourceRun>();
  readonly #ofRun = new WeakMap<SourceRun, string[]>();

  /** @param repeated the ids that several rows have, as `idDigits` */
  constructor(readonly repeated: ReadonlySet<string>) {}

  /**
   * Whether several rows have an id.
   *
   * @param digits the id as `idDigits`; null if no id of the table is repeated
   */
  isRepeated(digits: string | null): digits is string {
    return digits !== null && this.repeated.has(digits);
  }

  /** Whether a row that is used has taken an id. */
  has(digits: string | null): boolean {
    return digits !== null && this.#taken.has(digits);
  }

  /** Whether a row of another run has taken an id. */
  isOfOther(digits: string | null, run: SourceRun): boolean {
    return digits !== null && (this.#taken.get(digits) ?? run) !== run;
  }

  /** Takes an id for a row of a run. An id that is not repeated is ignored. */
  add(digits: string | null, run: SourceRun): void {
    if (!this.isRepeated(digits)) return;
    this.#taken.set(digits, run);
    const ofRun = this.#ofRun.get(run);
    if (ofRun) ofRun.push(digits);
    else this.#ofRun.set(run, [digits]);
  }

  /** Releases the ids of a run that is read again or left out, so that other rows may take them. */
  release(run: SourceRun): void {
    for (const digits of this.#ofRun.get(run) ?? []) {
      if (this.#taken.get(digits) === run) this.#taken.delete(digits);
    }
    this.#ofRun.delete(run);
  }
}
