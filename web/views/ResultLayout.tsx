import { useLayoutEffect, useRef } from "preact/hooks";
import { ownAddress } from "../client/server.js";
import { useQuery } from "../client/useQuery.js";
import {
  clusterDetails,
  merges,
  outliers,
  progress as progressOf,
  type ResultQuery,
  result as resultQuery,
  sweep,
} from "../generated/operations.js";
import { ResultMap } from "../map/ResultMap.js";
import { ClusteringState, isUnfinished } from "../parts/ClusteringState.js";
import { ago, count, dateAndTime } from "../parts/format.js";
import type { GraphiqlLinkProps } from "../parts/GraphiqlLink.js";
import { Menu } from "../parts/Menu.js";
import { FailureNotice, Loading } from "../parts/Notice.js";
import { Page } from "../parts/Page.js";
import { ResultActions } from "../parts/ResultActions.js";
import { Settings } from "../parts/Settings.js";
import { useProgress } from "../parts/useProgress.js";
import { Link } from "../router/Link.js";
import { arrival, navigate } from "../router/location.js";
import { scrollToPlace, spaceAbove } from "../router/scrolling.js";
import { sweepVariables } from "../sweep/useSweep.js";
import { ClusterDetails } from "./ClusterDetails.js";
import { ClusterList } from "./ClusterList.js";
import { CompareButton } from "./CompareButton.js";
import { Gone } from "./Gone.js";
import { MergesView } from "./MergesView.js";
import { OutlierList } from "./OutlierList.js";
import { SweepView } from "./SweepView.js";

interface ResultLayoutProps {
  /** Bare UUID of the clustering result. */
  resultId: string;
  part: Part;
  /** Of the merges: the number of the merge whose branch is shown; null for all. Default: null. */
  branch?: number | null;
}

/** What is shown beside the map: all clusters, or the cluster with a label. */
type Part = "clusters" | "outliers" | "sweep" | "merges" | number;

/** A clustering: while it is computed its progress, then its map, and beside it its clusters or one of them. */
export function ResultLayout({ resultId, part, branch = null }: ResultLayoutProps) {
  const id = `ClusteringResult:${resultId}`;
  const { data, failure, read } = useQuery(resultQuery, { id });
  const found = data?.clusteringResult;
  const progress = useProgress(
    progressOf,
    (data) => data.clusteringProgress,
    found && isUnfinished(found) ? found.id : null,
    read,
  );
  const result = found && progress && isUnfinished(found) ? { ...found, ...progress } : found;
  if (!result) {
    return (
      <Page title="Clustering">
        <FailureNotice failure={failure} retry={read} />
        {data === undefined ? !failure && <Loading /> : <Gone what="clustering" />}
      </Page>
    );
  }
  const { name } = result.embeddingModel;
  return (
    <Page
      title={part === "clusters" ? name : `${sideName(part)}, ${name}`}
      heading={<span dir="auto">{name}</span>}
      crumbs={[{ name: "Clusterings", to: { view: "results" } }]}
      graphiql={queryOf(result, part)}
      isWide
      actions={
        <>
          {result.status === "SUCCEEDED" && <CompareButton result={result} />}
          {result.status === "SUCCEEDED" && <Downloads result={result} />}
          <ResultActions
            result={result}
            changed={(what) => (what === "deleted" ? navigate({ view: "results" }) : read())}
          />
        </>
      }
    >
      <FailureNotice failure={failure} retry={read} />
      <p class="details">
        <time dateTime={result.createdAt} title={dateAndTime(result.createdAt)}>
          {ago(result.createdAt)}
        </time>
        <Settings result={result} />
      </p>
      {result.status === "SUCCEEDED" ? (
        <Succeeded {...{ result, resultId, part, branch }} />
      ) : (
        <section class="waiting">
          <ClusteringState state={result} />
          {result.attempt > 1 && isUnfinished(result) && (
            <p class="muted">
              Attempt {count(result.attempt)}: a worker was lost while it computed this clustering.
            </p>
          )}
        </section>
      )}
    </Page>
  );
}

