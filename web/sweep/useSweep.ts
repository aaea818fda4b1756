import type { Failure } from "../client/failure.js";
import { useQuery } from "../client/useQuery.js";
import {
  type ResultSummaryFragment,
  type SweepQuery,
  type SweepQueryVariables,
  sweep,
} from "../generated/operations.js";
import { type Method, methods } from "./sweepPlot.js";
import { sweepSizes } from "./sweepSizes.js";

export type Swept = Pick<ResultSummaryFragment, "id" | "parameters" | "embeddingCount">;
export type SweptPoint = NonNullable<SweepQuery["clusteringResult"]>["sweep"][number];

/** The variables of the query of what other sizes would give with a method. */
export function sweepVariables(
  { id, parameters, embeddingCount }: Swept,
  method: Method,
): SweepQueryVariables {
  const minClusterSizes = sweepSizes({ embeddingCount: embeddingCount ?? 0, parameters });
  return { id, input: { minClusterSizes, clusterSelectionMethods: [method] } };
}

interface Sweep {
  /** The points of the methods that were read. */
  points: readonly SweptPoint[];
  isReading: boolean;
  /** Whether the result does not exist any longer. */
  isMissing: boolean;
  failure: Failure | null;
  read(): void;
}

/** Reads what other sizes would give: first with the clustering's own method, then with the other one. */
export function useSweep(result: Swept): Sweep {
  const own = result.parameters.clusterSelectionMethod;
  const other = methods.find((method) => method !== own)!;
  const first = useQuery(sweep, sweepVariables(result, own));
  const second = useQuery(sweep, first.data?.clusteringResult ? sweepVariables(result, other) : null);
  const queries = [first, second];
  return {
    points: queries.flatMap(({ data }) => data?.clusteringResult?.sweep ?? []),
    isReading: queries.some(({ data }) => data === undefined),
    isMissing: queries.some(({ data }) => data?.clusteringResult === null),
    failure: first.failure ?? second.failure,
    read() {
      for (const { failure, read } of queries) if (failure) read();
    },
  };
}
