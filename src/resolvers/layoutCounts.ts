import type { ReductionParameters } from "../clustering/index.js";

/** A method that gives embeddings places in fewer dimensions; null if none does. */
type Method = ReductionParameters["method"] | null;

/** How many embeddings a layout laid out, and how many it placed among them; null unless there is one. */
export interface LayoutCounts {
  laidOutCount: number | null;
  placedCount: number | null;
}

/** @param row of a clustering result or a map */
export function layoutCounts(
  method: Method,
  { embeddingCount, placedCount }: { embeddingCount: number | null; placedCount: number },
): LayoutCounts {
  if (method !== "UMAP" || embeddingCount === null) return { laidOutCount: null, placedCount: null };
  return { laidOutCount: embeddingCount - placedCount, placedCount };
}

/** The method of a clustering result's reduction. */
export const reductionMethodOf = ({ reduction }: { reduction: string | null }): Method =>
  reduction === null ? null : (JSON.parse(reduction) as ReductionParameters).method;
