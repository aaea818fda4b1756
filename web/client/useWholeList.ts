import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { revision } from "./connection.js";
import { execute } from "./execute.js";
import { asFailure, type Failure } from "./failure.js";
import type { Operation } from "./operation.js";
import { retrySeconds } from "./retry.js";
import type { Connection } from "./usePages.js";

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
    const read = async () => {
      const items: Edge[] = [];
      let after: string | null = null;
      do {
        const page = connectionOf(await execute(operation, { ...variables, after }, signal));
        if (!page) return { ...nothing, isMissing: true };
        items.push(...page.edges);
        after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
      } while (after !== null);
      return { ...nothing, items };
    };
    read().then(
      (list) => {
        if (signal.aborted) return;
        failed.current = 0;
        state.value = { key, ...list };
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
