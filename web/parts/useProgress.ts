import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { revision } from "../client/connection.js";
import type { Operation } from "../client/operation.js";
import { subscribe } from "../client/subscribe.js";

/**
 * Follows a clustering or a map that has not finished.
 * @param operation the subscription to its progress
 * @param stateOf finds its state in an event
 * @param id null: none is followed
 * @param ended called with its last state when it has finished, and with null if it cannot be followed any longer
 * @returns its latest state; null until there is one
 */
export function useProgress<Data, State extends { id: string }>(
  operation: Operation<Data, { id: string }>,
  stateOf: (data: Data) => State,
  id: string | null,
  ended: (last: State | null) => void,
): State | null {
  const state = useSignal<State | null>(null);
  const again = revision.value;
  // Again after the server was gone; the functions may be others each time.
  useEffect(() => {
    if (id === null) return undefined;
    return subscribe(
      operation,
      { id },
      {
        next(data) {
          state.value = stateOf(data);
        },
        completed: () => ended(state.value),
        failed(failure) {
          if (failure.code !== null) ended(null);
        },
      },
    );
  }, [id, again]);
  return state.value?.id === id ? state.value : null;
}
