/**
 * Maximum number of models of a run's network, and of components of a vector: far above what any run or model
 * has.
 */
export const mostModels = 1_000;
export const mostComponents = 65_536;

/** What a component must not be, in messages: float32 would hold it as infinity. */
export const beyondFloat32 = "a number beyond the range of float32";

/** One run to record: validated, with ids as lowercase UUIDs with hyphens, and vectors as float32. */
export interface RunRecord {
  id: string;
  network: string[];
  initialPrompt: string;
  seed: bigint | null;
  maxLength: number | null;
  /** The text that `metadataText` gives for an object; null if there is no metadata. */
  metadata: string | null;
  /** Ordered by sequence number. Sequence numbers need not be contiguous. */
  invocations: InvocationRecord[];
}

export interface InvocationRecord {
  id: string;
  sequenceNumber: number;
  model: string;
  type: "TEXT" | "IMAGE";
  seed: bigint | null;
  /**
   * Id of an invocation of the same run with a lower sequence number; null if there is no input. Undefined
   * stands for the invocation before this one in the run, including stored ones, or, if this invocation is
   * already stored, for its stored input.
   */
  inputInvocationId: string | null | undefined;
  outputText: string | null;
  outputImage: { mediaType: string; bytes: Uint8Array } | null;
  startedAt: Date | null;
  completedAt: Date | null;
  /** The invocation's name where it came from. It need not be unique. */
  externalId: string | null;
  /** As of a run. */
  metadata: string | null;
  embeddings: EmbeddingRecord[];
}

export interface EmbeddingRecord {
  id: string;
  embeddingModel: string;
  /** Components are finite, and not all of them are zero. */
  vector: Float32Array;
}

/** Numbers of rows that were new. */
export interface RecordedCounts {
  runCount: number;
  invocationCount: number;
  embeddingCount: number;
}
