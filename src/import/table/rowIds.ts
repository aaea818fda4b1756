import { createHash } from "node:crypto";
import { v5 as nameUuid } from "uuid";

/** The namespace of the ids of rows, chosen at random once; another one would record every table anew. */
const namespace = "8f5be6f4-2f3c-4b0e-9d3a-6a1f1c0f7d52";

/**
 * The id of the run that a value of the run column names. It depends on nothing else but the name of the dataset, so
 * that a table can be imported again, in parts and in any order.
 */
export function runIdOf(dataset: string, run: string): string {
  return nameUuid(`run ${JSON.stringify([dataset, run])}`, namespace);
}

/** The id of a row without an id of its own that is a step of a run. */
export function stepIdOf(runId: string, sequenceNumber: number): string {
  return nameUuid(`step ${sequenceNumber} of ${runId}`, namespace);
}

/** The id of the run that consists of one row. */
export function singleRunId(invocationId: string): string {
  return nameUuid(`run of ${invocationId}`, namespace);
}

/**
 * The id of a row: of its own id, together with its run; or, if it has none, of its number and content, so
 * that the same row is recognised, and a row that has changed is another one.
 *
 * @param content everything that the row records except its vector
 */
export function rowIdOf(
  dataset: string,
  row: { id: string; run: string | null } | { number: number; content: string[] },
): string {
  if ("id" in row) return nameUuid(`id ${JSON.stringify([dataset, row.run, row.id])}`, namespace);
  const digest = createHash("sha256").update(JSON.stringify(row.content)).digest("hex");
  return nameUuid(`row ${JSON.stringify([dataset, row.number])} ${digest}`, namespace);
}

/** The id of a row's embedding. */
export function embeddingIdOf(invocationId: string, embeddingModel: string): string {
  return nameUuid(`embedding ${JSON.stringify([invocationId, embeddingModel])}`, namespace);
}
