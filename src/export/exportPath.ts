import { parseUuid } from "../resolvers/globalId.js";
import { type ExportedFile, type ExportFormat, exportFormats, exportTables } from "./exportedFile.js";

export const mediaTypes: Record<ExportFormat, string> = {
  PARQUET: "application/vnd.apache.parquet",
  CSV: "text/csv; charset=utf-8; header=present",
  JSONL: "application/x-ndjson",
};

const exportsPath = "/exports/";
const metadataName = "metadata.json";

/** The path at which a server serves a file, with its query string. */
export function exportPath({ clusteringResultId, table, format, vectors }: ExportedFile): string {
  const name = `${table.toLowerCase()}.${format.toLowerCase()}`;
  return `${exportsPath}${clusteringResultId}/${name}${vectors ? "?vectors=true" : ""}`;
}

/** The path at which a server serves what is known about a result as a whole, beside its files. */
export function exportMetadataPath(clusteringResultId: string): string {
  return `${exportsPath}${clusteringResultId}/${metadataName}`;
}

/** Whether a path belongs to the exports. */
export function isExportPath(path: string): boolean {
  return path.startsWith(exportsPath);
}

/**
 * Finds what a path stands for.
 * @returns the file, without its vectors; the result's id alone if it is the path of the result's metadata;
 *   null if nothing is exported there
 */
export function parseExportPath(
  path: string,
): Omit<ExportedFile, "vectors"> | { clusteringResultId: string } | null {
  const [id, name, ...more] = path.slice(exportsPath.length).split("/");
  const clusteringResultId = parseUuid(id);
  if (!isExportPath(path) || clusteringResultId === null || name === undefined || more.length > 0)
    return null;
  if (name === metadataName) return { clusteringResultId };
  const table = exportTables.find((each) => name.startsWith(`${each.toLowerCase()}.`));
  const format = exportFormats.find((each) => name === `${table?.toLowerCase()}.${each.toLowerCase()}`);
  return table && format ? { clusteringResultId, table, format } : null;
}
