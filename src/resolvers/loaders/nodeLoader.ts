import DataLoader from "dataloader";
import { deletedMeanwhile } from "../requestError.js";
import { columnList } from "../rows.js";
import { type SqlReader, statement } from "../statement.js";

/**
 * Loads rows of a table by their ids (bare UUIDs), with one statement for all ids that are requested
 * together; null for an id that has no row. Prisma's query builder would split a long list into several
 * statements.
 */
export class NodeLoader<Row extends { id: string }> extends DataLoader<string, Row | null> {
  /** @param condition in SQL: a row that does not satisfy it is treated as absent */
  constructor(
    reader: SqlReader,
    table: string,
    columns: Record<keyof Row & string, true>,
    condition = "1 = 1",
  ) {
    super(async (ids) => {
      const { parameter, query } = statement(reader);
      const list = parameter(reader.dialect.listValue(ids));
      const found = await query(`
        SELECT ${columnList(columns, "row")} FROM ${table} AS "row"
        WHERE ${reader.dialect.isOneOf(`"row"."id"`, list, "id")} AND ${condition}`);
      const rows = new Map((found as Row[]).map((row) => [row.id, row]));
      return ids.map((id) => rows.get(id) ?? null);
    });
  }

  /** Caches rows that another statement has read. */
  primeAll(rows: Row[]): void {
    for (const row of rows) this.prime(row.id, row);
  }
}

/** The condition for rows of a result: they are staged, and hidden, until the result has succeeded. */
export const ofPublishedResult = `EXISTS (
  SELECT 1 FROM "ClusteringResult" r WHERE r."id" = "row"."clusteringResultId" AND r."status" = 'SUCCEEDED')`;

/**
 * The row that a foreign key refers to. It exists unless it was deleted after the key was read.
 * @throws RequestError (NOT_FOUND) if it was deleted
 */
export async function present<Id, Row>(loader: DataLoader<Id, Row | null, unknown>, id: Id): Promise<Row> {
  const row = await loader.load(id);
  if (row === null) throw deletedMeanwhile();
  return row;
}
