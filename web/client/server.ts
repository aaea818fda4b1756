// The server that the page came from.

const here = import.meta.url;

/** The address below which everything of the server is: the folder above that of the page's scripts. */
export const root = new URL("../", here);

const { graphiql, documentsOnly } = document.documentElement.dataset;

/** Whether the server serves GraphiQL. */
export const hasGraphiql = graphiql === "true";

/** Whether the server takes no documents, but only the ids of those that it knows, such as the page's. */
export const takesIdsOnly = documentsOnly === "true";

/**
 * The address at which the page reaches an image or a file. The API gives the address by which the server is known,
 * which may be another than the one that this page was opened with, and whose images the page may not load.
 */
export function ownAddress(url: string): string {
  const known = new URL(url);
  const path = /\/(?:images|exports|maps)\/.*$/.exec(known.pathname)?.[0] ?? known.pathname;
  return new URL(`.${path}${known.search}`, root).href;
}
