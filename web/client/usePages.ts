import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { useKept } from "../router/historyEntries.js";
import { execute } from "./execute.js";
import { asFailure, type Failure } from "./failure.js";
import type { Operation } from "./operation.js";
import { type Connection, readPages } from "./readPages.js";
import { type QueryOptions, type ReadQuery, unread, useQuery } from "./useQuery.js";

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
  /** Reads everything again, from the first page: as many pages as there are. */
  read(): void;
}

interface Following<Edge> {
  /** The cursor that they follow: the end of the first page. */
  after: string;
  pages: readonly Connection<Edge>[];
}

interface Reading {
  cancelled: AbortController;
  /** How many pages there will be after the first. */
  count: number;
}

/**
 * Reads a list page by page. What was read is kept with the entry of the history, for who comes back to the list.
 * Whenever everything must be read again, the first page is, and the last one if the list ended there, because what is
 * new in a list that grows comes there.
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
  const reading = useSignal<Reading | null>(null);
  const moreFailure = useSignal<Failure | null>(null);
  const first = data === undefined ? null : connectionOf(data);
  // Pages that followed a first page with another end do not follow this one.
  const end = first?.pageInfo.hasNextPage ? first.pageInfo.endCursor : null;
  const rest = end !== null && following.value?.after === end ? following.value.pages : [];
  const last = rest.at(-1) ?? first;
  useEffect(
    () => () => {
      reading.peek()?.cancelled.abort();
      reading.value = null;
      moreFailure.value = null;
    },
    [end],
  );
  const readsAll = useRef(false);
  const dataBefore = useRef(data);
  useEffect(() => {
    if (data === dataBefore.current) return;
    dataBefore.current = data;
    moreFailure.value = null;
    const isAll = readsAll.current;
    readsAll.current = false;
    if (isAll && end !== null) {
      const count = Math.max(following.peek()?.pages.length ?? 0, reading.peek()?.count ?? 0);
      if (count > 0) readFollowing([], count);
    } else if (rest.length === 0) following.value = null;
    else if (!reading.peek() && !last?.pageInfo.hasNextPage) readFollowing(rest.slice(0, -1), rest.length);
  }, [data]);
  async function readFollowing(there: readonly Connection<Edge>[], count: number): Promise<void> {
    if (end === null || variables === null) return;
    reading.peek()?.cancelled.abort();
    const cancelled = new AbortController();
    const { signal } = cancelled;
    reading.value = { cancelled, count };
    moreFailure.value = null;
    try {
      const pages = await readPages(
        async (after) => connectionOf(await execute(operation, { ...variables, after }, signal)),
        { after: end, there, count },
      );
      if (signal.aborted) return;
      if (pages) following.value = { after: end, pages };
      else read(); // the first page says that the list is gone
    } catch (error) {
      if (signal.aborted) return;
      moreFailure.value = asFailure(error);
    } finally {
      if (reading.peek()?.cancelled === cancelled) reading.value = null;
    }
  }
  return {
    data,
    edges: [...(first?.edges ?? []), ...rest.flatMap(({ edges }) => edges)],
    hasMore: last?.pageInfo.hasNextPage ?? false,
    isReadingMore: reading.value !== null,
    isReading,
    hasFollowing: rest.length > 0,
    failure: failure ?? moreFailure.value,
    more() {
      if (last?.pageInfo.hasNextPage && !reading.peek()) readFollowing(rest, rest.length + 1);
    },
    read() {
      readsAll.current = true;
      read();
    },
  };
}
