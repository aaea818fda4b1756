import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { revision, unreachable } from "./connection.js";
import { execute } from "./execute.js";
import { asFailure, type Failure } from "./failure.js";
import type { Operation } from "./operation.js";
import { retrySeconds } from "./retry.js";

export interface QueryState<Data> {
  /** The data that was read last for these variables; undefined until some was. */
  data: Data | undefined;
  /** Why the last attempt to read failed; null if it did not. */
  failure: Failure | null;
  /** Whether a request is under way. */
  isReading: boolean;
  /** Reads again. */
  read(): void;
}

/** What was read of a query. */
export interface ReadQuery<Data> {
  /** The operation and the variables with which it was read. */
  key: string | null;
  data?: Data;
  failure: Failure | null;
}

export interface QueryOptions<Data> {
  /** Whether the data for earlier variables stay until those for the new ones are there. Default: false. */
  keepsData?: boolean;
  /** Where what was read is kept; it is shown until it has been read again. Default: as long as the view is shown. */
  kept?: Signal<ReadQuery<Data>>;
}

/** Nothing was read yet. */
export const unread = { key: null, failure: null };

/**
 * Reads a query, and again whenever everything must be.
 * @param variables null: nothing is read
 */
export function useQuery<Data, Variables>(
  operation: Operation<Data, Variables>,
  variables: Variables | null,
  { keepsData = false, kept }: QueryOptions<Data> = {},
): QueryState<Data> {
  const key = variables === null ? null : JSON.stringify([operation.id, variables]);
  const own = useSignal<ReadQuery<Data>>(unread);
  const state = kept ?? own;
  const failed = useRef(0);
  const again = useSignal(0);
  const isReading = useSignal(false);
  const attempt = `${revision.value} ${again.value}`;
  useEffect(() => {
    if (variables === null) return undefined;
    const cancelled = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const known = () => (keepsData || state.peek().key === key ? state.peek().data : undefined);
    isReading.value = true;
    execute(operation, variables, cancelled.signal).then(
      (data) => {
        if (cancelled.signal.aborted) return;
        isReading.value = false;
        failed.current = 0;
        state.value = { key, data, failure: null };
      },
      (error: unknown) => {
        if (cancelled.signal.aborted) return;
        isReading.value = false;
        const failure = asFailure(error);
        state.value = { key, data: known(), failure };
        const seconds = retrySeconds(failure, ++failed.current);
        if (seconds !== null) timer = setTimeout(() => again.value++, 1000 * seconds);
      },
    );
    return () => {
      cancelled.abort();
      clearTimeout(timer);
    };
  }, [key, attempt]);
  const isKnown = state.value.key === key;
  return {
    data: isKnown || keepsData ? state.value.data : undefined,
    // While the server does not respond, the page says so once, above everything.
    failure:
      isKnown && !(unreachable.value && state.value.failure?.code === null) ? state.value.failure : null,
    isReading: isReading.value,
    read: () => again.value++,
  };
}
