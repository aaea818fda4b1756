import { type ExecutionArgs, type ExecutionResult, execute, type SubscriptionArgs, subscribe } from "graphql";
import type { Plugin } from "graphql-yoga";

/**
 * Executes operations with graphql-js, as the command line does. Yoga's own executor, in the versions that
 * support Node 20, returns fields in the order in which they are resolved instead of the order in which they
 * are selected.
 */
export function executeByGraphql(): Plugin {
  return {
    onExecute({ setExecuteFn }) {
      setExecuteFn(async (args: ExecutionArgs) => withStatus(await execute(args)));
    },
    onSubscribe({ setSubscribeFn }) {
      setSubscribeFn(async (args: SubscriptionArgs) => {
        const results = await subscribe(args);
        return Symbol.asyncIterator in results ? results : withStatus(results);
      });
    },
  };
}

/**
 * Sets the status 400 if execution could not begin, for example because a variable has the wrong type: then
 * the request is at fault. Like the status of an invalid document, it is only for clients that accept
 * `application/graphql-response+json`.
 */
function withStatus(result: ExecutionResult): ExecutionResult {
  if (result.data !== undefined) return result;
  for (const { path, extensions } of result.errors ?? [])
    if (!path) extensions.http = { spec: true, status: 400 };
  return result;
}
