import { sharedArray } from "../sharedArray.js";
import type { FuzzyGraph } from "./fuzzyGraph.js";

/**
 * The connected parts of a graph: there is no path between rows of different parts.
 *
 * @returns the rows of each part, ascending; the parts in the order of their first rows
 */
export function connectedParts({ first, others }: Pick<FuzzyGraph, "first" | "others">): Int32Array[] {
  const count = first.length - 1;
  const partOf = new Int32Array(count).fill(-1);
  const sizes: number[] = [];
  /** Rows whose edges have not been followed yet. */
  const open = new Int32Array(count);
  for (let start = 0; start < count; start++) {
    if (partOf[start] >= 0) continue;
    const part = sizes.push(0) - 1;
    partOf[start] = part;
    open[0] = start;
    for (let left = 1; left > 0; ) {
      const row = open[--left];
      sizes[part]++;
      for (let edge = first[row]; edge < first[row + 1]; edge++) {
        const other = others[edge];
        if (partOf[other] >= 0) continue;
        partOf[other] = part;
        open[left++] = other;
      }
    }
  }
  const parts = sizes.map((size) => new Int32Array(size));
  const filled = new Int32Array(sizes.length);
  for (let row = 0; row < count; row++) parts[partOf[row]][filled[partOf[row]]++] = row;
  return parts;
}

/**
 * The part of a graph that consists of these rows.
 *
 * @param rows ascending; no edge leads out of them
 */
export function partOfGraph(graph: FuzzyGraph, rows: Int32Array): FuzzyGraph {
  const count = graph.first.length - 1;
  if (rows.length === count) return graph;
  const { first, others, strengths } = graph;
  const edgesOf = (row: number): number => first[row + 1] - first[row];
  const edges = rows.reduce((sum, row) => sum + edgesOf(row), 0);
  const part = {
    first: sharedArray(Int32Array, rows.length + 1),
    others: sharedArray(Int32Array, edges),
    strengths: sharedArray(Float64Array, edges),
  };
  const numberOf = new Map<number, number>();
  rows.forEach((row, number) => {
    numberOf.set(row, number);
  });
  let at = 0;
  rows.forEach((row, number) => {
    for (let edge = first[row]; edge < first[row + 1]; edge++, at++) {
      part.others[at] = numberOf.get(others[edge])!;
      part.strengths[at] = strengths[edge];
    }
    part.first[number + 1] = at;
  });
  return part;
}
