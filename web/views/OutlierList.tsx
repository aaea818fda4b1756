import { usePages } from "../client/usePages.js";
import { outliers } from "../generated/operations.js";
import { ClusterMark } from "../parts/ClusterMark.js";
import { counted, percent } from "../parts/format.js";
import { MoreButton } from "../parts/MoreButton.js";
import { FailureNotice, Loading } from "../parts/Notice.js";
import { Link } from "../router/Link.js";
import { Gone } from "./Gone.js";
import { MemberList } from "./MemberList.js";

/** The embeddings that are in no cluster. @param props.resultId bare UUID of the clustering result */
export function OutlierList({ resultId }: { resultId: string }) {
  const variables = { result: `ClusteringResult:${resultId}` };
  const pages = usePages(outliers, variables, (found) => found.clusteringResult?.outliers);
  const { data, edges, failure } = pages;
  const result = data?.clusteringResult;
  if (result === null) return <Gone what="clustering" />;
  return (
    <article class="cluster-view">
      <nav class="cluster-nav" aria-label="Clusters">
        <Link to={{ view: "result", result: resultId }}>All clusters</Link>
      </nav>
      <h2>
        <ClusterMark label={-1} /> Outliers
      </h2>
      <FailureNotice failure={failure} retry={pages.read} />
      {!result && !failure && <Loading />}
      {result && (
        <>
          <p>
            {counted(result.outlierCount ?? 0, "embedding")},{" "}
            {percent((result.outlierCount ?? 0) / (result.embeddingCount || 1))} of all, in no cluster: too
            few others are near them. Those that stand out most come first.
          </p>
          <MemberList
            resultId={resultId}
            members={edges.map(({ node, outlierScore }) => ({
              member: node,
              score: { name: "outlier score", value: outlierScore },
            }))}
          />
          <MoreButton {...pages} />
        </>
      )}
    </article>
  );
}
