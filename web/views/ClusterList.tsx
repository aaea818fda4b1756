import { usePages } from "../client/usePages.js";
import { type ClustersQuery, clusters, type ResultQuery } from "../generated/operations.js";
import { ClusterMark } from "../parts/ClusterMark.js";
import { count, counted, percent } from "../parts/format.js";
import { MoreButton } from "../parts/MoreButton.js";
import { FailureNotice, Loading } from "../parts/Notice.js";
import { Output } from "../parts/Output.js";
import { Share } from "../parts/Share.js";
import { Link } from "../router/Link.js";
import { Gone } from "./Gone.js";

interface ClusterListProps {
  /** Bare UUID of the clustering result. */
  resultId: string;
  result: Pick<
    NonNullable<ResultQuery["clusteringResult"]>,
    "clusterCount" | "outlierCount" | "embeddingCount" | "parameters"
  >;
}

/** Of results of more embeddings, the texts of all members of a page of clusters take too long to count. */
const mostWithTexts = 200_000;

/** The clusters of a result, the largest first, and how many embeddings are in none. */
export function ClusterList({ resultId, result }: ClusterListProps) {
  const { data, edges, hasMore, isReadingMore, failure, more, read } = usePages(
    clusters,
    { id: `ClusteringResult:${resultId}`, withTexts: (result.embeddingCount ?? 0) <= mostWithTexts },
    (found) => found.clusteringResult?.clusters,
  );
  const { outlierCount, embeddingCount, clusterCount } = result;
  if (data?.clusteringResult === null) return <Gone what="clustering" />;
  const largest = edges[0]?.node.share ?? 1;
  return (
    <>
      <FailureNotice failure={failure} retry={read} />
      {data === undefined && !failure && <Loading />}
      {clusterCount === 0 && (
        <p class="empty">
          There is no group of {count(result.parameters.minClusterSize)} or more embeddings that lies closer
          together than the rest: all are outliers. A smaller minimum cluster size finds smaller groups.
        </p>
      )}
      <ol class="clusters">
        {edges.map(({ node }) => (
          <ClusterItem key={node.id} resultId={resultId} cluster={node} largest={largest} />
        ))}
      </ol>
      <MoreButton hasMore={hasMore} isReadingMore={isReadingMore} more={more} />
      {!hasMore &&
        data !== undefined &&
        outlierCount !== null &&
        embeddingCount !== null &&
        outlierCount > 0 && (
          <Link to={{ view: "outliers", result: resultId }} class="cluster outliers">
            <span class="cluster-facts">
              <ClusterMark label={-1} />
              <strong>Outliers</strong>
              <span>{counted(outlierCount, "embedding")}</span>
              <span class="muted">{percent(outlierCount / embeddingCount)}</span>
            </span>
          </Link>
        )}
    </>
  );
}

type ListedCluster = NonNullable<ClustersQuery["clusteringResult"]>["clusters"]["edges"][number]["node"];

interface ClusterItemProps {
  resultId: string;
  cluster: ListedCluster;
  /** The share of the largest cluster, to which bars are drawn. */
  largest: number;
}

function ClusterItem({ resultId, cluster, largest }: ClusterItemProps) {
  const { label, name, size, share, topTexts, medoidInvocation } = cluster;
  const isOneText = size > 1 && topTexts?.[0]?.count === size;
  const source = medoidInvocation.outputImage === null ? medoidInvocation.input : null;
  return (
    <li>
      <Link to={{ view: "cluster", result: resultId, label }} class="cluster">
        <span class="cluster-facts">
          <ClusterMark label={label} />
          <strong dir="auto">{name ?? `Cluster ${label}`}</strong>
          {name !== null && <span class="muted">Cluster {label}</span>}
          <span>{isOneText ? `${count(size)} × one text` : count(size)}</span>
          <span class="muted">{percent(share)}</span>
          <Share value={share / largest} />
        </span>
        <span class="cluster-medoid">
          <Output invocation={medoidInvocation} />
        </span>
        {source?.outputImage && (
          <span class="cluster-source">
            <Output invocation={source} />
          </span>
        )}
      </Link>
    </li>
  );
}
