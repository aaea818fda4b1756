import { signal } from "@preact/signals";
import { useId, useMemo } from "preact/hooks";
import { useQuery } from "../client/useQuery.js";
import { type NeighboursQuery, neighbours } from "../generated/operations.js";
import { ClusterMark } from "../parts/ClusterMark.js";
import { distanceText } from "../parts/format.js";
import { GraphiqlLink } from "../parts/GraphiqlLink.js";
import { FailureNotice, Loading } from "../parts/Notice.js";
import { Output } from "../parts/Output.js";

type Neighbour = NonNullable<NeighboursQuery["embedding"]>["neighbours"][number];

interface NeighboursProps {
  /** Global id of the embedding. */
  readonly id: string;
  /** Bare UUID of the clustering result. */
  readonly resultId: string;
  /** The labels of the clusters of embeddings by their global ids, −1 for outliers; null for one that is not on the map. */
  readonly labelsOf: (ids: readonly string[]) => (number | null)[];
  readonly select: (id: string) => void;
}

/** Whether neighbours are shown, also of the points that are selected next: to find them takes its time. */
const isOpen = signal(false);
/** How many are read. */
const limit = 10;

/** The nearest other embeddings, once one wants to see them; a click selects one. */
export function Neighbours({ id, resultId, labelsOf, select }: NeighboursProps) {
  const listId = useId();
  const variables = { id, result: `ClusteringResult:${resultId}`, limit };
  const { data, failure, read } = useQuery(neighbours, isOpen.value ? variables : null);
  const found = data?.embedding?.neighbours;
  const labels = useMemo(() => labelsOf(found?.map(({ embedding }) => embedding.id) ?? []), [found]);
  return (
    <section class="neighbours" aria-label="Neighbours">
      <button
        type="button"
        class="quiet"
        aria-expanded={isOpen.value}
        aria-controls={isOpen.value ? listId : undefined}
        onClick={() => (isOpen.value = !isOpen.value)}
      >
        Nearest embeddings
      </button>
      {isOpen.value && (
        <div id={listId}>
          <FailureNotice failure={failure} retry={read} />
          {data === undefined && !failure && <Loading />}
          {found?.length === 0 && <p>No other embedding took part in this clustering.</p>}
          {data?.embedding === null && <p>It cannot be read any longer.</p>}
          <ol>
            {found?.map((neighbour, n) => (
              <li key={neighbour.embedding.id}>
                <NeighbourButton {...{ neighbour, select }} label={labels[n]} />
              </li>
            ))}
          </ol>
          {found && <GraphiqlLink operation={neighbours} variables={variables} />}
        </div>
      )}
    </section>
  );
}

interface NeighbourButtonProps {
  neighbour: Neighbour;
  label: number | null;
  select(id: string): void;
}

function NeighbourButton({ neighbour: { distance, embedding }, label, select }: NeighbourButtonProps) {
  const cluster = label === null ? "not on the map" : label < 0 ? "an outlier" : `cluster ${label}`;
  return (
    <button type="button" class="neighbour" onClick={() => select(embedding.id)}>
      <span class="neighbour-output">
        <Output invocation={embedding.invocation} />
      </span>
      <span class="muted">
        {distance === 0 ? "a copy" : `at ${distanceText(distance)}`} ·{" "}
        {label !== null && <ClusterMark label={label} />} {cluster} · step{" "}
        {embedding.invocation.sequenceNumber}
      </span>
    </button>
  );
}
