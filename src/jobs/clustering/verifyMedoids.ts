import type { HdbscanResult } from "../../clustering/index.js";

/** A medoid of an engine's result cannot be mapped to its embedding. Such a result is never stored. */
export class MedoidUnmappedError extends Error {
  override readonly name = "MedoidUnmappedError";
}

/**
 * Checks that every cluster's medoid is the index of a row with the cluster's label, and that labels, sizes
 * and rows are consistent.
 * @param rows number of rows that were clustered
 * @throws MedoidUnmappedError that names the first inconsistent cluster
 */
export function requireMappedMedoids(result: HdbscanResult, rows: number): void {
  const { labels, medoids, sizes, persistence } = result;
  for (const [name, { length }] of Object.entries({
    labels,
    probabilities: result.probabilities,
    outlierScores: result.outlierScores,
    distinctPoints: result.distinctPoints,
  })) {
    if (length !== rows)
      throw new MedoidUnmappedError(`The engine returned ${length} ${name} for ${rows} rows.`);
  }
  const clusters = medoids.length;
  if (sizes.length !== clusters || persistence.length !== clusters) {
    throw new MedoidUnmappedError(
      `The engine returned ${clusters} medoids, ${sizes.length} sizes and ${persistence.length} persistences.`,
    );
  }
  const counted = new Int32Array(clusters);
  for (const [row, label] of labels.entries()) {
    if (label < -1 || label >= clusters) {
      throw new MedoidUnmappedError(
        `Row ${row} carries the label ${label}, but there are ${clusters} medoids.`,
      );
    }
    if (label >= 0) counted[label]++;
  }
  for (const [label, medoid] of medoids.entries()) {
    if (!(Number.isInteger(medoid) && medoid >= 0 && medoid < rows)) {
      throw new MedoidUnmappedError(
        `The medoid of cluster ${label} is row ${medoid}, but there are ${rows} rows.`,
      );
    }
    if (labels[medoid] !== label) {
      throw new MedoidUnmappedError(
        `The medoid of cluster ${label} is row ${medoid}, which carries the label ${labels[medoid]}.`,
      );
    }
    if (counted[label] !== sizes[label]) {
      throw new MedoidUnmappedError(
        `Cluster ${label} is said to hold ${sizes[label]} rows, but ${counted[label]} carry its label.`,
      );
    }
  }
}
