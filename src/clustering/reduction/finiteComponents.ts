import type { DistinctRows } from "../distinctPoints.js";
import { InvalidClusteringInputError } from "../invalidClusteringInput.js";

/**
 * Only rows near the ends of float32's range have components that it cannot hold.
 *
 * @throws {InvalidClusteringInputError} that names the first such row
 */
export function requireFiniteComponents(
  components: Float32Array,
  dimensions: number,
  { firstRow }: DistinctRows,
): void {
  const at = components.findIndex((component) => !Number.isFinite(component));
  if (at < 0) return;
  const row = firstRow[Math.floor(at / dimensions)];
  throw new InvalidClusteringInputError(
    "data",
    components[at],
    `row ${row} is so far from the others that float32 cannot hold its principal components`,
    row,
  );
}
