import { type ExecutionArgs, execute, type SubscriptionArgs, subscribe } from "graphql";
import type { Plugin } from "graphql-yoga";

/**
 * Executes operations by graphql itself, as the command line does. Yoga's own executor, in the versions that support
 * Node 20, gives fields in the order in which they are resolved instead of that in which they were asked for.
 */
export function executeByGraphql(): Plugin {
  return {
    onExecute({ setExecuteFn }) {
      setExecuteFn((args: ExecutionArgs) => execute(args));
    },
    onSubscribe({ setSubscribeFn }) {
      setSubscribeFn((args: SubscriptionArgs) => subscribe(args));
    },
  };
}
