import type { IncomingMessage } from "node:http";

/**
 * Whether the client already has the response with this entity tag, according to its If-None-Match header.
 */
export function matchesETag({ headers }: IncomingMessage, etag: string): boolean {
  // Tags are compared weakly, as RFC 9110 (section 13.1.2) requires.
  const opaque = (tag: string) => tag.trim().replace(/^W\//, "");
  const known = headers["if-none-match"]?.split(",").map(opaque) ?? [];
  return known.includes(opaque(etag)) || known.includes("*");
}
