/** A stored vector is not as many finite float32 numbers as its model has dimensions. */
export class EmbeddingUnreadableError extends Error {
  override readonly name = "EmbeddingUnreadableError";
  constructor(
    readonly embeddingId: string,
    reason: string,
  ) {
    super(`The vector of Embedding:${embeddingId} ${reason}.`);
  }
}

/** The bytes of a stored spanning tree are not those that were stored. */
export class SpanningTreeUnreadableError extends Error {
  override readonly name = "SpanningTreeUnreadableError";
  constructor(
    readonly spanningTreeId: string,
    reason: string,
  ) {
    super(`The spanning tree that ClusteringResult:${spanningTreeId} computed ${reason}.`);
  }
}

/** A record's id, or its place in the run, is already taken by other content. Nothing was written. */
export class RecordConflictError extends Error {
  override readonly name = "RecordConflictError";
  constructor(
    /** Path within the given runs: for example ["0", "invocations", "3", "outputText"]. */
    readonly path: string[],
    message: string,
    readonly value: string | null = null,
  ) {
    super(message);
  }
}
