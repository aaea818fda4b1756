import type { StoredValue } from "../../database/rowSelection.js";
import { float32s } from "./float32s.js";
import type { FileColumn, RowFormat } from "./rowFormat.js";

function json({ holds }: FileColumn, value: StoredValue): string {
  if (Buffer.isBuffer(value)) return `[${float32s(value).join()}]`;
  // Such a text is JSON in one line already, as it is stored.
  if (holds && value !== null) return value as string;
  return JSON.stringify(value);
}

/** One JSON object per line, with the columns' names as its keys. */
export const jsonLines: RowFormat = {
  encode(columns, rows) {
    const keys = columns.map(({ name }) => `${JSON.stringify(name)}:`);
    const lines = rows.map(
      (row) => `{${row.map((value, column) => keys[column] + json(columns[column], value)).join()}}\n`,
    );
    return { bytes: Buffer.from(lines.join("")) };
  },
  frame: () => ({ start: new Uint8Array(), add() {}, end: () => new Uint8Array() }),
};
