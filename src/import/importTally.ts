import type { Added } from "../database/recording/runRecording.js";
import { addTo, inOrder, noCounts } from "./importCounts.js";
import type { EmbeddedCounts, ImportCounts, ImportReport } from "./importReport.js";

/** What an import has added so far, and what of its file had been recorded before. */
export class ImportTally {
  readonly #taken = noCounts();
  readonly #alreadyThere = noCounts();
  readonly #embeddedBefore = noCounts();

  /** Counts runs that were recorded together. @param read what the file has of them */
  add(read: ImportCounts, recorded: Added): void {
    const added = addedCounts(recorded);
    addTo(this.#taken, added);
    addTo(this.#alreadyThere, countsAlreadyThere(read, added));
    addTo(this.#embeddedBefore, embeddedCounts(recorded));
  }

  /** Whether no run of the file is recorded. */
  isEmpty(): boolean {
    return this.#taken.runs + this.#alreadyThere.runs === 0;
  }

  /** The counts as a report has them. */
  counts(): Pick<ImportReport, "taken" | "alreadyThere" | "embeddedBefore"> {
    return {
      taken: inOrder(this.#taken),
      alreadyThere: inOrder(this.#alreadyThere),
      embeddedBefore: embeddedInOrder(this.#embeddedBefore),
    };
  }
}

function addedCounts(added: Added): ImportCounts {
  return {
    runs: added.runCount,
    invocations: added.invocationCount,
    images: added.imageCount,
    embeddings: Object.fromEntries(added.embeddingCountByModel),
  };
}

/** What of the rows that were read had been recorded before. */
function countsAlreadyThere(read: ImportCounts, added: ImportCounts): ImportCounts {
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
function embeddedCounts({ embeddedBefore }: Added): ImportCounts {
  if (embeddedBefore === null) return noCounts();
  const { invocationCount: invocations, embeddingCountByModel } = embeddedBefore;
  return { ...noCounts(), invocations, embeddings: Object.fromEntries(embeddingCountByModel) };
}

/** As a report has them: undefined if there are none. */
function embeddedInOrder(counts: ImportCounts): EmbeddedCounts | undefined {
  const { invocations, embeddings } = inOrder(counts);
  return invocations === 0 ? undefined : { invocations, embeddings };
}
