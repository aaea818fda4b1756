import type { IncomingMessage } from "node:http";
import type { Plugin } from "graphql-yoga";
import Negotiator from "negotiator";
import { asError, invalidRequest } from "./errors.js";
import type { RequestRecord } from "./requestRecord.js";

const eventStream = "text/event-stream";

/** What an operation can be answered as; of what is equally acceptable, the first. */
const responseTypes = ["application/json", "application/graphql-response+json", eventStream];

/**
 * Which of the offered types a request accepts, those that it prefers first: by the weights of its Accept header, where
 * the most specific range decides (RFC 9110, section 12.5.1), and then by the order in which it names them.
 */
export function acceptedTypes(
  request: IncomingMessage,
  offered: readonly string[] = responseTypes,
): string[] {
  const accept = withoutMalformedWeights(request.headers.accept ?? "") || undefined; // an empty one is as good as none
  // The charset makes "application/json; charset=utf-8" acceptable, and "…; charset=iso-8859-1" not.
  const types = offered.map((type) => `${type}; charset=utf-8`);
  return new Negotiator({ headers: { accept } })
    .mediaTypes(types)
    .map((type) => offered[types.indexOf(type)]);
}

/** A quoted string, or a weight and what it is said to be. */
const weightOrQuoted = /"(?:[^"\\]|\\.?)*"?|;[ \t]*q[ \t]*=[ \t]*("(?:[^"\\]|\\.?)*"?|[^;,"]*)/gi;
/** RFC 9110, section 12.4.2. */
const wellFormedWeight = /^(0(\.\d{0,3})?|1(\.0{0,3})?)[ \t]*$/;

/** A weight that is none is as good as absent: the range is accepted, and with the weight 1. */
function withoutMalformedWeights(accept: string): string {
  return accept.replace(weightOrQuoted, (found, weight?: string) =>
    weight === undefined || wellFormedWeight.test(weight) ? found : "",
  );
}

/**
 * Has Yoga, which knows no weights, choose the type that a request prefers, by naming to it no others.
 * @returns false where the request accepts none
 */
export function chooseResponseType(request: IncomingMessage): boolean {
  const accepted = acceptedTypes(request);
  // JSON is never sent as a subscription's events, but Yoga prefers it to events for anything else.
  request.headers.accept = accepted[0] === eventStream ? eventStream : accepted.join(", ");
  return accepted.length > 0;
}

export const notAcceptable = invalidRequest(
  `The Accept header excludes all that is served: ${responseTypes.join(", ")}.`,
  { status: 406 },
);

/** Refuses a subscription whose client does not accept events, or asks for headers alone, before it begins. */
export function requireEventStream(): Plugin {
  return {
    onSubscribe({ args }) {
      const { record } = args.contextValue as unknown as { record: RequestRecord };
      if (record.method === "HEAD") {
        const message = "A subscription is asked for by POST or GET.";
        throw asError(invalidRequest(message, { status: 405, headers: { Allow: "GET, POST" } }));
      }
      // Absent where it did not come by a request of its own.
      const accept = (args.contextValue as { request?: Request }).request?.headers.get("accept");
      if (accept == null || accept.includes(eventStream)) return;
      const message = `A subscription is answered with server-sent events. Ask for them with the header "Accept: ${eventStream}".`;
      throw asError(invalidRequest(message, { status: 406 }));
    },
  };
}

/** Lets events pass proxies one by one: nginx holds a response back until it is long enough unless told not to. */
export function streamThroughProxies(): Plugin {
  return {
    onResponse({ response }) {
      if (!response.headers.get("content-type")?.startsWith(eventStream)) return;
      response.headers.set("x-accel-buffering", "no");
      response.headers.set("cache-control", "no-cache, no-transform");
      response.headers.delete("content-encoding"); // "none" is no encoding
    },
  };
}
