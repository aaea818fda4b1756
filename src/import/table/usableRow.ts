import type { RecordedInvocation } from "../../database/recording/placedRecords.js";
import type { ImportCounts } from "../importReport.js";
import type { SkippedTally } from "../skippedTally.js";
import { embeddingIdOf } from "./rowIds.js";
import type { RowFault, RowValues } from "./rowValues.js";

/** A row that can be recorded, with its vector or the reason why it has none; null if no row has one. */
export interface UsableRow {
  /** From 1, in the table. */
  number: number;
  values: RowValues;
  vector: Float32Array | RowFault | null;
}

/** What the embeddings of all rows have in common. */
export interface RowRecording {
  embeddingModel: string;
  dimensions: number;
}

/** Counts what is read of a run, and what of it is left out. */
export interface ReadCounts {
  read: ImportCounts;
  skipped: SkippedTally;
}

/** Makes the invocation of a row, and counts it. */
export function invocationOf(
  { number, values, vector }: UsableRow,
  place: { id: string; sequenceNumber: number },
  { embeddingModel, dimensions }: RowRecording,
  { read, skipped }: ReadCounts,
): RecordedInvocation {
  const { text, model, externalId, metadata, metadataFault } = values;
  if (metadataFault !== null) skipped.add("metadata", metadataFault, `row ${number}`);
  const invocation: RecordedInvocation = {
    ...place,
    model,
    type: "TEXT",
    seed: null,
    inputInvocationId: undefined,
    outputText: text,
    outputImage: null,
    startedAt: null,
    completedAt: null,
    externalId,
    metadata,
    embeddings: [],
  };
  read.invocations++;
  if (vector === null) return invocation;
  if (!(vector instanceof Float32Array)) skipped.add("embedding", vector.reason, vector.example);
  else if (vector.length !== dimensions) {
    const reason = `its vector does not have ${dimensions} numbers like the others of its embedding model`;
    skipped.add("embedding", reason, `row ${number}: ${vector.length} numbers`);
  } else {
    invocation.embeddings = [{ id: embeddingIdOf(place.id, embeddingModel), embeddingModel, vector }];
    read.embeddings[embeddingModel] = (read.embeddings[embeddingModel] ?? 0) + 1;
  }
  return invocation;
}
