import type { AsyncBuffer, Compressors, FileMetaData, RowGroup } from "hyparquet";
import { partsOfColumn } from "./parquetPages.js";

/**
 * Reads a column of bytes part by part.
 *
 * @returns the bytes of each row, which are parts of a page: whoever keeps them must copy them; null where there are none
 */
export async function* bytesOf(
  file: AsyncBuffer,
  metadata: FileMetaData,
  group: RowGroup,
  column: string,
  compressors: Compressors,
): AsyncGenerator<Uint8Array | null> {
  const { parts, levelOfValue } = partsOfColumn(file, metadata, group, column, compressors);
  for await (const { valueCount, definitionLevels, values } of parts) {
    let next = 0;
    for (let i = 0; i < valueCount; i++) {
      const isThere = definitionLevels.length === 0 || definitionLevels[i] === levelOfValue;
      yield isThere ? (values[next++] as Uint8Array) : null;
    }
  }
}
