import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { revision } from "../client/connection.js";
import { subscribe } from "../client/subscribe.js";
import { progress, type ResultSummaryFragment } from "../generated/operations.js";

/**
 * Follows a clustering that has not finished.
 * @param id null: none is followed
 * @param ended called when it has finished, was deleted, or cannot be followed any longer
 * @returns its latest state; null until there is one
 */
export function useProgress(id: string | null, ended: () => void): ResultSummaryFragment | null {
  const state = useSignal<ResultSummaryFragment | null>(null);
  const again = revision.value;
  useEffect(() => {
    if (id === null) return undefined;
    return subscribe(
      progress,
      { id },
      {
        next(data) {
          state.value = data.clusteringProgress;
        },
        completed: ended,
        failed(failure) {
          if (failure.code !== null) ended();
        },
      },
    );
  }, [id, again]);
  return state.value?.id === id ? state.value : null;
}
