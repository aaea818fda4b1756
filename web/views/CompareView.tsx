import type { ComponentChildren } from "preact";
import { usePages } from "../client/usePages.js";
import { useQuery } from "../client/useQuery.js";
import { agreementText } from "../compare/agreementText.js";
import { ClusterFates } from "../compare/ClusterFates.js";
import { ComparedMaps, sideNames } from "../compare/ComparedMaps.js";
import { fateCounts, type Side } from "../compare/fates.js";
import { labelIn, relatedClusters } from "../compare/relatedClusters.js";
import {
  type ComparedSelection,
  readCluster,
  type SelectedCluster,
  writeCluster,
} from "../compare/selection.js";
import {
  type CompareQuery,
  compare,
  type OverlapsQuery,
  overlaps,
  type ResultSummaryFragment,
} from "../generated/operations.js";
import { ClusteringState } from "../parts/ClusteringState.js";
import { ClusterMark } from "../parts/ClusterMark.js";
import { ago, count, counted, dateAndTime } from "../parts/format.js";
import { MoreButton } from "../parts/MoreButton.js";
import { FailureNotice, Loading } from "../parts/Notice.js";
import { Page } from "../parts/Page.js";
import { Settings } from "../parts/Settings.js";
import { useKept } from "../router/historyEntries.js";
import { Link } from "../router/Link.js";
import { changeLook, look } from "../router/location.js";
import { bareId } from "../router/route.js";

/** The API's longest list. */
const mostLineage = 500;
/** So many that all of a cluster that is selected are among them, unless there are very many clusters. */
const overlapPage = 500;
/** How many overlaps are listed at first. */
const listedOverlaps = 20;

interface CompareViewProps {
  /** Bare UUIDs of two clustering results. */
  from: string;
  to: string;
}

/** Two clusterings side by side: how they agree, and what became of the clusters of the first. */
export function CompareView({ from, to }: CompareViewProps) {
  const ids = { from: `ClusteringResult:${from}`, to: `ClusteringResult:${to}` };
  const variables = { ...ids, limit: mostLineage };
  const { data, failure, read } = useQuery(compare, variables);
  const comparison = data?.compareClusteringResults;
  return (
    <Page
      title="Two clusterings compared"
      crumbs={[{ name: "Clusterings", to: { view: "results" } }]}
      graphiql={{ operation: compare, variables }}
      isWide
      actions={
        comparison && (
          <Link to={{ view: "compare", from: to, to: from }} class="button">
            The other way round
          </Link>
        )
      }
    >
      <FailureNotice failure={failure} retry={read} />
      {data === undefined && !failure && <Loading />}
      {comparison === null && (
        <section class="empty">
          <h2>There is nothing to compare</h2>
          <p>One of the two clusterings was deleted, or has not succeeded, or the address is not right.</p>
          <Link to={{ view: "results" }} class="button">
            All clusterings
          </Link>
        </section>
      )}
      {comparison && <Comparison ids={ids} comparison={comparison} />}
    </Page>
  );
}

type Comparison = NonNullable<CompareQuery["compareClusteringResults"]>;

function Comparison({ ids, comparison }: { ids: { from: string; to: string }; comparison: Comparison }) {
  const { commonCount, lineage, lineageCount } = comparison;
  const { point } = look.value;
  const cluster = readCluster(look.value.selected);
  const select = (chosen: ComparedSelection) =>
    changeLook({ selected: writeCluster(chosen.cluster), point: chosen.point && bareId(chosen.point) });
  const pages = usePages(
    overlaps,
    commonCount > 0 ? { ...ids, first: overlapPage } : null,
    (found) => found.compareClusteringResults?.overlaps,
  );
  const edges = pages.edges.map(({ node }) => node);
  const related = relatedClusters(edges, cluster);
  const sides: Side[] = ["from", "to"];
  const heading = (side: Side) => (
    <ComparedResult key={side} result={comparison[side]} name={side === "from" ? "First" : "Second"} />
  );
  if (commonCount === 0) {
    return (
      <div class="compared">
        {sides.map(heading)}
        <p>They have no embedding in common, so there is nothing to compare.</p>
      </div>
    );
  }
  return (
    <>
      <div class="compared">{sides.map(heading)}</div>
      <Agreement comparison={comparison} />
      <ComparedMaps
        {...{ ids, select }}
        selected={{ cluster, point: point === null ? null : `Embedding:${point}` }}
      />
      <FailureNotice failure={pages.failure} retry={pages.read} />
      <section class="selected-cluster" aria-live="polite" aria-label="Selected cluster">
        {cluster === null ? (
          <p class="muted">Select a cluster to see where its embeddings are in the other clustering.</p>
        ) : pages.data === undefined ? (
          <p class="muted">Loading…</p>
        ) : (
          <SelectedOverlaps {...{ comparison, related, hasMore: pages.hasMore }} selected={cluster} />
        )}
      </section>
      <div class="compared">
        {sides.map((side) => (
          <section key={side} class="compared-clusters">
            <h2>Clusters of the {sideNames[side]}</h2>
            <ClusterFates
              {...{ side, lineage }}
              outlierCount={comparison[side].outlierCount ?? 0}
              selected={cluster}
              related={cluster && cluster.side !== side ? related : new Map()}
              select={(chosen) => select({ cluster: chosen, point: null })}
            />
          </section>
        ))}
      </div>
      {lineageCount > lineage.length && (
        <p>
          The first {count(lineage.length)} of {count(lineageCount)} fates are listed.
        </p>
      )}
      {edges.length > 0 && <LargestOverlaps overlaps={edges} pages={pages} />}
    </>
  );
}

