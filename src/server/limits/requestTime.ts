import { defaultFieldResolver, type ExecutionArgs, getOperationAST } from "graphql";
import type { Plugin } from "graphql-yoga";
import type { Context } from "../../schema/context.js";
import type { FieldConfig } from "../fieldConfig.js";
import type { Refuse } from "./rejections.js";

/**
 * Ends an operation after `seconds`: its client gets an error, the operation begins no further SQL statement,
 * and a statement that may be long is interrupted, through the context's `cancellation`. A query whose client
 * has disconnected is ended in the same way.
 *
 * The response to a query is sent immediately. The response to a mutation is sent when its write has been
 * rolled back; if everything was already committed, the response is the mutation's result, so that a timeout
 * is never reported for something that was written. If an operation has several mutations, those that were
 * carried out before keep their data. Subscriptions have no time limit.
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
          return refuse({
            limit: "SECONDS",
            maximum: seconds,
            message,
            http: isQuery ? { status: 503 } : null,
          });
        };
        const end = performance.now() + seconds * 1000;
        const timer = setTimeout(() => cancellation.abort(over()), seconds * 1000);
        client?.addEventListener("abort", onGone);
        try {
          if (client?.aborted) onGone();
          const executed = executeFn(given);
          if (!isQuery) return await executed;
          const result = await Promise.race([executed, aborted(cancellation.signal)]);
          // The timer may not have fired, if resolving kept the event loop busy.
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

/**
 * Keeps a mutation from beginning once the operation's time is over: after a mutation has failed, GraphQL
 * continues with the next one of the operation.
 */
export function beginInTime(mutation: FieldConfig): FieldConfig {
  const { resolve = defaultFieldResolver } = mutation;
  return {
    ...mutation,
    resolve(source, args, context, info) {
      context.cancellation.signal.throwIfAborted();
      return resolve(source, args, context, info);
    },
  };
}

/** Returns a promise that rejects with the signal's reason once it aborts. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
