import {
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type FieldNode,
  type FragmentDefinitionNode,
  getOperationAST,
  getVariableValues,
  Kind,
  type OperationDefinitionNode,
} from "graphql";
// Of its inner modules, since graphql exports it nowhere else: which fields a selection asks for is for the executor's
// own rules to say. Every graphql 16 has it; graphql-tools has a copy, in two versions here.
import { collectFields } from "graphql/execution/collectFields.js";
import type { Plugin } from "graphql-yoga";

/**
 * Of an operation with several mutations each is carried out after the one before. Where one has an error, the
 * answer's `data` is null by the rules of GraphQL, since no mutation's field can be null, and those after it are not
 * begun. Then `extensions.completed` has what those before it answered, by their names in the answer: they were
 * carried out, and nobody could tell otherwise.
 */
export function tellCompletedMutations(): Plugin {
  return {
    onExecute({ args, executeFn, setExecuteFn }) {
      const operation = getOperationAST(args.document, args.operationName);
      if (operation?.operation !== "mutation") return;
      const fields = rootFields(args, operation);
      if (fields.filter(([{ name }]) => name.value !== "__typename").length < 2) return;
      setExecuteFn(async (given: ExecutionArgs): Promise<ExecutionResult> => {
        const data: Record<string, unknown> = {};
        const errors = [];
        for (const nodes of fields) {
          const document = documentOf(given.document, operation, nodes);
          const result: ExecutionResult = await executeFn({ ...given, document });
          errors.push(...(result.errors ?? []));
          if (!result.data) {
            const told = Object.keys(data).length > 0 && { extensions: { completed: data } };
            return { data: null, errors, ...told };
          }
          Object.assign(data, result.data);
        }
        return { data, ...(errors.length > 0 && { errors }) };
      });
    },
  };
}

/** By names in the answer, in their order; none where the variables are not valid. */
function rootFields(
  { schema, document, variableValues }: ExecutionArgs,
  { selectionSet, variableDefinitions = [] }: OperationDefinitionNode,
): FieldNode[][] {
  const { coerced } = getVariableValues(schema, variableDefinitions, variableValues ?? {});
  const root = schema.getMutationType();
  if (!coerced || !root) return [];
  const fragments: Record<string, FragmentDefinitionNode> = {};
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments[definition.name.value] = definition;
  }
  return [...collectFields(schema, fragments, coerced, root, selectionSet).values()].map((nodes) => [
    ...nodes,
  ]);
}

/** The document, with these fields alone in the operation. */
function documentOf(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  selections: FieldNode[],
): DocumentNode {
  const selectionSet = { ...operation.selectionSet, selections };
  const definitions = document.definitions.map((each) =>
    each === operation ? { ...operation, selectionSet } : each,
  );
  return { ...document, definitions };
}
