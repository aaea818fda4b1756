import type { Comparison, PairColumns } from "../../analysis/comparison.js";
import type { LineageKind } from "../../analysis/lineage.js";
import type { App } from "../../app.js";
import type { Loaders } from "../loaders/loaders.js";
import { present } from "../loaders/nodeLoader.js";
import { KeysetConnection } from "../pagination/keysetConnection.js";
import type { PageArguments } from "../pagination/pageArguments.js";
import type { RowOrder } from "../pagination/rowOrder.js";
import { rowsInMemory } from "../pagination/rowsInMemory.js";
import { invalidArgument } from "../requestError.js";
import { requireLimit } from "../requireLimit.js";
import type { ClusteringResultRow, ClusterRow } from "../rows.js";

/** Two finished clusterings, and how they compare once that is asked for. */
export interface ComparedResults {
  from: ClusteringResultRow;
  to: ClusteringResultRow;
  /** @throws as `Comparisons.of` */
  comparison(): Promise<Comparison>;
}

/** A cluster of each of the two results; a label is −1 where there is none. */
export interface ClusterPair {
  of: ComparedResults;
  from: number;
  to: number;
  shared: number;
  jaccard: number;
}

export const mostLineage = 500;

/**
 * @param ids bare UUIDs
 * @returns null if one of the two does not exist or has not succeeded
 */
export async function compareClusteringResults(
  { comparisons }: Pick<App, "comparisons">,
  loaders: Loaders,
  ids: { from: string; to: string },
): Promise<ComparedResults | null> {
  const [from, to] = await Promise.all([ids.from, ids.to].map((id) => loaders.clusteringResult.load(id)));
  if (from?.status !== "SUCCEEDED" || to?.status !== "SUCCEEDED") return null;
  let compared: Promise<Comparison> | undefined;
  return {
    from,
    to,
    comparison() {
      compared ??= comparisons.of(loaders.reader, from, to);
      return compared;
    },
  };
}

/** @returns the cluster of one of the two; null where there is none */
export async function clusterOf(
  { of, ...labels }: ClusterPair,
  side: "from" | "to",
  { clusterLabelled }: Pick<Loaders, "clusterLabelled">,
): Promise<ClusterRow | null> {
  const label = labels[side];
  return label < 0 ? null : present(clusterLabelled, { clusteringResultId: of[side].id, label });
}

/**
 * Entries of the lineage.
 * @param kind null for every kind
 * @param skip the number of entries, of this kind, that come before the first
 * @throws RequestError if an argument is out of range
 */
export async function lineageOf(
  of: ComparedResults,
  { kind, skip, limit }: { kind: LineageKind | null; skip: number; limit: number },
): Promise<(ClusterPair & { kind: LineageKind })[]> {
  requireLimit(limit, mostLineage);
  if (skip < 0) throw invalidArgument(["skip"], "must be 0 or more.", skip);
  const { lineage } = await of.comparison();
  const found: (ClusterPair & { kind: LineageKind })[] = [];
  let skipped = 0;
  for (let place = 0; place < lineage.kind.length && found.length < limit; place++) {
    if (kind !== null && lineage.kind[place] !== kind) continue;
    if (skipped++ < skip) continue;
    found.push({ ...pairAt(of, lineage, place), kind: lineage.kind[place] });
  }
  return found;
}

/** The number of entries of the lineage, of one kind or, for null, of all. */
export async function lineageCountOf(of: ComparedResults, kind: LineageKind | null): Promise<number> {
  const kinds = (await of.comparison()).lineage.kind;
  return kind === null ? kinds.length : kinds.filter((each) => each === kind).length;
}

/** Pairs that share the most rows first, then by their labels, outliers before clusters. */
const mostShared: RowOrder<ClusterPair> = {
  order: "ClusteringComparison.overlaps",
  orderBy: [
    { kind: "integer", descending: true, value: ({ shared }) => shared },
    { kind: "integer", value: ({ from }) => from },
    { kind: "integer", value: ({ to }) => to },
  ],
};

/** @throws RequestError if the arguments are invalid */
export async function overlapsOf(of: ComparedResults, args: PageArguments) {
  const { overlaps } = await of.comparison();
  const rows = rowsInMemory(mostShared, overlaps.from.length, (place) => pairAt(of, overlaps, place));
  return new KeysetConnection(mostShared, rows, args, (node) => ({ node }));
}

function pairAt(of: ComparedResults, { from, to, shared, jaccard }: PairColumns, place: number): ClusterPair {
  return { of, from: from[place], to: to[place], shared: shared[place], jaccard: jaccard[place] };
}
