import type { IncomingMessage } from "node:http";
import type { Plugin } from "graphql-yoga";
import { isRecordingAlone } from "./recordingAlone.js";
import type { Refuse } from "./rejections.js";

export interface BodyLimits {
  /** Maximum bytes of the body of any request. */
  any: number;
  /** Maximum bytes if the operation selects nothing but recordTrajectories. */
  recording: number;
}

/**
 * Reads the body of a request; no other code does. Its maximum size is that of any request, or that of a
 * recording if the request may be one. Whether it is one is known only once the body is parsed: see
 * limitLongBodies.
 * @param mayRecord whether the request may be a recording; called only if the body may be long
 * @throws GraphQLError (413) if the body is longer, AbortError if the client disconnects
 */
export async function readBody(
  request: IncomingMessage,
  limits: BodyLimits,
  mayRecord: () => boolean | Promise<boolean>,
  refuse: Refuse,
): Promise<Buffer> {
  const length = request.headers["content-length"];
  const declared = length === undefined ? undefined : Number(length);
  const mayBeLong = declared === undefined || declared > limits.any;
  const maximum =
    mayBeLong && limits.recording > limits.any && (await mayRecord()) ? limits.recording : limits.any;
  // The rest of a refused body is drained: closing the connection would lose the response.
  if (declared !== undefined && declared > maximum) {
    request.resume();
    throw tooLong(refuse, maximum, declared);
  }
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    function read(chunk: Buffer) {
      bytes += chunk.length;
      if (bytes <= maximum) {
        chunks.push(chunk);
        return;
      }
      request.off("data", read).resume();
      reject(tooLong(refuse, maximum));
    }
    const gone = () => reject(new DOMException("The client has gone.", "AbortError"));
    if (request.destroyed && !request.complete) return gone();
    request.on("data", read);
    request.once("end", () => resolve(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)));
    request.once("error", gone);
    request.once("close", () => request.complete || gone());
  });
}

/**
 * Refuses a body of more than `any` bytes, unless it contains a single document whose operations select
 * nothing but recordTrajectories. Even then the document itself may have at most `any` bytes: parsing
 * documents is slow, and long values belong in variables.
 */
export function limitLongBodies(any: number, refuse: Refuse): Plugin<object, { body: Buffer | null }> {
  return {
    onRequestParse: ({ serverContext: { body } }) => ({
      onRequestParseDone({ requestParserResult: operation }) {
        if (body === null || body.length <= any) return;
        const document = Array.isArray(operation) ? "" : (operation.query ?? "");
        const bytes = Buffer.byteLength(document);
        if (bytes > any) throw tooLong(refuse, any, bytes, "document", " Send long values as variables.");
        const isRecording = isRecordingAlone(document);
        if (!isRecording) throw tooLong(refuse, any, body.length);
      },
    }),
  };
}

function tooLong(refuse: Refuse, maximum: number, actual?: number, what = "body", advice = "") {
  return refuse({
    limit: "BODY_BYTES",
    maximum,
    actual,
    message: `The ${what} has more than ${maximum} bytes.${advice}`,
    http: { status: 413 },
  });
}
