import type { ResultSummaryFragment } from "../generated/operations.js";
import { count, inWords, percent } from "./format.js";

const stages: Record<NonNullable<ResultSummaryFragment["stage"]>, string> = {
  LOADING: "reading the embeddings",
  PREPARING: "preparing the vectors",
  REDUCING: "reducing the dimensions",
  NEIGHBOURS: "finding nearest neighbours",
  SPANNING_TREE: "computing the spanning tree",
  CLUSTERS: "selecting clusters",
  MEDOIDS: "finding medoids",
  STORING: "storing",
};

type State = Pick<
  ResultSummaryFragment,
  "status" | "stage" | "progress" | "failure" | "clusterCount" | "outlierCount" | "embeddingCount"
>;

export const isUnfinished = ({ status }: Pick<State, "status">) =>
  status === "QUEUED" || status === "RUNNING";

/** How far a clustering is, or what came of it. */
export function ClusteringState({ state }: { state: State }) {
  const { status, stage, progress, failure } = state;
  if (status === "RUNNING" || status === "QUEUED") {
    const what =
      status === "QUEUED" ? "Waits for a worker" : `Clustering: ${stage ? stages[stage] : "starting"}`;
    return (
      <div class="progress">
        <progress value={progress} max={1} aria-label="Progress of the clustering" />
        <span>
          {what}
          {status === "RUNNING" && <span class="number"> {Math.floor(100 * progress)} %</span>}
        </span>
      </div>
    );
  }
  if (status === "FAILED") {
    return (
      <p class="failed">
        Failed: <span dir="auto">{failure?.message}</span>
      </p>
    );
  }
  if (status === "CANCELLED") return <p class="muted">Cancelled</p>;
  return <Outcome {...state} />;
}

/** The numbers of a clustering that has succeeded. */
function Outcome({ clusterCount, outlierCount, embeddingCount, status }: State) {
  if (clusterCount === null || outlierCount === null || embeddingCount === null)
    return <p>{inWords(status)}</p>;
  return (
    <dl class="numbers">
      <div>
        <dt>clusters</dt>
        <dd>{count(clusterCount)}</dd>
      </div>
      <div>
        <dt>outliers</dt>
        <dd>{embeddingCount === 0 ? "–" : percent(outlierCount / embeddingCount)}</dd>
      </div>
      <div>
        <dt>embeddings</dt>
        <dd>{count(embeddingCount)}</dd>
      </div>
    </dl>
  );
}
