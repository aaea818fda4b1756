import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { lexicographicSortSchema, printSchema } from "graphql";
import { matchesETag } from "./eTag.js";
import { schema } from "./schema/index.js";

let printed: { text: string; etag: string } | undefined;

/** Answers with the schema as text, for tools that read it from an address. */
export function serveSchema(request: IncomingMessage, response: ServerResponse): void {
  if (!printed) {
    const text = `${printSchema(lexicographicSortSchema(schema))}\n`;
    printed = { text, etag: `"${createHash("sha256").update(text).digest("base64url")}"` };
  }
  const { text, etag } = printed;
  const headers = { ETag: etag, "Cache-Control": "private, no-cache" };
  if (matchesETag(request, etag)) {
    response.writeHead(304, headers).end();
    return;
  }
  response.writeHead(200, {
    ...headers,
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Length": Buffer.byteLength(text),
  });
  response.end(request.method === "HEAD" ? undefined : text);
}
