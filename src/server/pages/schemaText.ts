import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { lexicographicSortSchema, printSchema } from "graphql";
import { schema } from "../../schema/index.js";
import { type ContentEncoding, compress, contentEncodingFor } from "../contentEncoding.js";
import { matchesETag } from "../eTag.js";

let printed: { text: string; etag: string } | undefined;
/** The compressed texts by their encoding, so that each is compressed only once. */
const compressed = new Map<ContentEncoding, Promise<Buffer>>();

/** Serves the schema as text, for tools that read it from an address. */
export async function serveSchema(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (!printed) {
    const text = `${printSchema(lexicographicSortSchema(schema))}\n`;
    // The tag is weak, because it is the same for all encodings.
    printed = { text, etag: `W/"${createHash("sha256").update(text).digest("base64url")}"` };
  }
  const { text, etag } = printed;
  const headers = { ETag: etag, "Cache-Control": "private, no-cache" };
  response.appendHeader("Vary", "Accept-Encoding");
  if (matchesETag(request, etag)) {
    response.writeHead(304, headers).end();
    return;
  }
  const encoding = contentEncodingFor(request);
  let bytes: Buffer = Buffer.from(text);
  if (encoding !== null) {
    if (!compressed.has(encoding)) compressed.set(encoding, compress(bytes, encoding));
    bytes = await compressed.get(encoding)!;
  }
  response.writeHead(200, {
    ...headers,
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Length": bytes.length,
    ...(encoding !== null && { "Content-Encoding": encoding }),
  });
  response.end(bytes);
}
