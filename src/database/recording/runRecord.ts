/** The most models of a run's network, and the most components of a vector: far beyond what any run or model has. */
export const mostModels = 1_000;
export const mostComponents = 65_536;

/** One run as it is recorded: validated, ids as lowercase UUIDs with hyphens, vectors as raw float32. */
export interface RunRecord {
  id: string;
  network: string[];
  initialPrompt: string;
  seed: bigint | null;
  maxLength: number | null;
  /** By sequenceNumber, which need not be contiguous. */
  invocations: InvocationRecord[];
}

export interface InvocationRecord {
  id: string;
  sequenceNumber: number;
  model: string;
  type: "TEXT" | "IMAGE";
  seed: bigint | null;
  /**
   * An invocation of the run with a lower sequence number; null where there is none. Undefined: the one before
   * it in the run, stored ones included, or, where the invocation is stored already, whatever is stored.
   */
  inputInvocationId: string | null | undefined;
  outputText: string | null;
  outputImage: { mediaType: string; bytes: Uint8Array } | null;
  startedAt: Date | null;
  completedAt: Date | null;
  embeddings: EmbeddingRecord[];
}

export interface EmbeddingRecord {
  id: string;
  embeddingModel: string;
  /** Finite and not all zero. */
  vector: Float32Array;
}

/** How much was new. */
export interface RecordedCounts {
  runCount: number;
  invocationCount: number;
  embeddingCount: number;
}
