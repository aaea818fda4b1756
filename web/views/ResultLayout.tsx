import { useLayoutEffect, useRef } from "preact/hooks";
import { ownAddress } from "../client/server.js";
import { useQuery } from "../client/useQuery.js";
import {
  clusterDetails,
  outliers,
  progress as progressOf,
  type ResultQuery,
  result as resultQuery,
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
import { arrival, navigate } from "../router/location.js";
import { scrollToPlace, spaceAbove } from "../router/scrolling.js";
import { ClusterDetails } from "./ClusterDetails.js";
import { ClusterList } from "./ClusterList.js";
import { Gone } from "./Gone.js";
import { OutlierList } from "./OutlierList.js";

interface ResultLayoutProps {
  /** Bare UUID of the clustering result. */
  resultId: string;
  /** The label of the cluster whose details are shown, −1 for the outliers; null: the list of all clusters. */
  label: number | null;
}

/** A clustering: while it is computed its progress, then its map, and beside it its clusters or one of them. */
export function ResultLayout({ resultId, label }: ResultLayoutProps) {
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
      title={label === null ? name : `${sideName(label)}, ${name}`}
      heading={<span dir="auto">{name}</span>}
      crumbs={[{ name: "Clusterings", to: { view: "results" } }]}
      graphiql={queryOf(id, label)}
      isWide
      actions={
        <>
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
        <Succeeded result={result} resultId={resultId} label={label} />
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
function queryOf(result: string, label: number | null): GraphiqlLinkProps {
  if (label === null) return { operation: resultQuery, variables: { id: result } };
  if (label < 0) return { operation: outliers, variables: { result } };
  return { operation: clusterDetails, variables: { result, label } };
}

const sideName = (label: number | null) =>
  label === null ? "Clusters" : label < 0 ? "Outliers" : `Cluster ${label}`;

function Succeeded({ result, resultId, label }: { result: Result } & ResultLayoutProps) {
  const side = useRef<HTMLElement>(null);
  const before = useRef(label);
  useLayoutEffect(() => {
    if (before.current !== label) {
      // What a screen reader says, and where Tab continues, after a link to another part was followed.
      side.current!.focus({ preventScroll: true });
      if (arrival === "link") bringIntoView(side.current!, { isOpened: label !== null });
    }
    before.current = label;
  }, [label]);
  return (
    <div class="result-layout">
      <ResultMap resultId={resultId} label={label} />
      <section class="result-side" ref={side} tabIndex={-1} aria-label={sideName(label)}>
        {label === null ? (
          <>
            <ClusteringState state={result} />
            <ClusterList resultId={resultId} result={result} />
          </>
        ) : label < 0 ? (
          <OutlierList resultId={resultId} />
        ) : (
          <ClusterDetails key={label} resultId={resultId} label={label} />
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
