import { type ExecutionArgs, type ExecutionResult, getOperationAST, type OperationTypeNode } from "graphql";
import { isAsyncIterable, type Plugin } from "graphql-yoga";
import type { Context } from "../../schema/context.js";
import { operationComplexity } from "./operationComplexity.js";
import type { Refuse } from "./rejections.js";

/**
 * Returns the cost of an operation that the rate limit charges: for a query, the number of rows that were
 * read, or its complexity if that is less, which happens only with counts and with the row after a page; for
 * any other operation, its complexity. Work besides reading rows comes on top.
 */
function charge(
  operation: OperationTypeNode | undefined,
  context: Pick<Context, "complexity" | "rowsRead">,
): number {
  const { complexity = 0, rowsRead } = context;
  return rowsRead.work + chargeForRows(operation, { complexity, rowsRead });
}

/** The same without the work, for which the rate limit charges as soon as it begins. */
export function chargeForRows(
  operation: OperationTypeNode | undefined,
  { complexity = 0, rowsRead }: Pick<Context, "complexity" | "rowsRead">,
): number {
  return operation === "query" ? Math.min(complexity, rowsRead.count) : complexity;
}

/**
 * Refuses an operation that may have to read more than `maximum` objects, and reports in the
 * `extensions.cost` of every response how many objects these are and how many were charged. For the rate
 * limit, the former is stored in the context as `complexity`.
 */
export function limitComplexity(maximum: number, refuse: Refuse): Plugin {
  function admit(args: ExecutionArgs): { objects: number; maximum: number } {
    const objects = operationComplexity(args);
    if (objects > maximum) {
      const actual = Number.isFinite(objects) ? objects : undefined;
      const message = `The operation may have to read ${actual ?? "many more"} objects, and ${maximum} are allowed. Ask for smaller pages.`;
      throw refuse({ limit: "COST", maximum, actual, message });
    }
    (args.contextValue as { complexity?: number }).complexity = objects;
    return { objects, maximum };
  }

  const withCost = (result: ExecutionResult, cost: object): ExecutionResult => ({
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
          if (!isAsyncIterable(result)) setResult(withCost(result, { ...cost, charged }));
        },
      };
    },
    onSubscribe({ args }) {
      const cost = admit(args as ExecutionArgs);
      return {
        onSubscribeResult({ result, setResult }) {
          if (!isAsyncIterable(result)) {
            setResult(withCost(result, cost));
            return;
          }
          return { onNext: ({ result, setResult }) => setResult(withCost(result as ExecutionResult, cost)) };
        },
      };
    },
  };
}
