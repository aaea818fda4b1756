import type { PlacedRun, RecordedInvocation } from "../../database/recording/placedRecords.js";
import type { RunInput } from "../../resolvers/recording/runInput.js";

type InvocationInput = RunInput["invocations"][number];

/** A run as the API takes it, without its invocations. */
export function runInputOf(record: PlacedRun["record"]): Omit<RunInput, "invocations"> {
  const { id, network, initialPrompt, seed, maxLength, metadata } = record;
  return {
    ...{ id, network, initialPrompt },
    seed: seed === null ? undefined : String(seed),
    maxLength: maxLength ?? undefined,
    metadata: metadata === null ? undefined : JSON.parse(metadata),
  };
}

/** @param outputImage that of the record, whose bytes may have to be fetched first */
export function invocationInputOf(
  record: RecordedInvocation,
  outputImage: { mediaType: string; bytes: Uint8Array } | null,
): InvocationInput {
  const { id, sequenceNumber, model, type, seed, inputInvocationId, outputText } = record;
  const { startedAt, completedAt, externalId, metadata, embeddings } = record;
  return {
    ...{ id, sequenceNumber, model, type },
    seed: seed === null ? undefined : String(seed),
    inputId: inputInvocationId ?? undefined,
    outputText: outputText ?? undefined,
    outputImage: outputImage
      ? { mediaType: outputImage.mediaType, base64: base64(outputImage.bytes) }
      : undefined,
    startedAt: startedAt?.toISOString(),
    completedAt: completedAt?.toISOString(),
    externalId: externalId ?? undefined,
    metadata: metadata === null ? undefined : JSON.parse(metadata),
    embeddings: embeddings.map(({ id, embeddingModel, vector }) => ({
      ...{ id, embeddingModel },
      vector: { base64: base64(vector) },
    })),
  };
}

function base64({ buffer, byteOffset, byteLength }: Uint8Array | Float32Array): string {
  return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength).toString("base64");
}
