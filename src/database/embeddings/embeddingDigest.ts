import { createHash } from "node:crypto";
import type { LoadedEmbeddings } from "../bulkStore.js";
import type { TaskReporter } from "../threads/taskReporter.js";

/**
 * Bytes that are hashed per call: they fit into the processor's caches, and the overhead of a call, which
 * equals the hashing of a kilobyte, is negligible.
 */
const bytesPerUpdate = 128 * 1024;

/** @returns SHA-256, in hexadecimal, of ids and vectors in their order: id, vector, id, vector, … */
export function embeddingDigest(
  { count, ids, vectors, dimensions }: LoadedEmbeddings,
  reporter: TaskReporter,
): string {
  const hash = createHash("sha256");
  const bytes = new Uint8Array(vectors.buffer, vectors.byteOffset, vectors.byteLength);
  const bytesPerVector = dimensions * 4;
  const bytesPerRow = 16 + bytesPerVector;
  const rows = new Uint8Array(Math.max(1, Math.floor(bytesPerUpdate / bytesPerRow)) * bytesPerRow);
  let filled = 0;
  for (let row = 0; row < count; row++) {
    rows.set(ids.subarray(row * 16, row * 16 + 16), filled);
    rows.set(bytes.subarray(row * bytesPerVector, (row + 1) * bytesPerVector), filled + 16);
    filled += bytesPerRow;
    if (filled < rows.length) continue;
    reporter.throwIfStopped();
    hash.update(rows);
    filled = 0;
  }
  return hash.update(rows.subarray(0, filled)).digest("hex");
}
