import { type Signal, useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
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
import { clusterColour, cssColour } from "../map/colours.js";
import { outlier } from "../map/pointTable.js";
import { ResultMap } from "../map/ResultMap.js";
import { ClusterMark } from "../parts/ClusterMark.js";
import { count, counted, dateAndTime, networkName } from "../parts/format.js";
import { MoreButton } from "../parts/MoreButton.js";
import { FailureNotice, Loading } from "../parts/Notice.js";
import { Output } from "../parts/Output.js";
import { Page } from "../parts/Page.js";
import { legible } from "../parts/Text.js";
import { theme } from "../parts/theme.js";
import { useKept } from "../router/historyEntries.js";
import { Link } from "../router/Link.js";
import { arrival, navigate } from "../router/location.js";
import { bareId } from "../router/route.js";
import { scrollToPlace, spaceAbove } from "../router/scrolling.js";
import { Gone } from "./Gone.js";

interface RunViewProps {
  /** Bare UUID. */
  runId: string;
  /** Bare UUID of the clustering result whose clusters are shown; null: the newest. */
  resultId: string | null;
  /** The number of the step that is to be seen; null: the first ones. */
  step: number | null;
}

/** A run: its steps as a strip, each with the cluster that it is in. */
export function RunView({ runId, resultId, step }: RunViewProps) {
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
  // Reading on, step after step, would not find one after the last. Numbers may be left out: the count says nothing.
  const lastStep = run.lastSteps.edges.at(-1)?.node.sequenceNumber ?? -1;
  const results = data.clusteringResults?.edges.map(({ node }) => node) ?? [];
  const shown = resultId ?? (results.length > 0 ? bareId(results[0].id) : null);
  const shownResult = results.find(({ id }) => bareId(id) === shown);
  const crumbs = [
    { name: "Clusterings", to: { view: "results" as const } },
    ...(shown === null
      ? []
      : [
          {
            name: shownResult ? resultName(shownResult) : "Its clusters",
            to: { view: "result" as const, result: shown },
          },
        ]),
  ];
  return (
    <Page
      title={legible(run.initialPrompt)}
      crumbs={crumbs}
      graphiql={{ operation: steps, variables: { id } }}
      isWide
    >
      <p class="details">
        <span dir="auto">{networkName(run.network)}</span>
        <span>{counted(run.invocationCount, "step")}</span>
        {run.seed !== null && <span>seed {String(run.seed)}</span>}
        <span>recorded {dateAndTime(run.createdAt)}</span>
      </p>
      <FailureNotice failure={failure} retry={read} />
      {results.length > 0 && <ResultChoice {...{ runId, shown, step, results }} />}
      <Strip runId={runId} step={step !== null && step <= lastStep ? step : null} resultId={shown} />
    </Page>
  );
}

type Result = NonNullable<RunQuery["clusteringResults"]>["edges"][number]["node"];

const resultName = ({ embeddingModel, clusterCount }: Result) =>
  `${embeddingModel.name}, ${counted(clusterCount ?? 0, "cluster")}`;

interface ResultChoiceProps {
  runId: string;
  step: number | null;
  shown: string | null;
  results: readonly Result[];
}

/** Chooses the clustering whose clusters the steps have. */
function ResultChoice({ runId, step, shown, results }: ResultChoiceProps) {
  const isListed = results.some(({ id }) => bareId(id) === shown);
  return (
    <label class="choice">
      Clusters of
      <select
        value={shown ?? ""}
        onChange={(event) =>
          navigate({ view: "run", run: runId, result: event.currentTarget.value, step }, { replaces: true })
        }
      >
        {!isListed && shown !== null && <option value={shown}>another clustering</option>}
        {results.map((result) => (
          <option key={result.id} value={bareId(result.id)}>
            {resultName(result)} of {result.parameters.minClusterSize} or more,{" "}
            {dateAndTime(result.createdAt)}
          </option>
        ))}
      </select>
    </label>
  );
}

type Assignment = NonNullable<NonNullable<ClusterPathQuery["run"]>["clusterPath"]>["edges"][number]["node"];

const stepsPerPage = 60;
/** The API's longest page. */
const longestPage = 500;

/** How many steps are read at a time, so that the one that is to be seen comes soon. */
const pageLength = (step: number | null) =>
  Math.min(longestPage, stepsPerPage * Math.ceil(((step ?? 0) + 1) / stepsPerPage));

type StripProps = Pick<RunViewProps, "runId" | "resultId" | "step">;

function Strip({ runId, resultId, step }: StripProps) {
  const id = `Run:${runId}`;
  const first = useKept("steps of a page", pageLength(step)).value;
  const { data, edges, failure, ...pages } = usePages(
    steps,
    { id, first },
    (found) => found.run?.invocations,
  );
  const path = useWholeList(
    clusterPath,
    resultId === null ? null : { id, result: `ClusteringResult:${resultId}` },
    (found) => found.run?.clusterPath,
  );
  const embeddings = useMemo(() => path.items?.map(({ node }) => node.embedding.id), [path.items]);
  const assignments = useMemo(
    () => new Map(path.items?.map(({ node }) => [node.embedding.invocation.id, node])),
    [path.items],
  );
  /** Ids of the invocations of the steps that are to be seen, and pointed at. */
  const marked = edges.find(({ node }) => node.sequenceNumber === step)?.node.id ?? null;
  const pointed = useSignal<string | null>(null);
  const embeddingOf = (invocation: string | null) =>
    (invocation !== null && assignments.get(invocation)?.embedding.id) || null;
  const list = useStepInView(step, marked !== null);
  const isAwaited = step !== null && marked === null && (edges.at(-1)?.node.sequenceNumber ?? step) < step;
  useEffect(() => {
    if (isAwaited && pages.hasMore && !failure) pages.more();
  }, [isAwaited, edges.length, failure]);
  const selectStep = (embedding: string) => {
    const item = path.items?.find(({ node }) => node.embedding.id === embedding);
    if (!item) return;
    const { sequenceNumber } = item.node.embedding.invocation;
    navigate({ view: "run", run: runId, result: resultId, step: sequenceNumber }, { replaces: true });
  };
  if (data?.run === null) return <Gone what="run" />;
  return (
    <section aria-label="Steps">
      <FailureNotice failure={failure} retry={pages.read} />
      <FailureNotice failure={path.failure} retry={path.read} />
      {data === undefined && !failure && <Loading />}
      {path.isMissing && resultId !== null && (
        <p class="muted">The clustering does not exist any longer: the steps have no clusters.</p>
      )}
      <div class="result-layout">
        {resultId !== null && !path.items && !path.isMissing && !path.failure && <div class="map-frame" />}
        {resultId !== null && embeddings && embeddings.length > 0 && (
          <ResultMap
            {...{ resultId }}
            path={embeddings}
            marked={embeddingOf(marked)}
            pointed={embeddingOf(pointed.value)}
            onPathSelect={selectStep}
          />
        )}
        <div class="result-side">
          <ol class="strip" ref={list}>
            {edges.map(({ node }) => (
              <Step
                key={node.id}
                {...{ resultId, pointed }}
                invocation={node}
                assignment={assignments.get(node.id)}
                isMarked={node.id === marked}
              />
            ))}
          </ol>
          <MoreButton {...pages} />
        </div>
      </div>
    </section>
  );
}

/** Scrolls to a step once it is there, and lets Tab continue from it. @returns the reference to the list of the steps */
function useStepInView(step: number | null, isThere: boolean): RefObject<HTMLOListElement> {
  const list = useRef<HTMLOListElement>(null);
  useLayoutEffect(() => {
    const item = step !== null && isThere && list.current?.querySelector<HTMLElement>(`#step-${step}`);
    if (!item || (arrival !== "link" && arrival !== "opened")) return;
    if (arrival === "link") item.focus({ preventScroll: true });
    scrollToPlace(() => item.getBoundingClientRect().top + scrollY - spaceAbove);
  }, [step, isThere]);
  return list;
}

interface StepProps {
  invocation: Parameters<typeof Output>[0]["invocation"];
  /** Absent if the clustering did not cluster the step's output. */
  assignment: Assignment | undefined;
  resultId: string | null;
  isMarked: boolean;
  /** The id of the invocation that the reader points at; null for none. */
  pointed: Signal<string | null>;
}

function Step({ invocation, assignment, resultId, isMarked, pointed }: StepProps) {
  const { id, sequenceNumber, model } = invocation;
  const label = assignment && (assignment.cluster?.label ?? outlier);
  const colour = label === undefined ? undefined : cssColour(clusterColour(label, theme.value));
  const point = () => {
    pointed.value = id;
  };
  const leave = () => {
    if (pointed.peek() === id) pointed.value = null;
  };
  return (
    <li
      class="step"
      id={`step-${sequenceNumber}`}
      style={{ "--cluster": colour }}
      aria-current={isMarked ? "step" : undefined}
      tabIndex={-1}
      onPointerEnter={point}
      onPointerLeave={leave}
      onFocusIn={point}
      onFocusOut={leave}
    >
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
              <span dir="auto">{assignment.cluster.name ?? `Cluster ${assignment.cluster.label}`}</span>
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
