import { createWriteStream, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

/**
 * Copies a stream into a temporary file, because importers read their files more than once, and Parquet from
 * its end.
 *
 * @returns the file's path, and a function that deletes it
 */
export async function copiedToFile(
  input: Readable,
  signal: AbortSignal,
): Promise<{ path: string; remove(): void }> {
  const folder = mkdtempSync(join(tmpdir(), "medoid-input-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const path = join(folder, "input");
  try {
    await pipeline(input, createWriteStream(path, { mode: 0o600 }), { signal });
  } catch (error) {
    remove();
    throw error;
  }
  return { path, remove };
}
