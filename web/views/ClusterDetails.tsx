import type { ComponentChildren } from "preact";
import { usePages } from "../client/usePages.js";
import { useQuery } from "../client/useQuery.js";
import {
  type ClusterDetailsQuery,
  clusterDetails,
  members,
  type OutputFragment,
  occurrences,
  topTexts,
} from "../generated/operations.js";
import { Clamped } from "../parts/Clamped.js";
import { ClusterMark } from "../parts/ClusterMark.js";
import { count, counted, inWords, networkName, percent } from "../parts/format.js";
import { MoreButton } from "../parts/MoreButton.js";
import { FailureNotice, Loading } from "../parts/Notice.js";
import { Output } from "../parts/Output.js";
import { Share } from "../parts/Share.js";
import { legible, Text } from "../parts/Text.js";
import { Link } from "../router/Link.js";
import { bareId } from "../router/route.js";
import { ClusterAnnotation } from "./ClusterAnnotation.js";
import { Gone } from "./Gone.js";
import { MemberList, StepLink, type StepLinkProps } from "./MemberList.js";

interface ClusterDetailsProps {
  /** Bare UUID of the clustering result. */
  resultId: string;
  label: number;
}

type Cluster = NonNullable<NonNullable<ClusterDetailsQuery["clusteringResult"]>["cluster"]>;

/** A cluster: its medoid with the way back to where it came from, its texts and its members. */
export function ClusterDetails({ resultId, label }: ClusterDetailsProps) {
  const variables = { result: `ClusteringResult:${resultId}`, label };
  const { data, failure, read } = useQuery(clusterDetails, variables);
  const result = data?.clusteringResult;
  const cluster = result?.cluster;
  if (result === null) return <Gone what="clustering" />;
  const last = (result?.clusterCount ?? 0) - 1;
  return (
    <article class="cluster-view">
      <nav class="cluster-nav" aria-label="Clusters">
        <Link to={{ view: "result", result: resultId }}>All clusters</Link>
        {label > 0 && <Link to={{ view: "cluster", result: resultId, label: label - 1 }}>Larger</Link>}
        {label < last && <Link to={{ view: "cluster", result: resultId, label: label + 1 }}>Smaller</Link>}
      </nav>
      <h2>
        <ClusterMark label={label} /> <span dir="auto">{cluster?.name ?? `Cluster ${label}`}</span>
      </h2>
      <FailureNotice failure={failure} retry={read} />
      {!result && !failure && <Loading />}
      {result && !cluster && <p class="empty">This clustering has no cluster {label}.</p>}
      {cluster && (
        <>
          <p class="details">
            {cluster.name !== null && <span>Cluster {label}</span>}
            <span>{counted(cluster.size, "embedding")}</span>
            <span>{percent(cluster.share)} of all</span>
            <span title="How long the cluster persists as the density threshold rises, 0 to 1">
              persistence {cluster.persistence.toFixed(2)}
            </span>
          </p>
          <ClusterAnnotation cluster={cluster} changed={read} />
          <Walk resultId={resultId} cluster={cluster} />
          <Occurrences resultId={resultId} cluster={cluster} />
          <TopTexts cluster={cluster} />
          <Members resultId={resultId} cluster={cluster} />
        </>
      )}
    </article>
  );
}

/** The way from the medoid back to the prompt of its run, the medoid first. */
function Walk({ resultId, cluster }: { resultId: string; cluster: Cluster }) {
  const { medoidInvocation } = cluster;
  const { run, input } = medoidInvocation;
  const before = input?.input;
  const between = (before ?? input ?? medoidInvocation).sequenceNumber;
  return (
    <section aria-label="The medoid and where it came from">
      <ol class="walk">
        <WalkStep name="Medoid" invocation={medoidInvocation} {...{ run, resultId }} isMedoid />
        {input && (
          <WalkStep name={`from this ${inWords(input.type)}`} invocation={input} {...{ run, resultId }} />
        )}
        {before && (
          <WalkStep name={`from this ${inWords(before.type)}`} invocation={before} {...{ run, resultId }} />
        )}
        <li>
          <h3>{between > 0 ? `${counted(between, "step")} before: the prompt` : "from the prompt"}</h3>
          <Clamped lines={12}>
            <Text text={run.initialPrompt} />
          </Clamped>
          <p class="details">
            <span dir="auto">{networkName(run.network)}</span>
            <Link to={{ view: "run", run: bareId(run.id), result: resultId, step: null }}>
              See all {counted(run.invocationCount, "step")}
            </Link>
          </p>
        </li>
      </ol>
    </section>
  );
}

interface WalkStepProps {
  name: string;
  invocation: OutputFragment;
  run: StepLinkProps["invocation"]["run"];
  resultId: string;
  isMedoid?: boolean;
}

function WalkStep({ name, invocation, run, resultId, isMedoid }: WalkStepProps) {
  return (
    <li class={isMedoid ? "is-medoid" : undefined}>
      <h3>{name}</h3>
      <Output invocation={invocation} isLink />
      <p class="details">
        <StepLink resultId={resultId} invocation={{ ...invocation, run }} />
      </p>
    </li>
  );
}

/** Where else the medoid was produced, if it was more than once. */
function Occurrences({ resultId, cluster }: { resultId: string; cluster: Cluster }) {
  const { data, edges, failure, ...pages } = usePages(
    occurrences,
    { id: cluster.id },
    (found) => found.cluster?.medoidOccurrences,
  );
  const total = data?.cluster?.medoidOccurrences.totalCount ?? 0;
  if (total <= 1 && !failure) return null;
  return (
    <Section title={`The medoid occurs ${count(total)} times`}>
      <FailureNotice failure={failure} retry={pages.read} />
      <ul class="occurrences">
        {edges.map(({ node: { id, invocation } }) => (
          <li key={id}>
            <StepLink resultId={resultId} invocation={invocation} />
            <span class="muted one-line" dir="auto">
              {legible(invocation.run.initialPrompt)}
            </span>
          </li>
        ))}
      </ul>
      <MoreButton {...pages} />
    </Section>
  );
}

function TopTexts({ cluster }: { cluster: Cluster }) {
  const { data, failure, read } = useQuery(topTexts, { id: cluster.id });
  const texts = data?.cluster?.topTexts ?? [];
  // If no text occurs twice, the members say the same.
  if (!failure && (texts.length === 0 || texts[0].count === 1)) return null;
  return (
    <Section title="Most frequent texts">
      <FailureNotice failure={failure} retry={read} />
      <ol class="top-texts">
        {texts.map(({ text, count: times }) => (
          <li key={text}>
            <span class="number">{count(times)} ×</span>
            <div>
              <Clamped lines={4}>
                <Text text={text} />
              </Clamped>
            </div>
            <Share value={times / cluster.size} />
          </li>
        ))}
      </ol>
    </Section>
  );
}

function Members({ resultId, cluster }: { resultId: string; cluster: Cluster }) {
  const { data, edges, failure, ...pages } = usePages(
    members,
    { id: cluster.id },
    (found) => found.cluster?.members,
  );
  return (
    <Section title="Members, the most typical first">
      <FailureNotice failure={failure} retry={pages.read} />
      {data === undefined && !failure && <Loading />}
      <MemberList
        resultId={resultId}
        members={edges.map(({ node, probability, isMedoid }) => ({
          member: node,
          score: { name: "probability", value: probability },
          isMedoid,
        }))}
      />
      <MoreButton {...pages} />
    </Section>
  );
}

function Section({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <section>
      <h3>{title}</h3>
      {children}
    </section>
  );
}
