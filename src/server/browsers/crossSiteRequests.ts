import type { IncomingHttpHeaders } from "node:http";
import { invalidRequest, type Refusal } from "../errors.js";
import { mediaType } from "../requestParameters.js";

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
 * rules, and what browsers say about where a request comes from; a Content-Type that is none is refused here already,
 * since nothing reads such a body.
 * @param origins whose pages may send anything
 * @returns null where no page of another site can have sent it
 */
export function crossSiteRefusal(
  method: string | undefined,
  headers: IncomingHttpHeaders,
  origins: readonly string[] = [],
): Refusal | null {
  const given = headers["content-type"];
  const type = mediaType(given)?.essence ?? null;
  if (given && (method === "GET" || method === "HEAD") && type !== "application/json") {
    // It has no body, so that another type is a trick: some browsers did not ask about it.
    return invalidRequest("A GET request has no Content-Type, or application/json.", { status: 415 });
  }
  if (given && type === null) return invalidRequest("The Content-Type is not a media type.", { status: 415 });
  if (type !== null && !formTypes.has(type)) return null;
  if (preflightHeaders.some((name) => headers[name]?.length)) return null;
  if (comesFromElsewhere(headers, origins)) return invalidRequest(crossSiteMessage);
  return null;
}

/** Whether nothing shows that a request does not come from a page of another site. */
function comesFromElsewhere(headers: IncomingHttpHeaders, origins: readonly string[]): boolean {
  // A script must ask before it sends this. Not so with Basic and the like, which browsers add by themselves: another
  // site's page can link to http://name:password@server/.
  if (/^\s*Bearer\s+\S/i.test(headers.authorization ?? "")) return false;
  // No page can set these two. Browsers send the first only to addresses of https, and of the user's own machine.
  const site = headers["sec-fetch-site"];
  if (site === "same-origin" || site === "none") return false;
  return headers.origin === undefined || !origins.includes(headers.origin);
}

const crossSiteMessage = `A page of another site could have sent this. Send a POST request with the Content-Type application/json (in urql: preferGetMethod: false), or the header ${preflightHeaders[0]} with any value (in urql: fetchOptions: { headers: { "${preflightHeaders[0]}": "1" } }).`;
