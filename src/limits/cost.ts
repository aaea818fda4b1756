import type { ExecutionArgs, ExecutionResult } from "graphql";
import { isAsyncIterable, type Plugin } from "graphql-yoga";
import { operationCost } from "./operationCost.js";
import type { Refuse } from "./rejections.js";

/**
 * Refuses an operation that may have to read more than `maximum` objects, and tells every client in
 * `extensions.cost` what its operation counts for. Who limits rates finds that in the context's `cost`.
 */
export function limitCost(maximum: number, refuse: Refuse): Plugin {
  function admit(args: ExecutionArgs): { objects: number; maximum: number } {
    const objects = operationCost(args);
    if (objects > maximum) {
      const actual = Number.isFinite(objects) ? objects : undefined;
      const message = `The operation may have to read ${actual ?? "many more"} objects, and ${maximum} are allowed. Ask for smaller pages.`;
      throw refuse({ limit: "COST", maximum, actual, message });
    }
    (args.contextValue as { cost?: number }).cost = objects;
    return { objects, maximum };
  }

  const told = (result: ExecutionResult, cost: object): ExecutionResult => ({
    ...result,
    extensions: { ...result.extensions, cost },
  });

  return {
    onExecute({ args }) {
      const cost = admit(args as ExecutionArgs);
      return {
        onExecuteDone({ result, setResult }) {
          if (!isAsyncIterable(result)) setResult(told(result, cost));
        },
      };
    },
    onSubscribe({ args }) {
      const cost = admit(args as ExecutionArgs);
      return {
        onSubscribeResult({ result, setResult }) {
          if (!isAsyncIterable(result)) {
            setResult(told(result, cost));
            return;
          }
          return { onNext: ({ result, setResult }) => setResult(told(result as ExecutionResult, cost)) };
        },
      };
    },
  };
}
