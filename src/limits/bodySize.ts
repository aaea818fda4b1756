import type { IncomingMessage } from "node:http";
import type { Plugin } from "graphql-yoga";
import { isRecordingAlone } from "./recordingAlone.js";
import type { Refuse } from "./rejections.js";
import { TopLevelStrings } from "./topLevelStrings.js";

export interface BodyLimits {
  /** Bytes of any request. */
  any: number;
  /** Bytes of one that asks for recordTrajectories alone. */
  recording: number;
}

/**
 * Bounds what is read of a request's body. One that is longer than others may be must ask for recordTrajectories
 * alone: its document is looked for while the body comes in, and one that asks for anything else ends the reading at
 * once. A body whose document comes last is read to there, from a caller who may record.
 * @param mayRecord whether the caller may send a recording at all; asked only where a body is long
 */
export function limitBodySize(
  limits: BodyLimits,
  mayRecord: (request: IncomingMessage) => boolean | Promise<boolean>,
  refuse: Refuse,
): Plugin<object, { req: IncomingMessage; body?: Buffer }> {
  return {
    onRequestParse({ requestParser, setRequestParser, serverContext: { req, body: read }, fetchAPI }) {
      if (!requestParser || req.method !== "POST") return;
      setRequestParser(async (request) => {
        const { url, method, headers } = request;
        const reading =
          read ??
          readBody(req, limits, () => mayRecord(req), refuse).catch((error) => {
            // A client that has gone is no error; the rest of a body that is refused is let by unread, since closing
            // the connection would lose the answer.
            if (req.destroyed && !req.complete) throw clientGone();
            req.resume();
            throw error;
          });
        const body = await reading;
        return requestParser(new fetchAPI.Request(url, { method, headers, body: new Uint8Array(body) }));
      });
    },
  };
}

/**
 * Reads a body that is JSON and says beforehand that it is no longer than any may be.
 * @returns null for any other, of which nothing was read
 * @throws AbortError where its client goes away
 */
export async function readShortBody(request: IncomingMessage, limits: BodyLimits): Promise<Buffer | null> {
  const { "content-length": declared, "transfer-encoding": encoding } = request.headers;
  if (declared === undefined || encoding !== undefined || !isJson(request)) return null;
  if (Number(declared) > limits.any) return null;
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.once("end", () => resolve(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)));
    request.once("error", () => reject(clientGone()));
    request.once("close", () => request.complete || reject(clientGone()));
  });
}

const clientGone = () => new DOMException("The client has gone.", "AbortError");

async function readBody(
  request: IncomingMessage,
  limits: BodyLimits,
  mayRecord: () => boolean | Promise<boolean>,
  refuse: Refuse,
): Promise<Buffer> {
  const declared = Number(request.headers["content-length"] ?? 0);
  const tooLong = (maximum: number) =>
    refuse({
      limit: "BODY_BYTES",
      maximum,
      actual: declared || undefined,
      message: `The body has more than ${maximum} bytes.`,
      http: { status: 413 },
    });
  const mayBeLong = isJson(request) && limits.recording > limits.any;
  const largest = mayBeLong ? limits.recording : limits.any;
  if (declared > largest) throw tooLong(largest);
  if (declared > limits.any && !(await mayRecord())) throw tooLong(limits.any);

  const chunks: Buffer[] = [];
  let length = 0;
  let strings: TopLevelStrings | undefined;
  let documents = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > largest) throw tooLong(largest);
    if (length <= limits.any) continue;
    if (strings) strings.read(chunk);
    else {
      if (!(await mayRecord())) throw tooLong(limits.any);
      strings = new TopLevelStrings("query");
      strings.read(Buffer.concat(chunks));
    }
    if (strings.notAnObject || strings.found.length > 1) throw tooLong(limits.any);
    if (documents < strings.found.length && !isRecordingAlone(strings.found[documents++])) {
      throw tooLong(limits.any);
    }
  }
  if (strings && documents === 0) throw tooLong(limits.any);
  return Buffer.concat(chunks, length);
}

function isJson({ headers }: IncomingMessage): boolean {
  return /^\s*application\/(json|graphql\+json)\s*(;|$)/i.test(headers["content-type"] ?? "");
}
