import { type ExecutionArgs, getOperationAST } from "graphql";
import type { Plugin } from "graphql-yoga";
import type { Context } from "../context.js";
import type { Refuse } from "./rejections.js";

/**
 * Ends an operation after `seconds`: its client gets an error, no resolver and no statement of it begins any more, and
 * a statement that may be long is interrupted, through the context's `cancellation`. A query whose client has gone
 * ends likewise. A write that has begun is finished, whole. Subscriptions may last.
 */
export function limitRequestTime(seconds: number, refuse: Refuse): Plugin<Context> {
  return {
    onExecute({ args, executeFn, setExecuteFn }) {
      const { cancellation, request } = args.contextValue;
      const isQuery = getOperationAST(args.document, args.operationName)?.operation === "query";
      const client = isQuery ? request.signal : undefined;
      const onGone = () => cancellation.abort(client?.reason);
      setExecuteFn(async (given: ExecutionArgs) => {
        const timer = setTimeout(() => {
          const message = `The operation took longer than ${seconds} s and was stopped.`;
          cancellation.abort(refuse({ limit: "SECONDS", maximum: seconds, message, http: { status: 503 } }));
        }, seconds * 1000);
        client?.addEventListener("abort", onGone);
        try {
          if (client?.aborted) onGone();
          // Yoga's executor knows the signal; graphql's own arguments do not name it.
          return await executeFn({ ...given, signal: cancellation.signal } as ExecutionArgs);
        } finally {
          clearTimeout(timer);
          client?.removeEventListener("abort", onGone);
        }
      });
    },
  };
}
