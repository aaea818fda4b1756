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
  /** Whether a column holds vectors, and is therefore no metadata. */
  isVectorColumn(column: string): boolean;
}

/** Counts what is read of a run, and what of it is left out. */
export interface ReadCounts {
  read: ImportCounts;
  skipped: SkippedTally;
}

/** Why the metadata of a row is not recorded although it could be. */
export const recordedWithoutMetadata =
  "it was recorded without, since it was too large together with the vectors, and what is recorded stays";

/** Makes the invocation of a row, and counts it. */
export function invocationOf(
  { number, values, vector }: UsableRow,
  place: { id: string; sequenceNumber: number },
  { embeddingModel, dimensions, isVectorColumn }: RowRecording,
  { read, skipped }: ReadCounts,
): RecordedInvocation {
  const { text, model, externalId, metadata, metadataFault, isTooLargeWithVectors } = values;
  if (metadataFault !== null) {
    skipped.add("metadata", metadataFault.reason, `row ${number}: ${metadataFault.value}`);
  }
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
    formerMetadata: {
      isVector: isVectorColumn,
      wasTooLarge: isTooLargeWithVectors,
      onNoneRecorded: () => skipped.add("metadata", recordedWithoutMetadata, `row ${number}`),
    },
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
