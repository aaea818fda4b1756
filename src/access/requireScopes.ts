import {
  type ExecutionArgs,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  getOperationAST,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from "graphql";
import type { Plugin } from "graphql-yoga";
import type { Rejections } from "../limits/rejections.js";
import type { Scope } from "./apiKey.js";
import type { Caller } from "./keyring.js";

/**
 * Refuses what the caller's key does not allow: queries and subscriptions need `read`, mutations `write`. What a
 * mutation's answer leads to is reading as well: without it `write` alone would read everything.
 */
export function requireScopes(rejections: Rejections): Plugin<{ requester: Caller }> {
  function check(args: ExecutionArgs): void {
    const { scopes } = (args.contextValue as { requester: Caller }).requester;
    const operation = getOperationAST(args.document, args.operationName);
    const needed: Scope = operation?.operation === "mutation" ? "write" : "read";
    if (!scopes.has(needed)) {
      refuse(`The API key does not have the scope ${needed}, which a ${operation?.operation} needs.`);
    }
    if (scopes.has("read") || !operation) return;
    const field = fieldToRead(args, operation);
    if (field === null) return;
    refuse(
      `The API key does not have the scope read, which the field ${field} needs in the answer to a mutation.`,
    );
  }
  function refuse(message: string): never {
    rejections.add("FORBIDDEN");
    throw new GraphQLError(message, { extensions: { code: "FORBIDDEN", http: { status: 403 } } });
  }
  return {
    onExecute: ({ args }) => check(args as ExecutionArgs),
    onSubscribe: ({ args }) => check(args as ExecutionArgs),
  };
}

/**
 * The first field of a mutation that needs `read`, such as "ClusteringResult.clusters"; null where there is none.
 * Objects may be selected of the mutation itself, which are its answers, and of an error, since they say what is
 * wrong: what is wrong with the input, or which clustering stands in the way. Of these it is leaves alone.
 */
function fieldToRead(
  { schema, document }: ExecutionArgs,
  { selectionSet }: OperationDefinitionNode,
): string | null {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const root = schema.getMutationType();
  const visited = new Set<FragmentDefinitionNode>();

  function within(
    { selections }: SelectionSetNode,
    type: GraphQLNamedType | null | undefined,
  ): string | null {
    for (const selection of selections) {
      let found: string | null = null;
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        const fragment = fragments.get(selection.name.value);
        if (!fragment || visited.has(fragment)) continue;
        visited.add(fragment);
        found = within(fragment.selectionSet, schema.getType(fragment.typeCondition.name.value));
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        const { typeCondition } = selection;
        found = within(
          selection.selectionSet,
          typeCondition ? schema.getType(typeCondition.name.value) : type,
        );
      } else if (selection.selectionSet) {
        if (type !== root && !isError(schema, type)) return `${type?.name}.${selection.name.value}`;
        found = within(selection.selectionSet, fieldType(type, selection.name.value));
      }
      if (found !== null) return found;
    }
    return null;
  }
  return within(selectionSet, root);
}

function isError(schema: GraphQLSchema, type: GraphQLNamedType | null | undefined): boolean {
  const error = schema.getType("Error");
  return isObjectType(type) && isInterfaceType(error) && schema.isSubType(error, type);
}

function fieldType(type: GraphQLNamedType | null | undefined, name: string): GraphQLNamedType | null {
  if (!isObjectType(type)) return null;
  const field = type.getFields()[name];
  const named = field && getNamedType(field.type);
  return isCompositeType(named) ? named : null;
}
