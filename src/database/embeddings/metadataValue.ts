import type { SqlDialect } from "../sqlDialect.js";

/** The rows of an embedding's invocation and of its run, by their aliases. */
interface Rows {
  invocation: string;
  run: string;
}

/**
 * JSON of what an embedding has under a key of metadata: its invocation's value, or if that has none, its run's. Null
 * if neither has one; a JSON null is none.
 * @param placeholder of `SqlDialect.jsonFieldValue` of the key
 */
export function metadataValue(dialect: SqlDialect, { invocation, run }: Rows, placeholder: string): string {
  const of = (row: string) => `nullif(${dialect.jsonField(`${row}."metadata"`, placeholder)}, 'null')`;
  return `coalesce(${of(invocation)}, ${of(run)})`;
}

/** The reason for which no key of metadata can be looked up by this name, or null if it can. */
export function metadataKeyProblem(key: string): string | null {
  return key.includes('"') ? "must not contain a quotation mark." : null;
}
