/** The outcome of an import. */
export interface ImportReport {
  /** Counts of the rows that were new and have been recorded. */
  taken: ImportCounts;
  /** Counts of the rows that had been recorded before and are identical. */
  alreadyThere: ImportCounts;
  /** Invocations of which the source has no embedding, but of which embeddings had been recorded before; absent if none. */
  embeddedBefore?: EmbeddedCounts;
  /** Counts of the rows that were skipped, by kind and reason, in the order of the kinds. */
  skipped: SkippedKind[];
  /** Why the file could not be read to its end; absent if it was. The runs before that are recorded. */
  unreadable?: string;
}

export interface ImportCounts {
  runs: number;
  invocations: number;
  images: number;
  /** Number of embeddings by name of the embedding model, ordered by name. */
  embeddings: Record<string, number>;
}

/** Numbers of invocations, and of their embeddings as in ImportCounts. */
export type EmbeddedCounts = Pick<ImportCounts, "invocations" | "embeddings">;

export const skippableKinds = [
  "run",
  "row",
  "invocation",
  "image",
  "input",
  "time",
  "column",
  "metadata",
  "prompt",
  "embedding",
  "clustering",
  "assignment",
] as const;

export interface SkippedKind {
  /**
   * The kind of what was skipped. An "input" is an invocation's link to the one before it, and a "time" is
   * its start or completion; the invocation itself is recorded without them, and a row of a table without its
   * "metadata". A "column" is not among the metadata of any row. A "clustering" is one of another
   * program, and an "assignment" says in which cluster of it an embedding is.
   */
  what: (typeof skippableKinds)[number];
  reason: string;
  count: number;
  /**
   * The id of the first one, as written in the source; for an image, input or time the id of its invocation; for
   * what a table has, the number of the row, the column and the value.
   */
  example: string;
}
