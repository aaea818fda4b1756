import type { Plugin } from "graphql-yoga";
import { asPartialError, invalidRequest } from "../errors.js";
import type { Refuse } from "./rejections.js";

/**
 * Refuses a list of more than `maximum` operations, and every list if `maximum` is 1. A subscription in a
 * list is refused too, because the response has one result per operation, and a subscription has one per
 * event.
 */
export function limitBatch(maximum: number, refuse: Refuse): Plugin {
  const lists = new WeakSet<Request>();
  return {
    onRequestParse: ({ request }) => ({
      onRequestParseDone({ requestParserResult: operations }) {
        if (!Array.isArray(operations)) return;
        if (maximum > 1 && operations.length <= maximum) {
          lists.add(request);
          return;
        }
        const message =
          maximum === 1
            ? "A request brings one operation, not a list of them."
            : `A request brings at most ${maximum} operations.`;
        throw refuse({
          limit: "BATCH",
          maximum,
          actual: operations.length,
          message,
          http: { status: 400 },
        });
      },
    }),
    onSubscribe({ args }) {
      // Absent if the operation came over a WebSocket.
      const { request } = args.contextValue as { request?: Request };
      if (!request || !lists.has(request)) return;
      const message = "A subscription cannot be in a list of operations. Send it alone.";
      throw asPartialError(invalidRequest(message));
    },
  };
}
