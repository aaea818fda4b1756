import type { IncomingMessage, ServerResponse } from "node:http";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import type { Plugin } from "graphql-yoga";
import Negotiator from "negotiator";

export type ContentEncoding = "br" | "gzip";

/** A shorter text fits into one packet with its headers. */
const shortest = 1_000;
/** By the weights that the client gives, and among equal weights the first. */
const encodings: readonly ContentEncoding[] = ["br", "gzip"];

const gzipped = promisify(gzip);
const brotlied = promisify(brotliCompress);

/** Its types do not know the option that decides among equal weights. */
interface PreferringNegotiator extends Negotiator {
  encoding(available: readonly string[], options?: { preferred: readonly string[] }): string | undefined;
}

/** How a text is to be encoded for the client of a request; null: as it is. */
export function contentEncodingFor(
  request: IncomingMessage,
  available: readonly ContentEncoding[] = encodings,
): ContentEncoding | null {
  if (request.headers["accept-encoding"] === undefined) return null; // anything, which old programs do not mean
  const negotiator = new Negotiator(request) as PreferringNegotiator;
  const found = negotiator.encoding([...available, "identity"], { preferred: [...available] });
  return available.find((encoding) => encoding === found) ?? null;
}

/**
 * Compresses in a thread of libuv's, at the strength at which that takes about as long as gzip's default.
 *
 * Lengths of compressed answers tell nothing to a page of another site (BREACH): it cannot have a browser send a
 * request with its user's API key, which alone gets signed image addresses.
 */
export function compress(bytes: Uint8Array, encoding: ContentEncoding): Promise<Buffer> {
  if (encoding === "gzip") return gzipped(bytes);
  const params = {
    [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
    [constants.BROTLI_PARAM_QUALITY]: 4,
    [constants.BROTLI_PARAM_LGWIN]: 18, // with less memory for the window than the largest, for texts that are short
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
  };
  return brotlied(bytes, { params });
}

/** Answers 200 with a text, encoded as the client asks. */
export async function sendText(
  request: IncomingMessage,
  response: ServerResponse,
  headers: Record<string, string>,
  text: string,
): Promise<void> {
  const encoding = contentEncodingFor(request);
  let bytes: Buffer = Buffer.from(text);
  const encoded = encoding !== null && bytes.length >= shortest;
  if (encoded) bytes = await compress(bytes, encoding);
  response.appendHeader("Vary", "Accept-Encoding");
  response.writeHead(200, {
    ...headers,
    "Content-Length": bytes.length,
    ...(encoded && { "Content-Encoding": encoding }),
  });
  response.end(bytes);
}

/** A response's body as it is sent. */
export interface SentBody {
  encoding: ContentEncoding | null;
  bytes: Buffer;
}

/** Other responses are streams of events, which are sent as they are: an event must not wait for the next. */
export const isJson = /^application\/(graphql-response\+)?json\b/;

/** Compresses the bodies of GraphQL responses, and leaves in the server's context what it has compressed. */
export function compressResponses(): Plugin<
  object,
  { req: IncomingMessage; res?: ServerResponse; sent?: SentBody }
> {
  return {
    async onResponse({ response, serverContext, setResponse, fetchAPI }) {
      const { req, res } = serverContext;
      const { status, statusText, headers } = response;
      if (!res || !isJson.test(headers.get("content-type") ?? "")) return;
      const encoding = contentEncodingFor(req);
      if (encoding === null) return;
      const text = await response.text();
      if (text.length < shortest) {
        setResponse(new fetchAPI.Response(text, { status, statusText, headers }));
        return;
      }
      const bytes = await compress(Buffer.from(text), encoding);
      serverContext.sent = { encoding, bytes };
      const compressed = new fetchAPI.Headers(headers);
      compressed.set("content-length", String(bytes.length));
      compressed.set("content-encoding", encoding);
      const body = bytes as Uint8Array<ArrayBuffer>;
      setResponse(new fetchAPI.Response(body, { status, statusText, headers: compressed }));
    },
  };
}
