import type { AsyncBuffer, Compressors, DecodedArray, FileMetaData, RowGroup } from "hyparquet";
import { parquetHeader, readPage } from "hyparquet/src/column.js";
import { convert, DEFAULT_PARSERS } from "hyparquet/src/convert.js";
import { getSchemaPath } from "hyparquet/src/schema.js";

/** Far above the length of a page's header, which may hold the least and the greatest value of the page. */
const headerBytes = 64 * 1024;

/**
 * Reads a column of lists of numbers page by page, because the numbers of a whole row group take several times
 * the memory as JavaScript arrays that they take in the file.
 *
 * @returns the list of each row; null where there is none, or an empty one
 */
export async function* listsOf(
  file: AsyncBuffer,
  { schema }: FileMetaData,
  { columns }: RowGroup,
  column: string,
  compressors: Compressors,
): AsyncGenerator<unknown[] | null> {
  const chunk = columns.find(({ meta_data }) => meta_data?.path_in_schema[0] === column)!.meta_data!;
  const schemaPath = getSchemaPath(schema, chunk.path_in_schema);
  const decoder = {
    ...chunk,
    pathInSchema: chunk.path_in_schema,
    element: schemaPath[schemaPath.length - 1].element,
    schemaPath,
    compressors,
    parsers: DEFAULT_PARSERS,
  };
  const first = chunk.dictionary_page_offset || chunk.data_page_offset;
  const end = Number(first + chunk.total_compressed_size);
  let dictionary: DecodedArray | undefined;
  let unfinished: unknown[] | undefined; // the next page may continue the last row of a page
  for (let at = Number(first); at < end; ) {
    const start = await file.slice(at, Math.min(end, at + headerBytes));
    const reader = { view: new DataView(start), offset: 0 };
    const header = parquetHeader(reader);
    const length = reader.offset + header.compressed_page_size;
    if (length > start.byteLength) reader.view = new DataView(await file.slice(at, at + length));
    at += length;
    if (header.type === "DICTIONARY_PAGE") {
      dictionary = convert(readPage(reader, header, decoder, undefined, undefined, 0).data!, decoder);
      continue;
    }
    const values = header.data_page_header?.num_values ?? header.data_page_header_v2?.num_values;
    if (values === 0) continue;
    const { data } = readPage(reader, header, decoder, dictionary, unfinished && [unfinished], 0);
    const rows = data as unknown[][];
    for (let i = 0; i < rows.length - 1; i++) yield innermost(rows[i]);
    unfinished = rows[rows.length - 1];
  }
  if (unfinished) yield innermost(unfinished);
}

/** Each optional or repeated level of the schema is an array around the list. */
function innermost(row: unknown[] | null): unknown[] | null {
  let list = row;
  while (list && list.length === 1 && (Array.isArray(list[0]) || list[0] === null))
    list = list[0] as unknown[] | null;
  return list?.length === 0 ? null : list;
}
