/** What an import came to. */
export interface ImportReport {
  /** What was new and was recorded. */
  taken: ImportCounts;
  /** What had been recorded before, and is the same. */
  alreadyThere: ImportCounts;
  /** What was left out, by kind and reason, in the order of the kinds. */
  skipped: SkippedKind[];
}

export interface ImportCounts {
  runs: number;
  invocations: number;
  images: number;
  /** By name of the embedding model, in the order of the names. */
  embeddings: Record<string, number>;
}

export const skippableKinds = ["run", "invocation", "image", "input", "time", "embedding"] as const;

export interface SkippedKind {
  /** An "input" is an invocation's link to the one before; a "time" is one of its two times. Those left out, the invocation stays. */
  what: (typeof skippableKinds)[number];
  reason: string;
  count: number;
  /** The id of the first one, as it stands in the source; of its invocation for an image, input or time. */
  example: string;
}
