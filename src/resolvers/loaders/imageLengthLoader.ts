import DataLoader from "dataloader";
import { type SqlReader, statement } from "../statement.js";

/**
 * Lengths, in bytes, of the output images of invocations, by the invocation's id; null if there is no image.
 * The bytes themselves are not read.
 */
export function imageLengthLoader(reader: SqlReader): DataLoader<string, number | null> {
  return new DataLoader(async (ids) => {
    const { parameter, query } = statement(reader);
    const list = parameter(reader.dialect.listValue(ids));
    const rows = await query(`
      SELECT "row"."invocationId", octet_length("row"."bytes") AS "length" FROM "OutputImage" AS "row"
      WHERE ${reader.dialect.isOneOf(`"row"."invocationId"`, list, "id")}`);
    const lengths = new Map(rows.map((row) => [row.invocationId, Number(row.length)]));
    return ids.map((id) => lengths.get(id) ?? null);
  });
}
