import type { LabelledTree } from "./pointLabels.js";

/** The exemplars of clusters, one cluster after another. */
export interface Exemplars {
  /** The vectors that are exemplars of label l are numbers[first[l]] … numbers[first[l + 1] − 1], densest first. */
  numbers: Int32Array;
  /** k + 1. */
  first: Int32Array;
}

/**
 * The exemplars of each cluster: of every leaf of the condensed tree below it, the members that leave last. It is how the
 * package hdbscan defines `exemplars_` (version 0.8.44), but only of members, where a cluster is the root.
 *
 * Those that leave at the least distance come first; of several that leave at the same one, in the order of their numbers,
 * which is that of content.
 *
 * @param labels k: number of labels
 * @param pointOf the point of each distinct vector, by the number of the vector; null: the vectors are the points
 */
export function exemplars(
  { condensed, labelOf, home }: LabelledTree,
  labels: number,
  pointOf: Int32Array | null,
): Exemplars {
  const { clusters, kids, leavesAt, leavesFrom } = condensed;
  const latest = new Float64Array(clusters);
  for (let point = 0; point < home.length; point++) {
    latest[leavesFrom[point]] = Math.max(latest[leavesFrom[point]], leavesAt[point]);
  }
  const of: number[][] = Array.from({ length: labels }, () => []);
  const vectors = pointOf?.length ?? home.length;
  for (let number = 0; number < vectors; number++) {
    const point = pointOf === null ? number : pointOf[number];
    const leaf = leavesFrom[point];
    if (home[point] < 0 || kids[leaf] > 0 || leavesAt[point] < latest[leaf]) continue;
    of[labelOf[home[point]]].push(number);
  }
  const lambda = (number: number): number => leavesAt[pointOf === null ? number : pointOf[number]];
  const first = new Int32Array(labels + 1);
  for (const [label, { length }] of of.entries()) first[label + 1] = first[label] + length;
  const numbers = new Int32Array(first[labels]);
  for (const [label, members] of of.entries()) {
    members.sort((p, q) => (lambda(p) === lambda(q) ? p - q : lambda(q) - lambda(p)));
    numbers.set(members, first[label]);
  }
  return { numbers, first };
}
