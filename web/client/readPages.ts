/** A page of a list. */
export interface Connection<Edge> {
  edges: readonly Edge[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

interface Extent<Edge> {
  /** The cursor that the pages follow; null: the beginning of the list. Default: null. */
  after?: string | null;
  /** The pages that are there already, from the first of them. Default: none. */
  there?: readonly Connection<Edge>[];
  /** How many pages there are to be; there are fewer if the list ends before. Default: as many as the list has. */
  count?: number;
}

/**
 * Reads pages of a list, one after the other.
 * @param readPage reads the page that follows a cursor, null or undefined if the list does not exist
 * @returns the pages that are there already, and those that were read; null if the list does not exist
 */
export async function readPages<Edge>(
  readPage: (after: string | null) => Promise<Connection<Edge> | null | undefined>,
  { after = null, there = [], count = Number.POSITIVE_INFINITY }: Extent<Edge> = {},
): Promise<readonly Connection<Edge>[] | null> {
  const pages = [...there];
  while (pages.length < count) {
    const { hasNextPage, endCursor } = pages.at(-1)?.pageInfo ?? { hasNextPage: true, endCursor: after };
    if (!hasNextPage) break;
    const page = await readPage(endCursor);
    if (!page) return null;
    pages.push(page);
  }
  return pages;
}
