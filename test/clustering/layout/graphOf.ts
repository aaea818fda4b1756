import type { FuzzyGraph } from "../../../src/clustering/layout/fuzzyGraph.js";
import { sharedCopy } from "../../../src/clustering/sharedArray.js";

/** A graph with these edges, each once; by default the kth of them has the strength 1 / (1 + k). */
export function graphOf(
  count: number,
  edges: [number, number][],
  strength: (k: number) => number = (k) => 1 / (1 + k),
): FuzzyGraph {
  const rows = Array.from({ length: count }, () => new Map<number, number>());
  edges.forEach(([a, b], k) => {
    if (a === b || rows[a].has(b)) return;
    const each = strength(k);
    rows[a].set(b, each);
    rows[b].set(a, each);
  });
  const all = rows.flatMap((row) => [...row].sort(([a], [b]) => a - b));
  const first = [0];
  for (const row of rows) first.push(first[first.length - 1] + row.size);
  return {
    first: sharedCopy(Int32Array, first),
    others: sharedCopy(
      Int32Array,
      all.map(([other]) => other),
    ),
    strengths: sharedCopy(
      Float64Array,
      all.map(([, each]) => each),
    ),
  };
}
