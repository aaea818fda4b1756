import type { HdbscanResult } from "../../src/clustering/index.js";

/** A result without the ends of its tree's edges: of several minimum spanning trees any may have been found. */
export function withoutEnds(result: HdbscanResult) {
  const { firstEnds, secondEnds, ...tree } = result.spanningTree;
  return { ...result, spanningTree: tree };
}
