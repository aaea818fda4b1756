import type { FilterData } from "../output/clusteringResult.js";
import type { Comparison } from "./clusteringComparison.js";
import { type AssignmentRow, embeddingName, type StoredClustering } from "./storedClustering.js";

/** Returns whether an embedding satisfies the conditions of a filter, except everyNth, which is about its run. */
export function filterTest(filter: FilterData): (row: AssignmentRow) => boolean {
  const oneOf = (values: string[] | null | undefined) => {
    const set = values && new Set(values);
    return (value: string) => !set || set.has(value);
  };
  const runs = oneOf(filter.runIds);
  const networks = oneOf(filter.networks?.map((network) => JSON.stringify(network)));
  const prompts = oneOf(filter.initialPrompts);
  const models = oneOf(filter.models);
  const min = filter.sequenceNumber?.min ?? 0;
  const max = filter.sequenceNumber?.max ?? Number.POSITIVE_INFINITY;
  return (row) =>
    runs(`Run:${row.run_id}`) &&
    networks(row.network) &&
    prompts(row.initial_prompt) &&
    models(row.model) &&
    Number(row.sequence_number) >= min &&
    Number(row.sequence_number) <= max;
}

/**
 * Counts the clustered embeddings that the filter cannot have selected. With everyNth, at least n − 1 others of the
 * run lie between two that are selected, and no two embeddings of a model have the same place in a run.
 * @param isWholeModel whether the model has no other embeddings, so that none lie between
 */
export function compareWithFilter(
  { everyNth }: FilterData,
  stored: StoredClustering,
  isWholeModel: boolean,
): Comparison {
  const { count, runIds, sequenceNumbers, satisfying } = stored;
  const runId = (row: number) => runIds.subarray(row * 16, row * 16 + 16);
  const n = everyNth ?? 1;
  const isTooNear = (row: number) =>
    n > 1 &&
    row > 0 &&
    Buffer.compare(runId(row - 1), runId(row)) === 0 &&
    (isWholeModel || sequenceNumbers[row] - sequenceNumbers[row - 1] < n);
  let differing = 0;
  let firstDifference: string | null = null;
  for (let row = 0; row < count; row++) {
    if (satisfying[row] === 1 && !isTooNear(row)) continue;
    differing++;
    firstDifference ??= `${embeddingName(stored, row)}: it was clustered, but the stored filter does not select it`;
  }
  return { what: "embeddings that the filter selects", count, differing, firstDifference };
}
