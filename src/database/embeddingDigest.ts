import { createHash } from "node:crypto";

/** Bytes that are hashed at a time: they fit the processor's caches, and one call of the hash costs as much as hashing a kilobyte. */
const bytesPerUpdate = 128 * 1024;

/** SHA-256 of ids and vectors in canonical order: id, vector, id, vector, … */
export interface EmbeddingDigest {
  /** Takes the next rows up to `end`, which is none of them. */
  update(end: number): void;
  /** In hex, of all rows that were taken. */
  digest(): string;
}

/**
 * @param ids 16 bytes a row
 * @param vectors `bytesPerVector` bytes a row
 */
export function embeddingDigest(
  ids: Uint8Array,
  vectors: Uint8Array,
  bytesPerVector: number,
): EmbeddingDigest {
  const hash = createHash("sha256");
  const bytesPerRow = 16 + bytesPerVector;
  const rows = new Uint8Array(Math.max(1, Math.floor(bytesPerUpdate / bytesPerRow)) * bytesPerRow);
  let filled = 0;
  let next = 0;
  return {
    update(end) {
      for (; next < end; next++) {
        rows.set(ids.subarray(next * 16, next * 16 + 16), filled);
        rows.set(vectors.subarray(next * bytesPerVector, (next + 1) * bytesPerVector), filled + 16);
        filled += bytesPerRow;
        if (filled < rows.length) continue;
        hash.update(rows);
        filled = 0;
      }
    },
    digest: () => hash.update(rows.subarray(0, filled)).digest("hex"),
  };
}
