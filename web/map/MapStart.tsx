import { useSignal } from "@preact/signals";
import { execute } from "../client/execute.js";
import { asFailure, Failure } from "../client/failure.js";
import { useQuery } from "../client/useQuery.js";
import {
  cancelMap,
  drawMap,
  type MapStateFragment,
  mapProgress,
  type ResultMapQuery,
  unfinishedMaps,
} from "../generated/operations.js";
import { counted, percent } from "../parts/format.js";
import { FailureNotice } from "../parts/Notice.js";
import { useProgress } from "../parts/useProgress.js";

interface MapStartProps {
  readonly result: NonNullable<ResultMapQuery["clusteringResult"]>;
  /** What it is called for those who do not see it. Default: "Map". */
  readonly name?: string;
  /** Called when the map is there. */
  readonly drawn: () => void;
}

/** In the place of a map that is not there yet: the button that draws it, or how far it is. */
export function MapStart({ result, name = "Map", drawn }: MapStartProps) {
  const { embeddingModel, filter, parameters, embeddingCount } = result;
  const {
    data,
    failure: readFailure,
    read,
  } = useQuery(unfinishedMaps, { embeddingModel: embeddingModel.name });
  const started = useSignal<MapStateFragment | null>(null);
  const failure = useSignal<Failure | null>(null);
  const wanted = JSON.stringify([filter, parameters]);
  const underWay = data?.embeddingMaps?.edges.find(
    ({ node: { status, filter, metric, normalize } }) =>
      (status === "QUEUED" || status === "RUNNING") &&
      JSON.stringify([filter, { metric, normalize }]) === wanted,
  )?.node;
  const followed = started.value ?? underWay ?? null;
  const progress = useProgress(
    mapProgress,
    (data) => data.mapProgress,
    followed?.id ?? null,
    (last) => {
      if (last?.status === "SUCCEEDED") drawn();
      else read();
    },
  );
  const state = progress ?? followed;

  async function draw(): Promise<void> {
    failure.value = null;
    const input = { embeddingModel: embeddingModel.name, filter: givenConditions(filter), ...parameters };
    try {
      const { mapEmbeddings } = await execute(drawMap, { input });
      if (mapEmbeddings?.__typename === "EmbeddingMap") started.value = mapEmbeddings;
      else if (mapEmbeddings) failure.value = new Failure(mapEmbeddings.message, null);
    } catch (error) {
      failure.value = asFailure(error);
    }
  }
  async function cancel(id: string): Promise<void> {
    try {
      await execute(cancelMap, { id });
    } catch (error) {
      failure.value = asFailure(error);
    }
  }

  const isRunning = state?.status === "QUEUED" || state?.status === "RUNNING";
  return (
    <section class="map-frame map-start" aria-label={name}>
      {state && isRunning ? (
        <>
          <h2>{state.status === "QUEUED" ? "The map waits for a worker" : "The map is being drawn"}</h2>
          <progress value={state.progress} aria-label="Progress of the map" />
          <p>{percent(state.progress)}</p>
          <button type="button" onClick={() => cancel(state.id)}>
            Cancel
          </button>
        </>
      ) : (
        <>
          <h2>No map yet</h2>
          <p>
            A map gives each of the {counted(embeddingCount ?? 0, "embedding")} a place on a plane, so that
            near ones are near each other.
          </p>
          <button type="button" class="primary" onClick={draw}>
            Draw the map
          </button>
        </>
      )}
      {state?.status === "FAILED" && <p role="alert">{state.failure?.message}</p>}
      <FailureNotice failure={failure.value ?? readFailure} retry={readFailure ? read : undefined} />
    </section>
  );
}

/** The conditions of a filter that are there, as those of an input. */
function givenConditions<Filter extends object>(filter: Filter): Partial<Filter> {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== null)) as Partial<Filter>;
}
