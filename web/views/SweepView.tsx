import { useSignal } from "@preact/signals";
import type { ResultQuery } from "../generated/operations.js";
import { count, counted, percent } from "../parts/format.js";
import { Loading } from "../parts/Notice.js";
import { Link } from "../router/Link.js";
import { navigate } from "../router/location.js";
import { bareId } from "../router/route.js";
import { methodName } from "../sweep/methodName.js";
import { Plateaus } from "../sweep/Plateaus.js";
import { SweepPlot } from "../sweep/SweepPlot.js";
import { SweepTable } from "../sweep/SweepTable.js";
import { type SweptPoint, useSweep } from "../sweep/useSweep.js";
import { TreeFailure } from "../tree/TreeFailure.js";
import { ClusterForm } from "./ClusterForm.js";
import { Gone } from "./Gone.js";

interface SweepViewProps {
  /** Bare UUID of the clustering result. */
  resultId: string;
  /** A clustering that has succeeded. */
  result: NonNullable<ResultQuery["clusteringResult"]>;
}

/** What a clustering would be with other sizes and the other method; a click leads to the form that starts it. */
export function SweepView({ resultId, result }: SweepViewProps) {
  const { points, isReading, isMissing, failure, read } = useSweep(result);
  const chosen = useSignal<SweptPoint | null>(null);
  const { parameters, embeddingCount } = result;
  if (isMissing) return <Gone what="clustering" />;
  const isOwn = ({ minClusterSize, clusterSelectionMethod }: SweptPoint) =>
    minClusterSize === parameters.minClusterSize &&
    clusterSelectionMethod === parameters.clusterSelectionMethod;
  const total = embeddingCount || 1;
  const shared = { points, total, isOwn, choose: (point: SweptPoint) => (chosen.value = point) };
  return (
    <article class="cluster-view">
      <nav class="cluster-nav" aria-label="Clusters">
        <Link to={{ view: "result", result: resultId }}>All clusters</Link>
      </nav>
      <h2>What other parameters would give</h2>
      <p>
        The same {counted(total, "embedding")} with other minimum cluster sizes, and by both methods that
        select clusters. Everything else is as in this clustering.
      </p>
      <TreeFailure failure={failure} id={result.id} what="What other parameters would give is" retry={read} />
      {points.length > 0 && (
        <>
          <SweepPlot {...shared} describe={(point) => describe(point, total)} />
          <Plateaus points={points} />
          <SweepTable {...shared} />
        </>
      )}
      {isReading && !failure && <Loading />}
      {chosen.value && (
        <ClusterForm
          of={withParametersOf(result, chosen.value)}
          onClose={() => (chosen.value = null)}
          onStarted={(id) => navigate({ view: "result", result: bareId(id) })}
        />
      )}
    </article>
  );
}

function describe(point: SweptPoint, total: number): string {
  const { minClusterSize, clusterSelectionMethod, clusterCount, outlierCount, adjustedRandIndex } = point;
  return `${count(minClusterSize)} or more, ${methodName(clusterSelectionMethod)}: ${counted(clusterCount, "cluster")}, ${percent(outlierCount / total)} outliers; agreement with this clustering ${adjustedRandIndex.toFixed(2)}`;
}

/** The clustering as it would be given again with the parameters of a point. */
function withParametersOf(
  result: SweepViewProps["result"],
  { minClusterSize, clusterSelectionMethod }: SweptPoint,
): SweepViewProps["result"] {
  // Leaves have no maximum size.
  const maxClusterSize = clusterSelectionMethod === "LEAF" ? null : result.parameters.maxClusterSize;
  const changed = { minClusterSize, clusterSelectionMethod, maxClusterSize };
  return { ...result, parameters: { ...result.parameters, ...changed } };
}
