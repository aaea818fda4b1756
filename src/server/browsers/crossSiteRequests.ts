import type { IncomingHttpHeaders } from "node:http";
import { invalidRequest, type Refusal } from "../errors.js";
import { mediaType } from "../requestParameters.js";

/** The content types that a form on any page can send without a preflight request. */
const formTypes = new Set(["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"]);

/**
 * Headers that make a browser send a preflight request before a request to another site, if any of them is
 * not empty.
 */
export const preflightHeaders = [
  "x-graphql-require-preflight",
  "apollo-require-preflight",
  "x-apollo-operation-name",
] as const;

/**
 * Protects against cross-site request forgery: finds out whether a page of another site could have made a
 * browser send a request, from within its user's network, without a preflight request. (Without CORS,
 * preflight requests fail.) The rules are those of Apollo Server, and additionally use the headers by which
 * browsers say where a request comes from. An invalid Content-Type is refused here already, because no such
 * body can be read.
 * @param origins origins whose pages may send any request
 * @returns the reason to refuse the request; null if no page of another site can have sent it
 */
export function crossSiteRefusal(
  method: string | undefined,
  headers: IncomingHttpHeaders,
  origins: readonly string[] = [],
): Refusal | null {
  const given = headers["content-type"];
  const type = mediaType(given)?.essence ?? null;
  if (given && (method === "GET" || method === "HEAD") && type !== "application/json") {
    // A GET request has no body, so that any other type indicates an attack: some browsers sent no preflight
    // request for it.
    return invalidRequest("A GET request has no Content-Type, or application/json.", { status: 415 });
  }
  if (given && type === null) return invalidRequest("The Content-Type is not a media type.", { status: 415 });
  if (type !== null && !formTypes.has(type)) return null;
  if (preflightHeaders.some((name) => headers[name]?.length)) return null;
  if (comesFromElsewhere(headers, origins)) return invalidRequest(crossSiteMessage);
  return null;
}

/** Whether a request may come from a page of another site, because no header rules that out. */
function comesFromElsewhere(headers: IncomingHttpHeaders, origins: readonly string[]): boolean {
  // A script can send this header only after a preflight request. That is not true of Basic and similar
  // schemes, which browsers add by themselves: a page of another site can link to
  // http://name:password@server/.
  if (/^\s*Bearer\s+\S/i.test(headers.authorization ?? "")) return false;
  // No page can set these two headers. Browsers send the first only over HTTPS or to the user's own machine.
  const site = headers["sec-fetch-site"];
  if (site === "same-origin" || site === "none") return false;
  return headers.origin === undefined || !origins.includes(headers.origin);
}

const crossSiteMessage = `A page of another site could have sent this. Send a POST request with the Content-Type application/json (in urql: preferGetMethod: false), or the header ${preflightHeaders[0]} with any value (in urql: fetchOptions: { headers: { "${preflightHeaders[0]}": "1" } }).`;
