import type { Failure } from "../client/failure.js";
import { type ReadQuery, unread, useQuery } from "../client/useQuery.js";
import { type JoiningOutliersQuery, joiningOutliers } from "../generated/operations.js";
import { useKept } from "../router/historyEntries.js";
import { curveMultiples, type Joining, surveyed } from "./joiningCurve.js";

interface JoiningCurve {
  /** Undefined until it was read; null if no outlier joins a cluster within the largest multiple that is asked for. */
  curve: readonly Joining[] | null | undefined;
  /** Whether it can be read where outliers meet clusters; undefined until that is known. */
  hasMeetings: boolean | undefined;
  /** Whether the result does not exist any longer. */
  isMissing: boolean;
  failure: Failure | null;
  read(): void;
}

type Read = ReadQuery<JoiningOutliersQuery>;

/**
 * Reads how many outliers join their nearest cluster within which multiples of its own largest height: first where they
 * do at all, then evenly up to there.
 * @param id global id of the clustering result; null: nothing is read
 */
export function useJoining(id: string | null): JoiningCurve {
  const survey = useQuery(joiningOutliers, id === null ? null : { result: id, within: [...surveyed] }, {
    kept: useKept<Read>("surveyed joining outliers", unread),
  });
  const surveyedCounts = survey.data?.clusteringResult?.joiningOutliers;
  const multiples = surveyedCounts?.length ? curveMultiples(surveyedCounts) : null;
  const rest = useQuery(
    joiningOutliers,
    id === null || multiples === null ? null : { result: id, within: multiples },
    {
      kept: useKept<Read>("joining outliers", unread),
    },
  );
  const counts = rest.data?.clusteringResult?.joiningOutliers;
  const curve = () => {
    if (surveyedCounts === undefined) return undefined;
    if (multiples === null) return null;
    return counts && [surveyedCounts[0], ...counts];
  };
  return {
    curve: curve(),
    // It is known before the curve is.
    hasMeetings: survey.data ? true : survey.failure ? false : undefined,
    isMissing: [survey, rest].some(({ data }) => data?.clusteringResult === null),
    failure: survey.failure ?? rest.failure,
    read() {
      for (const { failure, read } of [survey, rest]) if (failure) read();
    },
  };
}
