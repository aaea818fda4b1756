import type { ImportCounts } from "./importReport.js";

export function noCounts(): ImportCounts {
  return { runs: 0, invocations: 0, images: 0, embeddings: {} };
}

export function addTo(sum: ImportCounts, counts: ImportCounts): void {
  sum.runs += counts.runs;
  sum.invocations += counts.invocations;
  sum.images += counts.images;
  for (const [model, count] of Object.entries(counts.embeddings)) {
    sum.embeddings[model] = (sum.embeddings[model] ?? 0) + count;
  }
}

/** As a report has them: ordered by the models' names, without models of which there is nothing. */
export function inOrder(counts: ImportCounts): ImportCounts {
  const embeddings = Object.entries(counts.embeddings)
    .filter(([, count]) => count > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return { ...counts, embeddings: Object.fromEntries(embeddings) };
}
