import { type Options, stringify } from "csv-stringify/sync";
import type { RowFormat } from "./rowFormat.js";

/**
 * A null is an empty field, and an empty text a quoted one. A carriage return is quoted too, because readers
 * take it for the end of a line.
 */
const options: Options = {
  quoted_match: /\r/,
  cast: {
    string: (text) => (text === "" ? { value: text, quoted_empty: true } : text),
    boolean: String,
    date: (time) => time.toISOString(),
    object: (vector) => (vector as unknown as Buffer).toString("base64"),
  },
};

/** CSV in UTF-8 as RFC 4180 describes it, with "\n" at the end of lines. Vectors are float32 in base64. */
export const csv: RowFormat = {
  encode: (_, rows) => ({ bytes: Buffer.from(stringify(rows, options)) }),
  frame: (columns) => ({
    start: Buffer.from(stringify([columns.map(({ name }) => name)], options)),
    add() {},
    end: () => new Uint8Array(),
  }),
};
