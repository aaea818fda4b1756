import pg from "pg";
import type { SelectionQuery } from "../../embeddings/embeddingSelection.js";

/**
 * A SELECT with its parameters inserted as literals, because COPY takes no parameters. Placeholders must not
 * be within quotes.
 */
export function withLiterals({ sql, parameters }: SelectionQuery): string {
  return sql.replace(/\$(\d+)/g, (_, number) => literal(parameters[Number(number) - 1]));
}

function literal(value: unknown): string {
  if (typeof value === "number") return String(value);
  if (typeof value === "string") return pg.escapeLiteral(value);
  if (Array.isArray(value)) return `ARRAY[${value.map(literal).join(", ")}]`;
  throw new Error(`No literal is known for ${typeof value}`);
}
