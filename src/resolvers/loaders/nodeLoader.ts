import DataLoader from "dataloader";
import { DeletedMeanwhileError } from "../errors.js";
import { type SqlReader, statement } from "../pagination/keyset.js";
import { RequestError } from "../requestError.js";
import { columnList } from "../rows.js";

/**
 * Loads rows of a table by their ids (bare UUIDs), with one statement for what is asked for at once, however
 * many; null where there is none. Through Prisma's query builder a long list would become several statements.
 */
export function nodeLoader<Row extends { id: string }>(
  reader: SqlReader,
  table: string,
  columns: Record<keyof Row & string, true>,
  condition = "1 = 1",
): DataLoader<string, Row | null> {
  return new DataLoader(async (ids) => {
    const { parameter, query } = statement(reader);
    const list = parameter(reader.dialect.listValue(ids));
    const found = await query(`
      SELECT ${columnList(columns, "row")} FROM ${table} AS "row"
      WHERE ${reader.dialect.isOneOf(`"row"."id"`, list, "id")} AND ${condition}`);
    const rows = new Map((found as Row[]).map((row) => [row.id, row]));
    return ids.map((id) => rows.get(id) ?? null);
  });
}

/** Of rows that belong to a result: what is staged before the result succeeds is not shown. */
export const ofPublishedResult = `EXISTS (
  SELECT 1 FROM "ClusteringResult" r WHERE r."id" = "row"."clusteringResultId" AND r."status" = 'SUCCEEDED')`;

/**
 * The row that a foreign key names: it exists, unless it was deleted since the key was read.
 * @throws RequestError of a DeletedMeanwhileError
 */
export async function present<Row>(loader: DataLoader<string, Row | null>, id: string): Promise<Row> {
  const row = await loader.load(id);
  if (row === null) throw new RequestError(new DeletedMeanwhileError());
  return row;
}
