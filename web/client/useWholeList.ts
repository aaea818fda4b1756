import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { revision } from "./connection.js";
import { execute } from "./execute.js";
import { asFailure, type Failure } from "./failure.js";
import type { Operation } from "./operation.js";
import type { Connection } from "./usePages.js";

interface WholeList<Edge> {
  /** Null until all pages were read. */
  items: readonly Edge[] | null;
  /** Whether the list does not exist. */
  isMissing: boolean;
  failure: Failure | null;
}

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
  const state = useSignal<WholeList<Edge> & { key: string | null }>({ key: null, ...nothing });
  const again = revision.value;
  useEffect(() => {
    if (variables === null) return undefined;
    const cancelled = new AbortController();
    const { signal } = cancelled;
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
        if (!signal.aborted) state.value = { key, ...list };
      },
      (error) => {
        const failure = asFailure(error);
        if (!signal.aborted) state.value = { key, ...nothing, failure };
      },
    );
    return () => cancelled.abort();
  }, [key, again]);
  return state.value.key === key ? state.value : nothing;
}

const nothing = { items: null, isMissing: false, failure: null };
