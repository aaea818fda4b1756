import type { EmbeddingSelection } from "../bulkStore.js";
import type { SqlDialect } from "../sqlDialect.js";

/** A statement and the values of its positional parameters. */
export interface SelectionQuery {
  sql: string;
  parameters: unknown[];
}

/** The canonical order of embeddings. */
export const canonicalOrder = `"runId", "sequenceNumber", "id"`;

/**
 * The SELECT of a selection's embeddings, unordered: the columns of `canonicalOrder`, and others.
 * @param others by the column's name: an expression of the embedding `e` and its invocation `i`
 */
export function selectionQuery(
  selection: EmbeddingSelection,
  dialect: SqlDialect,
  others: Record<string, string> = {},
): SelectionQuery {
  const parameters: unknown[] = [];
  const parameter = (value: unknown) => dialect.placeholder(parameters.push(value));
  const conditions = [`e."embeddingModelId" = ${parameter(selection.embeddingModelId)}`];
  const isOneOf = (column: string, values: string[] | null | undefined, type: "id" | "text") => {
    if (values) conditions.push(dialect.isOneOf(column, parameter(dialect.listValue(values)), type));
  };
  isOneOf(`i."runId"`, selection.runIds, "id");
  isOneOf(
    `r."network"`,
    selection.networks?.map((network) => JSON.stringify(network)),
    "text",
  );
  isOneOf(`r."initialPrompt"`, selection.initialPrompts, "text");
  isOneOf(`i."model"`, selection.models, "text");
  const { min, max } = selection.sequenceNumber ?? {};
  if (min != null) conditions.push(`i."sequenceNumber" >= ${parameter(min)}`);
  if (max != null) conditions.push(`i."sequenceNumber" <= ${parameter(max)}`);

  const columns = { runId: `i."runId"`, sequenceNumber: `i."sequenceNumber"`, id: `e."id"`, ...others };
  const named = Object.entries(columns).map(([name, expression]) => `${expression} AS "${name}"`);
  const isAboutRuns = selection.networks || selection.initialPrompts;
  const from = `
    FROM "Embedding" e
    JOIN "Invocation" i ON i."id" = e."invocationId"
    ${isAboutRuns ? `JOIN "Run" r ON r."id" = i."runId"` : ""}
    WHERE ${conditions.join(" AND ")}`;
  const { everyNth } = selection;
  if (!everyNth || everyNth === 1) return { sql: `SELECT ${named.join(", ")} ${from}`, parameters };
  const names = Object.keys(columns).map((name) => `"${name}"`);
  return {
    sql: `
      SELECT ${names.join(", ")} FROM (
        SELECT ${named.join(", ")},
               row_number() OVER (PARTITION BY i."runId" ORDER BY i."sequenceNumber", e."id") AS "place" ${from}
      ) AS "numbered" WHERE ("place" - 1) % ${parameter(everyNth)} = 0`,
    parameters,
  };
}

/** Whether a selection includes all embeddings of its model. */
export function isWholeModel({ embeddingModelId, ...filter }: EmbeddingSelection): boolean {
  const { min, max } = filter.sequenceNumber ?? {};
  const { runIds, networks, initialPrompts, models, everyNth } = filter;
  const conditions = [runIds, networks, initialPrompts, models, min, max];
  return conditions.every((condition) => condition == null) && (everyNth ?? 1) === 1;
}
