import { v5 as nameUuid } from "uuid";
import { writeUuid } from "../../database/copyFormat/uuidBytes.js";

/**
 * The id of an invocation that was given without one: UUID version 5 of its sequence number, in the namespace
 * of its run's id.
 */
export function derivedInvocationId(runId: string, sequenceNumber: number): string {
  return nameUuid(String(sequenceNumber), uuidBytes(runId));
}

/**
 * The id of an embedding that was given without one: UUID version 5 of its model's name, in the namespace of
 * its invocation's id.
 */
export function derivedEmbeddingId(invocationId: string, embeddingModel: string): string {
  return nameUuid(embeddingModel, uuidBytes(invocationId));
}

/**
 * A namespace is passed as bytes, because the package rejects the text of a UUID whose version it does not
 * know.
 */
function uuidBytes(uuid: string): Uint8Array {
  const bytes = new Uint8Array(16);
  writeUuid(uuid, bytes, 0);
  return bytes;
}
