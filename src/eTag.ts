import type { IncomingMessage } from "node:http";

/** Whether the client has what is called so already. */
export function matchesETag({ headers }: IncomingMessage, etag: string): boolean {
  const known = headers["if-none-match"]?.split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return known !== undefined && (known.includes(etag) || known.includes("*"));
}
