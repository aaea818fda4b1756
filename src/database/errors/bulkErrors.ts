/** A stored vector that is not as many finite float32s as its model has dimensions. */
export class EmbeddingUnreadableError extends Error {
  override readonly name = "EmbeddingUnreadableError";
  constructor(
    readonly embeddingId: string,
    reason: string,
  ) {
    super(`The vector of Embedding:${embeddingId} ${reason}.`);
  }
}

/** A record whose id, or place in its run, is already taken by other content. Nothing was written. */
export class RecordConflictError extends Error {
  override readonly name = "RecordConflictError";
  constructor(
    /** Where in the given runs: for example ["0", "invocations", "3", "outputText"]. */
    readonly path: string[],
    message: string,
    readonly value: string | null = null,
  ) {
    super(message);
  }
}
