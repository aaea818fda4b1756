import { type ExecutionArgs, type ExecutionResult, getOperationAST, type OperationTypeNode } from "graphql";
import { isAsyncIterable, type Plugin } from "graphql-yoga";
import type { Context } from "../../schema/context.js";
import { operationCost } from "./operationCost.js";
import type { Refuse } from "./rejections.js";

/**
 * What a rate limit is charged for an operation: a query for the rows that were read, which are no more than the
 * objects that it may have to read but for counts and for the row after a page; any other operation for these.
 */
export function charge(
  operation: OperationTypeNode | undefined,
  context: Pick<Context, "cost" | "rowsRead">,
) {
  const { cost = 0, rowsRead } = context;
  return operation === "query" ? Math.min(cost, rowsRead.count) : cost;
}

/**
 * Refuses an operation that may have to read more than `maximum` objects, and says in every answer's
 * `extensions.cost` how many these are and how many were charged. The rate limit finds the former in the context's
 * `cost`.
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
        onExecuteDone({ args, result, setResult }) {
          const operation = getOperationAST(args.document, args.operationName)?.operation;
          const charged = charge(operation, args.contextValue as unknown as Context);
          if (!isAsyncIterable(result)) setResult(told(result, { ...cost, charged }));
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
