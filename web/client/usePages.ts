import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { useKept } from "../router/historyEntries.js";
import { execute } from "./execute.js";
import { asFailure, type Failure } from "./failure.js";
import type { Operation } from "./operation.js";
import { type QueryOptions, type ReadQuery, unread, useQuery } from "./useQuery.js";

export interface Connection<Edge> {
  edges: readonly Edge[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

interface Pages<Data, Edge> {
  /** The data of the first page; undefined until it was read. */
  data: Data | undefined;
  edges: readonly Edge[];
  hasMore: boolean;
  isReadingMore: boolean;
  /** Whether the first page is being read. */
  isReading: boolean;
  /** Whether pages after the first have been read. */
  hasFollowing: boolean;
  failure: Failure | null;
  /** Reads the next page. */
  more(): void;
  /** Reads everything again, from the first page. */
  read(): void;
}

interface Following<Edge> {
  /** The cursor that they follow: the end of the first page. */
  after: string | null;
  edges: readonly Edge[];
  endCursor: string | null;
  hasNextPage: boolean;
}

/**
 * Reads a list page by page. What was read is kept with the entry of the history, for who comes back to the list.
 * @param variables those of the first page; null: nothing is read
 * @param connectionOf finds the list in the data; null if it does not exist
 */
export function usePages<Data, Variables extends { after?: string | null }, Edge>(
  operation: Operation<Data, Variables>,
  variables: Variables | null,
  connectionOf: (data: Data) => Connection<Edge> | null | undefined,
  options?: Pick<QueryOptions<Data>, "keepsData">,
): Pages<Data, Edge> {
  const kept = useKept<ReadQuery<Data>>(operation.name, unread);
  const { data, failure, isReading, read } = useQuery(operation, variables, { ...options, kept });
  const following = useKept<Following<Edge> | null>(`${operation.name}, following pages`, null);
  const reading = useSignal<AbortController | null>(null);
  const moreFailure = useSignal<Failure | null>(null);
  const first = data === undefined ? null : connectionOf(data);
  // Pages that followed a first page with another end do not follow this one.
  const end = first?.pageInfo.endCursor ?? null;
  const rest = end !== null && following.value?.after === end ? following.value : null;
  const last = rest ?? first?.pageInfo;
  useEffect(
    () => () => {
      reading.peek()?.abort();
      reading.value = null;
      moreFailure.value = null;
    },
    [end],
  );
  async function more(): Promise<void> {
    if (!last?.hasNextPage || variables === null || reading.peek()) return;
    const cancelled = new AbortController();
    reading.value = cancelled;
    moreFailure.value = null;
    try {
      const page = connectionOf(
        await execute(operation, { ...variables, after: last.endCursor }, cancelled.signal),
      );
      const edges = [...(rest?.edges ?? []), ...(page?.edges ?? [])];
      const { endCursor = null, hasNextPage = false } = page?.pageInfo ?? {};
      following.value = { after: end, edges, endCursor, hasNextPage };
    } catch (error) {
      if (cancelled.signal.aborted) return;
      moreFailure.value = asFailure(error);
    } finally {
      if (reading.peek() === cancelled) reading.value = null;
    }
  }
  return {
    data,
    edges: [...(first?.edges ?? []), ...(rest?.edges ?? [])],
    hasMore: last?.hasNextPage ?? false,
    isReadingMore: reading.value !== null,
    isReading,
    hasFollowing: rest !== null,
    failure: failure ?? moreFailure.value,
    more,
    read,
  };
}
