import { useMemo } from "preact/hooks";
import { usePages } from "../client/usePages.js";
import { useQuery } from "../client/useQuery.js";
import { useWholeList } from "../client/useWholeList.js";
import {
  type ClusterPathQuery,
  clusterPath,
  type RunQuery,
  run as runQuery,
  steps,
} from "../generated/operations.js";
import { ResultMap } from "../map/ResultMap.js";
import { ClusterMark } from "../parts/ClusterMark.js";
import { count, counted, dateAndTime, networkName } from "../parts/format.js";
import { MoreButton } from "../parts/MoreButton.js";
import { FailureNotice, Loading } from "../parts/Notice.js";
import { Output } from "../parts/Output.js";
import { Page } from "../parts/Page.js";
import { Link } from "../router/Link.js";
import { navigate } from "../router/location.js";
import { bareId } from "../router/route.js";
import { Gone } from "./Gone.js";

interface RunViewProps {
  /** Bare UUID. */
  runId: string;
  /** Bare UUID of the clustering result whose clusters are shown; null: the newest. */
  resultId: string | null;
}

/** A run: its steps as a strip, each with the cluster that it is in. */
export function RunView({ runId, resultId }: RunViewProps) {
  const id = `Run:${runId}`;
  const { data, failure, read } = useQuery(runQuery, { id });
  const run = data?.run;
  if (!run) {
    return (
      <Page title="Run">
        <FailureNotice failure={failure} retry={read} />
        {data === undefined ? !failure && <Loading /> : <Gone what="run" />}
      </Page>
    );
  }
  const results = data.clusteringResults?.edges.map(({ node }) => node) ?? [];
  const shown = resultId ?? (results.length > 0 ? bareId(results[0].id) : null);
  const crumbs = [
    { name: "Clusterings", to: { view: "results" as const } },
    ...(shown === null ? [] : [{ name: "Clusters", to: { view: "result" as const, result: shown } }]),
  ];
  return (
    <Page title={run.initialPrompt} crumbs={crumbs} graphiql={{ operation: steps, variables: { id } }} isWide>
      <p class="details">
        <span dir="auto">{networkName(run.network)}</span>
        <span>{counted(run.invocationCount, "step")}</span>
        {run.seed !== null && <span>seed {String(run.seed)}</span>}
        <span>recorded {dateAndTime(run.createdAt)}</span>
      </p>
      <FailureNotice failure={failure} retry={read} />
      {results.length > 0 && <ResultChoice runId={runId} shown={shown} results={results} />}
      <Strip id={id} resultId={shown} />
    </Page>
  );
}

type Result = NonNullable<RunQuery["clusteringResults"]>["edges"][number]["node"];

interface ResultChoiceProps {
  runId: string;
  shown: string | null;
  results: readonly Result[];
}

/** Chooses the clustering whose clusters the steps have. */
function ResultChoice({ runId, shown, results }: ResultChoiceProps) {
  const isListed = results.some(({ id }) => bareId(id) === shown);
  return (
    <label class="choice">
      Clusters of
      <select
        value={shown ?? ""}
        onChange={(event) =>
          navigate({ view: "run", run: runId, result: event.currentTarget.value }, { replaces: true })
        }
      >
        {!isListed && shown !== null && <option value={shown}>another clustering</option>}
        {results.map(({ id, embeddingModel, clusterCount, createdAt, parameters }) => (
          <option key={id} value={bareId(id)}>
            {embeddingModel.name}: {counted(clusterCount ?? 0, "cluster")} of {parameters.minClusterSize} or
            more, {dateAndTime(createdAt)}
          </option>
        ))}
      </select>
    </label>
  );
}

type Assignment = NonNullable<NonNullable<ClusterPathQuery["run"]>["clusterPath"]>["edges"][number]["node"];

function Strip({ id, resultId }: { id: string; resultId: string | null }) {
  const { data, edges, failure, ...pages } = usePages(steps, { id }, (found) => found.run?.invocations);
  const path = useWholeList(
    clusterPath,
    resultId === null ? null : { id, result: `ClusteringResult:${resultId}` },
    (found) => found.run?.clusterPath,
  );
  const embeddings = useMemo(() => path.items?.map(({ node }) => node.embedding.id), [path.items]);
  const assignments = new Map(path.items?.map(({ node }) => [node.embedding.invocation.id, node]));
  if (data?.run === null) return <Gone what="run" />;
  return (
    <section aria-label="Steps">
      <FailureNotice failure={failure ?? path.failure} retry={pages.read} />
      {data === undefined && !failure && <Loading />}
      {path.isMissing && resultId !== null && (
        <p class="muted">The clustering does not exist any longer: the steps have no clusters.</p>
      )}
      {resultId !== null && embeddings && embeddings.length > 0 && (
        <div class="run-map">
          <ResultMap resultId={resultId} path={embeddings} />
        </div>
      )}
      <ol class="strip">
        {edges.map(({ node }) => (
          <Step key={node.id} invocation={node} assignment={assignments.get(node.id)} resultId={resultId} />
        ))}
      </ol>
      <MoreButton {...pages} />
    </section>
  );
}

interface StepProps {
  invocation: Parameters<typeof Output>[0]["invocation"];
  /** Absent if the clustering did not cluster the step's output. */
  assignment: Assignment | undefined;
  resultId: string | null;
}

function Step({ invocation, assignment, resultId }: StepProps) {
  const { sequenceNumber, model } = invocation;
  return (
    <li class="step" id={`step-${sequenceNumber}`}>
      <p class="details">
        <strong class="number">{count(sequenceNumber)}</strong>
        <span dir="auto">{model}</span>
      </p>
      <Output invocation={invocation} isLink />
      {assignment && resultId !== null && (
        <p class="step-cluster">
          {assignment.cluster ? (
            <Link to={{ view: "cluster", result: resultId, label: assignment.cluster.label }}>
              <ClusterMark label={assignment.cluster.label} />
              Cluster {assignment.cluster.label}
              {assignment.isMedoid && ", its medoid"}
            </Link>
          ) : (
            <Link to={{ view: "outliers", result: resultId }}>
              <ClusterMark label={-1} />
              Outlier
            </Link>
          )}
        </p>
      )}
    </li>
  );
}