/** One of the two clusterings. */
function ComparedResult({ result, name }: { result: ResultSummaryFragment; name: string }) {
  return (
    <section class="compared-result" aria-label={`${name} clustering`}>
      <h2>
        <span class="muted">{name}: </span>
        <Link to={{ view: "result", result: bareId(result.id) }}>
          <span dir="auto">{result.embeddingModel.name}</span>
        </Link>
      </h2>
      <p class="details">
        <time dateTime={result.createdAt} title={dateAndTime(result.createdAt)}>
          {ago(result.createdAt)}
        </time>
        <Settings result={result} />
      </p>
      <ClusteringState state={result} />
    </section>
  );
}

/** How well two clusterings agree, and how many clusters had which fate. */
function Agreement({ comparison }: { comparison: Comparison }) {
  const { from, to, commonCount, adjustedRandIndex, adjustedMutualInformation } = comparison;
  const { adjustedRandIndexOfClustered, lineage, lineageCount } = comparison;
  const counts = fateCounts(lineage);
  const what = from.embeddingModel.name === to.embeddingModel.name ? "embedding" : "invocation";
  const fates: [string, number][] = [
    ["continue", counts.CONTINUED],
    ["split", counts.SPLIT],
    ["merged", counts.MERGED],
    ["new", counts.BORN],
    ["gone", counts.DIED],
  ];
  return (
    <section class="agreement" aria-label="Agreement">
      <p>
        <strong>{agreementText(adjustedRandIndex)}</strong> {counted(commonCount, what)}{" "}
        {commonCount === 1 ? "is" : "are"} in both. The adjusted Rand index is {adjustedRandIndex.toFixed(2)},
        1 for the same clusters and 0 for agreement by chance
        {adjustedRandIndexOfClustered !== null &&
          `; ${adjustedRandIndexOfClustered.toFixed(2)} without outliers`}
        . The adjusted mutual information is {adjustedMutualInformation.toFixed(2)}.
      </p>
      {lineageCount === lineage.length && (
        <dl class="numbers">
          {fates.map(([name, number]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{count(number)}</dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  );
}

interface SelectedOverlapsProps {
  comparison: Comparison;
  selected: SelectedCluster;
  related: ReadonlyMap<number, number>;
  /** Whether overlaps with fewer embeddings were not read. */
  hasMore: boolean;
}

/** Where the embeddings of the selected cluster are in the other clustering. */
function SelectedOverlaps({ comparison, selected, related, hasMore }: SelectedOverlapsProps) {
  const { side, label } = selected;
  const other = side === "from" ? "to" : "from";
  return (
    <p>
      Selected: <ClusterLink result={comparison[side]} label={label} /> of the {sideNames[side]} clustering.
      In common with the {sideNames[other]}:{" "}
      {related.size === 0 && (hasMore ? "no large cluster" : "nothing")}
      {[...related].map(([each, shared], n) => (
        <span key={each}>
          {n > 0 && ", "}
          {count(shared)} with <ClusterLink result={comparison[other]} label={each} />
        </span>
      ))}
      {hasMore && related.size > 0 && " and perhaps fewer with others"}.
    </p>
  );
}

function ClusterLink({ result, label }: { result: ResultSummaryFragment; label: number }) {
  const id = bareId(result.id);
  return (
    <span class="cluster-link">
      <ClusterMark label={label} />{" "}
      {label < 0 ? (
        <Link to={{ view: "outliers", result: id }}>outliers</Link>
      ) : (
        <Link to={{ view: "cluster", result: id, label }}>cluster {label}</Link>
      )}
    </span>
  );
}

type Overlap = NonNullable<OverlapsQuery["compareClusteringResults"]>["overlaps"]["edges"][number]["node"];

interface LargestOverlapsProps {
  overlaps: readonly Overlap[];
  pages: { hasMore: boolean; isReadingMore: boolean; more(): void };
}

/** The pairs of clusters that have most embeddings in common. */
function LargestOverlaps({ overlaps, pages }: LargestOverlapsProps) {
  const listed = useKept("listed overlaps", listedOverlaps);
  const more = () => {
    listed.value *= 2;
    if (listed.value > overlaps.length) pages.more();
  };
  const name = (overlap: Overlap, side: Side): ComponentChildren => {
    const label = labelIn(overlap, side);
    return (
      <span class="cluster-link">
        <ClusterMark label={label} /> {label < 0 ? "outliers" : `cluster ${label}`}
      </span>
    );
  };
  return (
    <section>
      <table class="overlaps">
        <caption>Largest overlaps</caption>
        <thead>
          <tr>
            <th scope="col">first</th>
            <th scope="col">second</th>
            <th scope="col">in common</th>
            <th scope="col">Jaccard index</th>
          </tr>
        </thead>
        <tbody>
          {overlaps.slice(0, listed.value).map((overlap) => (
            <tr key={`${labelIn(overlap, "from")} ${labelIn(overlap, "to")}`}>
              <td>{name(overlap, "from")}</td>
              <td>{name(overlap, "to")}</td>
              <td class="number">{count(overlap.count)}</td>
              <td class="number">{overlap.jaccard.toFixed(2)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <MoreButton
        hasMore={pages.hasMore || overlaps.length > listed.value}
        isReadingMore={pages.isReadingMore}
        more={more}
      />
    </section>
  );
}
