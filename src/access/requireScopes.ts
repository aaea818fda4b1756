import { type ExecutionArgs, GraphQLError, getOperationAST } from "graphql";
import type { Plugin } from "graphql-yoga";
import type { Rejections } from "../limits/rejections.js";
import type { Scope } from "./apiKey.js";
import type { Caller } from "./keyring.js";

/** Refuses what the caller's key does not allow: queries and subscriptions need `read`, mutations `write`. */
export function requireScopes(rejections: Rejections): Plugin<{ requester: Caller }> {
  function check({ document, operationName, contextValue }: ExecutionArgs): void {
    const operation = getOperationAST(document, operationName)?.operation;
    const needed: Scope = operation === "mutation" ? "write" : "read";
    if ((contextValue as { requester: Caller }).requester.scopes.has(needed)) return;
    rejections.add("FORBIDDEN");
    throw new GraphQLError(`The API key does not have the scope ${needed}, which a ${operation} needs.`, {
      extensions: { code: "FORBIDDEN", http: { status: 403 } },
    });
  }
  return {
    onExecute: ({ args }) => check(args as ExecutionArgs),
    onSubscribe: ({ args }) => check(args as ExecutionArgs),
  };
}
