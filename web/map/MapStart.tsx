import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { revision } from "../client/connection.js";
import { execute } from "../client/execute.js";
import { Failure } from "../client/failure.js";
import { subscribe } from "../client/subscribe.js";
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

interface MapStartProps {
  readonly result: NonNullable<ResultMapQuery["clusteringResult"]>;
  /** Called when the map is there. */
  readonly drawn: () => void;
}

/** In the place of a map that is not there yet: the button that draws it, or how far it is. */
export function MapStart({ result, drawn }: MapStartProps) {
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
  const state = useMapProgress(started.value ?? underWay ?? null, (end) => {
    if (end === "SUCCEEDED") drawn();
    else read();
  });

  async function draw(): Promise<void> {
    failure.value = null;
    const input = { embeddingModel: embeddingModel.name, filter: givenConditions(filter), ...parameters };
    try {
      const { mapEmbeddings } = await execute(drawMap, { input });
      if (mapEmbeddings?.__typename === "EmbeddingMap") started.value = mapEmbeddings;
      else if (mapEmbeddings) failure.value = new Failure(mapEmbeddings.message, null);
    } catch (error) {
      failure.value = error instanceof Failure ? error : new Failure(String(error), null);
    }
  }
  async function cancel(id: string): Promise<void> {
    try {
      await execute(cancelMap, { id });
    } catch (error) {
      failure.value = error instanceof Failure ? error : new Failure(String(error), null);
    }
  }

  const isRunning = state?.status === "QUEUED" || state?.status === "RUNNING";
  return (
    <section class="map-frame map-start" aria-label="Map">
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

/**
 * Follows a map that has not finished.
 * @param map its state as it was read; null: none is followed
 * @param ended called with the final status, or with null if it was deleted or cannot be followed
 * @returns the latest state
 */
function useMapProgress(
  map: MapStateFragment | null,
  ended: (status: MapStateFragment["status"] | null) => void,
): MapStateFragment | null {
  const state = useSignal<MapStateFragment | null>(null);
  const again = revision.value;
  const id = map?.id ?? null;
  // Again after the server was gone; `ended` may be another each time.
  useEffect(() => {
    if (id === null) return undefined;
    return subscribe(
      mapProgress,
      { id },
      {
        next(data) {
          state.value = data.mapProgress;
        },
        completed: () => ended(state.value?.status ?? null),
        failed(failure) {
          if (failure.code !== null) ended(null);
        },
      },
    );
  }, [id, again]);
  return state.value?.id === id ? state.value : map;
}

/** The conditions of a filter that are there, as those of an input. */
function givenConditions<Filter extends object>(filter: Filter): Partial<Filter> {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== null)) as Partial<Filter>;
}
