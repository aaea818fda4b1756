import type { Plugin } from "graphql-yoga";
import { asPartialError, invalidRequest } from "../errors.js";
import type { Refuse } from "./rejections.js";

/**
 * Refuses a list of more than `maximum` operations, and any list where that is 1. In a list a subscription is refused
 * too: the response holds one result for each operation, and a subscription has one for each event.
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
      // Absent where it did not come by a request of its own.
      const { request } = args.contextValue as { request?: Request };
      if (!request || !lists.has(request)) return;
      const message = "A subscription cannot be in a list of operations. Send it alone.";
      throw asPartialError(invalidRequest(message));
    },
  };
}
