import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream";
import { promisify } from "node:util";
import { brotliCompress, constants, createBrotliCompress, createGzip, gzip } from "node:zlib";
import type { Plugin } from "graphql-yoga";
import Negotiator from "negotiator";

export type ContentEncoding = "br" | "gzip";

/**
 * Minimum length of a text that is compressed. A shorter one fits into one packet together with its headers.
 */
const shortest = 1_000;
/**
 * The supported encodings. The client's weights decide between them; among equal weights, the first is used.
 */
const encodings: readonly ContentEncoding[] = ["br", "gzip"];

const gzipped = promisify(gzip);
const brotlied = promisify(brotliCompress);

/** The types of Negotiator lack the option that decides among equal weights. */
interface PreferringNegotiator extends Negotiator {
  encoding(available: readonly string[], options?: { preferred: readonly string[] }): string | undefined;
}

/**
 * Chooses the encoding of a response by the request's Accept-Encoding header.
 * @returns null if the response must not be compressed
 */
export function contentEncodingFor(
  request: IncomingMessage,
  available: readonly ContentEncoding[] = encodings,
): ContentEncoding | null {
  // This formally accepts any encoding, but old clients that omit the header cannot decode it.
  if (request.headers["accept-encoding"] === undefined) return null;
  const negotiator = new Negotiator(request) as PreferringNegotiator;
  const found = negotiator.encoding([...available, "identity"], { preferred: [...available] });
  return available.find((encoding) => encoding === found) ?? null;
}

/**
 * Compresses on a thread of libuv's pool. Brotli's quality is the one that takes about as long as gzip's
 * default.
 *
 * The length of a compressed response reveals nothing to a page of another site (BREACH): such a page cannot
 * make a browser send a request with its user's API key, and only requests with a key get signed image
 * addresses.
 */
export function compress(bytes: Uint8Array, encoding: ContentEncoding): Promise<Buffer> {
  if (encoding === "gzip") return gzipped(bytes);
  const params = {
    [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
    [constants.BROTLI_PARAM_QUALITY]: 4,
    // A window smaller than the default takes less memory and suffices for short texts.
    [constants.BROTLI_PARAM_LGWIN]: 18,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
  };
  return brotlied(bytes, { params });
}

/**
 * Compresses numbers that come piece by piece, such as columns of floats: with little effort, because more of it finds
 * hardly more in them. What the pieces throw is thrown.
 */
export async function* compressPieces(
  pieces: AsyncIterable<Uint8Array>,
  encoding: ContentEncoding,
): AsyncGenerator<Uint8Array, void, void> {
  const chunkSize = 2 ** 17;
  const compressor =
    encoding === "gzip"
      ? createGzip({ chunkSize, level: constants.Z_BEST_SPEED })
      : createBrotliCompress({
          chunkSize,
          params: {
            [constants.BROTLI_PARAM_QUALITY]: 4,
            [constants.BROTLI_PARAM_LGWIN]: 18,
          },
        });
  // The callback is required; an error is thrown where the stream is read.
  yield* pipeline(pieces, compressor, () => {}) as AsyncIterable<Uint8Array>;
}

/**
 * Responds with status 200 and a text, which is compressed if it is long enough and the client accepts it.
 */
export async function sendText(
  request: IncomingMessage,
  response: ServerResponse,
  headers: Record<string, string>,
  text: string,
  status = 200,
): Promise<void> {
  const encoding = contentEncodingFor(request);
  let bytes: Buffer = Buffer.from(text);
  const encoded = encoding !== null && bytes.length >= shortest;
  if (encoded) bytes = await compress(bytes, encoding);
  response.appendHeader("Vary", "Accept-Encoding");
  response.writeHead(status, {
    ...headers,
    "Content-Length": bytes.length,
    ...(encoded && { "Content-Encoding": encoding }),
  });
  response.end(bytes);
}

/** The body of a response in the form in which it is sent; `encoding` is null if it is not compressed. */
export interface SentBody {
  encoding: ContentEncoding | null;
  bytes: Buffer;
}

/**
 * Matches the content types that are compressed. All others are event streams, in which compression would
 * hold each event back until the next one.
 */
export const isJson = /^application\/(graphql-response\+)?json\b/;

/**
 * Compresses the bodies of GraphQL responses, and stores each compressed body in the server context as
 * `sent`.
 */
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
