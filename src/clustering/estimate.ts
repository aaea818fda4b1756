import type { StageTimes } from "./progress.js";

/** Seconds on two cores of the machine that the constants were measured on; only ratios matter here. */
export function expectedTimes(rows: number, distinct: number, dimensions: number): StageTimes {
  const pairs = (distinct * distinct) / 2;
  return {
    PREPARING: rows * dimensions * 2e-9 + distinct * dimensions * 8e-9 + 1e-4,
    NEIGHBOURS: pairs * (dimensions * 12e-12 + 0.5e-9) + 1e-4,
    SPANNING_TREE: distinct * (dimensions * 6e-9 + 5e-6) + pairs * dimensions * 1e-12 + 1e-4,
    CLUSTERS: distinct * 1e-6 + 1e-4,
    MEDOIDS: distinct * dimensions * 4e-9 + 1e-4,
  };
}
