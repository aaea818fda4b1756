import { usePages } from "../client/usePages.js";
import { outliers, type ResultQuery } from "../generated/operations.js";
import { JoiningPlot } from "../outliers/JoiningPlot.js";
import { surveyed } from "../outliers/joiningCurve.js";
import { useJoining } from "../outliers/useJoining.js";
import { ClusterMark } from "../parts/ClusterMark.js";
import { counted, percent } from "../parts/format.js";
import { MoreButton } from "../parts/MoreButton.js";
import { FailureNotice, Loading } from "../parts/Notice.js";
import { Link } from "../router/Link.js";
import { TreeFailure } from "../tree/TreeFailure.js";
import { Gone } from "./Gone.js";
import { MemberList } from "./MemberList.js";

interface OutlierListProps {
  /** Bare UUID of the clustering result. */
  resultId: string;
  result: NonNullable<ResultQuery["clusteringResult"]>;
}

/** The embeddings that are in no cluster, how near they are to one, and which cluster each meets first. */
export function OutlierList({ resultId, result }: OutlierListProps) {
  const { id, outlierCount, clusterCount, embeddingCount } = result;
  const haveClusters = Boolean(outlierCount && clusterCount);
  const joining = useJoining(haveClusters ? id : null);
  const { curve } = joining;
  // Where outliers meet clusters cannot be read of a result without a tree, but the list can.
  const withMeetings = haveClusters ? joining.hasMeetings : false;
  const pages = usePages(
    outliers,
    withMeetings === undefined ? null : { result: id, withMeetings },
    (found) => found.clusteringResult?.outliers,
  );
  const { data, edges, failure } = pages;
  if (data?.clusteringResult === null || joining.isMissing) return <Gone what="clustering" />;
  return (
    <article class="cluster-view">
      <nav class="cluster-nav" aria-label="Clusters">
        <Link to={{ view: "result", result: resultId }}>All clusters</Link>
        {Boolean(embeddingCount) && (
          <Link to={{ view: "sweep", result: resultId }}>What other parameters would give</Link>
        )}
      </nav>
      <h2>
        <ClusterMark label={-1} /> Outliers
      </h2>
      <p>
        {counted(outlierCount ?? 0, "embedding")}, {percent((outlierCount ?? 0) / (embeddingCount || 1))} of
        all, in no cluster: too few others are near them.
      </p>
      <TreeFailure
        failure={joining.failure}
        id={id}
        what="Which cluster each outlier meets first, and how many are near one, is"
        retry={joining.read}
      />
      {curve && <JoiningPlot curve={curve} total={outlierCount ?? 0} />}
      {curve === null && (
        <p>No outlier is within {surveyed.at(-1)} times the largest height of its nearest cluster.</p>
      )}
      <FailureNotice failure={failure} retry={pages.read} />
      {!data && !failure && <Loading />}
      {edges.length > 0 && (
        <section>
          <h3>Those that stand out most first</h3>
          <MemberList
            resultId={resultId}
            members={edges.map(({ node, outlierScore, nearestCluster, joinsAt }) => ({
              member: node,
              score: { name: "outlier score", value: outlierScore },
              meets: nearestCluster && { label: nearestCluster.label, distance: joinsAt ?? 0 },
            }))}
          />
          <MoreButton {...pages} />
        </section>
      )}
    </article>
  );
}
