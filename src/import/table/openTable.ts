import { RunFileError } from "../runSource.js";
import { openCsv } from "./csvRows.js";
import type { IsVectorField } from "./exactJson.js";
import { nameInJson, openJsonRows } from "./jsonRows.js";
import { openParquet } from "./parquetRows.js";
import { tableFormat } from "./tableFormat.js";
import type { TableReader } from "./tableReader.js";
import { firstRows, holdsVectors, shareOfVectors } from "./vectorColumns.js";

/**
 * Opens a table of any format, recognised by its content.
 *
 * @param wanted columns that are read whatever their type
 * @param vector the one of them that has the vectors, if any
 * @param isVector whether a field of JSON holds vectors, besides that column
 * @param readsVectors whether columns that Parquet says hold vectors are read though they are not wanted
 * @throws RunFileError if the file is not a table, or two of its columns have the same name
 */
export async function openTable(
  path: string,
  shownPath: string,
  wanted: string[],
  vector?: string,
  { readsVectors = false, isVector = () => false }: { readsVectors?: boolean; isVector?: IsVectorField } = {},
): Promise<TableReader> {
  const format = tableFormat(path, shownPath);
  const vectorName = vector === undefined ? undefined : nameInJson(vector);
  const reader =
    format.kind === "Parquet"
      ? await openParquet(path, shownPath, wanted, { readsVectors, vector })
      : format.kind === "CSV"
        ? await openCsv(path, shownPath, format)
        : await openJsonRows(path, shownPath, wanted, (name) => name === vectorName || isVector(name));
  try {
    await findVectors(reader, format.kind !== "Parquet");
  } catch (error) {
    await reader.close();
    throw error;
  }
  const seen = new Set<string>();
  const repeated = reader.columns.find((column) => seen.size === seen.add(column).size);
  if (repeated === undefined) return reader;
  await reader.close();
  throw new RunFileError(
    `${shownPath} has two columns named ${JSON.stringify(repeated)}. Rename one of them.`,
  );
}

/**
 * Finds the columns whose values are vectors: of lists of numbers, Parquet says it, and of all others the first rows do.
 *
 * @param isText whether versions that recognised only columns of nothing but vectors did so; of Parquet, they took all texts
 *   for metadata
 */
async function findVectors(table: TableReader, isText: boolean): Promise<void> {
  const { notMetadata, vectorShares } = table;
  // What cannot be read is reported by whoever reads all rows.
  const { values: first } = await firstRows(table, { withVectors: false, mayEndEarly: true });
  for (const [column, values] of first) {
    if (notMetadata.has(column)) continue;
    const share = shareOfVectors(values);
    vectorShares.set(column, share === "all" && !isText ? "most" : share);
    if (share === "all" || share === "most") notMetadata.set(column, holdsVectors);
  }
}
