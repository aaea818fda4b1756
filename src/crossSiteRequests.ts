import type { IncomingHttpHeaders } from "node:http";

/** What a form of any page may send without asking first. */
const formTypes = new Set(["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"]);

/** Any of these, not empty, makes a browser ask before it sends a request to another site. */
export const preflightHeaders = [
  "x-graphql-require-preflight",
  "apollo-require-preflight",
  "x-apollo-operation-name",
] as const;

/**
 * Why a request must not be answered: another site's page could have had a browser send it without asking this server
 * first, with the user's network behind it. Without CORS a browser that asks is refused. These are Apollo Server's
 * rules; a Content-Type that is none is refused here already, since nothing reads such a body.
 * @returns the answer's status and message; null where a browser would have asked
 */
export function crossSiteRefusal(
  method: string | undefined,
  headers: IncomingHttpHeaders,
): { status: 400 | 415; message: string } | null {
  const given = headers["content-type"];
  const type = mediaType(given);
  if (given && (method === "GET" || method === "HEAD") && type !== "application/json") {
    // It has no body, so that another type is a trick: some browsers did not ask about it.
    return { status: 415, message: "A GET request has no Content-Type, or application/json." };
  }
  if (given && type === null) return { status: 415, message: "The Content-Type is not a media type." };
  if (type !== null && !formTypes.has(type)) return null;
  if (preflightHeaders.some((name) => headers[name]?.length)) return null;
  const message = `A page of another site could have sent this. Send JSON as application/json, or a header ${preflightHeaders[0]} that is not empty.`;
  return { status: 400, message };
}

/** The type and subtype of a Content-Type header; null where it is none. */
function mediaType(header: string | undefined): string | null {
  const match = /^\s*([!#$%&'*+.^`|~\w-]+\/[!#$%&'*+.^`|~\w-]+)\s*(?:;|$)/.exec(header ?? "");
  return match?.[1].toLowerCase() ?? null;
}
