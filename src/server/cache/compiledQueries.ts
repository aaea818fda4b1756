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
 * Executions before a document is compiled. Compiling blocks the event loop for tens of milliseconds; 200 keeps that
 * below 1 % of the requests needed to trigger it.
 */
const defaultRunsBefore = 200;
/** The count of a document that cannot be compiled; it stays below every threshold. */
const never = Number.NEGATIVE_INFINITY;
/**
 * Maximum number of cached compiled queries, each of which takes memory. The most recently used are cached.
 */
const cachedQueries = 50;

type Query = CompiledQuery["query"];

/**
 * Compiles queries that are executed often, which halves their time, if the compiled code returns the same
 * result as graphql-js. Only results without errors are served: if the compiled query reports an error, the
 * operation is executed again by graphql-js, whose loaders have their rows cached by then. The caller is charged for
 * one of the two executions.
 * @param runsBefore number of executions of a document before it is compiled
 */
export function compileQueries(runsBefore = defaultRunsBefore): Plugin<Context> {
  const runs = new WeakMap<DocumentNode, number>();
  const compiled = new LRUCache<DocumentNode, Query>({ max: cachedQueries });

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
        const { responseBudget, rowsRead, cancellation } = given.contextValue as Context;
        // The result of a cancelled operation, such as one whose response is too large, is not used.
        if (!result.errors || cancellation.signal.aborted) return result;
        responseBudget?.reset();
        rowsRead.restart();
        return executeFn(given);
      });
    },
  };
}

function compile(schema: GraphQLSchema, document: DocumentNode): Query | null {
  const result = compileQuery(schema, document);
  return isCompiledQuery(result) ? result.query : null;
}
