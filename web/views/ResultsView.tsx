import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { usePages } from "../client/usePages.js";
import { progress as progressOf, type ResultSummaryFragment, results } from "../generated/operations.js";
import { ClusteringState, isUnfinished } from "../parts/ClusteringState.js";
import { ago, count, counted, dateAndTime } from "../parts/format.js";
import { MoreButton } from "../parts/MoreButton.js";
import { FailureNotice, Loading } from "../parts/Notice.js";
import { Page } from "../parts/Page.js";
import { ResultActions } from "../parts/ResultActions.js";
import { Settings } from "../parts/Settings.js";
import { useProgress } from "../parts/useProgress.js";
import { useKept } from "../router/historyEntries.js";
import { Link } from "../router/Link.js";
import { navigate } from "../router/location.js";
import { bareId } from "../router/route.js";
import { ClusterForm } from "./ClusterForm.js";

const pageSize = 20;
/** The API's longest page. */
const longestPage = 500;
/**
 * How many clusterings are followed by subscriptions of their own. Browsers keep six connections to a server, and
 * others, which wait, change only in the list.
 */
const mostFollowed = 2;
const pollMilliseconds = 4_000;

/** All clusterings, the newest first. */
export function ResultsView() {
  const first = useKept("length of the list", pageSize);
  const pages = usePages(results, { first: first.value }, (data) => data.clusteringResults, {
    keepsData: true,
  });
  const { data, read } = pages;
  const polls = useRef(true);
  // With pages that follow the first, all of them would be read each time.
  polls.current = !pages.isReading && !pages.isReadingMore && !pages.hasFollowing;
  const asks = useSignal(false);
  useEffect(() => {
    // Clusterings that others start, cancel or delete appear without a reload.
    const timer = setInterval(() => {
      if (document.visibilityState === "visible" && polls.current) read();
    }, pollMilliseconds);
    return () => clearInterval(timer);
  }, []);
  const list = pages.edges.map(({ node }) => node);
  const followed = list.filter(isUnfinished).slice(-mostFollowed);
  const models = data?.embeddingModels ?? [];
  const canCluster = models.some(({ embeddingCount }) => embeddingCount > 0);
  // The next page is read with all before it, so that the list stays whole while it changes.
  const lengthen = () => {
    if (first.peek() < longestPage) first.value = Math.min(longestPage, 2 * first.peek());
    else pages.more();
  };
  return (
    <Page
      title="Clusterings"
      graphiql={{ operation: results, variables: { first: pageSize } }}
      actions={
        canCluster && (
          <button type="button" class="primary" onClick={() => (asks.value = true)}>
            Cluster…
          </button>
        )
      }
    >
      <FailureNotice failure={pages.failure} retry={read} />
      {data === undefined ? (
        !pages.failure && <Loading />
      ) : list.length > 0 ? (
        <>
          <ul class="results">
            {list.map((result) => (
              <ResultItem
                key={result.id}
                result={result}
                isFollowed={followed.includes(result)}
                changed={read}
              />
            ))}
          </ul>
          <MoreButton
            hasMore={pages.hasMore}
            isReadingMore={pages.isReadingMore || (pages.isReading && list.length < first.value)}
            more={lengthen}
          />
        </>
      ) : canCluster ? (
        <NothingClustered models={models} begin={() => (asks.value = true)} />
      ) : (
        <NothingRecorded />
      )}
      {asks.value && (
        <ClusterForm
          of={models.filter(({ embeddingCount }) => embeddingCount > 0)}
          onClose={() => (asks.value = false)}
          onStarted={(id) => navigate({ view: "result", result: bareId(id) })}
        />
      )}
    </Page>
  );
}

interface ResultItemProps {
  result: ResultSummaryFragment;
  isFollowed: boolean;
  changed(): void;
}

function ResultItem({ result, isFollowed, changed }: ResultItemProps) {
  const progress = useProgress(
    progressOf,
    (data) => data.clusteringProgress,
    isFollowed && isUnfinished(result) ? result.id : null,
    changed,
  );
  // Of two states the one that is further on: an event may have come before or after the list was read.
  const shown = progress && isUnfinished(result) ? later(result, progress) : result;
  const { embeddingModel, createdAt } = shown;
  return (
    <li class={`result ${shown.status.toLowerCase()}`}>
      <div class="result-name">
        <h2>
          <Link to={{ view: "result", result: bareId(shown.id) }}>
            <span dir="auto">{embeddingModel.name}</span>
          </Link>
        </h2>
        <p class="details">
          <Settings result={shown} />
        </p>
      </div>
      <div class="result-state">
        <ClusteringState state={shown} />
      </div>
      <time dateTime={createdAt} title={dateAndTime(createdAt)}>
        {ago(createdAt)}
      </time>
      <div class="result-actions">
        <ResultActions result={shown} changed={changed} />
      </div>
    </li>
  );
}

function later(read: ResultSummaryFragment, told: ResultSummaryFragment): ResultSummaryFragment {
  return isUnfinished(told) && told.progress < read.progress ? read : told;
}

function NothingClustered(props: {
  models: readonly { name: string; embeddingCount: number }[];
  begin(): void;
}) {
  const total = props.models.reduce((sum, { embeddingCount }) => sum + embeddingCount, 0);
  return (
    <section class="empty">
      <h2>Nothing is clustered yet</h2>
      <p>
        {counted(total, "embedding")} of {counted(props.models.length, "model")} {total === 1 ? "is" : "are"}{" "}
        recorded. A clustering groups those that lie close together, and shows the one in the middle of each
        group: its medoid.
      </p>
      <button type="button" class="primary" onClick={props.begin}>
        Cluster {count(total)}…
      </button>
    </section>
  );
}

function NothingRecorded() {
  return (
    <section class="empty">
      <h2>Nothing is recorded yet</h2>
      <p>
        Import runs with their embeddings from a table, traces or another database, and they appear here. Or
        look at the sample first.
      </p>
      <pre>
        <code>
          medoid import texts.parquet{"\n"}
          medoid sample
        </code>
      </pre>
      <p>
        In a clone of Medoid it is <code>npm run medoid -- sample</code>, and so on.
      </p>
    </section>
  );
}
