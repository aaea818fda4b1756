import { RunFileError } from "../runSource.js";
import { openCsv } from "./csvRows.js";
import type { IsVectorField } from "./exactJson.js";
import { nameInJson, openJsonRows } from "./jsonRows.js";
import { openParquet } from "./parquetRows.js";
import { tableFormat } from "./tableFormat.js";
import type { TableReader } from "./tableReader.js";
import { areVectors, firstRows, holdsVectors } from "./vectorColumns.js";

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
      ? await openParquet(path, shownPath, wanted, { readsVectors })
      : format.kind === "CSV"
        ? await openCsv(path, shownPath, format)
        : await openJsonRows(path, shownPath, wanted, (name) => name === vectorName || isVector(name));
  if (format.kind !== "Parquet") {
    // Parquet says what a column holds; here, the values do.
    for (const [column, values] of (await firstRows(reader)).values) {
      if (values.length > 0) reader.judged.add(column);
      if (areVectors(values)) reader.notMetadata.set(column, holdsVectors);
    }
  }
  const seen = new Set<string>();
  const repeated = reader.columns.find((column) => seen.size === seen.add(column).size);
  if (repeated === undefined) return reader;
  await reader.close();
  throw new RunFileError(
    `${shownPath} has two columns named ${JSON.stringify(repeated)}. Rename one of them.`,
  );
}
