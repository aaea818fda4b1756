import { shortenedText } from "../runtime/shortenedText.js";
import type { Difference } from "./conflictReason.js";
import { type SkippedKind, skippableKinds } from "./importReport.js";

/** Length at which the example of a reason is cut off. */
const longestExample = 300;

export function cutExample(example: string): string {
  return shortenedText(example, longestExample);
}

/** What differs from what is recorded, as an example, with what is recorded and what is given. */
export function withDetail(shown: string, difference: Difference | undefined): string {
  return difference ? cutExample(`${shown}: ${difference.detail}`) : shown;
}

/** Counts what is skipped, by kind and reason, with the first id as the example. */
export class SkippedTally {
  readonly #entries = new Map<string, SkippedKind>();

  add(what: SkippedKind["what"], reason: string, example: string, count = 1): void {
    if (count === 0) return;
    const key = `${what} ${reason}`;
    const entry = this.#entries.get(key);
    if (entry) entry.count += count;
    else this.#entries.set(key, { what, reason, count, example });
  }

  addAll(other: SkippedTally): void {
    for (const { what, reason, example, count } of other.#entries.values())
      this.add(what, reason, example, count);
  }

  /** Grouped by kind, the most frequent reason first. */
  entries(): SkippedKind[] {
    return [...this.#entries.values()].sort(
      (a, b) => skippableKinds.indexOf(a.what) - skippableKinds.indexOf(b.what) || b.count - a.count,
    );
  }
}
