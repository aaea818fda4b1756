import { setImmediate } from "node:timers/promises";
import { readUuid, writeUuid } from "../../database/copyFormat/uuidBytes.js";
import type { SelectRows } from "../../database/rowSelection.js";
import type { SqlDialect } from "../../database/sqlDialect.js";
import { blockRows } from "../blockRows.js";
import { type ParticipantRow, participants, vectorsOf } from "../neighbours/nearestOfResult.js";

/** The distinct vectors of the embeddings that took part in a clustering without a reduction. */
export interface DistinctVectors {
  /** Bare UUID of the clustering result, which has succeeded. */
  clusteringResultId: string;
  /** Number of distinct vectors. */
  points: number;
  dimensions: number;
}

/** Some distinct vectors, each of the embedding with the least id of those that have it. */
interface PointBlock {
  /** float32, row-major, not scaled. */
  vectors: Float32Array;
  /** The numbers of the vectors in the order of content. */
  numbers: Int32Array;
  /** Bare UUIDs of the embeddings. */
  ids: string[];
}

/** All distinct vectors of a clustering in memory that threads share, by their numbers. */
export interface PointVectors {
  /** float32, row-major, not scaled. */
  vectors: SharedArrayBuffer;
  ids: PointIds;
}

/** The embedding with the least id of each distinct vector, in 16 bytes each. */
export type PointIds = SharedArrayBuffer;

export const bytesOfVectors = ({ points, dimensions }: DistinctVectors): number =>
  points * (4 * dimensions + bytesOfId);

const bytesOfId = 16;

export const pointIds = (points: number): PointIds => new SharedArrayBuffer(points * bytesOfId);

export const setPointId = (ids: PointIds, point: number, id: string): void =>
  writeUuid(id, new Uint8Array(ids), point * bytesOfId);

export const pointId = (ids: PointIds, point: number): string =>
  readUuid(new Uint8Array(ids), point * bytesOfId);

/** Most vectors of a block. */
export const blockRowsOf = (dimensions: number): number =>
  blockRows(dimensions, { bytes: 8 * 2 ** 20, rows: 8192 });

/**
 * Reads the distinct vectors of a clustering in blocks.
 * @throws EmbeddingUnreadableError
 */
export async function* pointBlocks(
  { clusteringResultId, points, dimensions }: DistinctVectors,
  dialect: SqlDialect,
  selectRows: SelectRows,
): AsyncGenerator<PointBlock, void, void> {
  const limit = blockRowsOf(dimensions);
  const seen = new Uint8Array(points);
  for (let after: string | null = null; ; ) {
    const rows = (await selectRows(
      participants(dialect, clusteringResultId, { after }, limit),
    )) as ParticipantRow[];
    const isNew = ([, number]: ParticipantRow): boolean => seen[number] === 0 && ++seen[number] === 1;
    const fresh = rows.filter(isNew);
    if (fresh.length > 0) {
      yield {
        vectors: vectorsOf(fresh, dimensions),
        numbers: Int32Array.from(fresh, ([, number]) => number),
        ids: fresh.map(([id]) => id),
      };
    }
    if (rows.length < limit) return;
    after = rows[rows.length - 1][0];
    await setImmediate(); // libsql releases a statement's memory only then
  }
}

/**
 * Loads all distinct vectors of a clustering.
 * @returns null if some are missing: the result was deleted meanwhile
 * @throws EmbeddingUnreadableError
 */
export async function loadPointVectors(
  which: DistinctVectors,
  dialect: SqlDialect,
  selectRows: SelectRows,
): Promise<PointVectors | null> {
  const { points, dimensions } = which;
  const ids = pointIds(points);
  const vectors = new SharedArrayBuffer(4 * points * dimensions);
  const all = new Float32Array(vectors);
  let found = 0;
  for await (const block of pointBlocks(which, dialect, selectRows)) {
    for (const [at, number] of block.numbers.entries()) {
      const from = at * dimensions;
      all.set(block.vectors.subarray(from, from + dimensions), number * dimensions);
      setPointId(ids, number, block.ids[at]);
    }
    found += block.numbers.length;
  }
  return found === points ? { vectors, ids } : null;
}
