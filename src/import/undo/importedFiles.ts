import { existsSync } from "node:fs";
import { basename, resolve } from "node:path";
import type { Database } from "../../database/database.js";
import { parseUuid } from "../../resolvers/globalId.js";

/** An import that is recorded in the database. */
export interface RecordedImport {
  id: string;
  /** Absolute, or "standard input". */
  path: string;
  /** The time of the first import of the path. */
  createdAt: Date;
}

/**
 * Finds the imports that `given` may mean: the one with this id, else that of this path, else all of files with
 * this name, because the file may have been moved. A file that is there beside the imported one is another file.
 */
export async function findImports({ prisma }: Database, given: string): Promise<RecordedImport[]> {
  const id = parseUuid(given);
  if (id !== null) return prisma.importedFile.findMany({ where: { id } });
  const ofPath = await prisma.importedFile.findMany({ where: { path: resolve(given) } });
  if (ofPath.length > 0) return ofPath;
  const all = await prisma.importedFile.findMany({ orderBy: [{ createdAt: "desc" }, { id: "desc" }] });
  const name = given === "-" ? "standard input" : basename(given);
  const isThere = existsSync(given);
  return all.filter(({ path }) => basename(path) === name && !(isThere && existsSync(path)));
}

/** The imports that are recorded, the latest first. */
export function latestImports({ prisma }: Database, limit: number): Promise<RecordedImport[]> {
  return prisma.importedFile.findMany({ orderBy: [{ createdAt: "desc" }, { id: "desc" }], take: limit });
}
