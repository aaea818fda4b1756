import { resolve } from "node:path";
import { v5 as nameUuid, v7 as newUuid } from "uuid";
import type { ImportedFile } from "../database/recording/importedFile.js";

/** The namespace of the ids of files, chosen at random once. */
const namespace = "3f0c1d3b-7a52-4a0e-9f0e-5d1b0a6f2c84";

const standardInputPath = "standard input";

/**
 * The file that an import records as the origin of its runs, so that `medoid delete-runs` can remove them. It is
 * stored, not derived from the file's content, because an import is to be undone also after its file was moved,
 * changed or deleted. The path identifies it: an import that is run again, whether it was stopped before or the
 * file has grown, continues the same one.
 *
 * @param path null for standard input, each of whose imports is one of its own
 */
export function importedFileOf(path: string | null): ImportedFile {
  if (path === null) return { id: newUuid(), path: standardInputPath };
  const absolute = resolve(path);
  return { id: nameUuid(absolute, namespace), path: absolute };
}
