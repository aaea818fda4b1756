import { Link } from "../router/Link.js";
import { bareId } from "../router/route.js";
import { Neighbours } from "./Neighbours.js";
import { PointFacts, usePoint } from "./PointFacts.js";

interface PinnedPointProps {
  /** Bare UUID of the clustering result. */
  readonly resultId: string;
  /** Global id of the embedding. */
  readonly id: string;
  /** The number of its step. */
  readonly step: number;
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** The labels of the clusters of embeddings by their global ids; null for one that is not on the map. */
  readonly labelsOf: (ids: readonly string[]) => (number | null)[];
  /** Selects another embedding by its global id. */
  readonly select: (id: string) => void;
  readonly close: () => void;
}

/** The point that was selected, with the way to its run. */
export function PinnedPoint({ resultId, id, step, facts, labelsOf, select, close }: PinnedPointProps) {
  const run = usePoint(id)?.invocation.run;
  return (
    <aside class="map-pinned" data-over-map aria-label="Selected point">
      <button type="button" class="map-close" aria-label="Close" onClick={close}>
        ×
      </button>
      <PointFacts id={id} facts={facts} isWhole />
      {run && (
        <Link to={{ view: "run", run: bareId(run.id), result: resultId, step }}>Its run, over the map</Link>
      )}
      <Neighbours {...{ id, resultId, labelsOf, select }} />
    </aside>
  );
}
