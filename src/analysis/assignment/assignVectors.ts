import { assignedLinks, type Links } from "../../clustering/assignedLinks.js";
import {
  listedPoints,
  NearestByReachability,
  type Reachability,
} from "../../clustering/nearestByReachability.js";
import type { SweepSetting } from "../../clustering/sweep.js";
import type { RowSelection, SelectRows } from "../../database/rowSelection.js";
import type { SqlDialect } from "../../database/sqlDialect.js";
import type { TaskReporter } from "../../database/threads/taskReporter.js";
import { spanningTreeOf } from "../../jobs/clustering/spanningTreeBytes.js";
import { type ParticipantRow, vectorsOf } from "../neighbours/nearestOfResult.js";
import type { LoadedTree } from "../tree/loadedTree.js";
import {
  blockRowsOf,
  type DistinctVectors,
  type PointIds,
  type PointVectors,
  pointBlocks,
  pointId,
  pointIds,
  setPointId,
} from "./pointVectors.js";

/** A vector to assign: itself, not scaled, or that of the embedding with a bare UUID. */
export type SoughtVector = { vector: Float32Array } | { id: string };

export interface AssignmentRequest extends Reachability, DistinctVectors {
  tree: LoadedTree;
  own: SweepSetting;
  /** The tree's point of each label's medoid. */
  medoids: Int32Array;
  /** 1 or more. */
  sought: SoughtVector[];
  /** Null if the distinct vectors are not in memory: then they are read, as often as they are needed. */
  loaded: PointVectors | null;
  /** The compiled kernel; null for the portable kernel. */
  kernel: WebAssembly.Module | null;
}

/** Where vectors belong, each at the place that it has in the request. */
interface AssignedVectors {
  /** The labels of the clusters; −1 for outliers. */
  labels: Int32Array;
  /** 0 to 1; 0 for outliers. */
  probabilities: Float64Array;
  /** Bare UUIDs of the embeddings that are nearest by mutual reachability. */
  nearest: string[];
  /** These mutual reachabilities; 0 for a copy. */
  distances: Float64Array;
}

/** Most entries of the lists of the nearest points of the vectors that are sought together. */
const mostListed = 4e6;

/**
 * Finds where vectors belong in a clustering in which they took no part.
 * @returns "other clusters" if the tree gives other clusters than the result has, "deleted" if an embedding or the
 *   result was deleted meanwhile
 * @throws EmbeddingUnreadableError
 */
export async function assignVectors(
  request: AssignmentRequest,
  dialect: SqlDialect,
  selectRows: SelectRows,
  { throwIfStopped }: Pick<TaskReporter, "throwIfStopped">,
): Promise<AssignedVectors | "other clusters" | "deleted"> {
  const { own, medoids, sought, dimensions, points, minSamples } = request;
  const vectors = await soughtVectors(sought, dimensions, dialect, selectRows);
  if (vectors === null) return "deleted";
  throwIfStopped();
  const tree = spanningTreeOf(request.tree.id, request.tree.bytes);
  const links: Links = { points: new Int32Array(sought.length), heights: new Float64Array(sought.length) };
  const ids = request.loaded?.ids ?? pointIds(points);
  const together = Math.max(1, Math.floor(mostListed / listedPoints(points, minSamples)));
  for (let start = 0; start < sought.length; start += together) {
    const some = vectors.subarray(start * dimensions, (start + together) * dimensions);
    const search = new NearestByReachability(some, tree, request, blockRowsOf(dimensions), request.kernel);
    do {
      const offered = await offerAll(search, request, ids, dialect, selectRows, throwIfStopped);
      if (offered !== points) return "deleted";
    } while (search.endPass());
    links.points.set(search.links.points, start);
    links.heights.set(search.links.heights, start);
  }
  throwIfStopped();
  const assigned = assignedLinks(tree, own, medoids, links);
  if (assigned === null) return "other clusters";
  return {
    ...assigned,
    nearest: Array.from(links.points, (point) => pointId(ids, point)),
    distances: links.heights,
  };
}

/** @returns the number of points that were offered */
async function offerAll(
  search: NearestByReachability,
  { loaded, ...which }: AssignmentRequest,
  ids: PointIds,
  dialect: SqlDialect,
  selectRows: SelectRows,
  throwIfStopped: () => void,
): Promise<number> {
  const { points, dimensions } = which;
  if (loaded !== null) {
    const all = new Float32Array(loaded.vectors);
    const size = blockRowsOf(dimensions);
    for (let start = 0; start < points; start += size) {
      const end = Math.min(points, start + size);
      const numbers = Int32Array.from({ length: end - start }, (_, at) => start + at);
      search.offer(all.subarray(start * dimensions, end * dimensions), numbers, throwIfStopped);
    }
    return points;
  }
  let offered = 0;
  for await (const block of pointBlocks(which, dialect, selectRows)) {
    for (const [at, number] of block.numbers.entries()) setPointId(ids, number, block.ids[at]);
    search.offer(block.vectors, block.numbers, throwIfStopped);
    offered += block.numbers.length;
  }
  return offered;
}

/** Embeddings whose vectors are read by one statement. */
const idsAtOnce = 1000;

/** @returns null if an embedding does not exist any more */
async function soughtVectors(
  sought: SoughtVector[],
  dimensions: number,
  dialect: SqlDialect,
  selectRows: SelectRows,
): Promise<Float32Array | null> {
  const ids = [...new Set(sought.flatMap((one) => ("id" in one ? [one.id] : [])))];
  const found = new Map<string, Float32Array>();
  for (let start = 0; start < ids.length; start += idsAtOnce) {
    const rows = await selectRows(vectorsById(dialect, ids.slice(start, start + idsAtOnce)));
    for (const row of rows as ParticipantRow[]) found.set(row[0], vectorsOf([row], dimensions));
  }
  const vectors = new Float32Array(sought.length * dimensions);
  for (const [at, one] of sought.entries()) {
    const vector = "id" in one ? found.get(one.id) : one.vector;
    if (vector === undefined) return null;
    vectors.set(vector, at * dimensions);
  }
  return vectors;
}

/** The SELECT of the vectors of some embeddings. */
export function vectorsById(dialect: SqlDialect, ids: string[]): RowSelection {
  const isOneOf = dialect.isOneOf(`"id"`, dialect.placeholder(1), "id");
  return {
    sql: `SELECT "id", 0, "vector" FROM "Embedding" WHERE ${isOneOf}`,
    parameters: [dialect.listValue(ids)],
    types: ["uuid", "int4", "bytea"],
  };
}
