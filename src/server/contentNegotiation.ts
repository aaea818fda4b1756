import type { IncomingMessage } from "node:http";
import type { Plugin } from "graphql-yoga";
import Negotiator from "negotiator";
import { asError, invalidRequest } from "./errors.js";
import type { RequestRecord } from "./requestRecord.js";

const eventStream = "text/event-stream";

/**
 * The content types of responses to an operation. If a client accepts several equally, the first one is used.
 */
const responseTypes = ["application/json", "application/graphql-response+json", eventStream];

/**
 * Returns the offered types that a request accepts, the most preferred first: by the weights of its Accept
 * header, where the most specific range decides (RFC 9110, section 12.5.1), and then by the order in which
 * the header names them.
 */
export function acceptedTypes(
  request: IncomingMessage,
  offered: readonly string[] = responseTypes,
): string[] {
  // An empty header counts as absent.
  const accept = withoutMalformedWeights(request.headers.accept ?? "") || undefined;
  // The charset makes "application/json; charset=utf-8" acceptable, and "…; charset=iso-8859-1" not.
  const types = offered.map((type) => `${type}; charset=utf-8`);
  return new Negotiator({ headers: { accept } })
    .mediaTypes(types)
    .map((type) => offered[types.indexOf(type)]);
}

/** Matches a quoted string, or a weight parameter, whose value is captured. */
const weightOrQuoted = /"(?:[^"\\]|\\.?)*"?|;[ \t]*q[ \t]*=[ \t]*("(?:[^"\\]|\\.?)*"?|[^;,"]*)/gi;
/** The syntax of a weight (RFC 9110, section 12.4.2). */
const wellFormedWeight = /^(0(\.\d{0,3})?|1(\.0{0,3})?)[ \t]*$/;

/** Removes weights that are not valid, so that their ranges are accepted with weight 1. */
function withoutMalformedWeights(accept: string): string {
  return accept.replace(weightOrQuoted, (found, weight?: string) =>
    weight === undefined || wellFormedWeight.test(weight) ? found : "",
  );
}

/**
 * Makes Yoga, which ignores weights, choose the type that a request prefers, by rewriting the request's
 * Accept header.
 * @returns false if the request accepts none of the types
 */
export function chooseResponseType(request: IncomingMessage): boolean {
  const accepted = acceptedTypes(request);
  // Yoga sends every subscription as an event stream, and everything else as JSON if the header names JSON.
  // So an event stream must be named alone if it is preferred, and may be named beside JSON otherwise.
  request.headers.accept = accepted[0] === eventStream ? eventStream : accepted.join(", ");
  return accepted.length > 0;
}

export const notAcceptable = invalidRequest(
  `The Accept header excludes all that is served: ${responseTypes.join(", ")}. Subscriptions are sent as ${eventStream}.`,
  { status: 406 },
);

/**
 * Refuses a subscription before it begins, if its client does not accept an event stream or sent a HEAD
 * request.
 */
export function requireEventStream(): Plugin {
  return {
    onSubscribe({ args }) {
      const { record } = args.contextValue as unknown as { record: RequestRecord };
      if (record.method === "HEAD") {
        const message = "Subscriptions are requested by POST or GET.";
        throw asError(invalidRequest(message, { status: 405, headers: { Allow: "GET, POST" } }));
      }
      // Absent if the operation came over a WebSocket.
      const accept = (args.contextValue as { request?: Request }).request?.headers.get("accept");
      if (accept == null || accept.includes(eventStream)) return;
      const message = `Subscriptions are sent as server-sent events. Request them with the header "Accept: ${eventStream}".`;
      throw asError(invalidRequest(message, { status: 406 }));
    },
  };
}

/**
 * Makes proxies pass on each event immediately: by default, nginx buffers a response until it is long enough.
 */
export function streamThroughProxies(): Plugin {
  return {
    onResponse({ response }) {
      if (!response.headers.get("content-type")?.startsWith(eventStream)) return;
      response.headers.set("x-accel-buffering", "no");
      response.headers.set("cache-control", "no-cache, no-transform");
      response.headers.delete("content-encoding"); // Yoga sets "none", which is not a valid encoding
      // Yoga sets "keep-alive", even where the client or a server that stops ends the connection: HTTP decides that.
      response.headers.delete("connection");
    },
  };
}
