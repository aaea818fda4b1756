import { largestPageSize } from "../../resolvers/pagination/pageArguments.js";

/** A page of a connection: the fields that paging needs. */
export interface PageData<Node> {
  totalCount: number;
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
  edges: { node: Node }[];
}

/** The fields of a connection that paging needs, besides its edges. */
export const pageFields = "totalCount pageInfo { hasNextPage endCursor }";

interface PageOptions {
  /** The number of nodes. Default: all. */
  first?: number;
  /** The cursor after which they begin. Default: from the start. */
  after?: string;
  /** The number of nodes that are read at a time, at most the largest page of the API: fewer if they may be large. */
  pageSize?: number;
}

/**
 * Reads a connection page by page, each when the consumer asks for it.
 * @param read returns the page with these arguments
 */
export async function* pages<Node>(
  read: (page: { first: number; after: string | undefined }) => Promise<PageData<Node>>,
  { first = Number.POSITIVE_INFINITY, after, pageSize = largestPageSize }: PageOptions = {},
): AsyncGenerator<PageData<Node>, void, void> {
  let left = first;
  let cursor = after;
  for (;;) {
    const page = await read({ first: Math.min(left, pageSize), after: cursor });
    yield page;
    left -= page.edges.length;
    // An empty page is the last one, whatever a server says: otherwise it could be read for ever.
    if (!page.pageInfo.hasNextPage || page.edges.length === 0 || left <= 0) return;
    cursor = page.pageInfo.endCursor ?? undefined;
  }
}

/** The nodes of all pages, with the number of nodes that there are. */
export async function allPages<Node>(
  ...given: Parameters<typeof pages<Node>>
): Promise<{ totalCount: number; edges: { node: Node }[] }> {
  const all = { totalCount: 0, edges: [] as { node: Node }[] };
  for await (const { totalCount, edges } of pages(...given)) {
    all.totalCount = totalCount;
    for (const { node } of edges) all.edges.push({ node });
  }
  return all;
}
