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
  inputInvocationId: string | null;
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
