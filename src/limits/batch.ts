import type { Plugin } from "graphql-yoga";
import type { Refuse } from "./rejections.js";

/** Refuses a list of more than `maximum` operations, and any list where that is 1. */
export function limitBatch(maximum: number, refuse: Refuse): Plugin {
  return {
    onRequestParse: () => ({
      onRequestParseDone({ requestParserResult: operations }) {
        if (!Array.isArray(operations) || (maximum > 1 && operations.length <= maximum)) return;
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
  };
}
