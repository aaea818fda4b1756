import { type ExecutionArgs, getOperationAST } from "graphql";
import type { Plugin } from "graphql-yoga";
import type { Context } from "../context.js";
import type { Refuse } from "./rejections.js";

/**
 * Ends an operation after `seconds`: its client gets an error, no statement of it begins any more, and a statement
 * that may be long is interrupted, through the context's `cancellation`. A query whose client has gone ends likewise.
 *
 * A query is answered at once. A mutation is answered when its write is rolled back; or, where all was committed
 * already, with what it did: its client is never told that its time was over where something was written. Subscriptions may last.
 */
export function limitRequestTime(seconds: number, refuse: Refuse): Plugin<Context> {
  return {
    onExecute({ args, executeFn, setExecuteFn }) {
      const { cancellation, request } = args.contextValue;
      const isQuery = getOperationAST(args.document, args.operationName)?.operation === "query";
      const client = isQuery ? request.signal : undefined;
      const onGone = () => cancellation.abort(client?.reason);
      setExecuteFn(async (given: ExecutionArgs) => {
        const over = () => {
          const message = `The operation took longer than ${seconds} s and was stopped.`;
          return refuse({ limit: "SECONDS", maximum: seconds, message, http: { status: 503 } });
        };
        const end = performance.now() + seconds * 1000;
        const timer = setTimeout(() => cancellation.abort(over()), seconds * 1000);
        client?.addEventListener("abort", onGone);
        try {
          if (client?.aborted) onGone();
          const executed = executeFn(given);
          if (!isQuery) return await executed;
          const result = await Promise.race([executed, aborted(cancellation.signal)]);
          // The timer may not have had its turn where resolving left none.
          if (performance.now() > end) throw over();
          return result;
        } finally {
          clearTimeout(timer);
          client?.removeEventListener("abort", onGone);
        }
      });
    },
  };
}

/** Rejects with the signal's reason once it aborts. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
