import type { Added } from "../database/recording/runRecording.js";
import type { EmbeddedCounts, ImportCounts } from "./importReport.js";

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

export function addedCounts(added: Added): ImportCounts {
  return {
    runs: added.runCount,
    invocations: added.invocationCount,
    images: added.imageCount,
    embeddings: Object.fromEntries(added.embeddingCountByModel),
  };
}

/** What of the rows that were read had been recorded before. */
export function countsAlreadyThere(read: ImportCounts, added: ImportCounts): ImportCounts {
  return {
    runs: read.runs - added.runs,
    invocations: read.invocations - added.invocations,
    images: read.images - added.images,
    embeddings: Object.fromEntries(
      Object.entries(read.embeddings).map(([model, count]) => [
        model,
        count - (added.embeddings[model] ?? 0),
      ]),
    ),
  };
}

/** The invocations that an import gave without embeddings, and their recorded ones. */
export function embeddedCounts({ embeddedBefore }: Added): ImportCounts {
  if (embeddedBefore === null) return noCounts();
  const { invocationCount: invocations, embeddingCountByModel } = embeddedBefore;
  return { ...noCounts(), invocations, embeddings: Object.fromEntries(embeddingCountByModel) };
}

/** As a report has them: undefined if there are none. */
export function embeddedInOrder(counts: ImportCounts): EmbeddedCounts | undefined {
  const { invocations, embeddings } = inOrder(counts);
  return invocations === 0 ? undefined : { invocations, embeddings };
}

/** As a report has them: ordered by the models' names, without models of which there is nothing. */
export function inOrder(counts: ImportCounts): ImportCounts {
  const embeddings = Object.entries(counts.embeddings)
    .filter(([, count]) => count > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return { ...counts, embeddings: Object.fromEntries(embeddings) };
}
