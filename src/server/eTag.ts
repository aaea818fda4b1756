import type { IncomingMessage } from "node:http";

/** Whether the client has what is called so already. */
export function matchesETag({ headers }: IncomingMessage, etag: string): boolean {
  // Compared weakly, as RFC 9110 (section 13.1.2) has it.
  const opaque = (tag: string) => tag.trim().replace(/^W\//, "");
  const known = headers["if-none-match"]?.split(",").map(opaque) ?? [];
  return known.includes(opaque(etag)) || known.includes("*");
}