type Result = NonNullable<ResultQuery["clusteringResult"]>;

/** The query of what is shown beside the map. */
function queryOf(result: Result, part: Part): GraphiqlLinkProps {
  if (part === "outliers")
    return { operation: outliers, variables: { result: result.id, withMeetings: true } };
  if (typeof part === "number")
    return { operation: clusterDetails, variables: { result: result.id, label: part } };
  if (part === "merges") return { operation: merges, variables: { id: result.id } };
  if (part === "sweep" && result.embeddingCount) {
    return { operation: sweep, variables: sweepVariables(result, result.parameters.clusterSelectionMethod) };
  }
  return { operation: resultQuery, variables: { id: result.id } };
}

function sideName(part: Part): string {
  if (typeof part === "number") return `Cluster ${part}`;
  return { clusters: "Clusters", outliers: "Outliers", sweep: "Other parameters", merges: "Merges" }[part];
}

interface SucceededProps extends Required<ResultLayoutProps> {
  result: Result;
}

function Succeeded({ result, resultId, part, branch }: SucceededProps) {
  const side = useRef<HTMLElement>(null);
  const shown = `${part} ${branch}`;
  const before = useRef(shown);
  useLayoutEffect(() => {
    if (before.current !== shown) {
      // What a screen reader says, and where Tab continues, after a link to another part was followed.
      side.current!.focus({ preventScroll: true });
      if (arrival === "link") bringIntoView(side.current!, { isOpened: part !== "clusters" });
    }
    before.current = shown;
  }, [shown]);
  const label = typeof part === "number" ? part : part === "outliers" ? -1 : null;
  return (
    <div class="result-layout">
      <ResultMap resultId={resultId} label={label} />
      <section class="result-side" ref={side} tabIndex={-1} aria-label={sideName(part)}>
        {part === "clusters" ? (
          <>
            <ClusteringState state={result} />
            <nav class="cluster-nav" aria-label="More on this clustering">
              {!!result.embeddingCount && (
                <Link to={{ view: "sweep", result: resultId }}>What other parameters would give</Link>
              )}
              {(result.clusterCount ?? 0) > 1 && (
                <Link to={{ view: "merges", result: resultId, branch: null }}>
                  How the clusters would merge
                </Link>
              )}
            </nav>
            <ClusterList resultId={resultId} result={result} />
          </>
        ) : part === "outliers" ? (
          <OutlierList resultId={resultId} result={result} />
        ) : part === "sweep" ? (
          <SweepView resultId={resultId} result={result} />
        ) : part === "merges" ? (
          <MergesView {...{ resultId, result, branch }} />
        ) : (
          <ClusterDetails key={part} resultId={resultId} label={part} />
        )}
      </section>
    </div>
  );
}

/**
 * Scrolls to the beginning of what a link has led to, if it is above the window, or so far down that little of it is
 * seen, as below the map in a narrow window. What shows all clusters again when nothing is selected on the map any
 * longer is no reason to leave the map.
 * @param isOpened whether the link opened a part, instead of closing one
 */
function bringIntoView(part: Element, { isOpened }: { isOpened: boolean }): void {
  const { top } = part.getBoundingClientRect();
  if (top >= 0 && (!isOpened || top < innerHeight / 2)) return;
  scrollToPlace(() => {
    const fromStart = part.getBoundingClientRect().top + scrollY;
    return fromStart < innerHeight / 2 ? 0 : fromStart - spaceAbove;
  });
}

function Downloads({ result }: { result: Result }) {
  const files: [string, string | null][] = [
    ["Assignments, Parquet", result.assignmentsParquet],
    ["Assignments, CSV", result.assignmentsCsv],
    ["Clusters, Parquet", result.clustersParquet],
    ["Clusters, CSV", result.clustersCsv],
  ];
  return (
    <Menu name="Download">
      {files.map(
        ([name, url]) =>
          url && (
            <a key={name} href={ownAddress(url)} download>
              {name}
            </a>
          ),
      )}
    </Menu>
  );
}
