import {
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  Kind,
  type OperationDefinitionNode,
} from "graphql";
import { type CompiledQuery, compileQuery, isCompiledQuery } from "graphql-jit";
import type { Plugin } from "graphql-yoga";
import { LRUCache } from "lru-cache";

/**
 * So often a document runs as it is before it is compiled. Compiling takes some tens of milliseconds, during which
 * others wait: of the requests that anybody sends to make the server do it, less than one in a hundred is so slow.
 */
const runsBefore = 200;
/** Beyond this many, those that were asked for last stay: each takes memory. */
const mostKept = 50;
/** Compiling a longer document would keep other requests waiting. */
const longestDocument = 4_000;

type Query = CompiledQuery["query"];

/**
 * Executes queries that come again and again by code that is compiled for them, in half the time. It serves
 * what goes well: variables are read, and whatever has an error is executed anew, by graphql's own rules. What was
 * loaded is remembered by then, so that this reads little.
 */
export function compileQueries(): Plugin {
  const runs = new WeakMap<DocumentNode, number>();
  const compiled = new LRUCache<DocumentNode, { query: Query | null }>({ max: mostKept });

  function queryOf(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode) {
    let kept = compiled.get(document);
    if (kept) return kept.query;
    const count = (runs.get(document) ?? 0) + 1;
    runs.set(document, count);
    if (count <= runsBefore) return null;
    kept = { query: mayBeCompiled(document, operation) ? compile(schema, document) : null };
    compiled.set(document, kept);
    runs.delete(document);
    return kept.query;
  }

  return {
    onExecute({ args, executeFn, setExecuteFn }) {
      const { schema, document, operationName, variableValues } = args as ExecutionArgs;
      const operation = getOperationAST(document, operationName);
      if (operation?.operation !== "query") return;
      const query = queryOf(schema, document, operation);
      if (!query) return;
      const { errors } = getVariableValues(schema, operation.variableDefinitions ?? [], variableValues ?? {});
      if (errors) return;
      setExecuteFn(async (given: ExecutionArgs): Promise<ExecutionResult> => {
        const result = await query(given.rootValue, given.contextValue, given.variableValues);
        return result.errors ? executeFn(given) : result;
      });
    },
  };
}

/** Alone in its document, of a length that is compiled soon, and not about the schema. */
function mayBeCompiled(document: DocumentNode, { selectionSet }: OperationDefinitionNode): boolean {
  const operations = document.definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  const asksForData = selectionSet.selections.every(
    (selection) => selection.kind === Kind.FIELD && !/^__(schema|type)$/.test(selection.name.value),
  );
  return operations.length === 1 && asksForData && (document.loc?.end ?? 0) <= longestDocument;
}

function compile(schema: GraphQLSchema, document: DocumentNode): Query | null {
  const result = compileQuery(schema, document);
  return isCompiledQuery(result) ? result.query : null;
}
