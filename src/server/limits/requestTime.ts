import { setImmediate as nextTurn } from "node:timers/promises";
import { defaultFieldResolver, type ExecutionArgs, getOperationAST } from "graphql";
import type { Plugin } from "graphql-yoga";
import { abortAfter, throwIfOver } from "../../runtime/deadline.js";
import type { Context } from "../../schema/context.js";
import type { FieldConfig } from "../fieldConfig.js";
import type { RequestRecord } from "../requestRecord.js";
import type { Refuse } from "./rejections.js";

/**
 * Turns of the event loop after which it is known whether a client had disconnected when its request was
 * read: the end of a connection is read after its data.
 */
const turnsUntilEnd = 3;

interface TimedContext extends Context {
  record: RequestRecord;
}

/**
 * Ends an operation after `seconds`: its client gets an error, the operation begins no further SQL statement,
 * and a statement that may be long is interrupted, through the context's `cancellation`. A query whose client
 * has disconnected is ended in the same way; a mutation is then not begun. The time of a mutation is counted
 * from when its request had been read, so that it is not carried out when nobody expects it any more.
 *
 * The response to a query is sent immediately. The response to a mutation is sent when its write has been
 * rolled back; if everything was already committed, the response is the mutation's result, so that a timeout
 * is never reported for something that was written. Whoever commits calls `throwIfOver` immediately before,
 * because on a busy machine the timer may be late. If an operation has several mutations, those that were
 * carried out before keep their data. Subscriptions have no time limit.
 */
export function limitRequestTime(seconds: number, refuse: Refuse): Plugin<TimedContext> {
  return {
    onExecute({ args, executeFn, setExecuteFn }) {
      const { cancellation, request, record } = args.contextValue;
      const isQuery = getOperationAST(args.document, args.operationName)?.operation === "query";
      const client = request.signal;
      const onGone = () => cancellation.abort(client.reason);
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
        const waited = isQuery ? 0 : performance.now() - (record.readAt ?? record.startedAt);
        const { signal } = cancellation;
        const endTimer = abortAfter(cancellation, seconds * 1000 - waited, over);
        if (isQuery) client.addEventListener("abort", onGone);
        try {
          for (let turn = 0; turn < turnsUntilEnd && !isQuery; turn++) await nextTurn();
          client.throwIfAborted();
          if (!isQuery) return await executeFn(given);
          const result = await Promise.race([executeFn(given), aborted(signal)]);
          throwIfOver(signal); // the timer may not have fired, if resolving kept the event loop busy
          return result;
        } finally {
          endTimer();
          client.removeEventListener("abort", onGone);
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
      throwIfOver(context.cancellation.signal);
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
