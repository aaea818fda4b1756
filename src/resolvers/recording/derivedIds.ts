import { v5 as nameUuid } from "uuid";
import { writeUuid } from "../../database/copyFormat/uuidBytes.js";

/** An invocation's id where the caller gives none: UUID version 5 of its sequence number, in the namespace of its run's id. */
export function derivedInvocationId(runId: string, sequenceNumber: number): string {
  return nameUuid(String(sequenceNumber), uuidBytes(runId));
}

/** An embedding's id where the caller gives none: UUID version 5 of its model's name, in the namespace of its invocation's id. */
export function derivedEmbeddingId(invocationId: string, embeddingModel: string): string {
  return nameUuid(embeddingModel, uuidBytes(invocationId));
}

/** As bytes, since the package takes no text of a UUID whose version is unknown. */
function uuidBytes(uuid: string): Uint8Array {
  const bytes = new Uint8Array(16);
  writeUuid(uuid, bytes, 0);
  return bytes;
}
