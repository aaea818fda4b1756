import { type ExecutionArgs, type ExecutionResult, execute, type SubscriptionArgs, subscribe } from "graphql";
import type { Plugin } from "graphql-yoga";

/**
 * Executes operations by graphql itself, as the command line does. Yoga's own executor, in the versions that support
 * Node 20, gives fields in the order in which they are resolved instead of that in which they were asked for.
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

/** What could not even begin, such as for a variable of another type, is the request's fault. */
function withStatus(result: ExecutionResult): ExecutionResult {
  if (result.data !== undefined) return result;
  for (const { path, extensions } of result.errors ?? []) if (!path) extensions.http = { status: 400 };
  return result;
}
