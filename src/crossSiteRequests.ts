import type { IncomingHttpHeaders } from "node:http";

/** What a form of any page may send without asking first. */
const formTypes = new Set(["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"]);

/** Any of these, not empty, makes a browser ask before it sends a request to another site. */
export const preflightHeaders = ["x-graphql-require-preflight", "apollo-require-preflight"] as const;

/**
 * Whether a browser would have asked this server before it let another site's page send the request: without CORS it
 * is refused then. What would not be asked about must not be answered: it could come from any page, with the user's
 * network behind it.
 */
export function wouldBePreflighted(method: string | undefined, headers: IncomingHttpHeaders): boolean {
  if (preflightHeaders.some((name) => headers[name]?.length)) return true;
  const type = mediaType(headers["content-type"]);
  if (type === null) return false;
  // A GET has no body: any other type than JSON is a trick, and some browsers did not ask about it.
  return method === "GET" ? type === "application/json" : !formTypes.has(type);
}

/** The type and subtype of a Content-Type header; null where it is none. */
function mediaType(header: string | undefined): string | null {
  const match = /^\s*([!#$%&'*+.^`|~\w-]+\/[!#$%&'*+.^`|~\w-]+)\s*(?:;|$)/.exec(header ?? "");
  return match?.[1].toLowerCase() ?? null;
}
