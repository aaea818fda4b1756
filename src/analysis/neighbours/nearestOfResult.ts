import { setImmediate } from "node:timers/promises";
import {
  type Comparison,
  NearestOthers,
  type NearRow,
  type SoughtRow,
} from "../../clustering/nearestOthers.js";
import { wrongLength } from "../../database/embeddings/readableVector.js";
import { EmbeddingUnreadableError } from "../../database/errors/bulkErrors.js";
import type { RowSelection, SelectRows } from "../../database/rowSelection.js";
import type { SqlDialect } from "../../database/sqlDialect.js";
import type { TaskReporter } from "../../database/threads/taskReporter.js";
import { blockRows } from "../blockRows.js";

export interface NeighbourRequest extends Comparison {
  /** Bare UUID of a clustering result that has succeeded. */
  clusteringResultId: string;
  /** The embeddings, by their bare UUIDs, and the number of others of each, 1 or more. */
  sought: { id: string; limit: number }[];
}

export interface FoundNeighbours {
  /** By the id of each sought embedding that took part: its nearest others, nearest first. */
  nearest: Map<string, NearRow[]>;
  /** Number of embeddings that took part and that the sought ones were compared with; 0 if none of these took part. */
  compared: number;
}

/** Number of rows of one block. */
export const blockRowsOf = (dimensions: number): number =>
  blockRows(dimensions, { bytes: 2 * 2 ** 20, rows: 4096 });

/** An embedding that took part: its bare UUID, the number of its distinct vector, and the vector. */
export type ParticipantRow = [id: string, content: number, vector: Buffer];

/**
 * Finds the nearest others of embeddings among those that took part in a clustering, all of them in one pass over the
 * stored vectors, of which one block at a time is in memory.
 * @throws EmbeddingUnreadableError
 */
export async function nearestOfResult(
  { clusteringResultId, sought, ...comparison }: NeighbourRequest,
  dialect: SqlDialect,
  selectRows: SelectRows,
  { throwIfStopped }: Pick<TaskReporter, "throwIfStopped">,
): Promise<FoundNeighbours> {
  const { dimensions } = comparison;
  const rowsOfBlock = blockRowsOf(dimensions);
  const select = async (condition: Condition, limit: number) =>
    (await selectRows(participants(dialect, clusteringResultId, condition, limit))) as ParticipantRow[];

  const limits = new Map(sought.map(({ id, limit }) => [id, limit]));
  const found: ParticipantRow[] = [];
  for (let start = 0; start < sought.length; start += rowsOfBlock) {
    const ids = sought.slice(start, start + rowsOfBlock).map(({ id }) => id);
    found.push(...(await select({ ids }, rowsOfBlock)));
  }
  if (found.length === 0) return { nearest: new Map(), compared: 0 };
  const rows = found.map(([id, content]): SoughtRow => ({ id, content, limit: limits.get(id)! }));
  const others = new NearestOthers(vectorsOf(found, dimensions), rows, comparison, rowsOfBlock);

  let compared = 0;
  let after: string | null = null;
  for (;;) {
    const block = await select({ after }, rowsOfBlock);
    const names = block.map(([id, content]) => ({ id, content }));
    others.offer(vectorsOf(block, dimensions), names, throwIfStopped);
    compared += block.length;
    if (block.length < rowsOfBlock) break;
    after = block[block.length - 1][0];
    await setImmediate(); // libsql releases a statement's memory only then
  }
  return { nearest: new Map(rows.map(({ id }, k) => [id, others.nearest[k]])), compared };
}

/** Which embeddings: some, or the next ones in the order of their ids. */
type Condition = { ids: string[] } | { after: string | null };

/** The SELECT of embeddings that took part. It reads only them, by the index that has the order of their ids. */
export function participants(
  dialect: SqlDialect,
  clusteringResultId: string,
  condition: Condition,
  limit: number,
): RowSelection {
  const parameters: unknown[] = [];
  const parameter = (value: unknown) => dialect.placeholder(parameters.push(value));
  const conditions = [`"row"."clusteringResultId" = ${parameter(clusteringResultId)}`];
  if ("ids" in condition) {
    const list = parameter(dialect.listValue(condition.ids));
    conditions.push(dialect.isOneOf(`"row"."embeddingId"`, list, "id"));
  } else if (condition.after !== null) {
    conditions.push(`"row"."embeddingId" > ${parameter(condition.after)}`);
  }
  const joins = [{ table: `"Embedding"`, as: "embedding", on: `"embedding"."id" = "row"."embeddingId"` }];
  const sql = `
    SELECT "row"."embeddingId", "row"."point", "embedding"."vector"
    FROM "ClusterAssignment" AS "row" ${dialect.joins(joins)}
    WHERE ${conditions.join(" AND ")} ORDER BY "row"."embeddingId" LIMIT ${parameter(limit)}`;
  return { sql, parameters, types: ["uuid", "int4", "bytea"] };
}

/**
 * The vectors of rows, one after another.
 * @throws EmbeddingUnreadableError if a vector has another length
 */
export function vectorsOf(rows: ParticipantRow[], dimensions: number): Float32Array {
  const vectors = new Float32Array(rows.length * dimensions);
  const bytes = new Uint8Array(vectors.buffer);
  for (const [row, [id, , vector]] of rows.entries()) {
    if (vector.byteLength !== 4 * dimensions) {
      throw new EmbeddingUnreadableError(id, wrongLength(vector.byteLength, dimensions));
    }
    bytes.set(vector, row * 4 * dimensions);
  }
  return vectors;
}
