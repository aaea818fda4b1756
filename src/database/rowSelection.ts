import type { StoredType } from "./copy/storedTables.js";

/** A SELECT with the values of its positional parameters, and the type of each of its columns. */
export interface RowSelection {
  sql: string;
  parameters: unknown[];
  types: StoredType[];
}

/** A value as JavaScript represents it: a uuid as text, a bytea as bytes, a timestamptz as a Date. */
export type StoredValue = string | number | bigint | boolean | Date | Buffer | null;

/** Runs a selection and returns its rows, each with its values in the order of the columns. */
export type SelectRows = (selection: RowSelection) => Promise<StoredValue[][]>;
