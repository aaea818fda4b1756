import {
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
} from "graphql";
import { type CompiledQuery, compileQuery, isCompiledQuery } from "graphql-jit";
import type { Plugin } from "graphql-yoga";
import { LRUCache } from "lru-cache";
import type { Context } from "../../schema/context.js";
import { mayBeCompiled } from "./compilableDocument.js";

/**
 * Compiling takes some tens of milliseconds, during which
 * others wait: of the requests that anybody sends to make the server do it, less than one in a hundred is that slow.
 */
const defaultRunsBefore = 200;
/** Stays below any count of runs. */
const never = Number.NEGATIVE_INFINITY;
/** Beyond this many, those that were asked for last stay: each takes memory. */
const mostKept = 50;

type Query = CompiledQuery["query"];

/**
 * Executes queries that come again and again by code that is compiled for them, in half the time, where that code
 * answers as graphql does. Whatever has an error is executed anew, by graphql itself: what was loaded is remembered by
 * then, so that this reads little.
 * @param runsBefore how often a document runs as it is before it is compiled
 */
export function compileQueries(runsBefore = defaultRunsBefore): Plugin<Context> {
  const runs = new WeakMap<DocumentNode, number>();
  const compiled = new LRUCache<DocumentNode, Query>({ max: mostKept });

  function queryOf(schema: GraphQLSchema, document: DocumentNode): Query | null {
    const known = compiled.get(document);
    if (known) return known;
    const count = (runs.get(document) ?? 0) + 1;
    runs.set(document, count);
    if (count <= runsBefore) return null;
    const query = mayBeCompiled(schema, document) ? compile(schema, document) : null;
    if (query) compiled.set(document, query);
    runs.set(document, query ? 0 : never);
    return query;
  }

  return {
    onExecute({ args, executeFn, setExecuteFn }) {
      const { schema, document, operationName, variableValues } = args as ExecutionArgs;
      const operation = getOperationAST(document, operationName);
      if (operation?.operation !== "query") return;
      const query = queryOf(schema, document);
      if (!query) return;
      const { errors } = getVariableValues(schema, operation.variableDefinitions ?? [], variableValues ?? {});
      if (errors) return;
      setExecuteFn(async (given: ExecutionArgs): Promise<ExecutionResult> => {
        const result = await query(given.rootValue, given.contextValue, given.variableValues);
        const { responseBudget, cancellation } = given.contextValue as Context;
        // Of an operation that was cancelled, such as one whose answer is too large, nobody takes the result.
        if (!result.errors || cancellation.signal.aborted) return result;
        responseBudget?.reset();
        return executeFn(given);
      });
    },
  };
}

function compile(schema: GraphQLSchema, document: DocumentNode): Query | null {
  const result = compileQuery(schema, document);
  return isCompiledQuery(result) ? result.query : null;
}
