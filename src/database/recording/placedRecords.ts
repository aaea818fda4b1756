import type { FormerMetadata } from "./equalMetadata.js";
import type { InvocationRecord, RunRecord } from "./runRecord.js";

/** A run with its path in the given input, with which the paths of its conflicts begin. */
export interface PlacedRun {
  path: string[];
  record: Omit<RunRecord, "invocations">;
}

export interface PlacedInvocation {
  path: string[];
  runId: string;
  record: RecordedInvocation;
}

/**
 * "as stored" is an image that the caller knows to be equal to the stored one, so that its bytes need not be
 * read.
 */
export type RecordedInvocation = Omit<InvocationRecord, "outputImage"> & {
  outputImage: InvocationRecord["outputImage"] | "as stored";
  /** What the recorded metadata may differ in without being a change. Default: in nothing. */
  formerMetadata?: FormerMetadata;
};
