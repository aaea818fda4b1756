import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { revision } from "./connection.js";
import { execute } from "./execute.js";
import { asFailure, type Failure } from "./failure.js";
import type { Operation } from "./operation.js";
import { type Connection, readPages } from "./readPages.js";
import { retrySeconds } from "./retry.js";

interface WholeList<Edge> {
  /** Null until all pages were read. */
  items: readonly Edge[] | null;
  /** Whether the list does not exist. */
  isMissing: boolean;
  failure: Failure | null;
  /** Reads again. */
  read(): void;
}

type State<Edge> = Omit<WholeList<Edge>, "read">;

/**
 * Reads all pages of a list.
 * @param variables null: nothing is read
 * @param connectionOf finds the list in the data; null if it does not exist
 */
export function useWholeList<Data, Variables extends { after?: string | null }, Edge>(
  operation: Operation<Data, Variables>,
  variables: Variables | null,
  connectionOf: (data: Data) => Connection<Edge> | null | undefined,
): WholeList<Edge> {
  const key = JSON.stringify(variables);
  const state = useSignal<State<Edge> & { key: string | null }>({ key: null, ...nothing });
  const again = useSignal(0);
  const failed = useRef(0);
  const attempt = `${revision.value} ${again.value}`;
  useEffect(() => {
    if (variables === null) return undefined;
    const cancelled = new AbortController();
    const { signal } = cancelled;
    let timer: ReturnType<typeof setTimeout> | undefined;
    readPages(async (after) => connectionOf(await execute(operation, { ...variables, after }, signal))).then(
      (pages) => {
        if (signal.aborted) return;
        failed.current = 0;
        const items = pages?.flatMap(({ edges }) => edges) ?? null;
        state.value = { key, ...nothing, items, isMissing: items === null };
      },
      (error) => {
        if (signal.aborted) return;
        const failure = asFailure(error);
        state.value = { key, ...nothing, failure };
        const seconds = retrySeconds(failure, ++failed.current);
        if (seconds !== null) timer = setTimeout(() => again.value++, 1000 * seconds);
      },
    );
    return () => {
      cancelled.abort();
      clearTimeout(timer);
    };
  }, [key, attempt]);
  return { ...(state.value.key === key ? state.value : nothing), read: () => again.value++ };
}

const nothing = { items: null, isMissing: false, failure: null };
