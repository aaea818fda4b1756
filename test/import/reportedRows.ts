import type { ImportReport } from "../../src/import/importReport.js";

export const sum = (counts: Iterable<number>) => [...counts].reduce((total, count) => total + count, 0);

/** How many rows of a kind were skipped. */
export function left({ skipped }: ImportReport, kind: string): number {
  return sum(skipped.filter(({ what }) => what === kind).map(({ count }) => count));
}

export function skippedOf({ skipped }: Pick<ImportReport, "skipped">): string[] {
  return skipped.map(({ what, reason, count, example }) => `${count} ${what}: ${reason} (${example})`).sort();
}

/** How many runs, invocations and embeddings were taken. */
export function takenRows({ taken }: ImportReport): number[] {
  return [taken.runs, taken.invocations, sum(Object.values(taken.embeddings))];
}
